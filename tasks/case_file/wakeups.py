"""Wake-ups: whoever wrote something down tells the workers at once, through the database both of them use."""

import threading
from collections.abc import Iterator

from psycopg import Connection, Error
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tasks.case_file.connection import CaseFileUnavailable, engine, transaction

_CHANNEL = "homeward_wake"
_EAR_SPACE = 0x4558
"""Advisory lock each listener shares, so that a caller knows whether anybody hears."""


def announce(reference: str) -> bool:
    """Tell the workers that a case can go on; return whether one listens."""
    with transaction() as session:
        session.execute(text("SELECT pg_notify(:channel, :reference)"), {"channel": _CHANNEL, "reference": reference})
        heard = text(
            "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON oid = database AND datname = current_database() "
            "WHERE locktype = 'advisory' AND classid = :space AND objsubid = 2)"
        )
        return bool(session.scalar(heard, {"space": _EAR_SPACE}))


def announced(until: threading.Event) -> Iterator[str]:
    """
    Yield the reference of each case that is announced, until told to end.

    Raises:
        CaseFileUnavailable: the line broke; what was said since then is lost, and the sweep finds it.
    """
    try:
        with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as pooled:
            pooled.execute(text("SELECT pg_advisory_lock_shared(:space, 0)"), {"space": _EAR_SPACE})
            pooled.execute(text(f"LISTEN {_CHANNEL}"))
            line = pooled.connection.driver_connection
            if not isinstance(line, Connection):
                raise TypeError("wake-ups need the psycopg driver")
            try:
                while not until.is_set():
                    for notice in line.notifies(timeout=1.0):
                        yield notice.payload
            finally:
                # Back in the pool it would still hear and still look present.
                pooled.invalidate()
    except (DBAPIError, Error) as broken:
        raise CaseFileUnavailable(f"the case database failed: {type(broken).__name__}") from None
