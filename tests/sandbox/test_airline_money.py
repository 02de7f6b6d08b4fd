"""Paying holds, losing them, and cancelling."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.sandbox.harness import JSON, Airline, Sandbox, codes


def payments(airline: Airline, order: JSON) -> list[JSON]:
    found: list[JSON] = airline.http.get("/air/payments", params={"order_id": order["id"]}).json()["data"]
    return found


def cancellation(airline: Airline, order: JSON) -> JSON:
    return airline.data(airline.http.post("/air/order_cancellations", json={"data": {"order_id": order["id"]}}))


def test_a_hold_is_paid_once_and_then_ticketed(airline: Airline) -> None:
    # given a hold
    order = airline.booked("KE", kind="hold")
    # when it is paid
    payment = airline.data(airline.pay(order))
    # then the payment is the only one, and the order has a ticket at an unchanged total
    paid = airline.read(order)
    assert (payment["status"], payment["amount"]) == ("succeeded", order["total_amount"])
    assert payments(airline, order) == [payment]
    assert airline.data(airline.http.get(f"/air/payments/{payment['id']}")) == payment
    assert paid["payment_status"]["awaiting_payment"] is False
    assert paid["total_amount"] == order["total_amount"]
    assert len(paid["documents"]) == 1


def test_a_hold_paid_twice_is_paid_once(airline: Airline) -> None:
    # given a paid hold
    order = airline.booked(kind="hold")
    airline.pay(order).raise_for_status()
    # when it is paid again
    reply = airline.pay(order)
    # then the airline says so and takes nothing
    assert codes(reply) == ["already_paid"]
    assert len(payments(airline, order)) == 1


def test_an_instant_order_needs_no_payment(airline: Airline) -> None:
    assert codes(airline.pay(airline.booked())) == ["order_type_not_eligible_for_payment"]


@pytest.mark.parametrize(
    ("payment", "code"),
    [
        ({"type": "balance", "amount": "1.00", "currency": "USD"}, "payment_amount_does_not_match_order_amount"),
        ({"type": "balance", "amount": "1.00", "currency": "KRW"}, "payment_currency_does_not_match_order_currency"),
        ({"type": "voucher", "amount": "1.00", "currency": "KRW"}, "validation_inclusion"),
        (None, "validation_required"),
    ],
)
def test_a_payment_that_does_not_fit_pays_nothing(airline: Airline, payment: JSON | None, code: str) -> None:
    # given a hold
    order = airline.booked(kind="hold")
    # when something else than its total is offered
    reply = airline.http.post("/air/payments", json={"data": {"order_id": order["id"], "payment": payment}})
    # then it stays unpaid
    assert codes(reply)[0] == code
    assert airline.read(order)["payment_status"]["awaiting_payment"] is True


@pytest.mark.parametrize(("order_id", "code"), [(None, "validation_required"), ("ord_x", "not_found")])
def test_a_payment_names_an_order(airline: Airline, order_id: str | None, code: str) -> None:
    assert codes(airline.http.post("/air/payments", json={"data": {"order_id": order_id}})) == [code]


def test_a_price_raised_under_a_hold_is_read_again_before_it_is_paid(sandbox: Sandbox) -> None:
    # given a hold and a paid order
    airline = sandbox.airline
    hold, paid = airline.booked("KE", kind="hold"), airline.booked("KE")
    # when the airline raises its prices
    sandbox.control.post("/prices", json={"delta": "10.00"}).raise_for_status()
    # then the old total is refused, and the order read again can be paid at the new one
    assert codes(airline.pay(hold)) == ["price_changed"]
    dearer = airline.read(hold)
    assert Decimal(dearer["total_amount"]) == Decimal(hold["total_amount"]) + 10
    assert dearer["payment_status"]["price_guarantee_expires_at"] is None
    assert airline.pay(dearer).status_code == 201
    assert airline.read(paid)["total_amount"] == paid["total_amount"]


def test_a_hold_lapses_at_its_deadline(ageing: Sandbox) -> None:
    # given a hold whose deadline is a minute away
    airline = ageing.airline
    order = airline.booked("KE", kind="hold")
    ageing.advance(hours=72, minutes=-1)
    assert airline.read(order)["cancelled_at"] is None
    # when that minute passes
    ageing.advance(minutes=1)
    # then it is cancelled as of its deadline, and cannot be paid any more
    lapsed = airline.read(order)
    assert lapsed["cancelled_at"] == order["payment_status"]["payment_required_by"]
    assert lapsed["payment_status"]["awaiting_payment"] is False
    assert codes(airline.pay(order)) == ["past_payment_required_by_date"]


@pytest.mark.parametrize(
    ("kind", "refund_to"), [("instant", "balance"), ("hold", "awaiting_payment")], ids=["paid", "unpaid"]
)
def test_a_cancellation_is_quoted_and_then_confirmed(airline: Airline, kind: str, refund_to: str) -> None:
    # given an order
    order = airline.booked("KE", kind=kind)
    # when its cancellation is quoted
    quote = cancellation(airline, order)
    # then nothing has happened yet
    assert airline.read(order)["cancelled_at"] is None
    assert airline.read(order)["cancellation"] == quote
    assert (quote["refund_to"], quote["confirmed_at"]) == (refund_to, None)
    assert quote["refund_amount"] == (order["total_amount"] if kind == "instant" else "0.00")
    # and when it is confirmed, it has
    confirmed = airline.data(airline.http.post(f"/air/order_cancellations/{quote['id']}/actions/confirm"))
    cancelled = airline.read(order)
    assert cancelled["cancelled_at"] == confirmed["confirmed_at"]
    assert cancelled["available_actions"] == ["update"]
    assert airline.data(airline.http.get(f"/air/order_cancellations/{quote['id']}")) == confirmed


def test_what_is_cancelled_is_not_cancelled_again(airline: Airline) -> None:
    # given a cancelled order
    order = airline.booked(kind="hold")
    confirmed = airline.cancel(order)
    # when it is quoted, confirmed and paid again
    replies = [
        airline.http.post("/air/order_cancellations", json={"data": {"order_id": order["id"]}}),
        airline.http.post(f"/air/order_cancellations/{confirmed['id']}/actions/confirm"),
        airline.pay(order),
    ]
    # then each is refused as already done
    assert [codes(reply) for reply in replies] == [["already_cancelled"]] * 3


def test_a_cancelled_order_still_takes_metadata(airline: Airline) -> None:
    order = airline.booked()
    airline.cancel(order)
    reply = airline.http.patch(f"/air/orders/{order['id']}", json={"data": {"metadata": {"k": "v"}}})
    assert airline.data(reply)["metadata"] == {"k": "v"}


def test_a_quote_stands_for_an_hour(ageing: Sandbox) -> None:
    # given a quote
    airline = ageing.airline
    order = airline.booked("KE")
    quote = cancellation(airline, order)
    # when an hour has passed
    ageing.advance(seconds=timedelta(hours=1).total_seconds())
    # then it needs another
    assert codes(airline.http.post(f"/air/order_cancellations/{quote['id']}/actions/confirm")) == [
        "order_not_cancellable"
    ]
    assert airline.read(order)["cancelled_at"] is None
    assert airline.cancel(order)["confirmed_at"] is not None


@pytest.mark.parametrize("order_id", [None, "ord_x"])
def test_only_an_order_can_be_cancelled(airline: Airline, order_id: str | None) -> None:
    reply = airline.http.post("/air/order_cancellations", json={"data": {"order_id": order_id}})
    assert codes(reply) == ["not_found" if order_id else "validation_required"]
