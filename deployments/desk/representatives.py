"""Representatives at the desk: who speaks for a person who does not sign, and how that was verified."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from deployments.desk.pages import go_to, page
from deployments.desk.session import OwnToken, SignedIn, on_duty
from deployments.desk.typed import seen_before, unfit, whole_number
from models.officer import Duty, Officer
from models.representation import PROOFS, Incapacity, Proof, Relation
from tasks import case_file, doorbell, representation

router = APIRouter(prefix="/cases/{reference}/representatives")

_DONE = {
    "added": "The representative was written down; another officer verifies them.",
    "verified": "The representative is verified.",
    "ended": "The representative no longer speaks for the person.",
}


class Speaker(BaseModel):
    """Who is to speak for the person, as typed."""

    name: str = ""
    relation: str = ""
    because: str = ""
    """Why the person does not sign."""
    after: str = ""
    """How many representatives stood on the page."""


class Verified(BaseModel):
    """How it was verified that somebody may speak."""

    representative: str = ""
    """Their number in the list."""
    proof: str = ""


class Ended(BaseModel):
    """Who speaks no longer."""

    representative: str = ""


@router.get("")
def representatives(request: Request, reference: str, officer: SignedIn, done: str = "") -> Response:
    """List who speaks for a person; the look is audited."""
    return _listed(request, reference, officer, done=_DONE.get(done, ""))


@router.post("", dependencies=[OwnToken])
def add(request: Request, reference: str, officer: SignedIn, typed: Annotated[Speaker, Form()]) -> Response:
    """Write down who is to speak for the person; until verified they speak for nobody."""
    on_duty(officer, Duty.attend_to_the_person)
    refused = unfit(typed)
    if not refused and (typed.relation not in list(PROOFS) or typed.because not in list(Incapacity)):
        refused = "Say what they are to the person, and why the person does not sign."
    if refused:
        return _listed(request, reference, officer, typed=typed, refused=refused, status=422)
    try:
        representation.add(
            reference, name=typed.name, relation=Relation(typed.relation), because=Incapacity(typed.because),
            officer=officer, after=seen_before(typed.after),
        )  # fmt: skip
    except case_file.Refused as refusal:
        return _listed(request, reference, officer, typed=typed, refused=str(refusal), status=409)
    doorbell.wake(reference)
    return go_to(f"/cases/{reference}/representatives?done=added")


@router.post("/verify", dependencies=[OwnToken])
def verify(request: Request, reference: str, officer: SignedIn, typed: Annotated[Verified, Form()]) -> Response:
    """Note how it was verified that they may speak; another officer than who wrote them down."""
    on_duty(officer, Duty.attend_to_the_person)
    if typed.proof not in list(Proof):
        words = "Say what shows that they may speak."
        return _listed(request, reference, officer, verified=typed, refused=words, status=422)
    try:
        representation.verify(reference, whole_number(typed.representative), proof=Proof(typed.proof), officer=officer)
    except case_file.Refused as refusal:
        return _listed(request, reference, officer, verified=typed, refused=str(refusal), status=409)
    doorbell.wake(reference)
    return go_to(f"/cases/{reference}/representatives?done=verified")


@router.post("/end", dependencies=[OwnToken])
def end(request: Request, reference: str, officer: SignedIn, typed: Annotated[Ended, Form()]) -> Response:
    """Note that a representative no longer speaks for the person."""
    on_duty(officer, Duty.attend_to_the_person)
    try:
        representation.end(reference, whole_number(typed.representative), officer=officer)
    except case_file.Refused as refusal:
        return _listed(request, reference, officer, refused=str(refusal), status=409)
    doorbell.wake(reference)
    return go_to(f"/cases/{reference}/representatives?done=ended")


def _listed(
    request: Request,
    reference: str,
    officer: Officer,
    *,
    typed: Speaker | None = None,
    verified: Verified | None = None,
    done: str = "",
    refused: str = "",
    status: int = 200,
) -> Response:
    found = representation.listed(reference, reader=officer)
    return page(
        request, "representatives.html", status=status, reference=reference, found=found, done=done, refused=refused,
        typed=typed or Speaker(), verified=verified or Verified(), proofs=PROOFS, incapacities=tuple(Incapacity),
    )  # fmt: skip
