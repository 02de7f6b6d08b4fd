"""Finding: an order whose answer was lost is looked for, and made the case's booking; it is never sent again."""

from uuid import UUID

from sqlmodel import Session, col, select

from models.booking import Booking, BookingState, Lift, own_deadline, within_tolerance
from models.intent import Act, Intent, IntentState
from models.message import AlarmKind
from models.money import Money
from tasks import alarms, case_file, intents, vault
from tasks.calls import read_call
from tasks.clock import now
from tasks.partners.airline import Airline, Order, Traveller
from tasks.partners.errors import NotThereYet
from tasks.policy import policy
from tasks.trouble import NeedsPerson


def has_unsettled_hold(reference: str) -> bool:
    """Return whether an order may exist that we do not know of."""
    with case_file.transaction() as session:
        return intents.unsettled(session, reference, Act.hold_seats) is not None


@read_call
def find_lost_order(reference: str) -> None:
    """
    Settle a hold whose answer was lost by reading: one order is adopted, none is not proof yet, two alarm a person.

    It is looked for by its offer and by the traveller's name, for a list may leave out what another shows; only the id
    of our intent in its metadata makes an order ours.

    Raises:
        NotThereYet: nothing there yet; read again later.
        NeedsPerson: more than one order of ours; none is cancelled by itself, for one may be paid or flown.
    """
    with case_file.transaction() as session:
        intent = intents.unsettled(session, reference, Act.hold_seats)
        if intent is None:
            return
        names = names_sent(session, intent)
    live = orders_of(intent, names)
    if len(live) > 1:
        with case_file.transaction() as session:
            case = case_file.load(session, reference, lock=True)
            alarms.sound(session, case, AlarmKind.two_orders, about=str(intent.id))
        raise NeedsPerson("two_orders", "The airline holds two orders for this person; cancel one there, then go on.")
    if not live:
        raise NotThereYet("airline", "shows no order yet")
    adopt(reference, intent.id, intent.subject, live[0])
    with case_file.transaction() as session:
        case_file.tell(session, reference, "The order was found by reading; nothing was booked twice; went on.")


def orders_of(intent: Intent, names: Traveller) -> list[Order]:
    """Return the live orders at the airline that were made under an intent."""
    with Airline() as airline:
        by_offer = airline.orders_of_offer(intent.subject)
        by_name = airline.orders_of_passenger(f"{names.given_name} {names.family_name}")
    found = {order.order_id: order for order in (*by_offer, *by_name) if order.intent_id == str(intent.id)}
    return [order for order in found.values() if not order.is_cancelled]


def names_sent(session: Session, intent: Intent) -> Traveller:
    """Return the traveller as an intent to hold seats was sent."""
    payload = intent.payload_sealed or b""
    return Traveller.model_validate_json(vault.open_(session, intent.person_id, f"intent:{intent.act}", payload))


def adopt(reference: str, intent_id: UUID, offer_id: str, order: Order) -> None:
    """Make an order at the airline the case's booking."""
    at = now()
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        intent = session.get_one(Intent, intent_id, with_for_update=True)
        names = names_sent(session, intent)
        sent = f"{names.family_name}/{names.given_name} {names.title.upper()}"
        before = last_lapsed(session, reference)
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


def last_lapsed(session: Session, reference: str) -> Booking | None:
    """Return the seats a case gave back last."""
    return session.exec(
        select(Booking)
        .where(Booking.reference == reference, Booking.state == BookingState.lapsed)
        .order_by(col(Booking.read_at).desc())
    ).first()


def _keep_agreement(session: Session, booking: Booking, before: Booking | None) -> None:
    """Keep the travel officer's decision for a re-held seat on the same flights within the fare tolerance."""
    if before is None or before.agreed_decision_id is None or before.agreed_amount_minor is None:
        return
    agreed = Money(before.agreed_amount_minor, before.currency)
    if booking.route.same_flights(before.route) and within_tolerance(
        agreed, booking.total, percent=policy().fare_tolerance_percent
    ):
        booking.agreed_decision_id, booking.agreed_amount_minor = before.agreed_decision_id, before.agreed_amount_minor
        booking.agreed_until, booking.agreed_with = before.agreed_until, before.agreed_with
        case_file.tell(session, booking.reference, "The same flights were held again; the booking decision stands.")
