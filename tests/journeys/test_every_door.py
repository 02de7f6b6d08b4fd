"""Whatever is done to a run through the engine's own doors: no step is passed, no case lost, and somebody is told."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from prefect.client.orchestration import get_client

from deployments.worker.segment import run_segment
from flows.repatriation import repatriate
from models.case import Step
from models.decision import Outcome, ReasonCode
from models.message import AlarmKind
from tasks import alarms, case_file, decisions, doorbell, officers, takeover, vault
from tasks.clock import now
from tasks.settings import settings
from tests.journeys.engine_hands import (
    RIGHT,
    begun,
    call,
    decided,
    fresh_officer,
    goes_on_by_the_right_decision,
    settles,
    stands_at_verification,
)
from tests.journeys.story import Story

pytestmark = pytest.mark.usefixtures("impatient")


STATES = ("COMPLETED", "RUNNING", "SCHEDULED", "PENDING", "PAUSED", "CANCELLING", "CANCELLED", "FAILED", "CRASHED")


@pytest.mark.parametrize("force", [True, pytest.param(False, marks=pytest.mark.long)])
def test_no_state_set_in_the_engine_passes_a_step_or_loses_the_case(
    asked: Story, subtests: pytest.Subtests, *, force: bool
) -> None:
    for kind in STATES:
        with subtests.test(kind):
            question, told, before = asked.question(), len(asked.timeline()), asked.run().state
            body = {"state": {"type": kind, "message": "by hand"}, "force": force}

            call("POST", f"/flow_runs/{asked.run_id}/set_state", body).raise_for_status()
            # Without force the engine refuses some moves by itself; then nothing has happened, and nobody is told.
            moved = asked.run().state != before
            settles(asked)

            assert moved or not force
            stands_at_verification(asked, told_before=told if moved else None)
            assert (asked.question().id != question.id) == moved
    goes_on_by_the_right_decision(asked)


def test_a_run_put_off_by_years_is_fetched_back(asked: Story) -> None:
    state = {"type": "SCHEDULED", "state_details": {"scheduled_time": str(now().add(years=70))}}
    told = len(asked.timeline())
    call("POST", f"/flow_runs/{asked.run_id}/set_state", {"state": state, "force": True}).raise_for_status()

    settles(asked)

    assert "The run was put off in the engine, which decides nothing; it goes on now." in asked.timeline()
    stands_at_verification(asked, told_before=told)
    goes_on_by_the_right_decision(asked)


def test_a_run_put_off_after_its_decision_still_carries_it_out(asked: Story) -> None:
    decisions.record(asked.reference, "verification", asked.answer())
    state = {"type": "SCHEDULED", "state_details": {"scheduled_time": str(now().add(years=70))}}
    call("POST", f"/flow_runs/{asked.run_id}/set_state", {"state": state, "force": True}).raise_for_status()

    settles(asked)

    assert asked.waits_at() is Step.authorise


def test_a_suspension_forged_with_another_key_is_asked_anew(asked: Story) -> None:
    told, key = len(asked.timeline()), asked.question().key
    for details in ({"pause_key": "mine"}, {"pause_key": key}, {"pause_key": key, "pause_timeout": str(now())}):
        state = {"type": "PAUSED", "name": "Suspended", "state_details": {**details, "pause_reschedule": True}}
        call("POST", f"/flow_runs/{asked.run_id}/set_state", {"state": state, "force": True}).raise_for_status()
        settles(asked)
        stands_at_verification(asked, told_before=told)
    goes_on_by_the_right_decision(asked)


def test_a_deleted_run_is_begun_again(asked: Story) -> None:
    told = len(asked.timeline())
    call("DELETE", f"/flow_runs/{asked.run_id}").raise_for_status()

    settles(asked)

    stands_at_verification(asked, told_before=told)
    goes_on_by_the_right_decision(asked)


def test_a_run_whose_tags_and_name_were_changed_goes_on(asked: Story) -> None:
    changes = {"tags": ["waits:nobody", "stage:handoff"], "name": "KHM-2026-9999"}
    call("PATCH", f"/flow_runs/{asked.run_id}", changes).raise_for_status()

    settles(asked)

    stands_at_verification(asked, told_before=None)
    goes_on_by_the_right_decision(asked)
    run = asked.run()
    assert run.name == asked.reference
    assert "waits:authorising-officer" in run.tags


ANOTHER: dict[str, Callable[[Story], dict[str, Any]]] = {
    "a case that waits": lambda story: {"reference": begun(story)},
    "a case nobody has started": lambda story: {"reference": opened(story)},
    "no case": lambda _story: {"reference": "KHM-2026-9999"},
    "no reference": lambda _story: {"reference": "somebody"},
    "nothing": lambda _story: {},
    "a number": lambda _story: {"reference": 7},
    "another flow's words": lambda _story: {"decision": "approve"},
}


def opened(story: Story) -> str:
    """Another case, not started."""
    other = Story.__new__(Story)
    other.__dict__ |= story.__dict__
    return other.opens()


QUICK = (("a case that waits", True), ("no case", False), ("nothing", True))


@pytest.mark.parametrize(
    ("given", "resumed"),
    [
        pytest.param(*each, marks=() if each in QUICK else pytest.mark.long)
        for each in itertools.product(ANOTHER, (True, False))
    ],
)
def test_a_run_given_another_case_is_replaced_and_touches_neither(asked: Story, given: str, *, resumed: bool) -> None:
    parameters, told, run_id = ANOTHER[given](asked), len(asked.timeline()), asked.run_id
    call("PATCH", f"/flow_runs/{run_id}", {"parameters": parameters}).raise_for_status()
    if resumed:
        call("POST", f"/flow_runs/{run_id}/resume", {}).raise_for_status()

    settles(asked)

    assert asked.run_id != run_id
    stands_at_verification(asked, told_before=told)
    goes_on_by_the_right_decision(asked)
    if given == "a case that waits":
        with case_file.transaction() as session:
            waiting = decisions.open_asking(session, parameters["reference"])
        assert waiting is not None
        assert waiting.step is Step.verification
        assert decided(Step.verification) == 1


def test_an_answer_given_to_a_run_that_was_given_another_case_is_not_lost(asked: Story) -> None:
    other, officer = begun(asked), fresh_officer()
    typed = {**RIGHT, "officer": officer, "code": officers.drill_code(officer), "seen": asked.letters(officer)}
    call("POST", f"/flow_runs/{asked.run_id}/resume", {"run_input": typed}).raise_for_status()
    call("PATCH", f"/flow_runs/{asked.run_id}", {"parameters": {"reference": other}}).raise_for_status()
    with get_client(sync_client=True) as client:
        assert asked.run_id is not None
        run_segment(repatriate, client.read_flow_run(asked.run_id))

    settles(asked)

    assert asked.waits_at() is Step.authorise
    with case_file.transaction() as session:
        waiting = decisions.open_asking(session, other)
    assert waiting is not None
    assert waiting.step is Step.verification


@pytest.mark.parametrize("parameters", [{"reference": "KHM-2026-9999"}, {"reference": "x"}])
def test_a_run_that_squats_on_the_key_of_a_start_does_not_keep_a_case_from_starting(
    story: Story, parameters: dict[str, Any]
) -> None:
    story.opens()
    deployment = call("GET", "/deployments/name/repatriate/homeward").raise_for_status().json()["id"]
    # As if somebody had learned it; without our own key nobody can.
    squatting = {"parameters": parameters, "idempotency_key": vault.keyed_hash("run", f"{story.reference}:0")}
    call("POST", f"/deployments/{deployment}/create_flow_run", squatting)

    assert doorbell.start(story.reference) is None
    settles(story)

    assert story.waits_at() is Step.verification


def test_a_run_made_in_advance_for_no_worker_does_not_become_the_run_of_a_case(story: Story) -> None:
    story.opens()
    flow = call("GET", "/flows/name/repatriate").raise_for_status().json()["id"]
    parked = {
        "flow_id": flow, "parameters": {"reference": story.reference}, "idempotency_key": f"{story.reference}:0",
        "state": {"type": "SCHEDULED"},
    }  # fmt: skip
    stray = call("POST", "/flow_runs/", parked).raise_for_status().json()["id"]

    assert doorbell.start(story.reference) is None

    assert doorbell.run_of(story.reference) not in (None, stray)


def test_an_answer_given_to_a_run_whose_work_pool_was_deleted_is_taken_by_another(asked: Story) -> None:
    officer = fresh_officer()
    typed = {**RIGHT, "officer": officer, "code": officers.drill_code(officer), "seen": asked.letters(officer)}
    call("POST", f"/flow_runs/{asked.run_id}/resume", {"run_input": typed}).raise_for_status()
    # Deleting a pool takes its runs out of their queue; as it was since then, for longer than any worker leaves it.
    due = {"type": "SCHEDULED", "state_details": {"scheduled_time": now().subtract(minutes=2).isoformat()}}
    call("POST", f"/flow_runs/{asked.run_id}/set_state", {"state": due, "force": True}).raise_for_status()
    orphan = asked.run_id

    found = takeover.sweep()

    assert found == {asked.reference: takeover.Finding.orphaned}
    assert doorbell.run_of(asked.reference) != str(orphan)
    settles(asked)
    assert decided(Step.verification) == 1
    assert asked.waits_at() is Step.authorise
    assert AlarmKind.run_ended in {alarm.kind for alarm in alarms.standing()}


@pytest.fixture
def sent_to() -> Iterator[Callable[[str], None]]:
    """Sends the journey's deployment to another work pool; it is where it was in the end."""
    deployed = call("GET", f"/deployments/name/{settings().deployment}").json()

    def send(pool: str) -> None:
        if call("GET", f"/work_pools/{pool}").status_code == 404:
            call("POST", "/work_pools/", {"name": pool, "type": "process"}).raise_for_status()
        call("PATCH", f"/deployments/{deployed['id']}", {"work_pool_name": pool}).raise_for_status()

    yield send
    back = {"work_pool_name": deployed["work_pool_name"]}
    call("PATCH", f"/deployments/{deployed['id']}", back).raise_for_status()


def test_a_run_that_lies_in_another_pool_is_replaced(story: Story, sent_to: Callable[[str], None]) -> None:
    story.opens()
    # For a moment only; the queue there bears the same name.
    sent_to("elsewhere")
    assert doorbell.start(story.reference) is None
    sent_to("here")
    stray = story.newest_run()
    due = {"type": "SCHEDULED", "state_details": {"scheduled_time": now().subtract(minutes=2).isoformat()}}
    call("POST", f"/flow_runs/{stray}/set_state", {"state": due, "force": True}).raise_for_status()

    found = takeover.sweep()

    assert found == {story.reference: takeover.Finding.orphaned}
    assert doorbell.run_of(story.reference) != str(stray)
    settles(story)
    assert story.waits_at() is Step.verification


def test_a_process_killed_while_it_heard_an_answer_is_missed_and_the_answer_taken(asked: Story) -> None:
    officer = fresh_officer()
    typed = {**RIGHT, "officer": officer, "code": officers.drill_code(officer), "seen": asked.letters(officer)}
    call("POST", f"/flow_runs/{asked.run_id}/resume", {"run_input": typed}).raise_for_status()
    # Taken by a worker that dies at once: the engine says it runs, the case says it waits, and nobody holds it.
    call(
        "POST", f"/flow_runs/{asked.run_id}/set_state", {"state": {"type": "RUNNING"}, "force": True}
    ).raise_for_status()

    settles(asked)

    assert asked.waits_at() is Step.authorise


def test_a_decision_made_while_the_question_was_prepared_is_not_asked_for_again(
    asked: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The officer at the command line decides between the run's look at the case file and its asking anew."""
    real, answer = decisions.ask, asked.answer()

    def slow(*args: Any, **kwargs: Any) -> Any:
        if decided(Step.verification) == 0:
            decisions.record(asked.reference, "verification", answer)
        return real(*args, **kwargs)

    monkeypatch.setattr(decisions, "ask", slow)
    call("POST", f"/flow_runs/{asked.run_id}/resume", {}).raise_for_status()

    asked.goes_on()

    assert asked.waits_at() is Step.authorise
    assert decided(Step.verification) == 1


def test_a_rejection_made_while_the_question_was_prepared_ends_the_journey(
    asked: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, answer = decisions.ask, asked.answer(reason=ReasonCode.not_a_citizen, outcome=Outcome.reject)

    def slow(*args: Any, **kwargs: Any) -> Any:
        if decided(Step.verification) == 0:
            decisions.record(asked.reference, "verification", answer)
        return real(*args, **kwargs)

    monkeypatch.setattr(decisions, "ask", slow)
    call("POST", f"/flow_runs/{asked.run_id}/resume", {}).raise_for_status()

    asked.goes_on()

    assert asked.waits_at() is None
    assert asked.status().value == "cancelled"
