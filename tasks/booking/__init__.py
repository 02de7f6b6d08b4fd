"""
Booking: hold seats once inside the authorised envelope, find an order whose answer was lost, give seats back.

Owns the seats from the search to the travel officer's approval carried out, and what the carrier's desk is asked.
Does not own their payment (`tasks.funding`).
"""

from tasks.booking.carrier import settle_with_carrier
from tasks.booking.clock import Kept, follow_hints, keep_clocks
from tasks.booking.finding import find_lost_order, has_unsettled_hold
from tasks.booking.holding import DESTINATION, ORIGINS, has_seats, hold_seats, search_seats
from tasks.booking.proposing import agree, is_agreed, propose_booking
from tasks.booking.returning import give_back, has_stale_seats, refuse_missed_flight

__all__ = [
    "DESTINATION",
    "ORIGINS",
    "Kept",
    "agree",
    "find_lost_order",
    "follow_hints",
    "give_back",
    "has_seats",
    "has_stale_seats",
    "has_unsettled_hold",
    "hold_seats",
    "is_agreed",
    "keep_clocks",
    "propose_booking",
    "refuse_missed_flight",
    "search_seats",
    "settle_with_carrier",
]
