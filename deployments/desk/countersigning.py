"""The later signature, at the desk: what one officer decided alone, and another confirms or objects to."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from deployments.desk.pages import go_to, page
from deployments.desk.session import OwnForm, SignedIn
from models.case import Step
from models.decision import Door, ReasonCode
from models.mandate import Afterwards
from models.officer import Officer
from tasks import case_file, countersigning

router = APIRouter(prefix="/signed-alone/{reference}/{step}")

_NOT_ANSWERED = "Choose whether you confirm or object, and why."


class Typed(BaseModel):
    """What stands in the form; the code never comes back."""

    says: str = ""
    reason_code: str = ""
    seen: str = ""
    code: str = ""


@router.get("")
def signed_alone(request: Request, reference: str, step: Step, officer: SignedIn) -> Response:
    """Show what an officer decided alone, as they saw it, and the form for the signature under it."""
    return _shown(request, reference, step, officer, Typed())


@router.post("", dependencies=[OwnForm])
def countersign(
    request: Request, reference: str, step: Step, officer: SignedIn, typed: Annotated[Typed, Form()]
) -> Response:
    """Put the later signature; where it is not taken, say why beside what was typed."""
    try:
        says, reason_code = Afterwards(typed.says), ReasonCode(typed.reason_code)
    except ValueError:
        return _shown(request, reference, step, officer, typed, refused=_NOT_ANSWERED, status=422)
    try:
        countersigning.countersign(
            reference, step, officer_number=officer.number, code=typed.code, seen=typed.seen, says=says,
            reason_code=reason_code, door=Door.desk,
        )  # fmt: skip
    except case_file.Refused as refused:
        return _shown(request, reference, step, officer, typed, refused=str(refused), status=409)
    return go_to(f"/?countersigned={reference}")


def _shown(
    request: Request,
    reference: str,
    step: Step,
    officer: Officer,
    typed: Typed,
    *,
    refused: str = "",
    status: int = 200,
) -> Response:
    """Return the page; where somebody signed meanwhile only that is said."""
    try:
        shown = countersigning.shown(reference, step, reader=officer)
    except case_file.Refused:
        if not refused:
            raise
        return page(request, "message.html", status=status, words=refused)
    confirms, *objects = countersigning.REASONS
    reasons = {Afterwards.confirm: [confirms], Afterwards.object: objects}
    return page(
        request, "signed_alone.html", status=status, shown=shown, alone=shown.unsigned, typed=typed, refused=refused,
        reasons=reasons,
    )  # fmt: skip
