"""Manifests: who is on one flight, read back from the airline, as PDF, CSV or UN/EDIFACT PAXLST."""

import csv
import io
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlmodel import Session, col, select

from models import paxlst
from models.booking import Booking, BookingState, Lift
from models.case import RepatriationCase
from models.itinerary import Segment
from models.manifest import FLIGHT, Manifest, Passenger, in_order, leg_of
from models.officer import Duty, Officer
from models.travel_document import DocumentState
from tasks import case_file, disclosures
from tasks.clock import now
from tasks.papers import manifest as paper
from tasks.paperwork.shelf import is_specimen
from tasks.partners.airline import Airline
from tasks.settings import settings

PURPOSE = "passenger list"


class Form(StrEnum):
    """The forms a manifest is handed out in; each is a file name's ending."""

    pdf = "pdf"
    csv = "csv"
    paxlst = "edi"


@dataclass(frozen=True, slots=True)
class Absent:
    """A person who is booked on the flight and not on its list."""

    reference: str
    why: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A manifest, and who is booked on its flight without being on it."""

    manifest: Manifest
    absent: tuple[Absent, ...]


def listed(flight: str, on: date, *, reader: Officer) -> Listed:
    """
    Return the passenger list of one flight, each person read back from the airline; the reading is audited per person.

    On it are people whose travel document is released and whose carriage is confirmed; who is booked and is not on it
    is named with the reason, so that nobody is left behind unseen.

    Raises:
        case_file.Refused: the reader's duty does not need it, the flight is no designator, or nobody of ours is on it.
        PartnerError: the airline does not say which orders are live; a list that may be wrong is not handed out.
    """
    if not reader.may(Duty.read_manifests):
        raise case_file.Refused(
            f"Passenger lists are for travel officers, receiving officers and coordinators; officer {reader.number} "
            "is none of these."
        )
    number = "".join(flight.split()).upper()
    if FLIGHT.fullmatch(number) is None:
        raise case_file.Refused(f"{flight[:20]!r} is no flight number; write it like KE690.")
    with case_file.transaction() as session:
        booked = _booked(session, number, on)
        live = [(booking, case) for booking, case in booked if booking.state is BookingState.ticketed]
    gone = _gone_at_airline(live, number, on)
    absent: list[Absent] = []
    passengers: list[Passenger] = []
    with case_file.transaction() as session:
        for booking, case in booked:
            why = gone.get(case.reference) or _why_not(session, booking)
            if why is not None:
                absent.append(Absent(case.reference, why))
                continue
            passengers.append(_passenger(session, booking, case))
            ids = {"purpose": PURPOSE, "flight": number, "on": on.isoformat()}
            case_file.note(session, "manifest.read", actor=reader.number, about=case, ids=ids)
        if not passengers:
            reasons = "; ".join(f"{each.reference}: {each.why}" for each in absent)
            raise case_file.Refused(
                f"Nobody travels on {number} of {on.isoformat()} with a released document ({reasons}); look at the "
                "flight and its local date of departure."
                if absent
                else f"Nobody travels on {number} of {on.isoformat()} with a released document; look at the flight "
                "and its local date of departure."
            )
        manifest = Manifest(
            flight_number=number,
            legs=(_leg(booked, number, on),),
            passengers=in_order(passengers),
            made_at=now(),
            specimen=is_specimen(),
        )
    return Listed(manifest, tuple(absent))


def _booked(session: Session, number: str, on: date) -> list[tuple[Booking, RepatriationCase]]:
    """Return the live bookings of a flight with their cases, in the order of the cases."""
    rows = session.exec(
        select(Booking, RepatriationCase)
        .join(RepatriationCase, col(RepatriationCase.reference) == Booking.reference)
        .where(col(Booking.state).in_([BookingState.held, BookingState.ticketed]))
        .where(col(Booking.itinerary).contains({"segments": [{"flight_number": number}]}))
        .order_by(Booking.reference)
    )
    return [(booking, case) for booking, case in rows if leg_of(booking.route, number, on) is not None]


def _gone_at_airline(live: list[tuple[Booking, RepatriationCase]], number: str, on: date) -> dict[str, str]:
    """Return which ticketed people the airline no longer carries on the flight, and why."""
    gone: dict[str, str] = {}
    with ExitStack() as stack:
        airline: Airline | None = None
        for booking, case in live:
            # What was not booked over the airline's interface it cannot show; its proof is on file.
            if booking.lift is not Lift.scheduled:
                continue
            airline = airline or stack.enter_context(Airline())
            with disclosures.about(case.reference, "manifests.listed"):
                order = airline.read_order(booking.order_id)
            if order.is_cancelled:
                gone[case.reference] = "the airline has cancelled the order"
            elif leg_of(order.itinerary, number, on) is None:
                gone[case.reference] = "the airline has moved the order to other flights"
    return gone


def _why_not(session: Session, booking: Booking) -> str | None:
    document = case_file.open_document(session, booking.reference)
    if booking.unwanted:
        return "the seats are being given back"
    if booking.state is not BookingState.ticketed:
        return "carriage is not confirmed"
    if document is None or document.state not in (DocumentState.valid, DocumentState.cancelled):
        return "the travel document is not released"
    if case_file.is_paper_outdated(session, booking.reference, at=now()):
        return "the travel document is for other flights"
    return None


def _passenger(session: Session, booking: Booking, case: RepatriationCase) -> Passenger:
    identity = case_file.require_identity(session, case.reference)
    document = case_file.require_document(session, case.reference)
    return Passenger(
        reference=case.reference,
        surname_latin=identity.surname_latin,
        given_latin=identity.given_latin,
        name_hangul=identity.surname_hangul + identity.given_hangul,
        sex=identity.sex.value,
        born_on=identity.born_on,
        nationality=identity.nationality,
        document_number=document.number,
        document_expires_on=document.expires_on,
        record_locator=case_file.record_locator(session, booking),
        ticket_numbers=case_file.ticket_numbers(session, booking),
    )


def _leg(booked: list[tuple[Booking, RepatriationCase]], number: str, on: date) -> Segment:
    legs = (leg_of(booking.route, number, on) for booking, _ in booked)
    return next(leg for leg in legs if leg is not None)


def rendered(manifest: Manifest, form: Form) -> bytes:
    """
    Return the list in one form.

    Raises:
        paxlst.NotWritable: PAXLST cannot carry somebody's name; no list leaves without them.
    """
    match form:
        case Form.pdf:
            return paper.render(manifest)
        case Form.csv:
            return _csv(manifest)
        case Form.paxlst:
            message = paxlst.write(
                manifest, sender="HOMEWARD", recipient=manifest.carrier, party="HOMEWARD MISSION DESK",
                phone=settings().mission_phone,
            )  # fmt: skip
            return message.encode("ascii")


_CSV_HEAD = (
    "flight", "departs_on", "origin", "destination", "surname", "given_names", "name_hangul", "sex", "born_on",
    "nationality", "document_number", "document_expires_on", "issuing_state", "record_locator", "ticket_numbers",
    "case",
)  # fmt: skip

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def _csv(manifest: Manifest) -> bytes:
    """Return comma-separated UTF-8 with its mark, which spreadsheets need to show Hangul. Source: RFC 4180."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(_CSV_HEAD)
    first, last = manifest.legs[0], manifest.legs[-1]
    for each in manifest.passengers:
        cells = (
            manifest.flight_number, manifest.departs_on.isoformat(), first.origin, last.destination,
            each.surname_latin, each.given_latin, each.name_hangul, each.sex, each.born_on.isoformat(),
            each.nationality, each.document_number, each.document_expires_on.isoformat(), each.issuing_state,
            each.record_locator, " ".join(each.ticket_numbers), each.reference,
        )  # fmt: skip
        writer.writerow([_harmless(cell) for cell in cells])
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    """Return a cell that no spreadsheet calculates: one that begins like a formula begins with an apostrophe."""
    return f"'{cell}" if cell.startswith(_BEGINS_FORMULA) else cell
