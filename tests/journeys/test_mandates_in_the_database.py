"""The database refuses whoever may not sign, whatever the program lets through, on whole journeys."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from models.case import CaseStatus, Step
from models.decision import Proposal
from models.funding import Payer
from models.mandate import Delegation, DelegationKind
from models.money import Money
from models.officer import Role
from tasks import case_file, corrections, decisions, mandates, officers
from tasks.clock import now
from tests.journeys.mandates import TWO_FOR_VICTIMS, enrolled, insert, signs, under
from tests.journeys.story import Story

FORCED = {"basis": "break-glass", "countersigned_by": "reviewing-officer", "countersign_due_at": now()}


@pytest.mark.parametrize(
    ("step", "who", "changes", "constraint"),
    [
        (Step.funding, Role.travel_officer, {}, "decider_holds_the_role"),
        (Step.funding, Role.coordinator, {}, "decider_is_not_requester"),
        (Step.funding, None, {"requester": "O-02"}, "decision_names_the_requester"),
        (Step.funding, None, {"digest": "0" * 64}, "decision_fits_the_question"),
        (Step.funding, None, {"step": "booking"}, "decision_fits_the_question"),
        (Step.funding, None, {"asking_id": None}, "decision_fits_the_question"),
        (Step.funding, None, {"basis": "standing-authority"}, "authority_covers_the_case"),
        (Step.funding, None, {"basis": "break-glass"}, "alone_is_countersigned"),
        (Step.authorise, Role.verifying_officer, {"role": "verifying-officer"}, "decider_is_not_examiner"),
        (Step.funding, Role.travel_officer, {"role": "travel-officer"}, "decider_fits_the_place"),
        (Step.funding, None, {"place": 7}, "decider_fits_the_place"),
        (Step.verification, None, FORCED, "only_acts_are_forced"),
    ],
)
def test_the_database_refuses_what_no_rule_of_the_program_let_through(
    story: Story, step: Step, who: Role | None, changes: dict[str, Any], constraint: str
) -> None:
    story.opens()
    story.begins()
    story.comes_to(step)

    with pytest.raises(case_file.CaseFileConflict) as refused:
        insert(story, **({"officer": story.deciders[who]} if who else {}), **changes)

    assert refused.value.constraint == constraint


def test_the_database_refuses_another_agencys_signature_and_a_second_one_for_another(
    story: Story, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    under(configured, tmp_path, TWO_FOR_VICTIMS.format(order="sequence"))
    police = enrolled(Role.travel_officer, agency="KNPA")
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    first = story.deciders[Role.funding_officer]
    story.decides(officer=first)
    mandates.delegate(
        police, officers.drill_code(police), to=first, role=Role.travel_officer, kind=DelegationKind.acting_for,
        begins_at=now(), ends_at=now().add(days=1),
    )  # fmt: skip
    with case_file.transaction() as session:
        delegation = session.exec(select(Delegation.id)).one()

    ours = {"officer": story.deciders[Role.travel_officer], "place": 1}
    again = {"officer": first, "acting_for": police, "delegation_id": delegation, "place": 1}
    for changes, constraint in ((ours, "decider_fits_the_place"), (again, "one_signature_a_person")):
        with pytest.raises(case_file.CaseFileConflict) as refused:
            insert(story, **changes)
        assert refused.value.constraint == constraint
    signs(story, police)
    assert story.status() is CaseStatus.funded


RELEASE_KEPT_APART = (
    'step = "travel_document.release"\ncategory = "presumed_victim"\ndue_minutes = 60\n'
    'not_decider_of = ["funding"]\nsignatures = [{ roles = ["issuing-officer"] }]'
)


@pytest.mark.parametrize("withdrawn", [False, True])
def test_who_funded_does_not_release_where_the_policy_keeps_them_apart_even_when_the_funding_was_withdrawn(
    story: Story, configured: pytest.MonkeyPatch, tmp_path: Path, *, withdrawn: bool
) -> None:
    under(configured, tmp_path, RELEASE_KEPT_APART)
    both = enrolled(Role.funding_officer, Role.issuing_officer)
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    story.decides(officer=both)
    story.comes_to(Step.release)
    if withdrawn:
        # As a word of the host country does that came after the seats were paid.
        with case_file.transaction() as session:
            decisions.withdraw(session, story.reference, Step.funding)

    with pytest.raises(decisions.AnswerRefused, match="kept apart from"):
        decisions.record(story.reference, "travel_document", story.answer(officer=both))
    with pytest.raises(case_file.CaseFileConflict) as refused:
        insert(story, officer=both)

    assert refused.value.constraint == "decider_is_kept_apart"
    story.decides()
    assert story.waits_at() is Step.handoff


def test_the_database_refuses_a_payee_and_what_has_lapsed(story: Story) -> None:
    story.opens()
    story.begins()
    funder = story.deciders[Role.funding_officer]
    corrections.note_private_payment(
        story.reference, payer=Payer.diplomat, payer_officer=funder, amount=Money(1000, "USD"), purpose="taxi",
        officer=story.coordinator,
    )  # fmt: skip
    story.comes_to(Step.funding)

    with pytest.raises(case_file.CaseFileConflict) as refused:
        insert(story)
    assert refused.value.constraint == "decider_is_not_payee"

    with case_file.transaction() as session:
        session.execute(
            update(Proposal)
            .where(col(Proposal.reference) == story.reference)
            .values(valid_until=now().subtract(minutes=1))
        )
    with pytest.raises(case_file.CaseFileConflict) as lapsed:
        insert(story, officer=enrolled(Role.funding_officer))
    assert lapsed.value.constraint == "decision_fits_the_question"
