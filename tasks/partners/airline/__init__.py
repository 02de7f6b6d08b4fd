"""
The airline, over Duffel's API v2.

`client` sends, `reading` understands answers, `values` are what the rest of the house knows of an airline, `webhook`
verifies what the airline sends by itself.
Source: duffel.com/docs, and runs against its test mode recorded by github.com/gburgyan/aat-duffel.
"""

from tasks.partners.airline.client import Airline
from tasks.partners.airline.pace import Limits, Pace
from tasks.partners.airline.values import (
    AirlineChange,
    Cancellation,
    ChangeOffer,
    Hours,
    Order,
    Payment,
    Seeker,
    Traveller,
)

__all__ = [
    "Airline",
    "AirlineChange",
    "Cancellation",
    "ChangeOffer",
    "Hours",
    "Limits",
    "Order",
    "Pace",
    "Payment",
    "Seeker",
    "Traveller",
]
