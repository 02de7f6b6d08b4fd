"""
One segment of a run: from its start, or from the top after a resume, to its next suspension or its end.

The engine's own runner opens a websocket per segment to hear of suspensions from outside, and a thread for
heartbeats that is waited for up to a second at the end. Liveness here is the lease in the case database, and a
segment is short, so both are left out. Uses Prefect's `FlowRunEngine` (pinned; seen with 3.8.8).
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import Abort, Pause
from prefect.flow_engine import FlowRunEngine


@dataclass
class SegmentEngine(FlowRunEngine[Any, Any]):
    """Prefect's engine for one flow run, without a websocket and a thread of its own."""

    @property
    def heartbeat_seconds(self) -> None:
        """No heartbeats: the lease says whether the process lives."""
        return

    @contextmanager
    def setup_flow_run_suspension_request(self) -> Generator[Any, None, None]:
        """Yield the run's request to suspend, which nobody outside sets."""
        yield self._get_flow_run_suspension_request()


def run_segment(flow: Flow[Any, Any], flow_run: FlowRun) -> State[Any] | None:
    """Run a flow from the top until it suspends or ends; return its last state, None when another took it."""
    engine = SegmentEngine(flow=flow, flow_run=flow_run, parameters=flow_run.parameters)
    try:
        with engine.start():
            while engine.is_running():
                with engine.run_context():
                    engine.call_flow_fn()
    except Pause:
        return engine.flow_run.state if engine.flow_run else None
    except Abort:
        return None
    return engine.state
