"""
The warm worker: a Prefect worker that runs flows in threads of its own process.

A process per start and per resume costs some five CPU seconds of importing each time; here a segment costs what it
does. Offers come from four sides: the database's wake-ups and the server's events at once, the poll of the work pool
and the sweep as safety nets. All bookkeeping happens on the event loop; threads only take up offers.

Uses private parts of Prefect's `BaseWorker` and its suspension requests (pinned; seen with 3.8.8).
"""

import asyncio
import contextvars
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from subprocess import SubprocessError
from typing import Any, NoReturn
from uuid import UUID

import anyio
import anyio.abc
from prefect._flow_run_suspension import mark_flow_run_suspension_requested
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import WorkerFlowRunResponse
from prefect.context import SyncClientContext
from prefect.events import Event
from prefect.events.clients import get_events_subscriber
from prefect.events.filters import EventAnyResourceFilter, EventFilter, EventNameFilter
from prefect.events.worker import EventsWorker
from prefect.exceptions import ObjectNotFound
from prefect.logging.handlers import APILogWorker
from prefect.settings import (
    PREFECT_WORKER_CANCELLATION_POLL_SECONDS,
    PREFECT_WORKER_ENABLE_CANCELLATION,
    temporary_settings,
)
from prefect.states import Cancelled
from prefect.workers.base import BaseJobConfiguration, BaseVariables, BaseWorker, BaseWorkerResult

from deployments.worker import registered
from deployments.worker.limits import bound_memory, resident_mb
from deployments.worker.offers import Later, Offer, Offers
from deployments.worker.settings import worker_settings
from deployments.worker.taking import Taking
from models.case import is_reference
from models.message import AlarmKind
from models.policy import PolicyInvalid
from tasks import alarms, case_file, engine, journal, messages, meters, policy, takeover
from tasks.clock import now
from tasks.settings import Location

_MAY_GO_ON = ("prefect.flow-run.Scheduled", "prefect.flow-run.Resuming", "prefect.flow-run.AwaitingRetry")
_HAS_ENDED = tuple(f"prefect.flow-run.{end}" for end in ("Cancelled", "Completed", "Crashed", "Failed"))

_BACK_OFF_S = (0.5, 1.0, 2.0, 5.0, 10.0)
_LOOK_S = 1.0
"""How often the worker looks at its own memory and at the oldest run it works on."""

_ALIVE_WITHIN_S = 5.0
"""An event loop that takes longer to answer hangs."""

_MENDS_AGAIN_S = 60.0
"""How long a worker waits that could not register a deployment again, which takes some seconds of CPU."""

_ROOM_TO_GROW = 2
"""Threads reserve addresses they never use, so a process that grows slowly must reach its resident limit first."""

_ROOM_TO_END_MB = 256
"""What a worker that ends itself may still reserve."""

GAVE_UP = 75
"""Exit code of a worker that ended itself to be started again (EX_TEMPFAIL)."""


REFUSED_POLICY = 2
"""Exit code of a worker whose policy does not hold: bad input, as at the command line."""


class WarmWorker(BaseWorker[BaseJobConfiguration, BaseVariables, BaseWorkerResult]):
    """Runs segments of journeys, and any other deployed flow, inside this process."""

    type = "homeward"
    job_configuration = BaseJobConfiguration
    _description = "Runs flows in threads of one warm process."

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as the base takes them
        super().__init__(*args, **kwargs)
        self._known = Offers(self._limit or worker_settings().worker_limit)
        self._takes = True
        self._ended = threading.Event()
        self._services: list[asyncio.Task[None]] = []
        self._leaves = asyncio.Event()
        """Set whenever a run has left."""
        self._compared_until = ""
        self._mends_from = 0.0
        self._has_ruled = False

    async def start(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as the base takes them
        """Run the worker, also where Prefect's own command starts it."""
        journal.begin("worker")
        meters.keep(Location().var, self.name)
        await asyncio.to_thread(refuse_policy)
        kwargs.setdefault("printer", logging.getLogger(__name__).info)
        await super().start(*args, **kwargs)

    async def setup(self) -> None:
        """Begin to poll, to listen and to sweep."""
        await super().setup()
        self._loop = asyncio.get_running_loop()
        self._taking = Taking(self._under_way)
        self._threads = ThreadPoolExecutor(self._known.limit, "segment", initializer=_enter_client)
        bound_memory(_ROOM_TO_GROW * worker_settings().worker_memory_mb)
        logging.getLogger("prefect.task_runs").addFilter(_is_news)
        listener = threading.Thread(target=self._hear_announcements, name="announcements", daemon=True)
        listener.start()
        services = (self._hear_events(), self._sweep(), self._deliver(), self._watch_itself())
        self._services = [asyncio.create_task(service) for service in services]

    async def teardown(self, *exc_info: Any) -> None:  # noqa: ANN401 - as the base takes them
        """Stop taking, wait for what is worked on, and leave; what hangs is left to the sweep of another."""
        with anyio.CancelScope(shield=True):
            await self.drain(worker_settings().drain_s)
            for service in self._services:
                service.cancel()
            await asyncio.gather(*self._services, return_exceptions=True)
            self._threads.shutdown(wait=False, cancel_futures=True)
        await super().teardown(*exc_info)
        meters.ended(Location().var, self.name)

    @property
    def takes_work(self) -> bool:
        """Whether it goes on with what it hears of."""
        return self._takes and not self._ended.is_set()

    def is_alive(self) -> bool:
        """Return whether its event loop answers; asked from another thread."""
        if not hasattr(self, "_loop"):
            # It has only begun to start.
            return True
        answered = threading.Event()
        self._loop.call_soon_threadsafe(answered.set)
        return answered.wait(_ALIVE_WITHIN_S)

    @property
    def hangs(self) -> bool:
        """Whether runs are still worked on."""
        return bool(self._known.since)

    async def drain(self, grace_s: float, *, apart_from: int = 0) -> None:
        """Take no more, and wait so long for all runs, or all but so many, to leave."""
        self._takes = False
        self._ended.set()
        if self.hangs:
            self._logger.info("Waits up to %.0f s for %d runs.", grace_s, len(self._known.since))
        self._leaves.clear()
        with anyio.move_on_after(grace_s):
            while len(self._known.since) > apart_from:
                await self._leaves.wait()
                self._leaves.clear()

    # Offers: from the poll, the events, the announcements and the sweep.

    async def _submit_scheduled_flow_runs(self, flow_run_response: list[WorkerFlowRunResponse]) -> list[FlowRun]:
        """Offer what the poll found; nothing is asked of the server before it is taken up."""
        runs = [found.flow_run for found in flow_run_response]
        for run in runs:
            reference = run.parameters.get("reference")
            self._offer(Offer(run.id, reference if isinstance(reference, str) and is_reference(reference) else None))
        return runs

    def _offer(self, offer: Offer) -> None:
        if self._takes:
            self._known.add(offer)
            self._begin()

    def _offer_from_thread(self, offer: Offer) -> None:
        if not self._ended.is_set():
            self._loop.call_soon_threadsafe(self._offer, offer)

    def _begin(self) -> None:
        while self._takes and (offer := self._known.next()) is not None:
            # Each in a context of its own: nothing a run leaves behind reaches the next one in the same thread.
            taken_up = self._threads.submit(self._take_up, offer)
            taken_up.add_done_callback(partial(self._done_in_thread, offer))
        known = self._known
        meters.slots(self.name, used=len(known.since), limit=known.limit, waiting=len(known.waiting))

    def _done_in_thread(self, offer: Offer, done: "Future[Later | None]") -> None:
        self._loop.call_soon_threadsafe(self._done, offer, done)

    def _take_up(self, offer: Offer) -> Later | None:
        return contextvars.copy_context().run(self._taking.take_up, offer)

    def _done(self, offer: Offer, done: "Future[Later | None]") -> None:
        self._known.done(offer)
        self._leaves.set()
        if (failed := done.exception()) is not None:
            # The case is as it was; the poll and the sweep come back to it.
            self._logger.error("Could not go on with %s: %s", offer.subject, type(failed).__name__, exc_info=failed)
        elif (later := done.result()) is not None:
            self._loop.call_later(later.in_s, self._offer, later.offer)
        self._begin()

    @contextmanager
    def _under_way(self, run: FlowRun) -> Iterator[None]:
        """Watch a run for being cancelled while its segment runs."""
        if self._cancelling_observer is not None:
            self._cancelling_observer.add_in_flight_flow_run_id(run.id)
        try:
            yield
        finally:
            if self._cancelling_observer is not None:
                self._cancelling_observer.remove_in_flight_flow_run_id(run.id)

    async def _hear_events(self) -> None:
        """Offer what the server tells of this work pool; what is missed while the line is broken, the poll finds."""
        tries = 0
        while True:
            try:
                if self._work_pool is not None:
                    wanted = EventFilter(
                        event=EventNameFilter(name=[*_MAY_GO_ON, *_HAS_ENDED]),
                        any_resource=EventAnyResourceFilter(id=[f"prefect.work-pool.{self._work_pool.id}"]),
                    )
                    async with get_events_subscriber(filter=wanted, reconnection_attempts=0) as events:
                        tries = 0
                        async for event in events:
                            self._hear(event)
            except Exception as broken:
                # Whatever breaks the line, it is laid again.
                self._logger.debug("The event stream broke: %s", type(broken).__name__)
            await asyncio.sleep(_BACK_OFF_S[min(tries, len(_BACK_OFF_S) - 1)])
            tries += 1

    def _hear(self, event: Event) -> None:
        name = event.resource.get("prefect.resource.name")
        reference = name if name is not None and is_reference(name) else None
        if event.event in _MAY_GO_ON:
            self._offer(Offer(UUID(event.resource.id.removeprefix("prefect.flow-run.")), reference))
        elif reference is not None:
            self._offer(Offer(reference=reference, has_ended=True))

    def _hear_announcements(self) -> None:
        """Offer every case that is announced through the database, until the worker ends."""
        tries = 0
        while not self._ended.is_set():
            try:
                for reference in case_file.announced(self._ended):
                    tries = 0
                    if is_reference(reference):
                        self._offer_from_thread(Offer(reference=reference))
            except case_file.CaseFileUnavailable as broken:
                self._logger.warning("Announcements are not heard: %s", broken)
                self._ended.wait(_BACK_OFF_S[min(tries, len(_BACK_OFF_S) - 1)])
                tries += 1

    async def _sweep(self) -> None:
        """Look for what stands still, all the time; only one worker does at a time."""
        settings, compared = worker_settings(), time.monotonic()
        while True:
            await asyncio.sleep(settings.sweep_s)
            compares = time.monotonic() - compared >= settings.compare_s
            compared = time.monotonic() if compares else compared
            try:
                await asyncio.to_thread(self._sweep_once, compares=compares)
            except Exception:
                # The engine or the database does not answer; the next round comes soon.
                self._logger.exception("The sweep failed")

    def _sweep_once(self, *, compares: bool) -> None:
        with case_file.sole_sweep() as alone:
            if not alone:
                return
            # First, because a case whose run is gone needs the deployment to start anew.
            self._mend_deployments()
            if not self._has_ruled:
                takeover.ask_under_present_rules()
                self._has_ruled = True
            found = takeover.take_over_stalled()
            if compares:
                differing, last = takeover.compare_waiting(after=self._compared_until)
                self._compared_until = last or ""
                found |= differing | takeover.take_over_unattended()
        for reference, finding in found.items():
            if finding is takeover.Finding.unmended:
                self._logger.error("Could not set %s going; it is tried again", reference)
            else:
                self._logger.info("Set %s going again: %s", reference, finding)

    def _mend_deployments(self) -> None:
        if time.monotonic() < self._mends_from:
            return
        try:
            registered.mend(self._work_pool_name)
        except (engine.EngineUnavailable, SubprocessError, OSError) as failed:
            # The alarm stands; cases are looked after all the same.
            self._mends_from = time.monotonic() + _MENDS_AGAIN_S
            self._logger.error("Deployments are not registered again: %s", failed)  # noqa: TRY400
        except (KeyError, TypeError, ValueError):
            # The engine holds what nobody here knows how to read. Cases are looked after all the same.
            self._mends_from = time.monotonic() + _MENDS_AGAIN_S
            self._logger.exception("Deployments cannot be compared")
            alarms.sound_for_all(AlarmKind.round_failed, about="deployments")

    async def _deliver(self) -> None:
        """Send messages soon after they are made, apart from the sweep: a mail server may take its time."""
        while True:
            await asyncio.sleep(worker_settings().sweep_s)
            try:
                await asyncio.to_thread(messages.deliver, at=now())
            except Exception as failed:
                # The next round comes soon. The words of a mail server's error name addresses.
                self._logger.error("Messages are not delivered: %s", type(failed).__name__)  # noqa: TRY400

    # Cancelling, and ending itself.

    async def _setup_cancellation_observer(self) -> None:
        """Watch for runs somebody cancels; Prefect's default is not to."""
        wanted = {PREFECT_WORKER_ENABLE_CANCELLATION: True, PREFECT_WORKER_CANCELLATION_POLL_SECONDS: 3}
        with temporary_settings(wanted):
            await super()._setup_cancellation_observer()

    async def _cancel_run(self, flow_run_id: UUID) -> None:
        """Cancel a run somebody cancels in the UI while it is worked on; its thread leaves at its next step."""
        state: Any = Cancelled(message="Cancelled in the engine; the case asks a coordinator how to go on.")
        mark_flow_run_suspension_requested(flow_run_id, state)
        try:
            await self.client.set_flow_run_state(flow_run_id, state, force=True)
        except ObjectNotFound:
            self._logger.debug("Run %s was deleted before it could be cancelled", flow_run_id)

    async def _watch_itself(self) -> None:
        """End this process when it has grown too large or a run hangs; the sweep carries the lost run on elsewhere."""
        settings = worker_settings()
        while True:
            await asyncio.sleep(_LOOK_S)
            if (resident := resident_mb()) > settings.worker_memory_mb:
                await self._give_up(f"it uses {resident:.0f} MiB, more than {settings.worker_memory_mb}")
            if (longest_s := self._known.longest_s()) > settings.segment_lasts_s:
                await self._give_up(f"a run has worked for {longest_s:.0f} s", hanging=1)
            if (outdated := await asyncio.to_thread(_outdated)) is not None:
                await self._give_up(outdated)

    async def _give_up(self, reason: str, *, hanging: int = 0) -> NoReturn:
        # The runs that may finish, and the log, need room that whoever ate the memory has not left.
        bound_memory(_ROOM_TO_END_MB)
        self._logger.error("Worker %s ends itself, to be started again: %s.", self.name, reason)
        await self.drain(worker_settings().drain_s, apart_from=hanging)
        await asyncio.to_thread(flush)
        os._exit(GAVE_UP)

    async def run(
        self,
        flow_run: FlowRun,
        configuration: BaseJobConfiguration,
        task_status: anyio.abc.TaskStatus[int] | None = None,
    ) -> BaseWorkerResult:
        """Take up one run, for whoever calls the worker as Prefect's own are called."""
        del configuration
        if task_status is not None:
            task_status.started(os.getpid())
        take_up = partial(self._take_up, Offer(flow_run.id))
        await asyncio.wrap_future(self._threads.submit(take_up))
        return BaseWorkerResult(identifier=str(flow_run.id), status_code=0)


def refuse_policy() -> None:
    """
    End a worker that starts under a policy that does not hold, as nothing else of ours starts under it.

    Raises:
        SystemExit: after the sentence `homeward up` says, with its code.
    """
    try:
        policy.refuse_unworkable()
    except PolicyInvalid as invalid:
        sys.stderr.write(f"{invalid} {policy.TO_ADD_OFFICERS}\n")
        raise SystemExit(REFUSED_POLICY) from None
    except case_file.CaseFileUnavailable as unavailable:
        # The file holds. Nothing can be decided either until the database answers, and a step that is then left to
        # nobody is alarmed when it is asked.
        logging.getLogger(__name__).warning("Whether officers fit the policy is not known yet: %s", unavailable)


def _outdated() -> str | None:
    """Return why this process may not go on under its policy; None where that counts, or nobody can say."""
    try:
        with case_file.transaction() as session:
            return policy.outdated(session)
    except case_file.CaseFileUnavailable:
        return None


_of_thread = threading.local()
"""Keeps each thread's client entered; let go of, it would be left at once."""


def _enter_client() -> None:
    """Give a thread of the pool one client for all its runs: each new one reads the certificates of the world again."""
    _of_thread.client = SyncClientContext.get_or_create()
    _of_thread.client.__enter__()


def _is_news(record: logging.LogRecord) -> bool:
    """Leave out what Prefect says of every task in a thread: that its timeout takes effect between two calls."""
    return not record.msg.startswith("Timeout of %s seconds configured")


def flush() -> None:
    """Send what is still on its way to the server."""
    APILogWorker.drain_all(timeout=5)
    EventsWorker.drain_all(timeout=5)
