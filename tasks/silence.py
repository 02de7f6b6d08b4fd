"""Silence: who must be heard of by when, and the alarm about everybody who was not."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import pendulum
from sqlalchemy import ColumnElement, String, and_, cast, not_, union_all
from sqlmodel import Session, col, select

from models import silence
from models.case import CaseStatus, RepatriationCase
from models.duplicate import CaseMerge
from models.listing import CaseUrgency
from models.message import Alarm, AlarmKind
from models.person import Whereabouts
from tasks import alarms, case_file
from tasks.rounds import Round


def is_in_care() -> ColumnElement[bool]:
    """Return the condition under which a case's person is to be heard of; see `RepatriationCase.is_in_care`."""
    return and_(col(RepatriationCase.status) != CaseStatus.home, col(RepatriationCase.care_ended_at).is_(None))


@dataclass(frozen=True, slots=True)
class NextContact:
    """When the person of a case must be heard of again."""

    reference: str
    whereabouts_id: UUID
    due_at: pendulum.DateTime

    def is_overdue(self, *, at: pendulum.DateTime) -> bool:
        """Return whether they were not heard of in time."""
        return silence.is_overdue(self.due_at, at=at)

    def words(self, *, at: pendulum.DateTime) -> str:
        """Return when they must be heard of, or for how long that has been overdue."""
        return silence.words(self.due_at, at=at)


def due() -> dict[str, NextContact]:
    """Return when each person in care must be heard of, by reference; a stop alone does not end it."""
    with case_file.transaction() as session:
        return {found.reference: found for found in _latest(session)}


def due_among(session: Session, references: Sequence[str]) -> dict[str, NextContact]:
    """Return when the persons of some cases must be heard of; those no longer in care, and merged ones, are missing."""
    return {found.reference: found for found in _latest(session, references)}


def longest_overdue(*, at: pendulum.DateTime, at_most: int) -> list[NextContact]:
    """Return the first of those whose contact is overdue, the longest silence first, without looking at every case."""
    with case_file.transaction() as session:
        kept = col(CaseUrgency.contact_due_at)
        first = (
            select(CaseUrgency.reference)
            .where(~col(CaseUrgency.is_closed), kept <= at)
            .order_by(kept, col(CaseUrgency.reference))
            .limit(at_most)
        )
        # What is kept may be a moment old; whoever was heard of since is in no list.
        late = [found for found in _latest(session, session.exec(first).all()) if found.is_overdue(at=at)]
    return sorted(late, key=lambda found: (found.due_at, found.reference))


def overdue(*, at: pendulum.DateTime) -> list[NextContact]:
    """Return whose contact is overdue, the longest silence first."""
    late = [found for found in due().values() if found.is_overdue(at=at)]
    return sorted(late, key=lambda found: (found.due_at, found.reference))


def due_in(reference: str) -> NextContact | None:
    """Return when the person of one case must be heard of; None once they are home, or care has ended."""
    with case_file.transaction() as session:
        return next(iter(_latest(session, [reference])), None)


def _latest(session: Session, references: Sequence[str] | None = None) -> list[NextContact]:
    # Of two merged cases the kept one says where the person is, and what was reported in either counts.
    standing = col(CaseMerge.unmerged_at).is_(None)
    own = select(RepatriationCase.reference, RepatriationCase.person_id).where(
        is_in_care(),
        col(RepatriationCase.reference).not_in(select(CaseMerge.reference).where(standing)),
    )
    merged = (
        select(CaseMerge.kept, CaseMerge.person_id)
        .join(RepatriationCase, col(RepatriationCase.reference) == CaseMerge.kept)
        .where(standing, is_in_care())
    )
    if references is not None:
        own = own.where(col(RepatriationCase.reference).in_(references))
        merged = merged.where(col(CaseMerge.kept).in_(references))
    # One list of whose whereabouts count for which case: an "or" in the join would have each case meet every row.
    about = union_all(own, merged).subquery()
    query = (
        select(about.c.reference, Whereabouts.id, Whereabouts.next_contact_due_at)
        .join(Whereabouts, col(Whereabouts.person_id) == about.c.person_id)
        .distinct(about.c.reference)
        .order_by(about.c.reference, col(Whereabouts.recorded_at).desc())
    )
    return [NextContact(where, id_, pendulum.instance(due_at)) for where, id_, due_at in session.execute(query)]


def sound_overdue(*, at: pendulum.DateTime, within: Round | None = None) -> int:
    """
    Raise an alarm, once for each due time, about everybody who was not heard of in time; return how many they are.

    A new contact clears it; so does coming home, or the end of care, when nobody here waits for the person any more.
    """
    this_round, late = within or Round("reminding"), overdue(at=at)
    told = _told()
    for each in late:
        if str(each.whereabouts_id) in told:
            continue
        with this_round.alone(each.reference), case_file.transaction() as session:
            case = case_file.load(session, each.reference, lock=True)
            # Somebody may have heard of them a moment ago.
            if case_file.whereabouts(session, case.person_id).id == each.whereabouts_id and case.is_in_care:
                about = str(each.whereabouts_id)
                alarms.sound(session, case, AlarmKind.contact_overdue, about=about)
                words = f"The person was to be heard of by {each.due_at:%Y-%m-%d %H:%M} UTC and was not."
                case_file.tell(session, each.reference, words)
    _clear_closed(this_round)
    return len(late)


def _told() -> set[str]:
    """Return the whereabouts there is an alarm about, whatever became of it."""
    with case_file.transaction() as session:
        query = (
            select(Alarm.about)
            .join(Whereabouts, cast(col(Whereabouts.id), String) == Alarm.about)
            .where(Alarm.kind == AlarmKind.contact_overdue)
        )
        return set(session.exec(query))


def _clear_closed(this_round: Round) -> None:
    with case_file.transaction() as session:
        query = (
            select(Alarm.reference)
            .join(RepatriationCase, col(RepatriationCase.reference) == Alarm.reference)
            .where(
                Alarm.kind == AlarmKind.contact_overdue,
                col(Alarm.cleared_at).is_(None),
                not_(is_in_care()),
            )
        )
        closed = [reference for reference in session.exec(query) if reference is not None]
    for reference in closed:
        with this_round.alone(reference), case_file.transaction() as session:
            alarms.clear_of(session, case_file.load(session, reference, lock=True), AlarmKind.contact_overdue)
