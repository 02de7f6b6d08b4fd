"""Recording: the one function behind every door that takes a decision, and what follows from each outcome."""

from dataclasses import dataclass
from typing import Any

import pendulum
from sqlmodel import Session, col, select

from models.case import RepatriationCase, Stage, Step, Trouble
from models.decision import (
    DECIDES,
    NOT_THE_DECIDER_OF,
    REASONS,
    Answer,
    Asking,
    Decision,
    Door,
    Outcome,
    Proposal,
    Question,
    ReasonCode,
    refusal,
    refused_words,
)
from models.funding import PrivatePayment
from models.handoff import HandoffState, too_early
from models.intent import Act, IntentState
from models.officer import Officer, Role
from models.person import DECLARATION_WITHDRAWN, Wish
from tasks import case_file, intents, officers, vault
from tasks.clock import now
from tasks.decisions import proposals
from tasks.decisions.gate import open_trouble
from tasks.decisions.voiding import void_from
from tasks.settings import Mode, settings


class AnswerRefused(Exception):
    """An answer was not taken; the text is one clear sentence, safe to show anywhere."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of an answer."""

    decision: Decision
    asking: Asking | None


def record(reference: str, step_or_stage: str | None, answer: Answer) -> Recorded:
    """
    Take an officer's answer to the question that waits in a case, through whichever door it came.

    `step_or_stage` is what the officer believes they decide; None where the door shows only one question. The code is
    spent even when the answer is refused afterwards: whoever saw it typed must not be able to use it again.

    Raises:
        AnswerRefused: one sentence that says why and what to do.
        case_file.UnknownCase: no such case.
    """
    with case_file.transaction() as session:
        waiting = _waiting(session, reference, step_or_stage)
        if (words := refused_words(answer, waiting.step)) is not None:
            raise AnswerRefused(words)
    try:
        officer, time_step = officers.prove(answer.officer, answer.code, on="decision")
    except officers.NotProved as unproved:
        raise AnswerRefused(str(unproved)) from None
    try:
        return _judge_and_store(reference, step_or_stage, answer, officer, time_step)
    except case_file.CaseFileConflict as conflict:
        if conflict.constraint == "decision_asking_id_key":
            raise AnswerRefused("Somebody else decided this a moment ago; look at the case again.") from None
        raise


def _judge_and_store(
    reference: str, step_or_stage: str | None, answer: Answer, officer: Officer, time_step: int
) -> Recorded:
    at = now()
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        asking = _waiting(session, reference, step_or_stage)
        proposal = session.get_one(Proposal, asking.proposal_id)
        question = _question(session, case, asking, proposal)
        refused = refusal(answer, question, officer, at=at) or _refused_by_journey(session, case, asking, answer, at=at)
        if refused is None:
            decision = _stored(
                session, case, asking, answer=answer, officer=officer, question=question, time_step=time_step, at=at
            )
            _follow(session, case, asking, decision)
            return Recorded(decision, asking)
        case_file.note(
            session,
            "decision.refused",
            actor=officer.number,
            about=case,
            ids={"step": asking.step.value, "door": answer.door.value},
        )
    raise AnswerRefused(refused)


def _waiting(session: Session, reference: str, step_or_stage: str | None) -> Asking:
    case_file.load(session, reference)
    asking = proposals.open_asking(session, reference)
    if asking is None:
        raise AnswerRefused(f"Nothing waits for a decision in case {reference}.")
    named = {asking.step.value, asking.step.stage.value if asking.step.stage else asking.step.value}
    if step_or_stage is not None and step_or_stage not in named:
        raise AnswerRefused(f"Case {reference} waits at {asking.step.value}, not at {step_or_stage}.")
    return asking


def _question(session: Session, case: RepatriationCase, asking: Asking, proposal: Proposal) -> Question:
    examined = NOT_THE_DECIDER_OF.get(asking.step)
    payees = session.exec(
        select(PrivatePayment.payer_officer).where(
            PrivatePayment.reference == case.reference, col(PrivatePayment.payer_officer).is_not(None)
        )
    ).all()
    return Question(
        step=asking.step,
        digest=proposal.digest,
        requester=case.opened_by,
        valid_until=proposal.valid_until,
        examiner=_examiner(session, case.reference) if examined else None,
        payees=frozenset(payee for payee in payees if payee),
    )


def _examiner(session: Session, reference: str) -> str | None:
    """Return who confirmed the identity that stands; the approval's proposal may be superseded, the person is not."""
    identity = case_file.identity(session, reference)
    return session.get_one(Decision, identity.decision_id).officer if identity else None


def _refused_by_journey(
    session: Session, case: RepatriationCase, asking: Asking, answer: Answer, *, at: pendulum.DateTime
) -> str | None:
    # A drill's time is compressed: its person lands before the real clock says so, and its papers are specimens.
    if answer.reason_code == ReasonCode.treat_as_not_done.value:
        trouble = case_file.open_trouble(session, case.reference)
        if asking.step is not Step.help or trouble is None or trouble.code != "outcome_unknown":
            return "treat_as_not_done fits only where nobody knows whether an act was done."
    if asking.step is Step.help and answer.outcome == Outcome.approve.value:
        trouble = case_file.open_trouble(session, case.reference)
        declared = case_file.declaration(session, case.person_id)
        if trouble and trouble.code == DECLARATION_WITHDRAWN and declared and declared.wish is not Wish.return_home:
            return "The person's last word is not to return; record a new declaration first, or reject."
    goes_back = answer.outcome == Outcome.return_.value and asking.step is not Step.handoff
    if case.ending and goes_back:
        return "The journey is being undone; approve to try again."
    stops = answer.outcome == Outcome.reject.value and asking.step is not Step.handoff
    to_handoff = answer.to_stage == Stage.handoff.value
    if (stops or (goes_back and not to_handoff)) and case_file.is_travelling(session, case.reference, at=at):
        return "The person is on the way; nothing is undone after boarding. Go on, and page the duty consul."
    booking = case_file.live_booking(session, case.reference)
    if asking.step is Step.handoff and settings().mode is Mode.live and booking is not None:
        return too_early(departs_at=booking.route.departs_at, at=at)
    return None


def _stored(
    session: Session,
    case: RepatriationCase,
    asking: Asking,
    *,
    answer: Answer,
    officer: Officer,
    question: Question,
    time_step: int,
    at: pendulum.DateTime,
) -> Decision:
    reason = answer.reason.strip().encode() if answer.reason and answer.reason.strip() else None
    decision = Decision(
        asking_id=asking.id,
        reference=case.reference,
        step=asking.step,
        proposal_id=asking.proposal_id,
        digest=question.digest,
        outcome=Outcome(answer.outcome),
        reason_code=ReasonCode(answer.reason_code),
        reason_sealed=vault.seal(session, case.person_id, "reason", reason) if reason else None,
        to_stage=Stage(answer.to_stage) if answer.to_stage else None,
        officer=officer.number,
        role=DECIDES[asking.step],
        requester=case.opened_by,
        examiner=question.examiner,
        door=answer.door,
        code_time_step=time_step,
        decided_at=at,
    )
    session.add(decision)
    asking.closed_at = at
    session.add(asking)
    session.flush()
    case_file.note(
        session,
        "decision.recorded",
        actor=officer.number,
        about=case,
        ids={
            "decision_id": str(decision.id),
            "step": asking.step.value,
            "outcome": decision.outcome.value,
            "reason_code": decision.reason_code.value,
            "digest": question.digest,
            "door": answer.door.value,
        },
    )
    case_file.tell(
        session,
        case.reference,
        f"{officer.number} ({decision.role.value}) decided {asking.step.value}: {decision.outcome.value}, "
        f"{decision.reason_code.value}.",
    )
    return decision


def _follow(session: Session, case: RepatriationCase, asking: Asking, decision: Decision) -> None:
    """Draw the consequences of an outcome that need no partner; the run draws the others."""
    session.flush()
    sealed = decision.reason_sealed
    said = vault.open_(session, case.person_id, "reason", sealed).decode() if sealed else None
    match decision.outcome:
        case Outcome.approve:
            _follow_approval(session, case, asking, decision)
        case Outcome.return_:
            stage = decision.to_stage or asking.step.stage or _troubled_stage(session, case)
            void_from(session, case, stage)
            _resolve_trouble(session, case)
            if asking.step is not Step.help:
                words = f"{decision.officer} returned the case to {stage}: {decision.reason_code}. Correct it, go on."
                open_trouble(session, case, asking.step, code="returned", words=words, said=said)
        case Outcome.reject if asking.step is Step.handoff:
            _refuse_at_arrival(session, case, decision)
        case Outcome.reject:
            _end(session, case)
        case Outcome.ask:
            words = f"{decision.officer} asks at {asking.step}: {decision.reason_code}. Answer, then go on."
            open_trouble(session, case, asking.step, code="asked", words=words, said=said)


def _follow_approval(session: Session, case: RepatriationCase, asking: Asking, decision: Decision) -> None:
    if asking.step is Step.lookout:
        for hit in case_file.open_hits(session, case.reference):
            hit.decision_id = decision.id
            session.add(hit)
    if asking.step is Step.help:
        trouble = _resolve_trouble(session, case)
        if trouble is not None and decision.reason_code is ReasonCode.treat_as_not_done:
            _abandon_unknown(session, case, decision)


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


def _end(session: Session, case: RepatriationCase) -> None:
    _resolve_trouble(session, case)
    case.ending = True
    session.add(case)


def cancel(reference: str, *, officer_number: str, code: str, reason_code: str, door: Door) -> Decision:
    """
    Stop a journey for the coordinator; the run undoes what was done, and the person stays in the owner's charge.

    Raises:
        AnswerRefused: wrong code, wrong role, a closed case, or the person has left already.
    """
    fitting = [reason.value for reason in REASONS[Outcome.cancel]]
    if reason_code not in fitting:
        raise AnswerRefused(f"Choose a reason code that fits cancel: {', '.join(fitting)}.")
    with case_file.transaction() as session:
        case_file.load(session, reference)
    try:
        officer, time_step = officers.prove(officer_number, code, on="cancel")
    except officers.NotProved as unproved:
        raise AnswerRefused(str(unproved)) from None
    at = now()
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        if (refused := _not_cancellable(session, case, officer, at=at)) is not None:
            raise AnswerRefused(refused)
        proposals.close_question(session, reference)
        decision = Decision(
            reference=reference,
            step=Step.ending,
            outcome=Outcome.cancel,
            reason_code=ReasonCode(reason_code),
            officer=officer.number,
            role=Role.coordinator,
            requester=case.opened_by,
            door=door,
            code_time_step=time_step,
            decided_at=at,
        )
        session.add(decision)
        _end(session, case)
        case_file.note(
            session,
            "decision.recorded",
            actor=officer.number,
            about=case,
            ids={"decision_id": str(decision.id), "step": "ending", "outcome": "cancel", "reason_code": reason_code},
        )
        case_file.tell(session, reference, f"{officer.number} cancelled the journey: {reason_code}.")
        return decision


def _not_cancellable(
    session: Session, case: RepatriationCase, officer: Officer, *, at: pendulum.DateTime
) -> str | None:
    if not officer.holds(Role.coordinator):
        return f"Officer {officer.number} does not hold the role coordinator; ask an officer who does."
    if case.is_closed or case.ending:
        return f"Case {case.reference} is over already: {case.status}."
    if case_file.is_travelling(session, case.reference, at=at):
        return "The person is on the way; nothing is undone after boarding. Page the duty consul."
    return None


def answer_from_form(reply: dict[str, Any]) -> Answer:
    """Return what a Resume form brought, whatever it is; judging it is `record`'s work, and nothing here raises."""

    def word(name: str) -> str:
        value = reply.get(name)
        return value.strip() if isinstance(value, str) else ""

    to_stage = word("to_stage")
    return Answer(
        officer=word("officer"),
        code=word("code"),
        seen=word("seen"),
        outcome=word("decision"),
        reason_code=word("reason_code"),
        to_stage=to_stage if to_stage in Stage.__members__ else None,
        door=Door.resume_form,
    )


def hear(reference: str, reply: dict[str, Any] | None) -> None:
    """
    Judge what woke a run: an answer in the Resume form, a decision made at another door, or nothing at all.

    An answer that is not taken is noted on its question, and the next question says why.
    """
    with case_file.transaction() as session:
        asking = proposals.open_asking(session, reference)
    if asking is None:
        return
    refused = "The run was resumed without an answer; nothing was decided."
    if reply:
        try:
            record(reference, asking.step.value, answer_from_form(reply))
        except AnswerRefused as refusal_:
            refused = str(refusal_)
        else:
            return
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        asking = session.get_one(Asking, asking.id, with_for_update=True)
        if asking.closed_at is None:
            asking.refused = refused
            session.add(asking)
            case_file.note(session, "resume.without_decision", actor=case_file.RUN, about=case)
            case_file.tell(session, reference, f"Resumed without a valid decision: {refused}")


def last_question(reference: str) -> Asking | None:
    """Return the newest question of a case, answered or not; its form may still lie in the engine."""
    with case_file.transaction() as session:
        return session.exec(
            select(Asking).where(Asking.reference == reference).order_by(col(Asking.asked_at).desc()).limit(1)
        ).first()
