"""What the airline answers has the shape of what Duffel's client libraries publish."""

from collections.abc import Iterator
from typing import Any

from tests.sandbox.harness import JSON, Airline, Sandbox, vector

NEVER_SHOWN = {
    # The published order is an example; runs show that an order echoes neither (observed-behaviour.json, passengers).
    "-passengers[].type",
    "-passengers[].infant_passenger_id",
}
LATER_FIELDS = {"+type", "+content", "+offer_id", "+changes", "+slices[].changeable"}
"""Fields Duffel's orders got after the examples were published; `changeable` stands in the recorded ones."""


def differences(ours: Any, published: Any, path: str = "") -> Iterator[str]:
    """
    Return where one side has a field the other has not (`-` published only, `+` ours only) or another type (`≠`).

    Null says nothing of a shape, an empty list nothing of its entries, and metadata is the client's own.
    """
    match ours, published:
        case (None, _) | (_, None):
            return
        case dict(), dict():
            yield from (f"-{path}{name}" for name in published.keys() - ours.keys())
            yield from (f"+{path}{name}" for name in ours.keys() - published.keys())
            for name in ours.keys() & published.keys() - {"metadata"}:
                yield from differences(ours[name], published[name], f"{path}{name}.")
        case list(), list():
            for each in ours if published else ():
                yield from differences(each, published[0], f"{path.removesuffix('.')}[].")
        case (int() | float(), int() | float()) if not isinstance(ours, bool) and not isinstance(published, bool):
            return
        case _ if type(ours) is not type(published):
            yield f"≠{path.removesuffix('.')}"


def compare(ours: JSON, name: str) -> set[str]:
    return set(differences(ours, vector(f"duffel/javascript/{name}.json")["data"]))


def test_an_offer(airline: Airline) -> None:
    assert compare(airline.offer("KE"), "mockOffer.mockOffer") == set()


def test_an_offer_read_with_its_services(airline: Airline) -> None:
    # when an offer is read with what it sells
    offer = airline.offer("KE")
    shown = airline.data(airline.http.get(f"/air/offers/{offer['id']}", params={"return_available_services": "true"}))
    # then offer and services have the published shape
    assert len(shown["available_services"]) == 1
    assert compare(shown, "mockOffer.mockOffer") == set()


def test_a_priced_offer(airline: Airline) -> None:
    # when an offer is priced to be paid from the balance
    offer = airline.offer("KE")
    wanted = {"intended_payment_methods": [{"type": "balance"}], "intended_services": []}
    priced = airline.data(airline.http.post(f"/air/offers/{offer['id']}/actions/price", json={"data": wanted}))
    # then only what a card costs is missing, which is what the published one is paid by
    card_only = {
        f"-intended_payment_methods[].{name}" for name in ("card_id", "surcharge_amount", "surcharge_currency")
    }
    assert compare(priced, "mockOffer.mockOfferPriced") == card_only


def test_an_offer_request(airline: Airline) -> None:
    # when a search is made with its offers
    more = compare(airline.search("KTI-ICN"), "mockOfferRequest.mockOfferRequest")
    # then it echoes what can be asked, beyond the published example
    assert more == {
        *("+slices[].departure_time", "+slices[].arrival_time"),
        *(f"+passengers[].{name}" for name in ("fare_type", "given_name", "family_name", "loyalty_programme_accounts")),
    }


def test_an_instant_order(airline: Airline) -> None:
    # the published passenger has a bought seat, which is not sold here
    seat = {"-slices[].segments[].passengers[].seat"}
    assert compare(airline.booked("KE"), "mockOrders.mockOrder") == NEVER_SHOWN | LATER_FIELDS | seat


def test_a_hold(airline: Airline) -> None:
    # when a hold is compared with the published list of holds
    ours = [airline.booked("KE", kind="hold")]
    found = set(differences(ours, vector("duffel/javascript/mockOrders.mockOnHoldOrders.json")["data"]))
    # then it has what the published instant order has, too
    later = LATER_FIELDS | {"+cancellation", "+passengers[].loyalty_programme_accounts"}
    assert {each.replace("[].", "", 1) for each in found} == NEVER_SHOWN | later


def test_a_list_of_orders_and_its_last_page(airline: Airline) -> None:
    # given two orders
    for _ in range(2):
        airline.booked("KE")
    # when the first and the last page are read
    first = airline.http.get("/air/orders", params={"limit": 1}).json()
    last: JSON = first
    while last["meta"]["after"]:
        parameters = {"limit": 200, "after": last["meta"]["after"]}
        last = airline.http.get("/air/orders", params=parameters).json()
    # then their frames are those of the published pages, which do not have `before` yet
    for ours, name in ((first, "200-list-orders"), (last, "200-list-orders-page2")):
        example = vector(f"duffel/go/{name}.json")
        assert set(ours) == set(example)
        assert set(ours["meta"]) == set(example["meta"]) | {"before"}
        assert type(ours["meta"]["after"]) is type(example["meta"]["after"])


def test_a_payment(airline: Airline) -> None:
    # when a hold is paid
    payment = airline.data(airline.pay(airline.booked("KE", kind="hold")))
    # then the payment has the published and the recorded shape, and says how it went
    more = {"+status", "+order_id"}
    assert compare(payment, "mockPayment.mockPayment") == {*more, "+live_mode"}
    assert set(differences(payment, vector("duffel/go/200-create-payment.json")["data"])) == more


def test_a_cancellation_before_and_after_it_is_confirmed(airline: Airline) -> None:
    # when an order is cancelled
    order = airline.booked("KE")
    quote = airline.data(airline.http.post("/air/order_cancellations", json={"data": {"order_id": order["id"]}}))
    confirmed = airline.data(airline.http.post(f"/air/order_cancellations/{quote['id']}/actions/confirm"))
    # then both steps have the published shape
    for ours in (quote, confirmed):
        assert compare(ours, "mockOrderCancellations.mockOrderCancellation") == set()


def test_a_change_the_airline_makes(airline: Airline) -> None:
    # when the airline moves a flight
    order = airline.booked(route="LHR-LTN")
    (change,) = airline.http.get("/air/airline_initiated_changes", params={"order_id": order["id"]}).json()["data"]
    # then the change has the published shape around slices as our orders show them
    found = compare(change, "mockAirlineInitiatedChanges.mockAirlineInitiatedChange")
    assert {each.replace("added", "slices").replace("removed", "slices") for each in found} == {
        "+slices[].changeable",
        "+slices[].segments[].passengers[].passenger_id",
    }


def test_an_airport_and_an_airline(airline: Airline) -> None:
    offer = airline.offer("KE")
    assert compare(offer["slices"][0]["destination"], "mockAirport.mockAirport") == set()
    assert compare(offer["owner"], "mockAirline.mockAirline") == set()


def test_an_event(sandbox: Sandbox) -> None:
    # given an order
    sandbox.airline.booked("KE")
    # when the event it caused is read
    event = sandbox.control.get("/events").json()[-1]["event"]
    # then it has the published frame, whose data got an object around them with v2
    published = vector("duffel/javascript/mockWebhooks.mockWebhooksSingleGetEventResponse.json")["data"]
    assert set(event) == set(published) | {"identity_organisation_id"}
    assert set(event["data"]) == {"object"}
