"""Whatever is done to a run through the engine's own doors: no step is passed, no case lost, and somebody is told."""

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pendulum
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_URL
from sqlmodel import select

from deployments.worker.segment import run_segment
from flows.repatriation import repatriate
from models.case import Step
from models.decision import Decision, Outcome, ReasonCode, Reply
from models.message import AlarmKind
from models.officer import Role
from tasks import alarms, case_file, decisions, doorbell, engine, officers, takeover, vault
from tasks.clock import now
from tasks.settings import settings
from tests.journeys.story import Story


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep looks without waiting."""
    monkeypatch.setattr(takeover, "GRACE", pendulum.duration())
    monkeypatch.setattr(takeover, "STARTING", pendulum.duration())


@pytest.fixture
def asked(story: Story) -> Story:
    """A case that waits for its verifying officer."""
    story.opens()
    story.begins()
    return story


def call(method: str, path: str, body: Any = None) -> httpx.Response:
    """Speak to the engine as anybody with its password can."""
    return httpx.request(method, f"{PREFECT_API_URL.value()}{path}", json=body, timeout=60)


def is_due(run: FlowRun) -> bool:
    """Whether a worker would take the run now."""
    if run.state is None or not run.state.is_scheduled():
        return False
    due = run.state.state_details.scheduled_time
    return due is None or due <= now()


def settles(story: Story) -> None:
    """Play the workers and their sweep until nothing moves any more."""
    for _ in range(8):
        for run in story.runs():
            if is_due(run):
                run_segment(repatriate, run)
        if not takeover.sweep() and not any(is_due(run) for run in story.runs()):
            story.run_id = story.newest_run()
            return
    raise AssertionError(story.timeline())


def decided(step: Step) -> int:
    """How many decisions of a step are on file."""
    with case_file.transaction() as session:
        return len(session.exec(select(Decision).where(Decision.step == step)).all())


def stands_at_verification(story: Story, *, told_before: int | None) -> None:
    """The case waits where it waited; where something was changed, the timeline says so."""
    if told_before is not None:
        assert len(story.timeline()) > told_before, story.timeline()
    if story.waits_at() is Step.help:
        story.decides()
    assert story.waits_at() is Step.verification, story.timeline()
    assert decided(Step.verification) == 0
    assert story.run().state_type == "PAUSED"
    with case_file.transaction() as session:
        assert case_file.identity(session, story.reference) is None


def goes_on_by_the_right_decision(story: Story) -> None:
    """The verifying officer decides, and the case comes to its next step."""
    story.decides(officer=fresh_officer())
    assert story.waits_at() is Step.authorise, story.timeline()


def fresh_officer() -> str:
    """A verifying officer who has not spent a code yet."""
    return officers.add(name="Consul", agency="MOFA", roles=[Role.verifying_officer], by="test").officer.number


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


RIGHT: dict[str, Any] = {"decision": "approve", "reason_code": "in_order", "to_stage": "—"}

GARBAGE: dict[str, str] = {
    "a null byte": json.dumps({**RIGHT, "officer": "O-0\x002", "code": "12\x003456", "seen": "\x00"}),
    "half a surrogate pair": '{"officer": "\\ud800", "code": "\\udfff", "seen": "\\ud83d", "decision": "approve"}',
    "a list without end": "[" * 200_000,
    "objects in objects": '{"officer":' * 5_000 + "1" + "}" * 5_000,
    "five megabytes": json.dumps({**RIGHT, "officer": "O" * 5_000_000}),
    "a number of many digits": '{"officer": ' + "9" * 5_000 + "}",
    "not a number": '{"officer": NaN, "code": Infinity, "decision": "approve"}',
    "every type but text": json.dumps({"officer": {"O-02": 1}, "code": 123456, "seen": True, "decision": ["approve"]}),
    "the same key twice": '{"decision": "approve", "decision": "reject", "officer": "O-02", "officer": null}',
    "rare letters": json.dumps({**RIGHT, "officer": "Ｏ－０２", "code": "１２３４５６", "seen": "힣힣힣뷁쀍꿿"}),
    "letters from right to left": json.dumps({**RIGHT, "officer": "\u202e20-O", "code": "٠٠٠٠٠٠", "seen": "\u200b"}),
    "a query": json.dumps({**RIGHT, "officer": "O-02' OR '1'='1", "code": "'; DROP TABLE decision; --"}),
    "a word": '"approve"',
    "yes": "true",
    "null": "null",
    "nothing": "",
    "no JSON": "approve=1&officer=O-02",
    "an outcome of its own": json.dumps({**RIGHT, "decision": "cancel", "reason_code": "duplicate_case"}),
    "capitals": json.dumps({**RIGHT, "decision": "APPROVE", "officer": "o-02"}),
}


FATAL_ONCE = ("a null byte", "half a surrogate pair", "a list without end", "every type but text")
"""Each of these would end the run if it were not expected."""


@pytest.mark.parametrize("names", [FATAL_ONCE, pytest.param(tuple(GARBAGE), marks=pytest.mark.long)], ids=len)
def test_whatever_is_planted_as_an_answer_is_asked_again(
    asked: Story, subtests: pytest.Subtests, names: tuple[str, ...]
) -> None:
    for name in names:
        value = GARBAGE[name]
        with subtests.test(name):
            told = len(asked.timeline())
            key = f"suspended-{asked.question().key}-response"

            call("POST", f"/flow_runs/{asked.run_id}/input", {"key": key, "value": value}).raise_for_status()
            call("POST", f"/flow_runs/{asked.run_id}/resume", {}).raise_for_status()
            settles(asked)

            assert "Resumed without a valid decision" in asked.timeline()[-1]
            stands_at_verification(asked, told_before=told)
            assert call("GET", f"/flow_runs/{asked.run_id}/input/{key}").status_code == 404
    assert {alarm.kind for alarm in alarms.standing()} == {AlarmKind.resumed_without_answer}
    goes_on_by_the_right_decision(asked)


@pytest.mark.long
@pytest.mark.parametrize("field", ["officer", "code", "seen", "decision", "reason_code", "to_stage"])
def test_odd_text_in_a_field_of_the_form_is_asked_again(asked: Story, field: str) -> None:
    for odd in ("\x00", "\ud800", "힣" * 3000):
        typed = json.dumps({**RIGHT, "officer": fresh_officer(), "code": "123456", "seen": asked.seen(), field: odd})
        key = f"suspended-{asked.question().key}-response"
        call("POST", f"/flow_runs/{asked.run_id}/input", {"key": key, "value": typed}).raise_for_status()
        engine.start_again(asked.newest_run())
        settles(asked)
        stands_at_verification(asked, told_before=0)


def test_an_answer_already_there_cannot_be_written_over(asked: Story) -> None:
    key = f"suspended-{asked.question().key}-response"
    officer = fresh_officer()
    typed = {**RIGHT, "officer": officer, "code": officers.drill_code(officer), "seen": asked.letters(officer)}
    call("POST", f"/flow_runs/{asked.run_id}/resume", {"run_input": typed}).raise_for_status()

    forged = call("POST", f"/flow_runs/{asked.run_id}/input", {"key": key, "value": json.dumps({"decision": "reject"})})
    settles(asked)

    assert forged.status_code == 409
    assert asked.waits_at() is Step.authorise


def test_an_answer_deleted_before_it_was_heard_is_asked_for_again(asked: Story) -> None:
    key = f"suspended-{asked.question().key}-response"
    officer = fresh_officer()
    typed = {**RIGHT, "officer": officer, "code": officers.drill_code(officer), "seen": asked.letters(officer)}
    call("POST", f"/flow_runs/{asked.run_id}/resume", {"run_input": typed}).raise_for_status()
    call("DELETE", f"/flow_runs/{asked.run_id}/input/{key}").raise_for_status()
    told = len(asked.timeline())

    settles(asked)

    stands_at_verification(asked, told_before=told)
    goes_on_by_the_right_decision(asked)


ALTERED: dict[str, dict[str, str]] = {
    "a reason": {"reason_code": "corrected"},
    "a rejection": {"decision": "reject", "reason_code": "not_a_citizen"},
    "a question": {"decision": "ask", "reason_code": "evidence_missing"},
    "a return": {"decision": "return", "reason_code": "wrong_details"},
}


def test_an_answer_put_in_the_place_of_an_officers_own_is_not_taken(asked: Story, subtests: pytest.Subtests) -> None:
    for name, altered in ALTERED.items():
        for letters_of in ("the officer's answer", "the insider's evidence"):
            with subtests.test(f"{name}, {letters_of}"):
                officer, key = fresh_officer(), f"suspended-{asked.question().key}-response"
                typed = {
                    **RIGHT,
                    "officer": officer,
                    "code": officers.drill_code(officer),
                    "seen": asked.letters(officer),
                }
                call("POST", f"/flow_runs/{asked.run_id}/resume", {"run_input": typed}).raise_for_status()
                call("DELETE", f"/flow_runs/{asked.run_id}/input/{key}").raise_for_status()
                planted = {**typed, **altered}
                if letters_of == "the insider's evidence":
                    # Whoever may look at the case has letters, but other ones.
                    reply = Reply(Outcome(planted["decision"]), ReasonCode(planted["reason_code"]))
                    planted["seen"] = asked.evidence().letters[reply]
                call(
                    "POST", f"/flow_runs/{asked.run_id}/input", {"key": key, "value": json.dumps(planted)}
                ).raise_for_status()
                told = len(asked.timeline())

                settles(asked)

                stands_at_verification(asked, told_before=told)
                assert "letters do not belong to this answer" in (asked.question().note or "")
    goes_on_by_the_right_decision(asked)


def test_the_letters_of_an_earlier_question_are_of_no_use(asked: Story) -> None:
    officer = fresh_officer()
    before = asked.letters(officer)
    call("POST", f"/flow_runs/{asked.run_id}/resume", {"run_input": {}}).raise_for_status()
    settles(asked)
    typed = {**RIGHT, "officer": officer, "code": officers.drill_code(officer), "seen": before}
    told = len(asked.timeline())

    call("POST", f"/flow_runs/{asked.run_id}/resume", {"run_input": typed}).raise_for_status()
    settles(asked)

    stands_at_verification(asked, told_before=told)


def delete_inputs(story: Story, *keys: str) -> None:
    """Delete parts of the form from the engine."""
    for key in keys:
        call("DELETE", f"/flow_runs/{story.run_id}/input/{key}").raise_for_status()


def test_a_form_that_lost_its_text_or_its_fields_is_made_anew(asked: Story, subtests: pytest.Subtests) -> None:
    for parts in (("text",), ("fields",), ("text", "fields")):
        with subtests.test(" and ".join(parts)):
            question, told = asked.question(), len(asked.timeline())
            keys = {"text": f"suspended-{question.key}-description", "fields": engine.SCHEMA_KEY}
            delete_inputs(asked, *(keys[part] for part in parts))

            settles(asked)

            assert "The form in the engine was gone or changed, which decides nothing; it was asked anew." in (
                asked.timeline()
            )
            stands_at_verification(asked, told_before=told)
            assert engine.has_form(asked.question().flow_run_id, asked.question().key)
    officer = fresh_officer()
    typed = {**RIGHT, "officer": officer, "code": officers.drill_code(officer), "seen": asked.letters(officer)}
    call("POST", f"/flow_runs/{asked.run_id}/resume", {"run_input": typed}).raise_for_status()
    settles(asked)
    assert asked.waits_at() is Step.authorise


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


def begun(story: Story) -> str:
    """Another case, waiting."""
    other = Story.__new__(Story)
    other.__dict__ |= story.__dict__
    other.opens()
    other.begins()
    return other.reference


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


def test_who_answers_the_form_after_somebody_decided_is_told(asked: Story) -> None:
    first, second = asked.answer(), fresh_officer()
    typed = {**RIGHT, "officer": second, "code": officers.drill_code(second), "seen": asked.letters(second)}
    call("POST", f"/flow_runs/{asked.run_id}/resume", {"run_input": typed}).raise_for_status()
    decisions.record(asked.reference, "verification", first)

    settles(asked)

    assert "An answer in the Resume form came after the question was closed; it was not taken." in asked.timeline()
    assert decided(Step.verification) == 1
    assert asked.waits_at() is Step.authorise


def test_an_answer_heard_twice_because_a_process_died_is_one_decision_and_no_complaint(
    asked: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = fresh_officer()
    typed = {**RIGHT, "officer": officer, "code": officers.drill_code(officer), "seen": asked.letters(officer)}
    call("POST", f"/flow_runs/{asked.run_id}/resume", {"run_input": typed}).raise_for_status()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(engine, "forget_reply", killed)
        with pytest.raises(KeyboardInterrupt):
            asked.goes_on()
    settles(asked)

    assert asked.waits_at() is Step.authorise
    assert decided(Step.verification) == 1
    assert not [words for words in asked.timeline() if "not taken" in words]


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
