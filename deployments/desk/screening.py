"""Screening at the desk: the questions to ask a person, what they answered, and the second step of another officer."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from deployments.desk import language
from deployments.desk.pages import go_to, page
from deployments.desk.session import OwnToken, SignedIn, on_duty
from deployments.desk.typed import local_moment, seen_before, unfit
from models.officer import Duty, Officer
from models.person import Language
from models.screening import BY_CODE, Dimension, Finding, Ground, Indicator, Strength, refused_conclusion
from tasks import case_file, doorbell, screened
from tasks import screening as screenings

router = APIRouter(prefix="/cases/{reference}/screening")

CONCLUSIONS = (Finding.confirmed, Finding.not_confirmed)
"""What the second step may find."""

_DONE = {"interview": "The interview was written down.", "conclusion": "The second step was written down."}


class Interview(BaseModel):
    """What stands in the form of an interview."""

    spoken: str = ""
    """The language it was asked in."""
    indicator: list[str] = []
    """What was answered with yes."""
    interpreter: str = ""
    screened_at: str = ""
    after: str = ""
    """How many screenings stood on the page."""


class Conclusion(BaseModel):
    """What stands in the form of the second step."""

    finding: str = ""
    ground: str = ""
    after: str = ""


@router.get("")
def screening(request: Request, reference: str, officer: SignedIn, spoken: str = "", done: str = "") -> Response:
    """Show what to ask a person in the language chosen, and every screening so far; each look is audited."""
    return _shown(request, reference, officer, Interview(spoken=spoken), done=_DONE.get(done, ""))


@router.post("", dependencies=[OwnToken])
def record(request: Request, reference: str, officer: SignedIn, typed: Annotated[Interview, Form()]) -> Response:
    """Record what a person answered; where it is not taken, the ticks stay."""
    on_duty(officer, Duty.screen)
    if refused := unfit(typed):
        return _shown(request, reference, officer, typed, refused=refused, status=422)
    screened_at = local_moment(typed.screened_at, reference)
    if typed.spoken not in list(Language) or screened_at is None:
        words = "Say in which language the questions were asked, and when."
        return _shown(request, reference, officer, typed, refused=words, status=422)
    try:
        screenings.record(
            reference, indicators=typed.indicator, language=Language(typed.spoken),
            interpreter=typed.interpreter.strip() or None, screened_at=screened_at, officer=officer,
            after=seen_before(typed.after),
        )  # fmt: skip
    except case_file.Refused as refusal:
        return _shown(request, reference, officer, typed, refused=str(refusal), status=409)
    doorbell.wake(reference)
    return go_to(f"/cases/{reference}/screening?done=interview")


@router.post("/conclusion", dependencies=[OwnToken])
def conclude(request: Request, reference: str, officer: SignedIn, typed: Annotated[Conclusion, Form()]) -> Response:
    """Take the second step; who found the presumption is told that another officer does."""
    on_duty(officer, Duty.screen)
    if typed.finding not in CONCLUSIONS or typed.ground not in list(Ground):
        words = "Say whether it is confirmed, and what that rests on."
        return _shown(request, reference, officer, Interview(), second=typed, refused=words, status=422)
    try:
        screenings.conclude(
            reference, finding=Finding(typed.finding), ground=Ground(typed.ground), officer=officer,
            after=seen_before(typed.after),
        )  # fmt: skip
    except case_file.Refused as refusal:
        return _shown(request, reference, officer, Interview(), second=typed, refused=str(refusal), status=409)
    doorbell.wake(reference)
    return go_to(f"/cases/{reference}/screening?done=conclusion")


def _shown(
    request: Request,
    reference: str,
    officer: Officer,
    typed: Interview,
    *,
    second: Conclusion | None = None,
    done: str = "",
    refused: str = "",
    status: int = 200,
) -> Response:
    found = screened.shown(reference, reader=officer)
    questions = screenings.form(reference, reader=officer)
    presumption = next(((row, content) for row, content in found[:1] if content.finding is Finding.presumed), None)
    spoken = Language(typed.spoken) if typed.spoken in list(Language) else language.of(request)
    return page(
        request, "screening.html", status=status, reference=reference, found=found, done=done, refused=refused,
        screens=officer.may(Duty.screen), groups=grouped(questions), spoken=spoken, typed=typed, signs=BY_CODE,
        presumed=presumption is not None, second=second or Conclusion(), conclusions=CONCLUSIONS,
        grounds=tuple(Ground),
        not_oneself=presumption and refused_conclusion(
            Finding.confirmed, latest=Finding.presumed, same_officer=presumption[0].recorded_by == officer.number
        ),
    )  # fmt: skip


def grouped(questions: Iterable[Indicator]) -> dict[Dimension, dict[Strength, list[Indicator]]]:
    """Return the questions by the part of trafficking they are about, the signs that say most by themselves first."""
    asked = list(questions)
    return {
        part: {
            strength: those
            for strength in Strength
            if (those := [each for each in asked if (each.dimension, each.strength) == (part, strength)])
        }
        for part in Dimension
    }
