"""
The airline's client: search, offer, hold, read back, pay, change, cancel.

There is no idempotency key at this partner. A POST that buys is sent once; when its answer is lost, the order is
looked for by offer and by the intent id in its metadata, and is never posted again.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import httpx

from models.booking import Option
from models.money import Money
from tasks.partners.airline import asking, reading
from tasks.partners.airline.answers import PARTNER, data_of, not_created
from tasks.partners.airline.pace import UNPACED, Pace, limits_of
from tasks.partners.airline.values import (
    ADULT,
    AirlineChange,
    Batch,
    Cancellation,
    ChangeOffer,
    Hours,
    Order,
    Payment,
    Place,
    Seeker,
    Service,
    Subscription,
    Traveller,
)
from tasks.partners.errors import OutcomeUnknown, PartnerAlreadyDone, PartnerError
from tasks.partners.transport import SEARCH_S, Line, understanding
from tasks.settings import settings

PAGE = 200
SUPPLIER_TIMEOUT_MS = 20_000
"""How long the airline waits for its suppliers; values outside 2,000 to 60,000 it ignores without a word."""

SEARCHES = "/air/offer_requests"
BATCHES = "/air/batch_offer_requests"
NONSTOP = 0
ONE_CHANGE = 1

T = TypeVar("T")


class Airline(Line):
    """The airline's client."""

    def __init__(self, transport: httpx.BaseTransport | None = None, *, pace: Pace = UNPACED) -> None:
        super().__init__(
            PARTNER,
            settings().airline_url,
            settings().airline_token,
            headers={"Duffel-Version": "v2", "Accept-Encoding": "gzip"},
            transport=transport,
        )
        self._pace = pace
        self._http.event_hooks = {"response": [self._hear_limits]}

    def _hear_limits(self, reply: httpx.Response) -> None:
        # Searches have a lower limit of their own; what the other calls are granted nobody comes near.
        is_search = reply.request.method == "POST" and reply.request.url.path.endswith((SEARCHES, BATCHES))
        if is_search and (limits := limits_of(reply.headers)) is not None:
            self._pace.heard(limits)

    # Search and offers

    def search(
        self,
        *,
        origin: str,
        destination: str,
        on: date,
        latest_arrival_on: date,
        departs: Hours | None = None,
        arrives: Hours | None = None,
        seeker: Seeker = ADULT,
        max_connections: int = ONE_CHANGE,
        sort: str | None = None,
    ) -> list[Option]:
        """
        Return the offers for one traveller on one day with at most so many connections, arriving in time.

        `sort` is `total_amount` or `total_duration`, with a minus in front for the other direction.
        """
        search = asking.search(
            origin=origin, destination=destination, on=on, departs=departs, arrives=arrives, seeker=seeker,
            max_connections=max_connections,
        )  # fmt: skip
        params = {"return_offers": "false", "supplier_timeout": str(SUPPLIER_TIMEOUT_MS)}
        self._pace.wait()
        request = self.read("POST", SEARCHES, params=params, json={"data": search}, timeout_s=SEARCH_S)
        with understanding(PARTNER):
            request_id = request["data"]["id"]
        options = self.offers(request_id, sort=sort)
        return [o for o in options if o.itinerary.segments[-1].arrives_local.date() <= latest_arrival_on]

    def offers(self, request_id: str, *, sort: str | None = None, max_connections: int | None = None) -> list[Option]:
        """Return every offer of a search that can be booked, page by page."""
        params = {"offer_request_id": request_id}
        if sort is not None:
            params["sort"] = sort
        if max_connections is not None:
            params["max_connections"] = str(max_connections)
        return _bookable(self._pages("/air/offers", params))

    def search_in_batches(
        self,
        *,
        origin: str,
        destination: str,
        on: date,
        departs: Hours | None = None,
        arrives: Hours | None = None,
        seeker: Seeker = ADULT,
        max_connections: int = ONE_CHANGE,
    ) -> Batch:
        """Begin a search whose offers are read as they come, within a minute."""
        search = asking.search(
            origin=origin, destination=destination, on=on, departs=departs, arrives=arrives, seeker=seeker,
            max_connections=max_connections,
        )  # fmt: skip
        params = {"supplier_timeout": str(SUPPLIER_TIMEOUT_MS)}
        self._pace.wait()
        reply = self.read("POST", BATCHES, params=params, json={"data": search})
        with understanding(PARTNER):
            return reading.batch(reply["data"])

    def next_batch(self, batch_id: str) -> tuple[Batch, list[Option]]:
        """Return the offers that came since the last reading, which shows each once, and what is still to come."""
        reply = self.read("GET", f"/air/batch_offer_requests/{batch_id}", timeout_s=SEARCH_S)
        with understanding(PARTNER):
            return reading.batch(reply["data"]), _bookable(reply["data"].get("offers") or [])

    def read_offer(self, offer_id: str) -> Option | None:
        """Return an offer as it is now; reading may change its price, so read once per decision."""
        offer = self.read("GET", f"/air/offers/{offer_id}")
        with understanding(PARTNER):
            return reading.option(offer["data"])

    def price_offer(self, offer_id: str) -> Option | None:
        """Return an offer with the total that pays for it from the balance."""
        body = {"data": {"intended_payment_methods": [{"type": "balance"}], "intended_services": []}}
        offer = self.read("POST", f"/air/offers/{offer_id}/actions/price", json=body, timeout_s=SEARCH_S)
        with understanding(PARTNER):
            return reading.option(offer["data"])

    def services_of_offer(self, offer_id: str) -> list[Service]:
        """Return what is sold beside the seats of an offer."""
        offer = self.read("GET", f"/air/offers/{offer_id}", params={"return_available_services": "true"})
        with understanding(PARTNER):
            return [reading.service(each) for each in offer["data"].get("available_services") or ()]

    def seat_map(self, offer_id: str) -> list[Place]:
        """Return the places of every flight of an offer; after booking none is sold any more."""
        maps = self.read("GET", "/air/seat_maps", params={"offer_id": offer_id})
        with understanding(PARTNER):
            return [place for each in maps["data"] for place in reading.places(each)]

    # Orders

    def hold(self, option: Option, traveller: Traveller, *, intent_id: UUID) -> Order:
        """
        Hold the seats of an offer unpaid. Sent once.

        Raises:
            PartnerRefused: no order exists.
            PartnerUnavailable: the request was not sent, or refused unread for its rate.
            OutcomeUnknown: an order may exist; find it by `orders_of_offer`.
        """
        return self._create_order(option, traveller, intent_id=intent_id, payment=None)

    def buy(self, option: Option, traveller: Traveller, *, intent_id: UUID) -> Order:
        """Order and pay an offer at once, at its total as last read; for offers that cannot be held. As `hold`."""
        return self._create_order(option, traveller, intent_id=intent_id, payment=option.total)

    def _create_order(self, option: Option, traveller: Traveller, *, intent_id: UUID, payment: Money | None) -> Order:
        body: dict[str, Any] = {
            "type": "hold" if payment is None else "instant",
            "selected_offers": [option.offer_id],
            "passengers": [asking.passenger(option, traveller)],
            "metadata": {"intent_id": str(intent_id)},
        }
        if payment is not None:
            body["payments"] = [asking.payment(payment)]
        reply = self.commit("POST", "/air/orders", json={"data": body})
        if reply.status_code != httpx.codes.CREATED:
            raise not_created(reply)
        return self._understood(reply, reading.order)

    def orders_of_offer(self, offer_id: str) -> list[Order]:
        """Return every order made from an offer; how an order whose answer was lost is found."""
        return self.find_orders(offer_id=offer_id)

    def orders_of_passenger(self, name: str) -> list[Order]:
        """Return every order with a passenger of this name, given name first; many people share one."""
        return self.find_orders(passenger_names=[name])

    def find_orders(
        self,
        *,
        offer_id: str | None = None,
        booking_reference: str | None = None,
        awaiting_payment: bool | None = None,
        passenger_names: Sequence[str] = (),
    ) -> list[Order]:
        """Return every order that fits all that is given; metadata cannot be looked for."""
        params: dict[str, str | list[str]] = {}
        if offer_id is not None:
            params["offer_id"] = offer_id
        if booking_reference is not None:
            params["booking_reference"] = booking_reference
        if awaiting_payment is not None:
            params["awaiting_payment"] = str(awaiting_payment).lower()
        if passenger_names:
            params["passenger_name[]"] = list(passenger_names)
        found = self._pages("/air/orders", params)
        with understanding(PARTNER):
            return [reading.order(order) for order in found]

    def read_order(self, order_id: str) -> Order:
        """Return an order as it is now."""
        order = self.read("GET", f"/air/orders/{order_id}")
        with understanding(PARTNER):
            return reading.order(order["data"])

    def replace_metadata(self, order_id: str, metadata: dict[str, str]) -> Order:
        """Replace all an order's metadata, which hold opaque ids only; nothing else of it can be changed this way."""
        reply = self.commit("PATCH", f"/air/orders/{order_id}", json={"data": {"metadata": metadata}})
        return self._understood(reply, reading.order)

    # Payments

    def pay(self, order_id: str, *, amount: Money) -> None:
        """
        Pay a held order with the amount just read back. Sent once.

        Raises:
            PartnerRefused: nothing was paid; `price_changed`, `insufficient_balance` and the like are in `code`.
            PartnerAlreadyDone: it was paid before.
            PartnerUnavailable: the request was not sent, or refused unread for its rate.
            OutcomeUnknown: it may be paid; read the order.
        """
        body = {"data": {"order_id": order_id, "payment": asking.payment(amount)}}
        reply = self.commit("POST", "/air/payments", json=body)
        status = data_of(reply).get("status", "succeeded")
        if reply.status_code == httpx.codes.ACCEPTED or status != "succeeded":
            raise OutcomeUnknown(PARTNER, "accepted the payment without a result")

    def payments_of(self, order_id: str) -> int:
        """Return how many payments of an order succeeded, or may have; how one whose answer was lost is found."""
        return sum(payment.status not in ("failed", "cancelled") for payment in self.payments(order_id))

    def payments(self, order_id: str) -> list[Payment]:
        """Return the payments of an order."""
        found = self._pages("/air/payments", {"order_id": order_id})
        with understanding(PARTNER):
            return [reading.payment(each) for each in found]

    # Giving back

    def quote_cancellation(self, order_id: str) -> Cancellation:
        """
        Return what giving an order back would return; nothing is given back yet.

        Raises:
            PartnerAlreadyDone: it was given back before.
            PartnerRefused, PartnerUnavailable, OutcomeUnknown: it stands as before; a quote changes nothing.
        """
        reply = self.commit("POST", "/air/order_cancellations", json={"data": {"order_id": order_id}})
        return self._understood(reply, reading.cancellation)

    def confirm_cancellation(self, cancellation_id: str) -> Cancellation:
        """
        Give an order back on the terms quoted. Sent once.

        Raises:
            PartnerAlreadyDone: it was given back before.
            OutcomeUnknown: read the order to see.
            PartnerRefused, PartnerUnavailable: it stands as before.
        """
        reply = self.commit("POST", f"/air/order_cancellations/{cancellation_id}/actions/confirm", json=None)
        return self._understood(reply, reading.cancellation)

    def cancel(self, order_id: str, *, shown: Callable[[Cancellation], None] = lambda _: None) -> Cancellation | None:
        """
        Give an order back whatever it returns, and return that; the quote is `shown` before it is confirmed.

        Raises:
            OutcomeUnknown: read the order to see.
            PartnerRefused, PartnerUnavailable: it stands as before.
        """
        try:
            quote = self.quote_cancellation(order_id)
            shown(quote)
            return self.confirm_cancellation(quote.cancellation_id)
        except PartnerAlreadyDone:
            return self.refund_of(order_id)

    def refund_of(self, order_id: str) -> Cancellation | None:
        """Return how an order was given back; None where the airline does not say."""
        order = self.read("GET", f"/air/orders/{order_id}")
        with understanding(PARTNER):
            found = order["data"].get("cancellation")
            return None if found is None else reading.cancellation(found)

    # Changes that we ask for

    def request_change(self, order: Order, *, origin: str, destination: str, on: date) -> list[ChangeOffer]:
        """Return what changing all flights of an order for others on one day would cost; nothing is changed yet."""
        add = {"origin": origin, "destination": destination, "departure_date": on.isoformat()}
        slices = {
            "remove": [{"slice_id": slice_id} for slice_id in order.slice_ids],
            "add": [{**add, "cabin_class": "economy"}],
        }
        body = {"data": {"order_id": order.order_id, "slices": slices}}
        request = self.read("POST", "/air/order_change_requests", json=body, timeout_s=SEARCH_S)
        with understanding(PARTNER):
            return [reading.change_offer(each) for each in request["data"]["order_change_offers"]]

    def change_offers(self, request_id: str) -> list[ChangeOffer]:
        """Return every offer of a change request, page by page."""
        found = self._pages("/air/order_change_offers", {"order_change_request_id": request_id})
        with understanding(PARTNER):
            return [reading.change_offer(each) for each in found]

    def read_change_offer(self, offer_id: str) -> ChangeOffer:
        """Return one offer of a change as it is now."""
        found = self.read("GET", f"/air/order_change_offers/{offer_id}")
        with understanding(PARTNER):
            return reading.change_offer(found["data"])

    def take_change(self, offer_id: str) -> ChangeOffer:
        """Take an offer of a change; it is pending until confirmed, and the order stands as before."""
        reply = self.commit("POST", "/air/order_changes", json={"data": {"selected_order_change_offer": offer_id}})
        return self._understood(reply, reading.change_offer)

    def confirm_change(self, change: ChangeOffer) -> ChangeOffer:
        """Change the order, paying the difference where there is one. Sent once; raises as `pay`."""
        payment = {"payment": asking.payment(change.difference)} if change.difference.amount_minor > 0 else {}
        path = f"/air/order_changes/{change.change_id}/actions/confirm"
        return self._understood(self.commit("POST", path, json={"data": payment}), reading.change_offer)

    # Changes that the airline makes

    def changes_by_airline(self, order_id: str) -> list[AirlineChange]:
        """Return the changes of an order, the oldest first; reading may make one more, so read once per decision."""
        found = self.read("GET", "/air/airline_initiated_changes", params={"order_id": order_id})
        with understanding(PARTNER):
            return sorted(map(reading.airline_change, found["data"]), key=lambda change: change.created_at)

    def accept_change(self, change_id: str) -> AirlineChange:
        """Accept a change; raise PartnerRefused with `stale_airline_initiated_change_accept` for all but the latest."""
        reply = self.commit("POST", f"/air/airline_initiated_changes/{change_id}/actions/accept", json=None)
        return self._understood(reply, reading.airline_change)

    def note_action(self, change_id: str, action: str) -> AirlineChange:
        """Tell the airline's interface what was done about a change elsewhere: accepted, cancelled or changed."""
        path = f"/air/airline_initiated_changes/{change_id}"
        reply = self.commit("PATCH", path, json={"data": {"action_taken": action}})
        return self._understood(reply, reading.airline_change)

    # Events

    def subscribe(self, url: str, events: Sequence[str]) -> Subscription:
        """Have events sent to an address; the answer tells once the secret they are signed with."""
        reply = self.commit("POST", "/air/webhooks", json={"data": {"url": url, "events": list(events)}})
        return self._understood(reply, reading.subscription)

    def _understood(self, reply: httpx.Response, read: Callable[[dict[str, Any]], T]) -> T:
        """Return a good answer to a call that changes something, or raise what any other answer means."""
        data = data_of(reply)
        try:
            with understanding(PARTNER):
                return read(data)
        except PartnerError:
            what = f"answered {reply.status_code} in a shape we do not know"
            raise OutcomeUnknown(PARTNER, what, request_id=reply.headers.get("x-request-id")) from None

    def _pages(self, path: str, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
        after: str | None = None
        while True:
            page = self.read("GET", path, params={**params, "limit": str(PAGE), **({"after": after} if after else {})})
            with understanding(PARTNER):
                yield from page["data"]
                after = (page.get("meta") or {}).get("after")
            if after is None:
                return


def _bookable(offers: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> list[Option]:
    with understanding(PARTNER):
        return [option for offer in offers if (option := reading.option(offer))]
