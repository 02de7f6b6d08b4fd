"""
Taking up an offer, in a thread of the pool: what it is, whether it may go on, and its segment.

A journey is taken by the lease of its case, so that two workers that hear of it act once; anything else by proposing
Pending, which the server grants once.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import pendulum
from prefect import Flow
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun, State
from prefect.context import SyncClientContext
from prefect.exceptions import Abort, ObjectNotFound, Pause
from prefect.states import Pending
from prefect.utilities.engine import propose_state_sync
from prefect.utilities.importtools import import_object

from deployments.worker import registered
from deployments.worker.offers import Later, Offer
from deployments.worker.segment import run_segment
from models.case import Attempt, is_reference
from tasks import case_file, journal, takeover
from tasks.clock import now

JOURNEY = "flows.repatriation.repatriate"

_HELD_AGAIN_S = 1.0
"""After so long a case that was held is looked at once more: the sweep holds one for a moment only."""

_KNOWN_FOR_S = 30.0
"""
How long a worker goes by which flow a deployment names. It changes by deploying, after which workers are started again,
and by anybody with the engine's password; what is then mended in the engine must be known here too.
"""


class FlowUnknown(Exception):
    """A run's flow cannot be found; the text says what its deployment names."""


@dataclass
class Taking:
    """Takes up offers; `under_way` is entered around each segment, with the run's id."""

    under_way: Callable[[FlowRun], AbstractContextManager[None]]
    clock: Callable[[], float] = time.monotonic
    _entrypoints: dict[UUID, tuple[float, str]] = field(default_factory=dict)
    """Of each deployment until when it is known, and what it names."""

    def take_up(self, offer: Offer) -> Later | None:
        """Do what there is to do about an offer; return the offer to be made later, if one has to be."""
        if offer.reference is None:
            return self._take_run(offer)
        with journal.about(offer.reference):
            with case_file.lease(offer.reference) as held:
                if held:
                    return self._take_case(offer, offer.reference)
            return self._meet_holder(offer, offer.reference)

    def _take_run(self, offer: Offer) -> Later | None:
        """Take a run of which only the id is known."""
        run = _read(offer.run_id)
        if run is None or not _is_scheduled(run):
            return None
        if (wait_s := _due_in_s(run)) > 0:
            return Later(offer, wait_s)
        if (reference := self._case_of(run)) is not None:
            return Later(replace(offer, reference=reference), 0)
        return self._run_exclusively(run)

    def _take_case(self, offer: Offer, reference: str) -> Later | None:
        """Go on with a case whose lease is held, if it has to go on."""
        run_id = offer.run_id or _stands_with(reference, even_if_waiting=offer.has_ended)
        if run_id is None:
            return None
        run = _read(run_id)
        if offer.run_id is None and (run is None or run.state is None or run.state.is_final()):
            takeover.look_at(reference)
            return None
        # A run that Prefect holds for running, and whose case nobody holds, is left to the sweep and its grace.
        may_go = run is not None and (_is_scheduled(run) or (offer.run_id is None and _is_paused(run)))
        if run is None or not may_go or (offer.has_ended and case_file.waits(reference)):
            return None
        if (wait_s := _due_in_s(run)) > 0:
            return Later(Offer(run_id=run.id, reference=reference), wait_s)
        if self._case_of(run) != reference:
            # Anybody may name a run after a case, or give it another one; its parameter counts.
            if offer.run_id is None:
                takeover.look_at(reference)
            return Later(Offer(run_id=run.id), 0)
        return self._run(run, reference)

    def _meet_holder(self, offer: Offer, reference: str) -> Later | None:
        """Look once more after a moment; then only a run that is not the case's own still has to be told."""
        if not offer.was_held:
            return Later(replace(offer, was_held=True), _HELD_AGAIN_S)
        attempt = _open_attempt(reference)
        if offer.run_id is None or attempt is None or attempt.flow_run_id == offer.run_id:
            # Whoever holds the case heard of it too, or is working on this very run.
            return None
        run = _read(offer.run_id)
        if run is None or not _is_scheduled(run) or _due_in_s(run) > 0:
            return None
        return self._run_exclusively(run)

    def _run_exclusively(self, run: FlowRun) -> Later | None:
        """
        Take a run by proposing Pending; the server lets one worker have it.

        Its lease is the sign of life by which the sweep tells it from one whose process is gone.
        """
        self._flow(run)
        with case_file.lease(str(run.id)) as held:
            if not held:
                return None
            try:
                state: State[Any] = propose_state_sync(_client(), Pending(), flow_run_id=run.id)
            except (Abort, Pause, ObjectNotFound):
                return None
            if not state.is_pending():
                return None
            run.state = state
            return self._run(run, None)

    def _run(self, run: FlowRun, reference: str | None) -> Later | None:
        with self.under_way(run):
            state = run_segment(self._flow(run), run)
        if state is not None and state.is_scheduled():
            # It failed and is tried again after a delay, which no thread spends asleep.
            run.state = state
            return Later(Offer(run_id=run.id, reference=reference), max(_due_in_s(run), 0))
        return None

    def _entrypoint(self, run: FlowRun) -> str:
        if run.deployment_id is None:
            raise FlowUnknown(f"run {run.id} belongs to no deployment")
        known_until, entrypoint = self._entrypoints.get(run.deployment_id, (float("-inf"), ""))
        if self.clock() >= known_until:
            entrypoint = _read_entrypoint(run, run.deployment_id)
            self._entrypoints[run.deployment_id] = (self.clock() + _KNOWN_FOR_S, entrypoint)
        return entrypoint

    def _flow(self, run: FlowRun) -> Flow[Any, Any]:
        entrypoint = self._entrypoint(run)
        # The file form would load a module a second time under another name.
        flow = import_object(entrypoint) if "." in entrypoint and ":" not in entrypoint else None
        if not isinstance(flow, Flow):
            raise FlowUnknown(f"run {run.id} names {entrypoint!r}, which is no flow by its dotted name")
        return flow

    def _case_of(self, run: FlowRun) -> str | None:
        reference = run.parameters.get("reference")
        is_journey = self._entrypoint(run) == JOURNEY
        return reference if is_journey and isinstance(reference, str) and is_reference(reference) else None


def _client() -> SyncPrefectClient:
    context = SyncClientContext.get()
    if context is None:
        raise RuntimeError("a thread of the worker enters its client when it starts")
    return context.client


def _read_entrypoint(run: FlowRun, deployment_id: UUID) -> str:
    try:
        return _client().read_deployment(deployment_id).entrypoint or ""
    except ObjectNotFound:
        # Somebody deleted it; its runs that wait are as good as before.
        return registered.entrypoint_of(_client().read_flow(run.flow_id).name) or ""


def _read(run_id: UUID | None) -> FlowRun | None:
    if run_id is None:
        return None
    try:
        return _client().read_flow_run(run_id)
    except ObjectNotFound:
        return None


def _is_scheduled(run: FlowRun) -> bool:
    return run.state is not None and run.state.is_scheduled()


def _is_paused(run: FlowRun) -> bool:
    return run.state is not None and run.state.is_paused()


def _due_in_s(run: FlowRun) -> float:
    due = run.state.state_details.scheduled_time if run.state is not None and run.state.is_scheduled() else None
    return (pendulum.instance(due) - now()).total_seconds() if due is not None else 0.0


def _open_attempt(reference: str) -> Attempt | None:
    with case_file.transaction() as session:
        attempt = case_file.latest_attempt(session, reference)
    return attempt if attempt is not None and attempt.ended_at is None else None


def _stands_with(reference: str, *, even_if_waiting: bool) -> UUID | None:
    """Return the run a case stands with; None when it has none, or waits for a person and nothing has happened."""
    attempt = _open_attempt(reference)
    if attempt is None or (not even_if_waiting and case_file.waits(reference)):
        return None
    return attempt.flow_run_id
