"""Cancellations: a quote of what comes back, then its confirmation."""

import json
from datetime import timedelta

from fastapi import APIRouter

from deployments.sandbox.airline import shelf
from deployments.sandbox.airline.errors import refused
from deployments.sandbox.airline.ids import new_id
from deployments.sandbox.airline.network import SCRIPTS, Script
from deployments.sandbox.airline.shelf import ShelvedOrder
from deployments.sandbox.airline.wire import JSON, Data, utc
from deployments.sandbox.contract import Store
from deployments.sandbox.storage import Storage, decoded

QUOTE_LIFETIME = timedelta(hours=1)

router = APIRouter()


@router.post("/air/order_cancellations", status_code=201)
async def quote(data: Data, storage: Store) -> JSON:
    """Say what a cancellation gives back; nothing is cancelled yet."""
    order_id = data.get("order_id")
    if not isinstance(order_id, str):
        raise refused("validation_required", "Field 'order_id' can't be blank", "/data/order_id")
    order = _live(storage, order_id)
    now = storage.now()
    cancellation = {
        "id": new_id("ore"),
        "live_mode": False,
        "order_id": order_id,
        **_refund(order, utc(now)[:10]),
        "created_at": utc(now),
        "expires_at": utc(now + QUOTE_LIFETIME),
        "confirmed_at": None,
    }
    order.body["cancellation"] = cancellation
    with storage.transaction():
        storage.execute(
            "INSERT INTO cancellations VALUES (?, ?, ?)", cancellation["id"], order_id, json.dumps(cancellation)
        )
        shelf.update_order(storage, order)
    return {"data": cancellation}


@router.get("/air/order_cancellations/{cancellation_id}")
async def read(cancellation_id: str, storage: Store) -> JSON:
    """Return a cancellation, confirmed or not."""
    return {"data": _cancellation(storage, cancellation_id)}


@router.post("/air/order_cancellations/{cancellation_id}/actions/confirm")
async def confirm(cancellation_id: str, storage: Store) -> JSON:
    """Cancel the order on the terms quoted."""
    cancellation = _cancellation(storage, cancellation_id)
    order = _live(storage, cancellation["order_id"])
    now = utc(storage.now())
    if cancellation["expires_at"] <= now:
        raise refused("order_not_cancellable", "The quote has expired; ask for another.")
    cancellation["confirmed_at"] = now
    order.body["cancelled_at"] = now
    order.body["cancellation"] = cancellation
    order.body["available_actions"] = ["update"]
    order.body["payment_status"]["awaiting_payment"] = False
    with storage.transaction():
        storage.execute("UPDATE cancellations SET body = ? WHERE id = ?", json.dumps(cancellation), cancellation_id)
        shelf.update_order(storage, order)
    return {"data": cancellation}


def _live(storage: Storage, order_id: str) -> ShelvedOrder:
    order = shelf.order(storage, order_id)
    if order.body["cancelled_at"] is not None:
        raise refused("already_cancelled", "The order is already cancelled.")
    return order


def _cancellation(storage: Storage, cancellation_id: str) -> JSON:
    row = storage.row("SELECT body FROM cancellations WHERE id = ?", cancellation_id)
    if row is None:
        raise refused("not_found", "There is no order cancellation with this id.")
    return decoded(row["body"])


def _refund(order: ShelvedOrder, on: str) -> JSON:
    """Return the whole total for a paid order and nothing for a hold; one scripted route gives credits, not money."""
    currency = order.body["total_currency"]
    if order.body["payment_status"]["paid_at"] is None:
        return {
            "refund_amount": "0.00",
            "refund_currency": currency,
            "refund_to": "awaiting_payment",
            "airline_credits": [],
        }
    total = order.body["total_amount"]
    if SCRIPTS.get(order.route) is not Script.refund_in_credits:
        return {"refund_amount": total, "refund_currency": currency, "refund_to": "balance", "airline_credits": []}
    credit = {
        "id": new_id("acd"),
        "credit_amount": total,
        "credit_currency": currency,
        "credit_code": order.body["documents"][0]["unique_identifier"],
        "credit_name": "Duffel Airways credit",
        "issued_on": on,
        "passenger_id": order.body["passengers"][0]["id"],
    }
    return {
        "refund_amount": total,
        "refund_currency": currency,
        "refund_to": "airline_credits",
        "airline_credits": [credit],
    }
