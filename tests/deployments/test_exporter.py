"""What Prometheus reads: true figures, from the database and from processes, and nothing about anybody."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import psycopg
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from deployments import health, migrations
from deployments.exporter import families
from deployments.exporter.app import application
from deployments.worker import registered
from models.case import CaseStatus, Stage, Step
from models.message import ALARM_WORDS, AlarmKind, MessageKind
from models.officer import Role
from tasks import alarms, archiving, case_file, engine, meters, seals
from tasks.clock import now
from tasks.settings import REPOSITORY
from tests.conftest import Server
from tests.tasks.asked import PLANTED, House

DASHBOARD = REPOSITORY / "deployments" / "observability" / "grafana.json"
RULES = DASHBOARD.with_name("alerts.yml")

PROCESS = """
import sys
from pathlib import Path
from tasks import meters
from tasks.partners.errors import PartnerUnavailable
from tasks.partners.transport import telling
var, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
meters.keep(var, name)
for _ in range(count):
    with meters.partner_called("airline"):
        pass
    try:
        with telling(lambda told: None):
            raise PartnerUnavailable("airline", "did not answer")
    except PartnerUnavailable:
        pass
meters.slots(name, used=count, limit=8, waiting=0)
meters.ticked("remind")
"""
"""A process that counts and ends, as a killed one does, without a word."""


def counts(var: Path, name: str, count: int) -> None:
    command = [sys.executable, "-c", PROCESS, str(var), name, str(count)]
    subprocess.run(command, check=True, cwd=REPOSITORY)


Sample = tuple[str, frozenset[tuple[str, str]]]


def get(var: Path, path: str, *, token: str | None = None, bears: str | None = None) -> httpx.Response:
    """Ask the exporter of a folder, without a line between."""

    async def ask() -> httpx.Response:
        served = httpx.ASGITransport(application(var, token=token))
        async with httpx.AsyncClient(transport=served, base_url="http://exporter.test") as line:
            return await line.get(path, headers={"Authorization": f"Bearer {bears}"} if bears else {})

    return asyncio.run(ask())


def scraped(var: Path) -> dict[Sample, float]:
    """Every figure of a scrape, by name and labels."""
    return {
        (found.name, frozenset(found.labels.items())): found.value
        for family in text_string_to_metric_families(get(var, "/metrics").raise_for_status().text)
        for found in family.samples
    }


def sample(name: str, **labels: str) -> Sample:
    return name, frozenset(labels.items())


@pytest.fixture
def house(case_database: Server) -> House:
    """Officers of every role."""
    del case_database
    return House()


def test_cases_questions_messages_alarms_and_the_seal_are_counted(house: House, sealing: Path, tmp_path: Path) -> None:
    del sealing
    references = [house.opens() for _ in range(3)]
    for reference in references[1:]:
        house.asks(reference=reference)
    with case_file.transaction() as session:
        case = case_file.load(session, references[0])
        case_file.move(session, case, CaseStatus.verified)
        alarms.sound(session, case, AlarmKind.run_cancelled, about="run 1")
    seals.seal_chain(actor="test")

    found = scraped(tmp_path)

    assert found[sample("homeward_database_up")] == 1
    assert found[sample("homeward_cases", stage="verification", status="opened")] == 2
    assert found[sample("homeward_cases", stage="travel_document", status="verified")] == 1
    assert found[sample("homeward_cases", stage="", status="home")] == 0
    place = {"step": "verification.lookout", "role": "lookout-officer"}
    assert found[sample("homeward_questions_open", **place)] == 2
    assert found[sample("homeward_questions_overdue", **place)] == 0
    assert found[sample("homeward_alarms", kind="run_cancelled")] == 1
    assert found[sample("homeward_messages_waiting", kind="alarm")] == 1
    assert now().timestamp() - 600 < found[sample("homeward_audit_sealed_timestamp_seconds")] <= now().timestamp()
    # That it was sealed is an event too.
    assert found[sample("homeward_audit_unsealed_events")] == 1


def test_an_archive_that_nobody_streams_shows_and_where_none_is_kept_nothing_does(
    house: House, case_database: Server, tmp_path: Path
) -> None:
    del house
    assert not any(name.startswith("homeward_archive") for name, _ in scraped(tmp_path))

    with psycopg.connect(case_database.superuser, autocommit=True) as connection:
        connection.execute("SELECT pg_create_physical_replication_slot(%s, true)", (archiving.SLOT,))
        try:
            found = scraped(tmp_path)
        finally:
            connection.execute("SELECT pg_drop_replication_slot(%s)", (archiving.SLOT,))

    assert found[sample("homeward_archive_streams")] == 0
    assert found[sample("homeward_archive_behind_bytes")] >= 0


def test_a_question_grows_old_and_overdue(house: House, configured: pytest.MonkeyPatch, tmp_path: Path) -> None:
    house.asks()
    place = {"step": "verification.lookout", "role": "lookout-officer"}
    nine_days_s = 9 * 24 * 3600

    configured.setattr(families, "now", lambda: now().add(seconds=nine_days_s))
    found = scraped(tmp_path)

    assert found[sample("homeward_questions_overdue", **place)] == 1
    assert nine_days_s <= found[sample("homeward_question_oldest_seconds", **place)] < nine_days_s + 600


def test_no_label_names_a_case_or_a_person(house: House, tmp_path: Path) -> None:
    reference = house.asks().reference
    counts(tmp_path, "worker", 1)

    text = get(tmp_path, "/metrics").text

    for planted in (reference, *PLANTED.values(), *house.officers.values()):
        assert planted not in text
    known = {
        *(word.value for kind in (CaseStatus, Stage, Step, Role, AlarmKind, MessageKind) for word in kind),
        *("", "ending", "worker", "remind", "airline", "PartnerUnavailable"),
    }
    labels = {
        value
        for family in text_string_to_metric_families(text)
        for each in family.samples
        for name, value in each.labels.items()
        if name != "le"
    }
    assert labels <= known


def test_processes_count_on_when_started_again_and_leave_no_file_behind(house: House, tmp_path: Path) -> None:
    del house
    counts(tmp_path, "worker", 2)
    counts(tmp_path, "worker-2", 3)
    files = sorted(file.name for file in (tmp_path / "metrics").iterdir())
    counts(tmp_path, "worker", 1)

    found = scraped(tmp_path)

    assert found[sample("homeward_partner_call_seconds_count", partner="airline")] == 6
    assert found[sample("homeward_partner_errors_total", partner="airline", error="PartnerUnavailable")] == 6
    assert found[sample("homeward_worker_slots_used", worker="worker")] == 1
    assert found[sample("homeward_worker_slots_used", worker="worker-2")] == 3
    assert sample("homeward_clock_ticked_timestamp_seconds", clock="remind") in found
    assert sorted(file.name for file in (tmp_path / "metrics").iterdir()) == files


def test_the_slots_of_a_worker_that_has_ended_are_taken_away_and_its_counts_stay(house: House, tmp_path: Path) -> None:
    del house
    counts(tmp_path, "worker", 2)

    meters.ended(tmp_path, "worker")

    found = scraped(tmp_path)
    assert sample("homeward_worker_slots_used", worker="worker") not in found
    assert found[sample("homeward_partner_errors_total", partner="airline", error="PartnerUnavailable")] == 2


def test_a_process_that_cannot_keep_its_counts_works_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = tmp_path / "file"
    nowhere.write_text("")

    meters.keep(nowhere, "worker")

    meters.slots("worker", used=1, limit=8, waiting=0)
    assert "are not kept" in caplog.text


def test_a_database_that_does_not_answer_leaves_the_figures_of_processes(
    configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    del configured
    case_file.engine.cache_clear()
    counts(tmp_path, "worker", 2)

    found = scraped(tmp_path)

    assert found[sample("homeward_database_up")] == 0
    assert found[sample("homeward_worker_slots", worker="worker")] == 8
    case_file.engine.cache_clear()


def test_whoever_brings_no_token_reads_no_figure(house: House, tmp_path: Path) -> None:
    del house
    token = "a-token-of-many-letters"

    for bears in (None, "another-token-of-many", token[:-1]):
        refused = get(tmp_path, "/metrics", token=token, bears=bears)
        assert (refused.status_code, refused.text) == (401, "Bring the token.\n")
    assert "homeward_cases" in get(tmp_path, "/metrics", token=token, bears=token).text


def test_beyond_this_machine_the_exporter_does_not_start_without_a_token(configured: pytest.MonkeyPatch) -> None:
    del configured
    command = [sys.executable, "-m", "deployments.exporter", "--host", "0.0.0.0", "--port", "0"]  # noqa: S104
    refused = subprocess.run(command, capture_output=True, text=True, check=False, cwd=REPOSITORY)

    assert refused.returncode == 1
    assert refused.stderr == "Beyond this machine the figures need a token; set HOMEWARD_METRICS_TOKEN.\n"


@pytest.fixture
def told(house: House, sealing: Path, case_database: Server, tmp_path: Path) -> dict[Sample, float]:
    """Every figure there is, those of an archive among them."""
    del sealing
    counts(tmp_path, "worker", 1)
    house.asks()
    seals.seal_chain(actor="test")
    with psycopg.connect(case_database.superuser, autocommit=True) as connection:
        connection.execute("SELECT pg_create_physical_replication_slot(%s, true)", (archiving.SLOT,))
        try:
            return scraped(tmp_path)
        finally:
            connection.execute("SELECT pg_drop_replication_slot(%s)", (archiving.SLOT,))


def test_every_query_of_the_dashboard_asks_for_a_figure_that_is_told(told: dict[Sample, float]) -> None:
    labels: dict[str, set[str]] = {}
    for name, of_it in told:
        labels.setdefault(name, set()).update(label for label, _ in of_it)

    queries = [target["expr"] for panel in json.loads(DASHBOARD.read_text())["panels"] for target in panel["targets"]]

    assert len(queries) >= 15
    for query in queries:
        names = re.findall(r"homeward_\w+", query)
        assert names, query
        for name in names:
            assert name in labels, query
            grouped = {label for words in re.findall(r"by \(([^)]*)\)", query) for label in words.split(", ")}
            assert grouped <= labels[name], query
    asked_for = {name for query in queries for name in re.findall(r"homeward_\w+?(?=_bucket|_count|_sum|\b)", query)}
    assert {re.sub("_(bucket|count|sum|created)$", "", name) for name in labels} == asked_for


def test_every_rule_asks_for_a_figure_that_is_told_by_labels_it_has(told: dict[Sample, float]) -> None:
    rules = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    labels = {name: {label for each, of_it in told if each == name for label, _ in of_it} for name, _ in told}
    clocks = {each.flow for each in registered.definitions() if each.schedules}

    assert len(rules) >= 8
    for rule in rules:
        names = set(re.findall(r"homeward_\w+", rule["expr"]))
        assert names <= labels.keys(), rule["alert"]
        spoken = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
        grouped = set(re.findall(r"by \((\w+)\)", rule["expr"]))
        assert spoken <= grouped <= {label for name in names for label in labels[name]}, rule["alert"]
    silent = next(rule["expr"] for rule in rules if rule["alert"] == "HomewardClockSilent")
    watched = {word for words in re.findall(r'clock=~?"([^"]*)"', silent) for word in words.split("|")}
    assert watched == clocks


def test_every_alarm_stands_in_the_readme_in_its_own_words() -> None:
    readme = (REPOSITORY / "README.md").read_text()

    for kind in AlarmKind:
        assert f"| `{kind.value}` | {ALARM_WORDS[kind]} |" in readme


def test_ready_means_database_engine_and_version_and_strangers_hear_no_reason(
    house: House, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    del house
    configured.setattr(health, "_KEPT_S", 0.0)
    assert get(tmp_path, health.LIVE).json() == {"live": True}

    # Nobody answers for the engine.
    refused = get(tmp_path, health.READY)
    assert (refused.status_code, refused.json()) == (503, {"ready": False})

    configured.setattr(engine, "answers", lambda: True)
    assert get(tmp_path, health.READY).json() == {"ready": True}

    configured.setattr(migrations, "newest", lambda: "9999")
    assert get(tmp_path, health.READY).status_code == 503


def test_the_desk_says_whether_it_is_ready_without_a_sign_in(
    desk: httpx.Client, configured: pytest.MonkeyPatch
) -> None:
    configured.setattr(health, "_KEPT_S", 0.0)

    assert desk.get("/health/live").json() == {"live": True}
    assert (desk.get("/health/ready").status_code, desk.get("/health/ready").json()) == (503, {"ready": False})
    configured.setattr(engine, "answers", lambda: True)
    assert desk.get("/health/ready").json() == {"ready": True}
