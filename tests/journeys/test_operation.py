"""An operation on the real engine: one action, a run for each person, and a head-count at any moment."""

from collections.abc import Callable

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowFilter, FlowFilterName, FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun, State

from deployments.worker.segment import run_segment
from flows.operation import operate
from flows.repatriation import repatriate
from models.case import Step
from models.decision import Outcome, ReasonCode
from models.message import AlarmKind
from models.officer import Officer, Role
from models.operation import Stand
from tasks import alarms, case_file, doorbell, engine, operations, readers
from tests.journeys.story import Story, deploy, runs_of

OPERATION = "khm-2026-11"


@pytest.fixture
def three(story: Story) -> list[str]:
    """Three people of one operation whose cases are open."""
    return [story.opens(operation=OPERATION) for _ in range(3)]


def operated(operation: str = OPERATION) -> tuple[State[None], dict[str, str]]:
    """Play the worker: run the operation, and return its last state and that of each of its tasks by name."""
    with get_client(sync_client=True) as client:
        run = client.create_flow_run(operate, parameters={"operation": operation})
        ended = run_segment(operate, run)
        assert ended is not None
        only = FlowRunFilter(id=FlowRunFilterId(any_=[run.id]))
        tasks = client.read_task_runs(flow_run_filter=only)
    return ended, {task.name: str(task.state_type and task.state_type.value) for task in tasks}


def plays(story: Story, reference: str) -> None:
    """Play the worker for the newest run of a case."""
    run_segment(repatriate, runs_of(reference, since=story.began_at)[-1])


def counted(story: Story) -> dict[str, Stand]:
    """Where each person of the operation stands, by a coordinator's head-count."""
    return {each.reference: each.stand for each in heads(story).people}


def heads(story: Story) -> operations.HeadCount:
    """The head-count as a coordinator gets it."""
    return operations.head_count(OPERATION, reader=coordinator(story))


def coordinator(story: Story) -> Officer:
    """The story's coordinator."""
    return story.officer(Role.coordinator)


def test_one_action_begins_a_run_for_each_person_and_a_second_one_begins_nobody_twice(
    story: Story, three: list[str]
) -> None:
    assert counted(story) == dict.fromkeys(three, Stand.not_started)
    for reference in three:
        looks = readers.who_looked(reference, reader=coordinator(story))
        assert [each.officer for each in looks if each.purpose == "head-count"] == [story.coordinator]

    ended, tasks = operated()
    again, none = operated()

    assert (ended.type.value, ended.message) == ("COMPLETED", "3 journeys begun")
    assert tasks == dict.fromkeys(three, "COMPLETED")
    assert (again.message, none) == ("0 journeys begun", {})
    assert [len(runs_of(reference, since=story.began_at)) for reference in three] == [1, 1, 1]
    plays(story, three[0])
    assert {"operation:" + OPERATION, "waits:verifying-officer"} <= set(runs_of(three[0], since=story.began_at)[0].tags)
    now_counted = heads(story)
    assert now_counted.words == "3 people: 3 on file"
    assert [(each.waits_at, each.waits_for) for each in now_counted.people] == [
        (Step.verification, Role.verifying_officer), (None, None), (None, None),
    ]  # fmt: skip


def failing_for(reference: str) -> Callable[[dict[str, str]], object]:
    """Start runs as the engine does, except of one case."""
    real = engine.start_runs

    def failing(keys: dict[str, str]) -> object:
        if reference in keys:
            raise ZeroDivisionError("배준미")
        return real(keys)

    return failing


def test_who_cannot_begin_is_named_and_the_others_go_on(
    story: Story, three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as faulty:
        faulty.setattr(engine, "start_runs", failing_for(three[1]))
        ended, tasks = operated()
    after, mended = operated()

    assert (ended.type.value, ended.message) == ("FAILED", f"2 journeys begun; not begun: {three[1]}")
    assert tasks == {three[0]: "COMPLETED", three[1]: "FAILED", three[2]: "COMPLETED"}
    assert [(alarm.kind, alarm.subject) for alarm in alarms.standing()] == [(AlarmKind.not_begun, OPERATION)]
    assert (after.message, mended) == ("1 journeys begun", {three[1]: "COMPLETED"})
    assert counted(story) == dict.fromkeys(three, Stand.on_file)


def test_who_met_an_engine_that_did_not_answer_is_begun_a_moment_later(
    three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, silent = engine.start_runs, [three[1]]

    def once_silent(keys: dict[str, str]) -> object:
        if silent and silent[0] in keys:
            silent.clear()
            raise engine.EngineUnavailable("the engine does not answer")
        return real(keys)

    monkeypatch.setattr(engine, "start_runs", once_silent)

    ended, tasks = operated()

    assert (ended.message, tasks) == ("3 journeys begun", dict.fromkeys(three, "COMPLETED"))
    assert alarms.standing() == []


def test_of_many_the_next_begin_in_a_run_of_their_own_whoever_failed_in_the_one_before(
    story: Story, three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(operate)
    monkeypatch.setattr("flows.operation.AT_ONCE", 2)
    with monkeypatch.context() as faulty:
        faulty.setattr(engine, "start_runs", failing_for(three[1]))
        first, tasks = operated()
    (following,) = runs_after(three[1])
    last = run_segment(operate, following)

    said = f"1 journeys begun; 1 more follow in the next run; not begun: {three[1]}"
    assert (first.type.value, first.message) == ("FAILED", said)
    assert tasks == {three[0]: "COMPLETED", three[1]: "FAILED", "the next": "COMPLETED"}
    assert last is not None
    assert last.message == "1 journeys begun"
    assert counted(story) == {three[0]: Stand.on_file, three[1]: Stand.not_started, three[2]: Stand.on_file}


def test_a_run_has_one_next_however_often_it_asks_for_it(three: list[str]) -> None:
    deploy(operate)

    asked = {operations.go_on(OPERATION, after=three[0], run_id="run-1") for _ in range(2)}

    assert [run.id for run in runs_after(three[0])] == list(asked)


def runs_after(reference: str) -> list[FlowRun]:
    """The runs that begin those who come after a case."""
    with get_client(sync_client=True) as client:
        found = client.read_flow_runs(flow_filter=FlowFilter(name=FlowFilterName(any_=["operate"])), limit=200)
    return [run for run in found if run.parameters.get("after") == reference]


def test_a_case_somebody_else_began_meanwhile_is_begun(
    story: Story, three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun_before = operations.ready(OPERATION)
    assert doorbell.start(three[0]) is None

    with monkeypatch.context() as late:
        late.setattr(operations, "ready", lambda _operation, **_: begun_before)
        ended, _ = operated()

    assert ended.message == "3 journeys begun"
    assert [len(runs_of(reference, since=story.began_at)) for reference in three] == [1, 1, 1]


def test_one_drops_out_with_a_run_of_their_own_and_another_comes_home(story: Story, three: list[str]) -> None:
    operated()
    for reference in three[:2]:
        plays(story, reference)
    story.reference, story.run_id = three[0], runs_of(three[0], since=story.began_at)[-1].id
    story.decides(Outcome.reject, ReasonCode.other_means)
    story.reference, story.run_id = three[1], runs_of(three[1], since=story.began_at)[-1].id
    story.comes_home()

    assert counted(story) == {three[0]: Stand.stopped, three[1]: Stand.home, three[2]: Stand.on_file}
    assert heads(story).words == "3 people: 1 on file, 1 home, 1 stopped"


@pytest.mark.parametrize(("name", "why"), [("hong/gil;dong", "FAILED"), ("khm-2026-12", "COMPLETED")])
@pytest.mark.usefixtures("three")
def test_a_name_that_is_none_begins_nobody(name: str, why: str) -> None:
    ended, tasks = operated(name)

    assert (ended.type.value, tasks) == (why, {})
    assert name not in str(ended.message)


def test_a_host_liaison_counts_no_heads(story: Story, three: list[str]) -> None:
    del three
    with pytest.raises(case_file.Refused, match="may not open cases"):
        operations.head_count(OPERATION, reader=story.officer(Role.host_liaison))
