"""Ending: a journey that was rejected or cancelled is undone in reverse order; the person stays in charge."""

from tasks import booking, by_hand, ending, funding, travel_document


def end_journey(reference: str) -> None:
    """Void the document, give the seats back, reverse the commitment, and close the journey."""
    ending.withdraw_document(reference)
    travel_document.void_at_border(reference)
    if booking.has_unsettled_hold(reference):
        booking.find_lost_order(reference)
    if funding.is_payment_unsettled(reference):
        funding.find_lost_payment(reference)
    by_hand.refuse_uncancelled(reference)
    booking.give_back(reference)
    ending.release_funds(reference)
    ending.close(reference)
