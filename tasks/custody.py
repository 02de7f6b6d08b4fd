"""Custody: how many suspects a flight has, and who may be booked on it, and leave on it; counted in the database."""

from datetime import datetime

from sqlmodel import Session, col, func, select

from models.booking import Booking, BookingState, has_departed
from models.case import CaseStatus, RepatriationCase, Trouble
from models.custody import CustodyRule, is_full, rule_of
from models.intent import Act, Intent, IntentState
from models.itinerary import Itinerary, Segment
from models.message import AlarmKind
from models.person import Category, PersonCategory
from models.travel_document import DocumentState
from tasks import alarms, case_file, decisions, doorbell
from tasks.clock import now
from tasks.policy import policy
from tasks.rounds import Round
from tasks.trouble import NeedsPerson

CROWDED = "flight_crowded"
"""The trouble of a suspect whose flight has its number without them."""

_PLACES_SPACE = 0x435A
"""Of PostgreSQL's advisory locks: the places of a flight for people in custody."""


def rule(route: Itinerary) -> CustodyRule | None:
    """Return what is known of custody aboard the carrier that flies first."""
    return rule_of(policy().custody, route.segments[0].carrier)


def suspects_aboard(session: Session, flight: Segment, *, apart_from: str) -> int:
    """Return how many other cases' suspects have seats on a flight, or may have: their order's answer is not known."""
    return len(_aboard(session, flight).keys() - {apart_from})


def _aboard(session: Session, flight: Segment) -> dict[str, datetime]:
    """
    Return the cases whose suspects have seats on a flight, or may have, and since when each counts as one of them.

    A person counts from the moment their seats were sought as a suspect, or, where that came later, became one. Acts
    are read before bookings: an order adopted in between is found in both, and counts once.
    """
    is_suspect = (col(PersonCategory.category) == Category.suspect) & col(PersonCategory.removed_at).is_(None)
    begun = session.exec(
        select(Intent, PersonCategory.added_at)
        .join(PersonCategory, col(PersonCategory.person_id) == col(Intent.person_id))
        .where(
            is_suspect,
            Intent.act == Act.hold_seats,
            col(Intent.state).in_([IntentState.sending, IntentState.unknown]),
        )
    ).all()
    booked = session.exec(
        select(Booking, Intent.written_at, PersonCategory.added_at)
        .join(Intent, col(Intent.id) == col(Booking.intent_id))
        .join(PersonCategory, col(PersonCategory.person_id) == col(Booking.person_id))
        .where(is_suspect, col(Booking.state).in_([BookingState.held, BookingState.ticketed]))
    ).all()
    ways = [
        (each.reference, Itinerary.model_validate(each.itinerary), max(each.written_at, became))
        for each, became in begun
        if each.itinerary
    ]
    ways += [(each.reference, each.route, max(sought, became)) for each, sought, became in booked]
    return {
        reference: since
        for reference, way, since in ways
        if any(flight.is_same_aircraft(each) for each in way.segments)
    }


def takes_another_suspect(session: Session, case: RepatriationCase, route: Itinerary) -> bool:
    """Return whether flights may be sought for a person: always, but for a suspect where one has its number."""
    if Category.suspect not in case_file.categories(session, case.person_id):
        return True
    return not any(
        is_full(
            rule_of(policy().custody, flight.carrier),
            suspects=suspects_aboard(session, flight, apart_from=case.reference),
        )
        for flight in route.segments
    )


def claim_place(session: Session, case: RepatriationCase, route: Itinerary) -> bool:
    """
    Return whether a person may be booked on flights, and keep others from being counted until the transaction ends.

    Whoever comes second waits here for the first one's commit, and then counts them.
    """
    if Category.suspect not in case_file.categories(session, case.person_id):
        return True
    _keep_others_out(session, route)
    return takes_another_suspect(session, case, route)


def _keep_others_out(session: Session, route: Itinerary) -> None:
    """Wait for whoever counts the suspects of these flights, and keep others from it until the transaction ends."""
    for key in sorted(f"{s.carrier} {s.origin}-{s.destination} {s.departs_local.date()}" for s in route.segments):
        session.execute(select(func.pg_advisory_xact_lock(_PLACES_SPACE, func.hashtext(key))))


def refuse_crowded(session: Session, case: RepatriationCase, route: Itinerary) -> None:
    """
    Refuse to let a suspect go on with seats on a flight that has its number without them.

    A flight comes to that after the seats were held: where somebody aboard becomes a suspect, and where the airline
    moves two flights into one. Others are kept from being released onto it until the transaction ends.

    Raises:
        NeedsPerson: those who are released, or came to the flight before, are as many as its carrier takes.
    """
    if Category.suspect not in case_file.categories(session, case.person_id):
        return
    _keep_others_out(session, route)
    if (flight := _crowded_out_of(session, case, route)) is not None:
        day = flight.departs_local.date()
        raise NeedsPerson(
            CROWDED,
            f"{flight.flight_number} of {day} has as many people in custody as {flight.carrier} takes, without this "
            "person; return the case to booking for other seats. It goes on by itself once there is a place.",
        )


def _crowded_out_of(session: Session, case: RepatriationCase, route: Itinerary) -> Segment | None:
    """
    Return the first flight on which there is no place for a case's suspect; None where there is one on each.

    Who holds a released document comes first, for they may be on their way to the airport, then who came first.
    """
    for flight in route.segments:
        aboard = _aboard(session, flight)
        order = sorted(aboard, key=lambda each: (not _is_released(session, each), aboard[each], each))
        rule = rule_of(policy().custody, flight.carrier)
        if case.reference in aboard and is_full(rule, suspects=order.index(case.reference)):
            return flight
    return None


def _is_released(session: Session, reference: str) -> bool:
    document = case_file.open_document(session, reference)
    return document is not None and document.state is DocumentState.valid


def sound_crowded(*, within: Round) -> int:
    """Alarm every suspect with a released document for whom their flight has no place; return how many there are."""
    with case_file.transaction() as session:
        released = session.exec(
            select(Booking)
            .join(RepatriationCase, col(RepatriationCase.reference) == Booking.reference)
            .join(PersonCategory, col(PersonCategory.person_id) == col(Booking.person_id))
            .where(
                RepatriationCase.status == CaseStatus.released,
                Booking.state == BookingState.ticketed,
                PersonCategory.category == Category.suspect,
                col(PersonCategory.removed_at).is_(None),
            )
        ).all()
    sounded = 0
    for booking in released:
        with within.alone(booking.reference), case_file.transaction() as session:
            case = case_file.load(session, booking.reference, lock=True)
            flight = None if has_departed(booking, at=now()) else _crowded_out_of(session, case, booking.route)
            if flight is not None:
                about = f"{booking.id} {flight.flight_number} {flight.departs_local.date()}"
                alarms.sound(session, case, AlarmKind.flight_crowded, about=about)
                sounded += 1
    return sounded


def let_go_on(*, within: Round) -> int:
    """Wake every suspect who waited for a place on their flight and has one now; return how many there are."""
    with case_file.transaction() as session:
        waiting = session.exec(
            select(Trouble.reference).where(Trouble.code == CROWDED, col(Trouble.resolved_at).is_(None))
        ).all()
    woken = 0
    for reference in waiting:
        with within.alone(reference):
            with case_file.transaction() as session:
                booking, case = case_file.live_booking(session, reference), case_file.load(session, reference)
                waits = booking is not None and _crowded_out_of(session, case, booking.route) is not None
            if not waits and decisions.trouble_is_over(reference, CROWDED):
                doorbell.wake(reference)
                woken += 1
    return woken
