"""
One segment of a run: from its start, or from the top after a resume, to its next suspension or its end.

Prefect's own engine opens a websocket and a thread for each segment, reads the run three times and names it again.
Liveness here is the lease in the case database, a segment is short, and the worker has just read the run, so all of
that is left out. Uses Prefect's `FlowRunEngine` (pinned; seen with 3.8.8).
"""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from prefect import Flow
from prefect._flow_run_suspension import FlowRunSuspensionRequest, register_flow_run_suspension_request
from prefect._internal.engine import resolve_custom_flow_run_name
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun, State
from prefect.context import FlowRunContext, SyncClientContext
from prefect.exceptions import Abort, Pause
from prefect.flow_engine import FlowRunEngine
from prefect.logging.loggers import flow_run_logger
from prefect.results import ResultStore, get_result_store

from models.case import is_reference
from tasks import journal


@cache
def _result_store(flow: Flow[Any, Any]) -> ResultStore:
    """Return the store a flow's results would go to; nothing of ours is ever persisted, so one serves all runs."""
    # Prefect's decorator takes `_sync` and then returns no coroutine, which its types do not say.
    return get_result_store().update_for_flow(flow, _sync=True)  # type: ignore[call-arg, return-value]


@dataclass
class SegmentEngine(FlowRunEngine[Any, Any]):
    """Prefect's engine for one segment of one run, without what a warm worker does once for all."""

    @contextmanager
    def initialize_run(self) -> Generator["SegmentEngine", None, None]:
        """Yield the engine with the client of this thread; tell the server of the flow's retries once."""
        run = self._run
        with SyncClientContext.get_or_create() as shared:
            self._client, self._is_started = shared.client, True
            if run.empirical_policy.retries is None:
                run.empirical_policy.retries = self.flow.retries
                run.empirical_policy.retry_delay = int(self.flow.retry_delay_seconds or 0)
                shared.client.update_flow_run(
                    flow_run_id=run.id, flow_version=self.flow.version, empirical_policy=run.empirical_policy
                )
            try:
                yield self
            except (Abort, Pause) as left:
                run.state = getattr(left, "state", None) or run.state
                raise
            finally:
                self._client, self._is_started = None, False

    @contextmanager
    def setup_flow_run_suspension_request(self) -> Generator[FlowRunSuspensionRequest, None, None]:
        """Yield the request by which the worker makes a cancelled run leave at its next step."""
        request = self._get_flow_run_suspension_request()
        with register_flow_run_suspension_request(self._run.id, request):
            yield request

    @contextmanager
    def setup_run_context(self, client: SyncPrefectClient | None = None) -> Generator[None, None, None]:
        """Enter the context that tasks and the gate look for."""
        run, parameters = self._run, self.parameters or {}
        with ExitStack() as stack:
            runner = stack.enter_context(self.flow.task_runner.duplicate())
            stack.enter_context(
                FlowRunContext(
                    flow=self.flow,
                    flow_run=run,
                    parameters=parameters,
                    client=client or self.client,
                    result_store=_result_store(self.flow),
                    task_runner=runner,
                    persist_result=False,
                    flow_run_suspension_request=self._get_flow_run_suspension_request(),
                )
            )
            if self.flow.flow_run_name:
                name = resolve_custom_flow_run_name(flow=self.flow, parameters=parameters)
                if run.name != name:
                    self.client.set_flow_run_name(flow_run_id=run.id, name=name)
                    run.name = name
            self.logger = flow_run_logger(flow_run=run, flow=self.flow)  # type: ignore[assignment] # as Prefect does
            yield

    def set_state(self, state: State[Any], force: bool = False) -> State[Any]:  # noqa: FBT001, FBT002 - as the base
        """Propose a state; a run that failed and is to be tried again leaves instead of sleeping in its thread."""
        answered = super().set_state(state, force=force)
        if state.is_failed() and answered.is_scheduled():
            raise Pause(state=answered)
        return answered

    @property
    def heartbeat_seconds(self) -> None:
        """No heartbeats: the lease says whether the process lives."""
        return

    @property
    def _run(self) -> FlowRun:
        if self.flow_run is None:
            raise RuntimeError("a segment belongs to a run")
        return self.flow_run


def run_segment(flow: Flow[Any, Any], flow_run: FlowRun) -> State[Any] | None:
    """Run a flow from the top until it suspends or ends; return its last state, None when another took it."""
    reference = flow_run.parameters.get("reference")
    of_case = reference if isinstance(reference, str) and is_reference(reference) else None
    with journal.about(of_case, str(flow_run.id)):
        return _run_segment(flow, flow_run)


def _run_segment(flow: Flow[Any, Any], flow_run: FlowRun) -> State[Any] | None:
    engine = SegmentEngine(flow=flow, flow_run=flow_run, parameters=flow_run.parameters)
    engine._flow_run_name_set = True
    try:
        with engine.start():
            while engine.is_running():
                with engine.run_context():
                    engine.call_flow_fn()
    except Pause:
        return flow_run.state
    except Abort:
        return None
    return engine.state
