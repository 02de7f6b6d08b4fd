"""Who signs what: several signatures and delegation, on whole journeys."""

from pathlib import Path

import pytest

from models.case import CaseStatus, Step
from models.decision import Outcome, ReasonCode
from models.funding import CostKind
from models.money import Money
from models.officer import Role
from models.person import Category
from tasks import case_file, corrections, decisions, doorbell, mandates, officers, reminders, travel_document
from tasks.clock import now
from tests.journeys.mandates import TWO_FOR_VICTIMS, TWO_FUNDERS_FOR_MINORS, delegates, enrolled, signs, under
from tests.journeys.story import Story


def test_two_signatures_in_sequence_are_asked_one_after_the_other(
    story: Story, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    under(configured, tmp_path, TWO_FOR_VICTIMS.format(order="sequence"))
    police = enrolled(Role.travel_officer, agency="KNPA")
    story.opens()
    story.begins()
    story.comes_to(Step.funding)

    with pytest.raises(decisions.AnswerRefused, match="does not hold the role funding-officer"):
        decisions.record(story.reference, "funding", story.answer(officer=police))
    story.decides()

    assert story.waits_at() is Step.funding
    assert story.status() is CaseStatus.booked
    assert story.question().role is Role.travel_officer
    assert "waits:travel-officer" in story.run().tags
    with pytest.raises(decisions.AnswerRefused, match="travel-officer of KNPA"):
        decisions.record(story.reference, "funding", story.answer(officer=story.deciders[Role.travel_officer]))
    signs(story, police)
    assert story.status() is CaseStatus.funded


@pytest.mark.parametrize("police_first", [True, False])
def test_of_two_parallel_signatures_none_is_bypassed_whoever_comes_first(
    story: Story, configured: pytest.MonkeyPatch, tmp_path: Path, *, police_first: bool
) -> None:
    under(configured, tmp_path, TWO_FOR_VICTIMS.format(order="parallel"))
    both = [enrolled(Role.travel_officer, agency="KNPA"), story.deciders[Role.funding_officer]]
    first, second = both if police_first else reversed(both)
    story.opens()
    story.begins()
    story.comes_to(Step.funding)

    signs(story, first)

    assert story.status() is CaseStatus.booked
    with pytest.raises(decisions.AnswerRefused):
        decisions.record(story.reference, "funding", story.answer(officer=first))
    story.goes_on()
    assert story.status() is CaseStatus.booked
    signs(story, second)
    assert story.status() is CaseStatus.funded


def test_the_second_of_two_may_sign_before_the_run_has_woken(
    story: Story, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    under(configured, tmp_path, TWO_FOR_VICTIMS.format(order="parallel"))
    police = enrolled(Role.travel_officer, agency="KNPA")
    story.opens()
    story.begins()
    story.comes_to(Step.funding)

    for officer in (story.deciders[Role.funding_officer], police):
        decisions.record(story.reference, "funding", story.answer(officer=officer))
    story.goes_on()

    assert story.status() is CaseStatus.funded


def test_two_of_the_same_role_are_two_persons_and_any_no_ends_it(
    story: Story, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    under(configured, tmp_path, TWO_FUNDERS_FOR_MINORS)
    other = enrolled(Role.funding_officer)
    story.opens(categories=(Category.minor,))
    story.begins()
    story.comes_to(Step.funding)
    story.decides()

    again = story.answer(officer=story.deciders[Role.funding_officer])
    with pytest.raises(decisions.AnswerRefused, match="has signed this step already"):
        decisions.record(story.reference, "funding", again)
    signs(story, other, outcome=Outcome.reject, reason=ReasonCode.other_means)

    assert story.status() is CaseStatus.cancelled
    assert story.live_orders() == 0


def test_a_changed_fact_takes_away_the_signatures_that_were_given(
    story: Story, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    under(configured, tmp_path, TWO_FOR_VICTIMS.format(order="sequence"))
    enrolled(Role.travel_officer, agency="KNPA")
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    story.decides()

    corrections.note_cost(story.reference, kind=CostKind.medical, amount=Money(41230, "USD"), officer=story.coordinator)
    doorbell.wake(story.reference)
    story.goes_on()

    assert story.question().role is Role.funding_officer
    assert any("41" in change or "412.30" in change for change in story.evidence().changes)


def test_whoever_acts_for_another_signs_with_both_names_until_it_is_taken_back(story: Story) -> None:
    deputy = enrolled(Role.receiving_officer)
    story.opens()
    story.begins()
    story.comes_to(Step.booking)
    with pytest.raises(decisions.AnswerRefused, match="does not hold"):
        decisions.record(story.reference, "booking", story.answer(officer=deputy))
    delegates(story, Role.travel_officer, deputy)

    reader = next(officer for officer in officers.listed() if officer.number == deputy)
    assert [waiting.step for waiting in decisions.inbox(reader)] == [Step.booking]
    signs(story, deputy)

    principal = story.deciders[Role.travel_officer]
    assert any(f"{deputy} for {principal}" in words for words in story.timeline())
    assert mandates.end_delegations(principal, officers.drill_code(principal), to=deputy, role=Role.travel_officer) == 1
    assert decisions.inbox(reader) == []


def test_whoever_may_see_a_release_sees_its_page_too(story: Story) -> None:
    deputy = enrolled(Role.receiving_officer)
    head = story.deciders[Role.head_of_consular_affairs]
    story.opens()
    story.begins()
    story.comes_to(Step.release)
    readers = [officer for officer in officers.listed() if officer.number in (deputy, head)]
    for reader in readers:
        with pytest.raises(case_file.Refused, match="for the issuing officer"):
            travel_document.proposed_page(story.reference, reader=reader)

    delegates(story, Role.issuing_officer, deputy)
    reminders.remind(at=story.question().due_at.add(days=1))

    for reader in readers:
        assert travel_document.proposed_page(story.reference, reader=reader).startswith(b"%PDF")


def test_a_delegation_to_come_or_gone_gives_nothing(story: Story) -> None:
    deputy = enrolled(Role.receiving_officer)
    story.opens()
    story.begins()
    delegates(story, Role.verifying_officer, deputy, begins_at=now().add(hours=1))

    with pytest.raises(decisions.AnswerRefused, match="does not hold"):
        decisions.record(story.reference, "verification", story.answer(officer=deputy))


def test_who_examined_does_not_authorise_for_another(story: Story) -> None:
    story.opens()
    story.begins()
    examiner = story.deciders[Role.verifying_officer]
    delegates(story, Role.authorising_officer, examiner)
    story.comes_to(Step.authorise)

    with pytest.raises(decisions.AnswerRefused, match="examined the identity"):
        decisions.record(story.reference, "travel_document", story.answer(officer=examiner))
