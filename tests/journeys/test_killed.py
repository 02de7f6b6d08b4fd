"""The process is killed between an act and its answer; the next one carries on, and nothing has happened twice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pendulum
import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL

from models.case import CaseStatus, Step
from tasks import case_file, decisions, doorbell, takeover
from tests.journeys.story import Story

WAITS_S = 40


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep takes over at once."""
    monkeypatch.setattr(takeover, "GRACE", pendulum.duration())


def die_when(story: Story, has_happened: Callable[[], bool]) -> None:
    """Run the next segment in a process of its own and kill it as soon as something has happened at a partner."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.segment_process", str(story.run_id)],
        env={**os.environ, "PREFECT_API_URL": str(PREFECT_API_URL.value())},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + WAITS_S
    while not has_happened():
        assert process.poll() is None, story.timeline()
        assert time.monotonic() < deadline, story.timeline()
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()


def taken_over(story: Story) -> None:
    """The sweep finds the case and sets it going."""
    deadline = time.monotonic() + WAITS_S
    while story.reference not in (found := takeover.sweep()):
        assert time.monotonic() < deadline, story.timeline()
        time.sleep(0.1)
    assert found[story.reference] is takeover.Finding.process_gone
    story.goes_on()


ACTS = {
    # what is killed: step before, method, path at the partner, partner, what the sandbox counts
    "hold": (Step.authorise, "POST", "/air/orders", "airline", "orders_live"),
    "payment": (Step.funding, "POST", "/air/payments", "airline", "payments"),
    "commitment": (Step.funding, "PUT", "/v1/commitments", "treasury", "commitments_posted"),
    "offer to the receiver": (Step.funding, "PUT", "/v1/offers", "receiving-agency", "offers_accepted"),
    "valid document": (Step.release, "PUT", "/v1/documents", "border-control", "documents_valid"),
    "receipt": (Step.handoff, "PUT", "/v1/receipts", "receiving-agency", "receipts"),
}


LONG = ("commitment", "offer to the receiver", "valid document")


@pytest.mark.parametrize("act", [pytest.param(a, marks=pytest.mark.long) if a in LONG else a for a in ACTS])
def test_killed_between_act_and_answer_the_journey_goes_on_and_the_act_happened_once(story: Story, act: str) -> None:
    step, method, path, partner, counted = ACTS[act]
    before = story.sandbox.control.get("/counts").json()
    story.opens()
    story.begins()
    story.comes_to(step)
    at_step = story.sandbox.control.get("/counts").json()[counted]
    story.fault("delay_after", partner=partner, method=method, path=path, seconds=60)
    decisions.record(story.reference, step.value, story.answer())
    assert doorbell.wake(story.reference)

    die_when(story, lambda: story.sandbox.control.get("/counts").json()[counted] == at_step + 1)
    taken_over(story)
    if story.waits_at() is not None:
        story.comes_home()

    after = story.sandbox.control.get("/counts").json()
    assert story.status() is CaseStatus.home
    assert story.live_orders() == 1
    for name in ("payments", "commitments_posted", "receipts", "offers_accepted"):
        assert after[name] == before[name] + 1, name
    assert after["holds_unpaid"] == before["holds_unpaid"]
    assert "The run had stopped; it was started again and goes on." in story.timeline()
    with case_file.transaction() as session:
        assert case_file.broken_link(session)[0] is None


def test_a_run_that_vanished_from_the_engine_is_begun_again(story: Story) -> None:
    story.opens()
    story.begins()
    story.decides()
    assert story.run_id is not None
    with get_client(sync_client=True) as client:
        client.delete_flow_run(story.run_id)

    assert takeover.sweep() == {story.reference: takeover.Finding.run_ended}
    story.run_id = story.newest_run()
    story.goes_on()

    assert story.waits_at() is Step.authorise


def test_a_run_that_sleeps_through_its_decision_is_woken(story: Story) -> None:
    story.opens()
    story.begins()
    decisions.record(story.reference, "verification", story.answer())

    assert takeover.sweep() == {story.reference: takeover.Finding.asleep}
    story.goes_on()

    assert story.waits_at() is Step.authorise


def test_a_case_that_waits_for_a_person_is_left_alone(story: Story) -> None:
    story.opens()
    story.begins()

    assert takeover.sweep() == {}
