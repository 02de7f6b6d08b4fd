"""Custody: how many people in custody a flight has, and who may still be booked on it; counted in the case database."""

from sqlmodel import Session, col, func, select

from models.booking import Booking, BookingState
from models.case import RepatriationCase
from models.custody import CustodyRule, is_full, rule_of
from models.intent import Act, Intent, IntentState
from models.itinerary import Itinerary, Segment
from models.person import Category, PersonCategory
from tasks import case_file
from tasks.policy import policy

_PLACES_SPACE = 0x435A
"""Of PostgreSQL's advisory locks: the places of a flight for people in custody."""


def rule(route: Itinerary) -> CustodyRule | None:
    """Return what is known of custody aboard the carrier that flies first."""
    return rule_of(policy().custody, route.segments[0].carrier)


def suspects_aboard(session: Session, flight: Segment, *, apart_from: str) -> int:
    """
    Return how many other cases' suspects have seats on a flight, or may have because their order's answer is not known.

    Acts are read before bookings: an order adopted in between is found in both, and counts once.
    """
    suspects = select(PersonCategory.person_id).where(
        PersonCategory.category == Category.suspect, col(PersonCategory.removed_at).is_(None)
    )
    begun = session.exec(
        select(Intent).where(
            Intent.reference != apart_from,
            Intent.act == Act.hold_seats,
            col(Intent.state).in_([IntentState.sending, IntentState.unknown]),
            col(Intent.person_id).in_(suspects),
        )
    ).all()
    booked = session.exec(
        select(Booking).where(
            Booking.reference != apart_from,
            col(Booking.state).in_([BookingState.held, BookingState.ticketed]),
            col(Booking.person_id).in_(suspects),
        )
    ).all()
    ways = [(each.reference, Itinerary.model_validate(each.itinerary)) for each in begun if each.itinerary]
    ways += [(each.reference, each.route) for each in booked]
    return len({reference for reference, way in ways if any(flight.is_same_aircraft(each) for each in way.segments)})


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
    for key in sorted(f"{s.carrier} {s.origin}-{s.destination} {s.departs_local.date()}" for s in route.segments):
        session.execute(select(func.pg_advisory_xact_lock(_PLACES_SPACE, func.hashtext(key))))
    return takes_another_suspect(session, case, route)
