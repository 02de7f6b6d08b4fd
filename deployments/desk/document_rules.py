"""Our own table of where documents are accepted: the lines that count today, and taking up a new table."""

from typing import Annotated

from fastapi import APIRouter, File, Request, Response, UploadFile

from deployments.desk.pages import go_to, page
from deployments.desk.session import OwnForm, SignedIn, on_duty
from models.officer import Duty, Officer
from tasks import document_rules
from tasks.clock import now

router = APIRouter(prefix="/document-rules")

_TABLE = "The table"
"""What a sentence calls the file, whatever its sender called it."""

_DONE = {"taken": "The table was taken up; it counts from now on."}


@router.get("")
def rules(request: Request, officer: SignedIn, done: str = "") -> Response:
    """Show the lines that count today."""
    return _shown(request, officer, done=_DONE.get(done, ""))


@router.post("", dependencies=[OwnForm])
def take_up(request: Request, officer: SignedIn, *, table: Annotated[UploadFile | None, File()] = None) -> Response:
    """Take up a table, whole or not at all."""
    on_duty(officer, Duty.run_the_case)
    content = table.file.read(document_rules.LARGEST_FILE + 1) if table is not None else b""
    if not content:
        return _shown(request, officer, status=422, refused="Choose the table, a CSV file in UTF-8.")
    try:
        document_rules.take_up(content, name=_TABLE, officer=officer)
    except ValueError as wrong:
        return _shown(request, officer, status=422, refused=str(wrong))
    return go_to("/document-rules?done=taken")


def _shown(request: Request, officer: Officer, *, status: int = 200, refused: str = "", done: str = "") -> Response:
    return page(
        request, "document_rules.html", status=status, found=document_rules.in_force(officer, on=now().date()),
        columns=document_rules.COLUMNS, refused=refused, done=done,
    )  # fmt: skip
