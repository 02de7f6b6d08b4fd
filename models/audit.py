"""The audit trail: events that are only added, each carrying the hash of the one before, and the seals over them."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import pendulum
from sqlalchemy import BigInteger, Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.columns import Moment, Row

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
    content_hash: str
    """Of what the event says, apart from its place: whoever may not read the event can still check the chain."""
    previous_hash: str
    hash: str


class ChainSeal(Row, table=True):
    """The sealer's signature over the newest event of a day: from then on nothing before it can be written anew."""

    __tablename__ = "chain_seal"

    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    """Number of the event that was the newest."""
    hash: str
    at: str
    """When that event was recorded, UTC, as it was signed."""
    previous_seq: int = Field(sa_type=BigInteger)
    """Number of the event the seal before stands on; 0 for the first seal."""
    previous_hash: str
    sealed_at: str
    """By the sealer's own clock, UTC, as it was signed."""
    signature: str
    """Ed25519 (RFC 8032) over `seal_statement`, hex."""


class SealerKey(Row, table=True):
    """A key of the sealer, announced by the key before it and by itself: neither can be added by somebody else."""

    __tablename__ = "sealer_key"

    public_key: str = Field(primary_key=True)
    """Ed25519, hex."""
    previous_key: str
    """The key that signs it; `GENESIS` for the first."""
    after_seq: int = Field(sa_type=BigInteger)
    """Number of the last event sealed with the key before; 0 when none was."""
    after_hash: str
    since: str
    """By the sealer's own clock, UTC, as it was signed."""
    signature: str
    """By the key before it, over `key_statement`, hex; empty for the first."""
    proof: str
    """By the key itself, over the same, hex."""


TOLD = "partner.told"
"""The action by which an outside system learns something about a person."""

READS_BESIDES = frozenset({"case.exported"})
"""Actions by which somebody looks at a person, besides those that end in `.read`."""


def is_reading(action: str) -> bool:
    """Return whether an action shows a person to somebody."""
    return action.endswith(".read") or action in READS_BESIDES


def said(event: AuditEvent) -> dict[str, Any]:
    """Return what an event says, apart from its place in the chain, as plain JSON values."""
    return {
        "at": event.at.astimezone(UTC).isoformat(),
        "actor": event.actor,
        "action": event.action,
        "reference": event.reference,
        "person_id": event.person_id,
        "fields": event.fields,
    }


def content_hash(said: Mapping[str, Any]) -> str:
    """Return the SHA-256, hex, over what an event says; unlike a proposal's, no letter is normalised away."""
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def link_hash(seq: int, previous_hash: str, content: str) -> str:
    """Return the SHA-256, hex, that ties an event to its place; the database computes the same before it takes one."""
    return hashlib.sha256(f"{seq}:{previous_hash}:{content}".encode()).hexdigest()


def chained(event: AuditEvent) -> AuditEvent:
    """Return the event with both of its hashes filled in."""
    event.content_hash = content_hash(said(event))
    event.hash = link_hash(event.seq, event.previous_hash, event.content_hash)
    return event


@dataclass(frozen=True, slots=True)
class Fault:
    """The first link that does not hold."""

    seq: int
    what: str
    """The rest of the sentence that begins with `event 7`."""

    @property
    def words(self) -> str:
        """The fault in one sentence without its full stop."""
        return f"event {self.seq} {self.what}"


def first_fault(events: Iterable[AuditEvent], sealed: Mapping[int, str] | None = None) -> Fault | None:
    """
    Return the first event that is missing, moved, changed, or not the one that was sealed; None when all holds.

    `sealed` has the hash of each event that was sealed, by its number.
    """
    sealed = sealed or {}
    expected, previous = 1, GENESIS
    for event in events:
        if event.seq != expected:
            return Fault(expected, "is missing")
        if (wrong := _wrong(event, previous, sealed.get(event.seq, event.hash))) is not None:
            return Fault(event.seq, wrong)
        expected, previous = event.seq + 1, event.hash
    if sealed and max(sealed) >= expected:
        return Fault(expected, f"is missing: a seal covers the events up to {max(sealed)}")
    return None


def _wrong(event: AuditEvent, previous: str, sealed: str) -> str | None:
    if event.content_hash != content_hash(said(event)):
        return "was changed: what it says is not what was recorded"
    if event.previous_hash != previous:
        return f"does not follow event {event.seq - 1}: one of them was moved or written anew"
    if event.hash != link_hash(event.seq, previous, event.content_hash):
        return "was moved: its hash is not that of its place"
    if event.hash != sealed:
        return "is not the one that was sealed: the chain was written anew up to there"
    return None


def key_statement(key: SealerKey) -> bytes:
    """Return the bytes two keys sign when one takes over from the other."""
    lines = ("homeward key 1", key.public_key, key.previous_key, key.after_seq, key.after_hash, key.since)
    return "".join(f"{line}\n" for line in lines).encode()


def seal_statement(seal: ChainSeal) -> bytes:
    """Return the bytes the sealer signs."""
    lines = ("homeward seal 1", seal.seq, seal.hash, seal.at, seal.previous_seq, seal.previous_hash, seal.sealed_at)
    return "".join(f"{line}\n" for line in lines).encode()
