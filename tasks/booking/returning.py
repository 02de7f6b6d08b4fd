"""Returning: seats that lapsed, are not wanted or were missed go back to the airline; no unpaid hold is left."""

from functools import partial

from sqlmodel import Session

from models.booking import Booking, BookingState, Lift, has_departed
from models.case import RepatriationCase
from models.intent import Act, Intent, IntentState
from tasks import by_hand, case_file, intents
from tasks.calls import read_call
from tasks.clock import now
from tasks.funding import refund
from tasks.partners.airline import Airline, Cancellation
from tasks.partners.errors import OutcomeUnknown, PartnerRefused, PartnerUnavailable
from tasks.trouble import NeedsPerson


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
    """
    Cancel the order at the airline, so that no unpaid hold is left behind, and free the person for another.

    The intent to cancel is written first. Found after a crash, quote and confirmation are sent again: the airline
    answers that an order is cancelled already, and that counts as done. Only the order read back proves it.
    """
    with case_file.transaction() as session:
        booking = case_file.live_booking(session, reference)
        if booking is None:
            return
        case = case_file.load(session, reference, lock=True)
        if intents.unsettled(session, reference, Act.pay_order, booking.order_id) is not None:
            raise NeedsPerson("payment_unknown", "Nobody knows whether the order is paid; find out, then go on.")
        by_interface = booking.lift is Lift.scheduled
        cancelling = _cancelling(session, case, booking) if by_interface else None
    given_back = by_hand.given_back(booking) if cancelling is None else _cancel_order(booking, cancelling)
    with case_file.transaction() as session:
        row = session.get_one(Booking, booking.id, with_for_update=True)
        row.state = BookingState.cancelled if row.unwanted else BookingState.lapsed
        row.read_at = now()
        session.add(row)
        if cancelling is not None:
            intents.settle(session, session.get_one(Intent, cancelling.id), IntentState.done)
        intents.settle(session, session.get_one(Intent, row.intent_id), IntentState.undone)
        refund(session, row, given_back)
        case_file.tell(session, reference, "The order was given back to the airline.")


def _cancelling(session: Session, case: RepatriationCase, booking: Booking) -> Intent:
    """Return the intent to cancel, written now or found after a crash."""
    found = intents.unsettled(session, booking.reference, Act.cancel_order, booking.order_id)
    return found or intents.write(session, case, Act.cancel_order, booking.order_id)


def _cancel_order(booking: Booking, cancelling: Intent) -> Cancellation | None:
    """Cancel an order at the airline and read it back; return what it gives back, None when it does not say."""
    with Airline() as airline:
        try:
            given_back = airline.cancel(booking.order_id, shown=partial(_show_quote, booking.reference))
        except PartnerRefused as refused:
            _settle(cancelling, IntentState.refused, words=str(refused))
            raise
        except OutcomeUnknown as unknown:
            _settle(cancelling, IntentState.unknown, words=str(unknown))
            given_back = None
        if not airline.read_order(booking.order_id).is_cancelled:
            raise PartnerUnavailable("airline", "did not confirm that the order is given back")
        return given_back or airline.refund_of(booking.order_id)


def _show_quote(reference: str, quote: Cancellation) -> None:
    with case_file.transaction() as session:
        case_file.tell(session, reference, f"For the seats the airline offers {quote.words}; they are given back.")


def _settle(intent: Intent, state: IntentState, *, words: str) -> None:
    with case_file.transaction() as session:
        intents.settle(session, session.get_one(Intent, intent.id, with_for_update=True), state, words=words)
