"""
The sandbox's own database: one SQLite file, one connection, used only from the event loop's thread.

Endpoints that write are coroutines that never await, so requests change the file one after another. Outside
`transaction` every statement commits by itself; either way a request has committed before its answer leaves, so a
killed process loses nothing it has answered.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel

SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS requests (
    seq INTEGER PRIMARY KEY, at TEXT NOT NULL, partner TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
    status INTEGER, request_id TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY, partner TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, kind TEXT NOT NULL,
    seconds REAL NOT NULL, times INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS scripted_answers (
    id INTEGER PRIMARY KEY, partner TEXT NOT NULL, status TEXT NOT NULL, reason TEXT, times INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS records (
    collection TEXT NOT NULL, id TEXT NOT NULL, request TEXT NOT NULL, answer TEXT NOT NULL,
    PRIMARY KEY (collection, id)
);
CREATE TABLE IF NOT EXISTS offer_requests (id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS offers (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, offer_request_id TEXT NOT NULL REFERENCES offer_requests,
    route TEXT NOT NULL, expires_at TEXT NOT NULL, attempted_at TEXT, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS offers_by_request ON offers (offer_request_id);
CREATE TABLE IF NOT EXISTS orders (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, offer_id TEXT NOT NULL, route TEXT NOT NULL,
    visible_at TEXT NOT NULL, booking_reference TEXT NOT NULL UNIQUE, awaiting_payment INTEGER NOT NULL,
    payment_required_by TEXT, cancelled_at TEXT, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS orders_by_offer ON orders (offer_id);
CREATE INDEX IF NOT EXISTS orders_unpaid ON orders (payment_required_by) WHERE awaiting_payment;
CREATE TABLE IF NOT EXISTS order_passengers (
    order_id TEXT NOT NULL REFERENCES orders (id), family_name TEXT NOT NULL, given_name TEXT NOT NULL,
    born_on TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS passengers_by_order ON order_passengers (order_id);
CREATE TABLE IF NOT EXISTS payments (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, order_id TEXT NOT NULL REFERENCES orders (id), body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS cancellations (
    id TEXT PRIMARY KEY, order_id TEXT NOT NULL REFERENCES orders (id), body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS airline_changes (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, order_id TEXT NOT NULL REFERENCES orders (id), body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY, occurs_at TEXT NOT NULL, body TEXT NOT NULL, signature TEXT NOT NULL,
    settled INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0, try_at TEXT
);
CREATE INDEX IF NOT EXISTS events_waiting ON events (occurs_at) WHERE NOT settled;
"""


class UnknownRecord(Exception):
    """No record with this id in this collection."""

    def __init__(self, collection: str, record_id: str) -> None:
        super().__init__(f"There is no {collection} with the id {record_id}.")


class DifferentBody(Exception):
    """The id was used before, for something else."""

    def __init__(self, collection: str, record_id: str) -> None:
        super().__init__(f"The {collection} {record_id} was made before with a different body.")


def stamp(moment: datetime) -> str:
    """Return the moment as the text this database sorts by: RFC 3339, UTC, always six decimals."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Storage:
    """The database file, and the clock all partners share."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        # SQLite's own lower() knows ASCII only, and names have more letters.
        self._db.create_function("casefold", 1, str.casefold, deterministic=True)
        self._db.execute("PRAGMA journal_mode = WAL")
        # Survives a killed process; only a machine that loses power could lose the last commits.
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)
        self._ahead = timedelta(seconds=float(self.setting("clock_ahead_s") or 0))

    def close(self) -> None:
        """Close the file; everything is already committed."""
        self._db.close()

    def now(self) -> datetime:
        """Return the sandbox's moment: the machine's clock plus what the control port has advanced."""
        return datetime.now(UTC) + self._ahead

    def advance_clock(self, by: timedelta) -> None:
        """Let time pass for every partner at once, also after the next start."""
        self._ahead += by
        self.set("clock_ahead_s", str(self._ahead.total_seconds()))

    def setting(self, name: str) -> str | None:
        """Return what was set, also before the last start."""
        found = self.row("SELECT value FROM settings WHERE name = ?", name)
        return None if found is None else str(found["value"])

    def set(self, name: str, value: str | None) -> None:
        """Keep a setting; None takes it away."""
        if value is None:
            self.execute("DELETE FROM settings WHERE name = ?", name)
        else:
            self.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", name, value)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make the statements within one change: all of them or none."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def execute(self, sql: str, *values: object) -> int:
        """Run one statement and return how many rows it changed."""
        return self._db.execute(sql, values).rowcount

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Return all rows of one query."""
        return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        """Return the first row of one query, or none."""
        found: sqlite3.Row | None = self._db.execute(sql, values).fetchone()
        return found

    def number(self, sql: str, *values: object) -> int:
        """Return the single whole number a query yields."""
        found = self.row(sql, *values)
        return int(found[0]) if found else 0

    def put_once(
        self, collection: str, record_id: str, request: BaseModel, decide: Callable[[], BaseModel]
    ) -> dict[str, Any]:
        """
        Return the answer to a request made under the client's own id; decide it only the first time.

        Raises:
            DifferentBody: the id was used before with another body.
        """
        body = request.model_dump_json()
        found = self.row("SELECT request, answer FROM records WHERE collection = ? AND id = ?", collection, record_id)
        if found is None:
            with self.transaction():
                answer = decide().model_dump_json()
                self.execute("INSERT INTO records VALUES (?, ?, ?, ?)", collection, record_id, body, answer)
            return decoded(answer)
        if found["request"] != body:
            raise DifferentBody(collection, record_id)
        return decoded(found["answer"])

    def replace(self, collection: str, record_id: str, request: BaseModel, answer: BaseModel) -> None:
        """Store a record whatever was there before."""
        self.execute(
            "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)",
            collection,
            record_id,
            request.model_dump_json(),
            answer.model_dump_json(),
        )

    def record(self, collection: str, record_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what was asked and what was answered; raise UnknownRecord for an id never used."""
        found = self.row("SELECT request, answer FROM records WHERE collection = ? AND id = ?", collection, record_id)
        if found is None:
            raise UnknownRecord(collection, record_id)
        return decoded(found["request"]), decoded(found["answer"])

    def answer(self, collection: str, record_id: str) -> dict[str, Any]:
        """Return what was answered; raise UnknownRecord for an id never used."""
        return self.record(collection, record_id)[1]

    def amend(self, collection: str, record_id: str, answer: BaseModel) -> None:
        """Change the answer of a record that exists."""
        self.execute(
            "UPDATE records SET answer = ? WHERE collection = ? AND id = ?",
            answer.model_dump_json(),
            collection,
            record_id,
        )


def decoded(text: str) -> dict[str, Any]:
    """Return a stored JSON object."""
    value: dict[str, Any] = json.loads(text)
    return value
