"""Erasing a person at the desk: a registrar's, once every journey is over, signed with a code."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from deployments.desk.pages import go_to, page
from deployments.desk.session import OwnToken, SignedIn, on_duty
from deployments.desk.typed import WRITTEN_MEANWHILE, line_before, unfit
from models.officer import Duty
from models.person import ErasureReason
from tasks import case_file, erasure, officers

router = APIRouter(prefix="/cases/{reference}/erase")

_NOT_NAMED = "Type the reference of this case, so that nobody else is erased."


class Erasure(BaseModel):
    """What stands in the form; the code never comes back."""

    reason: str = ""
    named: str = ""
    """The case's reference, typed."""
    code: str = ""
    after: str = ""
    """The newest line of the file the page knew."""


@router.get("")
def form(request: Request, reference: str, officer: SignedIn) -> Response:
    """Show the form; it holds nothing of the person."""
    on_duty(officer, Duty.erase)
    return _form(request, reference, Erasure())


@router.post("", dependencies=[OwnToken])
def erase(request: Request, reference: str, officer: SignedIn, typed: Annotated[Erasure, Form()]) -> Response:
    """Erase the person of a case for good."""
    on_duty(officer, Duty.erase)
    refused = unfit(typed)
    if not refused and typed.reason not in list(ErasureReason):
        refused = "Say why the person is erased."
    if not refused and typed.named.strip().upper() != reference:
        refused = _NOT_NAMED
    after = line_before(typed.after)
    if after is None:
        typed = typed.model_copy(update={"after": ""})
        refused = refused or WRITTEN_MEANWHILE
    if refused or after is None:
        return _form(request, reference, typed, refused=refused, status=422)
    try:
        with case_file.unless_written_after(after):
            erasure.erase(reference, reason=ErasureReason(typed.reason), officer_number=officer.number, code=typed.code)
    except case_file.WrittenMeanwhile as written:
        known = typed.model_copy(update={"after": ""})
        return _form(request, reference, known, refused=WRITTEN_MEANWHILE, meanwhile=written.lines, status=409)
    except (case_file.Refused, officers.NotProved) as refusal:
        return _form(request, reference, typed, refused=str(refusal), status=409)
    return go_to(f"/cases/{reference}?done=erased")


def _form(
    request: Request,
    reference: str,
    typed: Erasure,
    *,
    refused: str = "",
    meanwhile: tuple[str, ...] = (),
    status: int = 200,
) -> Response:
    with case_file.transaction() as session:
        case_file.load(session, reference)
        # What came in since the form was first drawn stays unread however often another field was wrong.
        after = typed.after or case_file.last_line(session, reference)
    return page(
        request, "erase.html", status=status, reference=reference, typed=typed, after=after, refused=refused,
        meanwhile=meanwhile, reasons=tuple(ErasureReason),
    )  # fmt: skip
