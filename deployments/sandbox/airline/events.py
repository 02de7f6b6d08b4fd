"""Events the airline would send to a webhook, signed as Duffel signs them and shown on the control port."""

import hashlib
import hmac
import json
from datetime import datetime

from deployments.sandbox.airline.ids import new_id
from deployments.sandbox.airline.wire import JSON, utc
from deployments.sandbox.storage import Storage

SIGNING_KEY = "sandbox-webhook-key"
"""What Duffel calls the webhook's secret; a receiver under test is configured with the same."""


def record(storage: Storage, kind: str, *, about: JSON, idempotency_key: str, occurs_at: datetime) -> None:
    """Record an event of this kind, to be seen from `occurs_at` on."""
    body = json.dumps(
        {
            "id": new_id("wev"),
            "api_version": "v2",
            "type": kind,
            "data": {"object": about},
            "live_mode": False,
            "idempotency_key": idempotency_key,
            "created_at": utc(occurs_at),
            "identity_organisation_id": "org_0000sandbox00000000001",
        }
    )
    storage.execute(
        "INSERT INTO events (occurs_at, body, signature) VALUES (?, ?, ?)",
        utc(occurs_at),
        body,
        signature(body, key=SIGNING_KEY, at=int(occurs_at.timestamp())),
    )


def signature(body: str, *, key: str, at: int) -> str:
    """
    Return the value of the header `X-Duffel-Signature` over the raw body.

    >>> signature("{}", key="k", at=1)[:6]
    't=1,v1'
    """
    digest = hmac.new(key.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def occurred(storage: Storage) -> list[JSON]:
    """Return the events up to now, each with its raw body and signature."""
    rows = storage.rows(
        "SELECT body, signature FROM events WHERE occurs_at <= ? ORDER BY occurs_at, seq", utc(storage.now())
    )
    return [{"event": json.loads(row["body"]), "body": row["body"], "signature": row["signature"]} for row in rows]
