"""The outbox: messages written with the fact they report, gathered into mails, and kept until they have gone out."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID, uuid4

import pendulum
from sqlalchemy import ColumnElement, and_, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from models.case import CaseStatus, RepatriationCase, Step
from models.decision import Asking, Decision
from models.message import QUIET_FOR, STUCK_AFTER, Alarm, Message, MessageKind, OfficerAddress
from models.officer import Officer, Role
from tasks import case_file
from tasks.clock import now
from tasks.messages import words
from tasks.settings import settings


def holders(session: Session, roles: Collection[Role]) -> list[str]:
    """Return the numbers of the officers in service who hold one of these roles, in order."""
    found = session.exec(select(Officer).where(col(Officer.active)).order_by(Officer.number))
    return [officer.number for officer in found if any(officer.holds(role) for role in roles)]


def make(
    session: Session,
    kind: MessageKind,
    *,
    about: str,
    reference: str | None,
    to: Iterable[str],
    step: Step | None = None,
    role: Role | None = None,
    due_at: pendulum.DateTime | None = None,
    question_id: UUID | None = None,
    alarm_id: int | None = None,
    goes_to: bytes | None = None,
) -> None:
    """
    Write one message for each officer, in the transaction of the fact it reports; a second one is never made.

    One with an address of its own is a mail of its own.
    """
    rows = [
        {
            "id": uuid4(), "officer": officer, "kind": kind, "about": about, "reference": reference, "step": step,
            "role": role, "due_at": due_at, "question_id": question_id, "alarm_id": alarm_id, "made_at": now(),
            "tries": 0, "goes_to": goes_to, "mail_id": uuid4() if goes_to else None,
            "gathered_at": now() if goes_to else None,
        }
        for officer in to
    ]  # fmt: skip
    if rows:
        session.execute(insert(Message).values(rows).on_conflict_do_nothing())


def tell_report(session: Session, number: int, *, to: Iterable[str]) -> None:
    """Tell officers that a situation report is ready, one message each, in the transaction that keeps it."""
    make(session, MessageKind.report_ready, about=f"{words.REPORT}{number}", reference=None, to=to)


def has_something(session: Session, *, at: pendulum.DateTime) -> bool:
    """Return whether anything waits that may be tried now; cheap, because it is asked every few seconds."""
    ready = (
        select(Message.id)
        .join(OfficerAddress, col(OfficerAddress.officer) == Message.officer)
        .where(_waits(), _is_reached(), _may_be_tried(at))
    )
    return session.exec(ready.limit(1)).first() is not None


def drop_overtaken(session: Session) -> None:
    """Drop what there is nothing left to tell of: answered, overtaken, acknowledged or cleared, or for who has left."""
    decided = _of_its_question(
        select(Decision.id).where(col(Decision.asking_id) == col(Asking.id)).correlate(Asking).exists()
    )
    first = aliased(Asking)
    asked_since = (
        select(Asking.id)
        .join(first, col(first.id) == col(Message.question_id))
        .where(
            col(Asking.reference) == col(Message.reference),
            col(Asking.id) != col(Message.question_id),
            col(Asking.repeats).is_distinct_from(col(Message.question_id)),
            col(Asking.asked_at) > col(first.asked_at),
        )
        .correlate(Message)
        .exists()
    )
    over = (
        select(RepatriationCase.reference)
        .where(
            col(RepatriationCase.reference) == col(Message.reference),
            or_(
                col(RepatriationCase.ending),
                col(RepatriationCase.status).in_([CaseStatus.home, CaseStatus.cancelled]),
            ),
        )
        .correlate(Message)
        .exists()
    )
    acknowledged = (
        select(Alarm.id)
        .where(
            col(Alarm.id) == col(Message.alarm_id),
            or_(col(Alarm.acknowledged_at).is_not(None), col(Alarm.cleared_at).is_not(None)),
        )
        .correlate(Message)
        .exists()
    )
    in_service = (
        select(Officer.number)
        .where(col(Officer.number) == col(Message.officer), col(Officer.active))
        .correlate(Message)
        .exists()
    )
    answered = and_(col(Message.question_id).is_not(None), ~_is_open(), or_(decided, asked_since, over))
    session.execute(
        update(Message).where(_waits(), or_(answered, acknowledged, ~in_service)).values(dropped_at=now()),
        execution_options={"synchronize_session": False},
    )


def gather(session: Session, *, at: pendulum.DateTime) -> None:
    """
    Put what waits into mails: one an officer and kind, and for quiet kinds one in so many minutes.

    What was gathered stays together, so that a mail tried again is the same mail; a question that is closed for a
    moment, because it is asked anew, is taken out again.
    """
    session.execute(
        update(Message)
        .where(
            _waits(),
            col(Message.mail_id).is_not(None),
            col(Message.mailed_at).is_(None),
            col(Message.notified_at).is_(None),
            ~_has_news(),
        )
        .values(mail_id=None, gathered_at=None),
        execution_options={"synchronize_session": False},
    )
    loose = session.exec(
        select(col(Message.officer), col(Message.kind))
        .join(OfficerAddress, col(OfficerAddress.officer) == Message.officer)
        .where(_waits(), col(Message.mail_id).is_(None), _has_news(), _is_reached())
        .distinct()
    ).all()
    for officer, kind in loose:
        quiet_since = at - QUIET_FOR.get(kind, pendulum.duration())
        lately = select(Message.id).where(
            Message.officer == officer, Message.kind == kind, col(Message.gathered_at) > quiet_since
        )
        if kind in QUIET_FOR and session.exec(lately.limit(1)).first() is not None:
            continue
        session.execute(
            update(Message)
            .where(col(Message.officer) == officer, col(Message.kind) == kind, _waits())
            .where(col(Message.mail_id).is_(None), _has_news())
            .values(mail_id=uuid4(), gathered_at=at),
            execution_options={"synchronize_session": False},
        )


def due(session: Session, *, at: pendulum.DateTime) -> list[list[Message]]:
    """Return the mails that may be tried now, each as its messages, the oldest mail first."""
    found = session.exec(
        select(Message)
        .join(OfficerAddress, col(OfficerAddress.officer) == Message.officer)
        .where(_waits(), col(Message.mail_id).is_not(None), _is_reached(), _may_be_tried(at), _has_news())
        .order_by(col(Message.gathered_at), col(Message.mail_id), col(Message.made_at), col(Message.reference))
    )
    mails: dict[UUID | None, list[Message]] = {}
    for message in found:
        mails.setdefault(message.mail_id, []).append(message)
    return list(mails.values())


@dataclass(frozen=True, slots=True)
class Undelivered:
    """Messages to one officer that do not go out, and why."""

    officer: str
    reason: str
    count: int
    oldest_at: pendulum.DateTime
    tried: bool
    """Whether sending was tried and failed; else no way to the officer is known."""


def undelivered() -> list[Undelivered]:
    """Return what does not go out, by officer and reason: no address, no mail server, or too many tries in vain."""
    with case_file.transaction() as session:
        found = session.exec(
            select(Message, OfficerAddress)
            .outerjoin(OfficerAddress, col(OfficerAddress.officer) == Message.officer)
            .where(_waits())
            .order_by(Message.officer, col(Message.made_at))
        ).all()
    stuck: dict[tuple[str, str], list[Message]] = {}
    for message, address in found:
        if (reason := _reason(message, address)) is not None:
            stuck.setdefault((message.officer, reason), []).append(message)
    return [
        Undelivered(officer, reason, len(those), those[0].made_at, tried=those[0].tries >= STUCK_AFTER)
        for (officer, reason), those in stuck.items()
    ]


def _reason(message: Message, address: OfficerAddress | None) -> str | None:
    if message.goes_to is None and (address is None or not (address.email_sealed or address.notify_sealed)):
        return "no address; see `homeward officers reach`"
    notified = message.goes_to is None and address is not None and address.notify_sealed
    if not (notified or settings().smtp_host):
        return "HOMEWARD_SMTP_HOST is not set"
    return message.last_failure if message.tries >= STUCK_AFTER else None


def _waits() -> ColumnElement[bool]:
    return and_(col(Message.sent_at).is_(None), col(Message.dropped_at).is_(None))


def _may_be_tried(at: pendulum.DateTime) -> ColumnElement[bool]:
    return or_(col(Message.try_at).is_(None), col(Message.try_at) <= at)


def _is_open() -> ColumnElement[bool]:
    return _of_its_question(col(Asking.closed_at).is_(None))


def _of_its_question(fact: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return whether something is so of a message's question, as it was first asked or as it was asked again."""
    # Apart: of each the database makes one hash for all messages; of both in one it looks up every single message.
    first = select(Asking.id).where(col(Asking.id) == col(Message.question_id), fact)
    again = select(Asking.id).where(col(Asking.repeats) == col(Message.question_id), fact)
    return or_(first.correlate(Message).exists(), again.correlate(Message).exists())


def _has_news() -> ColumnElement[bool]:
    return or_(col(Message.question_id).is_(None), _is_open())


def _is_reached() -> ColumnElement[bool]:
    notified = col(OfficerAddress.notify_sealed).is_not(None)
    if not settings().smtp_host:
        return and_(notified, col(Message.goes_to).is_(None))
    return or_(col(OfficerAddress.email_sealed).is_not(None), notified, col(Message.goes_to).is_not(None))
