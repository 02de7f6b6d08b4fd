"""Where messages reach the officer who is signed in: their own mail address, and whether reports are told."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from deployments.desk.pages import go_to, page
from deployments.desk.session import OwnToken, SignedIn
from deployments.desk.typed import unfit
from models.officer import Duty, Officer
from tasks import case_file, messages

router = APIRouter(prefix="/me")

_DONE = "Written down. Where mail reached you until now, you are told of the change."


class Reached(BaseModel):
    """Where mail is to go, as typed; empty takes it away."""

    email: str = ""
    reports: str = ""
    """`true` where the box is ticked."""


@router.get("")
def me(request: Request, officer: SignedIn, done: str = "") -> Response:
    """Show where messages reach the officer who asks."""
    there = messages.of(officer.number)
    reports = "true" if messages.is_report_reader(officer.number) else ""
    return _shown(request, officer, Reached(email=there.email or "", reports=reports), done=_DONE if done else "")


@router.post("", dependencies=[OwnToken])
def change(request: Request, officer: SignedIn, typed: Annotated[Reached, Form()]) -> Response:
    """
    Write down where mail reaches the officer who asks.

    A notification address names any machine the server would then call, so a registrar sets that at the server.
    """
    if refused := unfit(typed):
        return _shown(request, officer, typed, status=422, refused=refused)
    try:
        messages.reach(officer.number, email=typed.email.strip(), by=officer.number)
        wants = typed.reports == "true"
        if officer.may(Duty.look_at_cases) and wants is not messages.is_report_reader(officer.number):
            messages.read_reports(officer.number, tell=wants, by=officer.number)
    except case_file.Refused as refusal:
        return _shown(request, officer, typed, status=409, refused=str(refusal))
    return go_to("/me?done=true")


def _shown(
    request: Request, officer: Officer, typed: Reached, *, status: int = 200, refused: str = "", done: str = ""
) -> Response:
    ways = messages.reached_by().get(officer.number, [])
    return page(
        request, "me.html", status=status, typed=typed, ways=ways, refused=refused, done=done,
        may_read_reports=officer.may(Duty.look_at_cases),
    )  # fmt: skip
