"""Expiry: a document whose last day has passed unused is good for nothing, and its journey goes on with another."""

from datetime import date
from uuid import UUID

import pendulum
from sqlmodel import col, select

from models.case import HOME_ZONE, local_zone
from models.message import AlarmKind
from models.stock import MoveReason, StockState
from models.travel_document import DocumentState, TravelDocument
from tasks import alarms, case_file, decisions, doorbell, numbers
from tasks.rounds import Round

_DECIDED = (DocumentState.authorised, DocumentState.valid)


def today(document: TravelDocument, *, at: pendulum.DateTime) -> date:
    """Return the day where it was issued or at home, whichever is earlier: a last day ends with its evening."""
    return min(at.in_timezone(zone).date() for zone in (local_zone(document.reference), HOME_ZONE))


def end_expired(*, at: pendulum.DateTime, within: Round | None = None) -> int:
    """
    Take out of use, each for good, the documents whose last day has passed; return how many were.

    A journey that has not begun goes on with another number. Of a holder who has left the paper stands, since it was
    good when they left; until somebody signs for them that is an alarm. A number that was only authorised is void.
    """
    this_round = within or Round("reminding")
    with case_file.transaction() as session:
        decided = select(TravelDocument).where(col(TravelDocument.state).in_(_DECIDED))
        standing = session.exec(decided.order_by(TravelDocument.reference)).all()
    ended = 0
    for document in standing:
        if today(document, at=at) <= document.expires_on:
            continue
        with this_round.alone(document.reference):
            if _ended(document.reference, document.id, at=at):
                ended += 1
                doorbell.wake(document.reference)
    return ended


def _ended(reference: str, document_id: UUID, *, at: pendulum.DateTime) -> bool:
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        document = session.get_one(TravelDocument, document_id)
        if document.state not in _DECIDED or today(document, at=at) <= document.expires_on:
            return False
        if case_file.is_travelling(session, reference, at=at) or case_file.is_out_of_reach(session, reference, at=at):
            alarms.sound(session, case, AlarmKind.expired_on_the_way, about=document.number)
            return False
        if document.state is DocumentState.valid:
            by, reason = case_file.RUN, MoveReason.last_day_passed
            numbers.move(session, document.number, StockState.expired, by=by, reason=reason)
        values: dict[str, str | None] = {"number": document.number}
        case_file.note(session, "document.expired", actor=case_file.RUN, about=case, values=values)
        case_file.tell(session, reference, "The document's last day passed and nobody travelled on it.")
        alarms.clear_of(session, case, AlarmKind.not_delivered)
        decisions.replace_sheet(session, case)
        return True
