"""The measurements; each prints one JSON object a line."""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import isawaitable
from typing import Any

import httpx
from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL
from prefect.types.entrypoint import EntrypointType
from sqlmodel import col, select

from deployments.stack import services
from deployments.stack.processes import Child
from flows.repatriation import repatriate
from models.case import CaseStatus, RepatriationCase
from models.decision import Decision
from tasks import case_file, doorbell, seals
from tasks.settings import REPOSITORY, Location, settings
from tests.benchmarks import desk, documents, lists, offers, questions
from tests.benchmarks import growth as among_others
from tests.benchmarks.cases import Office, all_wait, closed, waiting, waits_s
from tests.benchmarks.flows import GATES, five_gates, no_gate
from tests.benchmarks.processes import Used, pid_of, requests, used_by
from tests.benchmarks.results import tell

WHERE = Location()
SERVICES = ("prefect", "postgres", "sandbox")
STOCK = "stock"
"""Name of Prefect's own process worker's pool and deployments here."""
DAY_S = 86_400
DECISIONS_A_SECOND = 1.0
"""Six a case make 14,400 cases a day, well above the largest known (8,690, Vande Bharat)."""


@contextmanager
def warm_worker() -> Iterator[Child]:
    """One warm worker, as the stack starts it."""
    yield from _worker("worker-warm", services.worker("bench"), b"started!")


@contextmanager
def process_worker() -> Iterator[Child]:
    """Prefect's process worker, polling every two seconds; with a limit it ends when a run is resumed too soon."""
    command = [services.program("prefect"), "worker", "start", "--pool", STOCK, "--type", "process"]
    variables = {"PREFECT_WORKER_QUERY_SECONDS": "2", "PYTHONPATH": str(REPOSITORY)}
    yield from _worker("worker-stock", command, b"started!", variables)


def _worker(name: str, command: list[str], ready: bytes, variables: dict[str, str] | None = None) -> Iterator[Child]:
    (WHERE.var / "logs" / f"{name}.log").unlink(missing_ok=True)
    child = services.start(name, command, WHERE, variables or {})
    try:
        until(lambda: ready in child.log.read_bytes(), 60)
        time.sleep(2)
        yield child
    finally:
        child.stop()


def until(is_so: Callable[[], bool], within_s: float) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, "took too long"
        time.sleep(0.1)


@contextmanager
def measured(worker: Child) -> Iterator[dict[str, Used]]:
    """What each service and the worker use inside the block."""
    pids = {name: pid_of(WHERE.var, name) for name in SERVICES} | {"worker": worker.process.pid}
    before = {name: used_by(pid) for name, pid in pids.items()}
    found: dict[str, Used] = {}
    yield found
    found |= {name: used_by(pid).since(before[name]) for name, pid in pids.items()}


def cost(found: dict[str, Used], cases: int) -> dict[str, float]:
    """CPU seconds a case, by service; `counted` is the server and the worker."""
    each = {name: round(used.cpu_s / cases, 3) for name, used in found.items()}
    return {"counted": round(each["prefect"] + each["worker"], 3), **each}


def deploy(flow: Flow[..., Any], name: str, pool: str) -> None:
    """Deploy a flow to a pool under its dotted name."""
    deployment = flow.to_deployment(name, work_pool_name=pool, entrypoint_type=EntrypointType.MODULE_PATH)
    assert not isawaitable(deployment)
    deployment.apply()


def empty_steps(name: str, cases: int, within_s: float) -> None:
    """Take so many runs of the empty flow through their gates, resuming each as soon as it waits."""
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name(f"five-gates/{name}")
        runs = {client.create_flow_run_from_deployment(deployment.id).id: 0 for _ in range(cases)}
        deadline = time.monotonic() + within_s
        while runs:
            assert time.monotonic() < deadline, runs
            time.sleep(0.3)
            for run_id, passed in list(runs.items()):
                state = client.read_flow_run(run_id).state
                assert state is not None
                if state.is_final():
                    assert passed == GATES, (state, passed)
                    del runs[run_id]
                elif state.is_paused() and state.state_details.pause_key == f"gate-{passed}":
                    answer = client.resume_flow_run(run_id, run_input={"approved": True})
                    runs[run_id] += answer.status.value == "ACCEPT"


def real_steps(office: Office, references: list[str], within_s: float, *, start: bool = True) -> float:
    """Take cases home, deciding each question as soon as it is shown; return how long that took."""
    began = time.monotonic()
    for reference in references if start else []:
        assert doorbell.start(reference) is None
    while closed(references) < len(references):
        assert time.monotonic() - began < within_s, "the cases did not come home"
        shown = waiting(references)
        for asking in shown:
            office.approves(asking)
            doorbell.wake(asking.reference)
        if not shown:
            time.sleep(0.1)
    return time.monotonic() - began


def compare_empty(cases: int, stock_cases: int) -> None:
    """CPU seconds a case with five gates and empty steps, on both workers."""
    deploy(five_gates, "homeward", services.WORK_POOL)
    deploy(five_gates, STOCK, STOCK)
    with warm_worker() as worker:
        empty_steps("homeward", 1, 60)
        with measured(worker) as found:
            empty_steps("homeward", cases, 300)
    ours = cost(found, cases)
    with process_worker() as worker, measured(worker) as found:
        empty_steps(STOCK, stock_cases, 240)
    theirs = cost(found, stock_cases)
    tell("cpu_a_case_empty_steps", ours["counted"], "CPU s", by=ours, cases=cases)
    tell("cpu_a_case_empty_steps_process_worker", theirs["counted"], "CPU s", by=theirs, cases=stock_cases)
    ratio = ours["counted"] / theirs["counted"]
    tell("cpu_ratio_empty_steps", ratio, "of process worker", goal=1 / 12, stretch=1 / 24, versus=theirs["counted"])


def memory_over_runs(runs: int) -> None:
    """How much more a worker holds after so many runs than after the first quarter of them."""
    deploy(no_gate, "homeward", services.WORK_POOL)
    with warm_worker() as worker, get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("no-gate/homeward").id
        of_it = DeploymentFilter(id=DeploymentFilterId(any_=[deployment]))
        completed = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.COMPLETED])))

        def held_after(count: int) -> float:
            ended = client.count_flow_runs(deployment_filter=of_it, flow_run_filter=completed)
            for _ in range(count - ended):
                client.create_flow_run_from_deployment(deployment)
            until(lambda: client.count_flow_runs(deployment_filter=of_it, flow_run_filter=completed) >= count, 900)
            return used_by(worker.process.pid).resident_mb

        early, late = held_after(runs // 4), held_after(runs)
    tell("worker_memory_growth", late - early, "MB", goal=20, runs=runs, early=round(early, 1), late=round(late, 1))


def compare_real(office: Office, cases: int, stock_cases: int) -> None:
    """CPU seconds a case with the real steps on both workers, cases a day at saturation, and requests a case."""
    log = WHERE.var / "logs" / "prefect.log"
    with warm_worker() as worker:
        real_steps(office, [office.opens()], 60)
        references = [office.opens() for _ in range(cases)]
        place = log.stat().st_size
        with measured(worker) as found:
            took_s = real_steps(office, references, 900)
        asked = requests(log, after=place)
    ours = cost(found, cases)
    tell("cpu_a_case_real_steps", ours["counted"], "CPU s", by=ours, cases=cases)
    words = "the officers and the sandbox share the cores"
    tell("cases_a_day", cases / took_s * DAY_S, "cases", goal=30_000, at_least=True, cases=cases, note=words)
    per_case = {path: round(count / cases, 1) for path, count in asked.most_common(20)}
    tell("requests_a_case", sum(asked.values()) / cases, "requests", by=per_case)
    with _stock_deployment(), process_worker() as worker:
        references = [office.opens() for _ in range(stock_cases)]
        with measured(worker) as found:
            real_steps(office, references, 300)
    theirs = cost(found, stock_cases)
    tell("cpu_a_case_real_steps_process_worker", theirs["counted"], "CPU s", by=theirs, cases=stock_cases)
    ratio = ours["counted"] / theirs["counted"]
    tell("cpu_ratio_real_steps", ratio, "of process worker", goal=1 / 6, versus=theirs["counted"])


@contextmanager
def _stock_deployment() -> Iterator[None]:
    """The journey in the process worker's pool."""
    deploy(repatriate, STOCK, STOCK)
    settings().deployment = f"repatriate/{STOCK}"
    yield
    settings().deployment = "repatriate/homeward"


def latency(office: Office, in_flight: int, decide: int, a_second: float) -> list[str]:
    """Wait from a decision to the next question while so many cases are open."""
    references = [office.opens() for _ in range(in_flight)]
    for reference in references:
        assert doorbell.start(reference) is None
    all_wait(references, 600)
    began = time.monotonic()
    for number in range(decide):
        time.sleep(max(0.0, began + number / a_second - time.monotonic()))
        asking = waiting(references)[0]
        office.approves(asking)
        doorbell.wake(asking.reference)
    until(lambda: len(waiting(references)) + closed(references) == in_flight, 60)
    took = waits_s(references)
    p95, p50 = took[int(len(took) * 0.95)], took[len(took) // 2]
    more = {"cases": in_flight, "decisions": len(took), "decisions_a_second": a_second}
    tell("decision_to_next_question_p95", p95, "s", goal=1.0, p50=round(p50, 3), worst=round(took[-1], 3), **more)
    return references


def wait_in_thousands(office: Office, worker: Child, real: int, created: int, already: int) -> None:
    """Processes and memory of waiting cases: some waited for real, the rest created in the engine."""
    server = pid_of(WHERE.var, "prefect")

    def now() -> Used:
        here, there = used_by(worker.process.pid), used_by(server)
        return Used(0, here.resident_mb + there.resident_mb, here.processes + there.processes)

    before = now()
    references = [office.opens() for _ in range(real - already)]
    for reference in references:
        assert doorbell.start(reference) is None
    all_wait(references, 1200)
    after_real = now()
    _create_waiting(created)
    time.sleep(12)
    found = now().since(before)
    counts = {"waited_for_real": real, "created_through_the_api": created}
    tell("waiting_cases_extra_processes", found.processes, "processes", goal=0, **counts)
    by_real = round(after_real.since(before).resident_mb, 1)
    tell("waiting_cases_extra_memory", found.resident_mb, "MB", goal=50, of_it_by_real_cases=by_real, **counts)


def _create_waiting(count: int) -> None:
    auth = PREFECT_API_AUTH_STRING.value()
    user, _, password = str(auth.get_secret_value() if hasattr(auth, "get_secret_value") else auth).partition(":")
    with httpx.Client(base_url=str(PREFECT_API_URL.value()), auth=(user, password), timeout=60) as client:
        deployment = client.get("/deployments/name/repatriate/homeward").raise_for_status().json()["id"]
        state = {"type": "PAUSED", "name": "Suspended", "state_details": {"pause_reschedule": True}}
        for number in range(count):
            body = {"parameters": {"reference": f"ZZZ-2026-{number:04d}"}, "state": state, "tags": ["stage:booking"]}
            client.post(f"/deployments/{deployment}/create_flow_run", json=body).raise_for_status()


def drill(office: Office, people: int) -> None:
    """How long a charter's people take from opening their cases to home, decided by officers with real codes."""
    with warm_worker() as worker, measured(worker) as found:
        real_steps(office, [office.opens()], 60)
        began = time.monotonic()
        references = [office.opens() for _ in range(people)]
        real_steps(office, references, 900)
        took_s = time.monotonic() - began
    with case_file.transaction() as session:
        homes = session.exec(
            select(RepatriationCase.status).where(col(RepatriationCase.reference).in_(references))
        ).all()
        decided = session.exec(select(Decision).where(col(Decision.reference).in_(references))).all()
        assert case_file.broken_link(session)[0] is None
    assert set(homes) == {CaseStatus.home}, homes
    # Each person has a decision of their own at each step, and each code has signed one.
    assert len(decided) >= 6 * people, len(decided)
    assert len({(decision.officer, decision.code_time_step) for decision in decided}) == len(decided)
    more = {"people": people, "decisions": len(decided), "by": cost(found, people)}
    tell("drill_of_73", took_s, "s", goal=300, **more)


def growth(office: Office, cases: int, *, quick: bool) -> int:
    """What a case costs beside few others and beside many; return how many others are there now."""
    with warm_worker() as worker:
        real_steps(office, [office.opens()], 60)

        def costs() -> dict[str, float]:
            with measured(worker) as found:
                real_steps(office, [office.opens() for _ in range(cases)], 900)
            each = cost(found, cases)
            return {name: each[name] for name in ("prefect", "postgres", "worker")}

        return among_others.measure(costs, quick=quick)


def audit_chain(events: int) -> None:
    """How long the check of a whole chain of so many events takes, its seals included."""
    with case_file.transaction() as session:
        _, read = case_file.broken_link(session)
    while read < events:
        with case_file.transaction() as session:
            for number in range(min(500, events - read)):
                case_file.note(session, "bench.noted", actor="bench", ids={"number": str(number), "purpose": "bench"})
        read += 500
    seals.seal_chain(actor="bench")
    began = time.monotonic()
    found = seals.check()
    took_s = time.monotonic() - began
    assert found.fault is None, found.fault
    tell("audit_verify", took_s / found.events * 10_000, "s for 10,000 events", goal=5.0, events=found.events)


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--quick", action="store_true", help="small numbers, to try the benchmark itself")
    parser.add_argument(
        "--only",
        choices=(
            "empty", "memory", "real", "waiting", "audit", "drill", "matching", "documents", "offers", "questions",
            "desk", "figures", "growth", "rehearsals",
        ),
    )  # fmt: skip
    parser.add_argument("--waited", type=int, help="how many cases wait for real")
    parser.add_argument("--created", type=int, help="how many more are created through the API")
    asked = parser.parse_args()
    many = 200 if asked.long else 6 if asked.quick else 40
    few = 5 if asked.long else 1 if asked.quick else 2
    in_flight, decide = (10, 10) if asked.quick else (100, 300 if asked.long else 60)
    real, created = (20, 50) if asked.quick else (500, 9500)
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name=STOCK, type="process"), overwrite=True)
    office = Office()
    if asked.only in (None, "questions"):
        # First, while nobody else on file may be taken for somebody on the list.
        with warm_worker() as worker:
            questions.measure(office, worker, quick=asked.quick)
    if asked.only in (None, "audit"):
        audit_chain(1000 if asked.quick else 10_000)
    if asked.only in (None, "matching"):
        lists.measure(quick=asked.quick)
    if asked.only in (None, "documents"):
        documents.measure(quick=asked.quick)
    if asked.only in (None, "offers"):
        offers.measure()
    if asked.only in (None, "drill"):
        drill(office, 5 if asked.quick else 73)
    if asked.only in (None, "empty"):
        compare_empty(min(many, 60), few)
    if asked.only in (None, "memory"):
        memory_over_runs(100 if asked.quick else 2000)
    if asked.only in (None, "real"):
        compare_real(office, many, few)
    if asked.only in (None, "waiting"):
        with warm_worker() as worker:
            all_open = latency(office, in_flight, decide, DECISIONS_A_SECOND)
            already = len(all_open) - closed(all_open)
            wait_in_thousands(office, worker, asked.waited or real, asked.created or created, already)
    already = 0
    if asked.only == "growth" or (asked.only is None and asked.long):
        already = growth(office, 4 if asked.quick else 30, quick=asked.quick)
    if asked.only in (None, "desk"):
        # Last: the cases it puts in stay, and everything above counts its own.
        desk.measure(quick=asked.quick, already=already)


if __name__ == "__main__":
    main()
