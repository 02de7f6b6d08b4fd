"""Triage: whose case is looked at first, as a score from 0 to 100 with its reasons in words. It decides nothing."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from sqlmodel import Field

from models import silence
from models.columns import Moment, Row, word
from models.officer import Duty
from models.person import Category, HostStatus

MOST = 100
SOON = pendulum.duration(hours=48)
"""A deadline counts from so long before; the closer, the more."""

_STEPS = 15
"""Points a deadline gains between its first mention and its end."""

_LONGEST = pendulum.duration(days=30)


class Pressure(StrEnum):
    """What an officer notes that makes a case urgent, because nothing else on file says it."""

    danger = "danger"
    """Somebody threatens the person, or may take them back."""
    host_pressure = "host-pressure"
    """The host country presses for a departure, or threatens to move or release the person."""
    warrant_clock = "warrant-clock"
    """A warrant is being executed; until the noted moment it must be requested, or the person released."""


class PressureNote(Row, table=True):
    """A pressure that was noted, or said to be over; rows are only added, and the latest of each kind counts."""

    __tablename__ = "pressure_note"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    pressure: Pressure = Field(sa_type=word(Pressure))
    is_over: bool
    until: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    """When it comes to a head, where somebody knows."""
    noted_at: pendulum.DateTime = Field(sa_type=Moment)
    noted_by: str = Field(foreign_key="officer.number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """Something that ends at a moment, named in a few words."""

    name: str
    at: pendulum.DateTime
    shown_to: Duty = Duty.look_at_cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the rule looks at; all of it facts about one person."""

    host_status: HostStatus = HostStatus.unknown
    detained_since: pendulum.DateTime | None = None
    contact_due_at: pendulum.DateTime
    categories: frozenset[Category] = frozenset()
    is_unfit: bool = False
    """A doctor does not let the person fly."""
    pressures: frozenset[Pressure] = frozenset()
    deadlines: tuple[Deadline, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason for a score."""

    words: str
    points: int
    shown_to: Duty = Duty.look_at_cases
    """Whoever does not have this duty is told that there is a reason, and not which."""


@dataclass(frozen=True, slots=True)
class Triage:
    """How soon a case must be looked at, and why; the weightiest reason first."""

    score: int
    reasons: tuple[Reason, ...]

    def words_for(self, duties: Iterable[Duty]) -> list[str]:
        """Return the reasons in words for whoever has these duties; the others are counted only."""
        mine = frozenset(duties)
        told = [reason.words for reason in self.reasons if reason.shown_to in mine]
        hidden = len(self.reasons) - len(told)
        return [*told, f"{hidden} more, for other roles"] if hidden else told


def triage(situation: Situation, *, at: pendulum.DateTime) -> Triage:
    """
    Return how soon a case must be looked at: the sum of what its reasons weigh, at most 100.

    The weights are ours: danger and an overdue contact outweigh any single other reason, and equal cases are told
    apart by the days in detention.
    """
    found = [*_safety(situation, at), *_vulnerability(situation), *_clocks(situation, at)]
    reasons = tuple(sorted(found, key=lambda reason: (-reason.points, reason.words)))
    return Triage(min(MOST, sum(reason.points for reason in reasons)), reasons)


def holds_until(situation: Situation, *, at: pendulum.DateTime) -> pendulum.DateTime:
    """
    Return the next moment at which the score may be another one although nobody writes anything down.

    The same sum is right from `at` until just before it; a month is the most that is said.
    """
    moments = [at + _LONGEST]
    if not silence.is_overdue(situation.contact_due_at, at=at):
        moments.append(situation.contact_due_at)
    if situation.host_status is HostStatus.detained and situation.detained_since is not None:
        since = situation.detained_since
        moments.append(since if at < since else since.add(days=(at - since).days + 1))
    for deadline in situation.deadlines:
        left = (deadline.at - at).total_seconds()
        if left > SOON.total_seconds():
            moments.append(deadline.at - SOON)
        elif left > 0:
            step = SOON.total_seconds() / _STEPS
            moments.append(deadline.at.subtract(seconds=int((math.ceil(left / step) - 1) * step)))
    return min(moment for moment in moments if moment > at)


def _safety(situation: Situation, at: pendulum.DateTime) -> list[Reason]:
    found = []
    if Pressure.danger in situation.pressures:
        found.append(Reason(words="in danger", points=40))
    if silence.is_overdue(situation.contact_due_at, at=at):
        found.append(Reason(words=f"contact {silence.words(situation.contact_due_at, at=at)}", points=35))
    if Pressure.host_pressure in situation.pressures:
        found.append(Reason(words="the host country presses", points=10))
    if situation.host_status is HostStatus.detained:
        days = max(0, (at - situation.detained_since).days) if situation.detained_since else 0
        found.append(Reason(words=f"detained for {days} day{'s' * (days != 1)}", points=5 + min(15, days)))
    elif situation.host_status is HostStatus.unknown:
        found.append(Reason(words="nobody knows how the host country keeps them", points=5))
    return found


def _vulnerability(situation: Situation) -> list[Reason]:
    found = []
    if situation.is_unfit:
        found.append(Reason(words="not fit to fly", points=20, shown_to=Duty.know_of_health))
    elif Category.patient in situation.categories:
        found.append(Reason(words="needs medical care", points=15, shown_to=Duty.know_of_health))
    if Category.minor in situation.categories:
        found.append(Reason(words="a minor", points=20, shown_to=Duty.know_of_health))
    return found


def _clocks(situation: Situation, at: pendulum.DateTime) -> list[Reason]:
    return [
        Reason(words=_deadline_words(deadline, at), points=_weight(deadline.at - at), shown_to=deadline.shown_to)
        for deadline in situation.deadlines
        if deadline.at - at <= SOON
    ]


def _weight(left: pendulum.Duration) -> int:
    """Return 5 points from two days before, growing to 20 at the moment itself and after it."""
    soon = SOON.total_seconds()
    # Divided last, so that whole seconds give whole points at their very moment.
    return 5 + int(_STEPS * (soon - max(0.0, left.total_seconds())) // soon)


def _deadline_words(deadline: Deadline, at: pendulum.DateTime) -> str:
    hours = int(abs((deadline.at - at).total_seconds())) // 3600
    return f"{deadline.name} ended {hours} h ago" if at >= deadline.at else f"{deadline.name} ends in {hours} h"
