"""Itinerary, funding record and handoff receipt: what was booked, paid and signed, as papers."""

import pendulum
from sqlmodel import Session, col, select

from models.booking import Booking, BookingState
from models.case import RepatriationCase, Step, local_zone
from models.decision import Decision
from models.funding import FundingProposal, PrivatePayment
from models.handoff import Handoff, HandoffState
from models.intent import Act, Intent, IntentState
from models.ledger import LedgerPosting, LedgerTransaction, Posting
from models.money import Money
from models.officer import Role
from models.paper import PaperKind
from models.travel_document import TravelDocument
from tasks import case_file, decisions, vault
from tasks.clock import now
from tasks.papers import funding_record, handoff_receipt, itinerary
from tasks.papers.words import Words
from tasks.paperwork.shelf import is_specimen, store
from tasks.settings import settings


def store_itinerary(session: Session, case: RepatriationCase, booking: Booking) -> None:
    """Store the itinerary as it stands: held until a deadline, or ticketed."""
    identity = case_file.require_identity(session, case.reference)
    document = case_file.open_document(session, case.reference)
    ticketed = booking.state is BookingState.ticketed
    content = itinerary.ItineraryContent(
        reference=case.reference,
        traveller_hangul=identity.surname_hangul + identity.given_hangul,
        traveller_latin_as_sent=vault.open_(session, case.person_id, "names_sent", booking.names_sealed).decode(),
        itinerary=booking.route,
        record_locator=case_file.record_locator(session, booking),
        lift=booking.lift,
        ticket_numbers=case_file.ticket_numbers(session, booking),
        held_until=None if ticketed else booking.pay_by,
        document_number=document.number if document else None,
        contact_phone=settings().mission_phone,
        moment=now(),
        local_zone=local_zone(case.reference),
        specimen=is_specimen(),
    )
    store(session, case, PaperKind.itinerary, itinerary.render(content), number=content.record_locator)


def store_funding_record(session: Session, case: RepatriationCase, booking: Booking) -> None:
    """Store the funding record: every cost, the decision, the postings, and what proves payment and ticket."""
    identity = case_file.require_identity(session, case.reference)
    proposal = decisions.live(session, case.reference, Step.funding)
    decision = decisions.approval_of(session, proposal) if proposal else None
    commitment = session.exec(
        select(Intent).where(
            Intent.reference == case.reference, Intent.act == Act.commit_funds, Intent.state == IntentState.done
        )
    ).one()
    if proposal is None or decision is None:
        raise LookupError(f"{case.reference}: nothing funded to record")
    content = decisions.content_of(session, proposal)
    if not isinstance(content, FundingProposal):
        raise TypeError("a funding proposal holds something else")
    record = funding_record.FundingRecordContent(
        reference=case.reference,
        traveller_hangul=identity.surname_hangul + identity.given_hangul,
        traveller_latin=f"{identity.surname_latin} {identity.given_latin}",
        costs=content.costs,
        commitment_id=str(commitment.id),
        decision=funding_record.FundingDecision(
            officer=decision.officer, reason_code=decision.reason_code.value, decided_at=decision.decided_at
        ),
        private_payments=tuple(_private_payments(session, case.reference)),
        transactions=tuple(_transactions(session, case.reference)),
        evidence=tuple(_evidence(session, booking)),
        moment=now(),
        local_zone=local_zone(case.reference),
        specimen=is_specimen(),
    )
    store(session, case, PaperKind.funding_record, funding_record.render(record), number=str(commitment.id)[:8])


def _private_payments(session: Session, reference: str) -> list[funding_record.PrivatePaymentNote]:
    rows = session.exec(
        select(PrivatePayment)
        .where(col(PrivatePayment.reference).in_(case_file.references_of(session, reference)))
        .order_by(col(PrivatePayment.noted_at))
    )
    return [
        funding_record.PrivatePaymentNote(
            payer=row.payer, amount=Money(row.amount_minor, row.currency), noted_at=row.noted_at
        )
        for row in rows
    ]


def _transactions(session: Session, reference: str) -> list[funding_record.PostedTransaction]:
    posted = []
    for transaction in session.exec(
        select(LedgerTransaction)
        .where(LedgerTransaction.reference == reference)
        .order_by(col(LedgerTransaction.posted_at))
    ).all():
        lines = session.exec(
            select(LedgerPosting)
            .where(LedgerPosting.transaction_id == transaction.id)
            .order_by(col(LedgerPosting.line))
        )
        postings = tuple(Posting(p.account, p.item, Money(p.amount_minor, p.currency)) for p in lines)
        posted.append(
            funding_record.PostedTransaction(
                entry=transaction.entry, posted_at=transaction.posted_at, postings=postings
            )
        )
    return posted


def _evidence(session: Session, booking: Booking) -> list[funding_record.Evidence]:
    order = funding_record.Evidence(
        what=Words("항공사 주문", "Airline order"), reference=booking.order_id, at=booking.read_at
    )
    tickets = [
        funding_record.Evidence(what=Words("전자 항공권", "Electronic ticket"), reference=number, at=booking.read_at)
        for number in case_file.ticket_numbers(session, booking)
    ]
    return [order, *tickets]


def store_handoff_receipt(
    session: Session, case: RepatriationCase, handoff: Handoff, document: TravelDocument, decision: Decision
) -> None:
    """Store the receipt: who received whom, off which flight, and what became of the paper."""
    identity = case_file.require_identity(session, case.reference)
    last = case_file.require_booking(session, case.reference).route.segments[-1]
    content = handoff_receipt.HandoffReceiptContent(
        reference=case.reference,
        name_hangul=identity.surname_hangul + identity.given_hangul,
        name_latin=f"{identity.surname_latin} {identity.given_latin}",
        handed_over_by=case.owner,
        handed_over_role=Role.coordinator,
        receiving_agency=handoff.agency,
        receiving_officer=decision.officer,
        place=f"{last.destination_name} ({last.destination})",
        flight_number=last.flight_number,
        arrives_at=last.arrives_at,
        received_at=decision.decided_at,
        document_number=document.number,
        document_collected_at=decision.decided_at,
        document_cancelled_at=document.moved_at,
        items=(),
        follow_up_on=handoff.follow_up_on or pendulum.today().date(),
        refusals=tuple(_refusals(session, case.reference)),
        decision_id=str(decision.id),
        decision_digest=decision.digest or "",
        moment=now(),
        local_zone=local_zone(case.reference),
        specimen=is_specimen(),
    )
    store(session, case, PaperKind.handoff_receipt, handoff_receipt.render(content), number=str(decision.id)[:8])


def _refusals(session: Session, reference: str) -> list[handoff_receipt.Refusal]:
    rows = session.exec(
        select(Handoff)
        .where(Handoff.reference == reference, Handoff.state == HandoffState.refused)
        .order_by(col(Handoff.answered_at))
    )
    return [
        handoff_receipt.Refusal(agency=row.agency, reason=_reason(session, row), refused_at=row.answered_at)
        for row in rows
        if row.answered_at is not None
    ]


def _reason(session: Session, refused: Handoff) -> str:
    if refused.refusal_sealed is None:
        return "no reason given"
    return vault.open_(session, refused.person_id, "refusal", refused.refusal_sealed).decode()
