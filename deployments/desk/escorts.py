"""Escorts at the desk: the pool, who sits beside whom, and cases that travel together."""

import re
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from deployments.desk.local_time import moment
from deployments.desk.pages import go_to, page
from deployments.desk.session import OwnForm, SignedIn, on_duty
from models.case import HOME_ZONE
from models.officer import Duty, Officer
from models.person import Sex
from tasks import case_file, doorbell, escorts

router = APIRouter()

_NUMBER = re.compile(r"O-[0-9]{1,9}")
_DONE = {
    "pool": "The officer is in the pool of escorts.",
    "assigned": "The escort is assigned; whoever decides is shown it.",
    "ended": "The escort was taken off.",
    "together": "It is written down that these cases travel together.",
}


class Joining(BaseModel):
    """An officer who may escort; a code is not needed."""

    number: str = ""
    sex: str = ""
    passport_until: str = ""
    duty_from: str = ""
    duty_until: str = ""


@router.get("/escorts")
def pool(request: Request, officer: SignedIn, done: str = "") -> Response:
    """Show the pool of escorts."""
    on_duty(officer, Duty.look_at_cases)
    return _pool(request, officer, Joining(), done=_DONE["pool"] if done == "pool" else "")


@router.post("/escorts", dependencies=[OwnForm])
def add(request: Request, officer: SignedIn, typed: Annotated[Joining, Form()]) -> Response:
    """Put an officer into the pool, or write their passport and duty down anew."""
    on_duty(officer, Duty.run_the_case)
    try:
        valid_until = date.fromisoformat(typed.passport_until)
    except ValueError:
        valid_until = None
    duty_from, duty_until = (moment(each, zone=HOME_ZONE) for each in (typed.duty_from, typed.duty_until))
    if valid_until is None or duty_from is None or duty_until is None:
        words = "Write until when the passport is valid, and from when until when the officer is on duty."
        return _pool(request, officer, typed, status=422, refused=words)
    if typed.sex not in (Sex.female, Sex.male):
        words = "Say whether the officer is a woman or a man; one near the person's body should be of their sex."
        return _pool(request, officer, typed, status=422, refused=words)
    try:
        escorts.add(
            _as_number(typed.number), sex=Sex(typed.sex), passport_valid_until=valid_until, on_duty_from=duty_from,
            on_duty_until=duty_until, officer=officer,
        )  # fmt: skip
    except case_file.Refused as refused:
        return _pool(request, officer, typed, status=409, refused=str(refused))
    return go_to("/escorts?done=pool")


def _as_number(typed: str) -> str:
    return typed.strip().upper()


def _pool(
    request: Request, officer: Officer, typed: Joining, *, status: int = 200, refused: str = "", done: str = ""
) -> Response:
    return page(
        request, "escorts.html", status=status, listed=escorts.listed(), typed=typed,
        refused=refused, done=done, runs_cases=officer.may(Duty.run_the_case), sexes=(Sex.female, Sex.male),
    )  # fmt: skip


class Beside(BaseModel):
    """An officer's seat beside a person; its locators are sealed and never shown again."""

    number: str = ""
    out: str = ""
    back: str = ""


@router.get("/cases/{reference}/escorts")
def company(request: Request, reference: str, officer: SignedIn, done: str = "") -> Response:
    """Show who goes with a person, and the forms to change it."""
    return _company(request, reference, officer, done=_DONE.get(done, ""))


@router.post("/cases/{reference}/escorts", dependencies=[OwnForm])
def assign(request: Request, reference: str, officer: SignedIn, typed: Annotated[Beside, Form()]) -> Response:
    """Have an officer sit beside a person on the flights now booked."""
    on_duty(officer, Duty.run_the_case)
    try:
        escorts.assign(reference, _as_number(typed.number), out=typed.out, back=typed.back, officer=officer)
    except case_file.Refused as refused:
        return _company(request, reference, officer, typed=typed, refused=str(refused))
    return _done(reference, "assigned")


@router.post("/cases/{reference}/escorts/end", dependencies=[OwnForm])
def end(request: Request, reference: str, officer: SignedIn, number: Annotated[str, Form()] = "") -> Response:
    """Take an escort off a case."""
    on_duty(officer, Duty.run_the_case)
    if not _NUMBER.fullmatch(_as_number(number)):
        return _company(request, reference, officer, refused="Choose the escort that is to be taken off.")
    try:
        escorts.end(reference, _as_number(number), officer=officer)
    except case_file.Refused as refused:
        return _company(request, reference, officer, refused=str(refused))
    return _done(reference, "ended")


@router.post("/cases/{reference}/together", dependencies=[OwnForm])
def together(request: Request, reference: str, officer: SignedIn, others: Annotated[str, Form()] = "") -> Response:
    """Write down that a case travels with others."""
    on_duty(officer, Duty.run_the_case)
    named = [reference, *(each.upper() for each in re.split(r"[\s,;]+", others) if each)]
    try:
        escorts.put_together(named, officer=officer)
    except (case_file.Refused, case_file.UnknownCase) as refused:
        return _company(request, reference, officer, others=others, refused=str(refused))
    for each in set(named) - {reference}:
        doorbell.wake(each)
    return _done(reference, "together")


def _done(reference: str, done: str) -> Response:
    doorbell.wake(reference)
    return go_to(f"/cases/{reference}/escorts?done={done}")


def _company(
    request: Request,
    reference: str,
    officer: Officer,
    *,
    typed: Beside | None = None,
    others: str = "",
    refused: str = "",
    done: str = "",
) -> Response:
    found = escorts.company(reference, reader=officer)
    return page(
        request, "company.html", status=409 if refused else 200, reference=reference, company=found,
        pool=escorts.listed(), typed=typed or Beside(), others=others, refused=refused, done=done,
    )  # fmt: skip
