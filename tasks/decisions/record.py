"""Recording: the one function behind every door that takes a decision, and what follows from each outcome."""

from dataclasses import dataclass

import pendulum
from sqlmodel import Session, col, select

from models.case import RepatriationCase, Stage, Step
from models.decision import (
    DECIDES,
    NOT_THE_DECIDER_OF,
    Answer,
    Asking,
    Decision,
    Outcome,
    Proposal,
    Question,
    ReasonCode,
    refusal,
    refused_words,
)
from models.funding import PrivatePayment
from models.handoff import too_early
from models.officer import Officer
from models.person import DECLARATION_WITHDRAWN, Wish
from tasks import case_file, officers, vault
from tasks.clock import now
from tasks.decisions import consequences, proposals
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
            consequences.follow(session, case, asking, decision)
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
