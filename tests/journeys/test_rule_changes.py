"""A rule that changes while a question waits: it is asked anew under the new one, and what was decided stays."""

from pathlib import Path

import pendulum
import pytest

from models.case import CaseStatus, Step
from models.officer import Role
from models.person import Category, CategoryReason
from tasks import decisions, doorbell, officers, takeover
from tests.journeys.mandates import under
from tests.journeys.story import Story

TWO_FUNDERS = 'step = "funding"\ndue_minutes = 60\nsignatures = [{ roles = ["funding-officer"], count = 2 }]'
FUNDING_KEPT_APART = (
    'step = "funding"\ncategory = "presumed_victim"\ndue_minutes = 60\nnot_decider_of = ["booking"]\n'
    'signatures = [{ roles = ["funding-officer"] }]'
)


def for_category(rule: str, category: Category) -> str:
    return rule.replace("\n", f'\ncategory = "{category.value}"\n', 1)


VICTIMS_WITH_TWO = for_category(TWO_FUNDERS, Category.presumed_victim)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep looks without waiting."""
    monkeypatch.setattr(takeover, "GRACE", pendulum.duration())


@pytest.fixture
def waits(story: Story) -> Story:
    """A case that waits for the funding officer under the plain policy; there are two."""
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    return story


def another_funder() -> str:
    return officers.add(name="x", agency="MOFA", roles=[Role.funding_officer], by="test").officer.number


def swept(story: Story) -> None:
    """The sweep finds what stands still, and the run goes on where it was woken."""
    before = story.question().id if story.waits_at() else None
    takeover.sweep()
    if story.waits_at() is None or story.question().id != before:
        story.goes_on()


def test_nobody_decides_under_the_earlier_rule_and_the_question_is_asked_anew_with_the_difference(
    waits: Story, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    earlier, due = waits.question(), waits.question().due_at
    under(configured, tmp_path, VICTIMS_WITH_TWO)

    with pytest.raises(decisions.AnswerRefused, match="two officers instead of one"):
        decisions.record(waits.reference, "funding", waits.answer())
    swept(waits)

    assert waits.waits_at() is Step.funding
    asked = waits.question()
    assert (asked.id != earlier.id, asked.due_at, asked.repeats) == (True, due, earlier.id)
    assert asked.note == "Who decides has changed: two officers instead of one."
    assert waits.evidence().changes == ["Who decides: two officers instead of one"]
    waits.decides(officer=another_funder())
    assert (waits.waits_at(), waits.status()) == (Step.funding, CaseStatus.booked)
    waits.decides(officer=another_funder())
    assert waits.status() is CaseStatus.funded


def test_the_sweep_asks_anew_even_where_nobody_answers_and_once_only(
    waits: Story, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    earlier = waits.question().id
    under(configured, tmp_path, FUNDING_KEPT_APART)

    swept(waits)

    asked = waits.question()
    assert asked.id != earlier
    assert asked.note == "Who decides has changed: nobody who decided booking."
    swept(waits)
    assert waits.question().id == asked.id
    waits.comes_home()


def test_a_policy_that_says_the_same_for_the_step_leaves_its_question(
    waits: Story, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    earlier = waits.question().id
    under(
        configured,
        tmp_path,
        VICTIMS_WITH_TWO.replace("funding", "booking").replace("booking-officer", "travel-officer"),
    )

    swept(waits)

    assert waits.question().id == earlier
    waits.comes_home()


def test_one_of_two_signatures_falls_when_the_rule_changes(
    story: Story, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    under(configured, tmp_path, VICTIMS_WITH_TWO)
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    story.decides(officer=another_funder())
    under(configured, tmp_path)

    swept(story)

    assert (story.waits_at(), story.status()) == (Step.funding, CaseStatus.booked)
    assert story.question().note == "Who decides has changed: one officer instead of two."
    story.decides()
    assert story.status() is CaseStatus.funded


def test_a_question_to_the_coordinator_is_asked_under_the_new_rule_too(
    story: Story, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    story.opens(portrait=False)
    story.begins()
    story.decides()
    assert story.waits_at() is Step.help
    helping = (
        'step = "help"\ncategory = "presumed_victim"\ndue_minutes = 60\nsignatures = [{ roles = ["duty-officer"] }]'
    )
    under(configured, tmp_path, helping)

    swept(story)

    assert (story.waits_at(), story.question().role) == (Step.help, Role.duty_officer)
    story.sits_for_a_portrait()
    story.decides()
    assert story.waits_at() is Step.authorise


def test_a_suspect_found_out_later_is_decided_on_by_those_the_rule_for_suspects_names(
    story: Story, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    under(configured, tmp_path, for_category(TWO_FUNDERS, Category.suspect))
    story.opens()
    story.begins()
    story.comes_to(Step.funding)

    story.becomes(Category.suspect, CategoryReason.authority_told)
    assert doorbell.wake(story.reference)
    story.goes_on()

    # The seats were approved for somebody who travels free: custody aboard is looked at first.
    assert story.waits_at() is Step.booking
    assert "Checks · Custody and care: none → OTHS" in story.evidence().changes
    story.decides()
    assert story.question().note == "Who decides has changed: two officers instead of one."
    story.decides(officer=another_funder())
    assert story.status() is CaseStatus.booked
    story.decides(officer=another_funder())
    assert story.status() is CaseStatus.funded
