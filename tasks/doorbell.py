"""The doorbell: starting a case's run and waking it. It carries nothing; the run looks for itself."""

from uuid import UUID

from tasks import case_file, decisions, engine, vault
from tasks.at_once import at_once


def start(reference: str) -> str | None:
    """Start the journey of a case; return why it cannot be started, in one sentence, or None."""
    return start_each([reference])[reference]


def start_each(references: list[str]) -> dict[str, str | None]:
    """Start the journeys of cases; return for each why it cannot be started, in one sentence, or None."""
    answers = {reference: case_file.not_startable(reference) for reference in references}
    with case_file.transaction() as session:
        latest = {
            reference: case_file.latest_attempt(session, reference)
            for reference, refusal in answers.items()
            if refusal is None
        }
    open_runs = {
        reference: attempt.flow_run_id
        for reference, attempt in latest.items()
        if attempt is not None and attempt.ended_at is None
    }
    alive = _alive(open_runs)
    answers |= {reference: f"Case {reference} is already in progress." for reference in alive}
    # The key makes two clicks one run; a later attempt has a later number. A run that ended before it could claim the
    # case leaves the number as it was, and a stranger's run may bear the key, so its own id makes the next one.
    keys = {
        reference: f"{reference}:{attempt.number if attempt else 0}"
        for reference, attempt in latest.items()
        if reference not in alive
    }
    begun: dict[str, UUID] = {}
    while keys:
        # Nobody can make a run in advance, of no deployment and for no worker, that bears a key they cannot guess.
        started = engine.start_runs({each: vault.keyed_hash("run", key) for each, key in keys.items()})
        begun |= _alive(started)
        keys = {reference: f"{reference}:after:{run}" for reference, run in started.items() if reference not in begun}

    def claim(reference: str) -> str | None:
        # Written here and not only by the run itself, so that a run whose process dies before it can say so is missed.
        return case_file.claim(reference, begun[reference], is_alive=engine.is_alive)

    return answers | dict(zip(begun, at_once(claim, begun), strict=True))


def _alive(runs: dict[str, UUID]) -> dict[str, UUID]:
    """Return the runs that can go on with their cases."""
    states = engine.states_of(runs.values())
    return {
        reference: run for reference, run in runs.items() if (state := states.get(run)) and state.works_on(reference)
    }


def wake(reference: str) -> bool:
    """
    Wake the run that works on a case, and return whether it heard; False also when none is suspended.

    A warm worker hears of it through the case database; where none listens, the engine is asked to resume the run.
    """
    with case_file.transaction() as session:
        attempt = case_file.latest_attempt(session, reference)
        asking = decisions.open_asking(session, reference)
        if asking is not None and asking.shown_at is not None:
            # What was written down changes nothing about the question; it goes on waiting.
            return False
    if attempt is None or attempt.ended_at is not None:
        # Whoever listens has no run to go on with.
        return False
    return case_file.announce(reference) or engine.ring(attempt.flow_run_id)


def run_of(reference: str) -> str | None:
    """Return the id of the engine's run that works on a case or worked on it last; None before the first."""
    with case_file.transaction() as session:
        attempt = case_file.latest_attempt(session, reference)
    return str(attempt.flow_run_id) if attempt is not None else None
