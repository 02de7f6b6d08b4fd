"""Partners where a person answers."""

from uuid import uuid4

import pytest

from tests.sandbox.harness import JSON, Sandbox
from tests.sandbox.test_contracts import PUTS

OFFICES = {
    "carrier-desk": ("/carrier-desk/v1/requests", "pending", "confirmed"),
    "host-authority": ("/host-authority/v1/clearances", "pending", "granted"),
    "receiving-agency": ("/receiving-agency/v1/offers", "offered", "accepted"),
}
every_office = pytest.mark.parametrize("partner", list(OFFICES))


def ask(sandbox: Sandbox, partner: str, record_id: str | None = None, **changes: object) -> JSON:
    collection = OFFICES[partner][0]
    reply = sandbox.partners.put(f"{collection}/{record_id or uuid4()}", json=PUTS[collection] | changes)
    answer: JSON = reply.raise_for_status().json()
    return answer


def script(sandbox: Sandbox, partner: str, status: str, **more: object) -> None:
    sandbox.control.post("/answers", json={"partner": partner, "status": status, **more}).raise_for_status()


@every_office
def test_an_office_says_yes_at_once_unless_told_otherwise(sandbox: Sandbox, partner: str) -> None:
    assert ask(sandbox, partner)["status"] == OFFICES[partner][2]


@every_office
def test_an_office_answers_as_scripted_as_often_as_scripted(sandbox: Sandbox, partner: str) -> None:
    # given two refusals in store
    script(sandbox, partner, "refused", reason="no", times=2)
    # when three requests come
    statuses = [ask(sandbox, partner)["status"] for _ in range(3)]
    # then the third is answered as usual
    assert statuses == ["refused", "refused", OFFICES[partner][2]]


@every_office
def test_a_request_put_again_does_not_use_up_a_scripted_answer(sandbox: Sandbox, partner: str) -> None:
    # given one refusal in store
    script(sandbox, partner, "refused", reason="no")
    # when one request is put three times
    record_id = str(uuid4())
    answers = [ask(sandbox, partner, record_id) for _ in range(3)]
    # then it is refused once, and each answer is that one
    assert answers == [answers[0]] * 3
    assert ask(sandbox, partner)["status"] == OFFICES[partner][2]


@every_office
@pytest.mark.parametrize("answer", ["yes", "refused"])
def test_a_pending_request_is_settled_later(sandbox: Sandbox, partner: str, answer: str) -> None:
    # given a request that waits
    collection, pending, agreed = OFFICES[partner]
    status = agreed if answer == "yes" else "refused"
    script(sandbox, partner, pending)
    record_id = str(uuid4())
    assert ask(sandbox, partner, record_id)["status"] == pending
    # when somebody answers it
    reply = sandbox.control.post(f"/answers/{partner}/{record_id}", json={"status": status, "reason": "because"})
    # then reading and asking again both say so
    settled = sandbox.partners.get(f"{collection}/{record_id}").json()
    assert settled["status"] == status
    assert settled == ask(sandbox, partner, record_id) == reply.json()


@every_office
def test_an_answered_request_cannot_be_settled_again(sandbox: Sandbox, partner: str) -> None:
    # given a request with an answer
    record_id = str(uuid4())
    ask(sandbox, partner, record_id)
    # when somebody answers it once more
    reply = sandbox.control.post(f"/answers/{partner}/{record_id}", json={"status": "refused"})
    # then it stays
    assert reply.status_code == 409


@every_office
def test_a_request_nobody_made_cannot_be_settled(sandbox: Sandbox, partner: str) -> None:
    reply = sandbox.control.post(f"/answers/{partner}/{uuid4()}", json={"status": "refused"})
    assert reply.status_code == 404


@pytest.mark.parametrize(("partner", "status"), [("treasury", "refused"), ("carrier-desk", "granted")])
def test_only_words_an_office_knows_can_be_scripted(sandbox: Sandbox, partner: str, status: str) -> None:
    reply = sandbox.control.post("/answers", json={"partner": partner, "status": status})
    assert reply.status_code == 422


def test_a_desk_names_its_agent_only_once_it_has_answered(sandbox: Sandbox) -> None:
    # given one request that waits and one that is answered
    script(sandbox, "carrier-desk", "pending")
    waiting, answered = ask(sandbox, "carrier-desk"), ask(sandbox, "carrier-desk")
    # then only the second has an agent and a time
    assert (waiting["agent"], waiting["answered_at"]) == (None, None)
    assert answered["agent"]
    assert answered["answered_at"].endswith("Z")


@pytest.mark.parametrize("border_status", ["detained", "released", "rescued", "unknown"])
def test_only_a_detained_person_needs_a_release_order(sandbox: Sandbox, border_status: str) -> None:
    # when clearance is granted
    clearance = ask(sandbox, "host-authority", status_at_border=border_status)
    # then everybody has an exit permit and a term, and only a detained person a release order
    assert clearance["exit_permit"]
    assert clearance["valid_until"].endswith("Z")
    assert bool(clearance["release_order"]) == (border_status == "detained")


def test_the_fine_is_ten_dollars_a_day(sandbox: Sandbox) -> None:
    for number in range(5):
        clearance = ask(sandbox, "host-authority", case_reference=f"KHM-2026-100{number}")
        assert clearance["fine"] == {"amount": f"{clearance['overstay_days'] * 10}.00", "currency": "USD"}


def test_a_refused_clearance_has_a_reason_and_no_papers(sandbox: Sandbox) -> None:
    # given a refusal in store
    script(sandbox, "host-authority", "refused", reason="open case")
    # when clearance is asked for
    clearance = ask(sandbox, "host-authority")
    # then nothing lets the person leave
    assert clearance["reason"] == "open case"
    assert [clearance[paper] for paper in ("exit_permit", "release_order", "valid_until")] == [None, None, None]


def receipt_for(offer_id: str) -> JSON:
    return {
        "offer_id": offer_id,
        "received_by": "Officer 12",
        "received_at": "2026-12-02T07:40:00+09:00",
        "document_number": "R41234567",
    }


def test_a_receipt_for_an_accepted_offer_is_recorded_in_utc(sandbox: Sandbox) -> None:
    # given an accepted offer
    offer_id, receipt_id = str(uuid4()), str(uuid4())
    ask(sandbox, "receiving-agency", offer_id)
    # when the person is acknowledged, with a local time
    address = f"/receiving-agency/v1/receipts/{receipt_id}"
    receipt = sandbox.partners.put(address, json=receipt_for(offer_id)).raise_for_status().json()
    # then it is recorded, and read back the same
    assert receipt["receipt_id"] == receipt_id
    assert receipt["received_at"] == "2026-12-01T22:40:00Z"
    assert sandbox.partners.get(address).json() == receipt


def test_nobody_is_received_on_an_offer_that_was_not_accepted(sandbox: Sandbox) -> None:
    # given a refused offer
    script(sandbox, "receiving-agency", "refused", reason="full")
    offer_id = str(uuid4())
    assert ask(sandbox, "receiving-agency", offer_id)["refusal_reason"] == "full"
    # when a receipt is put for it, and for one that does not exist
    replies = [
        sandbox.partners.put(f"/receiving-agency/v1/receipts/{uuid4()}", json=receipt_for(each))
        for each in (offer_id, str(uuid4()))
    ]
    # then both are refused
    assert [reply.json()["error"]["code"] for reply in replies] == ["offer_not_accepted", "unknown_offer"]
