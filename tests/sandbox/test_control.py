"""What the control port tells."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from deployments.sandbox.airline.events import SIGNING_KEY, signature
from tests.sandbox.harness import Sandbox, traveller, vector
from tests.sandbox.test_border_control import register
from tests.sandbox.test_contracts import PUTS
from tests.sandbox.test_lookouts import report
from tests.sandbox.test_offices import receipt_for


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox nobody has used before the tests of this module."""
    with Sandbox(tmp_path_factory.mktemp("sandbox") / "counted.sqlite") as running:
        yield running


def test_a_new_sandbox_has_nothing(counted: Sandbox) -> None:
    # given a sandbox nobody has used
    counts = counted.counts()
    # then every count is empty
    assert [name for name, value in counts.items() if value] == []


def test_orders_are_counted_by_state_and_by_traveller(counted: Sandbox) -> None:
    # given one paid order, one hold of a couple, one cancelled order and one nobody can read yet
    airline = counted.airline
    airline.booked()
    couple = airline.offer(passengers=[{"type": "adult"}] * 2)
    airline.order(couple, kind="hold").raise_for_status()
    airline.cancel(airline.booked())
    counted.fault("accepted_202", partner="airline", method="POST", path="/air/orders", seconds=3600)
    offer = airline.offer()
    airline.order(offer, passengers=[traveller(offer, family_name="Kim")]).raise_for_status()
    # when the control port counts
    counts = counted.counts()
    # then each is in its place
    assert (counts["orders_live"], counts["orders_paid"]) == (3, 2)
    assert (counts["holds_unpaid"], counts["orders_cancelled"], counts["payments"]) == (1, 1, 3)
    assert counts["orders_live_by_traveller"] == {
        "HONG/GILDONG/1995-01-01": 2,
        "HONG/CHULSOO/1995-01-01": 1,
        "KIM/GILDONG/1995-01-01": 1,
    }
    assert counts["holds_unpaid_by_traveller"] == {"HONG/GILDONG/1995-01-01": 1, "HONG/CHULSOO/1995-01-01": 1}
    # The order that was cancelled was paid too.
    assert counts["payments_by_traveller"] == {"HONG/GILDONG/1995-01-01": 2, "KIM/GILDONG/1995-01-01": 1}
    assert len(counted.control.get("/orders").json()) == 4


def test_what_the_other_partners_hold_is_counted(counted: Sandbox) -> None:
    # given two commitments, one of them reversed
    for commitment_id in ("a", "b"):
        counted.partners.put(f"/treasury/v1/commitments/{commitment_id}", json=PUTS["/treasury/v1/commitments"])
    counted.partners.post("/treasury/v1/commitments/a/reversal")
    # and two documents of one person, one of them void, and a lost one
    register(counted, "R1")
    register(counted, "R2", status="void")
    register(counted, "R3", status="cancelled")
    report(counted, "M1", "lost")
    # and an accepted and a refused offer, with a receipt
    for status in ("refused", "accepted"):
        counted.control.post("/answers", json={"partner": "receiving-agency", "status": status})
        offer_id = str(uuid4())
        counted.partners.put(f"/receiving-agency/v1/offers/{offer_id}", json=PUTS["/receiving-agency/v1/offers"])
    counted.partners.put("/receiving-agency/v1/receipts/r", json=receipt_for(offer_id)).raise_for_status()
    # when the control port counts
    counts = counted.counts()
    # then each is in its place
    assert (counts["commitments_posted"], counts["commitments_reversed"]) == (1, 1)
    assert counts["documents_valid"] == 1
    assert counts["documents_valid_by_holder"] == {"HONG/GIL-DONG/1995-01-01": 1}
    assert sorted(counts["documents_issued"]) == ["R1", "R3"]
    case = PUTS["/treasury/v1/commitments"]["case_reference"]
    assert counts["commitments_posted_by_case"] == {case: 1}
    assert counts["receipts_by_case"] == {PUTS["/receiving-agency/v1/offers"]["case_reference"]: 1}
    assert (counts["lost_reports"], counts["offers_accepted"], counts["receipts"]) == (1, 1, 1)


def test_the_log_has_every_request_without_what_it_said(sandbox: Sandbox) -> None:
    # given a search by name and a request with a body
    sandbox.airline.http.get("/air/orders", params={"passenger_name[]": "Zyzzyva"})
    order = sandbox.airline.booked()
    # when the log is read, whole and by its filters
    whole = sandbox.control.get("/requests")
    filters = {"partner": "airline", "method": "POST", "path": "/air/ord"}
    filtered = sandbox.control.get("/requests", params=filters).json()
    # then each entry has its frame and nothing personal
    assert set(whole.json()[-1]) == {"at", "partner", "method", "path", "status", "request_id"}
    assert "Zyzzyva" not in whole.text
    assert order["passengers"][0]["family_name"] not in whole.text
    assert (filtered[-1]["path"], filtered[-1]["status"]) == ("/air/orders", 201)
    assert {(each["partner"], each["method"]) for each in filtered} == {("airline", "POST")}


def test_an_event_is_signed_over_its_raw_body(sandbox: Sandbox) -> None:
    # given the event of a new order
    order = sandbox.airline.booked()
    entries = sandbox.control.get("/events").json()
    entry = next(each for each in entries if each["event"]["data"]["object"].get("id") == order["id"])
    # when its signature is made again from moment and body
    moment, _, digest = entry["signature"].removeprefix("t=").partition(",v1=")
    expected = hmac.new(SIGNING_KEY.encode(), f"{moment}.{entry['body']}".encode(), hashlib.sha256).hexdigest()
    # then it is the same, and the body is the event
    assert digest == expected
    assert json.loads(entry["body"]) == entry["event"]


def test_signatures_are_made_as_duffel_makes_them() -> None:
    published = vector("duffel/webhook-signature.json")
    assert signature(published["body"], key=published["secret"], at=1641667496) == published["signature"]


def test_paying_a_hold_is_an_event(sandbox: Sandbox) -> None:
    order = sandbox.airline.booked("KE", kind="hold")
    payment = sandbox.airline.data(sandbox.airline.pay(order))
    events = [entry["event"] for entry in sandbox.control.get("/events").json()]
    assert [event["type"] for event in events if event["idempotency_key"] == payment["id"]] == ["payment.created"]


@pytest.mark.parametrize("delta", ["ten", "1.234", "1e3", ""])
def test_a_price_moves_by_a_plain_amount(sandbox: Sandbox, delta: str) -> None:
    assert sandbox.control.post("/prices", json={"delta": delta}).status_code == 422


def test_time_passes_for_every_partner_at_once(ageing: Sandbox) -> None:
    # given the moment the sandbox has
    before = datetime.fromisoformat(ageing.control.get("/health").json()["now"])
    # when a day passes
    ageing.advance(days=1)
    # then partners date what they do a day later
    clearances = "/host-authority/v1/clearances"
    clearance = ageing.partners.put(f"{clearances}/{uuid4()}", json=PUTS[clearances]).json()
    assert datetime.fromisoformat(clearance["valid_until"]) >= before + timedelta(days=31, seconds=-1)


def test_time_never_runs_backwards(sandbox: Sandbox) -> None:
    assert sandbox.control.post("/clock", json={"advance_seconds": -1}).status_code == 422
