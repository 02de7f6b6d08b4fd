"""Alarms: what must not happen to a run, told to the coordinators at once and open until one has looked."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import pendulum
from sqlalchemy import ColumnElement, and_, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, func, select

from models.case import RepatriationCase
from models.message import ABOUT_THE_RECORD, ALARM_WORDS, STANDS_UNTIL, Alarm, AlarmKind, MessageKind
from models.officer import Officer, Role
from tasks import case_file, messages
from tasks.clock import now


@dataclass(frozen=True, slots=True)
class Open:
    """An alarm nobody has acknowledged, or one that stands."""

    id: int
    kind: AlarmKind
    reference: str | None
    about: str
    raised_at: pendulum.DateTime

    @property
    def words(self) -> str:
        """What it says."""
        return ALARM_WORDS[self.kind]

    @property
    def stands(self) -> bool:
        """Whether nobody can put it away: what it reports ends it."""
        return self.kind in STANDS_UNTIL

    @property
    def subject(self) -> str:
        """The case; else what it is about."""
        if self.kind in ABOUT_THE_RECORD:
            return "the record"
        return self.reference or self.about.partition(" ")[0]


def sound(session: Session, case: RepatriationCase | None, kind: AlarmKind, *, about: str) -> None:
    """
    Raise an alarm, in the transaction of the fact it reports; about one thing it sounds once.

    Without a case it concerns all of them, or the record as a whole.
    """
    reference = case.reference if case else None
    raised = session.execute(
        insert(Alarm)
        .values(kind=kind, about=about, reference=reference, raised_at=now())
        .on_conflict_do_nothing()
        .returning(col(Alarm.id))
    ).scalar()
    if raised is None:
        return
    case_file.note(session, "alarm.raised", actor=case_file.RUN, about=case, ids={"alarm": kind.value})
    messages.make(
        session,
        MessageKind.alarm,
        about=f"alarm-{raised}",
        reference=reference,
        to=messages.holders(session, (Role.coordinator,)),
        alarm_id=raised,
    )


def sound_for_all(kind: AlarmKind, *, about: str) -> None:
    """Raise an alarm that concerns all cases, unless one about the same thing stands open."""
    if any(alarm.kind is kind and alarm.subject == about for alarm in standing()):
        return
    with case_file.transaction() as session:
        sound(session, None, kind, about=f"{about} {now().to_iso8601_string()}")


def clear(session: Session) -> None:
    """Clear the alarms about the record that stood until now, in the transaction of the seal that ends them."""
    stood = session.execute(
        update(Alarm)
        .where(col(Alarm.kind).in_(ABOUT_THE_RECORD), _is_open())
        .values(cleared_at=now())
        .returning(col(Alarm.kind))
    ).scalars()
    for kind in sorted(stood):
        case_file.note(session, "alarm.cleared", actor=case_file.RUN, ids={"alarm": kind.value})


def clear_about(session: Session, kind: AlarmKind, subject: str) -> None:
    """Clear the alarms of a kind about something that is no case, in the transaction of the fact that ends them."""
    stood = session.execute(
        update(Alarm)
        .where(col(Alarm.kind) == kind, col(Alarm.about).startswith(f"{subject} "), _is_open())
        .values(cleared_at=now())
        .returning(col(Alarm.id))
    ).all()
    if stood:
        case_file.note(session, "alarm.cleared", actor=case_file.RUN, ids={"alarm": kind.value})


def clear_of(session: Session, case: RepatriationCase, kind: AlarmKind, *, about: str | None = None) -> None:
    """Clear a case's alarms of a kind, or the one about one thing, in the transaction of the fact that ends them."""
    stood = session.execute(
        update(Alarm)
        .where(
            col(Alarm.kind) == kind,
            col(Alarm.reference) == case.reference,
            _is_open(),
            true() if about is None else col(Alarm.about) == about,
        )
        .values(cleared_at=now())
        .returning(col(Alarm.id))
    ).all()
    if stood:
        case_file.note(session, "alarm.cleared", actor=case_file.RUN, about=case, ids={"alarm": kind.value})


def _is_open() -> ColumnElement[bool]:
    return and_(col(Alarm.acknowledged_at).is_(None), col(Alarm.cleared_at).is_(None))


def standing() -> list[Open]:
    """Return the alarms nobody has acknowledged and nothing has cleared, the oldest first."""
    with case_file.transaction() as session:
        found = session.exec(select(Alarm).where(_is_open()).order_by(col(Alarm.id))).all()
    return _open(found)


def newest(*, at_most: int, without: Collection[AlarmKind] = ()) -> tuple[list[Open], int]:
    """Return the newest so many of the alarms that stand, without those of some kinds, and how many there are."""
    wanted = and_(_is_open(), col(Alarm.kind).not_in(without))
    with case_file.transaction() as session:
        found = session.exec(select(Alarm).where(wanted).order_by(col(Alarm.id).desc()).limit(at_most)).all()
        there = session.exec(select(func.count()).select_from(Alarm).where(wanted)).one()
    return _open(found), there


def _open(found: Iterable[Alarm]) -> list[Open]:
    return [
        Open(alarm.id, alarm.kind, alarm.reference, alarm.about, alarm.raised_at)
        for alarm in found
        if alarm.id is not None
    ]


def acknowledge(number: int, *, officer: Officer) -> Open:
    """
    Note that a coordinator has looked at an alarm.

    Raises:
        case_file.Refused: no open alarm has this number, it stands by itself, or the officer is no coordinator.
    """
    if not officer.holds(Role.coordinator):
        raise case_file.Refused(f"Alarms are for coordinators; officer {officer.number} is none.")
    with case_file.transaction() as session:
        alarm = session.exec(select(Alarm).where(Alarm.id == number).with_for_update()).first()
        if alarm is None or alarm.acknowledged_at is not None or alarm.cleared_at is not None:
            raise case_file.Refused(f"No open alarm has the number {number}; somebody put it away already.")
        if alarm.kind in STANDS_UNTIL:
            raise case_file.Refused(f"Alarm {number} stands until {STANDS_UNTIL[alarm.kind]}.")
        alarm.acknowledged_at, alarm.acknowledged_by = now(), officer.number
        session.add(alarm)
        case = case_file.load(session, alarm.reference) if alarm.reference is not None else None
        ids = {"alarm": alarm.kind.value}
        case_file.note(session, "alarm.acknowledged", actor=officer.number, about=case, ids=ids)
        if case is not None:
            case_file.tell(session, case.reference, f"{officer.number} acknowledged the alarm {alarm.kind.value}.")
        return Open(number, alarm.kind, alarm.reference, alarm.about, alarm.raised_at)
