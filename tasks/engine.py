"""
The engine as doors see it: start a run, ring its bell, ask how it is, take what its form brought.

Speaks Prefect's REST API over httpx instead of importing prefect, which costs three seconds and 85 MB a command
(measured 2026-11-22 with 3.8.8). Runs themselves use prefect.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

import httpx
import pendulum

from tasks.partners.transport import certificates
from tasks.settings import settings

T = TypeVar("T")

_FINAL = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})

SCHEMA_KEY = "decision-form"
"""Key of the form's fields in the engine; they are the same for every question, so a run stores them once."""

QUEUE = "default"
"""The queue of a work pool all runs go through; deleting the pool takes its runs out of it."""

RUN_RETRIES, RUN_RETRY_DELAY_S = 5, 20
"""How often a run that fails, which only a fault of ours or a lost database makes it do, is tried again, and when."""

_STARTED_AT_ONCE = 10
_STARTING_S = 60.0
"""Ten runs are one request, which an engine that is busy with others takes its time for."""

_STATES_AT_ONCE = 200

_BELL_TRIES_S = (0.0, 0.3, 0.5, 1.0, 2.0)
# A resume that comes before the suspension is stored is answered with success and REJECT in the body (7 of 557 seen).


class EngineUnavailable(Exception):
    """The engine did not answer; what was decided or opened is safe, and the run will find it."""


def _http() -> httpx.Client:
    auth = settings().prefect_api_auth_string
    return _client(settings().prefect_api_url, auth.get_secret_value() if auth else None)


@cache
def _client(url: str, auth: str | None) -> httpx.Client:
    user, _, password = auth.partition(":") if auth else ("", "", "")
    return httpx.Client(
        base_url=url,
        auth=httpx.BasicAuth(user, password) if auth else None,
        verify=certificates(),
        timeout=httpx.Timeout(15, connect=5),
    )


def _call(
    method: str, path: str, body: dict[str, Any] | list[Any] | None = None, *, within_s: float = 15
) -> Any | None:  # noqa: ANN401 - JSON
    """Return the engine's answer; None for 404."""
    try:
        reply = _http().request(method, path, json=body, timeout=httpx.Timeout(within_s, connect=5))
        if reply.status_code == httpx.codes.NOT_FOUND:
            return None
        reply.raise_for_status()
        return reply.json() if reply.content else {}
    except (httpx.HTTPError, ValueError) as failed:
        raise EngineUnavailable(f"the engine did not answer: {type(failed).__name__}") from None


def _parts(whole: list[T], size: int) -> Iterator[list[T]]:
    for begin in range(0, len(whole), size):
        yield whole[begin : begin + size]


def answers() -> bool:
    """Return whether the engine answers anything at all."""
    try:
        return _call("GET", "/health") is not None
    except EngineUnavailable:
        return False


def start_run(reference: str, *, key: str) -> UUID:
    """Start the journey of a case; the same key never starts it twice."""
    return start_runs({reference: key})[reference]


def start_runs(keys: dict[str, str]) -> dict[str, UUID]:
    """
    Start the journeys of cases, each by its key, and return their runs; the same key never starts one twice.

    So many at a time that the first are taken up while others are still written down.
    """
    bodies = {
        reference: {
            "name": reference,
            "parameters": {"reference": reference},
            "idempotency_key": key,
            # A deployment's schema can be changed in the engine; the flow itself looks at what it is given.
            "enforce_parameter_schema": False,
            "state": {"type": "SCHEDULED"},
            # Told here, the worker need not tell it when the run begins.
            "empirical_policy": {"retries": RUN_RETRIES, "retry_delay": RUN_RETRY_DELAY_S},
        }
        for reference, key in keys.items()
    }
    return dict(zip(bodies, _start(settings().deployment, list(bodies.values())), strict=True))


def start_operation(operation: str, *, after: str | None = None, key: str | None = None) -> UUID:
    """
    Have the journeys of an operation begun, those after a case where one is named; twice begins none twice.

    With a key doing it twice makes one run.
    """
    body: dict[str, Any] = {
        "name": operation,
        "parameters": {"operation": operation},
        "enforce_parameter_schema": False,
        "state": {"type": "SCHEDULED"},
    }
    if after is not None:
        body["parameters"]["after"] = after
    if key is not None:
        body["idempotency_key"] = key
    return _start(settings().operation_deployment, [body])[0]


def _start(deployed: str, bodies: list[dict[str, Any]]) -> list[UUID]:
    """Make runs of a deployment, `flow/name`, and return them in the same order."""
    deployment = _call("GET", f"/deployments/name/{deployed}")
    if deployment is None:
        raise EngineUnavailable(
            f"the engine knows no deployment {deployed}; a worker registers it again, try once more soon"
        )
    started: list[UUID] = []
    for some in _parts(bodies, _STARTED_AT_ONCE):
        path = f"/deployments/{deployment['id']}/create_flow_run/bulk"
        answer = _call("POST", path, some, within_s=_STARTING_S)
        if answer is None:
            raise EngineUnavailable("the engine's deployment vanished while a run was started; try again")
        if any(result["status"] != "CREATED" for result in answer["results"]):
            raise EngineUnavailable("the engine did not make a run; try again")
        started += [UUID(result["flow_run_id"]) for result in answer["results"]]
    return started


@dataclass(frozen=True, slots=True)
class RunState:
    """How a run is, as the engine knows it."""

    kind: str
    """The engine's state type, for example PAUSED or RUNNING."""
    since: pendulum.DateTime
    pause_key: str | None = None
    """Of a suspended run: the key of the question it shows; None when it shows none of ours."""
    reference: str | None = None
    """The case its parameters name; anybody with the engine's password can change them."""
    scheduled_at: pendulum.DateTime | None = None
    """Of a scheduled run: when it is to start."""
    is_polled: bool = True
    """False of a run that failed once: the engine leaves it to that process for good, and no other is told of it."""
    is_queued: bool = True
    """False of a run in no queue that a worker is told of: its pool was deleted, or it never was of our deployment."""

    @property
    def is_final(self) -> bool:
        """Whether the run has come to an end."""
        return self.kind in _FINAL

    def works_on(self, reference: str) -> bool:
        """Return whether the run has not come to an end and is a case's own."""
        return not self.is_final and self.reference == reference


def state_of(flow_run_id: UUID) -> RunState | None:
    """Return a run's state; None when the engine does not know the run."""
    run = _call("GET", f"/flow_runs/{flow_run_id}")
    return _states([run])[0] if run is not None else None


def states_of(flow_run_ids: Iterable[UUID]) -> dict[UUID, RunState]:
    """Return the states of the runs the engine knows among some."""
    states: dict[UUID, RunState] = {}
    for some in _parts([str(flow_run_id) for flow_run_id in flow_run_ids], _STATES_AT_ONCE):
        wanted = {"flow_runs": {"id": {"any_": some}}, "limit": _STATES_AT_ONCE}
        found = _call("POST", "/flow_runs/filter", wanted) or []
        states |= dict(zip([UUID(run["id"]) for run in found], _states(found), strict=True))
    return states


@dataclass(frozen=True, slots=True)
class Running:
    """A run that the engine holds for being worked on."""

    id: UUID
    name: str
    state: RunState
    times: int
    """How often it was begun."""


def running(pool_type: str) -> list[Running]:
    """Return the runs, of any flow, that workers of a kind work on or take up, as the engine has it."""
    wanted = {
        "work_pools": {"type": {"any_": [pool_type]}},
        "flow_runs": {"state": {"type": {"any_": ["RUNNING", "PENDING"]}}},
        "limit": _STATES_AT_ONCE,
    }
    found = _call("POST", "/flow_runs/filter", wanted) or []
    states = _states(found)
    return [
        Running(UUID(run["id"]), run["name"], state, run["run_count"]) for run, state in zip(found, states, strict=True)
    ]


def _states(runs: list[dict[str, Any]]) -> list[RunState]:
    # Only a run that is still to begin lies in a queue; most pages of runs have none.
    is_to_begin = any((run.get("state") or {}).get("type") == "SCHEDULED" for run in runs)
    pool = _pool_of_journeys() if is_to_begin else None
    return [_state(run, pool=pool) for run in runs]


def _pool_of_journeys() -> str | None:
    deployment = _call("GET", f"/deployments/name/{settings().deployment}")
    return deployment["work_pool_name"] if deployment else None


def _state(run: dict[str, Any], *, pool: str | None) -> RunState:
    state = run.get("state") or {"type": "SCHEDULED", "timestamp": run["created"]}
    details, reference = state.get("state_details") or {}, (run.get("parameters") or {}).get("reference")
    # A suspension without its form is none of ours, whatever its key says.
    pause_key, keyset = details.get("pause_key"), details.get("run_input_keyset") or {}
    scheduled = details.get("scheduled_time") if state["type"] == "SCHEDULED" else None
    return RunState(
        state["type"],
        _moment(state["timestamp"]),
        pause_key if pause_key is not None and keyset == keyset_of(pause_key) else None,
        reference if isinstance(reference, str) else None,
        _moment(scheduled) if scheduled else None,
        (run.get("empirical_policy") or {}).get("retry_type") != "in_process",
        # Another pool may have a queue of the same name: a deployment sent there for a moment leaves its runs there.
        run.get("work_queue_name") == QUEUE and pool in (None, run.get("work_pool_name")),
    )


def _moment(text: str) -> pendulum.DateTime:
    moment = pendulum.parse(text)
    if not isinstance(moment, pendulum.DateTime):
        raise EngineUnavailable("the engine states no moment for a run's state")
    return moment


def is_alive(flow_run_id: UUID, reference: str) -> bool:
    """Return whether a run is known, has not come to an end, and is a case's own."""
    state = state_of(flow_run_id)
    return state is not None and state.works_on(reference)


def start_again(flow_run_id: UUID) -> None:
    """Schedule a run anew whose process is gone; it starts from the top and finds what is left to do."""
    state = {"type": "SCHEDULED", "name": "AwaitingRetry", "message": "its process was gone; started again"}
    _call("POST", f"/flow_runs/{flow_run_id}/set_state", {"state": state, "force": True})


def end_crashed(flow_run_id: UUID, *, why: str) -> None:
    """Set a run crashed that is of no more use, so that no process begins with it."""
    state = {"type": "CRASHED", "name": "Crashed", "message": why}
    _call("POST", f"/flow_runs/{flow_run_id}/set_state", {"state": state, "force": True})


def end_cancelled(flow_run_id: UUID) -> None:
    """Set a run whose cancellation nobody carries out any more cancelled; one that is stays so."""
    state = {"type": "CANCELLED", "name": "Cancelled", "message": "cancelled in the engine; its process was gone"}
    _call("POST", f"/flow_runs/{flow_run_id}/set_state", {"state": state, "force": True})


def ring(flow_run_id: UUID) -> bool:
    """Wake a suspended run; return whether it heard. The bell carries nothing: the run looks for itself."""
    for wait_s in _BELL_TRIES_S:
        time.sleep(wait_s)
        answer = _call("POST", f"/flow_runs/{flow_run_id}/resume", {"run_input": {}})
        if answer is not None and answer.get("status") == "ACCEPT":
            return True
    return False


def read_reply(flow_run_id: UUID, key: str) -> tuple[dict[str, Any] | None, bool]:
    """Return what the Resume form of a question brought, if it is an answer, and whether anything lies there."""
    return _input(flow_run_id, response_key(key))


def forget_reply(flow_run_id: UUID, key: str) -> None:
    """Delete what a Resume form brought from the engine, where others may read it; after it is recorded."""
    _call("DELETE", f"/flow_runs/{flow_run_id}/input/{response_key(key)}")


def form_of(flow_run_id: UUID, key: str) -> tuple[str | None, str | None]:
    """Return the text and the fields that a suspended run shows with a question, as they are stored; None is gone."""
    text, fields = (_stored(flow_run_id, each) for each in (description_key(key), SCHEMA_KEY))
    return text.text if text else None, fields.text if fields else None


def forget_fields(flow_run_id: UUID) -> None:
    """Delete the fields a run shows, so that they are stored anew with its next question."""
    _call("DELETE", f"/flow_runs/{flow_run_id}/input/{SCHEMA_KEY}")


def description_key(key: str) -> str:
    """Return under what the text of a question lies."""
    return f"suspended-{key}-description"


def keyset_of(key: str) -> dict[str, str]:
    """Return where the engine looks for everything of a question."""
    return {"response": response_key(key), "schema": SCHEMA_KEY, "description": description_key(key)}


def response_key(key: str) -> str:
    """Return under what the answer to a question will lie."""
    return f"suspended-{key}-response"


def _input(flow_run_id: UUID, key: str) -> tuple[dict[str, Any] | None, bool]:
    """Return what is stored under a key, if it is an object, and whether anything is."""
    reply = _stored(flow_run_id, key)
    if reply is None:
        return None, False
    try:
        # Anybody with the engine's password can store anything here, so anything but an object counts as nothing.
        found = reply.json()
    except (ValueError, RecursionError):
        return None, True
    return (found if isinstance(found, dict) else None), True


def _stored(flow_run_id: UUID, key: str) -> httpx.Response | None:
    try:
        reply = _http().get(f"/flow_runs/{flow_run_id}/input/{key}")
    except httpx.HTTPError as failed:
        raise EngineUnavailable(f"the engine did not answer: {type(failed).__name__}") from None
    if reply.status_code == httpx.codes.NOT_FOUND:
        return None
    if reply.status_code != httpx.codes.OK:
        raise EngineUnavailable(f"the engine answered {reply.status_code}")
    return reply


def show_link(flow_run_id: UUID, *, key: str, link: str, words: str) -> None:
    """Show an address beside a run; the same key shows it once, in its newest form."""
    body = {
        "key": key,
        "type": "markdown",
        "data": f"[{words}]({link})",
        "description": "Opens at the desk after signing in.",
        "flow_run_id": str(flow_run_id),
    }
    _call("POST", "/artifacts/", body)


def deployed_to(pool: str) -> list[dict[str, Any]]:
    """Return the deployments that send their runs to a work pool, as the engine tells of them."""
    return list(_call("POST", "/deployments/filter", {"work_pools": {"name": {"any_": [pool]}}, "limit": 200}) or [])


def release_deployment(deployment_id: str) -> None:
    """Lift the pause and the limit of a deployment."""
    _call("PATCH", f"/deployments/{deployment_id}", {"paused": False, "concurrency_limit": None})


def is_held(pool: str) -> bool | None:
    """Return whether a work pool or its queue hands out fewer runs than there are; None when there is no such pool."""
    found = [_call("GET", path) for path in _pool_paths(pool)]
    if found[0] is None:
        return None
    return any(each is None or _holds_back(each) for each in found)


def held_back(pool: str) -> list[str]:
    """Return the paths of a work pool and its queue, of those that are paused or limited now."""
    found = [(path, _call("GET", path)) for path in _pool_paths(pool)]
    return [path for path, each in found if each is not None and _holds_back(each)]


def release(path: str) -> None:
    """Lift the pause and the limit of a work pool or a queue."""
    _call("PATCH", path, {"is_paused": False, "concurrency_limit": None})


def _holds_back(pool_or_queue: dict[str, Any]) -> bool:
    return pool_or_queue["is_paused"] or pool_or_queue["concurrency_limit"] is not None


def _pool_paths(pool: str) -> tuple[str, str]:
    return f"/work_pools/{pool}", f"/work_pools/{pool}/queues/{QUEUE}"


def set_tags(flow_run_id: UUID, tags: list[str]) -> None:
    """Replace a run's tags."""
    _call("PATCH", f"/flow_runs/{flow_run_id}", {"tags": tags})
