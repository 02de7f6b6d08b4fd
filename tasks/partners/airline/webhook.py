"""
What the airline sends by itself: the signature over the raw body is verified, and what it says is no more than a hint.

Source: duffel.com/docs, webhooks; the published example of a signature is in tests/vectors/duffel.
"""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from typing import Any

import pendulum
from pydantic import SecretStr

from models.disruption import CREATED, CREATION_FAILED, UNREADABLE

HEADER = "X-Duffel-Signature"

LARGEST_MESSAGE = 2**18
"""Bytes; an event has one or two thousand."""

NOT_OLDER_THAN = pendulum.duration(minutes=5)
"""Our own window; the airline states none. A message it delivers again is signed again."""

_SIGNATURE = re.compile(r"t=(?P<at>[0-9]{1,12}),v1=(?P<digest>[0-9a-f]{64})", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9_.:-]{1,120}", re.ASCII)
_KEY = re.compile(r"[A-Za-z0-9_.:+/=-]{1,120}", re.ASCII)
"""An id of what it is about; that of an order that failed is in Base64."""


class NotGenuine(Exception):
    """A message that the airline did not sign, or not lately; nothing of it is looked at."""


@dataclass(frozen=True, slots=True)
class Hint:
    """That something may have happened at the airline; what it was is read there."""

    idempotency_key: str
    """The same however often the event is delivered."""
    kind: str
    """`order.created`, `order.airline_initiated_change_detected`, a word we do not know, or `unreadable`."""
    order_id: str | None
    offer_id: str | None
    is_live: bool | None
    """None: it does not say; each mode has a receiver of its own, which signs with a secret of its own."""


def verify(body: bytes, signature: str | None, *, secret: SecretStr, at: pendulum.DateTime) -> None:
    """
    Return if the airline signed these very bytes a moment ago.

    Raises:
        NotGenuine: another secret, another body, a signature of another form, or an old one.
    """
    stated = _SIGNATURE.fullmatch(signature or "")
    if stated is None:
        raise NotGenuine("the message is not signed")
    signed = f"{stated['at']}.".encode() + body
    expected = hmac.new(secret.get_secret_value().encode(), signed, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, stated["digest"]):
        raise NotGenuine("the signature is not the airline's")
    if abs(at.timestamp() - int(stated["at"])) > NOT_OLDER_THAN.total_seconds():
        raise NotGenuine("the signature is old")


def hint_of(body: bytes) -> Hint:
    """
    Return what a verified message hints at.

    What the object of `order.creation_failed` holds, the airline does not document, and it may change the others: an
    id that is not where we look for it is None, and a message without a usable key or name is known by its hash and
    called unreadable. Either says that something happened, and what it was is read.
    """
    event = _object(body)
    data = event.get("data")
    about = data.get("object", data) if isinstance(data, dict) else None
    about = about if isinstance(about, dict) else {}
    kind, key, is_live = event.get("type"), event.get("idempotency_key"), event.get("live_mode")
    if not (isinstance(kind, str) and _WORD.fullmatch(kind) and isinstance(key, str) and _KEY.fullmatch(key)):
        kind, key = UNREADABLE, f"sha256:{hashlib.sha256(body).hexdigest()}"
    about_order = kind.startswith("order.") and kind != CREATION_FAILED
    order_ids = (about.get("order_id"), about.get("id") if about_order else None, key if kind == CREATED else None)
    return Hint(
        idempotency_key=key,
        kind=kind,
        order_id=next((found for each in order_ids if (found := _id(each, "ord_"))), None),
        offer_id=_id(about.get("offer_id"), "off_"),
        is_live=is_live if isinstance(is_live, bool) else None,
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def _id(found: object, prefix: str) -> str | None:
    return found if isinstance(found, str) and found.startswith(prefix) and _WORD.fullmatch(found) else None
