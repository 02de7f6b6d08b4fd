"""Delivery: the printed page is read once more by machine, and only then handed to its holder."""

import io
import re
import shutil
import subprocess
from dataclasses import dataclass

import pendulum
from PIL import Image
from sqlmodel import Session, col, select

from models.message import AlarmKind
from models.officer import Duty, Officer
from models.paper import PaperKind
from models.stock import MoveReason, SheetCheck, StockState
from models.travel_document import DocumentState, StockNumber, TravelDocument
from tasks import alarms, case_file, numbers, paperwork, stock, vault
from tasks.clock import now
from tasks.papers import panel
from tasks.papers.page import HEIGHT_MM, WIDTH_MM
from tasks.papers.seal import SealMalformed, read_seal
from tasks.papers.seal.reading import is_pdf, picture_of, read_printed
from tasks.papers.travel_document import PANEL_LEFT, PANEL_TOP
from tasks.rounds import Round

ALARM_BEFORE = pendulum.duration(hours=3)
"""How long before the flight leaves somebody is told that nobody holds the document; check-in opens about then."""

_OCR_LASTS_S = 60
_LINE = re.compile(r"[A-Z0-9<]{20,40}")
_TYPED = re.compile(r"[A-Z0-9<]{36}|[A-Z0-9<]{44}")
NO_SEAL, OTHER_SEAL, OTHER_LINES = (
    "no seal can be read on it", "its seal is not the one that was signed",
    "its two lines are not those that were signed",
)  # fmt: skip
"""Why a page is not the document that was signed."""

_LINES_BEGIN_MM, _LINES_END_MM = 20.5, 3.5
"""Above the panel's bottom edge: the two lines, and 3 mm for a page that lies askew on the glass."""
_SKEWED = 0.05


@dataclass(frozen=True, slots=True)
class Reading:
    """What a machine reads on a printed page."""

    seal: bytes | None
    zone: tuple[str, str] | None
    zone_read: str | None
    """`file`, `ocr` or `typed`; None when nobody and nothing read it."""


def read(content: bytes, name: str, *, typed: tuple[str, str] | None = None) -> Reading:
    """
    Return the seal and the two lines on a scan: the lines as an officer typed them, from the file's text, or by OCR.

    Raises:
        Unreadable: neither a picture nor a PDF.
    """
    printed = read_printed(content, name)
    seal = printed.seals[0] if len(printed.seals) == 1 else None
    if typed is not None:
        return Reading(seal, typed, "typed")
    if printed.zone is not None:
        return Reading(seal, printed.zone, "file")
    zone = None if is_pdf(content) else _by_ocr(picture_of(content, name))
    return Reading(seal, zone, "ocr" if zone else None)


def has_ocr() -> bool:
    """Return whether this machine can read letters on a picture."""
    return shutil.which("tesseract") is not None


def _by_ocr(page: Image.Image) -> tuple[str, str] | None:
    """Return the two lines Tesseract reads on a scanned page; None without it, or where it finds no such lines."""
    program = shutil.which("tesseract")
    if program is None or abs(page.height / page.width - HEIGHT_MM / WIDTH_MM) > _SKEWED:
        return None
    per_mm = page.width / WIDTH_MM
    bottom = PANEL_TOP + panel.HEIGHT
    edges = (PANEL_LEFT + 1, bottom - _LINES_BEGIN_MM, PANEL_LEFT + panel.WIDTH - 1, bottom - _LINES_END_MM)
    left, upper, right, lower = (round(edge * per_mm) for edge in edges)
    png = io.BytesIO()
    page.crop((left, upper, right, lower)).save(png, "PNG")
    command = [program, "stdin", "stdout", "--psm", "6", "--dpi", str(round(per_mm * 25.4)), "-c",
               "tessedit_char_whitelist=ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"]  # fmt: skip
    try:
        told = subprocess.run(  # noqa: S603 - its own path, and the picture only on its input
            command, input=png.getvalue(), capture_output=True, timeout=_OCR_LASTS_S, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    lines = [line.replace(" ", "") for line in told.stdout.decode(errors="replace").splitlines()]
    zone = [line for line in lines if _LINE.fullmatch(line)]
    return (zone[0], zone[1]) if len(zone) == 2 else None


def _told_apart(zone: tuple[str, str]) -> list[list[str]]:
    """Return what of two lines Tesseract tells apart: it miscounts fillers, and takes O and 0 for each other."""
    return [re.findall(r"[A-Z0-9]+", line.replace("O", "0")) for line in zone]


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of reading a page again."""

    number: str
    fault: str | None
    """Why the page is not the document that was signed, in one clause; None when it is."""
    zone_read: str | None
    waits: str | None = None
    """The case that goes on with another number, when the sheet was spoiled."""


def check(reference: str, name: str, content: bytes, *, officer: str, typed: tuple[str, str] | None = None) -> Checked:
    """
    Read a printed page again and compare it with the document that was signed; one that fails is spoiled for good.

    Raises:
        case_file.Refused: no released document waits for it, the page is another document's, or what was typed are no
            two lines of one.
        Unreadable: the file is neither a picture nor a PDF.
    """
    if typed is not None and not all(_TYPED.fullmatch(line) for line in typed):
        # A slip of the pen must not spoil a good sheet.
        raise case_file.Refused("A printed line has 36 letters, digits and <, on a sticker 44; type both lines again.")
    found = read(content, name, typed=typed)
    with case_file.transaction() as session:
        document = _printed(session, reference)
        signed = _signed(session, document)
        if found.zone_read == "ocr" and found.seal == signed.seal and not _fits_by_ocr(found, signed):
            # A machine that misreads a letter must not spoil a good sheet; a person compares the lines.
            raise case_file.Refused("The two lines were not read surely; type what is printed with --zone LINE1 LINE2.")
        if (other := _other_number(found, signed)) is not None:
            raise case_file.Refused(f"That page carries the number {other}, not {document.number}; scan the right one.")
        fault = _fault(found, signed)
        session.add(
            SheetCheck(
                number=document.number,
                fits=fault is None,
                zone_read=found.zone_read,
                checked_at=now(),
                checked_by=officer,
            )
        )
        case = case_file.load(session, reference, lock=True)
        ids = {"fits": str(fault is None).lower(), "zone_read": found.zone_read or "none"}
        case_file.note(session, "sheet.read", actor=officer, about=case, ids=ids, values={"number": document.number})
        waits = None
        if fault is None:
            case_file.tell(session, reference, f"The printed page was read again by {officer}, and fits.")
        else:
            waits = stock.take_out(
                session, document.number, StockState.spoiled, reason=MoveReason.failed_reading, officer=officer
            )
        return Checked(document.number, fault, found.zone_read, waits)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A released document that was not handed over yet, or was."""

    number: str
    state: StockState
    read: SheetCheck | None
    """The last reading of its printed page."""


def waiting(reference: str, *, reader: Officer) -> Waiting | None:
    """
    Return the released document of a case with how its page was read last; the look is audited. None without one.

    Raises:
        case_file.Refused: the reader keeps no sheets.
    """
    case_file.refuse_without(Duty.keep_sheets, reader)
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        case_file.note(session, "papers.read", actor=reader.number, about=case, ids={"purpose": "hand-over"})
        document = case_file.open_document(session, reference)
        if document is None or document.state is not DocumentState.valid:
            return None
        state = session.get_one(StockNumber, document.number).state
        return Waiting(document.number, state, _last_reading(session, document.number))


def _last_reading(session: Session, number: str) -> SheetCheck | None:
    readings = select(SheetCheck).where(SheetCheck.number == number)
    return session.exec(readings.order_by(col(SheetCheck.checked_at).desc()).limit(1)).first()


def _printed(session: Session, reference: str) -> TravelDocument:
    case_file.load(session, reference, lock=True)
    document = case_file.open_document(session, reference)
    if document is None or document.state is not DocumentState.valid:
        raise case_file.Refused(f"No released travel document waits in case {reference}.")
    state = session.get_one(StockNumber, document.number).state
    if state is not StockState.issued:
        raise case_file.Refused(f"The sheet of case {reference} is {state.value}; only one that was issued is read.")
    return document


def _signed(session: Session, document: TravelDocument) -> Reading:
    """Return the seal and lines of the document as it was signed and stored."""
    paper = paperwork.current(session, document.reference, PaperKind.travel_document)
    if paper is None or paper.id != document.paper_id:
        raise case_file.Refused("The stored document is not the released one; tell the registrar.")
    return read(vault.open_(session, paper.person_id, f"paper:{paper.kind}", paper.bytes_sealed), "the document")


def _other_number(found: Reading, signed: Reading) -> str | None:
    """Return the number on a page when it is another document's."""
    mine = _number(_sealed_zone(signed.seal))
    theirs = _number(_sealed_zone(found.seal) or (found.zone if found.zone_read == "typed" else None))
    return theirs if theirs is not None and theirs != mine else None


def _number(zone: tuple[str, str] | None) -> str | None:
    return zone[1][:9].rstrip("<") if zone else None


def _sealed_zone(seal: bytes | None) -> tuple[str, str] | None:
    try:
        return read_seal(seal).mrz if seal else None
    except SealMalformed:
        return None


def _fits_by_ocr(found: Reading, signed: Reading) -> bool:
    if found.zone is None or signed.zone is None:
        return False
    return _told_apart(found.zone) == _told_apart(signed.zone)


def _fault(found: Reading, signed: Reading) -> str | None:
    if found.seal is None:
        return NO_SEAL
    if found.seal != signed.seal:
        return OTHER_SEAL
    if found.zone is not None and found.zone_read != "ocr" and found.zone != signed.zone:
        return OTHER_LINES
    return None


def deliver(reference: str, *, officer: str) -> str:
    """
    Write down that the holder was handed the page that was read again; return its number.

    Raises:
        case_file.Refused: nothing released waits, it is for other flights than are booked now, or seal and lines of the
            page were not both read again.
    """
    with case_file.transaction() as session:
        document = _printed(session, reference)
        if case_file.is_paper_outdated(session, reference, at=now()):
            raise case_file.Refused("The sheet is for other flights than are booked now; another one will be issued.")
        last = _last_reading(session, document.number)
        if last is None or not last.fits:
            raise case_file.Refused(
                f"The printed page was not read again; do so with `homeward documents check {reference} --scan FILE`."
            )
        if last.zone_read is None:
            raise case_file.Refused(
                "Of the printed page only the seal was read again; type its two lines with "
                f"`homeward documents check {reference} --scan FILE --zone LINE1 LINE2`."
            )
        case = case_file.load(session, reference, lock=True)
        numbers.move(session, document.number, StockState.delivered, by=officer, reason=MoveReason.handed_over)
        case_file.note(
            session, "document.delivered", actor=officer, about=case, values={"number": document.number}
        )  # fmt: skip
        case_file.tell(session, reference, f"The document was handed to its holder by {officer}.")
        alarms.clear_of(session, case, AlarmKind.not_delivered)
        return document.number


def is_delivered(reference: str) -> bool:
    """Return whether somebody wrote down that the holder has the document."""
    with case_file.transaction() as session:
        document = case_file.open_document(session, reference)
        return document is not None and session.get_one(StockNumber, document.number).state is StockState.delivered


def sound_undelivered(*, at: pendulum.DateTime, within: Round | None = None) -> int:
    """Raise an alarm, once, about each document nobody handed over though its flight is near; return how many."""
    this_round = within or Round("reminding")
    with case_file.transaction() as session:
        printed = session.exec(
            select(TravelDocument)
            .join(StockNumber, col(StockNumber.number) == TravelDocument.number)
            .where(TravelDocument.state == DocumentState.valid, StockNumber.state == StockState.issued)
            .order_by(TravelDocument.reference)
        ).all()
        near = [document for document in printed if _departs_by(session, document.reference, at + ALARM_BEFORE)]
    for document in near:
        with this_round.alone(document.reference), case_file.transaction() as session:
            case = case_file.load(session, document.reference, lock=True)
            alarms.sound(session, case, AlarmKind.not_delivered, about=document.number)
    return len(near)


def _departs_by(session: Session, reference: str, moment: pendulum.DateTime) -> bool:
    booking = case_file.live_booking(session, reference)
    return booking is not None and booking.route.departs_at <= moment
