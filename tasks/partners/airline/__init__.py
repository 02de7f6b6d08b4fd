"""
The airline, over Duffel's API v2.

`client` sends, `reading` understands answers, `values` are what the rest of the house knows of an airline, `webhook`
verifies what the airline sends by itself.
Source: duffel.com/docs, and runs against its test mode recorded by github.com/gburgyan/aat-duffel.
"""

from tasks.partners.airline.client import Airline, Order, Traveller

__all__ = ["Airline", "Order", "Traveller"]
