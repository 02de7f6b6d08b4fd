"""Officers at the desk: who there is, enrolling one, where messages reach them, and whose an account is."""

from typing import Annotated

import segno
from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from deployments.desk.pages import go_to, page
from deployments.desk.session import OwnForm, OwnToken, SignedIn, on_duty
from deployments.desk.typed import seen_before, unfit
from models.case import LOCAL_ZONES
from models.officer import Duty, Officer, Role
from tasks import case_file, identities, messages, officers
from tasks.settings import openid

router = APIRouter(prefix="/officers")

_DONE = {
    "reach": "It was written down where messages go.",
    "bound": "The account is bound; it signs the officer in once they have confirmed it with a code.",
    "unbound": "No account signs the officer in any more; password and code still do.",
}
_TOLD = {"tell": True, "not": False}


class NewOfficer(BaseModel):
    """What stands in the form that enrols an officer."""

    name: str = ""
    agency: str = ""
    role: list[str] = []
    country: str = ""
    """Of a host liaison: the country they serve."""
    police: str = ""
    email: str = ""
    notify: str = ""
    after: str = ""
    """How many officers the page knew, so that a second click enrols nobody."""


@router.get("")
def listed(request: Request, officer: SignedIn) -> Response:
    """List the officers, and show the form that enrols one."""
    on_duty(officer, Duty.enrol)
    return _listed(request, NewOfficer())


@router.post("", dependencies=[OwnToken])
def enrol(request: Request, officer: SignedIn, typed: Annotated[NewOfficer, Form()]) -> Response:
    """Enrol an officer; the answer shows the first password and the key for the authenticator, once."""
    on_duty(officer, Duty.enrol)
    given = {name: text.strip() for name, text in typed.model_dump(exclude={"role"}).items()}
    refused = unfit(typed)
    if not refused and not (given["name"] and given["agency"] and typed.role):
        refused = "Write the officer's name and agency, and choose at least one role."
    if not refused and not set(typed.role) <= set(Role):
        refused = "One of the lists holds what it does not offer; choose again."
    if refused:
        return _listed(request, typed, refused=refused, status=422)
    email, notify = given["email"] or None, given["notify"] or None
    try:
        messages.refuse_odd(email=email, notify=notify)
        enrolment = officers.add(
            name=given["name"], agency=given["agency"], roles=[Role(each) for each in typed.role],
            country=given["country"] or None, police=bool(given["police"]), after=seen_before(given["after"]),
            by=officer.number,
        )  # fmt: skip
    except case_file.Refused as refusal:
        return _listed(request, typed, refused=str(refusal), status=409)
    if email or notify:
        messages.reach(enrolment.officer.number, email=email, notify=notify, by=officer.number)
    drawn = segno.make(enrolment.provisioning_uri, error="m").svg_inline(scale=5, border=3, light="#fff")
    return page(request, "enrolled.html", enrolment=enrolment, drawn=drawn)


@router.get("/{number}")
def one(request: Request, number: str, officer: SignedIn, done: str = "") -> Response:
    """Show one officer to a registrar, or to themselves."""
    return _one(request, number, officer, done=_DONE.get(done, ""))


class Reached(BaseModel):
    """Where messages are to go; an empty field leaves a way as it is."""

    email: str = ""
    notify: str = ""
    ends: list[str] = []
    """Ways that are taken away."""
    reports: str = ""


@router.post("/{number}/reach", dependencies=[OwnToken])
def reach(request: Request, number: str, officer: SignedIn, typed: Annotated[Reached, Form()]) -> Response:
    """Write down where messages reach an officer: by a registrar, or by the officer for themselves."""
    _theirs(number, officer)
    _known(number)
    email, notify = ("" if way in typed.ends else given.strip() or None
                     for way, given in (("email", typed.email), ("notify", typed.notify)))  # fmt: skip
    tell = _TOLD.get(typed.reports)
    refused = unfit(typed)
    if not refused and (email, notify, tell) == (None, None, None):
        refused = "Write an address, or choose what is to change."
    if not refused and notify and not officer.may(Duty.enrol):
        # It names any machine, within these walls too, and from then on the server calls it.
        refused = "A registrar writes a notification address down; ask one."
    if refused:
        return _one(request, number, officer, refused=refused, status=422)
    try:
        if (email, notify) != (None, None):
            messages.reach(number, email=email, notify=notify, by=officer.number)
        if tell is not None:
            messages.read_reports(number, tell=tell, by=officer.number)
    except case_file.Refused as refusal:
        return _one(request, number, officer, refused=str(refusal), status=409)
    return go_to(f"/officers/{number}?done=reach")


@router.post("/{number}/account", dependencies=[OwnForm])
def bind(request: Request, number: str, officer: SignedIn, account: Annotated[str, Form()] = "") -> Response:
    """Say which account at the identity provider is an officer's."""
    on_duty(officer, Duty.enrol)
    _known(number)
    try:
        identities.bind(number, account.strip(), by=officer.number)
    except case_file.Refused as refused:
        return _one(request, number, officer, refused=str(refused), status=409)
    return go_to(f"/officers/{number}?done=bound")


@router.post("/{number}/account/end", dependencies=[OwnForm])
def unbind(request: Request, number: str, officer: SignedIn) -> Response:
    """Take an officer's account away; they are signed out of the desk."""
    on_duty(officer, Duty.enrol)
    _known(number)
    try:
        identities.unbind(number, by=officer.number)
    except case_file.Refused as refused:
        return _one(request, number, officer, refused=str(refused), status=409)
    return go_to(f"/officers/{number}?done=unbound")


def _theirs(number: str, officer: Officer) -> None:
    """Go on for the officer themselves; for another one only with a registrar."""
    if officer.number != number:
        on_duty(officer, Duty.enrol)


def _known(number: str) -> Officer:
    """Return an officer; what nobody's number looks like is not looked for in the database."""
    found = next((each for each in officers.listed() if each.number == number), None)
    if found is None:
        raise case_file.Refused("No officer in service has that number; choose one from the list.")
    return found


def _listed(request: Request, typed: NewOfficer, *, refused: str = "", status: int = 200) -> Response:
    found = officers.listed()
    return page(
        request, "officers.html", status=status, found=found, reached=messages.reached_by(), typed=typed,
        refused=refused, roles=tuple(Role), countries=tuple(LOCAL_ZONES),
        bound=identities.bound() if openid() is not None else None,
    )  # fmt: skip


def _one(
    request: Request, number: str, officer: Officer, *, done: str = "", refused: str = "", status: int = 200
) -> Response:
    _theirs(number, officer)
    found = _known(number)
    return page(
        request, "officer.html", status=status, shown=found, ways=messages.reached_by().get(number, []), done=done,
        refused=refused, enrols=officer.may(Duty.enrol), reads_cases=found.may(Duty.look_at_cases),
        bound=identities.bound().get(number) if openid() is not None else None,
    )  # fmt: skip
