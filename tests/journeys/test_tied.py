"""What the program's own role may not write over psql: that a step was passed, or that what ended stands again."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from models.case import Step
from models.decision import Outcome, ReasonCode
from tasks import case_file
from tasks.case_file import audit
from tasks.clock import now
from tests.journeys.story import Story


def writes(statement: str) -> None:
    """Execute a statement as the program's own role."""
    with case_file.transaction() as session:
        session.execute(text(statement))


@pytest.fixture
def returned(story: Story) -> Iterator[Story]:
    """A case that was returned to the verification after its identity was confirmed."""
    story.opens()
    story.begins()
    story.comes_to(Step.authorise)
    story.decides(Outcome.return_, ReasonCode.wrong_person, to_stage="verification")
    step = story.waits_at()
    yield story
    assert story.waits_at() is step


ENDED = (
    "UPDATE proposal SET superseded_at = NULL WHERE superseded_at IS NOT NULL",
    "UPDATE asking SET closed_at = NULL WHERE closed_at IS NOT NULL",
    "UPDATE confirmed_identity SET superseded_at = NULL",
    "UPDATE confirmed_identity SET superseded_at = now()",
)


@pytest.mark.parametrize("statement", ENDED)
def test_what_ended_does_not_stand_again(returned: Story, statement: str) -> None:
    del returned

    with pytest.raises(case_file.CaseFileConflict, match="stays_as_written"):
        writes(statement)


def test_an_identity_is_not_written_down_again_on_a_decision_that_fell(returned: Story) -> None:
    del returned

    with pytest.raises(case_file.CaseFileConflict, match="confirmed_identity_is_decided"):
        writes(
            "INSERT INTO confirmed_identity SELECT (jsonb_populate_record(i, jsonb_build_object("
            "'id', gen_random_uuid(), 'superseded_at', NULL))).* FROM confirmed_identity i"
        )


def test_what_lapsed_is_not_made_to_last(story: Story) -> None:
    story.opens()
    story.begins()
    writes("UPDATE proposal SET valid_until = now() - interval '6 minutes'")

    with pytest.raises(case_file.CaseFileConflict, match="stays_as_written"):
        writes("UPDATE proposal SET valid_until = now() + interval '2 years'")


PASSED = {
    Step.authorise: (
        ("UPDATE travel_document SET state = 'authorised'", "travel_document_moves_by_decision"),
        ("UPDATE travel_document SET state = 'valid'", "travel_document_moves_by_decision"),
        ("UPDATE travel_document SET state = 'cancelled'", "travel_document_moves_by_decision"),
        ("UPDATE travel_document SET state = 'void'; UPDATE travel_document SET state = 'authorised'",
         "travel_document_moves_by_decision"),
        ("UPDATE person_key SET wrapped_key = NULL, destroyed_at = now()", "person_key_is_destroyed_on_record"),
        ("UPDATE person_key SET wrapped_key = ''", "person_key_is_destroyed_on_record"),
    ),
    Step.release: (
        ("UPDATE travel_document SET state = 'valid'", "travel_document_moves_by_decision"),
        ("UPDATE travel_document SET state = 'proposed'", "travel_document_moves_by_decision"),
    ),
    Step.booking: (
        ("UPDATE booking SET agreed_decision_id = (SELECT id FROM decision LIMIT 1)", "booking_is_decided"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("step", PASSED)
def test_no_step_is_passed_by_writing_that_it_was(story: Story, step: Step, subtests: pytest.Subtests) -> None:
    story.opens()
    story.begins()
    story.comes_to(step)

    for statement, constraint in PASSED[step]:
        with subtests.test(statement), pytest.raises(case_file.CaseFileConflict, match=constraint):
            writes(statement)

    assert story.waits_at() is step


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE officer SET roles = '{registrar}'",
        "UPDATE officer SET agency = 'KNP'",
        "UPDATE officer SET police = true",
        "UPDATE officer SET password_hash = ''",
        "UPDATE officer SET totp_secret_sealed = ''",
    ],
)
def test_an_officers_rights_and_secrets_change_only_by_the_owners_hand(story: Story, statement: str) -> None:
    del story

    with pytest.raises(case_file.CaseFileUnavailable, match="InsufficientPrivilege"):
        writes(statement)


def test_an_event_that_has_not_happened_is_not_recorded(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.opens()
    monkeypatch.setattr(audit, "now", lambda: now().add(hours=2))

    with pytest.raises(case_file.CaseFileConflict), case_file.transaction() as session:
        case_file.note(session, "person.read", actor=story.coordinator)
