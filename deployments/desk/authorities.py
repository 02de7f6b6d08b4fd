"""Signing for others at the desk: standing authorities and roles delegated for a time, each signed with a code."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from deployments.desk.pages import go_to, page
from deployments.desk.session import OwnToken, SignedIn, on_duty
from deployments.desk.typed import seoul_moment, unfit
from models.mandate import DelegationKind
from models.officer import Duty, Officer, Role
from tasks import case_file, mandates
from tasks.clock import now

router = APIRouter(prefix="/authorities")

_DONE = {
    "signed": "The standing authority is signed.",
    "revoked": "The standing authorities of that operation ended.",
    "delegated": "The role is delegated.",
    "undelegated": "The role was taken back.",
}
_NOTHING = "Nothing of that kind stands any more; nothing was taken back."


class Authority(BaseModel):
    """What stands in the form of a standing authority; the code never comes back."""

    operation: str = ""
    until: str = ""
    """By Seoul's clock."""
    code: str = ""


class Delegated(BaseModel):
    """What stands in the form of a delegation; the code never comes back."""

    to: str = ""
    role: str = ""
    acting: str = DelegationKind.acting_for.value
    """On what ground."""
    begins: str = ""
    """By Seoul's clock; empty means now."""
    until: str = ""
    code: str = ""


class Ended(BaseModel):
    """Whose delegation in which role is taken back."""

    to: str = ""
    role: str = ""
    code: str = ""


@router.get("")
def authorities(request: Request, officer: SignedIn, done: str = "") -> Response:
    """List the standing authorities in force and the delegations that stand or are to come."""
    return _listed(request, officer, done=_DONE.get(done, ""))


@router.post("", dependencies=[OwnToken])
def sign(request: Request, officer: SignedIn, typed: Annotated[Authority, Form()]) -> Response:
    """Let duty officers decide the funding of an operation at any hour; another signs after them."""
    until = seoul_moment(typed.until)
    if (refused := unfit(typed)) or until is None:
        refused = refused or "Say which operation, and until when by Seoul's clock."
        return _listed(request, officer, authority=typed, refused=refused, status=422)
    try:
        mandates.sign_authority(officer.number, typed.code, operation=typed.operation.strip(), ends_at=until)
    except case_file.Refused as refusal:
        return _listed(request, officer, authority=typed, refused=str(refusal), status=409)
    return go_to("/authorities?done=signed")


@router.post("/revoke", dependencies=[OwnToken])
def revoke(request: Request, officer: SignedIn, typed: Annotated[Authority, Form()]) -> Response:
    """Take an operation's standing authorities back; what was decided under them stands."""
    if refused := unfit(typed):
        return _listed(request, officer, refused=refused, status=422)
    try:
        ended = mandates.revoke_authority(officer.number, typed.code, operation=typed.operation)
    except case_file.Refused as refusal:
        return _listed(request, officer, refused=str(refusal), status=409)
    return go_to("/authorities?done=revoked") if ended else _listed(request, officer, refused=_NOTHING, status=409)


@router.post("/delegate", dependencies=[OwnToken])
def delegate(request: Request, officer: SignedIn, typed: Annotated[Delegated, Form()]) -> Response:
    """Let another officer sign in one of one's own roles for a time; both names stand under what they sign."""
    until, begins = seoul_moment(typed.until), seoul_moment(typed.begins) if typed.begins else now()
    chosen = typed.role in list(Role) and typed.acting in list(DelegationKind)
    if (refused := unfit(typed)) or until is None or begins is None or not chosen:
        refused = refused or "Say who signs in which of your roles, and until when by Seoul's clock."
        return _listed(request, officer, delegated=typed, refused=refused, status=422)
    try:
        mandates.delegate(
            officer.number, typed.code, to=typed.to.strip(), role=Role(typed.role), kind=DelegationKind(typed.acting),
            begins_at=begins, ends_at=until,
        )  # fmt: skip
    except case_file.Refused as refusal:
        return _listed(request, officer, delegated=typed, refused=str(refusal), status=409)
    return go_to("/authorities?done=delegated")


@router.post("/undelegate", dependencies=[OwnToken])
def undelegate(request: Request, officer: SignedIn, typed: Annotated[Ended, Form()]) -> Response:
    """Take back a role another officer signs in, from this moment on."""
    if (refused := unfit(typed)) or typed.role not in list(Role):
        return _listed(request, officer, refused=refused or "Say whose role you take back.", status=422)
    try:
        ended = mandates.end_delegations(officer.number, typed.code, to=typed.to, role=Role(typed.role))
    except case_file.Refused as refusal:
        return _listed(request, officer, refused=str(refusal), status=409)
    return go_to("/authorities?done=undelegated") if ended else _listed(request, officer, refused=_NOTHING, status=409)


def _listed(
    request: Request,
    officer: Officer,
    *,
    authority: Authority | None = None,
    delegated: Delegated | None = None,
    done: str = "",
    refused: str = "",
    status: int = 200,
) -> Response:
    on_duty(officer, Duty.look_at_cases)
    return page(
        request, "authorities.html", status=status, done=done, refused=refused, standing=mandates.authorities(),
        delegations=mandates.delegations(), authority=authority or Authority(), delegated=delegated or Delegated(),
        roles=[role for role in Role if officer.holds(role)], kinds=tuple(DelegationKind),
        funds=officer.holds(Role.funding_officer),
    )  # fmt: skip
