"""The two pages of every act: its form, and what becomes of what was typed into it."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from pydantic import BaseModel

from deployments.desk.acts import ACTS
from deployments.desk.acts.act import Act
from deployments.desk.blanks import Fault, blanks, read
from deployments.desk.pages import go_to, page
from deployments.desk.session import OwnToken, SignedIn, on_duty
from deployments.desk.typed import WRITTEN_MEANWHILE, line_before
from models.birth_date import BirthDateUnreadable
from models.officer import Officer
from models.text import NOT_WRITABLE, is_writable
from tasks import case_file, decisions, doorbell

router = APIRouter()

_NOT_DRAWN_HERE = "This form does not say when it was drawn; look at it again, then send it."
_DOES_NOT_FIT = "That does not fit what is on file; look at the case again."


@router.get("/cases/{reference}/acts/{name}")
def act(request: Request, reference: str, name: str, officer: SignedIn) -> Response:
    """Show the form of one act; it holds nothing of what is on file."""
    return _form(request, reference, _theirs(name, officer), {})


async def _typed(request: Request, _drawn_here: Annotated[None, OwnToken]) -> dict[str, str]:
    return {name: text for name, text in (await request.form()).items() if isinstance(text, str)}


@router.post("/cases/{reference}/acts/{name}")
def carry_out(
    request: Request, reference: str, name: str, officer: SignedIn, typed: Annotated[dict[str, str], Depends(_typed)]
) -> Response:
    """Carry out one act, unless something came into the file since its form was drawn; what was typed stays."""
    wanted = _theirs(name, officer)
    if (unusable := _unusable(typed)) is not None:
        return _form(request, reference, wanted, {**typed, "after": ""}, refused=unusable, status=422)
    given = _read(wanted, typed, reference)
    if isinstance(given, Fault):
        return _form(request, reference, wanted, typed, fault=given, status=422)
    try:
        with case_file.unless_written_after(int(typed["after"])):
            wanted.carry_out(reference, given, officer)
    except case_file.WrittenMeanwhile as written:
        shown = {**typed, "after": ""}
        return _form(request, reference, wanted, shown, refused=WRITTEN_MEANWHILE, meanwhile=written.lines)
    except (case_file.Refused, decisions.AnswerRefused, BirthDateUnreadable) as refused:
        return _form(request, reference, wanted, typed, refused=str(refused))
    except case_file.CaseFileConflict:
        return _form(request, reference, wanted, typed, refused=_DOES_NOT_FIT)
    if wanted.wakes:
        doorbell.wake(reference)
    return go_to(f"/cases/{reference}?done={wanted.name}")


def _unusable(typed: Mapping[str, str]) -> str | None:
    """Return why nothing can be read from a form at all."""
    if not all(is_writable(text) for text in typed.values()):
        return NOT_WRITABLE
    return _NOT_DRAWN_HERE if line_before(typed.get("after", "")) is None else None


def _read(act: Act, typed: Mapping[str, str], reference: str) -> BaseModel | Fault:
    with case_file.transaction() as session:
        # Without a case there is no clock a moment could be by.
        case_file.load(session, reference)
    return read(act.form, typed, reference=reference)


def _theirs(name: str, officer: Officer) -> Act:
    """Return an act of this name that is the officer's."""
    if name not in ACTS:
        raise HTTPException(404)
    on_duty(officer, ACTS[name].duty)
    return ACTS[name]


def _form(
    request: Request,
    reference: str,
    act: Act,
    typed: Mapping[str, str],
    *,
    refused: str = "",
    fault: Fault | None = None,
    meanwhile: tuple[str, ...] = (),
    status: int = 409,
) -> Response:
    with case_file.transaction() as session:
        case_file.load(session, reference)
        newest = case_file.last_line(session, reference)
    return page(
        request, "act.html", status=status if refused or fault else 200, reference=reference, act=act, typed=typed,
        blanks=blanks(act.form), offers={name: offer() for name, offer in act.offers.items()}, refused=refused,
        fault=fault, meanwhile=meanwhile, after=typed.get("after") or newest,
    )  # fmt: skip
