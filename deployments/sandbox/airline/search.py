"""Searching: offer requests, their offers, and the price of one."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query

from deployments.sandbox.airline import shelf
from deployments.sandbox.airline.errors import AirlineRefused, Flaw, refused
from deployments.sandbox.airline.ids import new_id
from deployments.sandbox.airline.network import SCRIPTS, Journey, Script, is_airport, journeys, place
from deployments.sandbox.airline.offers import Search, chosen_services, make_offer, price_of, raise_price, services_of
from deployments.sandbox.airline.shelf import ShelvedOffer
from deployments.sandbox.airline.wire import CURRENCY, JSON, Data, Page, cents, page, utc
from deployments.sandbox.contract import Store
from deployments.sandbox.storage import Storage

MAXIMUM_PASSENGERS = 9
CABIN_CLASSES = ("economy", "premium_economy", "business", "first")
PRICE_STEP = Decimal(10)
"""What each reading of an offer adds on the scripted route whose price rises."""

router = APIRouter()


@router.post("/air/offer_requests", status_code=201)
async def search(data: Data, storage: Store, *, return_offers: bool = True) -> JSON:
    """Search; `supplier_timeout` is read by nobody, as Duffel ignores values it does not like."""
    flaws = [*_slice_flaws(data), *_passenger_flaws(data)]
    if flaws:
        raise AirlineRefused(flaws)
    wanted = data["slices"][0]
    found = Search(
        request_id=new_id("orq"),
        origin=wanted["origin"],
        destination=wanted["destination"],
        departs_on=date.fromisoformat(wanted["departure_date"]),
        passengers=[_passenger(passenger) for passenger in data["passengers"]],
        at=storage.now(),
    )
    if SCRIPTS.get(found.route) is Script.search_times_out:
        raise refused("gateway_timeout_error", "The airlines took too long to answer.")
    offers = [make_offer(found, journey) for journey in journeys(found.route) if _is_wanted(journey, found, data)]
    body = {
        "id": found.request_id,
        "live_mode": False,
        "created_at": utc(found.at),
        "cabin_class": data.get("cabin_class") or "economy",
        "passengers": found.passengers,
        "slices": [
            {
                "origin_type": "airport",
                "origin": place(found.origin),
                "destination_type": "airport",
                "destination": place(found.destination),
                "departure_date": wanted["departure_date"],
                "departure_time": wanted.get("departure_time"),
                "arrival_time": wanted.get("arrival_time"),
            }
        ],
    }
    shelf.put_search(storage, body, offers, route=found.route)
    return {"data": {**body, "offers": offers} if return_offers else body}


@router.get("/air/offer_requests/{request_id}")
async def read_search(request_id: str, storage: Store) -> JSON:
    """Return a search with the offers that have not expired."""
    body = shelf.search(storage, request_id)
    return {"data": {**body, "offers": [offer.body for offer in shelf.offers_of(storage, request_id)]}}


@router.get("/air/offers")
async def list_offers(
    window: Page,
    storage: Store,
    offer_request_id: Annotated[str, Query()],
    sort: Annotated[str | None, Query(pattern="^-?total_(amount|duration)$")] = None,
    max_connections: Annotated[int | None, Query(ge=0, le=2)] = None,
) -> JSON:
    """Return one page of a search's offers."""
    shelf.search(storage, offer_request_id)
    offers = [
        offer.body
        for offer in shelf.offers_of(storage, offer_request_id)
        if max_connections is None or len(offer.body["slices"][0]["segments"]) <= max_connections + 1
    ]
    if sort is not None:
        offers.sort(key=_duration if "duration" in sort else _total, reverse=sort.startswith("-"))
    by_id = {offer["id"]: offer for offer in offers}
    chosen, meta = page(list(by_id), window)
    return {"data": [by_id[offer_id] for offer_id in chosen], "meta": meta}


@router.get("/air/offers/{offer_id}")
async def read_offer(offer_id: str, storage: Store, *, return_available_services: bool = False) -> JSON:
    """Return an offer; on one scripted route each reading makes it dearer."""
    offer = _live_offer(storage, offer_id)
    if SCRIPTS.get(offer.route) is Script.price_rises:
        raise_price(offer.body, PRICE_STEP)
        offer.body["updated_at"] = utc(storage.now())
        shelf.update_offer(storage, offer)
    services = services_of(offer.body, offer.route) if return_available_services else []
    return {"data": {**offer.body, "available_services": services}}


@router.post("/air/offers/{offer_id}/actions/price")
async def price(offer_id: str, data: Data, storage: Store) -> JSON:
    """Return the offer with the total that pays for it and the services intended."""
    offer = _live_offer(storage, offer_id)
    services = services_of(offer.body, offer.route)
    intended = data.get("intended_services") or []
    total = cents(Decimal(offer.body["total_amount"]) + price_of(chosen_services(intended, services)))
    methods = data.get("intended_payment_methods") or []
    if not isinstance(methods, list) or not all(isinstance(method, dict) for method in methods):
        raise refused("validation_type", "A payment method must be an object", "/data/intended_payment_methods")
    return {
        "data": {
            **offer.body,
            "total_amount": total,
            "available_services": services,
            "intended_services": intended,
            "intended_payment_methods": [
                {"type": method.get("type"), "charge_amount": total, "charge_currency": CURRENCY} for method in methods
            ],
        }
    }


def _live_offer(storage: Storage, offer_id: str) -> ShelvedOffer:
    offer = shelf.offer(storage, offer_id)
    if offer is None:
        raise refused("not_found", "There is no offer with this id.")
    if offer.has_expired(storage.now()) or SCRIPTS.get(offer.route) is Script.offer_gone:
        raise refused("offer_no_longer_available", "The offer is no longer available; search again.")
    return offer


def _total(offer: JSON) -> Decimal:
    return Decimal(offer["total_amount"])


def _duration(offer: JSON) -> int:
    parts = re.findall(r"(\d+)([DHM])", offer["slices"][0]["duration"])
    return sum(int(number) * {"D": 1440, "H": 60, "M": 1}[unit] for number, unit in parts)


def _is_wanted(journey: Journey, found: Search, data: JSON) -> bool:
    """Return whether the journey still leaves, and fits the connections, cabin and hours asked for."""
    departure = journey.legs[0].departs_on(found.departs_on)
    arrival = journey.legs[-1].arrives_after(journey.legs[-1].departs_on(found.departs_on))
    most = data.get("max_connections")
    return (
        departure > found.at
        and len(journey.legs) - 1 <= (1 if most is None else most)
        and (data.get("cabin_class") or "economy") == "economy"
        and _is_between(departure, data["slices"][0].get("departure_time"))
        and _is_between(arrival, data["slices"][0].get("arrival_time"))
    )


def _is_between(moment: datetime, hours: JSON | None) -> bool:
    return hours is None or hours["from"] <= f"{moment:%H:%M}" <= hours["to"]


def _passenger(wanted: JSON) -> JSON:
    age = wanted.get("age")
    by_age = "adult" if age is None or age >= 12 else "child" if age >= 2 else "infant_without_seat"
    return {
        "id": new_id("pas"),
        "type": wanted.get("type") or by_age,
        "age": age,
        "fare_type": wanted.get("fare_type"),
        "given_name": wanted.get("given_name"),
        "family_name": wanted.get("family_name"),
        "loyalty_programme_accounts": [],
    }


def _slice_flaws(data: JSON) -> list[Flaw]:
    slices = data.get("slices")
    if not isinstance(slices, list) or len(slices) != 1 or not isinstance(slices[0], dict):
        return [Flaw("validation_length", "This airline sells one-way journeys: one slice.", "/data/slices")]
    wanted, pointer = slices[0], "/data/slices/0"
    flaws = [
        Flaw("validation_inclusion", f"Field '{field}' must be the IATA code of an airport", f"{pointer}/{field}")
        for field in ("origin", "destination")
        if not isinstance(wanted.get(field), str) or not is_airport(wanted[field])
    ]
    if not _is_date(wanted.get("departure_date")):
        flaws.append(Flaw("validation_format", "Field 'departure_date' must be a date", f"{pointer}/departure_date"))
    for field in ("departure_time", "arrival_time"):
        hours = wanted.get(field)
        if hours is not None and not _is_hours(hours):
            flaws.append(Flaw("validation_format", f"Field '{field}' must have from and to", f"{pointer}/{field}"))
    if data.get("cabin_class") not in (None, *CABIN_CLASSES):
        flaws.append(Flaw("validation_inclusion", "Field 'cabin_class' is not a cabin class", "/data/cabin_class"))
    if data.get("max_connections") not in (None, 0, 1, 2):
        flaws.append(Flaw("validation_inclusion", "Field 'max_connections' must be 0, 1 or 2", "/data/max_connections"))
    return flaws


def _is_date(value: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_hours(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(end), str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value[end])
        for end in ("from", "to")
    )


def _passenger_flaws(data: JSON) -> list[Flaw]:
    passengers = data.get("passengers")
    if not isinstance(passengers, list) or not 1 <= len(passengers) <= MAXIMUM_PASSENGERS:
        return [Flaw("validation_length", f"One to {MAXIMUM_PASSENGERS} passengers are needed", "/data/passengers")]
    return [
        Flaw("validation_required", "A passenger needs a type, an age or a fare_type", f"/data/passengers/{number}")
        for number, passenger in enumerate(passengers)
        if not isinstance(passenger, dict) or not _is_passenger(passenger)
    ]


def _is_passenger(passenger: JSON) -> bool:
    kind, age, fare = passenger.get("type"), passenger.get("age"), passenger.get("fare_type")
    return (
        (kind is not None or age is not None or fare is not None)
        and kind in (None, "adult", "child", "infant_without_seat")
        and (age is None or (isinstance(age, int) and 0 <= age <= 130))
        and (fare is None or isinstance(fare, str))
        and all(isinstance(passenger.get(name), str | None) for name in ("given_name", "family_name"))
    )
