"""A decision written by the program's own role past the program: without its event and its code it does not stand."""

from typing import Any

import pytest
from sqlmodel import Session, select

from models.case import Step
from models.decision import Decision, Door, Outcome, Proposal, ReasonCode
from models.officer import Role, SpentCode
from tasks import case_file
from tasks.clock import now
from tests.journeys.story import Story


def forged(session: Session, story: Story, **changes: Any) -> Decision:
    """An approval that fits the question in every way, written down by hand."""
    asking = story.question()
    facts: dict[str, Any] = {
        "asking_id": asking.id,
        "reference": story.reference,
        "step": asking.step,
        "proposal_id": asking.proposal_id,
        "digest": session.get_one(Proposal, asking.proposal_id).digest,
        "outcome": Outcome.approve,
        "reason_code": ReasonCode.in_order,
        "officer": story.deciders[Role.verifying_officer],
        "role": Role.verifying_officer,
        "requester": story.coordinator,
        "door": Door.cli,
        "code_time_step": 7,
        "decided_at": now(),
    }
    decision = Decision(**{**facts, **changes})
    session.add(decision)
    session.flush()
    return decision


def noted(session: Session, decision: Decision, **changes: str) -> None:
    """The event that names a decision."""
    ids = {
        "decision_id": str(decision.id), "step": decision.step.value, "outcome": decision.outcome.value,
        "reason_code": decision.reason_code.value, "digest": decision.digest or "",
    }  # fmt: skip
    case = case_file.load(session, decision.reference)
    case_file.note(session, "decision.recorded", actor=decision.officer, about=case, ids={**ids, **changes})


def writes(story: Story, *, says: dict[str, str] | None) -> None:
    """A decision goes into the case database past the program, with an event that says so or otherwise, or none."""
    with case_file.transaction() as session:
        decision = forged(session, story)
        if says is not None:
            noted(session, decision, **says)


OTHERWISE: dict[str, dict[str, str] | None] = {
    "none": None,
    "another outcome": {"outcome": "reject"},
    "another reason": {"reason_code": "urgent"},
    "another step": {"step": "funding"},
    "another digest": {"digest": "0" * 64},
    "another decision": {"decision_id": "00000000-0000-0000-0000-000000000000"},
    "a principal nobody signed for": {"acting_for": "O-01"},
}


@pytest.mark.parametrize("event", OTHERWISE)
def test_a_decision_whose_event_is_missing_or_says_otherwise_is_refused(asked: Story, event: str) -> None:
    spend(asked.deciders[Role.verifying_officer], 7, "decision")

    with pytest.raises(case_file.CaseFileConflict, match="decision_is_audited"):
        writes(asked, says=OTHERWISE[event])


@pytest.mark.parametrize("spent_on", [None, "sign-in", "export", "cancel", "sheet"])
def test_a_decision_no_code_was_spent_on_is_refused(asked: Story, spent_on: str | None) -> None:
    if spent_on is not None:
        spend(asked.deciders[Role.verifying_officer], 7, spent_on)

    with pytest.raises(case_file.CaseFileConflict, match="decision_is_signed_with_a_code"):
        writes(asked, says={})


def spend(officer: str, time_step: int, on: str) -> None:
    """Write down that a code was used."""
    with case_file.transaction() as session:
        session.add(SpentCode(officer=officer, time_step=time_step, spent_at=now(), spent_on=on))


def test_a_code_that_signed_one_decision_signs_no_other(story: Story) -> None:
    story.opens()
    story.begins()
    story.decides()
    with case_file.transaction() as session:
        signed = session.exec(select(Decision).where(Decision.reference == story.reference)).one()
    cancels: dict[str, Any] = {
        "asking_id": None, "proposal_id": None, "digest": None, "outcome": Outcome.cancel, "step": Step.ending,
        "reason_code": ReasonCode.opened_in_error,
    }  # fmt: skip
    again = Decision(**{**{name: getattr(signed, name) for name in Decision.model_fields if name != "id"}, **cancels})

    with pytest.raises(case_file.CaseFileConflict, match="one_decision_a_code"), case_file.transaction() as session:
        session.add(again)
