"""The ladder: who is told of a question, and when, as long as nobody answers it. No rung of it decides anything."""

from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

import pendulum
from sqlmodel import Field

from models.case import Step
from models.columns import Moment, Row, word
from models.message import MessageKind
from models.officer import Role
from models.policy import DECIDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One rung: from a moment on, the officers of these roles are told."""

    name: str
    kind: MessageKind
    after_due: pendulum.Duration | None
    """Counted from the due time, negative before it; None for as soon as the question is asked."""
    tells_deciders: bool = False
    """Whoever may sign now is told."""
    roles: tuple[Role, ...] = ()
    """Who is told besides."""

    def reached_at(self, *, asked_at: pendulum.DateTime, due_at: pendulum.DateTime) -> pendulum.DateTime:
        """Return the moment from which a question stands on this rung; never before it was asked."""
        return asked_at if self.after_due is None else max(asked_at, due_at + self.after_due)


class Escalation(Row, table=True):
    """One rung one question has reached; the primary key is what makes it once."""

    question_id: UUID = Field(foreign_key="asking.id", primary_key=True)
    rung: str = Field(primary_key=True)
    kind: MessageKind = Field(sa_type=word(MessageKind))
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    reached_at: pendulum.DateTime = Field(sa_type=Moment)


def _ladder(*, reminded: pendulum.Duration, first: pendulum.Duration, top: pendulum.Duration) -> tuple[Rung, ...]:
    kind, now = MessageKind, pendulum.duration()
    return (
        Rung(name="asked", kind=kind.question_waits, after_due=None, tells_deciders=True),
        Rung(name="due_soon", kind=kind.question_due_soon, after_due=-reminded, tells_deciders=True),
        Rung(name="overdue", kind=kind.question_overdue, after_due=now, tells_deciders=True, roles=(Role.coordinator,)),
        Rung(name="escalated", kind=kind.escalated, after_due=first, roles=(Role.coordinator,)),
        Rung(
            name="at_the_top",
            kind=kind.escalated,
            after_due=top,
            roles=(Role.coordinator, Role.head_of_consular_affairs),
        ),
    )


_HOUR = pendulum.duration(hours=1)

LADDERS: dict[Step, tuple[Rung, ...]] = {
    Step.lookout: _ladder(reminded=_HOUR, first=_HOUR, top=_HOUR * 4),
    Step.verification: _ladder(reminded=_HOUR * 2, first=_HOUR, top=_HOUR * 4),
    Step.authorise: _ladder(reminded=_HOUR * 2, first=_HOUR, top=_HOUR * 4),
    # Seats are held for hours only.
    Step.booking: _ladder(reminded=_HOUR, first=_HOUR / 2, top=_HOUR * 2),
    Step.funding: _ladder(reminded=_HOUR / 2, first=_HOUR / 2, top=_HOUR * 2),
    Step.release: _ladder(reminded=_HOUR, first=_HOUR / 2, top=_HOUR * 2),
    # It is asked before take-off and due two hours after landing: until landing there is nothing to remind of.
    Step.handoff: _ladder(reminded=_HOUR, first=_HOUR / 2, top=_HOUR * 3 / 2),
    Step.help: _ladder(reminded=_HOUR / 2, first=_HOUR / 2, top=_HOUR),
}
"""What happens to a question nobody answers, step by step, each rung later than the one before."""


def refuse_odd(ladders: dict[Step, tuple[Rung, ...]]) -> None:
    """
    Check that every question has a ladder, and that each only ever leads to more people.

    Raises:
        ValueError: a step without a ladder, a rung out of order or without a role, or a ladder that ends below.
    """
    if set(ladders) != set(DECIDED):
        raise ValueError("every step somebody decides has a ladder, and no other has")
    for step, rungs in ladders.items():
        begins, *later = rungs
        moments = [rung.after_due for rung in later if rung.after_due is not None]
        if begins.after_due is not None or not begins.tells_deciders:
            raise ValueError(f"{step}: a ladder begins with the deciders, as soon as the question is asked")
        if len(moments) != len(later) or any(a >= b for a, b in pairwise(moments)):
            raise ValueError(f"{step}: each rung is later than the one before")
        if len({rung.name for rung in rungs}) != len(rungs) or not all(
            rung.roles or rung.tells_deciders for rung in rungs
        ):
            raise ValueError(f"{step}: each rung has a name of its own and a role to tell")
        if not any(
            rung.kind is MessageKind.question_overdue and rung.after_due == pendulum.duration() for rung in later
        ):
            raise ValueError(f"{step}: at the due time somebody is told")
        if rungs[-1].kind is not MessageKind.escalated or Role.head_of_consular_affairs not in rungs[-1].roles:
            raise ValueError(f"{step}: a ladder ends at the head of consular affairs")


refuse_odd(LADDERS)


def rungs_reached(
    step: Step, *, asked_at: pendulum.DateTime, due_at: pendulum.DateTime, at: pendulum.DateTime
) -> tuple[Rung, ...]:
    """Return the rungs a question has reached at this moment, the lowest first; a rung's own moment is on it."""
    return tuple(rung for rung in LADDERS[step] if rung.reached_at(asked_at=asked_at, due_at=due_at) <= at)
