from decimal import Decimal
from uuid import uuid4

import pytest

from tests.sandbox.harness import JSON, Sandbox


def commit(sandbox: Sandbox, commitment_id: str, amount: str = "230.00") -> JSON:
    body = {
        "case_reference": "KHM-2026-0042",
        "total": {"amount": amount, "currency": "USD"},
        "items": [{"kind": "fare", "amount": amount, "currency": "USD"}],
    }
    reply = sandbox.partners.put(f"/treasury/v1/commitments/{commitment_id}", json=body)
    commitment: JSON = reply.raise_for_status().json()
    return commitment


@pytest.fixture
def commitment_id(sandbox: Sandbox) -> str:
    """A commitment that stands."""
    made = str(uuid4())
    commit(sandbox, made)
    return made


def payment_from(commitment_id: str) -> JSON:
    return {"commitment_id": commitment_id, "payee": "Korean Air", "amount": {"amount": "230.00", "currency": "USD"}}


@pytest.mark.parametrize("currency", ["USD", "KHR", "THB", "VND", "EUR", "CNY"])
def test_a_currency_has_one_rate_a_day(sandbox: Sandbox, currency: str) -> None:
    # when the rate of one day is read twice
    parameters = {"currency": currency, "on": "2026-12-01"}
    first, second = (sandbox.partners.get("/treasury/v1/rates", params=parameters).json() for _ in range(2))
    # then it is the same positive number of won, with its source and day
    assert first == second
    assert Decimal(first["rate"]) > 0
    assert (first["currency"], first["quote"], first["on"]) == (currency, "KRW", "2026-12-01")
    assert first["source"]


def test_rates_move_from_day_to_day(sandbox: Sandbox) -> None:
    # when ten days are read
    rates = {
        sandbox.partners.get("/treasury/v1/rates", params={"currency": "USD", "on": f"2026-12-{day}"}).json()["rate"]
        for day in range(10, 20)
    }
    # then they are not all alike
    assert len(rates) > 3


@pytest.mark.parametrize("parameters", [{"currency": "XAU", "on": "2026-12-01"}, {"currency": "USD"}])
def test_a_rate_nobody_sets_is_refused(sandbox: Sandbox, parameters: dict[str, str]) -> None:
    assert sandbox.partners.get("/treasury/v1/rates", params=parameters).status_code == 422


@pytest.mark.parametrize("amount", ["0.01", "10000000", "9" * 200 + ".99"])
def test_no_amount_is_too_large(sandbox: Sandbox, amount: str) -> None:
    assert commit(sandbox, str(uuid4()), amount)["status"] == "posted"


@pytest.mark.parametrize("amount", ["1,000", "1e6", "", "NaN", "1."])
def test_an_amount_is_a_plain_decimal(sandbox: Sandbox, amount: str) -> None:
    body = payment_from("x") | {"amount": {"amount": amount, "currency": "USD"}}
    assert sandbox.partners.put(f"/treasury/v1/payments/{uuid4()}", json=body).status_code == 422


def test_a_commitment_is_reversed_once_however_often_it_is_asked(sandbox: Sandbox, commitment_id: str) -> None:
    # given a commitment
    address = f"/treasury/v1/commitments/{commitment_id}"
    posted = sandbox.partners.get(address).json()
    # when it is reversed twice
    first, second = (sandbox.partners.post(f"{address}/reversal") for _ in range(2))
    # then both answers say the same, and so does reading and committing again
    assert first.json() == second.json() == {**posted, "status": "reversed"}
    assert sandbox.partners.get(address).json() == commit(sandbox, commitment_id) == first.json()


def test_a_commitment_nobody_made_cannot_be_reversed(sandbox: Sandbox) -> None:
    assert sandbox.partners.post(f"/treasury/v1/commitments/{uuid4()}/reversal").status_code == 404


def test_a_payment_put_twice_is_paid_once(sandbox: Sandbox, commitment_id: str) -> None:
    # given a payment
    address = f"/treasury/v1/payments/{uuid4()}"
    paid = sandbox.partners.put(address, json=payment_from(commitment_id)).raise_for_status().json()
    # when it is put again
    again = sandbox.partners.put(address, json=payment_from(commitment_id)).json()
    # then it is the same payment
    assert again == paid == sandbox.partners.get(address).json()
    assert paid["status"] == "paid"


def test_nothing_is_paid_out_of_a_commitment_that_does_not_stand(sandbox: Sandbox, commitment_id: str) -> None:
    # given a reversed commitment
    sandbox.partners.post(f"/treasury/v1/commitments/{commitment_id}/reversal").raise_for_status()
    # when money is asked from it, and from one nobody made
    replies = [
        sandbox.partners.put(f"/treasury/v1/payments/{uuid4()}", json=payment_from(each))
        for each in (commitment_id, "nowhere")
    ]
    # then both are refused
    assert [(reply.status_code, reply.json()["error"]["code"]) for reply in replies] == [
        (409, "commitment_reversed"),
        (422, "unknown_commitment"),
    ]
