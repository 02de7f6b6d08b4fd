"""Cancelling: the coordinator stops a journey; it answers no question, so it has a way of its own."""

import pendulum
from sqlmodel import Session

from models.case import RepatriationCase, Step
from models.decision import REASONS, Decision, Door, Outcome, ReasonCode
from models.officer import Officer, Role
from tasks import case_file, officers
from tasks.clock import now
from tasks.decisions import consequences, proposals
from tasks.decisions.record import AnswerRefused


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
        # Nothing is asked of a code before: it signs one act, and what is refused here is none.
        case = case_file.load(session, reference)
        case_file.refuse_if_written(session, reference, looks_again=True)
        if (refused := _too_late(session, case, at=now())) is not None:
            raise AnswerRefused(refused)
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
        consequences.end_journey(session, case)
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
    return _too_late(session, case, at=at)


def _too_late(session: Session, case: RepatriationCase, *, at: pendulum.DateTime) -> str | None:
    """Return why nobody can cancel any more; None while somebody can."""
    if case.is_closed or case.ending:
        return f"Case {case.reference} is over already: {case.status}."
    if case_file.is_travelling(session, case.reference, at=at):
        return "The person is on the way; nothing is undone after boarding. Page the duty consul."
    return None
