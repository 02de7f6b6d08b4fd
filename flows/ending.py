"""Ending: a journey that was rejected or cancelled is undone in reverse order; the person stays in charge."""

from tasks import booking, ending


def end_journey(reference: str) -> None:
    """Void the document, give the seats back, reverse the commitment, and close the journey."""
    ending.withdraw_document(reference)
    if booking.has_unsettled_hold(reference):
        booking.find_lost_order(reference)
    booking.give_back(reference)
    ending.release_funds(reference)
    ending.close(reference)
