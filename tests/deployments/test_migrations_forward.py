"""From every version there has been the newest is reached, and what was in the tables is still there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from sqlalchemy import Enum

from deployments import migrations
from models.tables import METADATA
from tests.conftest import Server

NAME = "of_every_version"
AT = "2026-01-01T00:00:00+00:00"
ID = "00000000-0000-0000-0000-000000000001"
REFERENCE = "KHM-2026-0001"

CHANGED = {
    # Hashed in two steps since 0004.
    ("audit_event", "hash"), ("audit_event", "previous_hash"),
}  # fmt: skip
"""Columns whose values a migration changes on purpose."""

MOVED: dict[tuple[str, str], tuple[str, str, dict[Any, Any]]] = {
    # Since 0009 a telephone number belongs to a contact.
    ("person", "next_of_kin_phone_sealed"): ("contact", "phone_sealed", {}),
    # Since 0012 a document says by which rule of the law it was given.
    ("travel_document", "under_warrant"): ("travel_document", "rule", {False: "urgent"}),
}
"""Columns that have gone, and where what they said stands now, in which words."""

VERSIONS = migrations.versions()

EMPTY_BEFORE = {"booking": "0006", "paper": "0006", "whereabouts": "0006"}
"""Tables that could not hold anything: 0006 seals columns that stood in clear, and says that nothing was released."""


@dataclass(frozen=True)
class Old:
    """A case database of an earlier version."""

    owner: str
    """Address for the migrations."""
    almighty: str
    """Address of the superuser, who may write without what guards single rows."""

    version: str

    def fill(self, *, whole: bool) -> None:
        """Write one row into every table, each pointing at the others; `whole` fills what may be empty too."""
        with psycopg.connect(self.almighty) as connection:
            connection.execute("SET session_replication_role = replica")
            for table, columns in tables(connection).items():
                if self.version < EMPTY_BEFORE.get(table, ""):
                    continue
                pointing = keys_of(connection, table)
                row = {
                    name: value_of(table, name, kind, pointing)
                    for name, kind, may_be_empty in columns
                    if whole or not may_be_empty
                }
                statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                    sql.Identifier(table),
                    sql.SQL(", ").join(map(sql.Identifier, row)),
                    sql.SQL(", ").join(sql.Placeholder() * len(row)),
                )
                connection.execute(statement, list(row.values()))
                if (twin := TWINS.get(table)) is not None:
                    connection.execute(statement, list({**row, **twin}.values()))

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of every table."""
        with psycopg.connect(self.almighty, row_factory=dict_row) as connection:
            names = tables(connection)
            return {
                name: connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(name))).fetchall()
                for name in names
            }


Columns = list[tuple[str, str, bool]]


def tables(connection: psycopg.Connection[Any]) -> dict[str, Columns]:
    """The tables with their columns: name, kind, whether it may be empty."""
    found: dict[str, Columns] = {}
    with connection.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        cursor.execute(
            "SELECT table_name, column_name, udt_name, is_nullable = 'YES' FROM information_schema.columns "
            "JOIN information_schema.tables USING (table_schema, table_name) "
            "WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> 'alembic_version' "
            "AND is_generated = 'NEVER' ORDER BY table_name, ordinal_position"
        )
        for table, *column in cursor:
            name, kind, may_be_empty = column
            found.setdefault(table, []).append((name, kind, may_be_empty))
    return found


def keys_of(connection: psycopg.Connection[Any], table: str) -> dict[str, tuple[str, str]]:
    """What each column of a table points at: table and column."""
    rows = connection.execute(
        "SELECT a.attname, r.relname, b.attname FROM pg_constraint c "
        "JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid "
        "JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1] "
        "JOIN pg_attribute b ON b.attrelid = r.oid AND b.attnum = c.confkey[1] "
        "WHERE c.contype = 'f' AND t.relname = %s",
        (table,),
    ).fetchall()
    return {column: (other, its) for column, other, its in rows}


BY_KIND: dict[str, Any] = {
    "uuid": ID, "timestamptz": AT, "date": AT[:10], "bool": False, "int4": 1, "int8": 1, "int2": 1, "float8": 1.0,
    "numeric": 1, "bytea": b"sealed", "_text": ["x"], "_varchar": ["x"], "jsonb": Jsonb({}), "interval": "1 day",
}  # fmt: skip

OTHER_OFFICER, OTHER_CASE = "O-02", "KHM-2026-0002"
TWINS = {"officer": {"number": OTHER_OFFICER}, "repatriation_case": {"reference": OTHER_CASE}}
"""A second row, for what must be of two."""

OF_ANOTHER: dict[str, Any] = {
    "requester": OTHER_OFFICER, "delegate": OTHER_OFFICER, "witness": OTHER_OFFICER, "first_officer": OTHER_OFFICER,
    "verified_by": OTHER_OFFICER, "released_by": OTHER_OFFICER, "kept": OTHER_CASE,
    "ends_at": "2026-02-01T00:00:00+00:00",
}  # fmt: skip

BY_PLACE: dict[tuple[str, str], Any] = {
    ("proposal", "places"): Jsonb([]),
    ("longer_validity", "days"): 30,
    ("decision", "basis"): "rule",
    ("decision", "countersigned_by"): None,
    ("decision", "countersign_due_at"): None,
    ("person", "portrait_chin"): 830,
    **dict.fromkeys((("repatriation_case", f"care_ended_{of}") for of in ("at", "by", "for")), None),
}
"""Values that several columns of one row must agree on."""

BY_NAME = {
    "reference": REFERENCE, "number": "O-01", "country": "KHM", "mission": "KHM", "currency": "KRW",
    "sealed_at": AT, "at": AT,
}  # fmt: skip


def value_of(table: str, column: str, kind: str, pointing: dict[str, tuple[str, str]]) -> Any:
    """A value the column may have: what it points at, a word the program knows, or any of its kind."""
    if (table, column) in BY_PLACE:
        return BY_PLACE[table, column]
    if column in OF_ANOTHER:
        return OF_ANOTHER[column]
    if column in pointing:
        other, its = pointing[column]
        return value_of(other, its, kind, {})
    known = METADATA.tables[table].columns.get(column) if table in METADATA.tables else None
    if known is not None and isinstance(known.type, Enum):
        return known.type.enums[0]
    if kind in ("text", "varchar", "bpchar"):
        return BY_NAME.get(column, "x")
    return BY_KIND[kind]


def stands(after: dict[str, list[dict[str, Any]]], table: str, column: str, value: Any) -> bool:
    """Whether a value is where it was, or where its column has gone."""
    if column not in after[table][0]:
        table, column, words = MOVED[table, column]
        value = words.get(value, value)
    return any(row[column] == value for row in after[table])


@pytest.fixture
def old(request: pytest.FixtureRequest, postgres_server: Server) -> Iterator[Old]:
    """A case database of the version asked for."""
    almighty = postgres_server.superuser
    with psycopg.connect(almighty, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {NAME} OWNER homeward_owner")
    owner = postgres_server.address("homeward_owner", NAME)
    migrations.upgrade(owner, request.param)
    yield Old(owner, almighty.replace("dbname=postgres", f"dbname={NAME}"), request.param)
    with psycopg.connect(almighty, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


FROM = [pytest.param(version, marks=() if version in (VERSIONS[0], VERSIONS[-2]) else pytest.mark.long, id=version)
        for version in VERSIONS[:-1]]  # fmt: skip


@pytest.mark.parametrize("whole", [True, False], ids=["all filled", "the least filled"])
@pytest.mark.parametrize("old", FROM, indirect=True)
def test_what_was_there_in_an_earlier_version_is_there_in_the_newest(old: Old, *, whole: bool) -> None:
    old.fill(whole=whole)
    before = old.rows()
    assert {name for name, rows in before.items() if not rows} == {
        name for name, since in EMPTY_BEFORE.items() if old.version < since
    }

    migrations.upgrade(old.owner)

    after = old.rows()
    lost = [
        f"{table}.{column}"
        for table, rows in before.items()
        for column, value in (rows[0].items() if rows else ())
        if value is not None and (table, column) not in CHANGED and not stands(after, table, column, value)
    ]
    assert lost == []
    with psycopg.connect(old.almighty) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(migrations.newest(),)]


def test_the_versions_are_one_chain() -> None:
    assert sorted(VERSIONS) == VERSIONS
    assert VERSIONS[-1] == migrations.newest()
