"""The doorbell: starting a case's run and waking it. It carries nothing; the run looks for itself."""

from tasks import case_file, decisions, engine


def start(reference: str) -> str | None:
    """Start the journey of a case; return why it cannot be started, in one sentence, or None."""
    if (refusal := case_file.not_startable(reference)) is not None:
        return refusal
    with case_file.transaction() as session:
        attempt = case_file.latest_attempt(session, reference)
    if attempt is not None and attempt.ended_at is None and engine.is_alive(attempt.flow_run_id, reference):
        return f"Case {reference} is already in progress."
    # The key makes two clicks one run; a later attempt has a later number. A run that ended before it could claim the
    # case leaves the number as it was, and a stranger's run may bear the key, so its own id makes the next one.
    key = f"{reference}:{attempt.number if attempt else 0}"
    started = engine.start_run(reference, key=key)
    while not engine.is_alive(started, reference):
        started = engine.start_run(reference, key=f"{reference}:after:{started}")
    # Written here and not only by the run itself, so that a run whose process dies before it can say so is missed.
    return case_file.claim(reference, started, is_alive=engine.is_alive)


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
    if case_file.announce(reference):
        return True
    return attempt is not None and attempt.ended_at is None and engine.ring(attempt.flow_run_id)


def run_of(reference: str) -> str | None:
    """Return the id of the engine's run that works on a case or worked on it last; None before the first."""
    with case_file.transaction() as session:
        attempt = case_file.latest_attempt(session, reference)
    return str(attempt.flow_run_id) if attempt is not None else None
