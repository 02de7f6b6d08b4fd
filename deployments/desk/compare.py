"""Comparing: a border partner sees what a released document says, beside the paper in their hand."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from deployments.desk.pages import page
from deployments.desk.session import OwnForm, SignedIn
from models.officer import Duty
from tasks import case_file, confirmation

router = APIRouter()

_LONGEST_ENTRY = 40


@router.get("/compare")
def compare_form(request: Request, officer: SignedIn) -> Response:
    """Show a border partner the form for a document's number."""
    if not officer.may(Duty.compare_documents):
        raise case_file.Refused(f"Documents are compared by border partners; officer {officer.number} is none.")
    return page(request, "compare.html", asked=False, found=None)


@router.post("/compare", dependencies=[OwnForm])
def compare(request: Request, officer: SignedIn, number: Annotated[str, Form()] = "") -> Response:
    """Show a border partner what a released document says, so that it can be compared with the paper."""
    found = confirmation.details(number[:_LONGEST_ENTRY], reader=officer)
    return page(request, "compare.html", asked=True, found=found)
