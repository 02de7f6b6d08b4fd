"""Take-over: cases whose run died, vanished or sleeps through a decision are found and set going again."""

import random
from enum import StrEnum

import pendulum
from sqlmodel import Session

from models.case import Attempt
from models.decision import Asking
from models.message import AlarmKind
from tasks import alarms, case_file, decisions, doorbell, engine, form
from tasks.clock import now
from tasks.rounds import Round

GRACE = pendulum.duration(seconds=4)
"""How long a run may be between its states while a process that lives works on it."""

STARTING = pendulum.duration(seconds=30)
"""How long a process worker may take to start the process of a run it has taken."""

POOL_TYPE = "homeward"
"""Kind of the work pool whose workers hold the lease of what they work on."""

PAGE = 200
"""Most runs the engine tells of in one answer; so many waiting runs are compared at a time."""

LATE = pendulum.duration(minutes=1)
"""A run scheduled for later than this was put off by hand; a run that tries again waits for less."""

OVERDUE = pendulum.duration(seconds=10)
"""How long after its time a run that the poll leaves out may still be on its way."""

FORMS = 15
"""Of how many of them the form is looked for, two calls each; a form is lost only by deleting it."""

STRIKES = 3
"""How often the process may end under a run, at one step, before a person is asked to look."""


class Finding(StrEnum):
    """What is wrong with a case's run."""

    process_gone = "process_gone"
    """The engine says it runs, and nobody holds the case."""
    run_ended = "run_ended"
    """The run came to an end, or the engine has lost it, before the journey was over."""
    run_cancelled = "run_cancelled"
    """Somebody cancelled the run in the engine, which decides nothing about the case."""
    asleep = "asleep"
    """It is suspended, and its question is no longer open: what it waited for has happened."""
    formless = "formless"
    """It waits for an answer, and the engine has no form to give it in."""
    overlooked = "overlooked"
    """Its time has come, and the process that was to go on is gone or has too much to do; the poll leaves it out."""
    put_off = "put_off"
    """Somebody scheduled it for later in the engine, which decides nothing about the case."""
    orphaned = "orphaned"
    """Its time has come, and no worker is told of it: its work pool was deleted, or it is of no deployment of ours."""
    unmended = "unmended"
    """Looking at it or setting it going failed; it is alarmed, and the next round tries again."""


_TOLD = {
    Finding.process_gone: "The run had stopped; it was started again and goes on.",
    Finding.run_ended: "The run had stopped; it was started again and goes on.",
    Finding.orphaned: "The run had stopped; it was started again and goes on.",
    Finding.formless: "The form in the engine was gone or changed, which decides nothing; it was asked anew.",
    Finding.put_off: "The run was put off in the engine, which decides nothing; it goes on now.",
}


_ALARMING: dict[Finding, AlarmKind] = {
    Finding.run_ended: AlarmKind.run_ended,
    Finding.orphaned: AlarmKind.run_ended,
    Finding.run_cancelled: AlarmKind.run_cancelled,
    Finding.formless: AlarmKind.form_lost,
}
"""What does not happen by a process dying or a message missed: somebody did it, or the engine lost something."""


def sweep() -> dict[str, Finding]:
    """Look at every case in progress once, set going what stands still, and return what was found by reference."""
    ask_under_present_rules()
    found, after = take_over_stalled(), ""
    while True:
        mended, last = compare_waiting(after=after, forms=PAGE)
        found |= mended
        if last is None:
            return found
        after = last


def ask_under_present_rules() -> None:
    """Have every question asked anew whose rule has changed; a policy changes only while processes are started."""
    for reference in decisions.close_where_rule_changed():
        doorbell.wake(reference)


def take_over_stalled() -> dict[str, Finding]:
    """Set going the cases that neither wait nor are worked on; two queries when there are none."""
    this_round, found = Round("setting going"), {}
    for reference in decisions.lapsed():
        with this_round.alone(reference):
            if decisions.close_lapsed(reference):
                doorbell.wake(reference)
    stalled = case_file.stalled()
    for page in (stalled[at : at + PAGE] for at in range(0, len(stalled), PAGE)):
        states = engine.states_of([attempt.flow_run_id for attempt in page])
        for attempt in page:
            with this_round.alone(attempt.reference):
                finding = _take_over(attempt, states.get(attempt.flow_run_id))
                if finding is not None:
                    found[attempt.reference] = finding
    return found | dict.fromkeys(this_round.failed, Finding.unmended)


def compare_waiting(*, after: str, forms: int = FORMS) -> tuple[dict[str, Finding], str | None]:
    """
    Compare a page of waiting runs with the engine and mend what differs; return it, and where the next begins.

    The form of so many of them is looked for, drawn anew each time.
    """
    page = case_file.waiting_runs(after=after, count=PAGE)
    if not page:
        return {}, None
    states = engine.states_of([attempt.flow_run_id for attempt, _ in page])
    drawn = set(random.sample(range(len(page)), min(forms, len(page))))
    this_round, found = Round("setting going"), {}
    for number, (attempt, asking) in enumerate(page):
        with this_round.alone(attempt.reference):
            state = states.get(attempt.flow_run_id)
            if state is not None and not state.is_final and state.kind != "PAUSED":
                # A process may have died while it heard an answer; or somebody set another state by hand.
                finding = _take_over(attempt, state)
            elif (finding := _compare(attempt, asking, state, looks_for_form=number in drawn)) is not None:
                _mend(attempt, finding)
            if finding is not None:
                found[attempt.reference] = finding
    return found | dict.fromkeys(this_round.failed, Finding.unmended), page[-1][0].reference


def take_over_unattended() -> dict[str, Finding]:
    """
    Begin again what is no journey and whose process is gone: operations, and clocks; return them by name.

    A run that its worker has not taken up for good yet is left alone, and so is one that is worked on: its worker
    holds the lease of the run. One under which each process ends is ended, and alarmed.
    """
    this_round, found = Round("beginning again"), {}
    for run in engine.running(POOL_TYPE):
        if run.state.reference is not None:
            continue
        with this_round.alone(run.name), case_file.lease(str(run.id)) as nobody_holds_it:
            # Looked at again while the lease is ours: its worker may just have ended it.
            state = engine.state_of(run.id) if nobody_holds_it and _has_stood(run.state) else None
            if state is None or state.kind not in ("RUNNING", "PENDING"):
                continue
            found[run.name] = Finding.process_gone
            if run.times < STRIKES:
                engine.start_again(run.id)
            else:
                engine.end_crashed(run.id, why="its process ended each time; look at the worker's log")
                alarms.sound_for_all(AlarmKind.run_given_up, about=run.name)
    return found | dict.fromkeys(this_round.failed, Finding.unmended)


def _has_stood(state: engine.RunState) -> bool:
    """Return whether a run has been in its state longer than a process that lives would leave it there."""
    return now() - state.since >= (STARTING if state.kind == "PENDING" else GRACE)


def look_at(reference: str) -> Finding | None:
    """Look at one case of whose run the engine has just said that it ended, and set it going again."""
    with case_file.lease(reference) as nobody_holds_it:
        if not nobody_holds_it:
            # Whoever works on it finds out at its next step, and the sweep afterwards.
            return None
        with case_file.transaction() as session:
            attempt = case_file.latest_attempt(session, reference)
        if attempt is None or attempt.ended_at is not None:
            return None
        finding = _ended(engine.state_of(attempt.flow_run_id), attempt)
        if finding is not None:
            _mend(attempt, finding)
        return finding


def _ended(state: engine.RunState | None, attempt: Attempt) -> Finding | None:
    if state is None or state.reference != attempt.reference:
        # A run that was given another case is as good as lost; nothing of ours runs under it any more.
        return Finding.run_ended
    if state.kind == "CANCELLED":
        return Finding.run_cancelled
    return Finding.run_ended if state.is_final else None


def _finding(state: engine.RunState | None, attempt: Attempt) -> Finding | None:
    if (ended := _ended(state, attempt)) is not None or state is None:
        return ended
    if state.scheduled_at is not None:
        return _finding_scheduled(state, state.scheduled_at)
    if not _has_stood(state):
        return None
    if state.kind == "CANCELLING":
        # Somebody wanted it to end, and nobody lives who could have ended it.
        return Finding.run_cancelled
    if state.kind in ("RUNNING", "PENDING"):
        return Finding.process_gone
    return Finding.asleep if state.kind == "PAUSED" and not decisions.is_shown(attempt, state.pause_key) else None


def _finding_scheduled(state: engine.RunState, at: pendulum.DateTime) -> Finding | None:
    if at - now() > LATE:
        return Finding.put_off
    if not state.is_queued and now() - at > LATE:
        # Whoever was told of it would have taken it by now, and the poll never finds it.
        return Finding.orphaned
    # The poll leaves out a run that failed once (Prefect 3.8.8), and whoever was told of it may be gone.
    return None if state.is_polled or now() - at <= OVERDUE else Finding.overlooked


def _look_at(attempt: Attempt) -> Finding | None:
    with case_file.transaction() as session:
        latest = case_file.latest_attempt(session, attempt.reference)
    if latest is None or latest.id != attempt.id or latest.ended_at is not None:
        return None
    return _finding(engine.state_of(attempt.flow_run_id), attempt)


def _take_over(attempt: Attempt, state: engine.RunState | None) -> Finding | None:
    """Set going a run that neither works nor waits in the engine, unless somebody works on its case."""
    if _finding(state, attempt) is None:
        return None
    with case_file.lease(attempt.reference) as nobody_holds_it:
        # Looked at again while the lease is ours: no run can move on in between.
        finding = _look_at(attempt) if nobody_holds_it else None
        if finding is not None:
            _mend(attempt, finding)
        return finding


def _compare(
    attempt: Attempt, asking: Asking, state: engine.RunState | None, *, looks_for_form: bool
) -> Finding | None:
    if (ended := _ended(state, attempt)) is not None or state is None:
        return ended
    if now() - state.since < GRACE:
        return None
    fits = state.pause_key == asking.key
    if fits and not (looks_for_form and not _has_own_form(attempt, asking)):
        return None
    return Finding.formless if _waits_without_a_form(attempt) else None


def _waits_without_a_form(attempt: Attempt) -> bool:
    """Return whether no form fits, looked at anew: since the page was read somebody may have answered."""
    began = now()
    with case_file.transaction() as session:
        asking = decisions.open_asking(session, attempt.reference)
    state = engine.state_of(attempt.flow_run_id)
    if asking is None or state is None or state.kind != "PAUSED" or state.since > began - GRACE:
        return False
    return state.pause_key != asking.key or not _has_own_form(attempt, asking)


def _has_own_form(attempt: Attempt, asking: Asking) -> bool:
    return form.is_own(asking.key, *engine.form_of(attempt.flow_run_id, asking.key))


def _mend(attempt: Attempt, finding: Finding) -> None:
    reference = attempt.reference
    with case_file.transaction() as session:
        what = _what(session, attempt, finding)
    match finding:
        case Finding.process_gone:
            _count_strike(attempt)
            engine.start_again(attempt.flow_run_id)
        case Finding.put_off | Finding.overlooked:
            engine.start_again(attempt.flow_run_id)
            # The engine tells of it by the pool it was made for, which may have been deleted and made anew since.
            case_file.announce(reference)
        case Finding.orphaned:
            engine.end_crashed(attempt.flow_run_id, why="it lay in no queue a worker looks at; another goes on")
            doorbell.start(reference)
        case Finding.run_ended:
            doorbell.start(reference)
        case Finding.run_cancelled:
            words = "Its run was cancelled in the engine, which decides nothing. Go on, or cancel the case itself."
            _ask_for_help(reference, code="run_cancelled", words=words)
            engine.end_cancelled(attempt.flow_run_id)
            doorbell.start(reference)
        case Finding.asleep:
            doorbell.wake(reference)
        case Finding.formless:
            with case_file.transaction() as session:
                case_file.load(session, reference, lock=True)
                decisions.close_question(session, reference)
            # They may be another's, and are stored only where there are none.
            engine.forget_fields(attempt.flow_run_id)
            # Not by the bell: the engine refuses to resume a run whose form is incomplete.
            engine.start_again(attempt.flow_run_id)
    # Told once it is done: while the engine does not answer, each round would tell it again.
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        ids = {"finding": finding.value, "flow_run_id": str(attempt.flow_run_id)}
        case_file.note(session, "run.taken_over", actor=case_file.RUN, about=case, ids=ids)
        if finding in _ALARMING:
            alarms.sound(session, case, _ALARMING[finding], about=what)
        if finding in _TOLD:
            case_file.tell(session, reference, _TOLD[finding])


def _what(session: Session, attempt: Attempt, finding: Finding) -> str:
    """Return the id of what an alarm is about: of a lost form its question, else the run."""
    asking = decisions.open_asking(session, attempt.reference) if finding is Finding.formless else None
    return str(asking.id if asking else attempt.flow_run_id)


def _count_strike(attempt: Attempt) -> None:
    if case_file.add_strike(attempt) >= STRIKES:
        words = f"Its process ended {STRIKES} times at this step; look at the worker's log. Then go on, or stop."
        _ask_for_help(attempt.reference, code="process_ends", words=words)


def _ask_for_help(reference: str, *, code: str, words: str) -> None:
    step = case_file.next_step_of(reference)
    if step is not None and step.stage is not None:
        decisions.note_trouble(reference, step, code=code, words=words)
