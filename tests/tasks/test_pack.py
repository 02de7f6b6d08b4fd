"""The pack of a case that has not begun: a child's, a patient's, a dead person's."""

import pytest

from models.officer import Role
from models.paper import PaperKind
from models.person import Category, CategoryReason, Wish
from tasks import paperwork
from tests.conftest import Server
from tests.journeys.story import Story, a_person
from tests.papers.reading import words_of


@pytest.fixture
def story(case_database: Server, configured: pytest.MonkeyPatch) -> Story:
    """Officers and a case database; nothing here asks a partner or the engine."""
    del case_database, configured
    return Story(None)  # type: ignore[arg-type]  # nobody speaks to the sandbox


def kinds(story: Story, role: Role = Role.coordinator) -> set[PaperKind]:
    return {paper.kind for paper in paperwork.listed_for(story.officer(role), story.reference)}


def said(story: Story, kind: PaperKind, role: Role = Role.coordinator) -> str:
    found = paperwork.read(story.reference, kind, officer=story.officer(role))
    assert found is not None
    return words_of(found[1])


def test_a_child_has_no_undertaking_and_a_patient_has_a_form(story: Story) -> None:
    story.opens(a_person(child=True), categories=(Category.patient,))
    coordinator = story.officer(Role.coordinator)

    assert PaperKind.fit_to_fly in kinds(story)
    missing = paperwork.not_made(coordinator, story.reference)
    assert missing[PaperKind.undertaking_to_repay] == "No undertaking to repay: this person is asked for none."
    # Whoever reads the cover only, reads of no form.
    cover = said(story, PaperKind.cover, Role.funding_officer)
    assert "fit-to-fly" not in cover


def test_the_dead_have_papers_of_their_own_and_no_passengers(story: Story) -> None:
    story.opens(declared=False, portrait=False, categories=())
    story.becomes(Category.deceased, CategoryReason.death_certified)

    found = kinds(story)

    assert PaperKind.mortal_remains in found
    assert not found & {PaperKind.exit_request, PaperKind.escort_order, PaperKind.handoff_sheet}
    assert PaperKind.undertaking_to_repay not in found
    words = said(story, PaperKind.mortal_remains)
    assert "Cause of death, as certified" in words
    assert "Immigration detention centre" in words


def test_a_declaration_that_was_taken_back_is_what_the_paper_says(story: Story) -> None:
    story.opens()
    assert "wishes to return" in said(story, PaperKind.declaration)

    story.declares(Wish.withdraw)

    assert "takes the wish to return back" in said(story, PaperKind.declaration)
