"""The client reads every payload of the publisher's libraries, each through the call it answers, and loses no digit."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import BaseModel, SecretStr

from models.booking import Option
from models.money import Money
from tasks.partners.airline import Airline, Traveller
from tasks.partners.errors import OutcomeUnknown, PartnerRefused
from tasks.partners.transport import telling
from tests.sandbox.harness import VECTORS

DUFFEL = VECTORS / "duffel"
INDEX = json.loads((DUFFEL / "index.json").read_text())
INTENT = UUID(int=7)
TRAVELLER = Traveller(title="ms", gender="f", given_name="JUN MI", family_name="PAE", born_on=date(1999, 4, 27))
ON = date(2026, 12, 1)


@pytest.fixture(autouse=True)
def accounted(configured: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody asks here what the airline is told."""
    del configured
    with telling(lambda told: None):
        yield


def vector(name: str) -> Any:
    return json.loads((DUFFEL / name).read_text())


def answering(body: Any, status: int = 200) -> httpx.MockTransport:
    """An airline that says the same to everything, and has one page of every list."""
    return httpx.MockTransport(lambda _: httpx.Response(status, json=body))


@pytest.fixture
def option() -> Option:
    with Airline(answering(vector("go/200-offers-off_00009htYpSCXrwaB9DnUm0.json"))) as client:
        found = client.read_offer("off_1")
    assert found is not None
    return found


@dataclass(frozen=True)
class Call:
    """How an answer is read: the client's own method for what was asked, and which part of the payload it reads."""

    path: str
    """A regular expression for the whole path of the index, without the query."""
    read: Callable[[Airline, Option], Any]
    status: int = 200
    is_list: bool = False
    part: Callable[[Any], Any] = lambda data: data


def an_order(client: Airline) -> Any:
    order = vector("go/200-get-order.json")
    with Airline(answering(order)) as other:
        return other.read_order("ord_1")


CALLS = [
    Call("POST /air/offer_requests", lambda c, _: c.offers("orq_1"), part=lambda data: data["offers"], is_list=True),
    Call("GET /air/offer_requests/{id}", lambda c, _: c.offers("orq_1"), part=lambda d: d["offers"], is_list=True),
    Call("GET /air/offers", lambda c, _: c.offers("orq_1"), is_list=True),
    Call(r"GET /air/offers/({id}|off_\w+)", lambda c, _: c.read_offer("off_1")),
    Call("POST /air/offers/{id}/actions/price", lambda c, _: c.price_offer("off_1")),
    Call("POST /air/batch_offer_requests", lambda c, _: c.search_in_batches(origin="KTI", destination="ICN", on=ON)),
    Call("GET /air/batch_offer_requests/{id}", lambda c, _: c.next_batch("orq_1")[1]),
    Call("GET /air/seat_maps", lambda c, _: c.seat_map("off_1"), is_list=True),
    Call("POST /air/orders", lambda c, option: c.hold(option, TRAVELLER, intent_id=INTENT), status=201),
    Call("GET /air/orders/{id}", lambda c, _: c.read_order("ord_1")),
    Call("GET /air/orders", lambda c, _: c.find_orders(awaiting_payment=True), is_list=True),
    Call("PATCH /air/orders/{id}", lambda c, _: c.replace_metadata("ord_1", {"intent_id": str(INTENT)})),
    Call("POST /air/payments", lambda c, _: c.payments("ord_1"), is_list=True),
    Call("POST /air/order_cancellations", lambda c, _: c.quote_cancellation("ord_1"), status=201),
    Call("GET /air/order_cancellations/{id}", lambda c, _: c.confirm_cancellation("ore_1")),
    Call(
        "(POST|GET) /air/order_change_requests(/{id})?",
        lambda c, _: c.request_change(an_order(c), origin="KTI", destination="ICN", on=ON),
        status=201,
    ),
    Call("GET /air/order_change_offers/{id}", lambda c, _: c.read_change_offer("oco_1")),
    Call("POST /air/order_changes", lambda c, _: c.take_change("oco_1"), status=201),
    Call("GET /air/airline_initiated_changes", lambda c, _: c.changes_by_airline("ord_1"), is_list=True),
    Call("POST /air/airline_initiated_changes/{id}/actions/accept", lambda c, _: c.accept_change("aic_1")),
    Call("POST /air/webhooks", lambda c, _: c.subscribe("https://desk.example/hooks/airline", ["order.created"])),
    Call(
        "GET /air/orders/{id}/available_services",
        lambda c, _: c.services_of_offer("off_1"),
        part=lambda data: {"available_services": data},
    ),
]
"""Every call whose answers the publisher shows."""

NOT_ASKED = re.compile(
    # Airports and carriers come from our own table; we neither buy loyalty points nor look at deliveries.
    r"(GET /air/(aircraft|airlines|airports)(/{id})?|GET /places/suggestions|PATCH /air/offers/{offer_id}/passengers/.*"
    r"|GET /air/offer_requests|GET /air/webhooks.*|PATCH /air/webhooks/{id})"
)
ITINERARIES = "javascript/mockOfferRequest.mockItinerariesOfferRequest.json"
"""A view of a search that we never ask for: tickets sold apart, of which a holder of an emergency document has none."""


def of(entry: dict[str, Any]) -> str:
    return f"{entry['method']} {entry['path'].partition('?')[0]}"


ANSWERS = [
    entry
    for entry in INDEX
    if entry["kind"] == "response" and entry["http_status"] < 300 and entry["file"] != ITINERARIES
]


def amounts(payload: Any) -> Iterator[tuple[str, str]]:
    """Every amount of a payload with its currency."""
    if isinstance(payload, list):
        for each in payload:
            yield from amounts(each)
    if isinstance(payload, dict):
        for name, value in payload.items():
            currency = payload.get("currency" if name == "amount" else name.replace("_amount", "_currency"))
            if (name == "amount" or name.endswith("_amount")) and value is not None and currency is not None:
                yield value, currency
            yield from amounts(value)


def money(value: Any) -> Iterator[Money]:
    """Every sum of money in what the client returned."""
    if isinstance(value, Money):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from money(getattr(value, name))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from money(each)


def written(sum_: Money) -> tuple[str, str]:
    return f"{sum_.amount:f}", sum_.currency


@pytest.mark.parametrize("entry", ANSWERS, ids=lambda entry: entry["file"])
def test_every_answer_of_the_publisher_is_read_without_losing_a_digit(entry: dict[str, Any], option: Option) -> None:
    payload = vector(entry["file"])
    call = next((call for call in CALLS if re.fullmatch(call.path.replace("{id}", r"\{id\}"), of(entry))), None)
    for amount, currency in amounts(payload):
        assert written(Money.parse(amount, currency)) == (amount, currency)
    if call is None:
        assert NOT_ASKED.fullmatch(of(entry)), f"the client has no call for {of(entry)}"
        return

    data = call.part(payload["data"])
    body = {"data": [data] if call.is_list and not isinstance(data, list) else data}
    with Airline(answering(body, call.status)) as client:
        found = call.read(client, option)

    assert found is not None
    assert found != []
    told, kept = set(amounts(payload)), [written(sum_) for sum_ in money(found)]
    assert set(kept) <= told
    assert bool(kept) or not told or "airline_initiated" in entry["path"], "of those only the flights are read"
    if isinstance(found, list) and isinstance(body["data"], list) and found and isinstance(found[0], Option):
        assert len(found) == len(body["data"])
        assert [written(each.total) for each in found] == [
            (each["total_amount"], each["total_currency"]) for each in body["data"]
        ]


def test_every_payload_of_the_index_is_kept_here() -> None:
    assert [entry["file"] for entry in INDEX if not (DUFFEL / entry["file"]).exists()] == []
    assert {entry["kind"] for entry in INDEX} == {"request", "response", "other"}


def test_answers_that_are_no_success_are_named_by_what_they_are(option: Option) -> None:
    refused, page = vector("go/400-bad-request.json"), (DUFFEL / "go/502-bad-gateway.html").read_text()

    with pytest.raises(PartnerRefused) as no, Airline(answering(refused, 400)) as client:
        client.hold(option, TRAVELLER, intent_id=INTENT)
    html = httpx.MockTransport(lambda _: httpx.Response(502, text=page))
    with pytest.raises(OutcomeUnknown), Airline(html) as client:
        client.hold(option, TRAVELLER, intent_id=INTENT)

    assert no.value.code == "airline_unknown"


def test_what_we_ask_has_the_form_the_publisher_shows(option: Option) -> None:
    """The request bodies of the publisher's libraries name every field that we send."""
    sent: dict[str, Any] = {}

    def keep(request: httpx.Request) -> httpx.Response:
        sent[request.url.path.removeprefix("/airline")] = json.loads(request.content)["data"]
        answer = "go/201-create-order.json" if request.url.path.endswith("/orders") else None
        changes = {"data": {"id": "orq_1", "order_change_offers": []}}
        return httpx.Response(201, json=vector(answer) if answer else changes)

    with Airline(httpx.MockTransport(keep)) as client:
        client.buy(option, TRAVELLER, intent_id=INTENT)
        client.request_change(an_order(client), origin="KTI", destination="ICN", on=ON)
    order = vector("go/201-create-order-input.json")["data"]
    change = vector("javascript/mockOrderChangeRequests.mockCreateChangeRequest.json")["data"]

    ours = sent["/air/orders"]
    assert ours.keys() - order.keys() <= {"metadata"}
    assert ours["passengers"][0].keys() <= order["passengers"][0].keys()
    assert ours["payments"][0].keys() == order["payments"][0].keys()
    ours = sent["/air/order_change_requests"]
    assert ours.keys() == change.keys()
    assert ours["slices"]["add"][0].keys() == change["slices"]["add"][0].keys()
    assert ours["slices"]["remove"][0].keys() == change["slices"]["remove"][0].keys()


def test_the_secret_of_a_receiver_never_shows() -> None:
    body = vector("javascript/mockWebhooks.mockWebhooksCreateResponse.json")
    with Airline(answering({"data": body["data"]}, 201)) as client:
        made = client.subscribe("https://desk.example/hooks/airline", ["order.created"])

    assert made.secret == SecretStr(body["data"]["secret"])
    assert body["data"]["secret"] not in repr(made)


def test_null_says_that_nobody_knows_and_not_no(option: Option) -> None:
    payload = vector("go/200-offers-off_00009htYpSCXrwaB9DnUm0.json")
    data = {**payload["data"], "payment_requirements": None, "conditions": None}
    with Airline(answering({"data": data})) as client:
        unknown = client.read_offer("off_1")

    assert unknown is not None
    assert (unknown.refund, unknown.change, unknown.is_holdable) == (None, None, False)
    assert option.refund is not None or option.change is not None or payload["data"]["conditions"] is not None


@pytest.mark.parametrize(("amount", "currency"), [("412300", "KRW"), ("412.30", "USD"), ("126.125", "KWD")])
def test_amounts_keep_every_decimal_place_of_their_currency(amount: str, currency: str) -> None:
    sent: list[Any] = []
    order = {**vector("go/200-get-order.json")["data"], "total_amount": amount, "total_currency": currency}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"data": order})
        sent.append(json.loads(request.content)["data"]["payment"])
        return httpx.Response(201, json={"data": {"status": "succeeded"}})

    with Airline(httpx.MockTransport(answer)) as client:
        client.pay("ord_1", amount=client.read_order("ord_1").total)

    assert sent == [{"type": "balance", "amount": amount, "currency": currency}]
