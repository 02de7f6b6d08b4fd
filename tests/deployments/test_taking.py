"""Taking up a run: by the flow its deployment names now, not by what somebody once had it name for a moment."""

from contextlib import nullcontext
from uuid import UUID, uuid4

import pytest
from prefect.client.schemas.objects import FlowRun

from deployments.worker import taking
from deployments.worker.taking import JOURNEY, Taking

CASE = "KHM-2026-0042"


def test_a_worker_that_read_a_changed_deployment_goes_by_the_mended_one(monkeypatch: pytest.MonkeyPatch) -> None:
    moment, named = [0.0], {"entrypoint": "flows.clocks.seal"}
    asked: list[UUID] = []

    def read(_run: FlowRun, deployment_id: UUID) -> str:
        asked.append(deployment_id)
        return named["entrypoint"]

    monkeypatch.setattr(taking, "_read_entrypoint", read)
    works = Taking(lambda _run: nullcontext(), clock=lambda: moment[0])
    run = FlowRun(flow_id=uuid4(), deployment_id=uuid4(), parameters={"reference": CASE})

    # Somebody had it name another flow just when this worker asked.
    assert works._case_of(run) is None
    named["entrypoint"] = JOURNEY
    moment[0] = taking._KNOWN_FOR_S

    assert works._case_of(run) == CASE
    # Not asked at every segment.
    assert works._case_of(run) == CASE
    assert len(asked) == 2
