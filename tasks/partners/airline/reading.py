"""The airline's JSON in our words; what is missing or strange raises, and the caller names the answer unclear."""

from datetime import date
from typing import Any

import pendulum
from pydantic import SecretStr

from models.booking import Condition, Option
from models.itinerary import Itinerary, Segment, Stop
from models.money import Money
from tasks.partners.airline.values import (
    AirlineChange,
    Batch,
    Cancellation,
    ChangeOffer,
    Credit,
    Order,
    Payment,
    Place,
    Service,
    Subscription,
)

Json = dict[str, Any]

LONGEST_TERMINAL = 12
"""Characters; airlines write `2`, `1B` or `Main`."""


def option(offer: Json) -> Option | None:
    """Return an offer in our words; None for a partial one, which cannot be booked."""
    if offer.get("partial"):
        return None
    requirements = offer.get("payment_requirements")
    conditions = offer.get("conditions") or {}
    return Option(
        offer_id=offer["id"],
        passenger_id=offer["passengers"][0]["id"],
        itinerary=itinerary(offer["slices"]),
        total=_money(offer, "total"),
        expires_at=_moment(offer["expires_at"]),
        # The whole object may be null; then nobody promised a hold.
        is_holdable=requirements is not None and requirements["requires_instant_payment"] is False,
        wants_passport="passport" in (offer.get("supported_passenger_identity_document_types") or []),
        refund=_condition(conditions.get("refund_before_departure")),
        change=_condition(conditions.get("change_before_departure")),
    )


def order(data: Json) -> Order:
    """Return an order."""
    payment, conditions = data.get("payment_status") or {}, data.get("conditions") or {}
    return Order(
        order_id=data["id"],
        offer_id=data.get("offer_id"),
        intent_id=(data.get("metadata") or {}).get("intent_id"),
        record_locator=data["booking_reference"],
        itinerary=itinerary(data["slices"]),
        slice_ids=tuple(each["id"] for each in data["slices"]),
        total=_money(data, "total"),
        is_paid=payment.get("paid_at") is not None,
        payment_required_by=_moment_or_none(payment.get("payment_required_by")),
        price_guaranteed_until=_moment_or_none(payment.get("price_guarantee_expires_at")),
        ticket_numbers=tuple(
            document["unique_identifier"]
            for document in data.get("documents") or []
            if document["type"] == "electronic_ticket"
        ),
        is_cancelled=data.get("cancelled_at") is not None,
        available_actions=tuple(data.get("available_actions") or ()),
        refund=_condition(conditions.get("refund_before_departure")),
        change=_condition(conditions.get("change_before_departure")),
        changes_by_airline=tuple(airline_change(each) for each in data.get("airline_initiated_changes") or ()),
    )


def payment(data: Json) -> Payment:
    """Return a payment."""
    return Payment(
        payment_id=data["id"],
        amount=Money.parse(data["amount"], data["currency"]),
        status=data.get("status"),
        paid_at=_moment(data["created_at"]),
    )


def cancellation(data: Json) -> Cancellation:
    """Return a cancellation, confirmed or not."""
    return Cancellation(
        cancellation_id=data["id"],
        order_id=data["order_id"],
        refund=refunded(data),
        refund_to=data.get("refund_to"),
        credits=tuple(_credit(each) for each in data.get("airline_credits") or ()),
        expires_at=_moment_or_none(data.get("expires_at")),
        confirmed_at=_moment_or_none(data.get("confirmed_at")),
    )


def refunded(data: Json) -> Money | None:
    """Return what comes back; None when the airline does not say."""
    amount, currency = data.get("refund_amount"), data.get("refund_currency")
    return Money.parse(amount, currency) if amount is not None and currency is not None else None


def _credit(data: Json) -> Credit:
    issued = data.get("issued_on")
    return Credit(
        # Written `credit_amount` in an order's cancellation, and `amount` where a credit stands by itself.
        amount=Money.parse(
            data.get("credit_amount") or data["amount"], data.get("credit_currency") or data["amount_currency"]
        ),
        code=data.get("credit_code") or data.get("code"),
        issued_on=date.fromisoformat(issued) if issued else None,
    )


def change_offer(data: Json) -> ChangeOffer:
    """Return an offer to change an order, or the change once it is taken."""
    has_penalty = data.get("penalty_total_amount", data.get("penalty_amount")) is not None
    return ChangeOffer(
        change_id=data["id"],
        removed=_itinerary_or_none(data["slices"]["remove"]),
        added=_itinerary_or_none(data["slices"]["add"]),
        difference=_money(data, "change_total"),
        total=_money(data, "new_total"),
        penalty=_penalty(data) if has_penalty else None,
        refund_to=data.get("refund_to"),
        expires_at=_moment_or_none(data.get("expires_at")),
        confirmed_at=_moment_or_none(data.get("confirmed_at")),
    )


def _penalty(data: Json) -> Money:
    return _money(data, "penalty_total" if "penalty_total_amount" in data else "penalty")


def airline_change(data: Json) -> AirlineChange:
    """Return a change the airline made by itself."""
    return AirlineChange(
        change_id=data["id"],
        order_id=data["order_id"],
        removed=_itinerary_or_none(data.get("removed") or []),
        added=_itinerary_or_none(data.get("added") or []),
        created_at=_moment(data["created_at"]),
        action_taken=data.get("action_taken"),
        available_actions=tuple(data.get("available_actions") or ()),
    )


def service(data: Json) -> Service:
    """Return something sold beside a seat."""
    passengers = data["passenger_ids"] if "passenger_ids" in data else [data["passenger_id"]]
    return Service(
        service_id=data["id"],
        kind=data.get("type") or "seat",
        passenger_ids=tuple(passengers),
        price=_money(data, "total"),
        at_most=data.get("maximum_quantity", 1),
    )


def places(seat_map: Json) -> list[Place]:
    """Return the places of one flight; aisles and galleys are none."""
    return [
        Place(
            designator=element["designator"],
            segment_id=seat_map["segment_id"],
            services=tuple(service(each) for each in element.get("available_services") or ()),
        )
        for cabin in seat_map["cabins"]
        for row in cabin["rows"]
        for section in row["sections"]
        for element in section["elements"]
        if element["type"] == "seat"
    ]


def batch(data: Json) -> Batch:
    """Return how far a search in batches is."""
    return Batch(batch_id=data["id"], remaining=data["remaining_batches"])


def subscription(data: Json) -> Subscription:
    """Return a receiver of events."""
    secret = data.get("secret")
    return Subscription(
        subscription_id=data["id"],
        url=data["url"],
        events=tuple(data["events"]),
        is_active=data["active"],
        secret=SecretStr(secret) if secret is not None else None,
    )


def itinerary(slices: list[Json]) -> Itinerary:
    """Return the flights of all slices in order."""
    return Itinerary(segments=tuple(_segment(segment) for each in slices for segment in each["segments"]))


def _itinerary_or_none(slices: list[Json]) -> Itinerary | None:
    return itinerary(slices) if any(each["segments"] for each in slices) else None


def _segment(segment: Json) -> Segment:
    origin, destination, marketing = segment["origin"], segment["destination"], segment["marketing_carrier"]
    return Segment(
        carrier=segment["operating_carrier"]["iata_code"],
        flight_number=f"{marketing['iata_code']}{segment['marketing_carrier_flight_number']}",
        origin=origin["iata_code"],
        origin_name=origin["name"],
        origin_country=origin["iata_country_code"],
        origin_zone=origin["time_zone"],
        departs_local=segment["departing_at"],
        destination=destination["iata_code"],
        destination_name=destination["name"],
        destination_country=destination["iata_country_code"],
        destination_zone=destination["time_zone"],
        arrives_local=segment["arriving_at"],
        origin_terminal=_terminal(segment.get("origin_terminal")),
        destination_terminal=_terminal(segment.get("destination_terminal")),
        stops=tuple(
            Stop(airport=stop["airport"]["iata_code"], country=stop["airport"]["iata_country_code"])
            for stop in segment.get("stops") or ()
        ),
    )


def _terminal(name: str | None) -> str | None:
    """Return a terminal as it is printed; None for what is no name of one."""
    return name if name and name.isascii() and name.isprintable() and len(name) <= LONGEST_TERMINAL else None


def _condition(data: Json | None) -> Condition | None:
    """Return a condition; null says that nobody knows, which is not a no."""
    if data is None:
        return None
    amount, currency = data.get("penalty_amount"), data.get("penalty_currency")
    # Its currency may be another one than the offer's.
    penalty = Money.parse(amount, currency) if amount is not None and currency is not None else None
    return Condition(is_allowed=data["allowed"], penalty=penalty)


def _money(data: Json, name: str) -> Money:
    return Money.parse(data[f"{name}_amount"], data[f"{name}_currency"])


def _moment(text: str) -> pendulum.DateTime:
    moment = pendulum.parse(text)
    if not isinstance(moment, pendulum.DateTime):
        raise TypeError("not a moment")
    return moment.in_timezone("UTC")


def _moment_or_none(text: str | None) -> pendulum.DateTime | None:
    return None if text is None else _moment(text)
