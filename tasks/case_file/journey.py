"""Where a case is: its facts, the step that comes next, and the one door for status changes."""

from pendulum import DateTime
from sqlmodel import Session, col, select

from models.booking import Booking, BookingState, has_departed, is_live
from models.case import (
    REACHED,
    CaseStatus,
    JourneyFacts,
    RepatriationCase,
    Step,
    Trouble,
    is_reference,
    next_step,
)
from models.disruption import Disruption, DisruptionKind, is_at_the_border
from models.handoff import Handoff, HandoffState
from models.intent import Act, Intent, IntentState
from models.itinerary import Itinerary
from models.person import ConfirmedIdentity
from models.travel_document import DocumentState, TravelDocument
from models.verification import ROUTED_HITS, LookoutHit
from tasks import vault
from tasks.case_file import audit
from tasks.case_file.connection import transaction
from tasks.case_file.meanwhile import refuse_if_written
from tasks.clock import now
from tasks.trouble import NeedsPerson

RUN = "run"
"""The actor of what the journey does by itself."""


class UnknownCase(Exception):
    """No case has this reference."""

    def __init__(self, reference: str) -> None:
        # What is not a reference is not repeated: it may be a name, and this text may reach the engine.
        words = f"No case has the reference {reference}" if is_reference(reference) else "That is not a case reference"
        super().__init__(f"{words}; one looks like KHM-2026-0042.")


def load(session: Session, reference: str, *, lock: bool = False) -> RepatriationCase:
    """
    Return a case, locked against other writers until the transaction ends if asked.

    Raises:
        UnknownCase: there is none.
    """
    if not is_reference(reference):
        # Not looked for: it comes from a form, and may be no text a database takes.
        raise UnknownCase(reference)
    query = select(RepatriationCase).where(RepatriationCase.reference == reference)
    case = session.exec(query.with_for_update() if lock else query).first()
    if case is None:
        raise UnknownCase(reference)
    if lock:
        refuse_if_written(session, reference)
    return case


def move(session: Session, case: RepatriationCase, status: CaseStatus, *, actor: str = RUN) -> None:
    """Change a case's status through its table of moves, and note it in the audit trail; nothing else."""
    before = case.status
    case.move_to(status, at=now())
    session.add(case)
    audit.note(
        session,
        "case.moved",
        actor=actor,
        about=case,
        ids={"from": before.value, "to": status.value},
    )


def facts(session: Session, case: RepatriationCase, *, at: DateTime) -> JourneyFacts:
    """Return what still holds of a case at this moment."""
    booking = live_booking(session, case.reference)
    document = open_document(session, case.reference)
    agreed = booking is not None and is_agreed(session, booking, at=at) and seats_are_ours(session, booking, at=at)
    ticketed = booking is not None and booking.state is BookingState.ticketed
    covered = document is not None and (_covers(document, booking) or is_out_of_reach(session, case.reference, at=at))
    return JourneyFacts(
        closed=case.is_closed,
        ending=case.ending,
        in_trouble=open_trouble(session, case.reference) is not None,
        lookout_open=bool(open_hits(session, case.reference)),
        identity_holds=identity(session, case.reference) is not None,
        authorisation_holds=document is not None and document.state is not DocumentState.proposed,
        # A flight that left without the person carries nobody; one that left with them is not sought again.
        seats_hold=agreed and (covered or not has_departed(booking, at=at)),
        carriage_confirmed=agreed and ticketed,
        document_released=covered,
        handed_over=_is_received(session, case.reference),
    )


def seats_are_ours(session: Session, booking: Booking, *, at: DateTime) -> bool:
    """Return whether seats are wanted and live; a payment begun keeps them past the deadline, whatever came of it."""
    if booking.unwanted:
        return False
    return is_live(booking, at=at) or is_payment_begun(session, booking)


def is_agreed(session: Session, booking: Booking, *, at: DateTime) -> bool:
    """
    Return whether the travel officer's agreement stands, even with seats that are still to be paid.

    What it rested on may lapse until the seats are paid; from then on the release asks about that.
    """
    if booking.agreed_decision_id is None:
        return False
    return booking.agreed_until is None or at < booking.agreed_until or is_payment_begun(session, booking)


def is_payment_begun(session: Session, booking: Booking) -> bool:
    """Return whether the order of a booking is paid, or may be."""
    begun = col(Intent.state).in_([IntentState.sending, IntentState.unknown, IntentState.done])
    paid = select(Intent.id).where(Intent.act == Act.pay_order, Intent.subject == booking.order_id, begun)
    return session.exec(paid.limit(1)).first() is not None


def is_travelling(session: Session, reference: str, *, at: DateTime) -> bool:
    """Return whether the person has left with a released document: from then on nothing is undone."""
    booking, document = live_booking(session, reference), open_document(session, reference)
    taken = booking is not None and booking.state is BookingState.ticketed and not booking.unwanted
    left = taken and has_departed(booking, at=at)
    return left and document is not None and document.state is not DocumentState.proposed and bool(document.paper_id)


def is_out_of_reach(session: Session, reference: str, *, at: DateTime) -> bool:
    """
    Return whether a person with a released document may be behind the border, where nobody can hand them another.

    From then on their paper stands, whatever becomes of the flights; until an officer reports that they were not taken
    aboard.
    """
    document = open_document(session, reference)
    if document is None or document.state is not DocumentState.valid or document.itinerary is None:
        return False
    reported = select(Disruption.id).where(
        Disruption.reference == reference,
        Disruption.kind == DisruptionKind.off_loaded,
        Disruption.found_at >= document.moved_at,
    )
    printed = Itinerary.model_validate(document.itinerary)
    return is_at_the_border(printed, at=at) and session.exec(reported.limit(1)).first() is None


def is_paper_outdated(session: Session, reference: str, *, at: DateTime) -> bool:
    """Return whether a released paper no longer covers the journey, and its holder can be handed another."""
    booking, document = live_booking(session, reference), open_document(session, reference)
    if document is None or document.state is not DocumentState.valid or _covers(document, booking):
        return False
    return not is_out_of_reach(session, reference, at=at)


def _covers(document: TravelDocument, booking: Booking | None) -> bool:
    """Return whether a valid sheet prints the journey as it is now ticketed."""
    if document.state is not DocumentState.valid or document.itinerary is None or booking is None:
        return document.state is DocumentState.cancelled
    return Itinerary.model_validate(document.itinerary).same_flights(booking.route)


def next_step_of(reference: str) -> Step | None:
    """Return the step that comes next; a status that states more, or less, than holds is moved there first."""
    with transaction() as session:
        case = load(session, reference, lock=True)
        step = next_step(facts(session, case, at=now()))
        if step is None or step.stage is None:
            return step
        reached = _status_before(step)
        if case.status is not reached and _is_further(case.status, reached):
            audit.tell(session, reference, f"Went back from {case.status} to {reached}: a stage no longer held.")
            move(session, case, reached)
        elif case.status is not reached and _is_further(reached, case.status):
            # A new sheet for seats that were paid already: what came after the authorisation still holds.
            audit.tell(session, reference, f"Went on from {case.status} to {reached}: the stages between still hold.")
            for status in _between(case.status, reached):
                move(session, case, status)
        return step


def _between(status: CaseStatus, reached: CaseStatus) -> list[CaseStatus]:
    order = list(REACHED)
    return order[order.index(status) + 1 : order.index(reached) + 1]


def _status_before(step: Step) -> CaseStatus:
    steps = list(REACHED.values())
    done_by = {Step.lookout: Step.verification}.get(step, step)
    return list(REACHED)[steps.index(done_by) - 1]


def _is_further(status: CaseStatus, other: CaseStatus) -> bool:
    order = list(REACHED)
    return order.index(status) > order.index(other)


def identity(session: Session, reference: str) -> ConfirmedIdentity | None:
    """Return who the person is confirmed to be, if an officer has confirmed it."""
    return session.exec(
        select(ConfirmedIdentity).where(
            ConfirmedIdentity.reference == reference, col(ConfirmedIdentity.superseded_at).is_(None)
        )
    ).first()


def open_document(session: Session, reference: str) -> TravelDocument | None:
    """Return the case's travel document that is proposed, authorised, valid or already taken in; not a void one."""
    return session.exec(
        select(TravelDocument)
        .where(TravelDocument.reference == reference, TravelDocument.state != DocumentState.void)
        .order_by(col(TravelDocument.moved_at).desc())
    ).first()


def live_booking(session: Session, reference: str) -> Booking | None:
    """Return the case's booking that is held or ticketed."""
    return session.exec(
        select(Booking).where(
            Booking.reference == reference, col(Booking.state).in_([BookingState.held, BookingState.ticketed])
        )
    ).first()


def require_identity(session: Session, reference: str) -> ConfirmedIdentity:
    """Return the confirmed identity, or raise NeedsPerson."""
    found = identity(session, reference)
    if found is None:
        raise NeedsPerson("not_confirmed", "The person's identity is not confirmed; go on and an officer is asked.")
    return found


def require_document(session: Session, reference: str) -> TravelDocument:
    """Return the open travel document, or raise NeedsPerson."""
    found = open_document(session, reference)
    if found is None:
        raise NeedsPerson("no_document", "No travel document is open in this case; go on and one will be proposed.")
    return found


def require_booking(session: Session, reference: str) -> Booking:
    """Return the live booking, or raise NeedsPerson."""
    found = live_booking(session, reference)
    if found is None:
        raise NeedsPerson("no_booking", "The case has no live booking; go on and seats will be searched.")
    return found


def record_locator(session: Session, booking: Booking) -> str:
    """Return the airline's six characters for a booking."""
    return vault.open_text(session, booking.person_id, "record_locator", booking.record_locator_sealed)


def ticket_numbers(session: Session, booking: Booking) -> tuple[str, ...]:
    """Return the ticket numbers of a booking; none before it is ticketed."""
    if booking.ticket_numbers_sealed is None:
        return ()
    return tuple(vault.open_text(session, booking.person_id, "ticket_numbers", booking.ticket_numbers_sealed).split())


def require_handoff(session: Session, reference: str) -> Handoff:
    """Return the live offer to a receiver, or raise NeedsPerson."""
    found = live_handoff(session, reference)
    if found is None:
        raise NeedsPerson("no_receiver", "Nobody has accepted the person; choose a receiver, then go on.")
    return found


def open_trouble(session: Session, reference: str) -> Trouble | None:
    """Return what presently stands in the way of a case."""
    return session.exec(
        select(Trouble).where(Trouble.reference == reference, col(Trouble.resolved_at).is_(None))
    ).first()


def open_hits(session: Session, reference: str) -> list[LookoutHit]:
    """Return the lookout hits that no routed decision covers yet, in the order they were found."""
    return list(
        session.exec(
            select(LookoutHit)
            .where(
                LookoutHit.reference == reference,
                col(LookoutHit.kind).in_(ROUTED_HITS),
                col(LookoutHit.decision_id).is_(None),
                col(LookoutHit.superseded_at).is_(None),
            )
            .order_by(col(LookoutHit.found_at), col(LookoutHit.id))
        )
    )


def live_handoff(session: Session, reference: str) -> Handoff | None:
    """Return the case's offer to a receiver that was not refused."""
    return session.exec(
        select(Handoff).where(Handoff.reference == reference, Handoff.state != HandoffState.refused)
    ).first()


def _is_received(session: Session, reference: str) -> bool:
    handoff = live_handoff(session, reference)
    return handoff is not None and handoff.state is HandoffState.received
