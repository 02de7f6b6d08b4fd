"""Escorts and groups, as officers write them down: who sits beside whom, and who flies together."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

import pendulum
from sqlmodel import Session, col, select

from models.booking import Booking, BookingState
from models.case import CaseStatus, RepatriationCase, Step
from models.escort import Escort, EscortDuty, TravelGroup, overlaps, unfit
from models.itinerary import Itinerary
from models.officer import Duty, Officer
from models.person import Category, Sex
from models.travel_document import DocumentState
from tasks import case_file, decisions, vault
from tasks.clock import now

_LOCATOR = re.compile(r"[A-Z0-9]{5,8}")
_LIVE = col(Booking.state).in_([BookingState.held, BookingState.ticketed])


def add(
    number: str,
    *,
    sex: Sex,
    passport_valid_until: date,
    on_duty_from: pendulum.DateTime,
    on_duty_until: pendulum.DateTime,
    officer: Officer,
) -> None:
    """
    Put an officer into the pool of escorts, or write their passport and duty down anew.

    Raises:
        case_file.Refused: no such officer in service, or a duty that ends before it begins.
    """
    if on_duty_until <= on_duty_from:
        raise case_file.Refused("A duty ends after it begins; correct --duty-from or --duty-until.")
    with case_file.transaction() as session:
        person = session.get(Officer, number)
        if person is None or not person.active:
            raise case_file.Refused("No officer in service has this number; see `homeward officers list`.")
        row = session.get(Escort, number) or Escort(
            officer=number, sex=sex, passport_valid_until=passport_valid_until, on_duty_from=on_duty_from,
            on_duty_until=on_duty_until, recorded_at=now(), recorded_by=officer.number,
        )  # fmt: skip
        row.sex, row.passport_valid_until, row.on_duty_from = sex, passport_valid_until, on_duty_from
        row.on_duty_until, row.recorded_at, row.recorded_by = on_duty_until, now(), officer.number
        session.add(row)
        session.flush()
        case_file.note(session, "escort.recorded", actor=officer.number, ids={"escort": number})


def listed() -> list[Escort]:
    """Return the pool by officer number."""
    with case_file.transaction() as session:
        return list(session.exec(select(Escort).order_by(Escort.officer)))


@dataclass(frozen=True, slots=True)
class Company:
    """Who goes with a person: officers beside them, and cases that travel together with theirs."""

    escorts: tuple[str, ...]
    """Officer numbers, by number."""
    group: tuple[str, ...]
    """References of the other cases."""


def company(reference: str, *, reader: Officer) -> Company:
    """
    Return who goes with a person, and note who read it.

    Raises:
        case_file.Refused: the reader does not run the case.
    """
    case_file.refuse_without(Duty.run_the_case, reader)
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        case_file.note(session, "person.read", actor=reader.number, about=case, ids={"purpose": "escorts"})
        duties = select(EscortDuty.officer).where(EscortDuty.reference == reference, col(EscortDuty.ended_at).is_(None))
        standing = sorted(set(session.exec(duties)))
        return Company(tuple(standing), tuple(seats_of_group(session, reference)))


def assign(reference: str, number: str, *, out: str, back: str, officer: Officer) -> None:
    """
    Have an officer sit beside a person on the flights now booked, with tickets of their own out and back.

    Raises:
        case_file.Refused: no seats yet, not in the pool, unfit for the flights, or beside somebody else then.
    """
    tickets = [each.strip().upper() for each in (out, back)]
    if not all(_LOCATOR.fullmatch(ticket) for ticket in tickets):
        raise case_file.Refused("A record locator has five to eight letters and digits; give --out and --back.")
    with case_file.transaction() as session:
        case = case_file.load_open(session, reference)
        booking, escort = case_file.live_booking(session, reference), session.get(Escort, number)
        if booking is None:
            raise case_file.Refused("No seats are held yet; assign escorts once they are.")
        if escort is None:
            raise case_file.Refused("The officer is not in the pool; first `homeward escorts add`.")
        if (why := unfit(escort, booking.route)) is not None:
            raise case_file.Refused(why)
        for other, theirs in _duties(session, number):
            if other.booking_id == booking.id or overlaps(booking.route, theirs.route):
                raise case_file.Refused(f"{number} escorts in case {other.reference} on flights at the same time.")
        sealed = vault.seal_text(session, case.person_id, "escort_tickets", " ".join(tickets))
        session.add(
            EscortDuty(
                reference=reference, booking_id=booking.id, officer=number, tickets_sealed=sealed, assigned_at=now(),
                assigned_by=officer.number,
            )
        )  # fmt: skip
        session.flush()
        case_file.note(session, "escort.assigned", actor=officer.number, about=case, ids={"escort": number})
        case_file.tell(session, reference, f"{officer.number} assigned an escort.")
        _ask_anew(session, booking)


def _duties(session: Session, number: str) -> Sequence[tuple[EscortDuty, Booking]]:
    """Return an officer's standing duties on seats that are live."""
    return session.exec(
        select(EscortDuty, Booking)
        .join(Booking, col(Booking.id) == col(EscortDuty.booking_id))
        .where(EscortDuty.officer == number, col(EscortDuty.ended_at).is_(None), _LIVE)
    ).all()


def end(reference: str, number: str, *, officer: Officer) -> None:
    """
    Take an escort off a case.

    Raises:
        case_file.Refused: the officer does not escort there.
    """
    with case_file.transaction() as session:
        case = case_file.load_open(session, reference)
        duty = session.exec(
            select(EscortDuty).where(
                EscortDuty.reference == reference, EscortDuty.officer == number, col(EscortDuty.ended_at).is_(None)
            )
        ).first()
        if duty is None:
            raise case_file.Refused(f"{number} does not escort in case {reference}.")
        duty.ended_at = now()
        session.add(duty)
        session.flush()
        case_file.note(session, "escort.ended", actor=officer.number, about=case, ids={"escort": number})
        case_file.tell(session, reference, f"{officer.number} took an escort off.")
        if (booking := case_file.live_booking(session, reference)) is not None:
            _ask_anew(session, booking)


def _ask_anew(session: Session, booking: Booking) -> None:
    """Show who escorts: the travel officer where the seats are not agreed yet, the issuing officer before a release."""
    if not case_file.is_agreed(session, booking, at=now()):
        decisions.withdraw(session, booking.reference, Step.booking)
    document = case_file.open_document(session, booking.reference)
    if document is not None and document.state is DocumentState.authorised:
        decisions.withdraw(session, booking.reference, Step.release)


def of_booking(session: Session, booking: Booking) -> list[Escort]:
    """Return the officers in service who sit beside a person on these seats."""
    return list(
        session.exec(
            select(Escort)
            .join(EscortDuty, col(EscortDuty.officer) == col(Escort.officer))
            .join(Officer, col(Officer.number) == col(Escort.officer))
            .where(EscortDuty.booking_id == booking.id, col(EscortDuty.ended_at).is_(None), col(Officer.active))
            .order_by(Escort.officer)
        )
    )


def put_together(references: list[str], *, officer: Officer) -> UUID:
    """
    Write down that cases travel together; each leaves the group it was in before. Return the group's id.

    Raises:
        case_file.Refused: fewer than two cases, or one that is closed.
    """
    if len(set(references)) < 2:
        raise case_file.Refused("A group has two cases or more; name them all.")
    group_id = uuid4()
    with case_file.transaction() as session:
        for reference in sorted(set(references)):
            case = case_file.load_open(session, reference)
            row = session.get(TravelGroup, reference) or TravelGroup(
                reference=reference, group_id=group_id, recorded_at=now(), recorded_by=officer.number
            )
            row.group_id, row.recorded_at, row.recorded_by = group_id, now(), officer.number
            session.add(row)
            session.flush()
            case_file.note(session, "group.recorded", actor=officer.number, about=case, ids={"group": str(group_id)})
            case_file.tell(session, reference, f"{officer.number} put the case into a group that travels together.")
            if (booking := case_file.live_booking(session, reference)) is not None:
                _ask_anew(session, booking)
    return group_id


def seats_of_group(session: Session, reference: str) -> dict[str, Itinerary | None]:
    """Return the flights of the others a case travels with, by reference; None where no seats are live."""
    mine = session.get(TravelGroup, reference)
    if mine is None:
        return {}
    others = session.exec(
        select(TravelGroup.reference)
        .join(RepatriationCase, col(RepatriationCase.reference) == col(TravelGroup.reference))
        .where(TravelGroup.group_id == mine.group_id, TravelGroup.reference != reference)
        .order_by(TravelGroup.reference)
    ).all()
    booked = {other: case_file.live_booking(session, other) for other in others}
    return {other: booking.route if booking else None for other, booking in booked.items()}


def group_words(session: Session, booking: Booking) -> str:
    """Return what the travel officer reads: whether the group is on one flight, and who is not."""
    others = seats_of_group(session, booking.reference)
    if not others:
        return "travels alone"
    gone = [other for other in others if _has_dropped_out(case_file.load(session, other))]
    going = {other: route for other, route in others.items() if other not in gone}
    apart = [other for other, route in going.items() if route is not None and not route.same_flights(booking.route)]
    unbooked = [other for other, route in going.items() if route is None]
    together = [other for other in going if other not in (*apart, *unbooked)]
    said = {
        "on these flights": together,
        "NOT ON THESE FLIGHTS": apart,
        "without seats yet": unbooked,
        "NOT TRAVELLING ANY MORE": gone,
    }
    return "; ".join(f"{words}: {', '.join(who)}" for words, who in said.items() if who)


def _has_dropped_out(case: RepatriationCase) -> bool:
    return case.ending or case.status is CaseStatus.cancelled


def is_accompanied(session: Session, case: RepatriationCase) -> bool:
    """Return whether an escort, or an adult of the group, has seats on a person's own flights."""
    booking = case_file.live_booking(session, case.reference)
    if booking is None:
        return False
    if of_booking(session, booking):
        return True
    return any(
        route is not None and route.same_flights(booking.route) and not is_minor(session, other)
        for other, route in seats_of_group(session, case.reference).items()
    )


def is_minor(session: Session, reference: str) -> bool:
    """Return whether the person of a case is a minor."""
    return Category.minor in case_file.categories(session, case_file.load(session, reference).person_id)
