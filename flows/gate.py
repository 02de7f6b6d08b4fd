"""The gate: where a run claims its case, waits for an officer, and turns trouble into a question."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from prefect import runtime

from flows import links
from models.case import Step
from models.decision import Decision
from models.paper import PaperKind
from tasks import calls, case_file, decisions, engine
from tasks.suspension import suspend
from tasks.trouble import Overtaken


def run_id() -> UUID:
    """Return the id of the present run."""
    return UUID(str(runtime.flow_run.id))


@contextmanager
def claimed(reference: str) -> Iterator[str | None]:
    """Hold the case while this run works on it; yields why it may not, in one sentence, or None."""
    if (refusal := calls.discreet(case_file.not_startable)(reference)) is not None:
        yield refusal
        return
    # The sweep looks at a case for a moment under the same lease; it is no rival.
    with case_file.lease(reference, wait_s=5) as held:
        if not held:
            yield f"Case {reference} is already in progress in another run."
        else:
            yield calls.discreet(case_file.claim)(reference, run_id(), is_alive=engine.is_alive)


@calls.discreet
def hear(reference: str) -> None:
    """Judge what the Resume form brought, if it brought anything, through the same function as every other door."""
    questions = decisions.last_questions(reference)
    if not questions:
        return
    # The run works again: until it asks anew, nobody is waited for.
    _tag(reference, decisions.tags_while_working(questions[-1].step))
    replies = [engine.read_reply(question.flow_run_id, question.key) for question in questions]
    decisions.hear(reference, next((reply for reply, _ in replies if reply), None))
    for question, (_, exists) in zip(questions, replies, strict=True):
        if exists:
            # Only now: a process killed before this line finds the answer again, and it is judged once.
            engine.forget_reply(question.flow_run_id, question.key)


def attend(stage: Callable[[str], None], reference: str, step: Step) -> None:
    """Do one step; what it cannot do by itself becomes a question to a coordinator, and the case stays alive."""
    try:
        calls.discreet(stage)(reference)
    except Overtaken:
        # Whatever came first is in the case file; the loop looks there.
        return
    except calls.ASKS_A_PERSON as trouble:
        if step is Step.help:
            # Asking for help is what failed; asking for help about it would go round for ever.
            raise
        code, words = calls.described(trouble)
        decisions.note_trouble(reference, step, code=code, words=words)


def wait_for_decision(reference: str, step: Step) -> Decision:
    """
    Return the approval that fits what is proposed now; ask, and ask again, until there is one.

    Suspending leaves this process. Whatever wakes the run, it starts again from the top and looks for itself, so
    pressing Resume proves nothing and harms nothing.
    """
    while (decision := decisions.fitting(reference, step)) is None:
        earlier = decisions.newest_question(reference)
        asking = decisions.ask(reference, step, flow_run_id=run_id())
        _tag(reference, decisions.tags_for(asking))
        has_fields = earlier is not None and earlier.flow_run_id == asking.flow_run_id
        if not has_fields:
            links.show(reference, PaperKind.cover)
        # A form nobody has answered may have been taken away, or its process killed before it was stored.
        suspend(asking, has_fields=has_fields and earlier is not None and decisions.is_answered(earlier))
    return decision


def wait_for_help(reference: str) -> None:
    """Ask a coordinator what to do about the trouble; the answer resolves it, so there is nothing to return."""
    wait_for_decision(reference, Step.help)


@calls.discreet
def next_step(reference: str) -> Step | None:
    """Return the step that comes next; None when the journey is over."""
    return case_file.next_step_of(reference)


@calls.discreet
def leave(reference: str) -> str:
    """Note that the run is done with the case, and return the sentence it ends with."""
    _tag(reference, [])
    return case_file.close_attempt(reference, run_id())


def _tag(reference: str, tags: list[str]) -> None:
    """Show by its tags which operation a run belongs to, and where it stands."""
    engine.set_tags(run_id(), [f"operation:{case_file.operation_of(reference)}", *tags])
