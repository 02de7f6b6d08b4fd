"""Changes the airline makes by itself: on one scripted route, every reading of them moves the flight by one hour."""

import copy
import json
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from deployments.sandbox.airline import events, shelf
from deployments.sandbox.airline.errors import refused
from deployments.sandbox.airline.ids import new_id
from deployments.sandbox.airline.network import SCRIPTS, Script
from deployments.sandbox.airline.shelf import ShelvedOrder
from deployments.sandbox.airline.wire import JSON, Data, local, utc
from deployments.sandbox.contract import Store
from deployments.sandbox.storage import Storage, decoded

LATER = timedelta(hours=1)
ACTIONS = ("accepted", "cancelled", "changed")
DETECTED = "order.airline_initiated_change_detected"

router = APIRouter()


@router.get("/air/airline_initiated_changes")
async def list_changes(order_id: Annotated[str, Query()], storage: Store) -> JSON:
    """Return the changes of an order, the oldest first."""
    order = shelf.order(storage, order_id)
    if SCRIPTS.get(order.route) is Script.airline_changes and order.body["cancelled_at"] is None:
        move_flights(storage, order, by=LATER)
    return {"data": _changes(storage, order_id)}


@router.patch("/air/airline_initiated_changes/{change_id}")
async def note_action(change_id: str, data: Data, storage: Store) -> JSON:
    """Keep what was done about a change elsewhere; nothing is done about it here."""
    action = data.get("action_taken")
    if action not in ACTIONS:
        message = f"Field 'action_taken' must be one of {', '.join(ACTIONS)}"
        raise refused("validation_inclusion", message, "/data/action_taken")
    return {"data": _act(storage, change_id, action)}


@router.post("/air/airline_initiated_changes/{change_id}/actions/accept")
async def accept(change_id: str, storage: Store) -> JSON:
    """Accept a change; only the latest of an order can be."""
    return {"data": _act(storage, change_id, "accepted")}


def _act(storage: Storage, change_id: str, action: str) -> JSON:
    row = storage.row("SELECT order_id FROM airline_changes WHERE id = ?", change_id)
    if row is None:
        raise refused("not_found", "There is no airline-initiated change with this id.")
    changes = _changes(storage, row["order_id"])
    latest = changes[-1]
    if latest["id"] != change_id:
        raise refused("stale_airline_initiated_change_accept", "A later change has replaced this one.")
    latest["action_taken"] = action
    latest["action_taken_at"] = latest["updated_at"] = utc(storage.now())
    latest["available_actions"] = []
    order = shelf.order(storage, row["order_id"])
    order.body["airline_initiated_changes"] = changes
    with storage.transaction():
        storage.execute("UPDATE airline_changes SET body = ? WHERE id = ?", json.dumps(latest), change_id)
        shelf.update_order(storage, order)
    return latest


def _changes(storage: Storage, order_id: str) -> list[JSON]:
    rows = storage.rows("SELECT body FROM airline_changes WHERE order_id = ? ORDER BY seq", order_id)
    return [decoded(row["body"]) for row in rows]


def move_flights(storage: Storage, order: ShelvedOrder, *, by: timedelta, first: int = 0) -> None:
    """Move the flights of an order from the `first` on; slices and segments get new ids, and the order shows them."""
    added = copy.deepcopy(order.body["slices"])
    for part in added:
        part["id"] = new_id("sli")
        for segment in part["segments"][first:]:
            segment["id"] = new_id("seg")
            for field in ("departing_at", "arriving_at"):
                segment[field] = local(datetime.fromisoformat(segment[field]) + by)
    _change(storage, order, added)


def take_flights_away(storage: Storage, order: ShelvedOrder) -> None:
    """Cancel every flight of an order without another instead; the order itself stands, and shows them still."""
    _change(storage, order, [])


def _change(storage: Storage, order: ShelvedOrder, added: list[JSON]) -> None:
    """Keep a change, and tell of it."""
    now, removed = utc(storage.now()), order.body["slices"]
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
    order.body["slices"] = added or removed
    order.body["airline_initiated_changes"] = [*order.body["airline_initiated_changes"], change]
    with storage.transaction():
        storage.execute(
            "INSERT INTO airline_changes (id, order_id, body) VALUES (?, ?, ?)",
            change["id"],
            order.order_id,
            json.dumps(change),
        )
        shelf.update_order(storage, order)
        events.record(
            storage,
            DETECTED,
            about={"id": order.order_id, "aic_id": change["id"]},
            idempotency_key=change["id"],
            occurs_at=storage.now(),
        )
