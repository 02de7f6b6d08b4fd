"""Losses: a number lost or stolen is out of use at once, and told to the lost-document list until that has heard."""

from datetime import date
from uuid import UUID

import pendulum
from sqlmodel import Session, col, select

from models.case import RepatriationCase
from models.message import AlarmKind
from models.stock import LossReport, MoveReason, StockState
from models.travel_document import TravelDocument
from tasks import alarms, case_file, disclosures, stock, vault
from tasks.clock import now
from tasks.partners.errors import PartnerError
from tasks.partners.lookouts import Lookouts

_SEALED_AS = "place of loss"

TOLD_WITHIN = pendulum.duration(hours=1)
"""Beyond it a person tells the list by telephone."""


def report(
    number: str, *, stolen: bool, lost_on: date | None, place: str | None, officer: str
) -> tuple[LossReport, str | None]:
    """
    Write down that a sheet is lost or stolen; from this moment it is good for nothing. Nobody was told yet.

    Return the report, and the reference of the case whose journey has to go on with another number, if one does.

    Raises:
        case_file.Refused: an unknown number, one that was reported before, or a day in the future.
    """
    at = now()
    if place is not None and len(place) > 200:
        raise case_file.Refused("Name the place of loss in a few words.")
    with case_file.transaction() as session:
        row = stock.known(session, number)
        if lost_on is not None and lost_on > at.add(days=1).date():
            raise case_file.Refused("It cannot have been lost in the future; correct --on.")
        document = session.exec(select(TravelDocument).where(TravelDocument.number == number)).first()
        to = StockState.stolen if stolen else StockState.lost
        waits = stock.take_out(session, number, to, reason=MoveReason.reported, officer=officer)
        case = case_file.load(session, row.reference) if row.reference else None
        sealed = vault.seal_text(session, case.person_id, _SEALED_AS, place) if case and place else None
        made = LossReport(
            number=number,
            reference=row.reference,
            stolen=stolen,
            issued_on=document.issued_on if document else None,
            expires_on=document.expires_on if document and document.issued_on else None,
            lost_on=lost_on,
            place=None if case else place,
            place_sealed=sealed,
            office=row.mission,
            reported_at=at,
            reported_by=officer,
        )
        session.add(made)
        ids = {"circumstance": to.value}
        case_file.note(session, "loss.reported", actor=officer, about=case, ids=ids, values={"number": number})
    return made, waits


def tell(report_id: UUID) -> bool:
    """
    Tell the lost-document list of a report; return whether it knows now. Told twice is told once.

    Raises:
        PartnerError: it did not take it; it stays owed.
    """
    with case_file.transaction() as session:
        owed = session.get_one(LossReport, report_id)
        if owed.told_at is not None:
            return True
        place = _place(session, owed)
    with disclosures.about(owed.reference, "losses.tell"), Lookouts() as lookouts:
        lookouts.report_lost(
            owed.id,
            number=owed.number,
            stolen=owed.stolen,
            issued_on=owed.issued_on,
            expires_on=owed.expires_on,
            lost_on=owed.lost_on,
            place=place,
            office=owed.office,
        )
    with case_file.transaction() as session:
        row = session.get_one(LossReport, report_id, with_for_update=True)
        if row.told_at is None:
            row.told_at = now()
            session.add(row)
            case = _case(session, row)
            case_file.note(session, "loss.told", actor=case_file.RUN, about=case, values={"number": row.number})
    return True


def tell_of(reference: str) -> None:
    """
    Tell the reports a case still owes, before it gets another document.

    Source: ICAO Doc 9303-2 §6.1, no new document before the report of the old one has been filed.

    Raises:
        PartnerError: the list did not take one; nothing new is issued until it does.
    """
    with case_file.transaction() as session:
        owed = session.exec(
            select(LossReport.id).where(LossReport.reference == reference, col(LossReport.told_at).is_(None))
        ).all()
    for report_id in owed:
        tell(report_id)


def tell_owed() -> int:
    """Tell every report the list has not taken yet; return how many are still owed."""
    with case_file.transaction() as session:
        owed = session.exec(
            select(LossReport.id).where(col(LossReport.told_at).is_(None)).order_by(col(LossReport.reported_at))
        ).all()
    untold = 0
    for report_id in owed:
        try:
            tell(report_id)
        except PartnerError:
            # The line is dead, or it was refused; the next round tells it again under the same id.
            untold += 1
            _sound_late(report_id)
    return untold


def _sound_late(report_id: UUID) -> None:
    with case_file.transaction() as session:
        owed = session.get_one(LossReport, report_id)
        if now() - owed.reported_at >= TOLD_WITHIN:
            alarms.sound(session, _case(session, owed), AlarmKind.loss_not_told, about=f"{owed.number} {owed.id}")


def _place(session: Session, owed: LossReport) -> str | None:
    if owed.place_sealed is None or owed.reference is None:
        return owed.place
    person_id = case_file.load(session, owed.reference).person_id
    try:
        return vault.open_text(session, person_id, _SEALED_AS, owed.place_sealed)
    except vault.Erased:
        # The number must still be told; where it was lost went with the person.
        return None


def _case(session: Session, row: LossReport) -> RepatriationCase | None:
    return case_file.load(session, row.reference) if row.reference else None
