"""A browser's field for a date and a time: it knows no zone, and a page says whose clock it means."""

from datetime import datetime

import pendulum


def moment(text: str, *, zone: str) -> pendulum.DateTime | None:
    """Return the moment a field means by the clock of a zone, UTC; None where it is no moment."""
    try:
        said = pendulum.instance(datetime.fromisoformat(text.strip()).replace(tzinfo=None), tz=zone)
        return said.in_timezone("UTC")
    except (ValueError, OverflowError):
        return None
