"""Booking: seats held before the question, agreed by the travel officer, never held twice."""

from flows import links
from flows.gate import wait_for_decision
from models.case import Step
from models.paper import PaperKind
from tasks import booking, by_hand, decisions, disruption, funding


def book_travel(reference: str) -> None:
    """Hold seats inside the authorised envelope, ask, then tell the carrier."""
    if booking.has_unsettled_hold(reference):
        booking.find_lost_order(reference)
    if funding.is_payment_unsettled(reference):
        funding.find_lost_payment(reference)
    booking.refuse_missed_flight(reference)
    if booking.has_stale_seats(reference):
        booking.give_back(reference)
    if by_hand.is_entered(reference):
        by_hand.take(reference)
    if not booking.has_seats(reference):
        booking.hold_seats(reference, booking.search_seats(reference))
        if booking.has_unsettled_hold(reference):
            booking.find_lost_order(reference)
    if not booking.is_agreed(reference):
        booking.propose_booking(reference)
        if not decisions.is_proposed(reference, Step.booking):
            return
        wait_for_decision(reference, Step.booking)
        disruption.accept_change(reference)
    disruption.retire_paper(reference)
    booking.settle_with_carrier(reference)
    links.show(reference, PaperKind.itinerary)
    booking.agree(reference)
