"""The audit trail: events that are only added, each carrying the hash of the one before."""

import hashlib
from collections.abc import Iterable
from typing import Any

import pendulum
from sqlalchemy import BigInteger, Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.columns import Moment, Row
from models.decision import canonical

GENESIS = "0" * 64
"""What the first event names as the hash before it."""


class AuditEvent(Row, table=True):
    """One read or write that matters: ids, field names and keyed hashes of values, never a value."""

    __tablename__ = "audit_event"

    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    """1, 2, 3 … without a gap."""
    at: pendulum.DateTime = Field(sa_type=Moment)
    actor: str
    """Officer number, or `run` for the journey itself."""
    action: str
    """Dotted word, for example `case.moved`, `decision.recorded`, `person.read`."""
    reference: str | None = Field(default=None, index=True)
    person_id: str | None = None
    fields: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSONB, nullable=False))
    """Field name to id, status word or keyed HMAC of the value."""
    previous_hash: str
    hash: str


def event_hash(event: AuditEvent) -> str:
    """Return the SHA-256, hex, over the hash before and everything the event says."""
    said: dict[str, Any] = {
        "seq": event.seq,
        "at": event.at.in_timezone("UTC").isoformat(),
        "actor": event.actor,
        "action": event.action,
        "reference": event.reference,
        "person_id": event.person_id,
        "fields": event.fields,
        "previous_hash": event.previous_hash,
    }
    return hashlib.sha256(canonical(said)).hexdigest()


def first_broken(events: Iterable[AuditEvent]) -> int | None:
    """Return the number of the first event that is missing, moved or changed; None when the chain holds."""
    expected, previous = 1, GENESIS
    for event in events:
        if event.seq != expected:
            return expected
        if event.previous_hash != previous or event.hash != event_hash(event):
            return event.seq
        expected, previous = event.seq + 1, event.hash
    return None
