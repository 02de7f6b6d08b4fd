"""Webhooks: where events are sent, signed with a secret that is told once, until the receiver has taken them."""

import asyncio
import json
import secrets
from datetime import timedelta
from typing import Any

import httpx
from fastapi import APIRouter

from deployments.sandbox.airline import events
from deployments.sandbox.airline.errors import refused
from deployments.sandbox.airline.ids import new_id
from deployments.sandbox.airline.wire import JSON, Data, utc
from deployments.sandbox.contract import Store
from deployments.sandbox.storage import Storage, decoded

EVENTS = (
    "order.created",
    "order.creation_failed",
    "payment.created",
    "order.airline_initiated_change_detected",
    "ping.triggered",
)

FIRST_TRY_AFTER = timedelta(seconds=1)
TRIED_FOR = timedelta(hours=72)
"""As Duffel says; each wait is twice as long as the one before."""

LOOKS_EVERY_S = 0.2
ANSWERS_WITHIN_S = 5.0

router = APIRouter()


@router.post("/air/webhooks", status_code=201)
async def subscribe(data: Data, storage: Store) -> JSON:
    """Make the one receiver there may be; its secret is told in this answer only."""
    url, wanted = data.get("url"), data.get("events")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise refused("validation_format", "Field 'url' must be an address", "/data/url")
    if not isinstance(wanted, list) or not wanted or not set(map(str, wanted)) <= set(EVENTS):
        raise refused("validation_inclusion", f"Field 'events' has some of {', '.join(EVENTS)}", "/data/events")
    if storage.setting("webhook") is not None:
        raise refused("unsafe_unique", "There is a receiver for this mode already.", "/data/url")
    now = utc(storage.now())
    secret = secrets.token_urlsafe(18)
    webhook = {
        "id": new_id("end"), "live_mode": False, "url": url, "events": wanted, "active": True,
        "created_at": now, "updated_at": now,
    }  # fmt: skip
    with storage.transaction():
        storage.set("webhook", json.dumps({**webhook, "secret": secret}))
        # What happened before nobody had asked to be told of.
        storage.execute("UPDATE events SET settled = 1")
    return {"data": {**webhook, "secret": secret}}


@router.get("/air/webhooks")
async def list_webhooks(storage: Store) -> JSON:
    """Return the receiver, without its secret."""
    webhook = _webhook(storage)
    shown = {name: value for name, value in webhook.items() if name != "secret"} if webhook else None
    return {"data": [shown] if shown else [], "meta": {"limit": 50, "before": None, "after": None}}


@router.delete("/air/webhooks/{webhook_id}", status_code=204)
async def unsubscribe(webhook_id: str, storage: Store) -> None:
    """Take the receiver away."""
    webhook = _webhook(storage)
    if webhook is None or webhook["id"] != webhook_id:
        raise refused("not_found", "There is no webhook with this id.")
    storage.set("webhook", None)


def _webhook(storage: Storage) -> JSON | None:
    kept = storage.setting("webhook")
    return decoded(kept) if kept is not None else None


async def deliver_for_ever(storage: Storage) -> None:
    """Send what has occurred to the receiver, as often as was ordered, until it answers 2xx or has had its time."""
    while True:
        await asyncio.sleep(LOOKS_EVERY_S)
        webhook = _webhook(storage)
        waiting = _waiting(storage) if webhook is not None else []
        if webhook is not None and waiting:
            async with httpx.AsyncClient(timeout=ANSWERS_WITHIN_S) as line:
                for row in waiting:
                    await _deliver(storage, line, webhook, row)


def _waiting(storage: Storage) -> list[Any]:
    now = utc(storage.now())
    return storage.rows(
        "SELECT seq, body, occurs_at, tries FROM events WHERE NOT settled AND occurs_at <= ?1"
        " AND (try_at IS NULL OR try_at <= ?1) ORDER BY occurs_at, seq",
        now,
    )


async def _deliver(storage: Storage, line: httpx.AsyncClient, webhook: JSON, row: Any) -> None:  # noqa: ANN401  a row
    if decoded(row["body"])["type"] not in webhook["events"]:
        storage.execute("UPDATE events SET settled = 1 WHERE seq = ?", row["seq"])
        return
    ordered = decoded(storage.setting("deliveries") or '{"copies": 1, "forged": false}')
    key = "a wrong secret" if ordered["forged"] else webhook["secret"]
    signature = events.signature(row["body"], key=key, at=int(storage.now().timestamp()))
    taken = False
    for _ in range(ordered["copies"]):
        taken = await _is_taken(line, webhook["url"], row["body"], signature) or taken
    now, tries = storage.now(), row["tries"] + 1
    has_time = utc(now - TRIED_FOR) < row["occurs_at"]
    storage.execute(
        "UPDATE events SET settled = ?, tries = ?, try_at = ? WHERE seq = ?",
        taken or not has_time,
        tries,
        utc(now + FIRST_TRY_AFTER * 2 ** min(tries, 16)),
        row["seq"],
    )


async def _is_taken(line: httpx.AsyncClient, url: str, body: str, signature: str) -> bool:
    headers = {"content-type": "application/json", "X-Duffel-Signature": signature}
    try:
        return (await line.post(url, content=body, headers=headers)).is_success
    except httpx.TransportError:
        return False
