"""Handoff: offer the person to a receiver, propose the receipt, and bring the case home."""

from uuid import uuid4

from sqlmodel import Session

from models.case import HOME_ZONE, CaseStatus, RepatriationCase, Step
from models.decision import Decision
from models.handoff import Handoff, HandoffProposal, HandoffState, follow_up_on
from models.intent import Act, Intent, IntentState
from models.message import AlarmKind
from models.person import Category
from models.representation import GUARDIAN
from models.stock import IN_FORCE, StockState
from models.travel_document import DocumentState, StockNumber
from tasks import alarms, case_file, decisions, intents, numbers, paperwork, representation, screened, vault
from tasks.calls import read_call
from tasks.clock import now
from tasks.partners.border_control import BorderControl, Holder
from tasks.partners.receiving_agency import ReceivingAgency
from tasks.trouble import NeedsPerson

# Never by name, here and in the timeline: whoever reads that the police receive somebody knows what they are.
_REFUSED = "The receiver refused; choose another with `homeward case receiver`, then go on."
_SILENT = "The receiver has not answered yet; call them, or choose another, then go on."

CARE = (Category.patient, Category.minor)
"""Categories a receiver must prepare for; what a person is to the law is not among them."""


def offer_to_receiver(reference: str) -> str:
    """
    Offer the person to the chosen agency, intent first, or read how the offer stands; return who accepted.

    Raises:
        NeedsPerson: not answered yet, refused with a reason, or somebody who may not receive this person yet.
    """
    with case_file.transaction() as session:
        is_released = case_file.load(session, reference).status is CaseStatus.released
    representation.refuse_unready(reference, Step.handoff if is_released else Step.release)
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        handoff = case_file.live_handoff(session, reference)
        needs = needs_of(session, case)
        last = case_file.require_booking(session, reference).route.segments[-1]
        arrival = f"{last.flight_number} {last.arrives_at.in_timezone('UTC').to_iso8601_string()} {','.join(needs)}"
        if handoff is not None and not _offered_for(session, handoff, arrival):
            # They said yes, or were asked, for another arrival: an offer under one id says one thing only.
            _take_back(session, handoff)
            handoff = None
        if handoff is not None and handoff.state is HandoffState.accepted:
            return handoff.answered_by or handoff.agency
        if handoff is None:
            handoff = _new_offer(session, case, arrival)
    with ReceivingAgency() as agency:
        answer = agency.offer(
            handoff.intent_id,
            reference=reference,
            agency=handoff.agency,
            needs=needs,
            flight_number=last.flight_number,
            arrives_at=last.arrives_at,
        )
    with case_file.transaction() as session:
        row = session.get_one(Handoff, handoff.id, with_for_update=True)
        intent = session.get_one(Intent, row.intent_id, with_for_update=True)
        if answer.status == "offered":
            intents.settle(session, intent, IntentState.unknown, words="no answer yet")
        else:
            row.state = HandoffState(answer.status)
            row.answered_by, row.answered_at = answer.answered_by, now()
            if answer.refusal_reason:
                row.refusal_sealed = vault.seal(session, case.person_id, "refusal", answer.refusal_reason.encode())
            session.add(row)
            accepted = row.state is HandoffState.accepted
            intents.settle(session, intent, IntentState.done if accepted else IntentState.refused)
            case_file.tell(session, reference, f"The receiver {answer.status} the person.")
            if not accepted:
                step = Step.handoff if case.status is CaseStatus.released else Step.release
                # Opened here, because the agency's own words must not travel in an exception.
                decisions.open_trouble(
                    session, case, step, code="receiver_refused", words=_REFUSED,
                    said=f"{row.agency}: {answer.refusal_reason or 'no reason given'}",
                )  # fmt: skip
    if answer.status == "offered":
        with case_file.transaction() as session:
            case = case_file.load(session, reference, lock=True)
            step = Step.handoff if is_released else Step.release
            representation.ask_quietly(session, case, step, code="receiver_silent", words=_SILENT, said=handoff.agency)
        raise NeedsPerson("receiver_silent", _SILENT)
    if answer.status == "refused":
        raise NeedsPerson(
            "receiver_refused",
            _REFUSED,
        )
    return answer.answered_by or handoff.agency


def _offered_for(session: Session, handoff: Handoff, arrival: str) -> bool:
    return session.get_one(Intent, handoff.intent_id).subject.endswith(f":{arrival}")


def _take_back(session: Session, handoff: Handoff) -> None:
    handoff.state = HandoffState.refused
    session.add(handoff)
    intents.settle(session, session.get_one(Intent, handoff.intent_id), IntentState.undone, words="offered anew")
    session.flush()


def _new_offer(session: Session, case: RepatriationCase, arrival: str) -> Handoff:
    subject = f"{case.reference}:{case.receiving_agency}:{uuid4()}:{arrival}"
    intent = intents.write(session, case, Act.offer_to_receiver, subject)
    handoff = Handoff(
        reference=case.reference, person_id=case.person_id, intent_id=intent.id, agency=case.receiving_agency
    )
    session.add(handoff)
    return handoff


def needs_of(session: Session, case: RepatriationCase) -> list[str]:
    """Return the care the person needs on arrival."""
    held = case_file.categories(session, case.person_id)
    return [category.value for category in CARE if category in held]


@read_call
def propose_receipt(reference: str) -> None:
    """Make sure somebody is there to receive, and put the arrival before the receiving officer."""
    offer_to_receiver(reference)
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        handoff, document = (
            case_file.require_handoff(session, reference),
            case_file.require_document(session, reference),
        )
        last = case_file.require_booking(session, reference).route.segments[-1]
        identity = case_file.require_identity(session, reference)
        content = HandoffProposal(
            salt=vault.salt(session, case.person_id, "handoff"),
            name_hangul=identity.surname_hangul + identity.given_hangul,
            name_latin=f"{identity.surname_latin} {identity.given_latin}",
            flight_number=last.flight_number,
            arrives=f"{last.destination} {last.arrives_local:%Y-%m-%d %H:%M} ({last.destination_zone})",
            document_number=document.number,
            agency=handoff.agency,
            needs=tuple(needs_of(session, case)),
            guardian=_guardian(session, case, handoff),
            victim_memo=screened.memo(session, case) if representation.is_police(handoff.agency) else None,
        )
        decisions.propose(session, case, Step.handoff, content)


def _guardian(session: Session, case: RepatriationCase, handoff: Handoff) -> str | None:
    row = representation.guardian(session, case) if handoff.agency == GUARDIAN else None
    if row is None or row.proof is None:
        return None
    return f"{representation.name_of(session, row)}, {row.relation.value}; {row.verified_by}: {row.proof.value}"


@read_call
def complete(reference: str) -> None:
    """Send the signed receipt, take the document out of circulation, and bring the case home."""
    with case_file.transaction() as session:
        decision = decisions.approval(session, reference, Step.handoff, at=now())
        if decision is None:
            raise NeedsPerson("no_decision", "Nobody signed for the person yet; go on and the receiver will be asked.")
        handoff, document = (
            case_file.require_handoff(session, reference),
            case_file.require_document(session, reference),
        )
        identity = case_file.require_identity(session, reference)
    with ReceivingAgency() as agency:
        agency.send_receipt(
            decision.id,
            offer_id=handoff.intent_id,
            received_by=decision.officer,
            received_at=decision.decided_at,
            number=document.number,
        )
    with BorderControl() as border:
        border.register(
            document.number,
            Holder(identity.surname_latin, identity.given_latin, identity.born_on),
            instrument=document.instrument.value,
            status="cancelled",
            expires_on=document.expires_on,
        )
    _bring_home(reference, decision)


def _take_in(session: Session, number: str, officer: str) -> None:
    """Note that the holder came home on the sheet and that it was cancelled; one that was lost on the way was not."""
    if session.get_one(StockNumber, number).state in IN_FORCE:
        numbers.move(session, number, StockState.used, by=case_file.RUN)
        numbers.move(session, number, StockState.returned, by=officer)


def _bring_home(reference: str, decision: Decision) -> None:
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        handoff, document = (
            case_file.require_handoff(session, reference),
            case_file.require_document(session, reference),
        )
        document.border_status = "cancelled"
        handoff.state, handoff.received_by, handoff.received_at = (
            HandoffState.received,
            decision.officer,
            decision.decided_at,
        )
        handoff.follow_up_on = follow_up_on(decision.decided_at.in_timezone(HOME_ZONE).date())
        document.state, document.moved_at = DocumentState.cancelled, now()
        session.add_all([handoff, document])
        session.flush()
        _take_in(session, document.number, decision.officer)
        alarms.clear_of(session, case, AlarmKind.expired_on_the_way)
        case_file.note(
            session,
            "person.received",
            actor=decision.officer,
            about=case,
            ids={"agency": handoff.agency},
            values={"number": document.number},
        )
        case_file.tell(
            session,
            reference,
            f"Received by {decision.officer}; document taken in and cancelled; "
            f"first follow-up on {handoff.follow_up_on}.",
        )
        case_file.move(session, case, CaseStatus.home)
        paperwork.store_handoff_receipt(session, case, handoff, document, decision)
