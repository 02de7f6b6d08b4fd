"""Somebody deletes, pauses or changes a deployment in the engine: no case is lost, all is mended, and it is told."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from deployments.stack import services
from deployments.worker import registered
from models.case import Step
from models.message import AlarmKind
from models.officer import Role
from tasks import alarms, case_file, decisions, doorbell, engine, officers
from tasks.settings import Location, settings
from tests.conftest import PARTNERS, Server
from tests.journeys.crew import Workers, until
from tests.journeys.engine_hands import call
from tests.journeys.story import deploy
from tests.journeys.test_worker import WarmStory
from tests.sandbox.harness import Sandbox

DATABASE = "registered_cases"
POOL = services.WORK_POOL
LONG = pytest.mark.long
CLOCKS = ("sweep", "remind", "watch", "seal", "report")


@pytest.fixture(scope="module")
def workers(
    postgres_server: Server, engine_address: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workers]:
    """Everything registered as the stack does it, a case database, and no worker yet."""
    with psycopg.connect(postgres_server.superuser, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE homeward OWNER homeward_owner")
    var = tmp_path_factory.mktemp("registering")
    (var / "logs").mkdir()
    services.register(Location(var=var), {"PREFECT_API_URL": engine_address})
    found = Workers(tmp_path_factory.mktemp("workers"), POOL)
    yield found
    for worker in list(found.running):
        found.end(worker)
    for clock in CLOCKS:
        delete(clock)
    for journeys in ("repatriate", "operate"):
        delete(journeys)
    deploy()
    with psycopg.connect(postgres_server.superuser, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


@pytest.fixture
def warm(
    workers: Workers,
    partners: Sandbox,
    postgres_server: Server,
    configured: pytest.MonkeyPatch,
    engine_address: str,
) -> Iterator[WarmStory]:
    """A story in the workers' case database, in which nobody plays the worker; every alarm has been looked at."""
    del workers
    for partner in PARTNERS:
        path = partner.replace("_", "-")
        configured.setenv(f"HOMEWARD_{partner.upper()}_URL", f"http://127.0.0.1:{partners.port}/{path}")
    configured.setenv("HOMEWARD_DATABASE_URL", postgres_server.address("homeward_app", DATABASE))
    configured.setenv("PREFECT_API_URL", engine_address)
    settings.cache_clear()
    case_file.engine.cache_clear()
    connections = case_file.engine()
    with psycopg.connect(postgres_server.address("homeward_owner", DATABASE).replace("+psycopg", "")) as connection:
        connection.execute("DELETE FROM case_counter")
        connection.execute("UPDATE alarm SET acknowledged_at = now()")
    yield WarmStory(partners)
    connections.dispose()
    case_file.engine.cache_clear()


def deployment(flow: str) -> dict[str, Any] | None:
    """A deployment as the engine has it."""
    found = call("GET", f"/deployments/name/{flow}/homeward")
    return None if found.status_code == 404 else found.raise_for_status().json()


def standing(flow: str) -> dict[str, Any]:
    """A deployment that is there."""
    found = deployment(flow)
    assert found is not None
    return found


def delete(flow: str) -> None:
    """Press Delete in the engine, as its UI does."""
    call("DELETE", f"/deployments/{standing(flow)['id']}").raise_for_status()


def told() -> list[str]:
    """What the alarms that stand are about."""
    return sorted(a.subject for a in alarms.standing() if a.kind is AlarmKind.deployment_changed)


def are_registered(workers: Workers) -> None:
    """Wait until all stands as it is defined, once each."""
    until(lambda: not registered.differing(POOL), workers.said, 180)
    found = call("POST", "/deployments/filter", {"work_pools": {"name": {"any_": [POOL]}}}).json()
    assert sorted(each["entrypoint"] for each in found) == sorted(d.entrypoint for d in registered.definitions())


def test_a_deleted_journey_is_registered_again_and_its_cases_go_on(workers: Workers, warm: WarmStory) -> None:
    workers.are(1)
    warm.opens()
    warm.starts()
    asked, run_id = warm.question(), warm.run_id

    delete("repatriate")

    until(lambda: told() == ["repatriate/homeward"], workers.said)
    are_registered(workers)
    # The run that waited belongs to the deployment that is gone, and goes on: by a decision, and by a Resume.
    assert warm.question().id == asked.id
    warm.answers()
    assert warm.waits_at() is Step.authorise
    asked, officer = warm.question(), warm.deciders[Role.authorising_officer]
    typed = {
        "officer": officer, "seen": warm.letters(officer), "decision": "approve", "reason_code": "in_order",
        "to_stage": "—",
        "code": officers.drill_code(officer),
    }  # fmt: skip
    call("POST", f"/flow_runs/{run_id}/resume", {"run_input": typed}).raise_for_status()
    warm.shows(after=asked.id)
    assert warm.waits_at() is Step.booking
    assert [run.id for run in warm.runs()] == [run_id]
    assert told() == ["repatriate/homeward"], "told once"


def test_nothing_is_lost_when_the_journey_is_deleted_while_no_worker_lives(workers: Workers, warm: WarmStory) -> None:
    workers.are(1)
    warm.opens()
    warm.starts()
    asked = warm.question()
    workers.are(0)
    decisions.record(warm.reference, "verification", warm.answer())
    begun = WarmStory.__new__(WarmStory)
    begun.__dict__ |= warm.__dict__
    begun.opens()
    assert doorbell.start(begun.reference) is None

    # The engine deletes with it every run that has not begun.
    delete("repatriate")
    assert begun.runs() == []
    with pytest.raises(engine.EngineUnavailable, match="a worker registers it again"):
        doorbell.start(begun.reference)
    workers.are(1)

    warm.shows(after=asked.id)
    begun.shows(after=None)
    assert (warm.waits_at(), begun.waits_at()) == (Step.authorise, Step.verification)
    assert told() == ["repatriate/homeward"]
    are_registered(workers)


CHANGES: dict[str, Callable[[], object]] = {
    "deleted": lambda: delete("remind"),
    "its schedule paused": lambda: patch_schedule({"active": False}),
    "paused": lambda: patch("remind", {"paused": True}),
    "its schedule put off": lambda: patch_schedule({"schedule": {"interval": 31_536_000}}),
    "its schedule of another kind": lambda: patch_schedule({"schedule": {"rrule": "FREQ=YEARLY"}}),
    "its schedule deleted": lambda: call("DELETE", schedule_path()).raise_for_status(),
    "limited": lambda: patch("remind", {"concurrency_limit": 1}),
    "sent to another flow": lambda: patch("remind", {"entrypoint": "flows.clocks.seal"}),
    "given what it does not take": lambda: patch("remind", {"parameters": {"much": "more"}}),
    "its schedule given what it does not take": lambda: patch_schedule({"parameters": {"much": "more"}}),
    "sent to a queue of somebody's": lambda: patch("remind", {"work_queue_name": "nobodys"}),
}
"""What somebody may do to the clock that reminds."""

QUICK = ("deleted", "its schedule paused")


def patch(flow: str, change: dict[str, Any]) -> None:
    """Change a deployment as its UI does."""
    call("PATCH", f"/deployments/{standing(flow)['id']}", change).raise_for_status()


def schedule_path() -> str:
    """Where the schedule of the reminding clock lies."""
    found = standing("remind")
    return f"/deployments/{found['id']}/schedules/{found['schedules'][0]['id']}"


def patch_schedule(change: dict[str, Any]) -> None:
    """Change the schedule of the reminding clock."""
    call("PATCH", schedule_path(), change).raise_for_status()


@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize("what", [each if each in QUICK else pytest.param(each, marks=LONG) for each in CHANGES])
def test_a_clock_that_is_deleted_paused_or_changed_runs_again(workers: Workers, what: str) -> None:
    workers.are(1)
    are_registered(workers)

    CHANGES[what]()

    until(lambda: told() == ["remind/homeward"], workers.said)
    are_registered(workers)


@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize(
    ("path", "change"),
    [
        (f"/work_pools/{POOL}", {"is_paused": True}),
        pytest.param(f"/work_pools/{POOL}", {"concurrency_limit": 0}, marks=LONG),
        pytest.param(f"/work_pools/{POOL}/queues/default", {"is_paused": True}, marks=LONG),
        pytest.param(f"/work_pools/{POOL}/queues/default", {"concurrency_limit": 0}, marks=LONG),
    ],
)
def test_a_work_pool_that_hands_out_nothing_does_again(workers: Workers, path: str, change: dict[str, Any]) -> None:
    workers.are(1)
    are_registered(workers)

    call("PATCH", path, change).raise_for_status()

    until(lambda: told() == [f"work-pool/{POOL}"], workers.said)
    are_registered(workers)
