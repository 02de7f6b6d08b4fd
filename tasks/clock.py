"""The one place that asks what time it is; rules have the moment passed in."""

import pendulum


def now() -> pendulum.DateTime:
    """Return the present moment, UTC."""
    return pendulum.now("UTC")
