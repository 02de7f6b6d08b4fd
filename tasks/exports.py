"""Exports: asking for a list, releasing what another asked for, and the file with its marks; each row is audited."""

import csv
import io
from dataclasses import dataclass
from enum import StrEnum

import pendulum
from openpyxl import Workbook
from sqlalchemy import func, text
from sqlmodel import Session, col, select

from models.case import CaseStatus, RepatriationCase
from models.export import (
    LONGEST_PURPOSE,
    MOST_ROWS,
    RELEASES,
    SHORTEST_PURPOSE,
    ExportRequest,
    may_release,
    plain_cell,
)
from models.officer import Duty, Officer
from models.person import Person
from tasks import case_file, officers
from tasks.clock import now

_SHOWN = 30


class Form(StrEnum):
    """What the file is."""

    csv = "csv"
    xlsx = "xlsx"


HEADER = ("case", "name_hangul", "name_latin", "status", "since_utc", "operation")
"""What leaves the house: no number, no place, no story, no category, nothing of health or of money."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as an officer sees it."""

    request: ExportRequest
    may_release: bool
    may_fetch: bool

    @property
    def rows(self) -> int:
        """How many people it is about."""
        return len(self.request.references)


def ask(officer: Officer, *, purpose: str, operation: str) -> ExportRequest:
    """
    Ask for the list of an operation's open cases; whoever else may releases it.

    Raises:
        case_file.Refused: no duty, no purpose, nobody on the list, or more people than one list may hold.
    """
    _refuse_without_duty(officer)
    purpose, operation = " ".join(purpose.split()), operation.strip()
    if not SHORTEST_PURPOSE <= len(purpose) <= LONGEST_PURPOSE:
        raise case_file.Refused(
            f"Say in {SHORTEST_PURPOSE} to {LONGEST_PURPOSE} letters what the list is for; it is kept with your number."
        )
    case_file.refuse_elsewhere(country="KHM", operation=operation or None)
    with case_file.transaction() as session:
        closed = (CaseStatus.home, CaseStatus.cancelled)
        found = session.exec(
            select(RepatriationCase.reference)
            .where(RepatriationCase.operation == operation, col(RepatriationCase.status).not_in(closed))
            .order_by(RepatriationCase.reference)
            .limit(MOST_ROWS + 1)
        ).all()
        if not found:
            raise case_file.Refused("No open case belongs to that operation; name one as its cases do.")
        if len(found) > MOST_ROWS:
            raise case_file.Refused(f"A list holds at most {MOST_ROWS} people; name a smaller operation.")
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('export_request'))"))
        last = session.execute(select(func.max(ExportRequest.number))).scalar_one()
        request = ExportRequest(
            number=(last or 0) + 1, asked_by=officer.number, purpose=purpose, operation=operation,
            references=list(found), asked_at=now(),
        )  # fmt: skip
        session.add(request)
        ids = {"export": request.name, "rows": str(len(found))}
        case_file.note(session, "export.asked", actor=officer.number, ids=ids)
    return request


def release(number: int, *, officer: Officer, code: str) -> ExportRequest:
    """
    Let a list go out that another officer asked for, with a code of one's own.

    Raises:
        case_file.Refused: one's own request, no role for it, released before, or too late.
        officers.NotProved: the code does not fit.
    """
    with case_file.transaction() as session:
        _refuse_release(_found(session, number), officer)
    officers.prove(officer.number, code, on="export")
    with case_file.transaction() as session:
        request = _found(session, number, lock=True)
        _refuse_release(request, officer)
        request.released_by, request.released_at = officer.number, now()
        session.add(request)
        case_file.note(session, "export.released", actor=officer.number, ids={"export": request.name})
        return request


def _refuse_release(request: ExportRequest, officer: Officer) -> None:
    if not may_release(officer, request):
        raise case_file.Refused("A list is released by another coordinator, or the head of consular affairs.")
    if request.released_at is not None:
        raise case_file.Refused(f"{request.name} was released already.")
    if not request.is_open(at=now()):
        raise case_file.Refused(f"{request.name} has waited too long; have it asked for anew.")


def listed(officer: Officer) -> list[Asked]:
    """
    Return the latest requests one asked for or may release, the newest first.

    Raises:
        case_file.Refused: no duty needs it.
    """
    _refuse_without_duty(officer)
    at = now()
    with case_file.transaction() as session:
        rows = session.exec(select(ExportRequest).order_by(col(ExportRequest.number).desc()).limit(_SHOWN)).all()
    return [
        Asked(
            row,
            may_release=row.released_at is None and row.is_open(at=at) and may_release(officer, row),
            may_fetch=_may_fetch(row, officer, at=at),
        )
        for row in rows
        if officer.number in (row.asked_by, row.released_by) or may_release(officer, row)
    ]


def _may_fetch(request: ExportRequest, officer: Officer, *, at: pendulum.DateTime) -> bool:
    return request.asked_by == officer.number and request.released_at is not None and request.is_open(at=at)


def fetch(number: int, form: Form, *, officer: Officer) -> tuple[str, bytes]:
    """
    Return the file's name and its bytes, for whoever asked for it; the look at each person is audited.

    Raises:
        case_file.Refused: somebody else's, not released, or too late.
    """
    _refuse_without_duty(officer)
    with case_file.transaction() as session:
        request = _found(session, number)
        if not _may_fetch(request, officer, at=now()):
            raise case_file.Refused("A list goes to whoever asked for it, for a day after another officer released it.")
        rows = session.exec(
            select(RepatriationCase, Person)
            .join(Person, col(Person.id) == RepatriationCase.person_id)
            .where(col(RepatriationCase.reference).in_(request.references))
            .order_by(RepatriationCase.reference)
        ).all()
        for case, _ in rows:
            ids = {"purpose": "export", "export": request.name}
            case_file.note(session, "person.read", actor=officer.number, about=case, ids=ids)
        case_file.note(
            session, "export.fetched", actor=officer.number, ids={"export": request.name, "form": form.value}
        )
    lines = [
        (case.reference, person.name_hangul or "", person.name_latin or "", case.status.value,
         f"{case.moved_at:%Y-%m-%d %H:%M}", case.operation)
        for case, person in rows
    ]  # fmt: skip
    # Above the header and in every row: a row that is cut out still says whose it was.
    mark = f"{request.name} · {officer.number} · released by {request.released_by} · {now():%Y-%m-%d %H:%M} UTC"
    table = [
        (mark, request.purpose),
        (*HEADER, "mark"),
        *((*line, f"{request.name} {officer.number}") for line in lines),
    ]
    plain = [[plain_cell(cell) for cell in line] for line in table]
    return f"{request.name}.{form.value}", _xlsx(plain, mark) if form is Form.xlsx else _csv(plain)


def _csv(lines: list[list[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows(lines)
    # With a mark, without which a spreadsheet takes Hangul for something else.
    return written.getvalue().encode("utf-8-sig")


def _xlsx(lines: list[list[str]], mark: str) -> bytes:
    """Return a workbook of one visible sheet whose cells are texts, never formulas; its pages bear the mark."""
    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise TypeError("a new workbook has a sheet")
    sheet.title = mark.split(" ", maxsplit=1)[0]
    for row, line in enumerate(lines, start=1):
        for column, words in enumerate(line, start=1):
            cell = sheet.cell(row, column)
            cell.value, cell.data_type = words, "s"
    if sheet.oddFooter is None:
        raise TypeError("a new sheet has a footer")
    sheet.oddFooter.center.text = mark.replace("&", "&&")
    book.properties.title, book.properties.creator = mark, "Homeward"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _found(session: Session, number: int, *, lock: bool = False) -> ExportRequest:
    query = select(ExportRequest).where(ExportRequest.number == number)
    request = session.exec(query.with_for_update() if lock else query).first()
    if request is None:
        raise case_file.Refused("No list of that number was asked for; choose one on the page.")
    return request


def _refuse_without_duty(officer: Officer) -> None:
    if not (officer.may(Duty.run_the_case) or any(officer.holds(role) for role in RELEASES)):
        raise case_file.Refused(f"Lists are for coordinators; officer {officer.number} is none.")
