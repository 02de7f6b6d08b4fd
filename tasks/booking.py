"""Booking: hold seats once inside the authorised envelope, find an order whose answer was lost, give seats back."""

from datetime import date, timedelta
from functools import partial
from uuid import UUID, uuid5

from sqlmodel import Session, col, select

from models.booking import (
    Booking,
    BookingProposal,
    BookingState,
    Lift,
    Option,
    has_departed,
    name_to_send,
    own_deadline,
    rank,
    within_tolerance,
)
from models.case import CaseStatus, RepatriationCase, Step, local_zone
from models.intent import Act, Intent, IntentState
from models.itinerary import Itinerary
from models.money import Money
from models.person import Category, Sex
from models.travel_document import Envelope
from tasks import (
    by_hand,
    case_file,
    decisions,
    document_rules,
    intents,
    medical,
    pacing,
    paperwork,
    representation,
    route,
    vault,
)
from tasks.calls import commit_call, read_call
from tasks.clock import now
from tasks.funding import refund
from tasks.partners.airline import Airline, Cancellation, Order, Traveller
from tasks.partners.carrier_desk import CarrierDesk
from tasks.partners.document_check import DocumentCheck
from tasks.partners.errors import NotThereYet, OutcomeUnknown, PartnerRefused, PartnerUnavailable
from tasks.policy import policy
from tasks.settings import settings
from tasks.trouble import NeedsPerson

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

HOLDS_TRIED = 3
"""Offers tried in one go; each refusal by the airline costs one search of its look-to-book ratio."""

_GONE = frozenset({"offer_no_longer_available", "offer_expired", "price_changed", "schedule_changed"})
"""Refusals that speak of the offer and not of the traveller: the next offer may do."""


@read_call
def search_seats(reference: str) -> list[Option]:
    """Return offers inside the envelope in the order they should be tried, from the first day that has any."""
    representation.refuse_passenger(reference, Step.booking)
    with case_file.transaction() as session:
        envelope = _envelope(session, reference)
        instrument = case_file.require_document(session, reference).instrument
        rules = document_rules.standing(session, instrument)
        agreed = _agreed_before(session, reference)
        earliest = medical.earliest_departure(session, case_file.load(session, reference))
    tomorrow = now().in_timezone(local_zone(reference)).date() + timedelta(days=1)
    first: date = max(tomorrow, earliest.in_timezone(local_zone(reference)).date()) if earliest else tomorrow
    days: list[date] = [agreed.segments[0].departs_local.date()] if agreed else []
    days += [day for offset in range(settings().search_days) if (day := first + timedelta(days=offset)) not in days]
    origin, refusals = ORIGINS[reference[:3]], route.Refusals()
    before = [agreed.origin] if agreed else []
    origins = list(dict.fromkeys([*before, origin, *route.ALTERNATIVES[reference[:3]]]))
    with Airline(pace=pacing.searches()) as airline, DocumentCheck() as check:
        for start, day in ((start, day) for start in origins for day in days):
            found = airline.search(
                origin=start, destination=DESTINATION, on=day, latest_arrival_on=envelope.latest_arrival_on
            )
            ready = [o for o in rank(found) if earliest is None or o.itinerary.departs_at >= earliest]
            options = route.bookable(
                ready, check, envelope=envelope, instrument=instrument, on=day, rules=rules, refusals=refusals
            )
            if options:
                _tell_ground_leg(reference, start)
                return sorted(options, key=lambda o: not (agreed is not None and o.itinerary.same_flights(agreed)))
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


def _envelope(session: Session, reference: str) -> Envelope:
    document = case_file.open_document(session, reference)
    if document is None:
        raise NeedsPerson("no_document", "No travel document is authorised; go on and an officer will be asked.")
    return Envelope.model_validate(document.envelope)


def _agreed_before(session: Session, reference: str) -> Itinerary | None:
    lapsed = _last_lapsed(session, reference)
    return lapsed.route if lapsed is not None and lapsed.agreed_decision_id is not None else None


def _last_lapsed(session: Session, reference: str) -> Booking | None:
    return session.exec(
        select(Booking)
        .where(Booking.reference == reference, Booking.state == BookingState.lapsed)
        .order_by(col(Booking.read_at).desc())
    ).first()


@commit_call
def hold_seats(reference: str, options: list[Option]) -> None:
    """Hold one person's seats, intent first and each offer posted once; a lost answer is left for reading."""
    for option in options[:HOLDS_TRIED]:
        with case_file.transaction() as session:
            case = case_file.load(session, reference, lock=True)
            identity = case_file.identity(session, reference)
            traveller = _traveller(session, reference, option)
            intent = intents.write(
                session,
                case,
                Act.hold_seats,
                option.offer_id,
                registry_id=identity.registry_id if identity else None,
                payload=traveller.model_dump(mode="json"),
            )
        try:
            with Airline() as airline:
                order = airline.hold(option, traveller, intent_id=intent.id)
        except PartnerRefused as refused:
            _settle(intent, IntentState.refused, words=str(refused))
            if refused.code not in _GONE:
                raise
        except PartnerUnavailable as unsent:
            _settle(intent, IntentState.refused, words=str(unsent))
            raise
        except OutcomeUnknown as unknown:
            _settle(intent, IntentState.unknown, words=str(unknown))
            return
        else:
            _adopt(reference, intent.id, option.offer_id, order)
            return
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


def has_unsettled_hold(reference: str) -> bool:
    """Return whether an order may exist that we do not know of."""
    with case_file.transaction() as session:
        return intents.unsettled(session, reference, Act.hold_seats) is not None


@read_call
def find_lost_order(reference: str) -> None:
    """
    Settle a hold whose answer was lost by reading: one order is adopted, none is not proof yet, two alarm a person.

    Raises:
        NotThereYet: nothing there yet; read again later.
        NeedsPerson: more than one order of ours.
    """
    with case_file.transaction() as session:
        intent = intents.unsettled(session, reference, Act.hold_seats)
    if intent is None:
        return
    with Airline() as airline:
        orders = [o for o in airline.orders_of_offer(intent.subject) if o.intent_id == str(intent.id)]
    live = [order for order in orders if not order.is_cancelled]
    if len(live) > 1:
        raise NeedsPerson("two_orders", "The airline holds two orders for this person; cancel one there, then go on.")
    if not live:
        raise NotThereYet("airline", "shows no order yet")
    _adopt(reference, intent.id, intent.subject, live[0])
    with case_file.transaction() as session:
        case_file.tell(session, reference, "The order was found by reading; nothing was booked twice; went on.")


def _adopt(reference: str, intent_id: UUID, offer_id: str, order: Order) -> None:
    """Make an order at the airline the case's booking."""
    at = now()
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        intent = session.get_one(Intent, intent_id, with_for_update=True)
        payload = intent.payload_sealed or b""
        names = Traveller.model_validate_json(vault.open_(session, case.person_id, f"intent:{intent.act}", payload))
        sent = f"{names.family_name}/{names.given_name} {names.title.upper()}"
        before = _last_lapsed(session, reference)
        booking = Booking(
            reference=reference,
            person_id=case.person_id,
            intent_id=intent_id,
            lift=Lift.scheduled,
            order_id=order.order_id,
            offer_id=offer_id,
            record_locator_sealed=vault.seal_text(session, case.person_id, "record_locator", order.record_locator),
            itinerary=order.itinerary.model_dump(mode="json"),
            amount_minor=order.total.amount_minor,
            currency=order.total.currency,
            price_guaranteed_until=order.price_guaranteed_until,
            read_at=at,
            pay_by=own_deadline(
                payment_required_by=order.payment_required_by or order.itinerary.departs_at,
                departs_at=order.itinerary.departs_at,
            ),
            names_sealed=vault.seal(session, case.person_id, "names_sent", sent.encode()),
        )
        _keep_agreement(session, booking, before)
        session.add(booking)
        intents.settle(session, intent, IntentState.done, result_id=order.order_id)
        case_file.tell(session, reference, "Seats are held, to be paid in time.")


def _keep_agreement(session: Session, booking: Booking, before: Booking | None) -> None:
    """Keep the travel officer's decision for a re-held seat on the same flights within the fare tolerance."""
    if before is None or before.agreed_decision_id is None or before.agreed_amount_minor is None:
        return
    agreed = Money(before.agreed_amount_minor, before.currency)
    if booking.route.same_flights(before.route) and within_tolerance(
        agreed, booking.total, percent=policy().fare_tolerance_percent
    ):
        booking.agreed_decision_id, booking.agreed_amount_minor = before.agreed_decision_id, before.agreed_amount_minor
        booking.agreed_until = before.agreed_until
        case_file.tell(session, booking.reference, "The same flights were held again; the booking decision stands.")


def has_seats(reference: str) -> bool:
    """Return whether seats are held or ticketed, in time, and wanted."""
    with case_file.transaction() as session:
        booking = case_file.live_booking(session, reference)
        return booking is not None and case_file.seats_are_ours(session, booking, at=now())


def has_stale_seats(reference: str) -> bool:
    """Return whether the airline still holds seats that lapsed or that nobody wants."""
    with case_file.transaction() as session:
        booking = case_file.live_booking(session, reference)
        return booking is not None and not case_file.seats_are_ours(session, booking, at=now())


def refuse_missed_flight(reference: str) -> None:
    """
    Ask a person once when the flight has left without the traveller; their word to go on gives the order back.

    Raises:
        NeedsPerson: the flight has left.
    """
    with case_file.transaction() as session:
        booking = case_file.live_booking(session, reference)
        if booking is None or booking.unwanted or not has_departed(booking, at=now()):
            return
        booking.unwanted = True
        session.add(booking)
    raise NeedsPerson(
        "missed_flight", "The flight has left and the person was not released; go on to seek other seats, or stop."
    )


@read_call
def give_back(reference: str) -> None:
    """Cancel the order at the airline, so that no unpaid hold is left behind, and free the person for another."""
    with case_file.transaction() as session:
        booking = case_file.live_booking(session, reference)
        unsettled = booking is not None and intents.unsettled(session, reference, Act.pay_order, booking.order_id)
    if booking is None:
        return
    if unsettled:
        raise NeedsPerson("payment_unknown", "Nobody knows whether the order is paid; find out, then go on.")
    by_interface = booking.lift is Lift.scheduled
    refunded = _cancel_order(reference, booking.order_id) if by_interface else by_hand.refund_of(booking)
    with case_file.transaction() as session:
        row = session.get_one(Booking, booking.id, with_for_update=True)
        row.state = BookingState.cancelled if row.unwanted else BookingState.lapsed
        row.read_at = now()
        session.add(row)
        intents.settle(session, session.get_one(Intent, row.intent_id), IntentState.undone)
        refund(session, row, refunded)
        case_file.tell(session, reference, "The order was given back to the airline.")


def _cancel_order(reference: str, order_id: str) -> Money | None:
    """Cancel an order at the airline; return what it refunds, None when it does not say."""
    with Airline() as airline:
        try:
            return airline.cancel(order_id, shown=partial(_show_quote, reference))
        except OutcomeUnknown as unknown:
            if not airline.read_order(order_id).is_cancelled:
                raise PartnerUnavailable("airline", "did not confirm that the order is given back") from unknown
            return airline.refund_of(order_id)


def _show_quote(reference: str, quote: Cancellation) -> None:
    with case_file.transaction() as session:
        case_file.tell(session, reference, f"For the seats the airline offers {quote.words}; they are given back.")


def propose_booking(reference: str) -> None:
    """Put the held flights, the price, the deadline and the names as sent before the travel officer."""
    representation.refuse_passenger(reference, Step.booking)
    with case_file.transaction() as session:
        case, at = case_file.load(session, reference, lock=True), now()
        booking = case_file.require_booking(session, reference)
        if (medif_by := medical.medif_by(session, case, booking)) is not None and at >= medif_by:
            _turn_down(
                session, case, booking, code="medif_too_late",
                words="The airline no longer takes a medical form for these seats; go on to seek later ones.",
            )  # fmt: skip
            return
        names = vault.open_(session, case.person_id, "names_sent", booking.names_sealed).decode()
        entry = by_hand.entry_of(session, booking)
        content = BookingProposal(
            salt=vault.salt(session, case.person_id, "booking"),
            lift=booking.lift,
            itinerary=booking.route,
            record_locator=case_file.record_locator(session, booking),
            order_id=booking.order_id,
            total=f"{booking.total.amount:f}",
            currency=booking.currency,
            pay_by=booking.pay_by.to_iso8601_string(),
            names_as_sent=names,
            custody=tuple(_assistance(session, case)),
            outside_envelope=route.objection(booking.route, envelope=_envelope(session, reference)),
            medical_clearance=medical.words(session, case, booking, at=at),
            entered_by=entry.entered_by if entry else None,
            told_by=entry.told_by if entry else None,
            proof_sha256=entry.proof_sha256 if entry else None,
        )
        if content.outside_envelope is not None:
            # The airline may sell other flights than it offered.
            _turn_down(
                session, case, booking, code="outside_envelope",
                words=f"The order is outside the envelope: {content.outside_envelope}. Go on to seek other seats.",
            )  # fmt: skip
            return
        ends = (booking.pay_by, medif_by, medical.stands_until(session, case, at=at))
        decisions.propose(session, case, Step.booking, content, valid_until=min(end for end in ends if end))


def _turn_down(session: Session, case: RepatriationCase, booking: Booking, *, code: str, words: str) -> None:
    booking.unwanted = True
    session.add(booking)
    decisions.open_trouble(session, case, Step.booking, code=code, words=words)


def _assistance(session: Session, case: RepatriationCase) -> list[str]:
    """Return the special service codes (IATA SSR) the carrier must confirm; a deportee code is never among them."""
    held = case_file.categories(session, case.person_id)
    return [code for category, code in ((Category.patient, "MEDA"), (Category.minor, "UMNR")) if category in held]


@read_call
def settle_with_carrier(reference: str) -> None:
    """Ask the carrier's desk for the assistance the person needs, and go on only with a person's yes."""
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        booking, codes = case_file.require_booking(session, reference), _assistance(session, case)
        held = case_file.categories(session, case.person_id)
        locator = case_file.record_locator(session, booking)
    if not codes:
        return
    first = booking.route.segments[0]
    with CarrierDesk() as desk:
        answer = desk.request(
            # One id asks one thing: other flights of the same order are asked about anew.
            uuid5(booking.id, f"{first.flight_number} {first.departs_local.date()}"),
            record_locator=locator,
            carrier=first.carrier,
            flight_number=first.flight_number,
            departs_on=first.departs_local.date(),
            codes=codes,
            officers=2 if Category.suspect in held else 0,
        )
    if answer.status != "confirmed":
        raise NeedsPerson(
            "carrier_desk", f"The carrier desk's answer is {answer.status}; obtain its confirmation, then go on."
        )
    with case_file.transaction() as session:
        row = session.get_one(Booking, booking.id, with_for_update=True)
        row.carrier_answer = f"confirmed by {answer.agent}"
        session.add(row)
        case_file.tell(session, reference, f"The carrier desk confirmed {', '.join(codes)}.")


def agree(reference: str) -> None:
    """Carry out the travel officer's approval: the seats are agreed, and the itinerary paper shows them."""
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        decision = decisions.approval(session, reference, Step.booking, at=now())
        booking = case_file.require_booking(session, reference)
        if decision is not None:
            booking.agreed_decision_id, booking.agreed_amount_minor = decision.id, booking.amount_minor
            booking.agreed_until = medical.stands_until(session, case, at=now())
        if not case_file.is_agreed(session, booking, at=now()):
            raise NeedsPerson("no_decision", "What was agreed lapsed before it was carried out; go on and it is asked.")
        session.add(booking)
        paperwork.store_itinerary(session, case, booking)
        case_file.move(session, case, CaseStatus.booked)


def is_agreed(reference: str) -> bool:
    """Return whether the live seats carry the travel officer's agreement from an earlier hold."""
    with case_file.transaction() as session:
        return case_file.is_agreed(session, case_file.require_booking(session, reference), at=now())
