"""Triage: what is on file about everybody in care, and whose is looked at first."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import pendulum
from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models import triage
from models.booking import Booking, BookingState
from models.case import RepatriationCase, local_zone
from models.clearance import MedicalClearance
from models.listing import CaseUrgency
from models.officer import Duty, Officer
from models.person import Category, HostStatus, PersonCategory, Whereabouts
from models.travel_document import DocumentState, TravelDocument
from models.triage import Deadline, Pressure, PressureNote, Situation, Triage
from tasks import case_file, silence
from tasks.clock import now
from tasks.silence import NextContact


@dataclass(frozen=True, slots=True)
class Listed:
    """One case in the list."""

    case: RepatriationCase
    urgency: Triage
    contact: NextContact | None
    """When the person must be heard of; None once they are home, or care has ended."""


def listed() -> list[Listed]:
    """Return all cases, whose must be looked at first on top; those nobody waits for any more last."""
    at, contact_of = now(), silence.due()
    with case_file.transaction() as session:
        cases = session.exec(select(RepatriationCase)).all()
        found = {case.reference: triage.triage(each, at=at) for case, each in _situations(session)}
    nothing = Triage(0, ())
    rows = [Listed(case, found.get(case.reference, nothing), contact_of.get(case.reference)) for case in cases]
    return sorted(rows, key=lambda row: (not row.case.is_in_care, -row.urgency.score, row.case.reference))


def renew(*, at_most: int) -> int:
    """
    Count anew how urgent cases are whose facts have changed or whose time has come; return how many were counted.

    Whoever reads a list renews a few first; the clock renews the rest.
    """
    at = now()
    with case_file.transaction() as session:
        # A row somebody changes the facts of at this moment is left for the next time.
        lapsed = session.exec(
            select(CaseUrgency)
            .where(~col(CaseUrgency.is_closed), col(CaseUrgency.holds_until) <= at)
            .order_by(col(CaseUrgency.holds_until))
            .limit(at_most)
            .with_for_update(skip_locked=True)
        ).all()
        if not lapsed:
            return 0
        references = [row.reference for row in lapsed]
        situations = {case.reference: situation for case, situation in _situations(session, references)}
        contacts = silence.due_among(session, references)
        for row in lapsed:
            if (situation := situations.get(row.reference)) is None:
                # No longer in care since a moment ago, which has marked the row already.
                continue
            contact = contacts.get(row.reference)
            row.score = triage.triage(situation, at=at).score
            row.contact_due_at = contact.due_at if contact else None
            row.holds_until = triage.holds_until(situation, at=at)
            session.add(row)
    return len(lapsed)


_AT_ONCE = 1000


def renew_all() -> int:
    """Count anew every case that needs it, in transactions of bearable size; return how many were counted."""
    renewed = 0
    while (found := renew(at_most=_AT_ONCE)) > 0:
        renewed += found
    return renewed


def read_reasons(listed: list[Listed], *, reader: Officer) -> dict[str, list[str]]:
    """Return by reference the reasons an officer may see; where one tells of the person, the look is audited."""
    with case_file.transaction() as session:
        for row in listed:
            if _tells_of_the_person(row.urgency, reader):
                case_file.note(session, "person.read", actor=reader.number, about=row.case, ids={"purpose": "triage"})
    return {row.case.reference: row.urgency.words_for(reader.duties) for row in listed}


def of(session: Session, case: RepatriationCase, *, at: pendulum.DateTime) -> Triage | None:
    """Return how soon one case must be looked at; None once nobody waits for the person."""
    return next((triage.triage(situation, at=at) for _, situation in _situations(session, [case.reference])), None)


def note_pressure(
    reference: str, pressure: Pressure, *, is_over: bool, until: pendulum.DateTime | None, officer: str
) -> None:
    """
    Write down what makes a case urgent, or that it is over.

    Raises:
        case_file.Refused: the case is closed, or a clock is noted without its end or after it.
    """
    if pressure is Pressure.warrant_clock and not is_over and until is None:
        raise case_file.Refused("A warrant's clock has an end; say when with --until.")
    if until is not None and (is_over or until <= now()):
        raise case_file.Refused("What is over or past has no end to come; leave --until out, or correct it.")
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        case_file.refuse_closed(case)
        session.add(
            PressureNote(
                reference=reference, pressure=pressure, is_over=is_over, until=until, noted_at=now(), noted_by=officer
            )
        )
        case_file.note(session, "pressure.noted", actor=officer, about=case, ids={"over": str(is_over)})
        # What it is, is for some roles only; the timeline is for every officer.
        case_file.tell(session, reference, f"How urgent the case is was noted by {officer}.")


def _tells_of_the_person(found: Triage, reader: Officer) -> bool:
    return any(reason.shown_to is not Duty.look_at_cases and reader.may(reason.shown_to) for reason in found.reasons)


def _situations(session: Session, only: Sequence[str] | None = None) -> list[tuple[RepatriationCase, Situation]]:
    """Return what the rule looks at, for everybody in care or for some; as many queries for one as for thousands."""
    wanted: ColumnElement[bool] = silence.is_in_care()
    if only is not None:
        wanted = and_(wanted, col(RepatriationCase.reference).in_(only))
    references = select(RepatriationCase.reference).where(wanted)
    people = select(RepatriationCase.person_id).where(wanted)
    still_open = session.exec(select(RepatriationCase).where(wanted)).all()
    where, categories, unfit = _whereabouts(session, people), _categories(session, people), _unfit(session, references)
    pressures, deadlines = _pressures(session, references), _deadlines(session, references)
    found = []
    for case in still_open:
        rows, notes = where[case.person_id], pressures[case.reference]
        found.append((
            case,
            Situation(
                host_status=HostStatus(rows[-1].host_status),
                detained_since=_detained_since(rows),
                contact_due_at=rows[-1].next_contact_due_at,
                categories=frozenset(categories[case.person_id]),
                is_unfit=case.reference in unfit,
                pressures=frozenset(note.pressure for note in notes),
                deadlines=tuple(deadlines[case.reference] + [_clock(note) for note in notes if note.until]),
            ),
        ))  # fmt: skip
    return found


def _whereabouts(session: Session, people: SelectOfScalar[UUID]) -> dict[UUID, list[Whereabouts]]:
    query = select(Whereabouts).where(col(Whereabouts.person_id).in_(people)).order_by(col(Whereabouts.recorded_at))
    found: dict[UUID, list[Whereabouts]] = defaultdict(list)
    for row in session.exec(query):
        found[row.person_id].append(row)
    return found


def _detained_since(rows: list[Whereabouts]) -> pendulum.DateTime | None:
    """Return since when the person has been in detention without a break, wherever they were moved."""
    since = None
    for row in reversed(rows):
        if row.host_status != HostStatus.detained:
            break
        since = row.since if since is None else min(since, row.since)
    return since


def _categories(session: Session, people: SelectOfScalar[UUID]) -> dict[UUID, list[Category]]:
    query = select(PersonCategory).where(
        col(PersonCategory.person_id).in_(people), col(PersonCategory.removed_at).is_(None)
    )
    found: dict[UUID, list[Category]] = defaultdict(list)
    for held in session.exec(query):
        found[held.person_id].append(held.category)
    return found


def _unfit(session: Session, references: SelectOfScalar[str]) -> set[str]:
    query = (
        select(MedicalClearance)
        .where(col(MedicalClearance.reference).in_(references))
        .order_by(col(MedicalClearance.recorded_at))
    )
    latest = {row.reference: row for row in session.exec(query)}
    return {reference for reference, row in latest.items() if not row.fit}


def _pressures(session: Session, references: SelectOfScalar[str]) -> dict[str, list[PressureNote]]:
    query = select(PressureNote).where(col(PressureNote.reference).in_(references)).order_by(col(PressureNote.noted_at))
    latest = {(row.reference, row.pressure): row for row in session.exec(query)}
    found: dict[str, list[PressureNote]] = defaultdict(list)
    for (reference, _), row in latest.items():
        if not row.is_over:
            found[reference].append(row)
    return found


def _clock(note: PressureNote) -> Deadline:
    of_warrant = note.pressure is Pressure.warrant_clock
    if note.until is None:
        raise AssertionError("only a note with an end is a clock")
    name = "the warrant's clock" if of_warrant else f"the time the {note.pressure.value.replace('-', ' ')} leaves"
    return Deadline(name=name, at=note.until, shown_to=Duty.know_of_warrants if of_warrant else Duty.look_at_cases)


def _deadlines(session: Session, references: SelectOfScalar[str]) -> dict[str, list[Deadline]]:
    """Return until when seats must be paid and until when the document holds."""
    found: dict[str, list[Deadline]] = defaultdict(list)
    held = select(Booking).where(
        col(Booking.reference).in_(references), Booking.state == BookingState.held, ~col(Booking.unwanted)
    )
    for booking in session.exec(held):
        found[booking.reference].append(Deadline(name="the hold of the seats", at=booking.pay_by))
    open_ones = (DocumentState.proposed, DocumentState.authorised, DocumentState.valid)
    documents = select(TravelDocument).where(
        col(TravelDocument.reference).in_(references), col(TravelDocument.state).in_(open_ones)
    )
    for document in session.exec(documents):
        last = document.expires_on
        ends = pendulum.datetime(last.year, last.month, last.day, tz=local_zone(document.reference)).add(days=1)
        found[document.reference].append(Deadline(name="the travel document", at=ends))
    return found
