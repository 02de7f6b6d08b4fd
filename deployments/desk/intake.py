"""Lists at the desk: a file is looked at first, then taken in; and journeys of a list are begun, one or all."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from pydantic import BaseModel

from deployments.desk.pages import page
from deployments.desk.session import OwnForm, SignedIn, on_duty
from models.case import LOCAL_ZONES
from models.duplicate import Pair
from models.officer import Duty
from tasks import case_file, duplicates, starting
from tasks import intake as lists
from tasks.intake import Outcome

router = APIRouter(prefix="/intake")

ROWS_SHOWN = 200
"""Lines of a preview; how many there are is counted above them."""


class Typed(BaseModel):
    """What stands in the form beside the file."""

    country: str = "KHM"
    operation: str = ""
    sheet: str = ""
    columns: str = ""
    """What columns mean, one a line, like `found_at=장소`."""
    sha256: str = ""
    """Of the file that was looked at; another one is looked at first."""


def _typed(
    country: Annotated[str, Form()] = "KHM",
    operation: Annotated[str, Form()] = "",
    sheet: Annotated[str, Form()] = "",
    columns: Annotated[str, Form()] = "",
    sha256: Annotated[str, Form()] = "",
) -> Typed:
    """Gather the fields one by one: FastAPI takes no model of a form beside a file."""
    return Typed(country=country, operation=operation, sheet=sheet, columns=columns, sha256=sha256)


AsTyped = Annotated[Typed, Depends(_typed)]


@dataclass(frozen=True, slots=True)
class Looked:
    """What became of a file, or would."""

    table: lists.Table
    taken: lists.Intake
    pairs: list[Pair] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows ended how, in the order a person asks for them."""
        return {each.value: self.taken.count(each) for each in Outcome}

    @property
    def told(self) -> list[lists.Taken]:
        """Rows that are not simply added: they are the ones to look at."""
        return [row for row in self.taken.rows if row.outcome is not Outcome.added][:ROWS_SHOWN]


@router.get("")
def intake(request: Request, officer: SignedIn) -> Response:
    """Show the form for a list."""
    on_duty(officer, Duty.run_the_case)
    return _form(request, Typed())


@router.post("/preview", dependencies=[OwnForm])
def preview(request: Request, officer: SignedIn, typed: AsTyped, file: Annotated[UploadFile, File()]) -> Response:
    """Say what would be added, doubled and refused; nothing is written."""
    on_duty(officer, Duty.run_the_case)
    try:
        looked = _read(file, typed, officer.number, dry_run=True)
    except (lists.ListUnreadable, case_file.Refused) as refused:
        return _form(request, typed, refused=str(refused))
    return _form(request, typed.model_copy(update={"sha256": looked.table.sha256}), looked=looked)


@router.post("", dependencies=[OwnForm])
def take_in(request: Request, officer: SignedIn, typed: AsTyped, file: Annotated[UploadFile, File()]) -> Response:
    """Open a case for each row that has none, if the file is the one that was looked at."""
    on_duty(officer, Duty.run_the_case)
    try:
        looked = _read(file, typed, officer.number, dry_run=False)
    except (lists.ListUnreadable, case_file.Refused) as refused:
        return _form(request, typed, refused=str(refused))
    ready = [row for row in looked.taken.rows if row.outcome is Outcome.added]
    return page(request, "intake_done.html", looked=looked, added=ready[:ROWS_SHOWN], operation=typed.operation.strip())


@router.post("/start", dependencies=[OwnForm])
def start_all(request: Request, officer: SignedIn, operation: Annotated[str, Form()] = "") -> Response:
    """Start every journey that was never started, but for those that may be of one person."""
    on_duty(officer, Duty.run_the_case)
    wanted = operation.strip() or None
    # What no operation is called starts nothing.
    case_file.refuse_elsewhere(country="KHM", operation=wanted)
    return page(request, "intake_started.html", started=starting.start_all(wanted))


def _read(file: UploadFile, typed: Typed, officer: str, *, dry_run: bool) -> Looked:
    given = lists.named_columns([line for line in typed.columns.splitlines() if line.strip()])
    with tempfile.TemporaryDirectory() as folder:
        # Under a name of ours; what the file was called is kept beside what was read of it.
        kept = Path(folder) / "list"
        kept.write_bytes(file.file.read(lists.LARGEST_FILE + 1))
        table = lists.read_list(kept, given=given, sheet=typed.sheet.strip() or None, remembered=lists.remembered,
                                called=Path(file.filename or "list").name[-100:])  # fmt: skip
    if not dry_run and table.sha256 != typed.sha256:
        raise lists.ListUnreadable("This is not the file that was looked at; have it looked at again first.")
    taken = lists.take_in(
        table, country=typed.country, operation=typed.operation.strip() or None, officer=officer, dry_run=dry_run
    )
    pairs = taken.possible_duplicates if dry_run else duplicates.proposed()
    mine = {*taken.references, *(f"line {row.line}" for row in taken.rows if dry_run)}
    return Looked(table, taken, [pair for key, pair in duplicates.held(pairs).items() if key in mine])


def _form(request: Request, typed: Typed, *, looked: Looked | None = None, refused: str = "") -> Response:
    template = "_intake.html" if request.headers.get("hx-request") else "intake.html"
    # A fragment that says no is shown in its place like any other.
    status = 422 if refused and template == "intake.html" else 200
    return page(
        request, template, status=status, typed=typed, looked=looked, refused=refused, countries=tuple(LOCAL_ZONES),
        most=ROWS_SHOWN,
    )  # fmt: skip
