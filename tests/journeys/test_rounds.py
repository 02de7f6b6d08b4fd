"""One case that cannot be set going keeps no other waiting, on the real engine."""

import pendulum
import pytest
from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State

from deployments.worker.segment import run_segment
from flows import clocks
from models.case import Step
from models.message import AlarmKind
from tasks import alarms, doorbell, reminders, takeover
from tests.journeys.engine_hands import begun
from tests.journeys.story import Story, runs_of


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep looks without waiting."""
    monkeypatch.setattr(takeover, "GRACE", pendulum.duration())


def ticks(clock: Flow[[], State[None]]) -> State[None]:
    """Play the worker: run a clock as the engine's schedule does, and return its last state."""
    with get_client(sync_client=True) as client:
        run = client.create_flow_run(clock)
    ended = run_segment(clock, run)
    assert ended is not None
    return ended


def test_a_case_whose_mending_fails_is_alarmed_and_the_others_are_mended(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [begun(story)]
    story.opens()
    story.begins()
    others.append(begun(story))
    with get_client(sync_client=True) as client:
        for run in [
            run for reference in (*others, story.reference) for run in runs_of(reference, since=story.began_at)
        ]:
            client.delete_flow_run(run.id)
    real = doorbell.start

    def failing(reference: str) -> str | None:
        if reference == story.reference:
            raise ZeroDivisionError("배준미")
        return real(reference)

    with monkeypatch.context() as faulty:
        faulty.setattr(doorbell, "start", failing)
        ended = ticks(clocks.sweep)
    alarmed = {(alarm.kind, alarm.reference) for alarm in alarms.standing()}
    after = ticks(clocks.sweep)

    assert ended.type.value == "FAILED"
    assert ended.message == ", ".join(
        [*(f"{other}: run_ended" for other in sorted(others)), f"{story.reference}: unmended"]
    )
    ran_out = {(AlarmKind.run_ended, other) for other in others}
    assert alarmed == ran_out | {(AlarmKind.round_failed, story.reference)}
    assert (after.type.value, after.message) == ("COMPLETED", f"{story.reference}: run_ended")
    story.run_id = story.newest_run()
    story.goes_on()
    assert story.waits_at() is Step.verification


def test_a_reminder_that_fails_fails_its_clocks_run_without_a_persons_word(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.opens()
    story.begins()
    due_at = story.question().due_at

    def failing(*_: object, **__: object) -> None:
        raise ZeroDivisionError("배준미")

    monkeypatch.setattr(reminders, "climb", failing)
    monkeypatch.setattr(clocks, "now", lambda: due_at.add(hours=1))

    ended = ticks(clocks.remind)

    assert ended.type.value == "FAILED"
    assert (ended.message or "").startswith(f"{story.reference}: ZeroDivisionError at ")
    assert "배준미" not in str(ended)
    assert [(alarm.kind, alarm.reference) for alarm in alarms.standing()] == [(AlarmKind.round_failed, story.reference)]
