"""Evidence and the decision beside it: one function behind every door records it, and this page only passes it on."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from pydantic import BaseModel

from deployments.desk import language
from deployments.desk.pages import go_to, page
from deployments.desk.session import OwnForm, SignedIn
from models.case import Stage, Step
from models.decision import REASONS, Answer, Door, Outcome, ReasonCode, Reply
from models.difference import Marked, marked
from models.officer import Officer
from models.portrait import CROWN_TO_CHIN
from models.verification import Candidate
from tasks import decisions, doorbell, silence, travel_document
from tasks.clock import now

router = APIRouter()

OUTCOMES = (Outcome.approve, Outcome.return_, Outcome.ask, Outcome.reject)
"""What an officer answers here; who runs the case cancels it elsewhere."""


REASONS_OF = {outcome: [code.value for code in REASONS[outcome]] for outcome in OUTCOMES}


class Typed(BaseModel):
    """What stands in the form; the code never comes back."""

    step: str = ""
    outcome: str = ""
    reason_code: str = ""
    reason: str = ""
    to_stage: str = ""
    seen: str = ""
    code: str = ""
    breaks_glass: bool = False


@router.get("/evidence/{reference}")
def evidence(request: Request, reference: str, officer: SignedIn) -> Response:
    """Show what a decider must see, with its seen code, and the form to decide it."""
    return _shown(request, reference, officer, Typed())


@router.post("/evidence/{reference}", dependencies=[OwnForm])
def decide(request: Request, reference: str, officer: SignedIn, typed: Annotated[Typed, Form()]) -> Response:
    """Record the decision; where it is not taken, say why beside what was typed and overwrite nothing."""
    answer = Answer(
        officer=officer.number, code=typed.code, seen=typed.seen, outcome=typed.outcome,
        reason_code=typed.reason_code, reason=typed.reason or None, to_stage=typed.to_stage or None, door=Door.desk,
        breaks_glass=typed.breaks_glass,
    )  # fmt: skip
    try:
        decisions.record(reference, typed.step or None, answer)
    except decisions.AnswerRefused as refused:
        return _shown(request, reference, officer, typed, refused=str(refused))
    doorbell.wake(reference)
    return go_to(f"/?decided={reference}")


@router.get("/evidence/{reference}/page")
def page_to_print(reference: str, officer: SignedIn) -> Response:
    """Stream the page an issuing officer is asked to release."""
    pdf = travel_document.proposed_page(reference, reader=officer)
    headers = {"Content-Disposition": f'inline; filename="{reference}-to-be-released.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


@router.get("/evidence/{reference}/portrait")
def portrait(reference: str, officer: SignedIn) -> Response:
    """Show the portrait taken at the mission to an officer who may see the evidence that waits."""
    image = decisions.portrait(reference, reader=officer)
    if image is None:
        raise HTTPException(404, f"Case {reference} has no portrait yet.")
    return Response(image, media_type="image/jpeg")


def _shown(request: Request, reference: str, officer: Officer, typed: Typed, *, refused: str = "") -> Response:
    """Return the evidence page; where somebody decided meanwhile that is said, and nothing is overwritten."""
    found = decisions.evidence(reference, reader=officer, purpose="decision at the desk")
    if found is None:
        words = f"Nothing waits for a decision in case {reference}."
        return page(request, "message.html", status=409 if refused else 404, words=refused or words)
    return page(
        request, "evidence.html", status=409 if refused else 200, shown=found, typed=typed, refused=refused,
        reasons=REASONS_OF, stages=tuple(Stage), is_release=found.step is Step.release, late=late(reference),
        letters=by_outcome(found.letters),
        crown_to_chin=CROWN_TO_CHIN, compared=beside(_candidates(found), tell=language.teller(language.of(request))),
    )  # fmt: skip


def by_outcome(letters: Mapping[Reply, str]) -> dict[Outcome, dict[ReasonCode, dict[Stage | None, str]]]:
    """Return the letters of each reply as tables are drawn: by outcome, then reason, then stage to go back to."""
    found: dict[Outcome, dict[ReasonCode, dict[Stage | None, str]]] = {}
    for reply, word in letters.items():
        found.setdefault(reply.outcome, {}).setdefault(reply.reason_code, {})[reply.to_stage] = word
    return found


def _candidates(shown: decisions.Evidence) -> list[Candidate]:
    """Return whom the question proposes, as its own digest covers them; none where it is about somebody known."""
    if shown.step is not Step.verification:
        return []
    return [Candidate.model_validate(each) for each in shown.content["candidates"]]


def beside(candidates: Sequence[Candidate], *, tell: Callable[[str], str]) -> list[list[tuple[str, Marked, str]]]:
    """Return of each candidate what the field wrote beside what the registry says, fact by fact; `tell` says none."""
    return [
        [
            (
                fact.name.replace("_", " ").capitalize(),
                marked(fact.reported, _unless_none(fact.registered, tell)),
                fact.note,
            )
            for fact in each.facts
        ]
        for each in candidates
    ]


def _unless_none(registered: str, tell: Callable[[str], str]) -> str:
    # Anything else is the registry's own and is shown letter by letter.
    return tell(registered) if registered == "none" else registered


def late(reference: str) -> str | None:
    """Return for how long the person has not been heard of, if they should have been."""
    return words_if_late(silence.due_in(reference))


def words_if_late(contact: silence.NextContact | None) -> str | None:
    """Return for how long somebody has not been heard of, if they should have been."""
    at = now()
    return contact.words(at=at) if contact is not None and contact.is_overdue(at=at) else None
