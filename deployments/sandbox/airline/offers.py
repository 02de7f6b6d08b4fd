"""Offers: what one search puts on sale, priced the same for the same route and day, under new ids every time."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from deployments.sandbox.airline.errors import refused
from deployments.sandbox.airline.ids import new_id
from deployments.sandbox.airline.network import (
    AIRCRAFT_NAMES,
    DUFFEL_AIRWAYS,
    KOREAN_AIR,
    SCRIPTS,
    Carrier,
    Journey,
    Leg,
    Script,
    distance_km,
    place,
)
from deployments.sandbox.airline.wire import CURRENCY, JSON, cents, duration, local, utc

LIFETIME = timedelta(minutes=30)
PAYMENT_DUE_AFTER = timedelta(hours=72)
PRICE_GUARANTEED_FOR = timedelta(hours=48)
"""Both as Duffel's test airline grants them, counted from the search. Source: observed-behaviour.json, `hold`."""

TAX_RATE = Decimal("0.12")
BAG_PRICE = Decimal("20.00")
SHARE_OF_ADULT_FARE = {"adult": Decimal(1), "child": Decimal("0.75"), "infant_without_seat": Decimal("0.1")}


@dataclass(frozen=True)
class Search:
    """What one search asks for, once it has been read and found good."""

    request_id: str
    origin: str
    destination: str
    departs_on: date
    passengers: Sequence[JSON]
    at: datetime

    @property
    def route(self) -> str:
        """Origin and destination, for example `KTI-ICN`."""
        return f"{self.origin}-{self.destination}"


def make_offer(search: Search, journey: Journey) -> JSON:
    """Return one offer as Duffel writes it."""
    offer_id = new_id("off")
    base, tax = _price(search, journey)
    conditions = _conditions(journey.seller, offer_id)
    slices = [_slice(search, journey, conditions)]
    return {
        "id": offer_id,
        "live_mode": False,
        "created_at": utc(search.at),
        "updated_at": utc(search.at),
        "expires_at": utc(search.at + LIFETIME),
        "owner": journey.seller.as_json(),
        "partial": False,
        "base_amount": cents(base),
        "base_currency": CURRENCY,
        "tax_amount": cents(tax),
        "tax_currency": CURRENCY,
        "total_amount": cents(base + tax),
        "total_currency": CURRENCY,
        "total_emissions_kg": str(round(sum(distance_km(leg.origin, leg.destination) for leg in journey.legs) * 0.09)),
        "payment_requirements": _payment_requirements(journey.seller, search.at),
        "passenger_identity_documents_required": journey.seller.wants_passport,
        "supported_passenger_identity_document_types": ["passport"] if journey.seller.wants_passport else [],
        "supported_loyalty_programmes": [],
        "private_fares": [],
        "conditions": conditions,
        "passengers": [dict(passenger) for passenger in search.passengers],
        "slices": slices,
        "available_services": [],
    }


def services_of(offer: JSON, route: str) -> list[JSON]:
    """Return what can be bought with the offer: one more bag for each passenger with a seat, except where scripted."""
    if SCRIPTS.get(route) is Script.no_services:
        return []
    segments = [segment["id"] for part in offer["slices"] for segment in part["segments"]]
    return [
        {
            "id": "ase" + passenger["id"].removeprefix("pas"),
            "type": "baggage",
            "maximum_quantity": 1,
            "passenger_ids": [passenger["id"]],
            "segment_ids": segments,
            "total_amount": cents(BAG_PRICE),
            "total_currency": CURRENCY,
            "metadata": {
                "type": "checked",
                "maximum_weight_kg": 23,
                "maximum_length_cm": None,
                "maximum_height_cm": None,
                "maximum_depth_cm": None,
            },
        }
        for passenger in offer["passengers"]
        if passenger["type"] != "infant_without_seat"
    ]


def chosen_services(wanted: Any, sold: list[JSON]) -> list[tuple[JSON, int]]:  # noqa: ANN401  as the client sent it
    """
    Return each service wanted with its quantity; wanting none is fine.

    Raises:
        AirlineRefused: a service the offer does not sell, or more of it than it sells.
    """
    on_sale = {
        (service["id"], quantity): (service, quantity)
        for service in sold
        for quantity in range(1, service["maximum_quantity"] + 1)
    }
    try:
        return [on_sale[choice["id"], choice["quantity"]] for choice in wanted or ()]
    except (KeyError, TypeError):
        message = "The offer does not sell this service, or not as often."
        raise refused("ancillary_service_not_available", message, "/data/services") from None


def price_of(services: Sequence[tuple[JSON, int]]) -> Decimal:
    """Return what services cost together."""
    return sum((Decimal(service["total_amount"]) * quantity for service, quantity in services), Decimal())


def raise_price(offer: JSON, by: Decimal) -> None:
    """Make the offer dearer; the tax stays."""
    for field in ("base_amount", "total_amount"):
        offer[field] = cents(Decimal(offer[field]) + by)


def _price(search: Search, journey: Journey) -> tuple[Decimal, Decimal]:
    """Return fare and tax for everybody; a day adds up to 59 dollars to the fare of an adult."""
    digest = hashlib.sha256(f"{search.route} {search.departs_on} {journey.seller.iata_code}".encode()).digest()
    adult = journey.base + digest[0] % 60
    base = sum((adult * SHARE_OF_ADULT_FARE[passenger["type"]] for passenger in search.passengers), Decimal())
    return base, base * TAX_RATE


def _payment_requirements(seller: Carrier, at: datetime) -> JSON:
    if not seller.holds:
        return {"requires_instant_payment": True, "payment_required_by": None, "price_guarantee_expires_at": None}
    return {
        "requires_instant_payment": False,
        "payment_required_by": utc(at + PAYMENT_DUE_AFTER),
        "price_guarantee_expires_at": utc(at + PRICE_GUARANTEED_FOR),
    }


def _conditions(seller: Carrier, offer_id: str) -> JSON:
    """Return what a fare allows: the test airline's varies between searches, some airlines do not say (null)."""
    if seller is DUFFEL_AIRWAYS:
        refundable, changeable = ord(offer_id[-1]) % 2 == 0, ord(offer_id[-2]) % 2 == 0
        return {
            "refund_before_departure": _condition("40.00" if refundable else None),
            "change_before_departure": _condition("40.00" if changeable else None),
        }
    if seller.holds:
        return {
            "refund_before_departure": _condition("80.00" if seller is KOREAN_AIR else None),
            "change_before_departure": _condition("60.00"),
        }
    return {"refund_before_departure": None, "change_before_departure": None}


def _condition(penalty: str | None) -> JSON:
    return {
        "allowed": penalty is not None,
        "penalty_amount": penalty,
        "penalty_currency": CURRENCY if penalty else None,
    }


def _slice(search: Search, journey: Journey, conditions: JSON) -> JSON:
    departures = [leg.departs_on(search.departs_on) for leg in journey.legs]
    lasts = journey.legs[-1].arrives_after(departures[-1]) - departures[0]
    return {
        "id": new_id("sli"),
        "comparison_key": hashlib.sha256("".join(leg.number for leg in journey.legs).encode()).hexdigest()[:8],
        "ngs_shelf": 1,
        "fare_brand_name": "Economy",
        "origin_type": "airport",
        "origin": place(search.origin),
        "destination_type": "airport",
        "destination": place(search.destination),
        "duration": duration(lasts),
        "conditions": {
            **conditions,
            "advance_seat_selection": False,
            "priority_boarding": False,
            "priority_check_in": False,
        },
        "segments": [_segment(search, leg, departure) for leg, departure in zip(journey.legs, departures, strict=True)],
    }


def _segment(search: Search, leg: Leg, departure: datetime) -> JSON:
    no_bags = SCRIPTS.get(search.route) is Script.no_baggage
    bags = [] if no_bags else [{"type": "checked", "quantity": 1}, {"type": "carry_on", "quantity": 1}]
    carrier = leg.carrier.as_json()
    return {
        "id": new_id("seg"),
        "origin": place(leg.origin),
        "origin_terminal": None,
        "destination": place(leg.destination),
        "destination_terminal": None,
        "departing_at": local(departure),
        "arriving_at": local(leg.arrives_after(departure)),
        "duration": duration(timedelta(minutes=leg.minutes)),
        "distance": f"{distance_km(leg.origin, leg.destination):.1f}",
        "marketing_carrier": carrier,
        "marketing_carrier_flight_number": leg.number,
        "operating_carrier": carrier,
        "operating_carrier_flight_number": leg.number,
        "aircraft": {
            "id": f"arc_0000{leg.aircraft * 6}",
            "iata_code": str(leg.aircraft),
            "name": AIRCRAFT_NAMES[leg.aircraft],
        },
        "stops": _stops(leg, departure),
        "passengers": [
            {
                "passenger_id": passenger["id"],
                "cabin_class": "economy",
                "cabin_class_marketing_name": "Economy",
                "fare_basis_code": f"E{leg.carrier.iata_code}HMWD",
                "baggages": bags,
                "cabin": {
                    "name": "economy",
                    "marketing_name": "Economy",
                    "amenities": {"wifi": None, "power": None, "seat": None},
                },
            }
            for passenger in search.passengers
        ],
    }


def _stops(leg: Leg, departure: datetime) -> list[dict[str, Any]]:
    if leg.stop is None:
        return []
    airport = place(leg.stop)
    halfway = Leg(leg.carrier, leg.number, leg.origin, leg.stop, leg.departs, leg.minutes // 2, leg.aircraft)
    arrival = halfway.arrives_after(departure)
    hour = timedelta(hours=1)
    return [
        {
            "id": new_id("sto"),
            "airport": airport,
            "duration": duration(hour),
            "arriving_at": local(arrival),
            "departing_at": local(arrival + hour),
        }
    ]
