"""Recording: the one function behind every door that takes a decision, and what follows from each outcome."""

from dataclasses import dataclass, replace
from uuid import UUID

import pendulum
from sqlmodel import Session

from models.case import RepatriationCase, Stage, Step
from models.decision import Answer, Asking, Basis, Decision, Door, Outcome, Proposal, ReasonCode
from models.escort import ESCORTS_MISSING
from models.handoff import too_early
from models.intent import Act
from models.judgement import Capacity, judged, refused_words
from models.officer import Officer
from models.person import DECLARATION_WITHDRAWN, Wish
from tasks import case_file, intents, lockout, officers, signatures, vault
from tasks.clock import now
from tasks.decisions import alone, consequences, gate, letters, proposals, ruling
from tasks.policy import outdated, policy
from tasks.settings import Mode, settings

_GROUNDS = {
    Basis.rule: "",
    Basis.standing_authority: ", under a standing authority",
    Basis.break_glass: ", alone in an emergency",
}


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
        way = lockout.RESUME_FORM if answer.door is Door.resume_form else None
        officer, time_step = officers.prove(answer.officer, answer.code, on="decision", way=way)
    except officers.NotProved as unproved:
        raise AnswerRefused(str(unproved)) from None
    return record_proved(reference, step_or_stage, answer, officer, time_step)


def record_proved(
    reference: str,
    step_or_stage: str | None,
    answer: Answer,
    officer: Officer,
    time_step: int,
    *,
    sheet_id: UUID | None = None,
    asking_id: UUID | None = None,
) -> Recorded:
    """
    Take the answer of an officer whose code is spent already; on a sheet, only to the very question it listed.

    Raises:
        AnswerRefused: one sentence that says why and what to do.
    """
    try:
        return _judge_and_store(
            reference, step_or_stage, answer, officer, time_step, sheet_id=sheet_id, asking_id=asking_id
        )
    except case_file.CaseFileConflict as conflict:
        if conflict.constraint == "decision_asking_id_key":
            raise AnswerRefused("Somebody else decided this a moment ago; look at the case again.") from None
        raise


def _judge_and_store(
    reference: str,
    step_or_stage: str | None,
    answer: Answer,
    officer: Officer,
    time_step: int,
    *,
    sheet_id: UUID | None,
    asking_id: UUID | None,
) -> Recorded:
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        # Only now: whoever had to wait for the case may have come too late meanwhile.
        at = now()
        asking = _waiting(session, reference, step_or_stage)
        if asking_id not in (None, asking.id):
            raise AnswerRefused(f"Case {reference} was asked anew meanwhile; look at it again.")
        proposal = session.get_one(Proposal, asking.proposal_id)
        question = signatures.question(session, case, asking, proposal)
        if answer.door is Door.resume_form:
            question = replace(question, letters=letters.wanted(session, case, asking, proposal, answer))
        mandates = signatures.mandates(session, officer, at=at)
        signs_as = _refused_by_changed_rule(session, case) or judged(answer, question, mandates, at=at)
        if isinstance(signs_as, Capacity):
            signs_as = _refused_by_journey(session, case, asking, answer, at=at) or signs_as
        if isinstance(signs_as, Capacity):
            decision = _stored(
                session, case, asking, answer=answer, signs_as=signs_as, digest=question.digest, time_step=time_step,
                at=at, sheet_id=sheet_id,
            )  # fmt: skip
            if decision.outcome is Outcome.approve and proposals.approval_of(session, proposal) is None:
                _ask_the_next(session, case, asking, proposal, at=at)
            else:
                consequences.follow(session, case, asking, decision)
            return Recorded(decision, asking)
        case_file.note(
            session,
            "decision.refused",
            actor=officer.number,
            about=case,
            ids={"step": asking.step.value, "door": answer.door.value},
        )
    raise AnswerRefused(signs_as)


def _refused_by_changed_rule(session: Session, case: RepatriationCase) -> str | None:
    if (left_behind := outdated(session)) is not None:
        return left_behind
    changed = ruling.close_if_rule_changed(session, case)
    return f"Who decides has changed: {changed}. It is asked anew; look at the case again." if changed else None


def _ask_the_next(
    session: Session, case: RepatriationCase, asking: Asking, proposal: Proposal, *, at: pendulum.DateTime
) -> None:
    """Ask for the next signature at once, so that whoever gives it need not wait for the run."""
    following = gate.put(session, case, proposal, flow_run_id=asking.flow_run_id, at=at)
    case_file.tell(session, case.reference, f"Waits for the {following.role.value} too: {asking.step.value}.")


def _waiting(session: Session, reference: str, step_or_stage: str | None) -> Asking:
    case_file.load(session, reference)
    asking = proposals.open_asking(session, reference)
    if asking is None:
        raise AnswerRefused(f"Nothing waits for a decision in case {reference}.")
    named = {asking.step.value, asking.step.stage.value if asking.step.stage else asking.step.value}
    if step_or_stage is not None and step_or_stage not in named:
        typed = " ".join(step_or_stage.split())[:40]
        raise AnswerRefused(f"Case {reference} waits at {asking.step.value}, not at {typed}.")
    return asking


def _refused_by_journey(
    session: Session, case: RepatriationCase, asking: Asking, answer: Answer, *, at: pendulum.DateTime
) -> str | None:
    match answer.reason_code:
        case ReasonCode.treat_as_not_done:
            return _refused_as_not_done(session, case, asking, at=at)
        case ReasonCode.fewer_escorts:
            return _refused_fewer_escorts(session, case, asking, answer)
    return _refused_on_the_way(session, case, asking, answer, at=at)


def _refused_on_the_way(
    session: Session, case: RepatriationCase, asking: Asking, answer: Answer, *, at: pendulum.DateTime
) -> str | None:
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
    # A drill's time is compressed: its person lands before the real clock says so, and its papers are specimens.
    if asking.step is Step.handoff and settings().mode is Mode.live and booking is not None:
        return too_early(departs_at=booking.route.departs_at, at=at)
    return None


def _refused_fewer_escorts(session: Session, case: RepatriationCase, asking: Asking, answer: Answer) -> str | None:
    """Return why an officer may not let a person depart with fewer escorts than wanted."""
    trouble = case_file.open_trouble(session, case.reference)
    if asking.step is not Step.help or trouble is None or trouble.code != ESCORTS_MISSING:
        return "fewer_escorts fits only where escorts are missing before a release."
    officer, allowed = session.get(Officer, answer.officer), policy().escorts.fewer_allowed_by
    if officer is None or not any(officer.holds(role) for role in allowed):
        who = " or ".join(role.value for role in allowed) or "nobody"
        return f"The policy lets {who} have a person depart with fewer escorts than wanted; assign others."
    return None


def _refused_as_not_done(
    session: Session, case: RepatriationCase, asking: Asking, *, at: pendulum.DateTime
) -> str | None:
    """Return why an act whose answer was lost may not be treated as not done yet."""
    trouble = case_file.open_trouble(session, case.reference)
    if asking.step is not Step.help or trouble is None or trouble.code != "outcome_unknown":
        return "treat_as_not_done fits only where nobody knows whether an act was done."
    unknown = intents.unsettled(session, case.reference, Act.pay_order) or intents.unsettled(
        session, case.reference, Act.hold_seats
    )
    wait = pendulum.duration(minutes=policy().lost_answers.wait_minutes)
    if unknown is None or at >= (earliest := unknown.written_at + wait):
        return None
    return (
        f"It may still come to light; treat it as not done from {earliest:%Y-%m-%d %H:%M} UTC on. Until then it is "
        "looked for by itself, and try_again looks at once."
    )


def _stored(
    session: Session,
    case: RepatriationCase,
    asking: Asking,
    *,
    answer: Answer,
    signs_as: Capacity,
    digest: str,
    time_step: int,
    at: pendulum.DateTime,
    sheet_id: UUID | None,
) -> Decision:
    mandate, hours = signs_as.mandate, signs_as.countersign_within_hours
    reason = answer.reason.strip().encode() if answer.reason and answer.reason.strip() else None
    decision = Decision(
        asking_id=asking.id,
        reference=case.reference,
        step=asking.step,
        proposal_id=asking.proposal_id,
        digest=digest,
        outcome=Outcome(answer.outcome),
        reason_code=ReasonCode(answer.reason_code),
        reason_sealed=vault.seal(session, case.person_id, "reason", reason) if reason else None,
        to_stage=Stage(answer.to_stage) if answer.to_stage else None,
        officer=mandate.officer,
        role=mandate.role,
        acting_for=mandate.acting_for,
        delegation_id=mandate.delegation_id,
        place=signs_as.place,
        basis=signs_as.basis,
        authority_id=signs_as.authority_id,
        countersigned_by=signs_as.countersigned_by,
        countersign_due_at=at.add(hours=hours) if hours else None,
        requester=case.opened_by,
        door=answer.door,
        code_time_step=time_step,
        sheet_id=sheet_id,
        decided_at=at,
    )
    session.add(decision)
    asking.closed_at = at
    session.add(asking)
    session.flush()
    case_file.note(
        session,
        "decision.recorded",
        actor=mandate.officer,
        about=case,
        ids={
            "decision_id": str(decision.id),
            "step": asking.step.value,
            "outcome": decision.outcome.value,
            "reason_code": decision.reason_code.value,
            "digest": digest,
            "door": answer.door.value,
            "role": mandate.role.value,
            "basis": signs_as.basis.value,
            **({"acting_for": mandate.acting_for} if mandate.acting_for else {}),
            **({"sheet_id": str(sheet_id)} if sheet_id else {}),
        },
    )
    case_file.tell(
        session,
        case.reference,
        f"{mandate.words} ({decision.role.value}{_GROUNDS[decision.basis]}) decided {asking.step.value}: "
        f"{decision.outcome.value}, {decision.reason_code.value}.",
    )
    alone.tell(session, case, decision)
    return decision
