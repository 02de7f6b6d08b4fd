"""Hand-over at the desk: the printed page is read once more by machine, and only then given to its holder."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Request, Response, UploadFile

from deployments.desk.evidence import late
from deployments.desk.pages import go_to, page
from deployments.desk.session import OwnForm, SignedIn, on_duty
from models.officer import Duty, Officer
from models.stock import StockState
from tasks import case_file, delivery, doorbell
from tasks.papers.seal import reading

router = APIRouter(prefix="/handover")

_SCAN = "The scan"
"""What a sentence calls the file, whatever its sender called it."""

_LONGEST_LINE = 100
_FAULTS = {"no-seal": delivery.NO_SEAL, "other-seal": delivery.OTHER_SEAL, "other-lines": delivery.OTHER_LINES}
_DONE = {
    "read": "The page was read.",
    "delivered": "The document is in its holder's hand.",
}


@router.get("/{reference}")
def handover(request: Request, reference: str, officer: SignedIn, done: str = "", fault: str = "") -> Response:
    """Show the released document of a case, how its page was read last, and the forms to read it and hand it over."""
    return _shown(request, reference, officer, done=done, fault=fault)


@router.post("/{reference}/check", dependencies=[OwnForm])
def check(
    request: Request,
    reference: str,
    officer: SignedIn,
    *,
    scan: Annotated[UploadFile, File()],
    line1: Annotated[str, Form()] = "",
    line2: Annotated[str, Form()] = "",
) -> Response:
    """Read the scan of a printed page; a page that is not what was signed is spoiled and asked for anew."""
    on_duty(officer, Duty.keep_sheets)
    typed = (_line(line1), _line(line2))
    content = scan.file.read(reading.FILE_LIMIT + 1)
    try:
        reading.refuse_size(content, _SCAN)
        found = delivery.check(reference, _SCAN, content, officer=officer.number, typed=typed if any(typed) else None)
    except reading.Unreadable as odd:
        return _shown(request, reference, officer, typed=typed, status=422, refused=str(odd))
    except case_file.Refused as refused:
        return _shown(request, reference, officer, typed=typed, status=409, refused=str(refused))
    if found.fault is None:
        return go_to(f"/handover/{reference}?done=read")
    if found.waits is not None:
        doorbell.wake(found.waits)
    word = next(word for word, fault in _FAULTS.items() if fault == found.fault)
    return go_to(f"/handover/{reference}?fault={word}")


def _line(typed: str) -> str:
    """Return a line without blanks, in the capitals it is printed in."""
    return "".join(typed.split()).upper()[:_LONGEST_LINE]


@router.post("/{reference}", dependencies=[OwnForm])
def deliver(request: Request, reference: str, officer: SignedIn) -> Response:
    """Write down that the holder was given the page that was read; a second click finds it delivered."""
    on_duty(officer, Duty.keep_sheets)
    try:
        delivery.deliver(reference, officer=officer.number)
    except case_file.Refused as refused:
        return _shown(request, reference, officer, status=409, refused=str(refused))
    return go_to(f"/handover/{reference}?done=delivered")


def _shown(
    request: Request,
    reference: str,
    officer: Officer,
    *,
    status: int = 200,
    typed: tuple[str, str] = ("", ""),
    refused: str = "",
    done: str = "",
    fault: str = "",
) -> Response:
    waiting = delivery.waiting(reference, reader=officer)
    lies_here = waiting is not None and waiting.state is StockState.issued
    # An address that is opened again says what was done, and not what became of the next sheet since.
    still_so = {"read": lies_here, "delivered": not lies_here}.get(done, False)
    return page(
        request, "handover.html", status=status, reference=reference, waiting=waiting, typed=typed, refused=refused,
        late=late(reference), lies_here=lies_here, done=_DONE[done] if still_so else "",
        fault="" if lies_here else _FAULTS.get(fault, ""),
    )  # fmt: skip
