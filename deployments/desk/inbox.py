"""The inbox: what waits for the officer signed in, and lists of equal questions that one code signs."""

from typing import Annotated

import pendulum
from fastapi import APIRouter, Form, Request, Response

from deployments.desk.pages import go_to, page
from deployments.desk.session import OwnForm, SignedIn, on_duty
from deployments.desk.typed import whole_number
from models.case import is_reference
from models.decision import Door, ReasonCode
from models.export import RELEASES
from models.message import AlarmKind
from models.officer import Duty, Officer, Role
from tasks import (
    alarms,
    browsing,
    case_file,
    countersigning,
    decisions,
    doorbell,
    exits,
    exports,
    messages,
    referrals,
    silence,
    triage,
)
from tasks.clock import now

router = APIRouter()

SHOWN = 50
"""Questions on the page, the oldest; whoever decides one sees the next."""

_ALARMS = 20
"""Alarms on the page, and people who were not heard of; the board counts them all."""


@router.get("/")
def inbox(request: Request, officer: SignedIn, decided: str = "", countersigned: str = "") -> Response:
    """Show what waits for the officer, the oldest question first, and what must not wait above it."""
    return _inbox(
        request, officer, decided=decided if is_reference(decided) else "",
        countersigned=countersigned if is_reference(countersigned) else "",
    )  # fmt: skip


@router.get("/inbox/waiting")
def waiting(request: Request, officer: SignedIn) -> Response:
    """Return the questions alone, for the page that is open already."""
    return page(
        request, "_waiting.html", waiting=decisions.inbox(officer, at_most=SHOWN, overdue_first=True), shown=SHOWN
    )


@router.get("/inbox/all")
def everything(request: Request, officer: SignedIn, leaf: str = "") -> Response:
    """Show what waits for anybody, for who runs the cases; the page asks for its own list again by itself."""
    on_duty(officer, Duty.run_the_case)
    turned = whole_number(leaf)
    found = decisions.inbox(officer, all_roles=True, at_most=SHOWN + 1, skip=turned * SHOWN)
    by_itself, at = request.headers.get("hx-request"), now()
    above = {} if by_itself else {"at": at, **_must_not_wait(at)}
    return page(
        request, "_waits.html" if by_itself else "inbox_all.html", status=200, waiting=found[:SHOWN], whole=True,
        leaf=turned, has_more=len(found) > SHOWN, **above,
    )  # fmt: skip


@router.get("/inbox/alarms")
def must_not_wait(request: Request, officer: SignedIn) -> Response:
    """Return what must not wait alone, for the page that is open already."""
    at = now()
    found = _must_not_wait(at) if officer.holds(Role.coordinator) else {}
    return page(request, "_alarms.html", status=200, at=at, **found)


@router.post("/alarms/{number}", dependencies=[OwnForm])
def acknowledge(request: Request, number: str, officer: SignedIn) -> Response:
    """Note that a coordinator has looked at an alarm."""
    try:
        alarms.acknowledge(whole_number(number), officer=officer)
    except case_file.Refused as refused:
        return _inbox(request, officer, status=409, refused=str(refused))
    return go_to("/")


@router.get("/inbox/lists")
def lists(request: Request, officer: SignedIn) -> Response:
    """Show what can be signed as one list; the inbox asks for it after itself, because each item is read for it."""
    sheets, alone = decisions.sheets(officer) if _listable(officer) else ([], [])
    template = "_lists.html" if request.headers.get("hx-request") else "lists.html"
    return page(request, template, sheets=sheets, alone=alone)


def _releases(officer: Officer) -> bool:
    return any(officer.holds(role) for role in RELEASES)


def _listable(officer: Officer) -> bool:
    return officer.holds(Role.travel_officer) or officer.holds(Role.funding_officer)


@router.post("/sheets", dependencies=[OwnForm])
def sign_sheet(
    request: Request,
    officer: SignedIn,
    seen: Annotated[str, Form()] = "",
    code: Annotated[str, Form()] = "",
) -> Response:
    """Approve every question on one list with one code; each case gets a decision of its own."""
    try:
        sheet, results = decisions.sign(
            officer.number, code, seen=seen, reason_code=ReasonCode.in_order.value, door=Door.desk
        )
    except decisions.AnswerRefused as refused:
        return _inbox(request, officer, status=409, refused=str(refused))
    for result in results:
        doorbell.wake(result.reference)
    return _inbox(request, officer, signed=sheet, results=results)


def _inbox(request: Request, officer: Officer, *, status: int = 200, **facts: object) -> Response:
    watches = officer.may(Duty.watch_exits) and not officer.may(Duty.look_at_cases)
    runs_cases = officer.holds(Role.coordinator)
    at = now()
    triage.renew(at_most=browsing.RENEWED)
    return page(
        request, "inbox.html", status=status, at=at, shown=SHOWN,
        waiting=decisions.inbox(officer, at_most=SHOWN, overdue_first=True),
        signed_alone=countersigning.unsigned(officer=officer), listable=_listable(officer),
        exits=exits.exits(officer) if watches else None, may_look=officer.may(Duty.look_at_cases),
        to_release=sum(each.may_release for each in exports.listed(officer)) if _releases(officer) else 0,
        **(_must_not_wait(at) if runs_cases else {}), **facts,
    )  # fmt: skip


def _must_not_wait(at: pendulum.DateTime) -> dict[str, object]:
    """Return what a coordinator must look at first; late contacts and answers stand there by themselves."""
    found, there = alarms.newest(at_most=_ALARMS, without=(AlarmKind.contact_overdue, AlarmKind.agency_silent))
    return {
        "stuck": sum(each.count for each in messages.undelivered() if each.tried),
        "alarms": found, "more_alarms": there - len(found), "late": silence.longest_overdue(at=at, at_most=_ALARMS),
        "unanswered": referrals.longest_overdue(at=at, at_most=_ALARMS),
    }  # fmt: skip
