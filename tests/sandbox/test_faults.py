import json
import time
from email.utils import parsedate_to_datetime

import httpx
import pytest

from tests.sandbox.harness import JSON, Airline, Sandbox, codes
from tests.sandbox.test_contracts import PUTS

COMMITMENTS = "/treasury/v1/commitments"


def orders(airline: Airline, offer: JSON) -> list[JSON]:
    found: list[JSON] = airline.http.get("/air/orders", params={"offer_id": offer["id"]}).json()["data"]
    return found


def fault_on_orders(sandbox: Sandbox, kind: str, **more: float) -> None:
    sandbox.fault(kind, partner="airline", method="POST", path="/air/orders", **more)


def commit(sandbox: Sandbox, commitment_id: str) -> httpx.Response:
    return sandbox.partners.put(f"{COMMITMENTS}/{commitment_id}", json=PUTS[COMMITMENTS])


def is_committed(sandbox: Sandbox, commitment_id: str) -> bool:
    return sandbox.partners.get(f"{COMMITMENTS}/{commitment_id}").status_code == 200


@pytest.mark.parametrize(
    ("kind", "is_done"),
    [
        ("status_429", False),
        ("status_500", False),
        ("status_503", False),
        ("html_502", False),
        ("plain_403", False),
        ("huge_body", False),
        ("drop_before", False),
        ("drop_after", True),
        ("half_json", True),
        ("html_502_after", True),
        ("delay", True),
        ("delay_after", True),
    ],
)
def test_a_fault_says_whether_the_order_was_made(sandbox: Sandbox, kind: str, is_done: bool) -> None:  # noqa: FBT001
    # given an offer
    offer = sandbox.airline.offer()
    # when its order meets the fault
    fault_on_orders(sandbox, kind)
    try:
        sandbox.airline.order(offer)
    except httpx.TransportError:
        assert kind in ("drop_before", "drop_after")
    # then there is an order or there is none
    assert [order["offer_id"] for order in orders(sandbox.airline, offer)] == [offer["id"]] * is_done


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_a_dropped_connection_has_no_answer_at_all(sandbox: Sandbox, kind: str) -> None:
    # given a fault that drops
    fault_on_orders(sandbox, kind)
    # when an order is sent
    offer = sandbox.airline.offer()
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        sandbox.airline.order(offer)
    # then the log knows the request without a status, and the next one is answered
    logged = sandbox.control.get("/requests", params={"method": "POST", "path": "/air/orders"}).json()
    assert logged[-1]["status"] is None
    assert sandbox.airline.http.get("/air/orders").status_code == 200


@pytest.mark.parametrize(
    ("kind", "status", "media"),
    [
        ("status_429", 429, "application/json"),
        ("status_500", 500, "application/json"),
        ("status_503", 503, "application/json"),
        ("html_502", 502, "text/html"),
        ("plain_403", 403, "text/plain"),
    ],
)
@pytest.mark.parametrize("partner", ["registry", "airline", "treasury"])
def test_a_refusing_fault_answers_for_every_partner(
    sandbox: Sandbox, partner: str, kind: str, status: int, media: str
) -> None:
    # given a fault for a partner
    sandbox.fault(kind, partner=partner)
    # when it is asked
    reply = {
        "registry": lambda: sandbox.partners.get("/registry/v1/persons/R000001", params={"transactionId": "t"}),
        "airline": lambda: sandbox.airline.http.get("/air/orders"),
        "treasury": lambda: sandbox.partners.get(f"{COMMITMENTS}/x"),
    }[partner]()
    # then it answers so, in its own form where the answer is JSON
    assert reply.status_code == status
    assert reply.headers["content-type"].startswith(media)
    if media == "application/json":
        frame = {"registry": {"code", "message"}, "airline": {"errors", "meta"}, "treasury": {"error"}}[partner]
        assert set(reply.json()) == frame


def test_too_many_requests_say_when_to_come_back(sandbox: Sandbox) -> None:
    # given the fault for two partners, five seconds long
    for partner in ("airline", "treasury"):
        sandbox.fault("status_429", partner=partner, seconds=5)
    # when both are asked
    airline = sandbox.airline.http.get("/air/orders")
    treasury = sandbox.partners.get(f"{COMMITMENTS}/x")
    # then the airline states the moment and the treasury the seconds
    wait = parsedate_to_datetime(airline.headers["ratelimit-reset"]).timestamp() - time.time()
    assert 0 < wait <= 6
    assert airline.headers["ratelimit-remaining"] == "0"
    assert codes(airline) == ["rate_limit_exceeded"]
    assert treasury.headers["retry-after"] == "5"


def test_an_unclear_500_on_an_order_warns_that_it_may_exist(sandbox: Sandbox) -> None:
    fault_on_orders(sandbox, "status_500")
    reply = sandbox.airline.order(sandbox.airline.offer())
    assert "may still have been created" in reply.json()["errors"][0]["message"]


def test_half_a_body_is_no_json(sandbox: Sandbox) -> None:
    # given a fault that cuts bodies
    sandbox.fault("half_json", partner="treasury")
    # when something is committed
    reply = commit(sandbox, "half")
    # then the answer looks well and cannot be read, though it was done
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
    with pytest.raises(json.JSONDecodeError):
        reply.json()
    assert is_committed(sandbox, "half")


def test_a_huge_body_has_fifty_megabytes(sandbox: Sandbox) -> None:
    # given a fault that floods
    sandbox.fault("huge_body", partner="airline")
    # when the body is read as it comes
    with sandbox.airline.http.stream("GET", "/air/orders") as reply:
        size = sum(len(chunk) for chunk in reply.iter_raw())
    # then it is as large as promised
    assert 50_000_000 <= size < 51_000_000


def test_a_client_may_leave_in_the_middle_of_a_huge_body(sandbox: Sandbox) -> None:
    # given a client that stops reading
    sandbox.fault("huge_body", partner="airline")
    with sandbox.airline.http.stream("GET", "/air/orders") as reply:
        next(reply.iter_raw())
    # then the next request is answered
    assert sandbox.airline.http.get("/air/orders").status_code == 200


def test_a_delay_comes_before_the_act(sandbox: Sandbox) -> None:
    # given a delay longer than the client waits
    sandbox.fault("delay", partner="treasury", seconds=0.4)
    with pytest.raises(httpx.ReadTimeout):
        sandbox.partners.put(f"{COMMITMENTS}/late", json=PUTS[COMMITMENTS], timeout=0.1)
    # then nothing is committed yet, and later it is, though nobody waits any more
    assert not is_committed(sandbox, "late")
    time.sleep(0.5)
    assert is_committed(sandbox, "late")


def test_a_delayed_order_can_be_read_as_soon_as_it_is_answered(sandbox: Sandbox) -> None:
    # given a short delay
    fault_on_orders(sandbox, "delay", seconds=0.1)
    # when an order is answered after it
    order = sandbox.airline.booked()
    # then it is there
    assert sandbox.airline.read(order)["id"] == order["id"]


def test_other_requests_are_answered_during_a_delay(sandbox: Sandbox) -> None:
    # given a request that is delayed
    sandbox.fault("delay", partner="treasury", seconds=5)
    with pytest.raises(httpx.ReadTimeout):
        sandbox.partners.get(f"{COMMITMENTS}/x", timeout=0.05)
    # then another one is not
    begun = time.monotonic()
    sandbox.partners.get(f"{COMMITMENTS}/x")
    assert time.monotonic() - begun < 1


def test_an_accepted_order_appears_later(sandbox: Sandbox) -> None:
    # given an offer and a fault that accepts it
    offer = sandbox.airline.offer()
    fault_on_orders(sandbox, "accepted_202", seconds=0.5)
    # when it is ordered
    reply = sandbox.airline.order(offer)
    # then the answer is only a message, the airline has the order, and nobody can read it
    assert (reply.status_code, set(reply.json()["data"])) == (202, {"message"})
    (made,) = [order for order in sandbox.control.get("/orders").json() if order["offer_id"] == offer["id"]]
    assert orders(sandbox.airline, offer) == []
    assert codes(sandbox.airline.http.get(f"/air/orders/{made['id']}")) == ["not_found"]
    assert made["id"] not in sandbox.control.get("/events").text
    # and later it is there, with the event that says so
    time.sleep(0.6)
    assert [order["id"] for order in orders(sandbox.airline, offer)] == [made["id"]]
    events = [entry["event"] for entry in sandbox.control.get("/events").json()]
    assert [event["type"] for event in events if event["data"]["object"].get("id") == made["id"]] == ["order.created"]


def test_an_accepted_order_may_fail_in_the_end(sandbox: Sandbox) -> None:
    # given an offer and a fault that accepts it in vain
    offer = sandbox.airline.offer()
    fault_on_orders(sandbox, "accepted_202_failed")
    # when it is ordered
    assert sandbox.airline.order(offer).status_code == 202
    # then there is an event about the failure, no order, and the offer is used up
    events = [entry["event"] for entry in sandbox.control.get("/events").json()]
    failed = [event for event in events if event["data"]["object"].get("offer_id") == offer["id"]]
    assert [event["type"] for event in failed] == ["order.creation_failed"]
    assert orders(sandbox.airline, offer) == []
    assert codes(sandbox.airline.order(offer)) == ["order_creation_already_attempted"]


def test_an_order_that_makes_no_sense_is_refused_and_not_accepted(sandbox: Sandbox) -> None:
    fault_on_orders(sandbox, "accepted_202")
    assert sandbox.airline.order(sandbox.airline.offer(), passengers=[]).status_code == 422


def test_a_fault_happens_as_often_as_ordered(sandbox: Sandbox) -> None:
    # given a fault for two requests
    sandbox.fault("status_503", partner="treasury", times=2)
    # when three come
    statuses = [sandbox.partners.get(f"{COMMITMENTS}/x").status_code for _ in range(3)]
    # then the third is answered, and no fault stands
    assert statuses == [503, 503, 404]
    assert sandbox.control.get("/faults").json() == []


def test_a_fault_meets_only_what_it_is_ordered_for(sandbox: Sandbox) -> None:
    # given a fault on reading offers
    sandbox.fault("status_500", partner="airline", method="GET", path="/air/offers/")
    # when other requests come first
    offer = sandbox.airline.offer()
    listed = sandbox.airline.http.get("/air/offers", params={"offer_request_id": "orq_x"})
    priced = sandbox.airline.http.post(f"/air/offers/{offer['id']}/actions/price", json={"data": {}})
    read = sandbox.airline.http.get(f"/air/offers/{offer['id']}")
    # then only the reading fails
    assert [reply.status_code for reply in (listed, priced, read)] == [404, 200, 500]


def test_faults_happen_in_the_order_they_were_ordered(sandbox: Sandbox) -> None:
    # given a fault for one partner and then one for any
    sandbox.fault("status_503", partner="treasury")
    sandbox.fault("status_500", partner="*")
    # when the partner is asked three times
    statuses = [sandbox.partners.get(f"{COMMITMENTS}/x").status_code for _ in range(3)]
    # then each happened once
    assert statuses == [503, 500, 404]


def test_faults_can_be_read_and_called_off(sandbox: Sandbox) -> None:
    # given a fault
    sandbox.fault("drop_before", partner="airline", method="post", path="/air/payments", times=4)
    (standing,) = sandbox.control.get("/faults").json()
    assert (standing["method"], standing["kind"], standing["times"]) == ("POST", "drop_before", 4)
    # when all are called off
    assert sandbox.control.delete("/faults").json() == {"deleted": 1}
    # then none stands
    assert sandbox.control.get("/faults").json() == []


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "explode"},
        {"partner": "nobody"},
        {"times": 0},
        {"seconds": -1},
        {"colour": "red"},
        {"kind": "accepted_202", "path": "*"},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(sandbox: Sandbox, change: JSON) -> None:
    good = {"partner": "airline", "method": "POST", "path": "/air/orders", "kind": "delay"}
    assert sandbox.control.post("/faults", json=good).status_code == 200
    assert sandbox.control.post("/faults", json=good | change).status_code == 422
