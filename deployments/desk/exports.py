"""Exports at the desk: asked for with a purpose, released by another officer, fetched by whoever asked."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response

from deployments.desk.pages import go_to, page
from deployments.desk.session import OwnForm, SignedIn
from models.export import LONGEST_PURPOSE, MOST_ROWS, OPEN_FOR
from models.officer import Officer
from tasks import case_file, exports, officers

router = APIRouter(prefix="/exports")

_DIGITS = 9
"""A request's number has no more."""

_TYPES = {
    exports.Form.csv: "text/csv; charset=utf-8",
    exports.Form.xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@router.get("")
def listed(request: Request, officer: SignedIn) -> Response:
    """Show what was asked for, what waits for a release, and the form to ask."""
    return _listed(request, officer)


@router.post("", dependencies=[OwnForm])
def ask(
    request: Request,
    officer: SignedIn,
    purpose: Annotated[str, Form()] = "",
    operation: Annotated[str, Form()] = "",
) -> Response:
    """Ask for a list; another officer releases it."""
    try:
        exports.ask(officer, purpose=purpose, operation=operation)
    except case_file.Refused as refused:
        return _listed(request, officer, refused=str(refused), purpose=purpose, operation=operation)
    return go_to("/exports")


@router.post("/{number}", dependencies=[OwnForm])
def release(request: Request, number: str, officer: SignedIn, code: Annotated[str, Form()] = "") -> Response:
    """Let a list go out that another officer asked for."""
    try:
        exports.release(_number(number), officer=officer, code=code)
    except (case_file.Refused, officers.NotProved) as refused:
        return _listed(request, officer, refused=str(refused))
    return go_to("/exports")


@router.get("/{number}/{form}")
def fetch(number: str, form: str, officer: SignedIn) -> Response:
    """Hand out the file to whoever asked for it."""
    if form not in list(exports.Form):
        raise HTTPException(404, "A list comes as csv or as xlsx; choose one on the page.")
    name, content = exports.fetch(_number(number), exports.Form(form), officer=officer)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=_TYPES[exports.Form(form)], headers=headers)


def _number(text: str) -> int:
    """Return the number of a request; 0, which none has, for what is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 0


def _listed(
    request: Request, officer: Officer, *, refused: str = "", purpose: str = "", operation: str = ""
) -> Response:
    found = exports.listed(officer)
    return page(
        request, "exports.html", status=409 if refused else 200, found=found, refused=refused, purpose=purpose,
        operation=operation, most=MOST_ROWS, longest=LONGEST_PURPOSE, hours=OPEN_FOR.in_hours(),
    )  # fmt: skip
