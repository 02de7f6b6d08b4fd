"""A scrape of the exporter over a case database in which a whole country has been brought home."""

import base64
import json
import os
import statistics
import subprocess
import sys
import time
from uuid import uuid4

import psycopg
from prometheus_client.core import CollectorRegistry
from prometheus_client.exposition import generate_latest

from deployments.exporter.families import CaseDatabase
from models.case import CaseStatus, Step
from tasks import case_file
from tests.benchmarks.results import tell
from tests.conftest import PARTNERS, Server, kept, running_in

CASES = 124_334
OPEN = 10_000
"""Cases of these in which a question waits."""
_SCRAPES = 9


def measure() -> None:
    """Fill a case database of its own, and have a process of its own tell what one scrape takes."""
    with kept() as folder, running_in(folder) as server:
        _fill(server)
        subprocess.run([sys.executable, "-m", "tests.benchmarks.figures"], env=_environment(server), check=True)


def main() -> None:
    """Tell what one scrape takes, the median and the worst of several."""
    took = _scrapes()
    worst = round(max(took), 1)
    tell("metrics_scrape", statistics.median(took), "ms", goal=100, cases=CASES, questions=OPEN, worst=worst)


def _environment(server: Server) -> dict[str, str]:
    key = base64.b64encode(bytes(32)).decode()
    nobody = "http://127.0.0.1:1/api"
    return {
        **os.environ,
        "HOMEWARD_DATABASE_URL": server.address("homeward_app", "homeward"),
        "HOMEWARD_KEY_ENCRYPTION_KEYS": json.dumps({"k1": key}),
        "HOMEWARD_KEY_ENCRYPTION_KEY_ID": "k1",
        "HOMEWARD_LOOKUP_KEY": key,
        "HOMEWARD_DESK_URL": nobody,
        "PREFECT_API_URL": nobody,
        **{f"HOMEWARD_{partner.upper()}_URL": nobody for partner in PARTNERS},
        **{f"HOMEWARD_{partner.upper()}_TOKEN": "sandbox" for partner in PARTNERS},
    }


def _scrapes() -> list[float]:
    registry = CollectorRegistry()
    registry.register(CaseDatabase())
    took = []
    for _ in range(_SCRAPES):
        began = time.monotonic()
        text = generate_latest(registry).decode()
        took.append((time.monotonic() - began) * 1000)
        assert "homeward_database_up 1.0" in text
        assert f'homeward_cases{{stage="",status="home"}} {float(CASES - OPEN)}' in text
    case_file.engine().dispose()
    return took


def _fill(server: Server) -> None:
    """Write cases at once; what guards single ones is left out, since only the amount counts here."""
    person, proposal = uuid4(), uuid4()
    with psycopg.connect(server.superuser.replace("dbname=postgres", "dbname=homeward"), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "INSERT INTO repatriation_case (reference, person_id, status, moved_at, opened_by, opened_at, owner, "
            "operation, receiving_agency, ending) SELECT 'KHM-2026-' || lpad(n::text, 6, '0'), %s, "
            "CASE WHEN n <= %s THEN %s ELSE %s END, now(), 'O-01', now(), 'O-01', 'khm-2026-11', 'desk', false "
            "FROM generate_series(1, %s) n",
            (person, OPEN, CaseStatus.documented.value, CaseStatus.home.value, CASES),
        )
        connection.execute(
            "INSERT INTO attempt (id, reference, number, flow_run_id, started_at, ended_at, strikes) "
            "SELECT gen_random_uuid(), reference, 1, gen_random_uuid(), now(), "
            "CASE WHEN status = 'home' THEN now() END, 0 FROM repatriation_case"
        )
        for closed in (True, False):
            connection.execute(
                "INSERT INTO asking (id, reference, step, proposal_id, role, flow_run_id, asked_at, due_at, shown_at, "
                "closed_at) SELECT gen_random_uuid(), reference, %s, %s, 'travel-officer', gen_random_uuid(), now(), "
                "now(), now(), CASE WHEN %s THEN now() END FROM repatriation_case, generate_series(1, %s) "
                "WHERE %s OR status <> 'home'",
                (Step.booking.value, proposal, closed, 7 if closed else 1, closed),
            )
        connection.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    main()
