"""Consequences: what follows from each outcome at once, without a partner; the run draws the others."""

from sqlmodel import Session

from models.case import RepatriationCase, Stage, Step, Trouble
from models.decision import Asking, Decision, Outcome, ReasonCode
from models.handoff import HandoffState
from models.hit import TELL_WITHIN, HitRouting
from models.intent import Act, IntentState
from models.officer import Officer
from models.verification import LookoutHit
from tasks import case_file, intents, vault
from tasks.clock import now
from tasks.decisions import proposals, wish
from tasks.decisions.gate import open_trouble
from tasks.decisions.voiding import void_from


def follow(session: Session, case: RepatriationCase, asking: Asking, decision: Decision) -> None:
    """Draw the consequences of an outcome that need no partner."""
    session.flush()
    sealed = decision.reason_sealed
    said = vault.open_(session, case.person_id, "reason", sealed).decode() if sealed else None
    match decision.outcome:
        case Outcome.approve:
            _follow_approval(session, case, asking, decision)
        case Outcome.return_:
            stage = decision.to_stage or asking.step.stage or _troubled_stage(session, case)
            void_from(session, case, stage)
            resolved = _resolve_trouble(session, case)
            if asking.step is Step.help:
                wish.heed(session, case, resolved.step if resolved else Step.verification)
            else:
                words = f"{decision.officer} returned the case to {stage}: {decision.reason_code}. Correct it, go on."
                open_trouble(session, case, asking.step, code="returned", words=words, said=said)
        case Outcome.reject if asking.step is Step.handoff:
            _refuse_at_arrival(session, case, decision)
        case Outcome.reject:
            end_journey(session, case)
        case Outcome.ask:
            words = f"{decision.officer} asks at {asking.step}: {decision.reason_code}. Answer, then go on."
            open_trouble(session, case, asking.step, code="asked", words=words, said=said)


def _follow_approval(session: Session, case: RepatriationCase, asking: Asking, decision: Decision) -> None:
    if asking.step is Step.lookout:
        for hit in case_file.open_hits(session, case.reference):
            hit.decision_id = decision.id
            session.add_all([hit, _routing(session, hit, decision)])
    if asking.step is Step.help:
        trouble = _resolve_trouble(session, case)
        if trouble is not None and decision.reason_code is ReasonCode.treat_as_not_done:
            _abandon_unknown(session, case, decision)
        wish.heed(session, case, trouble.step if trouble else Step.verification)


def _routing(session: Session, hit: LookoutHit, decision: Decision) -> HitRouting:
    """Return who decided on an entry for which agency: telling the one that holds it is theirs, and has its time."""
    return HitRouting(
        reference=decision.reference, hit_id=hit.id, decision_id=decision.id, owner=decision.officer,
        agency=session.get_one(Officer, decision.officer).agency, tell_by=decision.decided_at + TELL_WITHIN,
        routed_at=now(),
    )  # fmt: skip


def _abandon_unknown(session: Session, case: RepatriationCase, decision: Decision) -> None:
    """Treat the act nobody can find at the partner as not done, because a named officer said so."""
    # A payment is looked for before a hold is, so that is the one the officer was asked about.
    for act in (Act.pay_order, Act.hold_seats):
        intent = intents.unsettled(session, case.reference, act)
        if intent is not None:
            words = f"{decision.officer} decided to treat it as not done"
            intents.settle(session, intent, IntentState.abandoned, words=words)
            case_file.tell(session, case.reference, f"{decision.officer} decided to treat {act} as not done.")
            return


def _resolve_trouble(session: Session, case: RepatriationCase) -> Trouble | None:
    trouble = case_file.open_trouble(session, case.reference)
    if trouble is not None:
        trouble.resolved_at = now()
        session.add(trouble)
        proposal = proposals.live(session, case.reference, Step.help)
        if proposal is not None:
            proposals.supersede(session, proposal)
        session.flush()
    return trouble


def trouble_is_over(reference: str, code: str) -> bool:
    """Take away a trouble of this code that went by itself, with its question; return whether it stood open."""
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        trouble = case_file.open_trouble(session, reference)
        if trouble is None or trouble.code != code:
            return False
        _resolve_trouble(session, case)
        wish.heed(session, case, trouble.step)
        return True


def _troubled_stage(session: Session, case: RepatriationCase) -> Stage:
    trouble = case_file.open_trouble(session, case.reference)
    return (trouble.step.stage if trouble else None) or Stage.verification


def _refuse_at_arrival(session: Session, case: RepatriationCase, decision: Decision) -> None:
    """After boarding nothing is undone: the receiver's no frees the case for another receiver, and somebody is told."""
    handoff = case_file.live_handoff(session, case.reference)
    if handoff is not None:
        handoff.state = HandoffState.refused
        session.add(handoff)
    proposal = proposals.live(session, case.reference, Step.handoff)
    if proposal is not None:
        proposals.supersede(session, proposal)
    words = f"The receiver refused at arrival: {decision.reason_code}. Choose another receiver now, then go on."
    open_trouble(session, case, Step.handoff, code="receiver_refused", words=words)


def end_journey(session: Session, case: RepatriationCase) -> None:
    """Have the run undo what was done; the person stays in the owner's charge."""
    _resolve_trouble(session, case)
    case.ending = True
    session.add(case)
