"""An emergency passport on its whole way, and what the law's table does in a case: travel documents, test 19."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # it ships no types
import pytest
from sqlmodel import col, select

from deployments.signer import service
from deployments.stack.first_day import specimen_numbers
from models.case import CaseStatus, Step, Trouble
from models.decision import Outcome, ReasonCode
from models.host_clearance import HostItem, HostState
from models.instrument import Instrument, Rule
from models.itinerary import Itinerary
from models.mrz import read_td2, read_td3
from models.officer import Role
from models.paper import Paper, PaperKind
from models.person import Category, CategoryReason
from models.stock import StockState
from models.travel_document import DocumentState, StockNumber, TravelDocument
from models.verification import Record
from tasks import (
    acceptance,
    case_file,
    corrections,
    decisions,
    doorbell,
    host_clearance,
    officers,
    paperwork,
    representation,
    travel_document,
    vault,
)
from tasks.clock import now
from tasks.papers.emergency_document import code_lines
from tasks.papers.seal import read_seal
from tasks.papers.seal.reading import read_printed
from tasks.papers.words import inspected_date
from tasks.partners.border_control import BorderControl
from tasks.partners.errors import PartnerRefused
from tasks.partners.registry import Registry
from tasks.partners.transport import telling
from tasks.settings import settings
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
        assert (number.instrument, number.state) == (PASSPORT, StockState.returned)
    assert document_of(story).state is DocumentState.cancelled


def test_where_a_password_is_set_what_is_released_is_locked_with_it(
    with_booklets: Story, configured: pytest.MonkeyPatch
) -> None:
    configured.setenv("HOMEWARD_DOCUMENT_PASSWORD", "twelve characters")
    settings.cache_clear()
    story = with_booklets
    story.opens()
    story.begins()

    story.comes_to(Step.handoff)

    stored = released(story)
    assert stored is not None
    with pytest.raises(pdfium.PdfiumError, match="password"):
        pdfium.PdfDocument(stored[1])
    with pdfium.PdfDocument(stored[1], password="twelve characters") as printed:
        assert document_of(story).number in printed[0].get_textpage().get_text_range()


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


def test_who_is_ordered_out_while_a_passport_is_proposed_gets_a_sheet_and_the_number_is_never_used(
    with_booklets: Story,
) -> None:
    story = with_booklets
    story.opens()
    story.begins()
    story.comes_to(Step.authorise)
    proposed = document_of(story)

    host_clearance.record(
        story.reference, HostItem.deportation_order, state=HostState.issued, told_by="immigration", told_at=now(),
        officer=story.coordinator,
    )  # fmt: skip
    assert doorbell.wake(story.reference)
    story.goes_on()

    assert proposed.instrument is PASSPORT
    assert story.waits_at() is Step.authorise
    asked = said(story, "Document")
    assert asked["Instrument"] == "travel certificate"
    assert "(deported)" in asked["Legal ground"]
    with case_file.transaction() as session:
        assert session.get_one(StockNumber, proposed.number).state is StockState.void


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


def test_19_without_an_earlier_passport_an_alert_is_shown_to_who_authorises_and_two_have_examined(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = officers.add(name="Second", agency="MOFA", roles=[Role.verifying_officer], by="test").officer.number
    whole = Registry.read_record

    def never_had_one(registry: Registry, registry_id: str, **asked: bool) -> Record:
        nothing = {"passport_number": None, "passport_expires_on": None, "passport_status": None}
        return whole(registry, registry_id, **asked).model_copy(update=nothing)

    monkeypatch.setattr(Registry, "read_record", never_had_one)
    story.opens(passport_number=None)
    story.begins()

    story.decides()
    assert story.waits_at() is Step.verification
    story.decides(officer=second)

    assert story.waits_at() is Step.authorise, story.timeline()
    assert said(story, "Holder")["Earlier passport"] == "ALERT: NONE ON RECORD, look twice (ICAO Doc 9303-8 §4.1.2)"


@pytest.mark.parametrize(
    ("categories", "words"),
    [
        ((Category.minor,), "No document is issued (Passport Act art. 9(4), art. 14(3))"),
        ((Category.witness,), "The person has died. No travel document"),
    ],
)
def test_19_what_was_authorised_on_facts_that_have_changed_is_not_carried_out_and_the_reason_is_shown(
    story: Story, categories: tuple[Category, ...], words: str
) -> None:
    is_child = Category.minor in categories
    story.opens(a_person(child=is_child), categories=categories)
    story.begins()
    story.comes_to(Step.authorise)
    answer = story.answer()
    if is_child:
        representation.end(story.reference, 1, officer=story.officer(Role.coordinator))
    else:
        story.becomes(Category.deceased, CategoryReason.death_certified)

    with suppress(decisions.AnswerRefused):
        decisions.record(story.reference, Step.authorise.value, answer)
    doorbell.wake(story.reference)
    story.goes_on()

    assert story.waits_at() is Step.help, story.timeline()
    assert words in trouble_of(story)
    document = document_of(story)
    assert document.state in (DocumentState.proposed, DocumentState.void)
    with telling(lambda _: None), BorderControl() as border, pytest.raises(PartnerRefused, match="404"):
        border.read("GET", f"/v1/documents/{document.number}")


# Travel documents, test 15: one rule for the day.


@pytest.mark.parametrize("instrument", list(Instrument))
def test_the_last_day_is_that_of_the_ticketed_route_on_the_page_in_the_zone_in_the_row_and_at_the_border(
    with_booklets: Story, instrument: Instrument
) -> None:
    story = with_booklets
    story.opens(a_person(lookout=None if instrument is PASSPORT else "arrest_warrant"))
    story.begins()
    story.comes_to(Step.handoff)

    document, stored = document_of(story), released(story)
    assert stored is not None
    assert document.itinerary is not None
    arrives_on = Itinerary.model_validate(document.itinerary).segments[-1].arrives_local.date()
    assert document.instrument is instrument
    assert document.expires_on == arrives_on + timedelta(days=2)
    printed = words_of(stored[1])
    assert inspected_date(document.expires_on) in printed
    assert f"{document.expires_on:%y%m%d}" in printed.split(f"{document.number}")[-1]
    with telling(lambda _: None), BorderControl() as border:
        registered = border.read("GET", f"/v1/documents/{document.number}")
    assert registered["expires_on"] == document.expires_on.isoformat()


def test_at_half_past_eleven_at_night_in_phnom_penh_the_day_of_issue_is_the_one_there(with_booklets: Story) -> None:
    story = with_booklets
    story.opens()
    story.begins()
    story.comes_to(Step.release)
    with case_file.transaction() as session:
        case = case_file.load(session, story.reference)
        document = case_file.require_document(session, story.reference)
        route = case_file.require_booking(session, story.reference).route
        # 01:30 of the next day in Seoul.
        late = now().in_timezone("Asia/Phnom_Penh").replace(hour=23, minute=30, second=0, microsecond=0)

        page = paperwork.travel_document_page(session, case, document, route, rendered_at=late.in_timezone("UTC"))

    assert late.in_timezone("Asia/Seoul").date() != late.date()
    assert page.issued_on == page.content.issued_on == late.date()
    assert inspected_date(late.date()) in words_of(page.pdf)
    assert read_td3(*code_lines(page.content)).expiry == f"{page.content.expires_on:%y%m%d}"


def test_15_issued_at_half_past_eleven_at_night_page_zone_seal_row_and_border_have_one_day(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a page drawn, and later signed, at 23:30 in Phnom Penh, which is 01:30 of the next day in Seoul
    late = now().in_timezone("Asia/Phnom_Penh").replace(hour=23, minute=30, second=0, microsecond=0)
    late = late if late > now() else late.add(days=1)
    assert late.in_timezone("Asia/Seoul").date() != late.date()
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    with monkeypatch.context() as at_night:
        at_night.setattr(travel_document, "now", lambda: late.in_timezone("UTC"))
        story.decides()
    assert story.waits_at() is Step.release
    with monkeypatch.context() as at_night:
        at_night.setattr(service, "now", lambda: late.in_timezone("UTC"))
        story.decides()

    document, stored = document_of(story), released(story)
    assert stored is not None
    printed, (seal,) = words_of(stored[1]), read_printed(stored[1], "the document").seals
    assert document.issued_on == late.date()
    assert inspected_date(late.date()) in printed
    assert inspected_date(late.date().add(days=1)) not in printed
    assert (read_seal(seal).document_issued_on, read_seal(seal).signed_on) == (late.date(), late.date())
    assert read_td2(*read_seal(seal).mrz).expiry == f"{document.expires_on:%y%m%d}"
    with telling(lambda _: None), BorderControl() as border:
        registered = border.read("GET", f"/v1/documents/{document.number}")
    assert registered["expires_on"] == document.expires_on.isoformat()


# Travel documents, test 14: the acceptance matrix.


@pytest.mark.parametrize(("country", "answer"), [("CHN", "not ok"), ("LAO", "unknown")])
def test_a_country_that_refuses_the_instrument_or_has_no_rule_stops_it_with_source_and_date(
    story: Story, country: str, answer: str
) -> None:
    corrections.receive_numbers(country, sorted(specimen_numbers(1)), officer=story.coordinator)
    story.opens(country=country)
    story.begins()

    while story.waits_at() is not Step.help:
        story.decides()

    told = trouble_of(story)
    assert f"says {answer} (sandbox rule table, 2026-11-01) to exit at {country} on the travel certificate" in told
    story.decides()
    assert story.waits_at() is Step.help


def test_what_a_rule_says_of_one_instrument_it_does_not_say_of_the_other(with_booklets: Story) -> None:
    story = with_booklets
    story.opens()
    story.begins()
    story.comes_to(Step.authorise)
    passport = document_of(story)
    sheet = TravelDocument(**{**passport.model_dump(), "instrument": Instrument.travel_certificate})

    with telling(lambda _: None):
        through = {
            document.instrument: acceptance.envelope(story.reference, document)[0].transit_countries
            for document in (passport, sheet)
        }

    assert through == {PASSPORT: ("TH", "VN", "MY"), Instrument.travel_certificate: ("TH", "VN")}
