"""Payments of held orders."""

from typing import Annotated

from fastapi import APIRouter, Query

from deployments.sandbox.airline import shelf
from deployments.sandbox.airline.booking import payment_flaws
from deployments.sandbox.airline.errors import AirlineRefused, Flaw, refused
from deployments.sandbox.airline.shelf import ShelvedOrder
from deployments.sandbox.airline.ticketing import issue
from deployments.sandbox.airline.wire import JSON, Data, Page, page, utc
from deployments.sandbox.contract import Store
from deployments.sandbox.storage import Storage, decoded

router = APIRouter()


@router.post("/air/payments", status_code=201)
async def pay(data: Data, storage: Store) -> JSON:
    """Pay a held order at exactly its present total; its tickets are issued at once."""
    order_id = data.get("order_id")
    if not isinstance(order_id, str):
        raise refused("validation_required", "Field 'order_id' can't be blank", "/data/order_id")
    order = shelf.order(storage, order_id)
    _check_payable(order, storage)
    flaws = [
        _as_price_change(flaw, order)
        for flaw in payment_flaws(
            data.get("payment"),
            amount=order.body["total_amount"],
            currency=order.body["total_currency"],
            pointer="/data/payment",
        )
    ]
    if flaws:
        raise AirlineRefused(flaws)
    with storage.transaction():
        return {"data": issue(storage, order, told_at=storage.now())}


@router.get("/air/payments")
async def list_payments(order_id: Annotated[str, Query()], window: Page, storage: Store) -> JSON:
    """Return the payments of an order."""
    rows = storage.rows("SELECT id, body FROM payments WHERE order_id = ? ORDER BY seq", order_id)
    payments = {row["id"]: decoded(row["body"]) for row in rows}
    chosen, meta = page(list(payments), window)
    return {"data": [payments[payment_id] for payment_id in chosen], "meta": meta}


@router.get("/air/payments/{payment_id}")
async def read_payment(payment_id: str, storage: Store) -> JSON:
    """Return one payment."""
    row = storage.row("SELECT body FROM payments WHERE id = ?", payment_id)
    if row is None:
        raise refused("not_found", "There is no payment with this id.")
    return {"data": decoded(row["body"])}


def _check_payable(order: ShelvedOrder, storage: Storage) -> None:
    status = order.body["payment_status"]
    if order.body["type"] != "hold":
        raise refused("order_type_not_eligible_for_payment", "Only a held order is paid this way.", "/data/order_id")
    if status["paid_at"] is not None:
        raise refused("already_paid", "The order is already paid.")
    if status["payment_required_by"] <= utc(storage.now()):
        raise refused("past_payment_required_by_date", "The order's payment_required_by date has elapsed.")
    if order.body["cancelled_at"] is not None:
        raise refused("already_cancelled", "The order is cancelled.")


def _as_price_change(flaw: Flaw, order: ShelvedOrder) -> Flaw:
    """Return why the amount no longer fits, where the airline has taken its price guarantee back."""
    guaranteed = order.body["payment_status"]["price_guarantee_expires_at"] is not None
    if flaw.code != "payment_amount_does_not_match_order_amount" or guaranteed:
        return flaw
    return Flaw("price_changed", "The price has changed since the booking; read the order again.", flaw.pointer)
