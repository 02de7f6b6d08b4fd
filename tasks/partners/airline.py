"""
The airline, over Duffel's API v2: search, offer, hold, read back, pay, cancel.

There is no idempotency key at this partner. A POST that buys is sent once; when its answer is lost, the order is
looked for by offer and by the intent id in its metadata, and is never posted again.
Source: duffel.com/docs, and runs against its test mode recorded by github.com/gburgyan/aat-duffel.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pendulum
from pydantic import BaseModel, ConfigDict

from models.booking import Option
from models.itinerary import Itinerary, Segment
from models.money import Money
from tasks.partners.errors import (
    OutcomeUnknown,
    PartnerAlreadyDone,
    PartnerError,
    PartnerRefused,
    PartnerUnavailable,
)
from tasks.partners.transport import SEARCH_S, Line, error_code, understanding
from tasks.settings import settings

PARTNER = "airline"
PAGE = 200

MAYBE_BOOKED = frozenset(
    {
        "offer_request_already_booked",
        "order_creation_already_attempted",
        "booking_already_attempted",
        "duplicate_booking",
    }
)
"""Refusals after which an order may exist all the same. Source: Duffel, errors."""

NOTHING_BOOKED = frozenset({"order_not_created"})
"""Codes of a 5xx with which the partner guarantees that no order exists. Source: changelog.duffel.com."""

ALREADY_DONE = frozenset({"already_cancelled", "already_paid"})


class Traveller(BaseModel):
    """A traveller as the airline takes them."""

    model_config = ConfigDict(frozen=True)

    title: str
    gender: str
    given_name: str
    family_name: str
    born_on: date
    document_number: str | None = None
    """Of the new travel document, never of the lost passport; None when the offer wants none."""
    document_expires_on: date | None = None


class Order(BaseModel):
    """An order as read back."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    order_id: str
    offer_id: str | None
    intent_id: str | None
    """Of our intent, from the metadata."""
    record_locator: str
    itinerary: Itinerary
    total: Money
    is_paid: bool
    payment_required_by: pendulum.DateTime | None
    price_guaranteed_until: pendulum.DateTime | None
    ticket_numbers: tuple[str, ...]
    is_cancelled: bool


class Airline(Line):
    """The airline's client."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        super().__init__(
            PARTNER,
            settings().airline_url,
            settings().airline_token,
            headers={"Duffel-Version": "v2", "Accept-Encoding": "gzip"},
            transport=transport,
        )

    def search(self, *, origin: str, destination: str, on: date, latest_arrival_on: date) -> list[Option]:
        """Return the offers for one adult on one day with at most one connection, arriving in time."""
        body = {
            "data": {
                "slices": [{"origin": origin, "destination": destination, "departure_date": on.isoformat()}],
                "passengers": [{"type": "adult"}],
                "cabin_class": "economy",
                "max_connections": 1,
            }
        }
        params = {"return_offers": "false", "supplier_timeout": "20000"}
        request = self.read("POST", "/air/offer_requests", params=params, json=body, timeout_s=SEARCH_S)
        with understanding(PARTNER):
            request_id = request["data"]["id"]
        options = [
            option
            for offer in self._pages("/air/offers", {"offer_request_id": request_id})
            if (option := _option(offer))
        ]
        return [o for o in options if o.itinerary.segments[-1].arrives_local.date() <= latest_arrival_on]

    def read_offer(self, offer_id: str) -> Option | None:
        """Return an offer as it is now; reading may change its price, so read once per decision."""
        offer = self.read("GET", f"/air/offers/{offer_id}")
        with understanding(PARTNER):
            return _option(offer["data"])

    def hold(self, option: Option, traveller: Traveller, *, intent_id: UUID) -> Order:
        """
        Hold the seats of an offer unpaid. Sent once.

        Raises:
            PartnerRefused: no order exists.
            PartnerUnavailable: the request was not sent, or refused unread for its rate.
            OutcomeUnknown: an order may exist; find it by `orders_of_offer`.
        """
        body = {
            "data": {
                "type": "hold",
                "selected_offers": [option.offer_id],
                "passengers": [_passenger(option, traveller)],
                "metadata": {"intent_id": str(intent_id)},
            }
        }
        reply = self.commit("POST", "/air/orders", json=body)
        if reply.status_code != httpx.codes.CREATED:
            raise _not_created(reply)
        return _order_of(reply, "accepted the order in a shape we do not know")

    def orders_of_offer(self, offer_id: str) -> list[Order]:
        """Return every order made from an offer; how an order whose answer was lost is found."""
        found = self._pages("/air/orders", {"offer_id": offer_id})
        with understanding(PARTNER):
            return [_order(order) for order in found]

    def orders_of_passenger(self, name: str) -> list[Order]:
        """Return every order with a passenger of this name, given name first; many people share one."""
        found = self._pages("/air/orders", {"passenger_name[]": name})
        with understanding(PARTNER):
            return [_order(order) for order in found]

    def payments_of(self, order_id: str) -> int:
        """Return how many payments of an order succeeded, or may have; how one whose answer was lost is found."""
        found = self._pages("/air/payments", {"order_id": order_id})
        with understanding(PARTNER):
            return sum(payment.get("status", "succeeded") not in ("failed", "cancelled") for payment in found)

    def read_order(self, order_id: str) -> Order:
        """Return an order as it is now."""
        order = self.read("GET", f"/air/orders/{order_id}")
        with understanding(PARTNER):
            return _order(order["data"])

    def pay(self, order_id: str, *, amount: Money) -> None:
        """
        Pay a held order with the amount just read back. Sent once.

        Raises:
            PartnerRefused: nothing was paid; `price_changed`, `insufficient_balance` and the like are in `code`.
            PartnerAlreadyDone: it was paid before.
            PartnerUnavailable: the request was not sent, or refused unread for its rate.
            OutcomeUnknown: it may be paid; read the order.
        """
        payment = {"type": "balance", "amount": f"{amount.amount:f}", "currency": amount.currency}
        reply = self.commit("POST", "/air/payments", json={"data": {"order_id": order_id, "payment": payment}})
        if not reply.is_success:
            raise _refused_or_unknown(reply)
        try:
            with understanding(PARTNER):
                status = reply.json()["data"].get("status", "succeeded")
        except PartnerError:
            raise OutcomeUnknown(PARTNER, f"answered {reply.status_code} in a shape we do not know") from None
        if reply.status_code == httpx.codes.ACCEPTED or status != "succeeded":
            raise OutcomeUnknown(PARTNER, "accepted the payment without a result")

    def cancel(self, order_id: str) -> Money | None:
        """
        Give an order back: quote and confirm; return what is refunded, None when the airline does not say.

        Raises:
            OutcomeUnknown: read the order to see.
            PartnerRefused, PartnerUnavailable: it stands as before.
        """
        try:
            quote = self._commit_data("/air/order_cancellations", {"data": {"order_id": order_id}})
            with understanding(PARTNER):
                path = f"/air/order_cancellations/{quote['id']}/actions/confirm"
            confirmed = self._commit_data(path, None)
        except PartnerAlreadyDone:
            return self.refund_of(order_id)
        return _refunded(confirmed)

    def refund_of(self, order_id: str) -> Money | None:
        """Return what a cancelled order gave back, None when the airline does not say."""
        order = self.read("GET", f"/air/orders/{order_id}")
        with understanding(PARTNER):
            cancellation = order["data"].get("cancellation")
        return None if cancellation is None else _refunded(cancellation)

    def _commit_data(self, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        reply = self.commit("POST", path, json=body)
        if not reply.is_success:
            raise _refused_or_unknown(reply)
        try:
            with understanding(PARTNER):
                data: dict[str, Any] = reply.json()["data"]
                return data
        except PartnerError:
            raise OutcomeUnknown(PARTNER, f"answered {reply.status_code} in a shape we do not know") from None

    def _pages(self, path: str, params: dict[str, str]) -> Iterator[dict[str, Any]]:
        after: str | None = None
        while True:
            page = self.read("GET", path, params={**params, "limit": str(PAGE), **({"after": after} if after else {})})
            with understanding(PARTNER):
                yield from page["data"]
                after = (page.get("meta") or {}).get("after")
            if after is None:
                return


def _refunded(cancellation: dict[str, Any]) -> Money | None:
    with understanding(PARTNER):
        amount, currency = cancellation.get("refund_amount"), cancellation.get("refund_currency")
        return Money.parse(amount, currency) if amount is not None and currency is not None else None


def _not_created(reply: httpx.Response) -> PartnerError:
    """Return what an answer other than 201 to an order means. Source: Duffel, response handling and errors."""
    code, request_id = error_code(reply), reply.headers.get("x-request-id")
    what = f"answered {reply.status_code}{f' {code}' if code else ''}"
    if reply.is_success or code in MAYBE_BOOKED:
        return OutcomeUnknown(PARTNER, what, code=code, request_id=request_id)
    return _refused_or_unknown(reply)


def _refused_or_unknown(reply: httpx.Response) -> PartnerError:
    code, request_id = error_code(reply), reply.headers.get("x-request-id")
    what = f"answered {reply.status_code}{f' {code}' if code else ''}"
    if code in ALREADY_DONE:
        return PartnerAlreadyDone(PARTNER, what, code=code, request_id=request_id)
    if reply.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return PartnerUnavailable(PARTNER, what, code=code, request_id=request_id)
    if reply.is_client_error or code in NOTHING_BOOKED:
        return PartnerRefused(PARTNER, what, code=code, request_id=request_id)
    return OutcomeUnknown(PARTNER, what, code=code, request_id=request_id)


def _order_of(reply: httpx.Response, what: str) -> Order:
    try:
        with understanding(PARTNER):
            return _order(reply.json()["data"])
    except PartnerError:
        raise OutcomeUnknown(PARTNER, what, request_id=reply.headers.get("x-request-id")) from None


def _passenger(option: Option, traveller: Traveller) -> dict[str, Any]:
    passenger: dict[str, Any] = {
        "id": option.passenger_id,
        "title": traveller.title,
        "gender": traveller.gender,
        "given_name": traveller.given_name,
        "family_name": traveller.family_name,
        "born_on": traveller.born_on.isoformat(),
        # The mission's own: the airline's mails must not reach a phone that others read.
        "email": settings().mission_email,
        "phone_number": settings().mission_phone,
    }
    if option.wants_passport and traveller.document_number and traveller.document_expires_on:
        passenger["identity_documents"] = [
            {
                "type": "passport",
                "unique_identifier": traveller.document_number,
                "issuing_country_code": "KR",
                "expires_on": traveller.document_expires_on.isoformat(),
            }
        ]
    return passenger


def _option(offer: dict[str, Any]) -> Option | None:
    """Return an offer in our words; None for a partial one, which cannot be booked."""
    if offer.get("partial"):
        return None
    with understanding(PARTNER):
        requirements = offer.get("payment_requirements")
        return Option(
            offer_id=offer["id"],
            passenger_id=offer["passengers"][0]["id"],
            itinerary=_itinerary(offer["slices"]),
            total=Money.parse(offer["total_amount"], offer["total_currency"]),
            expires_at=_moment(offer["expires_at"]),
            # The whole object may be null; then nobody promised a hold.
            is_holdable=requirements is not None and requirements["requires_instant_payment"] is False,
            wants_passport="passport" in (offer.get("supported_passenger_identity_document_types") or []),
        )


def _order(order: dict[str, Any]) -> Order:
    payment = order.get("payment_status") or {}
    return Order(
        order_id=order["id"],
        offer_id=order.get("offer_id"),
        intent_id=(order.get("metadata") or {}).get("intent_id"),
        record_locator=order["booking_reference"],
        itinerary=_itinerary(order["slices"]),
        total=Money.parse(order["total_amount"], order["total_currency"]),
        is_paid=payment.get("paid_at") is not None,
        payment_required_by=_moment_or_none(payment.get("payment_required_by")),
        price_guaranteed_until=_moment_or_none(payment.get("price_guarantee_expires_at")),
        ticket_numbers=tuple(
            document["unique_identifier"]
            for document in order.get("documents") or []
            if document["type"] == "electronic_ticket"
        ),
        is_cancelled=order.get("cancelled_at") is not None,
    )


def _itinerary(slices: list[dict[str, Any]]) -> Itinerary:
    return Itinerary(segments=tuple(_segment(segment) for each in slices for segment in each["segments"]))


def _segment(segment: dict[str, Any]) -> Segment:
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
    )


def _moment(text: str) -> pendulum.DateTime:
    moment = pendulum.parse(text)
    if not isinstance(moment, pendulum.DateTime):
        raise TypeError("not a moment")
    return moment.in_timezone("UTC")


def _moment_or_none(text: str | None) -> pendulum.DateTime | None:
    return None if text is None else _moment(text)
