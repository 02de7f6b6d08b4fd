"""The airline's rate limit: so many requests a minute, stated on every answer."""

from datetime import datetime, timedelta
from email.utils import format_datetime

PER_MINUTE = 4000
"""
What Duffel grants a token in test mode. Source: observed-behaviour.json, `ratelimit`.

Its lower limit for searches (30 a minute was seen) holds only when it is ordered at the control port, so that an
operation of hundreds is not slowed.
"""

SEARCHES = ("POST", "/air/offer_requests")
SEARCHES_SETTING = "searches_per_minute"


class RateLimit:
    """Counts the requests of the present minute; a new process starts with a full budget."""

    def __init__(self) -> None:
        self._minute_ends_at: datetime | None = None
        self._used = 0
        self._limit = PER_MINUTE

    def take(self, at: datetime, *, limit: int = PER_MINUTE) -> bool:
        """Count one request and return whether it is within the limit."""
        self._limit = limit
        if self._minute_ends_at is None or at >= self._minute_ends_at:
            self._minute_ends_at = at.replace(second=0, microsecond=0) + timedelta(minutes=1)
            self._used = 0
        self._used += 1
        return self._used <= limit

    def headers(self, *, reset_at: datetime | None = None) -> dict[str, str]:
        """Return the headers of an answer; a given moment says that nothing is left until then."""
        ends_at = reset_at or self._minute_ends_at
        if ends_at is None:
            return {}
        return {
            "ratelimit-limit": str(self._limit),
            "ratelimit-remaining": "0" if reset_at else str(max(0, self._limit - self._used)),
            "ratelimit-reset": format_datetime(ends_at, usegmt=True),
        }
