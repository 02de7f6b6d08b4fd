"""
What the airline sends by itself: the signature over the raw body is verified, and what it says is no more than a hint.

Source: duffel.com/docs, webhooks; the published example of a signature is in tests/vectors/duffel.
"""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass

import pendulum
from pydantic import SecretStr

from tasks.partners.errors import PartnerAnswerUnclear
from tasks.partners.transport import understanding

HEADER = "X-Duffel-Signature"

LARGEST_MESSAGE = 2**18
"""Bytes; an event has one or two thousand."""

NOT_OLDER_THAN = pendulum.duration(minutes=5)
"""Our own window; the airline states none. A message it delivers again is signed again."""

_SIGNATURE = re.compile(r"t=(?P<at>[0-9]{1,12}),v1=(?P<digest>[0-9a-f]{64})", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9_.:-]{1,120}", re.ASCII)


class NotGenuine(Exception):
    """A message that the airline did not sign, or not lately; nothing of it is looked at."""


@dataclass(frozen=True, slots=True)
class Hint:
    """That something may have happened at the airline; what it was is read there."""

    idempotency_key: str
    """The same however often the event is delivered."""
    kind: str
    """`order.created`, `order.airline_initiated_change_detected`, or a word we do not know."""
    order_id: str | None
    offer_id: str | None
    is_live: bool


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
    """Return what a verified message hints at; raise PartnerAnswerUnclear for one in a shape we do not know."""
    with understanding("airline"):
        event = json.loads(body)
        about = event["data"].get("object") or event["data"]
        kind, key = event["type"], event["idempotency_key"]
        if not (_WORD.fullmatch(kind) and _WORD.fullmatch(key)):
            raise PartnerAnswerUnclear("airline", "sent an event with a strange name")
        about_order = kind.startswith("order.") and kind != "order.creation_failed"
        return Hint(
            idempotency_key=key,
            kind=kind,
            order_id=_id(about.get("order_id") or (about.get("id") if about_order else None), "ord_"),
            offer_id=_id(about.get("offer_id"), "off_"),
            is_live=event["live_mode"],
        )


def _id(found: object, prefix: str) -> str | None:
    return found if isinstance(found, str) and found.startswith(prefix) and _WORD.fullmatch(found) else None
