"""Reminders: whoever must decide is told, and told again higher up the ladder. Silence decides nothing."""

from dataclasses import dataclass
from uuid import UUID

import pendulum
from sqlalchemy import ColumnElement, and_, func, or_, true
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from models.case import RepatriationCase, Step
from models.decision import Asking
from models.ladder import LADDERS, Escalation, Rung, rungs_reached
from models.message import AlarmKind, MessageKind
from models.officer import Role
from tasks import alarms, case_file, messages, signatures
from tasks.clock import now
from tasks.rounds import Round

_TOLD = frozenset({MessageKind.question_overdue, MessageKind.escalated})
"""What stands in the timeline; the friendly reminders before it do not."""


def climb(session: Session, case: RepatriationCase, asking: Asking, *, at: pendulum.DateTime) -> list[Rung]:
    """
    Note every rung an open question has newly reached, write its messages, and return the rungs.

    An officer whom several new rungs tell, because the clock stood still for a while, is told of the highest only.
    """
    reached = rungs_reached(asking.step, asked_at=asking.asked_at, due_at=asking.due_at, at=at)
    new = [rung for rung in reached if _is_new(session, asking, rung)]
    told: dict[str, Rung] = {}
    for rung in new:
        told |= dict.fromkeys(_officers(session, case, asking, rung), rung)
    for rung in new:
        to = [officer for officer, highest in told.items() if highest is rung]
        messages.make(
            session,
            rung.kind,
            about=f"{asking.question_id}:{rung.name}",
            reference=case.reference,
            to=to,
            step=asking.step,
            role=asking.role,
            due_at=asking.due_at,
            question_id=asking.question_id,
        )
        ids = {"step": asking.step.value, "rung": rung.name, "told": ",".join(to)}
        case_file.note(session, "question.told", actor=case_file.RUN, about=case, ids=ids)
        if rung.kind in _TOLD:
            case_file.tell(session, case.reference, _words(asking, rung))
    return new


def _is_new(session: Session, asking: Asking, rung: Rung) -> bool:
    row = {
        "question_id": asking.question_id, "rung": rung.name, "kind": rung.kind, "reference": asking.reference,
        "reached_at": now(),
    }  # fmt: skip
    made = insert(Escalation).values(row).on_conflict_do_nothing().returning(col(Escalation.rung))
    return session.execute(made).first() is not None


def _officers(session: Session, case: RepatriationCase, asking: Asking, rung: Rung) -> list[str]:
    found = messages.holders(session, rung.roles) if rung.roles else []
    if rung.tells_deciders:
        deciders = signatures.who_may_sign(session, case, asking, at=now())
        if not deciders:
            alarms.sound(session, case, AlarmKind.nobody_decides, about=str(asking.question_id))
        found = list(dict.fromkeys([*deciders, *found]))
    return found or messages.holders(session, (Role.coordinator,))


def _words(asking: Asking, rung: Rung) -> str:
    told = [asking.role] if rung.tells_deciders else []
    roles = " and ".join(role.value for role in dict.fromkeys([*told, *rung.roles]))
    if rung.kind is MessageKind.question_overdue:
        return f"Overdue: {asking.step.value} waits for the {asking.role.value}; told again: {roles}."
    return f"Still undecided: {asking.step.value}; escalated to {roles}. Nothing is decided by waiting."


@dataclass(frozen=True, slots=True)
class Reminded:
    """One rung one question has newly reached."""

    reference: str
    rung: str


def remind(*, at: pendulum.DateTime, within: Round | None = None) -> list[Reminded]:
    """
    Look at every open question once and climb where a rung is due at this moment; each rung is climbed once.

    Each question in a transaction of its own, under its case's lock, and looked at again there: one that is being
    answered this moment is not reminded of. What fails is alarmed and noted in the round; the others are reminded of.
    """
    this_round, reminded = within or Round("reminding"), []
    for asking_id, reference in _behind(at=at):
        with this_round.alone(reference), case_file.transaction() as session:
            case = case_file.load(session, reference, lock=True)
            asking = session.get_one(Asking, asking_id)
            if asking.closed_at is None:
                reminded += [Reminded(reference, rung.name) for rung in climb(session, case, asking, at=at)]
    return reminded


def _behind(*, at: pendulum.DateTime) -> list[tuple[UUID, str]]:
    """Return the open questions that stand on a rung nobody has noted, the one due first at the top."""
    # Compared by the database: of ten thousand questions that wait, it hands out the few that are behind.
    climbs = or_(*(_is_behind(step, rung, at=at) for step, ladder in LADDERS.items() for rung in ladder))
    with case_file.transaction() as session:
        found = session.exec(
            select(col(Asking.id), col(Asking.reference))
            .where(col(Asking.closed_at).is_(None), col(Asking.asked_at) <= at, climbs)
            .order_by(col(Asking.due_at), col(Asking.reference))
        ).all()
    return [(asking_id, reference) for asking_id, reference in found]


def _is_behind(step: Step, rung: Rung, *, at: pendulum.DateTime) -> ColumnElement[bool]:
    """Return whether a question has reached a rung, as `rungs_reached` says, and nobody has noted it."""
    noted = select(Escalation.rung).where(
        col(Escalation.question_id) == func.coalesce(Asking.repeats, Asking.id), col(Escalation.rung) == rung.name
    )
    reached = col(Asking.due_at) <= at - rung.after_due if rung.after_due is not None else true()
    return and_(col(Asking.step) == step, reached, ~noted.correlate(Asking).exists())


def escalated_to(session: Session, asking_ids: list[UUID]) -> dict[UUID, tuple[Role, ...]]:
    """Return to whom each question has been escalated, by question id; those that have not are missing."""
    found = session.exec(
        select(Escalation, Asking)
        .join(Asking, col(Asking.id) == col(Escalation.question_id))
        .where(col(Escalation.question_id).in_(asking_ids), Escalation.kind == MessageKind.escalated)
        .order_by(col(Escalation.reached_at))
    ).all()
    roles: dict[UUID, tuple[Role, ...]] = {}
    for escalation, asking in found:
        rung = next((rung for rung in LADDERS[asking.step] if rung.name == escalation.rung), None)
        if rung is not None:
            roles[escalation.question_id] = tuple(dict.fromkeys((*roles.get(escalation.question_id, ()), *rung.roles)))
    return roles
