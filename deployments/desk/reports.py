"""Situation reports at the desk: the latest ones, one made now, and each as PDF."""

from fastapi import APIRouter, HTTPException, Request, Response

from deployments.desk import language
from deployments.desk.pages import go_to, page
from deployments.desk.session import OwnForm, SignedIn, on_duty
from models.officer import Duty
from models.person import Language
from tasks import situation
from tasks.papers.situation_report import number_in_words

router = APIRouter(prefix="/reports")

WHY = {
    "home": "{count} handed over",
    "cancelled": "{count} ended",
    "merged": "{count} found to be reported twice",
    "separated": "{count} found to be somebody else",
    "opened": "{count} newly reported",
}
"""Why more or fewer people are on their way, as `models.situation.changes` names it."""

_DIGITS = 9
"""A report's number has no more."""


@router.get("")
def reports(request: Request, officer: SignedIn) -> Response:
    """List the latest reports, each with its difference to the one before."""
    counted = number_in_words if language.of(request) is Language.english else str
    return page(request, "reports.html", reports=situation.listed(officer), counted=counted, why=WHY)


@router.post("", dependencies=[OwnForm])
def make(officer: SignedIn) -> Response:
    """Make a report now."""
    on_duty(officer, Duty.look_at_cases)
    situation.make(by=officer.number)
    return go_to("/reports")


@router.get("/{number}")
def report(number: str, officer: SignedIn) -> Response:
    """Stream one report."""
    is_one = number.isascii() and number.isdigit() and len(number) <= _DIGITS
    pdf = situation.pdf(int(number), reader=officer) if is_one else None
    if pdf is None:
        raise HTTPException(404, "There is no report of that number; choose one from the list.")
    headers = {"Content-Disposition": f'inline; filename="situation-{int(number):04d}.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)
