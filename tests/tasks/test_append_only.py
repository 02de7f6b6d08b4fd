"""What was written stays: PostgreSQL itself refuses the application's own role, over a connection of its own."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from psycopg import sql
from psycopg.rows import dict_row

from models.audit import GENESIS, AuditEvent, chained
from models.officer import Role
from models.tables import METADATA
from tasks import case_file, officers
from tasks.clock import now
from tests.conftest import PASSWORD, Server

APPEND_ONLY = (
    "audit_event", "best_interest", "chain_seal", "contact", "contact_consent", "decision", "declaration",
    "intake_list", "intake_row", "ledger_posting", "ledger_transaction", "longer_validity", "medical_clearance",
    "noted_cost", "private_payment", "screening", "sealer_key", "sheet_check", "spent_code", "stock_count",
    "stock_move", "timeline_entry", "whereabouts",
)  # fmt: skip


def connect(server: Server, role: str) -> psycopg.Connection[dict[str, Any]]:
    database = case_file.engine().url.database
    address = f"host=127.0.0.1 port={server.port} dbname={database} user={role} password={PASSWORD}"
    return psycopg.connect(address, autocommit=True, row_factory=dict_row)


@pytest.fixture
def recorded(case_database: Server) -> Server:
    """A case database in which something was recorded."""
    number = officers.add(name="C", agency="MOFA", roles=[Role.coordinator], by="test").officer.number
    case_file.open_case(
        country="KHM", officer=number, name_hangul="홍길동", name_latin=None, place="Poipet", keeper="centre",
        host_status="detained",
    )  # fmt: skip
    return case_database


@pytest.fixture
def application(recorded: Server) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A raw connection as the application's own role."""
    with connect(recorded, "homeward_app") as connection:
        yield connection


FORBIDDEN = (
    "UPDATE {table} SET {column} = {column}",
    "DELETE FROM {table}",
    "TRUNCATE {table} CASCADE",
    "SELECT * FROM {table} FOR UPDATE",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "ALTER TABLE {table} ADD COLUMN x int",
    "ALTER TABLE {table} OWNER TO homeward_app",
    "DROP TABLE {table} CASCADE",
    "CREATE RULE r AS ON INSERT TO {table} DO INSTEAD NOTHING",
    "CREATE TRIGGER t BEFORE INSERT ON {table} EXECUTE FUNCTION refuse_unlinked()",
)
ROUND_ABOUT = (
    "ALTER TABLE audit_event DISABLE TRIGGER audit_event_links",
    "DROP TRIGGER audit_event_links ON audit_event",
    "DROP TRIGGER chain_seal_fits ON chain_seal",
    "DROP TRIGGER ledger_balances ON ledger_posting",
    "DROP FUNCTION refuse_unlinked() CASCADE",
    "ALTER FUNCTION refuse_unlinked() RENAME TO gone",
    "CREATE OR REPLACE FUNCTION refuse_unlinked() RETURNS trigger LANGUAGE sql AS 'SELECT NULL'",
    "CREATE FUNCTION mine() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "SET session_replication_role = replica",
    "SET ROLE homeward_owner",
    "SET SESSION AUTHORIZATION postgres",
    "ALTER ROLE homeward_app SUPERUSER",
    "SELECT setval('timeline_entry_id_seq', 1)",
    "UPDATE proposal SET content_sealed = ''",
    "UPDATE paper SET bytes_sealed = ''",
    "UPDATE asking SET role = 'coordinator'",
    "DELETE FROM person",
    "CREATE TABLE mine (x int)",
)


def refused(connection: psycopg.Connection[dict[str, Any]], statement: str) -> bool:
    # This very class, not that of a mistake in the statement: the statement itself is sound.
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.encode())
    return True


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_was_written_can_neither_be_changed_nor_removed(
    application: psycopg.Connection[dict[str, Any]], table: str
) -> None:
    column = METADATA.tables[table].columns.keys()[-1]
    # Who holds no right to give is not refused but given nothing.
    application.execute(f"GRANT UPDATE, DELETE, TRUNCATE ON {table} TO homeward_app".encode())

    assert all(refused(application, statement.format(table=table, column=column)) for statement in FORBIDDEN)


def test_who_opened_a_case_stays_as_it_was_written(application: psycopg.Connection[dict[str, Any]]) -> None:
    another = officers.add(name="D", agency="MOFA", roles=[Role.coordinator], by="test").officer.number

    with pytest.raises(psycopg.errors.CheckViolation, match="change refused"):
        application.execute("UPDATE repatriation_case SET opened_by = %s", (another,))
    application.execute("UPDATE repatriation_case SET opened_by = opened_by")


def test_no_trigger_sees_a_temporary_table_in_a_tables_place(application: psycopg.Connection[dict[str, Any]]) -> None:
    written = application.execute(
        "SELECT proname, array_to_string(proconfig, ' ') AS config FROM pg_proc "
        "WHERE pronamespace = 'public'::regnamespace AND prorettype = 'trigger'::regtype"
    ).fetchall()
    assert len(written) > 8
    assert [
        each["proname"] for each in written if "search_path=pg_catalog, public, pg_temp" not in each["config"]
    ] == []


def test_no_way_leads_round_the_refusal(application: psycopg.Connection[dict[str, Any]]) -> None:
    assert all(refused(application, statement) for statement in ROUND_ABOUT)


def test_no_table_at_all_gives_the_application_a_right_to_remove(
    application: psycopg.Connection[dict[str, Any]],
) -> None:
    for table, right in product(METADATA.tables, ("DELETE", "TRUNCATE", "TRIGGER", "REFERENCES")):
        given_ = application.execute("SELECT has_table_privilege(%s, %s) AS may", (f'"{table}"', right)).fetchone()
        assert given_ == {"may": False}, (table, right)


def the_next(connection: psycopg.Connection[dict[str, Any]], **changes: Any) -> AuditEvent:
    last = connection.execute("SELECT seq, hash FROM audit_event ORDER BY seq DESC LIMIT 1").fetchone()
    assert last is not None
    facts = {"seq": last["seq"] + 1, "previous_hash": last["hash"], **changes}
    event = AuditEvent(at=now(), actor="O-01", action="x", fields={}, content_hash="", hash="", **facts)
    return chained(event)


def insert(connection: psycopg.Connection[dict[str, Any]], event: AuditEvent) -> None:
    connection.execute(
        "INSERT INTO audit_event (seq, at, actor, action, fields, content_hash, previous_hash, hash) "
        "VALUES (%s, %s, %s, %s, '{}', %s, %s, %s)",
        (event.seq, event.at, event.actor, event.action, event.content_hash, event.previous_hash, event.hash),
    )


def test_an_event_that_links_is_taken(application: psycopg.Connection[dict[str, Any]]) -> None:
    insert(application, the_next(application))

    with case_file.transaction() as session:
        assert case_file.broken_link(session)[0] is None


@pytest.mark.parametrize(
    "changes", [{"previous_hash": "f" * 64}, {"previous_hash": GENESIS}, {"seq": 9999}, {"seq": 0}, {"seq": -1}]
)
def test_an_event_with_a_wrong_hash_before_it_or_after_a_gap_is_refused(
    application: psycopg.Connection[dict[str, Any]], changes: dict[str, Any]
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="event does not link"):
        insert(application, the_next(application, **changes))


def test_an_event_whose_own_hash_is_wrong_is_refused(application: psycopg.Connection[dict[str, Any]]) -> None:
    event = the_next(application)
    event.hash = "e" * 64

    with pytest.raises(psycopg.errors.CheckViolation, match="event does not link"):
        insert(application, event)


def test_a_second_event_of_one_number_is_refused(application: psycopg.Connection[dict[str, Any]]) -> None:
    first = application.execute("SELECT hash FROM audit_event WHERE seq = 1").fetchone()
    assert first is not None

    with pytest.raises(psycopg.errors.UniqueViolation):
        insert(application, the_next(application, seq=2, previous_hash=first["hash"]))


def test_a_seal_over_what_is_not_in_the_chain_is_refused(application: psycopg.Connection[dict[str, Any]]) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="seal does not fit"):
        application.execute("INSERT INTO chain_seal VALUES (1, 'f', '', 0, '', '', '')")


COLUMNS = (
    "seq", "at", "actor", "action", "reference", "person_id", "fields", "content_hash", "previous_hash", "hash",
)  # fmt: skip


@effort(
    max_examples=150, deadline=None,
    # The one database serves all examples; each puts back what it changed.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(choice=st.data())
def test_one_changed_byte_of_any_column_of_any_event_is_found(recorded: Server, choice: st.DataObject) -> None:
    with connect(recorded, "homeward_owner") as owner:
        events = owner.execute("SELECT * FROM audit_event ORDER BY seq").fetchall()
        before = choice.draw(st.sampled_from(events))
        column = choice.draw(st.sampled_from([name for name in COLUMNS if before[name] is not None]))
        text = owner.execute(
            sql.SQL("SELECT {}::text AS text FROM audit_event WHERE seq = %s").format(sql.Identifier(column)),
            (before["seq"],),
        ).fetchone()
        assert text is not None
        old = str(text["text"])
        place = choice.draw(st.integers(0, len(old) - 1))
        new = old[:place] + choice.draw(st.characters(min_codepoint=33, max_codepoint=126)) + old[place + 1 :]
        kind = {"seq": "bigint", "at": "timestamptz", "fields": "jsonb"}.get(column, "text")
        change = sql.SQL("UPDATE audit_event SET {} = %s::{} WHERE seq = %s").format(
            sql.Identifier(column), sql.SQL(kind)
        )
        try:
            owner.execute(change, (new, before["seq"]))
        except (psycopg.errors.DataError, psycopg.errors.UniqueViolation):
            return  # No number, no moment, no JSON: the database itself refused it.
        after = owner.execute("SELECT * FROM audit_event ORDER BY seq").fetchall()
        try:
            with case_file.transaction() as session:
                fault, _ = case_file.broken_link(session)
        finally:
            seq = int(new) if column == "seq" else before["seq"]
            owner.execute(change, (old, seq))
        # The same letter again, or a moment written otherwise, is no change.
        if after == events:
            assert fault is None
        else:
            assert fault is not None
            assert column == "seq" or fault.seq == before["seq"]
