"""The one place that asks what time it is; rules have the moment passed in."""

from datetime import date

import pendulum

from models.case import HOME_ZONE


def now() -> pendulum.DateTime:
    """Return the present moment, UTC."""
    return pendulum.now("UTC")


def latest_today() -> date:
    """Return the day it is in Korea, where it begins before it does at any mission: no birth date is later."""
    return now().in_timezone(HOME_ZONE).date()
