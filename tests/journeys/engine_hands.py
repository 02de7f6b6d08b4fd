"""What the stories share in which somebody puts a hand into the engine, and workers and sweep play their part."""

from typing import Any

import httpx
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_URL
from sqlmodel import select

from deployments.worker.segment import run_segment
from flows.repatriation import repatriate
from models.case import Step
from models.decision import Decision
from models.officer import Role
from tasks import case_file, engine, form, officers, takeover
from tasks.clock import now
from tests.journeys.story import Story

RIGHT: dict[str, Any] = {"decision": "approve", "reason_code": "in_order", "to_stage": "—"}
"""What an officer chooses in the Resume form who approves."""


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


def begun(story: Story) -> str:
    """Another case, waiting."""
    other = Story.__new__(Story)
    other.__dict__ |= story.__dict__
    other.opens()
    other.begins()
    return other.reference


def delete_inputs(story: Story, *keys: str) -> None:
    """Delete parts of the form from the engine."""
    for key in keys:
        call("DELETE", f"/flow_runs/{story.run_id}/input/{key}").raise_for_status()


def shows_its_form(story: Story) -> bool:
    """Whether the dialog draws what we asked it to, and nothing else."""
    asking = story.question()
    return form.is_own(asking.key, *engine.form_of(asking.flow_run_id, asking.key))
