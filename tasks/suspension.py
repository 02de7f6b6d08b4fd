"""
Suspending: a run shows a question and leaves its process; what it wrote before, and the order, are all that counts.

Prefect's `suspend_flow_run` does the same with twice the calls, and stores the state before the form: a process killed
in between leaves a question nobody can answer. Seen with 3.8.8.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn
from uuid import UUID

from httpx import TransportError, codes
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.exceptions import Pause, PrefectHTTPStatusError
from prefect.states import Suspended
from prefect.utilities.engine import propose_state_sync

from models.decision import Asking
from tasks import decisions, form
from tasks.engine import SCHEMA_KEY, EngineUnavailable, description_key, keyset_of


def suspend(asking: Asking, *, has_fields: bool) -> NoReturn:
    """
    Show a question in the engine and leave; `has_fields` says that the run's form was answered before.

    Raises:
        Pause: always, unless the engine is down; the engine takes it for leaving.
        EngineUnavailable: the engine did not take it; the run is tried again, and asks again.
    """
    context = FlowRunContext.get()
    if context is None or context.flow_run is None or not isinstance(context.client, SyncPrefectClient):
        raise RuntimeError("only a run can suspend")
    client, run_id = context.client, context.flow_run.id
    with _answering():
        if not has_fields:
            _store_once(client, run_id, SCHEMA_KEY, form.sealed_fields())
        text = form.sealed_text(asking.key, decisions.question_markdown(asking))
        _store_once(client, run_id, description_key(asking.key), text)
    state: State[None] = Suspended(pause_key=asking.key)
    state.state_details.run_input_keyset = keyset_of(asking.key)
    with _answering():
        answered = propose_state_sync(client, state, flow_run_id=run_id)
    if answered.is_paused():
        decisions.mark_shown(asking)
    # Anything else means that the run was cancelled meanwhile; the sweep sees to the case.
    raise Pause(state=answered)


@contextmanager
def _answering() -> Iterator[None]:
    """Tell an engine that is down, or has lost its Redis or its database, from a fault of ours."""
    try:
        yield
    except PrefectHTTPStatusError as failed:
        if not failed.response.is_server_error:
            raise
        raise EngineUnavailable(f"the engine answered {failed.response.status_code}") from None
    except TransportError as failed:
        raise EngineUnavailable(f"the engine did not answer: {type(failed).__name__}") from None


def _store_once(client: SyncPrefectClient, run_id: UUID, key: str, value: str) -> None:
    """Store what the form shows; where it is there already, an earlier call arrived and its answer was lost."""
    try:
        client.create_flow_run_input(run_id, key, value)
    except PrefectHTTPStatusError as refused:
        if refused.response.status_code != codes.CONFLICT:
            raise
