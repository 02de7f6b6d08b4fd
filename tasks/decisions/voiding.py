"""Going back: which facts no longer hold when a case returns to an earlier stage."""

from sqlmodel import Session, col, select

from models.booking import Booking
from models.case import RepatriationCase, Stage, Step
from models.decision import Proposal
from models.stock import MOVES, StockState
from models.travel_document import DocumentState, StockNumber
from models.verification import Examination, LookoutHit
from tasks import case_file, numbers
from tasks.clock import now
from tasks.decisions import proposals

_STEPS: dict[Stage, tuple[Step, ...]] = {
    Stage.verification: (Step.lookout, Step.verification),
    Stage.travel_document: (Step.authorise, Step.release),
    Stage.booking: (Step.booking,),
    Stage.funding: (Step.funding,),
    Stage.handoff: (Step.handoff,),
}


def void_from(session: Session, case: RepatriationCase, stage: Stage) -> None:
    """Take away what a stage and those after it rest on; what needs a partner to undo, the run undoes."""
    stages = list(Stage)
    later = stages[stages.index(stage) :]
    steps = {step for each in later for step in _STEPS[each]}
    standing = session.exec(
        select(Proposal).where(
            Proposal.reference == case.reference,
            col(Proposal.step).in_(steps),
            col(Proposal.superseded_at).is_(None),
        )
    ).all()
    for proposal in standing:
        proposals.supersede(session, proposal)
    if Stage.verification in later:
        _void_identity(session, case)
    if Stage.travel_document in later:
        void_document(session, case)
    if Stage.booking in later:
        _disagree_booking(session, case)
    session.flush()


def _void_identity(session: Session, case: RepatriationCase) -> None:
    at = now()
    identity = case_file.identity(session, case.reference)
    if identity is not None:
        identity.superseded_at = at
        session.add(identity)
    examinations = select(Examination).where(
        Examination.reference == case.reference, col(Examination.superseded_at).is_(None)
    )
    for examination in session.exec(examinations):
        examination.superseded_at = at
        session.add(examination)
    hits = select(LookoutHit).where(LookoutHit.reference == case.reference, col(LookoutHit.superseded_at).is_(None))
    for hit in session.exec(hits):
        hit.superseded_at = at
        session.add(hit)


def void_document(session: Session, case: RepatriationCase) -> None:
    """Void a document that nobody travels on yet, and its number for ever."""
    document = case_file.open_document(session, case.reference)
    if document is None or document.state is DocumentState.cancelled:
        return
    document.state, document.moved_at = DocumentState.void, now()
    session.add(document)
    # One that is spoiled, lost or stolen says more than void.
    if StockState.void in MOVES[session.get_one(StockNumber, document.number).state]:
        numbers.move(session, document.number, StockState.void, by=case_file.RUN)
    case_file.note(
        session,
        "document.voided",
        actor=case_file.RUN,
        about=case,
        values={"number": document.number},
    )
    case_file.tell(session, case.reference, "The document's number was voided.")


def replace_sheet(session: Session, case: RepatriationCase) -> None:
    """Take away a sheet that can no longer be used, with everything that rests on its number; the seats stay."""
    for step in (*_STEPS[Stage.travel_document], Step.handoff):
        proposal = proposals.live(session, case.reference, step)
        if proposal is not None:
            proposals.supersede(session, proposal)
    void_document(session, case)


def _disagree_booking(session: Session, case: RepatriationCase) -> None:
    # Of lapsed seats too: the same flights held again would take up the decision that was taken away.
    for each in session.exec(select(Booking).where(Booking.reference == case.reference)).all():
        each.agreed_decision_id = each.agreed_amount_minor = None
        session.add(each)
    booking = case_file.live_booking(session, case.reference)
    if booking is not None:
        booking.unwanted = True
        session.add(booking)
