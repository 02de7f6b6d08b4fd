"""Warm workers, as processes of their own, carry cases on while nobody does anything but decide."""

import json
import os
import random
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from inspect import isawaitable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pendulum
import psycopg
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import FlowRun, FlowRunPolicy
from prefect.states import Cancelling, Failed, Running
from prefect.types.entrypoint import EntrypointType
from sqlmodel import col, select

from deployments import health
from deployments.stack.ground import take_port
from flows.operation import operate
from flows.repatriation import repatriate
from models.case import Attempt, CaseStatus, Step
from models.decision import ReasonCode
from models.message import AlarmKind
from models.officer import Role
from tasks import alarms, case_file, decisions, doorbell, engine, form, messages, officers, operations, takeover
from tasks.settings import settings
from tests.conftest import Server, signs
from tests.journeys.crew import OURS, WAITS_S, Workers, until
from tests.journeys.story import Story
from tests.mailbox import mail_server
from tests.sandbox.harness import Sandbox

POOL = "warm"
DATABASE = "warm_cases"
SEED = int(os.environ.get("HOMEWARD_SEED", str(random.SystemRandom().randrange(10**6))))


@pytest.fixture(scope="module")
def workers(
    postgres_server: Server, engine_address: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workers]:
    """A case database of their own, a work pool with the journey deployed to it, and no worker yet."""
    del engine_address
    with psycopg.connect(postgres_server.superuser, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE homeward OWNER homeward_owner")
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name=POOL, type="homeward"))
    for flow in (repatriate, operate):
        deployment = flow.to_deployment(POOL, work_pool_name=POOL, entrypoint_type=EntrypointType.MODULE_PATH)
        assert not isawaitable(deployment)
        deployment.apply()
    found = Workers(tmp_path_factory.mktemp("workers"), POOL)
    yield found
    for worker in list(found.running):
        found.end(worker)
    with psycopg.connect(postgres_server.superuser, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


class WarmStory(Story):
    """A story in which nobody plays the worker."""

    def starts(self) -> None:
        """The coordinator starts the journey, and it comes to its first question by itself."""
        assert doorbell.start(self.reference) is None
        self.run_id = self.newest_run()
        self.shows(after=None)

    def shows(self, *, after: UUID | None, within_s: float = WAITS_S) -> float:
        """Wait for the next question to be shown, or the journey's end, and return how long that took."""

        def has_come() -> bool:
            with case_file.transaction() as session:
                asking = decisions.open_asking(session, self.reference)
                closed = case_file.load(session, self.reference).is_closed
            return closed or (asking is not None and asking.id != after and asking.shown_at is not None)

        return until(has_come, lambda: (self.timeline(), self.run().state), within_s)

    def answers(self, **more: Any) -> float:
        """The right officer decides, and the next question comes by itself; return how long that took."""
        asked, step = self.question(), self.question().step
        reason = ReasonCode.try_again if step is Step.help else ReasonCode.in_order
        decisions.record(self.reference, step.value, self.answer(reason=reason, **more))
        assert doorbell.wake(self.reference)
        return self.shows(after=asked.id)

    def goes_home(self) -> list[float]:
        """Decide every question as it comes, and return how long each next one took."""
        took = []
        while self.waits_at() is not None:
            assert self.waits_at() is not Step.help, self.timeline()
            took.append(self.answers())
        assert self.status() is CaseStatus.home, self.timeline()
        return took

    def ends_as(self, kind: str, run_id: UUID, within_s: float = WAITS_S) -> FlowRun:
        """Wait until a run is in a state."""

        def read() -> FlowRun:
            with get_client(sync_client=True) as client:
                return client.read_flow_run(run_id)

        until(lambda: read().state_type == kind, lambda: read().state, within_s)
        return read()


@pytest.fixture
def worker_signing(
    workers: Workers, configured: pytest.MonkeyPatch, signer_keys: Path, tmp_path: Path
) -> Iterator[None]:
    """A signer at the same address for every story, because a worker may outlive one."""
    address = workers.logs.with_suffix(".sock")
    configured.setenv("HOMEWARD_SIGNER_SOCKET", str(address))
    with signs(tmp_path / "signer", address, signer_keys):
        yield


@pytest.fixture
def warm(
    worker_signing: None,
    partners: Sandbox,
    postgres_server: Server,
    configured: pytest.MonkeyPatch,
    engine_address: str,
) -> Iterator[WarmStory]:
    """A story in the workers' case database, with a signer; its officers have codes nobody has used."""
    del worker_signing
    for partner in (
        "registry", "lookouts", "airline", "document_check", "carrier_desk", "host_authority", "border_control",
        "treasury", "receiving_agency",
    ):  # fmt: skip
        path = partner.replace("_", "-")
        configured.setenv(f"HOMEWARD_{partner.upper()}_URL", f"http://127.0.0.1:{partners.port}/{path}")
    configured.setenv("HOMEWARD_DATABASE_URL", postgres_server.address("homeward_app", DATABASE))
    configured.setenv("HOMEWARD_DEPLOYMENT", f"repatriate/{POOL}")
    configured.setenv("HOMEWARD_OPERATION_DEPLOYMENT", f"operate/{POOL}")
    configured.setenv("PREFECT_API_URL", engine_address)
    settings.cache_clear()
    case_file.engine.cache_clear()
    connections = case_file.engine()
    with psycopg.connect(postgres_server.address("homeward_owner", DATABASE).replace("+psycopg", "")) as connection:
        # Each story counts its references on from where the story before has left them.
        connection.execute("DELETE FROM case_counter")
    yield WarmStory(partners)
    connections.dispose()
    case_file.engine.cache_clear()
    partners.control.delete("/faults").raise_for_status()


def counts(story: Story) -> dict[str, Any]:
    """What the sandbox has counted."""
    found: dict[str, Any] = story.sandbox.control.get("/counts").json()
    return found


def happened_once(story: Story, before: dict[str, Any]) -> None:
    """Every effect on the way home has happened exactly once."""
    after = counts(story)
    for name in ("payments", "commitments_posted", "receipts", "offers_accepted", "documents_valid"):
        assert after[name] - before[name] == (0 if name == "documents_valid" else 1), name
    assert after["holds_unpaid"] == before["holds_unpaid"]
    assert story.live_orders() == 1


def test_a_case_goes_home_by_decisions_alone(workers: Workers, warm: WarmStory) -> None:
    workers.are(1)
    before = counts(warm)
    warm.opens()
    warm.starts()

    took = warm.goes_home()

    happened_once(warm, before)
    assert max(took) < 10, took
    assert warm.ends_as("COMPLETED", warm.runs()[0].id).name == warm.reference


def test_a_worker_says_that_it_is_ready_and_every_line_it_writes_names_case_and_attempt(
    workers: Workers, warm: WarmStory
) -> None:
    workers.are(0)
    port = take_port(0, "health")
    workers.command = (*OURS, "--health-port", str(port))
    try:
        workers.are(1)
        log = workers.logs / f"test-{workers._started}"
        warm.opens()
        warm.fault("half_json", partner="registry")
        warm.starts()

        answers = {
            path: httpx.get(f"http://127.0.0.1:{port}{path}", timeout=20) for path in (health.LIVE, health.READY)
        }
    finally:
        workers.are(0)
        workers.command = OURS
        warm.sandbox.control.delete("/faults").raise_for_status()

    assert {path: reply.json() for path, reply in answers.items()} == {
        health.LIVE: {"live": True},
        health.READY: {"ready": True},
    }
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}{health.LIVE}")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    told = [line for line in lines if "registry" in line["event"]]
    assert {(line["service"], line["reference"], line["attempt"]) for line in told} == {
        ("worker", warm.reference, str(warm.runs()[0].id))
    }


def test_a_resume_in_the_engine_goes_on_at_once(workers: Workers, warm: WarmStory) -> None:
    workers.are(1)
    warm.opens()
    warm.starts()
    officer = warm.deciders[Role.verifying_officer]
    typed = {
        "officer": officer, "seen": warm.letters(officer), "decision": "approve", "reason_code": "in_order",
        "to_stage": "—",
        "code": officers.drill_code(officer),
    }  # fmt: skip
    asked = warm.question()

    with get_client(sync_client=True) as client:
        client.resume_flow_run(warm.runs()[0].id, run_input=typed)

    assert warm.shows(after=asked.id) < 5
    assert warm.waits_at() is Step.authorise


def test_a_second_run_of_a_case_ends_and_says_why(workers: Workers, warm: WarmStory) -> None:
    workers.are(1)
    warm.opens()
    warm.starts()
    asked = warm.question()

    second = engine.start_run(warm.reference, key=f"second:{warm.reference}")

    ended = warm.ends_as("COMPLETED", second)
    assert ended.state is not None
    assert "already in progress" in str(ended.state.message)
    assert warm.question().id == asked.id


def test_a_suspended_run_cancelled_in_the_engine_asks_a_coordinator(workers: Workers, warm: WarmStory) -> None:
    workers.are(1)
    warm.opens()
    warm.starts()
    asked, run = warm.question(), warm.runs()[0]

    cancel(run.id)

    warm.ends_as("CANCELLED", run.id, within_s=5)
    warm.shows(after=asked.id)
    assert warm.waits_at() is Step.help
    warm.answers()
    assert warm.waits_at() is Step.verification


def test_a_run_cancelled_while_it_works_leaves_and_asks_a_coordinator(workers: Workers, warm: WarmStory) -> None:
    workers.are(1)
    warm.opens()
    warm.fault("delay", partner="registry", method="POST", path="*", seconds=3)
    assert doorbell.start(warm.reference) is None
    run = warm.runs()[0]
    warm.ends_as("RUNNING", run.id)

    cancel(run.id)

    warm.ends_as("CANCELLED", run.id, within_s=5)
    warm.shows(after=None)
    assert warm.waits_at() is Step.help
    assert warm.runs()[0].state_type == "CANCELLED"


def cancel(run_id: UUID) -> None:
    """Press Cancel in the engine, as its UI does."""
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run_id, Cancelling())


def test_a_question_whose_form_was_deleted_is_asked_again(workers: Workers, warm: WarmStory) -> None:
    workers.are(1)
    warm.opens()
    warm.starts()
    asked, run = warm.question(), warm.runs()[0]

    with get_client(sync_client=True) as client:
        client.delete_flow_run_input(run.id, f"suspended-{asked.key}-description")

    warm.shows(after=asked.id)
    assert warm.waits_at() is Step.verification
    assert form.is_own(warm.question().key, *engine.form_of(run.id, warm.question().key))


def test_a_run_deleted_from_the_engine_is_begun_again(workers: Workers, warm: WarmStory) -> None:
    workers.are(1)
    warm.opens()
    warm.starts()
    asked = warm.question()

    with get_client(sync_client=True) as client:
        client.delete_flow_run(warm.runs()[0].id)

    warm.shows(after=asked.id)
    assert warm.waits_at() is Step.verification


def test_two_workers_that_hear_of_one_case_act_once(workers: Workers, warm: WarmStory) -> None:
    workers.are(2)
    before = counts(warm)
    warm.opens()
    warm.starts()

    while warm.waits_at() is not None:
        asked = warm.question()
        decisions.record(warm.reference, asked.step.value, warm.answer())
        for _ in range(3):
            assert doorbell.wake(warm.reference)
        warm.shows(after=asked.id)

    # How many runs it took says nothing: on a slow machine a case is taken over, and still each effect comes once.
    happened_once(warm, before)
    assert warm.status() is CaseStatus.home


def test_an_officer_is_told_soon_after_the_question_and_by_one_of_two_workers(
    workers: Workers, warm: WarmStory
) -> None:
    with mail_server() as box:
        workers.are(0)
        workers.variables = {
            "HOMEWARD_SMTP_HOST": "127.0.0.1",
            "HOMEWARD_SMTP_PORT": str(box.port),
            "HOMEWARD_SMTP_FROM": "desk@homeward.example",
        }
        try:
            messages.reach(warm.deciders[Role.verifying_officer], email="verifying@mofa.example", by="test")
            workers.are(2)
            warm.opens()
            warm.starts()

            until(lambda: bool(box.arrived), workers.said, 10)
            # Each of them looks several times more.
            time.sleep(2)
        finally:
            workers.are(0)
            workers.variables = {}

    assert [mail.to for mail in box.arrived] == [["verifying@mofa.example"]]
    assert warm.reference in box.arrived[0].text


TIMES = [pytest.param(n, marks=pytest.mark.long) if n else n for n in range(6)]


@pytest.mark.parametrize("time_of_death", TIMES)
def test_killed_at_any_moment_another_worker_carries_on(workers: Workers, warm: WarmStory, time_of_death: int) -> None:
    workers.are(2)
    chance = random.Random(f"{SEED}-{time_of_death}")
    step = chance.choice((Step.authorise, Step.funding, Step.release))
    before = counts(warm)
    warm.opens()
    warm.starts()
    while warm.waits_at() is not step:
        warm.answers()
    asked = warm.question()

    # Slowed down at every partner, so that the moment falls inside the step.
    for partner in ("airline", "treasury", "border-control", "receiving-agency"):
        warm.fault("delay_after", partner=partner, seconds=0.3, times=2)
    decisions.record(warm.reference, step.value, warm.answer())
    assert doorbell.wake(warm.reference)
    time.sleep(chance.uniform(0, 1.2))
    while workers.running:
        workers.end(workers.running[0], by=signal.SIGKILL)
    workers.are(1)
    carried_on_s = warm.shows(after=asked.id)
    warm.goes_home()

    assert carried_on_s < 30, f"seed {SEED}"
    happened_once(warm, before)


def test_a_run_that_failed_once_goes_on_though_the_engine_tells_no_other_worker_of_it(
    workers: Workers, warm: WarmStory
) -> None:
    workers.are(0)
    warm.opens()
    assert doorbell.start(warm.reference) is None
    run_id = warm.newest_run()
    with get_client(sync_client=True) as client:
        client.update_flow_run(run_id, empirical_policy=FlowRunPolicy(retries=5, retry_delay=0))
        client.set_flow_run_state(run_id, Running())
        # The engine leaves the next try to whoever ran it, and tells no other worker of it.
        client.set_flow_run_state(run_id, Failed(message="the engine did not answer"))
        assert client.read_flow_run(run_id).empirical_policy.retry_type == "in_process"

    workers.are(1)
    warm.shows(after=None)
    asked = warm.question()
    assert asked.step is Step.verification
    # Nor does it when the answer comes while nobody listens.
    workers.are(0)
    decisions.record(warm.reference, asked.step.value, warm.answer())
    assert doorbell.wake(warm.reference)
    workers.are(1)
    warm.shows(after=asked.id)

    assert warm.waits_at() is Step.authorise
    assert [run.id for run in warm.runs()] == [run_id]


def begun(references: list[str]) -> int:
    """How many of these cases have a run, and no case two."""
    with case_file.transaction() as session:
        attempts = session.exec(select(Attempt.reference).where(col(Attempt.reference).in_(references))).all()
    assert len(set(attempts)) == len(attempts)
    return len(attempts)


def test_an_operation_whose_worker_is_killed_in_its_middle_begins_everybody_once(
    workers: Workers, warm: WarmStory
) -> None:
    workers.are(1)
    operation = f"khm-{SEED}"
    references = [warm.opens(operation=operation) for _ in range(8)]
    run_id = operations.start(operation)
    until(lambda: begun(references) > 2, workers.said)

    workers.end(workers.running[0], by=signal.SIGKILL)
    assert begun(references) < len(references)
    workers.are(1)
    until(lambda: begun(references) == len(references), workers.said)

    assert "journeys begun" in str(warm.ends_as("COMPLETED", run_id).state)


def test_a_run_that_ends_its_process_each_time_is_given_up_and_told(
    workers: Workers, warm: WarmStory, configured: pytest.MonkeyPatch
) -> None:
    workers.are(0)
    configured.setattr(takeover, "GRACE", pendulum.duration())
    operation = f"khm-{SEED}-none"
    warm.opens(operation=operation)
    run_id = operations.start(operation)
    with get_client(sync_client=True) as client:
        for _ in range(takeover.STRIKES):
            client.set_flow_run_state(run_id, Running(), force=True)
            with ThreadPoolExecutor(1) as elsewhere, case_file.lease(str(run_id)):
                # Somebody works on it.
                assert operation not in elsewhere.submit(takeover.take_over_unattended).result()
            assert takeover.take_over_unattended()[operation] is takeover.Finding.process_gone

    assert warm.ends_as("CRASHED", run_id)
    assert [alarm.subject for alarm in alarms.standing() if alarm.kind is AlarmKind.run_given_up] == [operation]


def test_a_worker_asked_to_end_finishes_what_it_works_on(workers: Workers, warm: WarmStory) -> None:
    workers.are(1)
    warm.opens()
    warm.fault("delay", partner="registry", method="POST", path="*", seconds=2)
    assert doorbell.start(warm.reference) is None
    run = warm.runs()[0]
    warm.ends_as("RUNNING", run.id)

    code = workers.end(workers.running[0])

    assert code == 0, workers.said()
    assert warm.waits_at() is Step.verification
    assert warm.runs()[0].state_type == "PAUSED"
