"""Holding: seats inside the authorised envelope, sought and held once, the intent first."""

from datetime import date, timedelta

import pendulum
from sqlalchemy import func
from sqlmodel import Session, col, select

from models.booking import Booking, BookingState, Option, name_to_send, rank
from models.case import Step, local_zone
from models.decision import Decision
from models.intent import Act, Intent, IntentState
from models.itinerary import Itinerary
from models.person import Sex
from tasks import case_file, custody, document_rules, escorts, intents, medical, pacing, representation, route
from tasks.booking.finding import adopt, last_lapsed
from tasks.booking.proposing import envelope_of
from tasks.calls import commit_call, read_call
from tasks.clock import now
from tasks.partners.airline import Airline, Traveller
from tasks.partners.document_check import DocumentCheck
from tasks.partners.errors import OutcomeUnknown, PartnerRefused, PartnerUnavailable
from tasks.policy import policy
from tasks.settings import settings
from tasks.trouble import NeedsPerson, Overtaken

ORIGINS: dict[str, str] = {
    "KHM": "KTI",
    "LAO": "VTE",
    "THA": "BKK",
    "VNM": "SGN",
    "MMR": "RGN",
    "PHL": "MNL",
    "MYS": "KUL",
    "CHN": "PVG",
}
"""The airport a mission sends people from; Phnom Penh's PNH closed on 2025-09-09, flights leave from KTI."""

DESTINATION = "ICN"

TO_BE_TAKEN = pendulum.duration(hours=6)
"""Before departure, for flights that were agreed to: seats are paid three hours before it, by somebody who is awake."""

HOLDS_TRIED = 3
"""Offers tried in one go; each refusal by the airline costs one search of its look-to-book ratio."""

HELD_IN_VAIN = 3
"""Holds that may lapse in a row, nobody deciding anything, before a person is asked. Source: the agreement with Duffel,
2.5(j), as an integrator reports it: no repeated holds without a booking."""

_GONE = frozenset({"offer_no_longer_available", "offer_expired", "price_changed", "schedule_changed"})
"""Refusals that speak of the offer and not of the traveller: the next offer may do."""


@read_call
def search_seats(reference: str) -> list[Option]:
    """Return offers inside the envelope in the order they should be tried, from the first day that has any."""
    representation.refuse_passenger(reference, Step.booking)
    with case_file.transaction() as session:
        _refuse_held_in_vain(session, reference)
        envelope = envelope_of(session, reference)
        instrument = case_file.require_document(session, reference).instrument
        rules = document_rules.standing(session, instrument)
        agreed = _agreed_before(session, reference)
        case = case_file.load(session, reference)
        cleared = medical.earliest_departure(session, case) or now()
        group = [way for way in escorts.seats_of_group(session, reference).values() if way is not None]
    wanted_earliest = max(cleared, now() + TO_BE_TAKEN)
    earliest = max(cleared, now().add(hours=policy().soonest_departure_hours))
    first: date = earliest.in_timezone(local_zone(reference)).date()
    # The flights that were agreed, then those of whoever the person travels with, then the first that come.
    wanted = [*([agreed] if agreed else []), *group]
    days: list[date] = list(dict.fromkeys(way.segments[0].departs_local.date() for way in wanted))
    days += [day for offset in range(settings().search_days) if (day := first + timedelta(days=offset)) not in days]
    usual, refusals = ORIGINS[reference[:3]], route.Refusals()
    origins = list(dict.fromkeys([*(way.origin for way in wanted), usual, *route.ALTERNATIVES[reference[:3]]]))
    with Airline(pace=pacing.searches()) as airline, DocumentCheck() as check:
        for start, day in ((start, day) for start in origins for day in days):
            found = airline.search(
                origin=start, destination=DESTINATION, on=day, latest_arrival_on=envelope.latest_arrival_on
            )
            ready = [
                o
                for o in rank(found)
                if o.itinerary.departs_at >= (wanted_earliest if _place(o, wanted) < len(wanted) else earliest)
            ]
            options = route.bookable(
                ready, check, envelope=envelope, instrument=instrument, on=day, rules=rules, refusals=refusals
            )
            with case_file.transaction() as session:
                options = [o for o in options if custody.takes_another_suspect(session, case, o.itinerary)]
            if options:
                _tell_ground_leg(reference, start)
                return sorted(options, key=lambda o: _place(o, wanted))
    if refusals.words:
        raise NeedsPerson(
            "route_refused", f"The document check says {refusals.words}; ask there, then go on and it is asked anew."
        )
    raise NeedsPerson(
        "no_seats",
        f"No seats can be held from {' or '.join(origins)} to {DESTINATION} in the next {settings().search_days} "
        "days inside the envelope; try again, have an officer book by telephone, or return to travel_document for a "
        "wider one.",
    )


def _tell_ground_leg(reference: str, start: str) -> None:
    usual = ORIGINS[reference[:3]]
    if start != usual:
        with case_file.transaction() as session:
            case_file.tell(session, reference, f"No seats from {usual}; those from {start} need a way there by land.")


def _place(option: Option, wanted: list[Itinerary]) -> int:
    """Return how early in the list of wanted flights an option stands; behind all of them where it is none."""
    same = (place for place, way in enumerate(wanted) if option.itinerary.same_flights(way))
    return next(same, len(wanted))


def _refuse_held_in_vain(session: Session, reference: str) -> None:
    """Ask a person where seats lapse again and again: the airline's terms forbid holding without booking."""
    decided_at = session.exec(select(func.max(Decision.decided_at)).where(Decision.reference == reference)).one()
    lapsed = session.exec(
        select(func.count())
        .select_from(Booking)
        .where(Booking.reference == reference, Booking.state == BookingState.lapsed, col(Booking.read_at) > decided_at)
    ).one()
    if lapsed >= HELD_IN_VAIN:
        raise NeedsPerson(
            "held_in_vain",
            f"Seats were held {lapsed} times and lapsed undecided; have somebody decide, then go on to hold again.",
        )


def _agreed_before(session: Session, reference: str) -> Itinerary | None:
    lapsed = last_lapsed(session, reference)
    return lapsed.route if lapsed is not None and lapsed.agreed_decision_id is not None else None


@commit_call
def hold_seats(reference: str, options: list[Option]) -> None:
    """
    Hold one person's seats, intent first and each offer posted once; a lost answer is left for reading.

    Raises:
        Overtaken: since the search other suspects took what a flight has for them; others are sought.
        NeedsPerson: the airline took back what was tried, or its balance is too small.
    """
    full = 0
    for option in options[:HOLDS_TRIED]:
        with case_file.transaction() as session:
            case = case_file.load(session, reference, lock=True)
            if not custody.claim_place(session, case, option.itinerary):
                full += 1
                continue
            identity = case_file.identity(session, reference)
            traveller = _traveller(session, reference, option)
            intent = intents.write(
                session,
                case,
                Act.hold_seats,
                option.offer_id,
                registry_id=identity.registry_id if identity else None,
                payload=traveller.model_dump(mode="json"),
                route=option.itinerary,
            )
        try:
            with Airline() as airline:
                order = airline.hold(option, traveller, intent_id=intent.id)
        except PartnerRefused as refused:
            _settle(intent, IntentState.refused, words=str(refused))
            if refused.code == "insufficient_balance":
                # Not tried with the next offer: each try is refused alike, and the airline counts them.
                raise NeedsPerson(
                    "insufficient_balance",
                    "The balance at the airline does not cover the seats; have it topped up, then go on.",
                ) from refused
            if refused.code not in _GONE:
                raise
        except PartnerUnavailable as unsent:
            _settle(intent, IntentState.refused, words=str(unsent))
            raise
        except OutcomeUnknown as unknown:
            _settle(intent, IntentState.unknown, words=str(unknown))
            return
        else:
            adopt(reference, intent.id, option.offer_id, order)
            return
    if full:
        raise Overtaken(f"{reference}: others in custody took the last places of a flight")
    raise NeedsPerson("offers_gone", "The airline took back every offer that was tried; go on and search again.")


def _traveller(session: Session, reference: str, option: Option) -> Traveller:
    identity = case_file.identity(session, reference)
    document = case_file.open_document(session, reference)
    if identity is None or document is None:
        raise NeedsPerson("no_document", "No travel document is authorised; go on and an officer will be asked.")
    if identity.sex is Sex.unspecified:
        raise NeedsPerson("sex_unspecified", "The airline takes only M or F; have an officer book by telephone.")
    woman = identity.sex is Sex.female
    return Traveller(
        title="ms" if woman else "mr",
        gender="f" if woman else "m",
        given_name=name_to_send(identity.given_latin),
        family_name=name_to_send(identity.surname_latin),
        born_on=identity.born_on,
        document_number=document.number if option.wants_passport else None,
        document_expires_on=document.expires_on if option.wants_passport else None,
    )


def _settle(intent: Intent, state: IntentState, *, words: str) -> None:
    with case_file.transaction() as session:
        row = session.get_one(Intent, intent.id, with_for_update=True)
        intents.settle(session, row, state, words=words)
        case_file.tell(session, intent.reference, f"The {words} to a hold of seats.")


def has_seats(reference: str) -> bool:
    """Return whether seats are held or ticketed, in time, and wanted."""
    with case_file.transaction() as session:
        booking = case_file.live_booking(session, reference)
        return booking is not None and case_file.seats_are_ours(session, booking, at=now())
