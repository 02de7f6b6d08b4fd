"""How fast the airline may be asked, as its answers say; waiting is left to whoever knows of the other workers."""

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx


@dataclass(frozen=True, slots=True)
class Limits:
    """What an answer says of the rate of such calls."""

    limit: int
    """Calls in one window."""
    remaining: int
    resets_in_s: float
    """Until the next window, by the airline's own clock."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What keeps calls below a limit that several workers share."""

    wait: Callable[[], None]
    """Return when the next call may be sent, or raise PartnerUnavailable where that is too long."""
    heard: Callable[[Limits], None]


UNPACED = Pace(wait=lambda: None, heard=lambda _: None)


def limits_of(headers: httpx.Headers) -> Limits | None:
    """Return what the `ratelimit-` headers say; None without them, or where they say nothing understandable."""
    try:
        resets_at = parsedate_to_datetime(headers["ratelimit-reset"])
        asked_at = parsedate_to_datetime(headers["date"])
        limit, remaining = int(headers["ratelimit-limit"]), int(headers["ratelimit-remaining"])
        resets_in_s = (resets_at - asked_at).total_seconds()
    except (KeyError, ValueError, TypeError):
        return None
    return Limits(limit, remaining, max(0.0, resets_in_s)) if limit > 0 else None
