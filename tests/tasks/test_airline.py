"""The airline's client against the publisher's payloads and against every way an answer can be."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from models.booking import Option
from models.money import Money
from tasks.partners.airline import Airline, Traveller
from tasks.partners.errors import (
    OutcomeUnknown,
    PartnerAlreadyDone,
    PartnerAnswerUnclear,
    PartnerRefused,
    PartnerUnavailable,
)
from tasks.partners.transport import telling
from tests.sandbox.harness import VECTORS

DUFFEL = VECTORS / "duffel"
Answer = Callable[[httpx.Request], httpx.Response]


def vector(name: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads((DUFFEL / name).read_text())
    return payload


def airline(answer: Answer) -> Airline:
    return Airline(transport=httpx.MockTransport(answer))


@pytest.fixture(autouse=True)
def accounted() -> Iterator[None]:
    """Nobody asks here what the airline is told."""
    with telling(lambda told: None):
        yield


def saying(status: int, body: Any = None, *, text: str | None = None) -> Answer:
    content = text.encode() if text is not None else json.dumps(body).encode()
    return lambda _: httpx.Response(status, content=content, headers={"x-request-id": "req-1"})


@pytest.fixture(autouse=True)
def settings_(configured: pytest.MonkeyPatch) -> None:
    del configured


@pytest.fixture
def option() -> Option:
    with airline(saying(200, vector("go/200-offers-off_00009htYpSCXrwaB9DnUm0.json"))) as client:
        found = client.read_offer("off_00009htYpSCXrwaB9DnUm0")
    assert found is not None
    return found


TRAVELLER = Traveller(title="ms", gender="f", given_name="JUN MI", family_name="PAE", born_on="1999-04-27")


def hold(answer: Answer, option: Option) -> Any:
    with airline(answer) as client:
        return client.hold(option, TRAVELLER, intent_id=uuid4())


def test_every_order_of_the_publisher_is_read_without_losing_a_digit() -> None:
    for name, field in (("go/200-get-order.json", None), ("javascript/mockOrders.mockOnHoldOrders.json", 0)):
        data = vector(name)["data"]
        order = data if field is None else data[field]
        with airline(saying(200, {"data": order})) as client:
            read = client.read_order(order["id"])
        assert f"{read.total.amount:f}" == order["total_amount"]
        assert read.record_locator == order["booking_reference"]
        assert len(read.itinerary.segments) == sum(len(each["segments"]) for each in order["slices"])


def test_a_created_order_is_an_order(option: Option) -> None:
    order = hold(saying(201, vector("go/201-create-order.json")), option)

    assert order.record_locator == "RZPNX8"
    assert order.ticket_numbers == ("1252106312810",)


def refusing(status: int, code: str | int) -> Answer:
    error = {"code": code, "type": "airline_error", "title": "", "message": ""}
    return saying(status, {"errors": [error], "meta": {"status": status}})


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (saying(200, {"data": {}}), OutcomeUnknown),
        (saying(202, {"data": {"message": "accepted"}}), OutcomeUnknown),
        (saying(201, text='{"data": {"id": "ord'), OutcomeUnknown),
        (saying(201, {"data": {"id": "ord_1"}}), OutcomeUnknown),
        (refusing(422, "offer_no_longer_available"), PartnerRefused),
        (refusing(422, "insufficient_balance"), PartnerRefused),
        (refusing(400, 400), PartnerRefused),
        (saying(403, text="Forbidden"), PartnerRefused),
        (refusing(422, "duplicate_booking"), OutcomeUnknown),
        (refusing(422, "offer_request_already_booked"), OutcomeUnknown),
        (refusing(422, "order_creation_already_attempted"), OutcomeUnknown),
        (refusing(429, "rate_limit_exceeded"), PartnerUnavailable),
        (refusing(500, "internal_server_error"), OutcomeUnknown),
        (refusing(502, "order_not_created"), PartnerRefused),
        (refusing(502, "airline_unknown"), OutcomeUnknown),
        (saying(502, text="<html><h1>502 Bad Gateway</h1></html>"), OutcomeUnknown),
        (refusing(503, "service_unavailable"), OutcomeUnknown),
        (refusing(504, "gateway_timeout_error"), OutcomeUnknown),
    ],
)
def test_each_answer_to_an_order_means_what_the_caller_must_do(
    option: Option, answer: Answer, error: type[Exception]
) -> None:
    with pytest.raises(error):
        hold(answer, option)


@pytest.mark.parametrize(
    ("lost", "error"),
    [
        (httpx.ConnectError("refused"), PartnerUnavailable),
        (httpx.ConnectTimeout("late"), PartnerUnavailable),
        (httpx.ReadTimeout("late"), OutcomeUnknown),
        (httpx.RemoteProtocolError("closed"), OutcomeUnknown),
        (httpx.ReadError("reset"), OutcomeUnknown),
        (httpx.WriteError("reset"), OutcomeUnknown),
    ],
)
def test_a_lost_connection_is_unknown_unless_nothing_was_sent(
    option: Option, lost: Exception, error: type[Exception]
) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        raise lost

    with pytest.raises(error):
        hold(answer, option)
    assert len(asked) == 1


def test_an_order_carries_the_missions_contact_and_our_intent_and_no_document_nobody_asked_for(option: Option) -> None:
    sent: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content)["data"])
        assert request.headers["duffel-version"] == "v2"
        assert request.extensions["timeout"]["read"] >= 130
        return httpx.Response(201, json=vector("go/201-create-order.json"))

    hold(answer, option)

    assert sent[0]["type"] == "hold"
    assert "payments" not in sent[0]
    assert set(sent[0]["metadata"]) == {"intent_id"}
    assert "identity_documents" not in sent[0]["passengers"][0]
    assert sent[0]["passengers"][0]["phone_number"] == "+82232100404"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (saying(503, text="busy"), PartnerUnavailable),
        (refusing(404, "not_found"), PartnerRefused),
        (saying(200, text="<html>"), PartnerAnswerUnclear),
        (saying(200, {"data": {"id": "ord_1"}}), PartnerAnswerUnclear),
        (saying(200, ["data"]), PartnerAnswerUnclear),
        (lambda _: httpx.Response(200, content=b"x" * (17 * 2**20)), PartnerAnswerUnclear),
    ],
)
def test_a_strange_answer_to_a_read_is_named_and_never_repeated_in_the_error(
    answer: Answer, error: type[Exception]
) -> None:
    with pytest.raises(error) as raised, airline(answer) as client:
        client.read_order("ord_1")
    assert "ord_1" not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusing(422, "already_paid"), PartnerAlreadyDone),
        (refusing(422, "price_changed"), PartnerRefused),
        (saying(202, {"data": {"message": "accepted"}}), OutcomeUnknown),
        (saying(200, text="{"), OutcomeUnknown),
        (saying(201, {"data": {"status": "failed"}}), OutcomeUnknown),
        (saying(502, text="<html>"), OutcomeUnknown),
    ],
)
def test_each_answer_to_a_payment_means_what_the_caller_must_do(answer: Answer, error: type[Exception]) -> None:
    with pytest.raises(error), airline(answer) as client:
        client.pay("ord_1", amount=Money(41230, "USD"))


def test_a_payment_names_the_amount_with_all_its_decimal_places() -> None:
    sent: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content)["data"])
        return httpx.Response(201, json=vector("go/200-create-payment.json"))

    with airline(answer) as client:
        client.pay("ord_1", amount=Money(41200, "USD"))

    assert sent == [{"order_id": "ord_1", "payment": {"type": "balance", "amount": "412.00", "currency": "USD"}}]


def test_giving_back_an_order_that_was_given_back_is_fine() -> None:
    refunded = {"data": {"cancellation": vector("go/200-get-order-cancellation.json")["data"]}}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return refusing(422, "already_cancelled")(request)
        return httpx.Response(200, json=refunded)

    with airline(answer) as client:
        given_back = client.cancel("ord_1")

    assert given_back is not None
    assert (given_back.refund, given_back.refund_to) == (Money(9080, "GBP"), "arc_bsp_cash")


def test_pages_are_read_to_the_last() -> None:
    orders = vector("javascript/mockOrders.mockOnHoldOrders.json")["data"]

    def answer(request: httpx.Request) -> httpx.Response:
        is_last = request.url.params.get("after") == "next"
        meta = {"limit": 200, "before": None, "after": None if is_last else "next"}
        return httpx.Response(200, json={"data": orders[1:] if is_last else orders[:1], "meta": meta})

    with airline(answer) as client:
        assert len(client.orders_of_offer("off_1")) == len(orders)


def test_a_whole_page_of_real_offers_is_read(tmp_path: Path) -> None:
    del tmp_path
    offers = vector("go/200-offers-orq_0000AGqEDX9VCvWmHLBywi.json")["data"]
    with airline(saying(200, {"data": {"id": "orq_1"}})) as client:
        assert client.read("GET", "/x")["data"]["id"] == "orq_1"
    for offer in offers:
        with airline(saying(200, {"data": offer})) as client:
            option = client.read_offer(offer["id"])
        assert option is not None
        assert f"{option.total.amount:f}" == offer["total_amount"]


def test_18_local_times_belong_to_the_airports_wherever_the_process_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """23:55 at KTI (UTC+7) to the next morning at ICN (UTC+9), in a process whose clock is at St. John's (UTC-3:30)."""
    order = vector("go/200-get-order.json")["data"]
    ends = (("origin", "KTI", "KH", "Asia/Phnom_Penh"), ("destination", "ICN", "KR", "Asia/Seoul"))
    segment = order["slices"][0]["segments"][0] | {
        name: {"iata_code": code, "name": code, "iata_country_code": country, "time_zone": zone}
        for name, code, country, zone in ends
    }
    segment |= {"departing_at": "2026-12-01T23:55:00", "arriving_at": "2026-12-02T07:15:00"}
    monkeypatch.setenv("TZ", "America/St_Johns")
    time.tzset()
    try:
        with airline(saying(200, {"data": order | {"slices": [{"id": "sli_1", "segments": [segment]}]}})) as client:
            flight = client.read_order("ord_1").itinerary.segments[0]
    finally:
        monkeypatch.undo()
        time.tzset()

    assert flight.local_times == "KTI 2026-12-01 23:55 → ICN 2026-12-02 07:15"
    assert flight.departs_at.isoformat() == "2026-12-01T16:55:00+00:00"
    assert flight.arrives_at.isoformat() == "2026-12-01T22:15:00+00:00"
