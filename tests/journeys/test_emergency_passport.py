"""An emergency passport on its whole way, and what the law's table does in a case: travel documents, test 19."""

from pathlib import Path

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # it ships no types
import pytest
from sqlmodel import col, select

from deployments.stack.first_day import specimen_numbers
from models.case import CaseStatus, Step, Trouble
from models.decision import Outcome, ReasonCode
from models.instrument import Instrument, Rule
from models.paper import Paper, PaperKind
from models.person import Category
from models.travel_document import DocumentState, StockNumber, StockState, TravelDocument
from tasks import case_file, corrections, decisions, vault
from tests.journeys.story import Story, a_person
from tests.journeys.test_signer import entry_of, released, signatures_noted, verdict
from tests.papers.reading import MM, words_of

PASSPORT = Instrument.emergency_passport


@pytest.fixture
def with_booklets(story: Story) -> Story:
    """A mission that holds booklets for emergency passports besides its sheets."""
    corrections.receive_numbers("KHM", sorted(specimen_numbers(5)), instrument=PASSPORT, officer=story.coordinator)
    return story


def document_of(story: Story) -> TravelDocument:
    with case_file.transaction() as session:
        documents = select(TravelDocument).where(TravelDocument.reference == story.reference)
        return session.exec(documents.order_by(col(TravelDocument.moved_at).desc())).all()[0]


def said(story: Story, heading: str) -> dict[str, str]:
    return dict(next(lines for title, lines in story.evidence().sections if title == heading))


def trouble_of(story: Story) -> str:
    """What the coordinator reads, from under its seal."""
    reader = next(o for o in [story.officer(role) for role in story.deciders] if o.number == story.coordinator)
    evidence = decisions.evidence(story.reference, reader=reader, purpose="test")
    assert evidence is not None
    return " ".join(value for _, lines in evidence.sections for _, value in lines)


def test_a_person_comes_home_on_an_emergency_passport_which_is_cancelled_at_the_handoff(
    with_booklets: Story, signing: Path, tmp_path: Path
) -> None:
    story = with_booklets
    story.opens()
    story.begins()

    story.comes_to(Step.authorise)
    asked = said(story, "Document")
    assert asked["Instrument"] == "emergency passport"
    assert "art. 4(1)4" in asked["Legal ground"]
    assert "booklet" in asked["Because"]
    assert said(story, "Envelope")["MYS airside transit"] == "ok (sandbox rule table, 2026-11-01)"
    story.comes_to(Step.release)
    assert said(story, "Page as it will be printed")["Instrument"] == "emergency passport"
    assert "sandbox rule table, 2026-11-01" in said(story, "Carriage")["KHM exit"]
    story.comes_to(Step.handoff)

    document, stored = document_of(story), released(story)
    assert stored is not None
    with pdfium.PdfDocument(stored[1]) as printed:
        assert [side * MM for side in printed[0].get_size()] == pytest.approx([125, 88], abs=0.05)
    assert document.number in words_of(stored[1])
    assert verdict(stored[1], signing, tmp_path) == {
        "status": "VALID", "sub_indication": None, "pdf_signature": "VALID",
    }  # fmt: skip
    assert entry_of(signing, story).seal_serial is None
    assert "seal_signer" not in signatures_noted(story)[0].fields
    story.comes_home()
    with case_file.transaction() as session:
        number = session.get_one(StockNumber, document.number)
        assert (number.instrument, number.state) == (PASSPORT, StockState.cancelled)
    assert document_of(story).state is DocumentState.cancelled


def test_a_wanted_person_gets_a_sheet_though_there_are_booklets_and_it_reads_like_anybodys(
    with_booklets: Story,
) -> None:
    story = with_booklets
    story.opens(a_person(lookout="arrest_warrant"), categories=(Category.suspect,))
    story.begins()

    story.comes_to(Step.authorise)

    document = said(story, "Document")
    assert document["Instrument"] == "travel certificate"
    assert "art. 12(1)1" in document["Legal ground"]
    story.decides()
    with case_file.transaction() as session:
        (draft,) = session.exec(
            select(Paper).where(Paper.reference == story.reference, Paper.kind == PaperKind.travel_document_draft)
        )
        printed = words_of(vault.open_(session, draft.person_id, f"paper:{draft.kind}", draft.bytes_sealed))
    assert "Passport Act art. 14" in printed
    assert "12(1)1" not in printed


def test_without_a_booklet_the_person_gets_a_sheet(story: Story) -> None:
    story.opens()
    story.begins()

    story.comes_to(Step.authorise)

    assert document_of(story).rule is Rule.urgent
    assert said(story, "Document")["Instrument"] == "travel certificate"


def test_who_holds_a_valid_passport_needs_no_document_and_it_is_not_reported_stolen(story: Story) -> None:
    person = a_person()
    while person["passport"]["status"] != "valid" or person["passport"]["expires_on"] < "2028":
        person = a_person()
    story.opens(person)
    corrections.correct_person(story.reference, passport_in_hand=True, officer=story.coordinator)
    story.begins()
    while story.waits_at() is not Step.help:
        story.decides()

    assert "travels on it and needs no document" in trouble_of(story)
    assert "The old passport was reported stolen." not in story.timeline()
    with case_file.transaction() as session:
        assert case_file.open_document(session, story.reference) is None
        (trouble,) = session.exec(select(Trouble).where(Trouble.reference == story.reference))
    assert "passport" not in trouble.words
    story.decides(Outcome.reject, ReasonCode.other_means)
    assert story.status() is CaseStatus.cancelled
