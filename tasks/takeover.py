"""Take-over: cases whose run died, vanished or sleeps through a decision are found and set going again."""

from enum import StrEnum

import pendulum

from models.case import Attempt
from tasks import case_file, decisions, doorbell, engine
from tasks.clock import now

GRACE = pendulum.duration(seconds=20)
"""How long a run may be between its states, for example while a worker starts its process."""


class Finding(StrEnum):
    """What is wrong with a case's run."""

    process_gone = "process_gone"
    """The engine says it runs, and nobody holds the case."""
    run_ended = "run_ended"
    """The run came to an end, or the engine has lost it, before the journey was over."""
    asleep = "asleep"
    """It is suspended, and its question is no longer open: what it waited for has happened."""


def sweep() -> dict[str, Finding]:
    """Look at every case in progress once, set going what stands still, and return what was found by reference."""
    found: dict[str, Finding] = {}
    with case_file.transaction() as session:
        attempts = case_file.open_attempts(session)
    for attempt in attempts:
        finding = _look_at(attempt)
        if finding is not None:
            found[attempt.reference] = finding
            _mend(attempt, finding)
    return found


def _look_at(attempt: Attempt) -> Finding | None:
    with case_file.lease(attempt.reference) as nobody_holds_it:
        if not nobody_holds_it:
            return None
        # Read while the lease is ours: no run can move on in between.
        state = engine.state_of(attempt.flow_run_id)
        if state is None or state.is_final:
            return Finding.run_ended
        if now() - state.since < GRACE:
            return None
        if state.kind in ("RUNNING", "PENDING", "CANCELLING"):
            return Finding.process_gone
        with case_file.transaction() as session:
            is_asked = decisions.open_asking(session, attempt.reference) is not None
        return Finding.asleep if state.kind == "PAUSED" and not is_asked else None


def _mend(attempt: Attempt, finding: Finding) -> None:
    with case_file.transaction() as session:
        case = case_file.load(session, attempt.reference)
        ids = {"finding": finding.value, "flow_run_id": str(attempt.flow_run_id)}
        case_file.note(session, "run.taken_over", actor=case_file.RUN, about=case, ids=ids)
        if finding is not Finding.asleep:
            case_file.tell(session, attempt.reference, "The run had stopped; it was started again and goes on.")
    match finding:
        case Finding.process_gone:
            engine.start_again(attempt.flow_run_id)
        case Finding.run_ended:
            doorbell.start(attempt.reference)
        case Finding.asleep:
            doorbell.wake(attempt.reference)
