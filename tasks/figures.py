"""What is going on, in figures: a few grouped queries over the case database, and nothing about anybody."""

from dataclasses import dataclass

import pendulum
import sqlalchemy
from sqlalchemy import func, text
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from models.audit import AuditEvent, ChainSeal
from models.case import Attempt, CaseStatus, RepatriationCase, Step
from models.decision import Asking
from models.message import STUCK_AFTER, Alarm, AlarmKind, Message, MessageKind
from models.officer import Role
from tasks import archiving, case_file

_LASTS_MS = 5000
"""A database that takes longer is in trouble, and is not to be troubled more."""


@dataclass(frozen=True, slots=True)
class Questions:
    """The open questions of one step to one role."""

    step: Step
    role: Role
    open: int
    overdue: int
    oldest_at: pendulum.DateTime
    """When the oldest was first asked; asked again without an answer, it is still the same question."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The messages of one kind that have not gone out."""

    kind: MessageKind
    waiting: int
    failing: int
    """Of these, those whose sending has failed so often that `homeward alarms` shows them."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything at one moment."""

    cases: dict[tuple[CaseStatus, bool], int]
    """By status, and whether they are being undone."""
    at_work: int
    """Cases that should be worked on now: begun, and no question waits for a person."""
    questions: list[Questions]
    messages: list[Waiting]
    alarms: dict[AlarmKind, int]
    sealed_at: pendulum.DateTime | None
    """By the sealer's clock; None where nothing was ever sealed."""
    unsealed: int
    """Events of the audit trail that no seal covers yet."""
    archive: archiving.Stream | None
    """How far the archive is behind; None where this database keeps none."""


def collect(*, at: pendulum.DateTime) -> Figures:
    """
    Return the figures of this moment.

    Raises:
        case_file.CaseFileUnavailable: the database did not answer in time.
    """
    with case_file.transaction() as session:
        session.execute(text(f"SET LOCAL statement_timeout = {_LASTS_MS}"))
        # Starting helpers takes longer than what they would save here.
        session.execute(text("SET LOCAL max_parallel_workers_per_gather = 0"))
        sealed_to, sealed_at = _last_seal(session)
        newest = session.exec(select(func.max(AuditEvent.seq))).one() or 0
        return Figures(
            cases=_cases(session),
            at_work=_at_work(session),
            questions=_questions(session, at),
            messages=_messages(session),
            alarms=_alarms(session),
            sealed_at=sealed_at,
            unsealed=max(0, newest - sealed_to),
            archive=archiving.stream(session),
        )


def _cases(session: Session) -> dict[tuple[CaseStatus, bool], int]:
    ending = col(RepatriationCase.ending)
    rows = session.exec(
        select(col(RepatriationCase.status), ending, func.count()).group_by(col(RepatriationCase.status), ending)
    )
    return {(status, is_ending): count for status, is_ending, count in rows}


def _at_work(session: Session) -> int:
    asked = select(Asking.id).where(
        Asking.reference == Attempt.reference, col(Asking.closed_at).is_(None), col(Asking.shown_at).is_not(None)
    )
    return session.exec(
        select(func.count()).select_from(Attempt).where(col(Attempt.ended_at).is_(None), ~asked.exists())
    ).one()


def _questions(session: Session, at: pendulum.DateTime) -> list[Questions]:
    first = aliased(Asking)
    # One look by its key for each that was asked again; a join would read every question there ever was.
    first_asked_at = (
        sqlalchemy.select(col(first.asked_at)).where(col(first.id) == col(Asking.repeats)).scalar_subquery()
    )
    # SQLModel's own `select` knows four columns.
    rows = session.execute(
        sqlalchemy.select(
            col(Asking.step),
            col(Asking.role),
            func.count(),
            func.count().filter(col(Asking.due_at) <= at),
            func.min(func.coalesce(first_asked_at, col(Asking.asked_at))),
        )
        .where(col(Asking.closed_at).is_(None))
        .group_by(col(Asking.step), col(Asking.role))
        .order_by(col(Asking.step), col(Asking.role))
    )
    return [
        Questions(step, role, open=count, overdue=overdue, oldest_at=pendulum.instance(oldest))
        for step, role, count, overdue, oldest in rows
    ]


def _messages(session: Session) -> list[Waiting]:
    rows = session.exec(
        select(col(Message.kind), func.count(), func.count().filter(col(Message.tries) >= STUCK_AFTER))
        .where(col(Message.sent_at).is_(None), col(Message.dropped_at).is_(None))
        .group_by(col(Message.kind))
        .order_by(col(Message.kind))
    )
    return [Waiting(kind, waiting=count, failing=failing) for kind, count, failing in rows]


def _alarms(session: Session) -> dict[AlarmKind, int]:
    rows = session.exec(
        select(col(Alarm.kind), func.count())
        .where(col(Alarm.acknowledged_at).is_(None), col(Alarm.cleared_at).is_(None))
        .group_by(col(Alarm.kind))
    )
    return dict(rows.all())


def _last_seal(session: Session) -> tuple[int, pendulum.DateTime | None]:
    seal = session.exec(select(ChainSeal).order_by(col(ChainSeal.seq).desc()).limit(1)).first()
    if seal is None:
        return 0, None
    sealed_at = pendulum.parse(seal.sealed_at)
    return seal.seq, sealed_at if isinstance(sealed_at, pendulum.DateTime) else None
