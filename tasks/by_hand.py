"""Booking by hand: seats an officer arranged by telephone, from what they typed in to what they cancelled there."""

import hashlib
from dataclasses import dataclass

import pendulum
from sqlmodel import Session, col, select

from models.booking import Booking, Lift, name_to_send, own_deadline
from models.by_hand import SUBJECT, TICKET, ManualBooking, ProofKind, locator_fits
from models.case import RepatriationCase, Step
from models.instrument import Instrument
from models.intent import Act, IntentState
from models.itinerary import Itinerary, Segment
from models.money import Money
from models.officer import Duty, Officer
from models.person import Sex
from models.transit import refusal_words, refused_at
from models.travel_document import Envelope
from tasks import case_file, custody, disclosures, document_rules, intents, representation, route, vault
from tasks.clock import now
from tasks.partners.airline import Cancellation, Order
from tasks.partners.document_check import DocumentCheck
from tasks.trouble import NeedsPerson
from tasks.typed_flights import itinerary_of

_TITLES = {Sex.female: " MS", Sex.male: " MR", Sex.unspecified: ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What an officer types in of a booking made by telephone."""

    lift: Lift
    flights: tuple[str, ...]
    """Each as `tasks.typed_flights` reads it."""
    record_locator: str
    """Of a charter the line on its list."""
    ticket_numbers: tuple[str, ...]
    total: Money
    pay_by: pendulum.DateTime | None
    """None where the airline set no deadline."""
    proof_kind: ProofKind
    proof: bytes
    told_by: str


def enter(reference: str, typed: Typed, *, officer: Officer) -> ManualBooking:
    """
    Write down seats booked by telephone; the run then proposes them as it proposes any others.

    Raises:
        ValueError: something typed cannot be; one sentence.
        case_file.Refused: not this officer's duty, no authorised document, seats held already, or a route the person
            may not travel.
        PartnerError: the document check does not answer.
    """
    if not officer.may(Duty.book_by_hand):
        raise case_file.Refused(
            f"Seats by telephone are for travel officers and coordinators; officer {officer.number} is neither."
        )
    way = _itinerary(typed)
    with case_file.transaction() as session:
        case = case_file.load_open(session, reference)
        instrument = _refuse_unready(session, case, way)
        rules = document_rules.standing(session, instrument)
    with DocumentCheck() as check, disclosures.about(reference, "by_hand.enter"):
        on = way.segments[0].departs_local.date()
        refused = refused_at(way, route.answers_for([way], check, instrument=instrument, on=on, rules=rules))
    if refused:
        said = "; ".join(refusal_words(point, answer) for point, answer in refused)
        raise case_file.Refused(f"The document check says {said}; book a route the document is accepted on.")
    return _store(reference, typed, way, officer)


def _itinerary(typed: Typed) -> Itinerary:
    way = itinerary_of(typed.flights)
    if len(way.segments) > 1 and len(set(typed.ticket_numbers)) > 1:
        raise ValueError(
            f"With a ticket for each flight the holder goes through the border at {way.transit_points[0]}; have both "
            "on one ticket, or book another route."
        )
    if way.departs_at <= now():
        raise ValueError("The flight has left already; check its date.")
    if not locator_fits(typed.lift, typed.record_locator):
        raise ValueError("That is no record locator; it has five to eight capitals and digits, like X7K2PQ.")
    if any(TICKET.fullmatch(number) is None for number in typed.ticket_numbers):
        raise ValueError("A ticket number has 13 digits, like 1802400123456; leave it out until it is issued.")
    if typed.total.amount_minor < 0:
        raise ValueError("A price is not negative.")
    if not 0 < len(typed.told_by.strip()) <= 120:
        raise ValueError("Say in a few words who took the booking, with --told-by.")
    if typed.pay_by is not None and typed.pay_by <= now():
        raise ValueError("The deadline to pay has passed; check --pay-by.")
    return way


def _refuse_unready(session: Session, case: RepatriationCase, way: Itinerary) -> Instrument:
    reference = case.reference
    document = case_file.open_document(session, reference)
    if document is None or not document.envelope or case_file.identity(session, reference) is None:
        raise case_file.Refused(f"Case {reference} has no authorised travel document yet; seats come after it.")
    envelope = Envelope.model_validate(document.envelope)
    if (wrong := route.objection(way, envelope=envelope)) is not None:
        raise case_file.Refused(wrong)
    if open_entry(session, reference) is not None:
        raise case_file.Refused(
            f"Seats by telephone are on file for {reference}; cancel them there first, then `homeward case unbook`."
        )
    if intents.unsettled(session, reference, Act.hold_seats) is not None:
        raise case_file.Refused(
            "An order of ours may exist at the airline; find out first, so that nobody flies twice."
        )
    booking = case_file.live_booking(session, reference)
    if booking is not None and case_file.seats_are_ours(session, booking, at=now()):
        raise case_file.Refused("Seats are held for this person; have the booking returned first, then book by hand.")
    return document.instrument


def _store(reference: str, typed: Typed, way: Itinerary, officer: Officer) -> ManualBooking:
    sha256 = hashlib.sha256(typed.proof).hexdigest()
    with case_file.transaction() as session:
        case = case_file.load_open(session, reference)
        _refuse_unready(session, case, way)
        entry = ManualBooking(
            reference=reference,
            person_id=case.person_id,
            lift=typed.lift,
            itinerary=way.model_dump(mode="json"),
            amount_minor=typed.total.amount_minor,
            currency=typed.total.currency,
            pay_by=own_deadline(payment_required_by=typed.pay_by or way.departs_at, departs_at=way.departs_at),
            record_locator_sealed=vault.seal_text(session, case.person_id, "record_locator", typed.record_locator),
            ticket_numbers_sealed=vault.seal_text(
                session, case.person_id, "ticket_numbers", " ".join(typed.ticket_numbers)
            ),
            proof_sealed=vault.seal(session, case.person_id, "booking_proof", typed.proof),
            proof_kind=typed.proof_kind,
            proof_sha256=sha256,
            told_by=typed.told_by.strip(),
            entered_at=now(),
            entered_by=officer.number,
        )
        session.add(entry)
        session.flush()
        ids = {"entry": str(entry.id), "lift": typed.lift.value, "proof_sha256": sha256}
        case_file.note(session, "seats.entered", actor=officer.number, about=case, ids=ids)
        case_file.tell(session, reference, f"{officer.number} wrote down seats booked by telephone.")
        return entry


def open_entry(session: Session, reference: str) -> ManualBooking | None:
    """Return the seats by hand of a case that were not cancelled."""
    return session.exec(
        select(ManualBooking).where(ManualBooking.reference == reference, col(ManualBooking.cancelled_at).is_(None))
    ).first()


def entry_of(session: Session, booking: Booking) -> ManualBooking | None:
    """Return what an officer wrote down of a booking; None for one made over the airline's interface."""
    if not booking.order_id.startswith(SUBJECT):
        return None
    return session.exec(select(ManualBooking).where(ManualBooking.id == booking.order_id.removeprefix(SUBJECT))).one()


def is_entered(reference: str) -> bool:
    """Return whether seats by hand wait to become the case's booking."""
    with case_file.transaction() as session:
        entry = open_entry(session, reference)
        return entry is not None and entry.taken_at is None


def take(reference: str) -> None:
    """
    Make the seats an officer wrote down the case's booking; nobody outside is asked for anything.

    The intent is of the same kind as for a hold at an airline, so the database lets a person have one or the other.

    Raises:
        case_file.CaseFileConflict: the person has live seats in another case.
    """
    representation.refuse_passenger(reference, Step.booking)
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        entry = open_entry(session, reference)
        if entry is None or entry.taken_at is not None:
            return
        route = Itinerary.model_validate(entry.itinerary)
        if not custody.claim_place(session, case, route):
            raise NeedsPerson(
                "flight_full",
                "The flight has as many people in custody as its carrier takes; cancel these seats there, write it "
                "down with `homeward case unbook`, then go on, or stop.",
            )
        identity = case_file.require_identity(session, reference)
        intent = intents.write(
            session, case, Act.hold_seats, entry.order_id, registry_id=identity.registry_id, payload={"by": "hand"},
            route=route,
        )  # fmt: skip
        sent = f"{name_to_send(identity.surname_latin)}/{name_to_send(identity.given_latin)}{_TITLES[identity.sex]}"
        locator = vault.open_text(session, case.person_id, "record_locator", entry.record_locator_sealed)
        booking = Booking(
            reference=reference,
            person_id=case.person_id,
            intent_id=intent.id,
            lift=entry.lift,
            order_id=entry.order_id,
            offer_id=entry.order_id,
            record_locator_sealed=vault.seal_text(session, case.person_id, "record_locator", locator),
            itinerary=entry.itinerary,
            amount_minor=entry.amount_minor,
            currency=entry.currency,
            pay_by=entry.pay_by,
            names_sealed=vault.seal(session, case.person_id, "names_sent", sent.encode()),
            read_at=now(),
        )
        entry.taken_at = now()
        session.add_all([booking, entry])
        intents.settle(session, intent, IntentState.done, result_id=entry.order_id)
        case_file.tell(session, reference, "The seats booked by telephone are the case's.")


def order(booking: Booking) -> Order:
    """Return a booking by hand in the form an airline's order is read back in; the proof stands for the airline."""
    with case_file.transaction() as session:
        row = session.get_one(Booking, booking.id)
        entry = entry_of(session, row)
        if entry is None:
            raise LookupError(f"{booking.reference}: not booked by hand")
        paid = intents.done(session, row.reference, Act.pay_order, row.order_id) is not None
        tickets = vault.open_text(session, row.person_id, "ticket_numbers", entry.ticket_numbers_sealed)
        return Order(
            order_id=row.order_id,
            offer_id=None,
            intent_id=str(row.intent_id),
            record_locator=case_file.record_locator(session, row),
            itinerary=row.route,
            slice_ids=(),
            total=entry.total,
            is_paid=paid,
            payment_required_by=entry.pay_by,
            price_guaranteed_until=None,
            ticket_numbers=tuple(tickets.split()),
            is_cancelled=entry.cancelled_at is not None,
        )


def note_payment(session: Session, case: RepatriationCase, booking: Booking) -> None:
    """Record the payment made by telephone as done; nothing is sent to anybody."""
    intent = intents.write(session, case, Act.pay_order, booking.order_id)
    intents.settle(session, intent, IntentState.done, words="paid by telephone")


def cancel(reference: str, *, told_by: str, refund: Money | None, officer: Officer) -> None:
    """
    Write down that seats by hand were cancelled by telephone too, and what comes back.

    Raises:
        case_file.Refused: there are none, they are still wanted, or the refund cannot be.
    """
    if not officer.may(Duty.book_by_hand):
        raise case_file.Refused(
            f"Seats by telephone are for travel officers and coordinators; officer {officer.number} is neither."
        )
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        entry, booking = open_entry(session, reference), case_file.live_booking(session, reference)
        if entry is None:
            raise case_file.Refused(f"Case {reference} has no seats booked by telephone that stand.")
        if (
            entry.taken_at is not None
            and booking is not None
            and not case.ending
            and case_file.seats_are_ours(session, booking, at=now())
        ):
            raise case_file.Refused("These seats are wanted; have the booking returned, or the journey stopped, first.")
        if refund is not None and (refund.currency != entry.currency or refund.amount_minor < 0):
            raise case_file.Refused(f"The refund is an amount in {entry.currency}, in which the seats were paid.")
        if not 0 < len(told_by.strip()) <= 120:
            raise case_file.Refused("Say in a few words who cancelled them there, with --told-by.")
        entry.cancelled_at, entry.cancelled_by, entry.cancelled_told_by = now(), officer.number, told_by.strip()
        entry.refund_minor = refund.amount_minor if refund else None
        session.add(entry)
        case_file.note(session, "seats.unbooked", actor=officer.number, about=case, ids={"entry": str(entry.id)})
        case_file.tell(session, reference, f"{officer.number} wrote down that the seats were cancelled by telephone.")


def given_back(booking: Booking) -> Cancellation:
    """
    Return what came back for seats by hand that were cancelled by telephone.

    Raises:
        NeedsPerson: nobody has cancelled them there yet.
    """
    with case_file.transaction() as session:
        entry = entry_of(session, session.get_one(Booking, booking.id))
        if entry is None or entry.cancelled_at is None:
            raise _cancel_there()
        return Cancellation(
            cancellation_id=str(entry.id), order_id=booking.order_id, refund=entry.refund, refund_to="balance",
            credits=(), expires_at=None, confirmed_at=entry.cancelled_at,
        )  # fmt: skip


def refuse_uncancelled(reference: str) -> None:
    """
    Ask a person to cancel seats by hand that never became the case's booking, before its journey ends.

    Raises:
        NeedsPerson: such seats stand.
    """
    if is_entered(reference):
        raise _cancel_there()


def _cancel_there() -> NeedsPerson:
    return NeedsPerson(
        "cancel_by_telephone",
        "The seats were booked by telephone: cancel them there, write it down with `homeward case unbook`, then go on.",
    )


@dataclass(frozen=True, slots=True)
class Written:
    """What an officer reads of seats by hand that stand; never their locator, their tickets or their price."""

    lift: Lift
    flights: tuple[Segment, ...]
    told_by: str
    entered_by: str
    entered_at: pendulum.DateTime
    is_taken: bool
    """Whether they are the case's booking."""
    currency: str
    """Of the price, and of what comes back."""


def written(reference: str, *, reader: Officer) -> Written | None:
    """
    Return the seats by hand of a case that were not cancelled, and note who read them; None without any.

    Raises:
        case_file.Refused: the reader neither books by telephone nor reads proofs.
    """
    if not reader.may(Duty.book_by_hand):
        case_file.refuse_without(Duty.read_proofs, reader)
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        ids = {"purpose": "seats by telephone"}
        case_file.note(session, "person.read", actor=reader.number, about=case, ids=ids)
        entry = open_entry(session, reference)
        if entry is None:
            return None
        return Written(
            lift=entry.lift, flights=entry.route.segments, told_by=entry.told_by, entered_by=entry.entered_by,
            entered_at=entry.entered_at, is_taken=entry.taken_at is not None, currency=entry.currency,
        )  # fmt: skip


def proof(reference: str, *, reader: Officer) -> tuple[ProofKind, bytes]:
    """
    Return the proof of a case's seats by hand as it came, and note who read it.

    Raises:
        case_file.Refused: the reader's duty does not need it, or there is none.
        vault.SealBroken: it is not the file that was stored.
    """
    if not reader.may(Duty.read_proofs):
        raise case_file.Refused(
            f"Proofs of seats are for travel, funding and issuing officers and coordinators; officer {reader.number} "
            "is none of these."
        )
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        entry = open_entry(session, reference)
        if entry is None:
            raise case_file.Refused(f"Case {reference} has no seats booked by telephone that stand.")
        content = vault.open_(session, entry.person_id, "booking_proof", entry.proof_sealed)
        if hashlib.sha256(content).hexdigest() != entry.proof_sha256:
            raise vault.SealBroken(f"the proof of {reference} is not the one that was stored")
        ids = {"purpose": "proof of seats", "sha256": entry.proof_sha256}
        case_file.note(session, "proof.read", actor=reader.number, about=case, ids=ids)
        return entry.proof_kind, content
