"""Stock at the desk: where every document number of a mission is, and what its keepers do with the sheets."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, File, Form, HTTPException, Request, Response, UploadFile
from pydantic import BaseModel

from deployments.desk.pages import go_to, page
from deployments.desk.session import OwnForm, SignedIn, on_duty
from deployments.stack.first_day import specimen_numbers
from models.case import LOCAL_ZONES, is_reference
from models.instrument import Instrument
from models.officer import Duty, Officer
from models.stock import SPOILS, MoveReason, StockState
from tasks import case_file, corrections, doorbell, lockout, losses, officers, stock
from tasks.partners.errors import PartnerError
from tasks.settings import Mode, settings

router = APIRouter(prefix="/stock")

NUMBERS_SHOWN = 200
"""Of one state; how many there are stands beside it."""

LARGEST_LIST = 2**20
"""Bytes of a printer's list: a hundred thousand numbers."""

_MOST_SPECIMENS = 10_000
_DIGITS = 9
_DONE = {
    "received": "The numbers are in stock.",
    "fits": "The count fits and is written down.",
    "differs": "The count is written down and does not fit; the coordinators are alarmed.",
    "spoiled": "The sheet is spoiled; destroy it before a witness.",
    "destroyed": "The sheet is destroyed.",
    "told": "The sheet is good for nothing from now on, and the lost-document list was told.",
    "untold": "The sheet is good for nothing from now on. The lost-document list did not answer; it is told as soon as "
    "it does.",
}
_UNCOUNTED = "Write how many sheets lie there, in digits."
_NO_DAY = "That is no day; write it like 2026-11-20, or leave it out."


class Typed(BaseModel):
    """What stands in the forms of the page; a code never comes back."""

    act: str = ""
    """Whose form it was."""
    number: str = ""
    numbers: str = ""
    instrument: str = Instrument.travel_certificate.value
    counted: str = ""
    reason: str = ""
    how: str = ""
    lost_on: str = ""
    place: str = ""
    witness: str = ""

    @property
    def as_number(self) -> str:
        """The number as it is printed."""
        return "".join(self.number.split()).upper()


@router.get("")
def missions(request: Request, officer: SignedIn) -> Response:
    """Show how the stock of each mission stands."""
    on_duty(officer, Duty.keep_sheets)
    standing = [(stock.standing(each), stock.last_count(each)) for each in LOCAL_ZONES]
    return page(request, "stock_missions.html", standing=standing)


@router.get("/{mission}")
def mission_stock(
    request: Request,
    mission: str,
    officer: SignedIn,
    *,
    state: str = "",
    number: str = "",
    specimens: str = "",
    done: str = "",
    case: str = "",
) -> Response:
    """Show where every number of a mission is, one state's numbers or the history of one number."""
    on_duty(officer, Duty.keep_sheets)
    wanted = StockState(state) if state in list(StockState) else None
    typed = Typed(act="receive", numbers=_specimens(specimens)) if officer.may(Duty.enrol) else Typed()
    return _shown(
        request, mission, officer, typed=typed, state=wanted, number=number, done=done if done in _DONE else "",
        goes_on=case if is_reference(case) else "",
    )  # fmt: skip


@router.post("/{mission}/receive", dependencies=[OwnForm])
def receive(
    request: Request,
    mission: str,
    officer: SignedIn,
    *,
    numbers: Annotated[str, Form()] = "",
    instrument: Annotated[str, Form()] = "",
    printed: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Receive a printer's list into the stock, all of it or nothing; one received before is refused."""
    on_duty(officer, Duty.enrol)
    typed = Typed(act="receive", numbers=numbers, instrument=instrument)
    try:
        received = {*numbers.split(), *_listed(printed)}
    except ValueError as wrong:
        return _shown(request, mission, officer, typed=typed, status=422, refused=str(wrong))
    if not received or instrument not in list(Instrument):
        words = "Give the numbers, one a line, or the printer's list as a file, and say what bears them."
        return _shown(request, mission, officer, typed=typed, status=422, refused=words)
    try:
        corrections.receive_numbers(
            _known(mission), sorted(received), instrument=Instrument(instrument), officer=officer.number
        )
    except case_file.Refused as refused:
        return _shown(request, mission, officer, typed=typed, status=409, refused=str(refused))
    return go_to(f"/stock/{mission}?done=received")


def _listed(printed: UploadFile | None) -> list[str]:
    """
    Return the words of a printer's list; a form without a file sends an empty one.

    Raises:
        ValueError: it is too large, or no text.
    """
    content = printed.file.read(LARGEST_LIST + 1) if printed is not None else b""
    if len(content) > LARGEST_LIST:
        raise ValueError("The list is larger than 1 MB; give it in parts.")
    try:
        return content.decode("utf-8-sig").split()
    except UnicodeDecodeError:
        raise ValueError("The list is no text; give a text file with one number a line.") from None


class Counted(BaseModel):
    """A count by two officers."""

    counted: str = ""
    witness: str = ""
    code: str = ""


@router.post("/{mission}/count", dependencies=[OwnForm])
def count(request: Request, mission: str, officer: SignedIn, given: Annotated[Counted, Form()]) -> Response:
    """Write down the day's count, which a second officer signs."""
    on_duty(officer, Duty.keep_sheets)
    typed = Typed(act="count", counted=given.counted, witness=given.witness)
    digits = given.counted.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS):
        return _shown(request, mission, officer, typed=typed, status=422, refused=_UNCOUNTED)
    try:
        made = stock.count(
            _known(mission), counted=int(digits), officer=officer, witness=_witness(given.witness, given.code, "count")
        )
    except (case_file.Refused, officers.NotProved) as refused:
        return _shown(request, mission, officer, typed=typed, status=409, refused=str(refused))
    return go_to(f"/stock/{mission}?done={'fits' if made.counted == made.expected else 'differs'}")


class Spoiled(BaseModel):
    """A sheet that was printed badly or damaged."""

    number: str = ""
    reason: str = ""


@router.post("/{mission}/spoil", dependencies=[OwnForm])
def spoil(request: Request, mission: str, officer: SignedIn, given: Annotated[Spoiled, Form()]) -> Response:
    """Take a sheet out of use; a journey that needs one gets another number."""
    on_duty(officer, Duty.keep_sheets)
    typed = Typed(act="spoil", number=given.number, reason=given.reason)
    if given.reason not in SPOILS:
        return _shown(request, mission, officer, typed=typed, status=422, refused="Say why the sheet is spoiled.")
    try:
        waits = stock.spoil(typed.as_number, reason=MoveReason(given.reason), officer=officer.number)
    except case_file.Refused as refused:
        return _shown(request, mission, officer, typed=typed, status=409, refused=str(refused))
    return _moved(mission, typed.as_number, "spoiled", waits)


class Destroyed(BaseModel):
    """A sheet destroyed before a second officer."""

    number: str = ""
    witness: str = ""
    code: str = ""


@router.post("/{mission}/destroy", dependencies=[OwnForm])
def destroy(request: Request, mission: str, officer: SignedIn, given: Annotated[Destroyed, Form()]) -> Response:
    """Write down that a sheet was destroyed before a second officer, who signs it."""
    on_duty(officer, Duty.keep_sheets)
    typed = Typed(act="destroy", number=given.number, witness=given.witness)
    try:
        witness = _witness(given.witness, given.code, "destruction")
        stock.destroy(typed.as_number, officer=officer, witness=witness)
    except (case_file.Refused, officers.NotProved) as refused:
        return _shown(request, mission, officer, typed=typed, status=409, refused=str(refused))
    return _moved(mission, typed.as_number, "destroyed")


class Gone(BaseModel):
    """A sheet that is lost or stolen."""

    number: str = ""
    how: str = ""
    lost_on: str = ""
    place: str = ""


@router.post("/{mission}/gone", dependencies=[OwnForm])
def gone(request: Request, mission: str, officer: SignedIn, given: Annotated[Gone, Form()]) -> Response:
    """Report a sheet lost or stolen; the lost-document list is told, now or as soon as it answers."""
    on_duty(officer, Duty.keep_sheets)
    typed = Typed(act="gone", number=given.number, how=given.how, lost_on=given.lost_on, place=given.place)
    if given.how not in (StockState.lost, StockState.stolen):
        return _shown(request, mission, officer, typed=typed, status=422, refused="Say whether it is lost or stolen.")
    try:
        lost_on = date.fromisoformat(given.lost_on) if given.lost_on else None
    except ValueError:
        return _shown(request, mission, officer, typed=typed, status=422, refused=_NO_DAY)
    try:
        made, waits = losses.report(
            typed.as_number, stolen=given.how == StockState.stolen, lost_on=lost_on, place=given.place.strip() or None,
            officer=officer.number,
        )  # fmt: skip
    except case_file.Refused as refused:
        return _shown(request, mission, officer, typed=typed, status=409, refused=str(refused))
    try:
        told = losses.tell(made.id)
    except PartnerError:
        told = False
    return _moved(mission, typed.as_number, "told" if told else "untold", waits)


def _witness(number: str, code: str, on: str) -> Officer:
    second, _ = officers.prove(number.strip().upper(), code, on=on, way=lockout.WITNESS)
    return second


def _moved(mission: str, number: str, done: str, waits: str | None = None) -> Response:
    """Let a case that needs another number go on, and show what became of this one."""
    if waits is not None:
        doorbell.wake(waits)
    goes_on = f"&case={waits}" if waits is not None else ""
    return go_to(f"/stock/{mission}?done={done}&number={number}{goes_on}")


def _known(mission: str) -> str:
    if mission not in LOCAL_ZONES:
        raise HTTPException(404, "No mission of ours serves that country; choose one from the list.")
    return mission


def _specimens(wanted: str) -> str:
    """Return fresh specimen numbers, one a line, to be received in a drill; sent twice they are refused as known."""
    is_count = wanted.isascii() and wanted.isdigit() and len(wanted) <= _DIGITS
    if not is_count or settings().mode is Mode.live:
        return ""
    return "\n".join(sorted(specimen_numbers(min(int(wanted), _MOST_SPECIMENS))))


def _shown(
    request: Request,
    mission: str,
    officer: Officer,
    *,
    typed: Typed,
    status: int = 200,
    refused: str = "",
    state: StockState | None = None,
    number: str = "",
    **facts: object,
) -> Response:
    stands, history = stock.standing(_known(mission)), []
    sought = "".join(number.split()).upper()
    if sought:
        try:
            history = stock.history(sought)
        except case_file.Refused as unknown:
            status, refused = 404, str(unknown)
    done = facts.pop("done", "")
    return page(
        request, "stock.html", status=status, mission=mission, zone=LOCAL_ZONES[mission], stands=stands,
        last=stock.last_count(mission), typed=typed, refused=refused, receives=officer.may(Duty.enrol),
        state=state, numbers=stock.in_state(mission, state, at_most=NUMBERS_SHOWN) if state else [],
        most=NUMBERS_SHOWN, sought=sought if history else "", history=history, spoils=SPOILS,
        instruments=tuple(Instrument), done=_DONE.get(str(done), ""), differs=done == "differs", **facts,
    )  # fmt: skip
