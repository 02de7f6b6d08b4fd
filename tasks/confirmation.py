"""Confirmation: whether a document is good now, for anybody who holds one, and what a border partner may see of it."""

import re
from dataclasses import dataclass
from datetime import date

from sqlmodel import select

from models.instrument import Instrument
from models.itinerary import Itinerary
from models.officer import Duty, Officer
from models.stock import IN_FORCE, StockState
from models.travel_document import DocumentState, StockNumber, TravelDocument
from tasks import case_file
from tasks.clock import now
from tasks.expiry import today

_NUMBER = re.compile(r"[A-Z0-9]{9}")
_NOBODYS = "-" * 9
"""No number looks like it: what cannot be one is looked for all the same, so that it takes as long."""


def is_valid_now(number: str, expires_on: str) -> bool:
    """
    Return whether a document with this number and last day of validity (YYYY-MM-DD) is good at this moment.

    Whatever is given, the same question is put to the case database; nothing tells a wrong number from an old one.
    """
    day = _day(expires_on)
    found = _found(number)
    if found is None or day is None:
        return False
    document, state = found
    in_force = document.state is DocumentState.valid and state in IN_FORCE
    return in_force and document.expires_on == day and today(document, at=now()) <= document.expires_on


def _found(number: str) -> tuple[TravelDocument, StockState] | None:
    typed = number.strip().upper().replace(" ", "")
    sought = typed if _NUMBER.fullmatch(typed) else _NOBODYS
    with case_file.transaction() as session:
        found = session.exec(
            select(TravelDocument, StockNumber).join(StockNumber).where(TravelDocument.number == sought)
        ).first()
    return None if found is None else (found[0], found[1].state)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Details:
    """What a border partner may see of a document: enough to compare it with the paper, and nothing of the case."""

    number: str
    state: StockState
    is_valid_now: bool
    instrument: Instrument
    issued_on: date | None
    expires_on: date
    surname_latin: str | None
    given_latin: str | None
    born_on: date | None
    route: str | None
    """Airports in their order."""


def details(number: str, *, reader: Officer) -> Details | None:
    """
    Return what a border partner sees of a released document, each look noted; None where none has this number.

    Raises:
        case_file.Refused: no duty of the reader needs it.
    """
    if not reader.may(Duty.compare_documents):
        raise case_file.Refused(f"Documents are compared by border partners; officer {reader.number} is none.")
    found = _found(number)
    with case_file.transaction() as session:
        if found is None or found[0].paper_id is None:
            ids = {"purpose": "document compared", "found": "false"}
            case_file.note(session, "document.compared", actor=reader.number, ids=ids, values={"number": number})
            return None
        document, state = found
        case = case_file.load(session, document.reference)
        ids = {"purpose": "document compared", "found": "true"}
        values: dict[str, str | None] = {"number": document.number}
        case_file.note(session, "document.compared", actor=reader.number, about=case, ids=ids, values=values)
        holder = case_file.identity(session, document.reference)
        way = Itinerary.model_validate(document.itinerary) if document.itinerary else None
    return Details(
        number=document.number,
        state=state,
        is_valid_now=is_valid_now(document.number, document.expires_on.isoformat()),
        instrument=document.instrument,
        issued_on=document.issued_on,
        expires_on=document.expires_on,
        surname_latin=holder.surname_latin if holder else None,
        given_latin=holder.given_latin if holder else None,
        born_on=holder.born_on if holder else None,
        route=" – ".join([way.origin, *(each.destination for each in way.segments)]) if way else None,
    )
