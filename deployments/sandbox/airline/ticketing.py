"""Ticketing: what happens the moment an order is paid."""

import json
from datetime import datetime

from deployments.sandbox.airline import events, shelf
from deployments.sandbox.airline.ids import new_id, new_ticket_number
from deployments.sandbox.airline.network import ASIANA, DUFFEL_AIRWAYS, KOREAN_AIR, THAI, VIETNAM_AIRLINES
from deployments.sandbox.airline.shelf import ShelvedOrder
from deployments.sandbox.airline.wire import JSON, utc
from deployments.sandbox.storage import Storage

TICKET_CODES = {
    carrier.iata_code: carrier.ticket_code for carrier in (KOREAN_AIR, ASIANA, VIETNAM_AIRLINES, THAI, DUFFEL_AIRWAYS)
}


def issue(storage: Storage, order: ShelvedOrder, *, told_at: datetime) -> JSON:
    """
    Take the order's total from the balance, issue one ticket for each passenger and return the payment.

    The event about it is seen from `told_at` on.
    """
    now = storage.now()
    status = order.body["payment_status"]
    status["awaiting_payment"] = False
    status["paid_at"] = utc(now)
    code = TICKET_CODES[order.body["owner"]["iata_code"]]
    order.body["documents"] = [
        {
            "type": "electronic_ticket",
            "unique_identifier": new_ticket_number(code),
            "passenger_ids": [passenger["id"]],
        }
        for passenger in order.body["passengers"]
    ]
    shelf.update_order(storage, order)
    payment = {
        "id": new_id("pay"),
        "live_mode": False,
        "type": "balance",
        "status": "succeeded",
        "order_id": order.order_id,
        "amount": order.body["total_amount"],
        "currency": order.body["total_currency"],
        "created_at": utc(now),
    }
    storage.execute(
        "INSERT INTO payments (id, order_id, body) VALUES (?, ?, ?)", payment["id"], order.order_id, json.dumps(payment)
    )
    events.record(
        storage,
        "payment.created",
        about={"id": payment["id"], "order_id": order.order_id},
        idempotency_key=payment["id"],
        occurs_at=told_at,
    )
    return payment
