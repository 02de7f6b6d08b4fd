"""Appending to the audit chain, reading it back, and the timeline in plain words."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC
from typing import Protocol
from uuid import UUID

from pendulum import DateTime
from sqlalchemy import text
from sqlmodel import Session, col, select

from models.audit import GENESIS, AuditEvent, Fault, content_hash, first_fault, link_hash
from models.case import TimelineEntry
from models.decision import Door
from tasks import vault
from tasks.clock import now

_CHAIN_LOCK = 0x484F4D45
# One writer at a time may add to the chain; the lock is taken last in a transaction, so it is held for a moment only.

_APPEND = text(
    "INSERT INTO audit_event (seq, at, actor, action, reference, person_id, fields, content_hash, previous_hash, hash) "
    "SELECT seq, at, actor, action, reference, person_id, fields, content_hash, previous_hash, hash "
    "FROM jsonb_to_recordset(CAST(:events AS jsonb)) AS event (seq bigint, at timestamptz, actor text, action text, "
    "reference text, person_id text, fields jsonb, content_hash text, previous_hash text, hash text) ORDER BY seq"
)
# However many were noted, one statement: a page that names fifty people notes fifty looks, under the chain's lock.

_door: ContextVar[Door | None] = ContextVar("door", default=None)


@contextmanager
def through(door: Door) -> Iterator[None]:
    """Note in every event of the block through which door the officer came."""
    before = _door.set(door)
    try:
        yield
    finally:
        _door.reset(before)


@dataclass(frozen=True, slots=True)
class _Pending:
    actor: str
    action: str
    reference: str | None
    person_id: UUID | None
    fields: dict[str, str] = field(default_factory=dict)


class About(Protocol):
    """What an event is about: a case, or a row of one."""

    reference: str
    person_id: UUID


def note(
    session: Session,
    action: str,
    *,
    actor: str,
    about: About | None = None,
    ids: dict[str, str] | None = None,
    values: dict[str, str | None] | None = None,
) -> None:
    """
    Record that something was read or written; it joins the chain when the transaction commits.

    `ids` are stored as they are: ids, status words, role names. `values` are personal and stored as keyed hashes.
    """
    hashed = {name: vault.keyed_hash(name, value) for name, value in (values or {}).items() if value is not None}
    pending: list[_Pending] = session.info.setdefault("audit", [])
    reference, person_id = (about.reference, about.person_id) if about else (None, None)
    door = {"door": at.value} if (at := _door.get()) is not None else {}
    pending.append(_Pending(actor, action, reference, person_id, {**door, **(ids or {}), **hashed}))


def write_events(session: Session) -> None:
    """Append the noted events to the chain; called once, at the end of a transaction."""
    pending: list[_Pending] = session.info.pop("audit", [])
    if not pending:
        return
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CHAIN_LOCK})
    last = session.exec(select(AuditEvent.seq, AuditEvent.hash).order_by(col(AuditEvent.seq).desc()).limit(1)).first()
    seq, previous = last or (0, GENESIS)
    at, rows = now().astimezone(UTC).isoformat(), []
    for event in pending:
        seq += 1
        said = {
            "at": at,
            "actor": event.actor,
            "action": event.action,
            "reference": event.reference,
            "person_id": str(event.person_id) if event.person_id else None,
            "fields": event.fields,
        }
        content = content_hash(said)
        hashed = link_hash(seq, previous, content)
        rows.append({**said, "seq": seq, "content_hash": content, "previous_hash": previous, "hash": hashed})
        previous = hashed
    session.execute(_APPEND, {"events": json.dumps(rows)})


def broken_link(session: Session, sealed: Mapping[int, str] | None = None) -> tuple[Fault | None, int]:
    """Return the first link that does not hold, if any, and how many events were read."""
    read = 0
    found = session.exec(select(AuditEvent).order_by(col(AuditEvent.seq)).execution_options(yield_per=1000))

    def events() -> Iterator[AuditEvent]:
        nonlocal read
        for event in found:
            read += 1
            yield event

    try:
        return first_fault(events(), sealed), read
    finally:
        # A broken chain is left in the middle, and with it a cursor in the database.
        found.close()


def tell(session: Session, reference: str, words: str, *, happened_at: DateTime | None = None) -> None:
    """Add one line to the case's timeline: plain words, no personal data; it happened now unless told."""
    at = now()
    session.add(TimelineEntry(reference=reference, happened_at=happened_at or at, recorded_at=at, words=words))
