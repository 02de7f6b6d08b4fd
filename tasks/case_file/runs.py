"""Whose run a case is: the attempt that counts, the lease of whoever works on it, and what stands still."""

import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from sqlalchemy import Connection, func, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from models.case import Attempt, RepatriationCase, is_reference
from models.decision import Asking
from tasks.case_file import audit
from tasks.case_file.connection import engine, transaction, unavailable
from tasks.case_file.journey import RUN, load
from tasks.case_file.merged import standing_merge
from tasks.clock import now

_LEASE_SPACE = 0x4357
_SWEEP_SPACE = 0x4358
_SENDER_SPACE = 0x4359


def latest_attempt(session: Session, reference: str) -> Attempt | None:
    """Return the newest engine run that worked on a case."""
    return session.exec(
        select(Attempt).where(Attempt.reference == reference).order_by(col(Attempt.number).desc())
    ).first()


def not_startable(reference: str) -> str | None:
    """Return why no run may work on a case, in one sentence; None when one may."""
    if not is_reference(reference):
        return "That is not a case reference; one looks like KHM-2026-0042."
    with transaction() as session:
        case = session.get(RepatriationCase, reference)
        merge = standing_merge(session, reference)
    if case is None:
        return f"No case {reference} exists; open it first."
    if merge is not None:
        return f"Case {reference} is merged into {merge.kept}; go on there, or unmerge it first."
    return f"Case {reference} is closed: {case.status}." if case.is_closed else None


def claim(reference: str, flow_run_id: UUID, *, is_alive: Callable[[UUID, str], bool]) -> str | None:
    """
    Make a run the one that counts for a case, or return why it may not be, in one sentence.

    `is_alive` says whether another run, by its id, can still go on with this case; it is asked outside any transaction.
    """
    if (closed := not_startable(reference)) is not None:
        return closed
    with transaction() as session:
        attempt = latest_attempt(session, reference)
    if attempt is not None and attempt.flow_run_id == flow_run_id:
        return None
    rival = attempt if attempt is not None and attempt.ended_at is None else None
    if rival is not None and is_alive(rival.flow_run_id, reference):
        return f"Case {reference} is already in progress in another run."
    with transaction() as session:
        case = load(session, reference, lock=True)
        latest = latest_attempt(session, reference)
        if latest is not None and latest.flow_run_id == flow_run_id:
            # The door that began the run and the run itself claim the case at one moment.
            return None
        if latest is not None and latest.ended_at is None:
            if rival is None or latest.id != rival.id:
                return f"Case {reference} is already in progress in another run."
            latest.ended_at = now()
            session.add(latest)
            session.flush()
        number = session.exec(select(func.count()).where(Attempt.reference == reference)).one() + 1
        session.add(Attempt(reference=reference, number=number, flow_run_id=flow_run_id, started_at=now()))
        audit.note(session, "case.claimed", actor=RUN, about=case, ids={"flow_run_id": str(flow_run_id)})
    return None


def close_attempt(reference: str, flow_run_id: UUID) -> str:
    """Note that a run has finished its work on a case, and return where the case is now, in one sentence."""
    with transaction() as session:
        attempt = latest_attempt(session, reference)
        if attempt is not None and attempt.flow_run_id == flow_run_id and attempt.ended_at is None:
            attempt.ended_at = now()
            session.add(attempt)
        return f"Case {reference}: {load(session, reference).status}."


def add_strike(attempt: Attempt) -> int:
    """Note that the process ended under a run, and return how often it has since the run last asked a question."""
    with transaction() as session:
        standing = session.get_one(Attempt, attempt.id, with_for_update=True)
        standing.strikes += 1
        session.add(standing)
        return standing.strikes


_held: ContextVar[frozenset[str]] = ContextVar("held", default=frozenset())


@contextmanager
def lease(reference: str, *, wait_s: float = 0.0) -> Iterator[bool]:
    """
    Hold the case while a run works on it; yields whether nobody else does, after waiting so long for them to leave.

    A session-level advisory lock: the database lets go of it the moment the process or its connection dies. Whoever
    holds the case already, as a worker does for the run it is working on, holds it here too.
    """
    if reference in _held.get():
        yield True
        return
    with _advisory_lock(_LEASE_SPACE, _lease_key(reference), wait_s=wait_s) as held:
        if not held:
            yield False
            return
        before = _held.set(_held.get() | {reference})
        try:
            yield True
        finally:
            _held.reset(before)


@contextmanager
def sole_sweep(*, wait_s: float = 0.0) -> Iterator[bool]:
    """Be the only one who sweeps; yields whether nobody else does, after waiting so long for them to finish."""
    with _advisory_lock(_SWEEP_SPACE, 0, wait_s=wait_s) as held:
        yield held


@contextmanager
def sole_sender() -> Iterator[bool]:
    """Be the only one who sends messages; yields whether nobody else does."""
    with _advisory_lock(_SENDER_SPACE, 0, wait_s=0) as held:
        yield held


@contextmanager
def _advisory_lock(space: int, key: int, *, wait_s: float) -> Iterator[bool]:
    lock = {"space": space, "key": key}
    try:
        connection = engine().connect().execution_options(isolation_level="AUTOCOMMIT")
    except DBAPIError as failed:
        raise unavailable(failed) from None
    with connection:
        if not _taken(connection, lock, wait_s=wait_s):
            yield False
            return
        try:
            yield True
        finally:
            try:
                connection.execute(text("SELECT pg_advisory_unlock(:space, :key)"), lock)
            except DBAPIError:
                # The database has let go of it with the connection; what was done under it is not undone by that.
                connection.invalidate()
            except BaseException:
                # Back in the pool it would hold the lock for as long as the process lives.
                connection.invalidate()
                raise


def _taken(connection: Connection, lock: dict[str, int], *, wait_s: float) -> bool:
    """Return whether the lock was taken within the time."""
    deadline = time.monotonic() + wait_s
    try:
        while not (held := bool(connection.scalar(text("SELECT pg_try_advisory_lock(:space, :key)"), lock))):
            if time.monotonic() >= deadline:
                break
            time.sleep(0.05)
    except DBAPIError as failed:
        raise unavailable(failed) from None
    return held


def _lease_key(reference: str) -> int:
    return zlib.crc32(reference.encode()) - 2**31


def stalled() -> list[Attempt]:
    """
    Return the runs that should be working now although nobody holds their case: the database alone knows.

    A case somebody works on is leased; a case that waits shows an open question; one that has neither stands still.
    """
    asked = select(Asking.id).where(
        Asking.reference == Attempt.reference, col(Asking.closed_at).is_(None), col(Asking.shown_at).is_not(None)
    )
    held = text(
        "SELECT objid::bigint FROM pg_locks JOIN pg_database ON oid = database AND datname = current_database() "
        "WHERE locktype = 'advisory' AND classid = :space AND objsubid = 2 AND granted"
    )
    with transaction() as session:
        idle = session.exec(
            select(Attempt).where(col(Attempt.ended_at).is_(None), ~asked.exists()).order_by(Attempt.reference)
        ).all()
        if not idle:
            return []
        keys = {int(key) for (key,) in session.execute(held, {"space": _LEASE_SPACE})}
    # PostgreSQL shows the signed key as an unsigned one.
    return [attempt for attempt in idle if _lease_key(attempt.reference) % 2**32 not in keys]


def waits(reference: str) -> bool:
    """Return whether a case waits for a person, its question shown in the engine."""
    shown = select(Asking.id).where(
        Asking.reference == reference, col(Asking.closed_at).is_(None), col(Asking.shown_at).is_not(None)
    )
    with transaction() as session:
        return session.exec(shown).first() is not None


def waiting_runs(*, after: str, count: int) -> list[tuple[Attempt, Asking]]:
    """Return so many runs that wait for an answer, with their question, in the order of references after one."""
    with transaction() as session:
        found = session.exec(
            select(Attempt, Asking)
            .join(Asking, col(Asking.reference) == Attempt.reference)
            .where(col(Attempt.ended_at).is_(None), col(Asking.closed_at).is_(None), col(Attempt.reference) > after)
            .order_by(Attempt.reference)
            .limit(count)
        )
        return [(attempt, asking) for attempt, asking in found]
