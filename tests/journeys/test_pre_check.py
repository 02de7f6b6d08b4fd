"""The border pre-check (iPC): who would be turned away at check-in is not sent to the airport."""

from uuid import uuid4

from models.case import CaseStatus, Step
from models.decision import Outcome, ReasonCode
from models.travel_document import DocumentState
from tasks import case_file
from tests.journeys.story import Story


def number_of(story: Story) -> str:
    with case_file.transaction() as session:
        return case_file.require_document(session, story.reference).number


def reports_lost(story: Story, number: str) -> None:
    """Somebody reports the number lost to the lookouts, where the border looks too."""
    body = {"issuing_state": "KOR", "number": number, "circumstance": "lost", "reporting_office": "Embassy"}
    story.sandbox.partners.put(f"/lookouts/v1/lost-documents/{uuid4()}", json=body).raise_for_status()


def test_24_a_number_reported_lost_is_refused_at_the_pre_check_and_nobody_is_sent_to_the_airport_with_it(
    story: Story,
) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    refused = number_of(story)
    reports_lost(story, refused)

    while story.waits_at() is not Step.help:
        assert story.waits_at() is not Step.release, "the sheet was about to be released with a refused number"
        story.decides()

    with case_file.transaction() as session:
        trouble = case_file.open_trouble(session, story.reference)
        document = case_file.require_document(session, story.reference)
    assert trouble is not None
    assert trouble.code == "no_board"
    assert document.state is DocumentState.authorised, "nothing valid exists"
    assert story.status() is CaseStatus.funded
    story.decides()
    assert story.waits_at() is Step.help, "going on changes nothing while the border refuses the number"
    story.decides(Outcome.return_, ReasonCode.wrong_details, to_stage="travel_document")
    story.comes_to(Step.handoff)
    issued = number_of(story)
    assert issued != refused
    assert story.live_orders() == 1, "the order with the refused number was given back"
    story.comes_home()
