"""Proposing: the held seats before the travel officer, and the officer's approval carried out."""

from sqlmodel import Session

from models.booking import Booking, BookingProposal
from models.case import CaseStatus, RepatriationCase, Step
from models.travel_document import Envelope
from tasks import (
    by_hand,
    case_file,
    companions,
    custody,
    decisions,
    escorts,
    medical,
    paperwork,
    representation,
    route,
    vault,
)
from tasks.booking.carrier import assistance, custody_words, escort_words_of, refuse_unanswered
from tasks.clock import now
from tasks.trouble import NeedsPerson


def envelope_of(session: Session, reference: str) -> Envelope:
    """Return where the authorised document lets the person travel."""
    document = case_file.open_document(session, reference)
    if document is None:
        raise NeedsPerson("no_document", "No travel document is authorised; go on and an officer will be asked.")
    return Envelope.model_validate(document.envelope)


def propose_booking(reference: str) -> None:
    """Put the held flights, the price, the deadline and the names as sent before the travel officer."""
    representation.refuse_passenger(reference, Step.booking)
    with case_file.transaction() as session:
        case, at = case_file.load(session, reference, lock=True), now()
        booking = case_file.require_booking(session, reference)
        custody.refuse_crowded(session, case, booking.route)
        if (medif_by := medical.medif_by(session, case, booking)) is not None and at >= medif_by:
            _turn_down(
                session, case, booking, code="seats_too_soon",
                words="These seats leave too soon for what the airline must be told; go on to seek later ones.",
                said="The airline no longer takes a medical form (MEDIF) for them.",
            )  # fmt: skip
            return
        names = vault.open_(session, case.person_id, "names_sent", booking.names_sealed).decode()
        entry = by_hand.entry_of(session, booking)
        content = BookingProposal(
            salt=vault.salt(session, case.person_id, "booking"),
            lift=booking.lift,
            itinerary=booking.route,
            record_locator=case_file.record_locator(session, booking),
            order_id=booking.order_id,
            total=f"{booking.total.amount:f}",
            currency=booking.currency,
            pay_by=booking.pay_by.to_iso8601_string(),
            names_as_sent=names,
            custody=assistance(session, case),
            custody_rule=custody_words(session, case, booking),
            escorts=escort_words_of(session, case, booking),
            travel_group=escorts.group_words(session, booking),
            outside_envelope=route.objection(booking.route, envelope=envelope_of(session, reference)),
            medical_clearance=medical.words(session, case, booking, at=at),
            entered_by=entry.entered_by if entry else None,
            told_by=entry.told_by if entry else None,
            proof_sha256=entry.proof_sha256 if entry else None,
        )
        if content.outside_envelope is not None:
            # The airline may sell other flights than it offered.
            _turn_down(
                session, case, booking, code="outside_envelope",
                words=f"The order is outside the envelope: {content.outside_envelope}. Go on to seek other seats.",
            )  # fmt: skip
            return
        ends = (booking.pay_by, medif_by, medical.stands_until(session, case, at=at))
        decisions.propose(session, case, Step.booking, content, valid_until=min(end for end in ends if end))


def _turn_down(
    session: Session, case: RepatriationCase, booking: Booking, *, code: str, words: str, said: str | None = None
) -> None:
    booking.unwanted = True
    session.add(booking)
    decisions.open_trouble(session, case, Step.booking, code=code, words=words, said=said)


def agree(reference: str) -> None:
    """Carry out the travel officer's approval: the seats are agreed, and the itinerary paper shows them."""
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        decision = decisions.approval(session, reference, Step.booking, at=now())
        booking = case_file.require_booking(session, reference)
        if decision is not None:
            booking.agreed_decision_id, booking.agreed_amount_minor = decision.id, booking.amount_minor
            booking.agreed_until = medical.stands_until(session, case, at=now())
            booking.agreed_with = companions.together(session, booking)
        if not case_file.is_agreed(session, booking, at=now()):
            raise NeedsPerson("no_decision", "What was agreed lapsed before it was carried out; go on and it is asked.")
        refuse_unanswered(session, case, booking)
        session.add(booking)
        paperwork.store_itinerary(session, case, booking)
        case_file.move(session, case, CaseStatus.booked)


def is_agreed(reference: str) -> bool:
    """Return whether the live seats carry the travel officer's agreement from an earlier hold."""
    with case_file.transaction() as session:
        return case_file.is_agreed(session, case_file.require_booking(session, reference), at=now())
