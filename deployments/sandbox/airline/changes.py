"""Changes the airline makes by itself: on one scripted route, every reading of them moves the flight by one hour."""

import copy
import json
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from deployments.sandbox.airline import shelf
from deployments.sandbox.airline.errors import refused
from deployments.sandbox.airline.ids import new_id
from deployments.sandbox.airline.network import SCRIPTS, Script
from deployments.sandbox.airline.shelf import ShelvedOrder
from deployments.sandbox.airline.wire import JSON, local, utc
from deployments.sandbox.contract import Store
from deployments.sandbox.storage import Storage, decoded

LATER = timedelta(hours=1)

router = APIRouter()


@router.get("/air/airline_initiated_changes")
async def list_changes(order_id: Annotated[str, Query()], storage: Store) -> JSON:
    """Return the changes of an order, the oldest first."""
    order = shelf.order(storage, order_id)
    if SCRIPTS.get(order.route) is Script.airline_changes and order.body["cancelled_at"] is None:
        _move_flight(storage, order)
    return {"data": _changes(storage, order_id)}


@router.post("/air/airline_initiated_changes/{change_id}/actions/accept")
async def accept(change_id: str, storage: Store) -> JSON:
    """Accept a change; only the latest of an order can be."""
    row = storage.row("SELECT order_id FROM airline_changes WHERE id = ?", change_id)
    if row is None:
        raise refused("not_found", "There is no airline-initiated change with this id.")
    changes = _changes(storage, row["order_id"])
    latest = changes[-1]
    if latest["id"] != change_id:
        raise refused("stale_airline_initiated_change_accept", "A later change has replaced this one.")
    latest["action_taken"] = "accepted"
    latest["action_taken_at"] = latest["updated_at"] = utc(storage.now())
    latest["available_actions"] = []
    order = shelf.order(storage, row["order_id"])
    order.body["airline_initiated_changes"] = changes
    with storage.transaction():
        storage.execute("UPDATE airline_changes SET body = ? WHERE id = ?", json.dumps(latest), change_id)
        shelf.update_order(storage, order)
    return {"data": latest}


def _changes(storage: Storage, order_id: str) -> list[JSON]:
    rows = storage.rows("SELECT body FROM airline_changes WHERE order_id = ? ORDER BY seq", order_id)
    return [decoded(row["body"]) for row in rows]


def _move_flight(storage: Storage, order: ShelvedOrder) -> None:
    """Move every flight of the order to one hour later; slices and segments get new ids, and the order shows them."""
    now = utc(storage.now())
    removed = order.body["slices"]
    added = copy.deepcopy(removed)
    for part in added:
        part["id"] = new_id("sli")
        for segment in part["segments"]:
            segment["id"] = new_id("seg")
            for field in ("departing_at", "arriving_at"):
                segment[field] = local(datetime.fromisoformat(segment[field]) + LATER)
    change = {
        "id": new_id("aic"),
        "order_id": order.order_id,
        "created_at": now,
        "updated_at": now,
        "action_taken": None,
        "action_taken_at": None,
        "available_actions": ["accept", "cancel", "change"],
        "travel_agent_ticket": None,
        "added": added,
        "removed": removed,
    }
    order.body["slices"] = added
    order.body["airline_initiated_changes"] = [*order.body["airline_initiated_changes"], change]
    with storage.transaction():
        storage.execute(
            "INSERT INTO airline_changes (id, order_id, body) VALUES (?, ?, ?)",
            change["id"],
            order.order_id,
            json.dumps(change),
        )
        shelf.update_order(storage, order)
