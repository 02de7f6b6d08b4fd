"""A flow that raises, hangs or eats memory hurts only itself; its worker goes on, or is started again."""

import subprocess
from collections.abc import Iterator
from inspect import isawaitable
from pathlib import Path
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId, WorkPoolFilter, WorkPoolFilterName
from prefect.client.schemas.objects import FlowRun
from prefect.types.entrypoint import EntrypointType

from deployments.stack import services
from deployments.worker.warm import GAVE_UP
from tests.conftest import Server
from tests.journeys import unruly
from tests.journeys.crew import WAITS_S, Workers, until

POOL = "unruly"


@pytest.fixture(scope="module")
def deployed(engine_address: str) -> None:
    """All flows of this module, in a pool of their own."""
    del engine_address
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name=POOL, type="homeward"))
    for flow in unruly.ALL:
        deployment = flow.to_deployment(POOL, work_pool_name=POOL, entrypoint_type=EntrypointType.MODULE_PATH)
        assert not isawaitable(deployment)
        deployment.apply()


@pytest.fixture
def worker(deployed: None, case_database: Server, tmp_path: Path) -> Iterator[Workers]:
    """One worker that gives up soon."""
    del deployed, case_database
    small = {"HOMEWARD_WORKER_MEMORY_MB": "400", "HOMEWARD_SEGMENT_LASTS_S": "8", "HOMEWARD_DRAIN_S": "8"}
    logs = tmp_path / "workers"
    logs.mkdir()
    crew = Workers(logs, POOL, small)
    crew.are(1)
    yield crew
    for left in list(crew.running):
        if left.poll() is None:
            crew.end(left)


@pytest.fixture(autouse=True)
def nothing_is_left(deployed: None) -> Iterator[None]:
    """Delete what a test leaves running: the next one's worker would begin it again, and it hangs."""
    del deployed
    yield
    ours = WorkPoolFilter(name=WorkPoolFilterName(any_=[POOL]))
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(work_pool_filter=ours):
            client.delete_flow_run(run.id)


def start(name: str, **parameters: float) -> UUID:
    """Start a flow, and return its run."""
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name(f"{name}/{POOL}")
        return client.create_flow_run_from_deployment(deployment.id, parameters=parameters).id


def comes_to(run_id: UUID, kind: str, within_s: float = WAITS_S) -> FlowRun:
    """Wait until a run is in a state."""

    def read() -> FlowRun:
        with get_client(sync_client=True) as client:
            return client.read_flow_run(run_id)

    until(lambda: read().state_type == kind, lambda: read().state, within_s)
    return read()


def test_a_flow_that_raises_fails_alone(worker: Workers) -> None:
    beside = start("behaves", lasts_s=1.5)

    failed = comes_to(start("raises"), "FAILED")

    assert failed.state is not None
    assert "something went wrong" in str(failed.state.message)
    comes_to(beside, "COMPLETED")
    comes_to(start("behaves"), "COMPLETED")
    assert worker.running[0].poll() is None


def test_a_flow_that_grabs_memory_fails_alone(worker: Workers) -> None:
    beside = start("behaves", lasts_s=1.5)

    failed = comes_to(start("grabs"), "FAILED")

    assert failed.state is not None
    assert "MemoryError" in str(failed.state.message)
    comes_to(beside, "COMPLETED")
    comes_to(start("behaves"), "COMPLETED")
    assert worker.running[0].poll() is None


def test_a_worker_grown_too_large_lets_its_runs_finish_and_ends_itself(worker: Workers) -> None:
    beside = start("behaves", lasts_s=3)
    comes_to(beside, "RUNNING")

    start("grows")

    assert worker.running[0].wait(WAITS_S) == GAVE_UP, worker.said()
    assert "MiB, more than 400" in worker.said()
    comes_to(beside, "COMPLETED")
    worker.are(1)
    comes_to(start("behaves"), "COMPLETED")


def test_a_worker_with_a_run_that_hangs_lets_the_others_finish_and_ends_itself(worker: Workers) -> None:
    start("hangs")
    beside = [start("behaves", lasts_s=2.5) for _ in range(3)]

    assert worker.running[0].wait(WAITS_S) == GAVE_UP, worker.said()

    assert "a run has worked for" in worker.said()
    for run in beside:
        comes_to(run, "COMPLETED")
    worker.are(1)
    comes_to(start("behaves"), "COMPLETED")


def test_what_a_run_says_reaches_the_engine(worker: Workers) -> None:
    del worker
    run = start("behaves")
    comes_to(run, "COMPLETED")

    def said() -> list[str]:
        wanted = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run]))
        with get_client(sync_client=True) as client:
            return [log.message for log in client.read_logs(wanted)]

    until(lambda: "it says something" in said(), said)


def test_prefects_own_command_starts_the_worker(deployed: None, case_database: Server, tmp_path: Path) -> None:
    del deployed, case_database
    by_hand = (services.program("prefect"), "worker", "start", "--type", "homeward")
    crew = Workers(tmp_path, POOL, command=by_hand)
    crew.are(1)
    started = start("behaves", lasts_s=2)
    comes_to(started, "RUNNING")

    try:
        crew.end(crew.running[0])
    except subprocess.TimeoutExpired:
        # Prefect's command turns the signal into a cancellation that is lost at times (3.8.8); it heeds the second.
        crew.end(crew.running[0])

    comes_to(started, "COMPLETED")
