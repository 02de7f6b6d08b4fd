"""A document is valid for fifteen days at most, and for longer with a reason that its deciders have read."""

from datetime import timedelta

import pytest
from typer.testing import CliRunner

from deployments.cli.main import app
from models.case import Step
from models.officer import Role
from models.validity import LongerReason
from tasks import case_file, decisions, doorbell, officers, validity
from tasks import signing as client
from tasks.clock import now
from tasks.partners.errors import PartnerRefused
from tests.journeys.story import Story

WHY = "The doctor lets her fly from 20 December on."


def days_valid(story: Story) -> int:
    """Days from today, the first and the last counted."""
    with case_file.transaction() as session:
        document = case_file.require_document(session, story.reference)
    return (document.expires_on - now().in_timezone("Asia/Phnom_Penh").date()).days + 1


def shown(story: Story, role: Role) -> list[str]:
    """What the evidence that waits says about more days than usual."""
    evidence = decisions.evidence(story.reference, reader=story.officer(role), purpose="test")
    assert evidence is not None
    return [value for _, lines in evidence.sections for caption, value in lines if caption == "Longer than 15 days"]


def asks_for(story: Story, days: int, words: str = WHY) -> None:
    validity.record(
        story.reference, days=days, reason=LongerReason.medical, words=words, officer=story.coordinator
    )  # fmt: skip
    doorbell.wake(story.reference)
    story.goes_on()


def test_a_reason_makes_a_document_valid_for_longer_once_both_deciders_have_read_it(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.authorise)
    usual, nothing_said = days_valid(story), shown(story, Role.authorising_officer)

    asks_for(story, 30)
    story.comes_to(Step.authorise)
    longer, read_first = days_valid(story), shown(story, Role.authorising_officer)
    story.comes_to(Step.release)
    read_last = shown(story, Role.issuing_officer)
    story.comes_to(Step.handoff)

    assert (usual, longer) == (15, 30)
    assert nothing_said == []
    assert read_first == read_last == [f"up to 30 days, medical: {WHY} ({story.coordinator})"]


def test_what_was_authorised_for_fewer_days_is_asked_anew_under_another_number(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.booking)
    with case_file.transaction() as session:
        before = case_file.require_document(session, story.reference).number

    asks_for(story, 20)
    story.comes_to(Step.authorise)

    with case_file.transaction() as session:
        assert case_file.require_document(session, story.reference).number != before
    assert days_valid(story) == 20


@pytest.mark.parametrize("days", [14, 366])
def test_no_reason_reaches_beyond_a_year(story: Story, days: int) -> None:
    story.opens()
    run = CliRunner().invoke
    run(app, ["login", "--officer", story.coordinator, "--code", officers.drill_code(story.coordinator)])
    words = ["--reason-code", "medical", "--reason", WHY, "--days", str(days)]

    said = run(app, ["documents", "validity", story.reference, *words])

    assert said.exit_code == 1
    assert "valid for 15 to 365 days" in said.stderr


def test_no_words_are_no_reason(story: Story) -> None:
    story.opens()

    with pytest.raises(case_file.Refused, match="Say why"):
        asks_for(story, 30, words=" ")


def test_longer_without_a_reason_is_refused_by_the_database_and_by_the_signer(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.release)
    decisions.record(story.reference, Step.release.value, story.answer())

    def is_made_valid_for(days: int) -> None:
        with case_file.transaction() as session:
            document = case_file.require_document(session, story.reference)
            document.issued_on = now().date()
            document.expires_on = document.issued_on + timedelta(days=days - 1)
            session.add(document)
            session.flush()
            session.rollback()

    is_made_valid_for(15)
    with pytest.raises(case_file.CaseFileConflict, match="no_longer_than_a_reason"):
        is_made_valid_for(16)
    monkeypatch.setattr(validity, "days_of", lambda *_: 1)
    with case_file.transaction() as session:
        proposal = decisions.live(session, story.reference, Step.release)
    assert proposal is not None
    with pytest.raises(PartnerRefused, match="more days than there is a reason on file for"):
        client.signed_document(story.reference, proposal.id)
