"""Pace: how calls to a partner are spread over time, so that all workers together stay below its limit."""

from dataclasses import dataclass

import pendulum
from sqlmodel import Field

from models.columns import Moment, Row

WINDOW_S = 60.0
"""Within so long a partner counts calls, unless it states a longer time. Source: flights at Duffel, 30 a minute."""

_SPARE = 2
"""Calls of a window never used: one that waits at its start, and one that was under way when it began."""


class PartnerPace(Row, table=True):
    """What a partner grants of one kind of call, and when the next one falls due."""

    __tablename__ = "partner_pace"

    call: str = Field(primary_key=True)
    """For example `airline.search`."""
    limit: int
    """Calls in a window, as the partner's last answer says."""
    window_s: float
    next_at: pendulum.DateTime = Field(sa_type=Moment)
    """When the next call is due if all are sent evenly; some may come earlier after a quiet time."""


@dataclass(frozen=True, slots=True)
class Slot:
    """When one call may be sent, and what is due after it."""

    at: pendulum.DateTime
    next_at: pendulum.DateTime


def slot(pace: PartnerPace, *, at: pendulum.DateTime) -> Slot:
    """
    Return the next free slot at or after a moment.

    Calls are spread evenly, with a tenth of the limit free to come at once after a quiet time. However a partner lays
    its windows, none has more calls than the limit (generic cell rate algorithm: burst + window / spacing < limit).
    """
    spacing = _spacing(pace)
    ahead = pendulum.duration(seconds=_burst(pace) * spacing)
    may_go = max(at, pace.next_at - ahead)
    return Slot(may_go, max(pace.next_at, at) + pendulum.duration(seconds=spacing))


def closed_until(pace: PartnerPace, until: pendulum.DateTime) -> pendulum.DateTime:
    """Return what is due next when a partner takes nothing more before a moment."""
    return max(pace.next_at, until + pendulum.duration(seconds=_burst(pace) * _spacing(pace)))


def _burst(pace: PartnerPace) -> int:
    return pace.limit // 10


def _spacing(pace: PartnerPace) -> float:
    return pace.window_s / max(1, pace.limit - _burst(pace) - _SPARE)
