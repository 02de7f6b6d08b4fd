"""What a case costs among a thousand others and among a hundred thousand, in the case database and in the engine's."""

import os
from collections.abc import Callable

import psycopg
from psycopg import sql

from models.officer import Role
from tasks import officers
from tasks.settings import settings
from tests.benchmarks import desk
from tests.benchmarks.results import tell

FEW, MANY = 1_000, 100_000
GOAL = 1.2


def measure(costs: Callable[[], dict[str, float]], *, quick: bool = False) -> int:
    """
    Tell what a case costs beside few others and beside many, and return how many others there are now.

    `costs` takes some home and returns CPU seconds a case, by service.

    The others are home. Each has every row a case has, and a run in the engine with its states, forms and lines.
    """
    few, many = (50, 500) if quick else (FEW, MANY)
    by = officers.add(name="C", agency="MOFA", roles=[Role.coordinator], by="bench").officer.number
    verifier = officers.add(name="V", agency="MOFA", roles=[Role.verifying_officer], by="bench").officer.number
    owner = settings().owner_database_url
    if owner is None:
        raise SystemExit("the bench needs the owner's address of the case database")
    found: dict[int, dict[str, float]] = {}
    done = 0
    for count in (few, many):
        desk.fill(
            owner.get_secret_value(), numbers=range(done + 1, count + 1), officer=by, verifier=verifier, ended=True
        )
        _copy_runs(range(done + 1, count + 1))
        done = count
        found[count] = costs()
        total = sum(found[count].values())
        tell("cpu_a_case_among_others", total, "CPU s", others=count, by=found[count])
    ratio = sum(found[many].values()) / sum(found[few].values())
    tell("cpu_ratio_many_to_few", ratio, f"of {few}", goal=GOAL, others=many)
    return many


def _copy_runs(numbers: range) -> None:
    """Copy a run that has ended, with everything the engine keeps of it, once for each number."""
    address = os.environ["PREFECT_API_DATABASE_CONNECTION_URL"].replace("postgresql+asyncpg", "postgresql")
    with psycopg.connect(address, autocommit=True) as connection:
        run = connection.execute(
            "SELECT id FROM flow_run WHERE state_type = 'COMPLETED' AND parameters::text LIKE '%reference%' "
            "ORDER BY created LIMIT 1"
        ).fetchone()
        assert run is not None, "no journey has ended yet"
        of_run = connection.execute(
            "SELECT table_name FROM information_schema.columns JOIN information_schema.tables USING (table_name) "
            "WHERE column_name = 'flow_run_id' AND table_type = 'BASE TABLE' AND table_name <> 'artifact_collection' "
            "ORDER BY 1"
        ).fetchall()
        keyed = {"flow_run": ("id",)} | {name: ("id", "flow_run_id") for (name,) in of_run}
        for table, keys in keyed.items():
            new: list[sql.Composable] = [
                sql.SQL("{}, md5(n || (r.{})::text)::uuid").format(sql.Literal(key), sql.Identifier(key))
                for key in keys
            ]
            if table == "flow_run":
                # Run and state name each other; the state is put in once both are there.
                names = (
                    "'name', 'KHM-2019-' || lpad(n::text, 6, '0'), 'idempotency_key', 'copied-' || n, 'state_id', NULL"
                )
                new.append(sql.SQL(names))
            connection.execute(
                sql.SQL(
                    "INSERT INTO {table} SELECT (jsonb_populate_record(r, jsonb_build_object({new}))).* "
                    "FROM {table} AS r, generate_series(%s::integer, %s::integer) AS n WHERE r.{run} = %s"
                ).format(
                    table=sql.Identifier(table),
                    new=sql.SQL(", ").join(new),
                    run=sql.Identifier("id" if table == "flow_run" else "flow_run_id"),
                ),
                (numbers[0], numbers[-1], run[0]),
            )
        connection.execute(
            "UPDATE flow_run AS r SET state_id = md5(n || (copied.state_id)::text)::uuid "
            "FROM flow_run AS copied, generate_series(%s::integer, %s::integer) AS n "
            "WHERE copied.id = %s AND r.id = md5(n || (copied.id)::text)::uuid",
            (numbers[0], numbers[-1], run[0]),
        )
        connection.execute("VACUUM ANALYZE")
