"""The printed page is read again before it is handed over; a sheet that fails or is gone gets a new number."""

import io

import pendulum
import pypdfium2  # type: ignore[import-untyped]  # it ships no types
import pytest
from PIL import Image, ImageDraw

from models.case import CaseStatus, Step
from models.message import AlarmKind
from models.officer import Role
from models.paper import PaperKind
from models.stock import MoveReason, StockState
from models.travel_document import StockNumber, TravelDocument
from tasks import alarms, case_file, delivery, doorbell, expiry, losses, paperwork, stock, vault
from tasks.clock import now
from tasks.papers.travel_document import render
from tests.journeys.story import Story
from tests.papers.contents import plain_travel_document


def printed(story: Story) -> bytes:
    """The released page as the printer was given it."""
    with case_file.transaction() as session:
        paper = paperwork.current(session, story.reference, PaperKind.travel_document)
        assert paper is not None
        return vault.open_(session, paper.person_id, f"paper:{paper.kind}", paper.bytes_sealed)


def scan(pdf: bytes, *, spoiled: bool = False) -> bytes:
    """The page as a scanner sees it at 300 dpi; where it is spoiled, ink ran over the seal."""
    with pypdfium2.PdfDocument(pdf) as document:
        picture: Image.Image = document[0].render(scale=300 / 72).to_pil().convert("L")
    if spoiled:
        width, height = picture.size
        ImageDraw.Draw(picture).rectangle((0, height // 2, width, height), fill=0)
    png = io.BytesIO()
    picture.save(png, "PNG")
    return png.getvalue()


def lines_of(story: Story) -> tuple[str, str]:
    """The two lines as an officer reads them on the page."""
    lines = delivery.read(printed(story), "the page").zone
    assert lines is not None
    return lines


def number_of(story: Story) -> str:
    with case_file.transaction() as session:
        return case_file.require_document(session, story.reference).number


def state_of(number: str) -> StockState:
    with case_file.transaction() as session:
        return session.get_one(StockNumber, number).state


@pytest.mark.skipif(not delivery.has_ocr(), reason="tesseract is not on this machine")
def test_the_lines_on_a_scan_are_read_by_machine() -> None:
    page = render(plain_travel_document())

    found = delivery.read(scan(page), "scan.png")

    assert found.zone_read == "ocr"
    assert found.zone is not None
    assert found.zone[0].startswith("PUKORHONG<<GIL<DONG<")
    assert found.zone[1].startswith("R412345679KOR9803145M2612199<")


@pytest.fixture
def released(story: Story) -> Story:
    """A case whose document is released and whose receiver is asked."""
    story.opens()
    story.begins()
    story.comes_to(Step.handoff)
    return story


def test_a_page_read_again_is_handed_over_used_and_taken_in(released: Story) -> None:
    number, officer = number_of(released), released.coordinator

    with pytest.raises(case_file.Refused, match="was not read again"):
        delivery.deliver(released.reference, officer=officer)
    found = delivery.check(
        released.reference, "scan.png", scan(printed(released)), officer=officer, typed=lines_of(released)
    )
    delivery.deliver(released.reference, officer=officer)
    released.comes_home()

    assert (found.fault, found.zone_read) == (None, "typed")
    assert [(move.to_state, move.moved_by) for move in stock.history(number)][1:] == [
        (StockState.reserved, "run"), (StockState.issued, "run"), (StockState.delivered, officer),
        (StockState.used, "run"), (StockState.returned, released.deciders[Role.receiving_officer]),
    ]  # fmt: skip


def test_a_page_that_cannot_be_read_again_is_spoiled_and_the_person_gets_a_new_number(released: Story) -> None:
    number = number_of(released)

    found = delivery.check(
        released.reference, "scan.png", scan(printed(released), spoiled=True), officer=released.coordinator
    )
    assert found.waits == released.reference
    assert doorbell.wake(released.reference)
    released.goes_on()
    released.comes_to(Step.handoff)

    replaced = number_of(released)
    assert found.fault == "no seal can be read on it"
    assert (state_of(number), state_of(replaced)) == (StockState.spoiled, StockState.issued)
    assert stock.history(number)[-1].reason is MoveReason.failed_reading
    with case_file.transaction() as session:
        document = case_file.require_document(session, released.reference)
        assert document.replaces_id is not None
        assert session.get_one(TravelDocument, document.replaces_id).number == number
    assert released.live_orders() == 1
    released.comes_home()


def test_the_lines_an_officer_types_are_compared_too(released: Story) -> None:
    pdf = printed(released)
    lines = lines_of(released)
    typed = (lines[0].replace("<", "X", 1), lines[1])

    found = delivery.check(released.reference, "scan.png", scan(pdf), officer=released.coordinator, typed=typed)

    assert found.fault == "its two lines are not those that were signed"


def test_somebody_elses_page_is_refused_and_spoils_nothing(released: Story) -> None:
    number = number_of(released)
    lines = ("PUKOR" + "<" * 31, "X999Z99999KOR" + "<" * 23)
    blank = io.BytesIO()
    Image.new("L", (400, 400), 255).save(blank, "PNG")

    with pytest.raises(case_file.Refused, match="carries the number X999Z9999"):
        delivery.check(released.reference, "scan.png", blank.getvalue(), officer=released.coordinator, typed=lines)

    assert state_of(number) is StockState.issued


def test_a_document_stolen_before_the_flight_is_replaced_and_told_with_its_dates(released: Story) -> None:
    number = number_of(released)
    with case_file.transaction() as session:
        document = case_file.require_document(session, released.reference)

    made, waits = losses.report(number, stolen=True, lost_on=None, place="Phnom Penh", officer=released.coordinator)
    assert losses.tell(made.id)
    told = released.sandbox.partners.get(f"/lookouts/v1/lost-documents/{made.id}").json()

    assert waits == released.reference
    assert document.issued_on is not None
    assert (told["number"], told["issued_on"], told["expires_on"], told["place"], told["circumstance"]) == (
        number, document.issued_on.isoformat(), document.expires_on.isoformat(), "Phnom Penh", "stolen",
    )  # fmt: skip
    assert state_of(number) is StockState.stolen
    assert doorbell.wake(released.reference)
    released.goes_on()
    released.comes_home()
    assert released.status() is CaseStatus.home


def test_whoever_flies_without_the_document_in_their_hand_is_an_alarm(released: Story) -> None:
    with case_file.transaction() as session:
        departs = case_file.require_booking(session, released.reference).route.departs_at

    early = delivery.sound_undelivered(at=departs.subtract(hours=4))
    near = delivery.sound_undelivered(at=departs.subtract(hours=2))
    alarmed = [alarm.reference for alarm in alarms.standing() if alarm.kind is AlarmKind.not_delivered]
    delivery.check(released.reference, "page.pdf", printed(released), officer=released.coordinator)
    delivery.deliver(released.reference, officer=released.coordinator)

    assert (early, near, alarmed) == (0, 1, [released.reference])
    assert not [alarm for alarm in alarms.standing() if alarm.kind is AlarmKind.not_delivered]
    assert delivery.sound_undelivered(at=now().add(days=30)) == 0


def test_no_new_document_is_asked_for_before_the_loss_of_the_old_one_was_told(released: Story) -> None:
    losses.report(number_of(released), stolen=True, lost_on=None, place=None, officer=released.coordinator)
    released.fault("status_503", partner="lookouts", times=1000)

    assert doorbell.wake(released.reference)
    released.goes_on()
    waits_at, said = released.waits_at(), released.timeline()[-2]
    released.sandbox.control.delete("/faults").raise_for_status()
    released.decides()

    assert waits_at is Step.help
    assert "lookouts" in said
    assert released.waits_at() is Step.authorise
    assert losses.tell_owed() == 0


def test_a_document_nobody_travelled_on_expires_with_its_last_evening_and_the_journey_gets_a_new_number(
    released: Story,
) -> None:
    number = number_of(released)
    with case_file.transaction() as session:
        departs = case_file.require_booking(session, released.reference).route.departs_at
        # The flight was moved, and the paper ends before it.
        last = departs.in_timezone("Asia/Phnom_Penh").subtract(days=2).date()
        document = case_file.require_document(session, released.reference)
        document.expires_on = last
        session.add(document)
    evening = pendulum.datetime(last.year, last.month, last.day, 16, 59)
    """23:59 in Phnom Penh, already the next day in Seoul."""

    in_time = expiry.end_expired(at=evening)
    still = state_of(number)
    ended = expiry.end_expired(at=evening.add(minutes=1))
    again = expiry.end_expired(at=evening.add(minutes=2))
    released.goes_on()
    released.comes_to(Step.handoff)

    assert (in_time, still, ended, again) == (0, StockState.issued, 1, 0)
    assert stock.history(number)[-1].to_state is StockState.expired
    assert stock.history(number)[-1].reason is MoveReason.last_day_passed
    assert "The document's last day passed and nobody travelled on it." in released.timeline()
    assert number_of(released) != number


def test_a_document_that_ends_while_its_holder_is_on_the_way_stands_and_is_an_alarm(released: Story) -> None:
    number = number_of(released)
    with case_file.transaction() as session:
        departs = case_file.require_booking(session, released.reference).route.departs_at

    ended = expiry.end_expired(at=departs.add(days=20))
    alarmed = [alarm.reference for alarm in alarms.standing() if alarm.kind is AlarmKind.expired_on_the_way]
    state = state_of(number)
    released.comes_home()

    assert (ended, state, alarmed) == (0, StockState.issued, [released.reference])
    assert state_of(number) is StockState.returned
    assert not [alarm for alarm in alarms.standing() if alarm.kind is AlarmKind.expired_on_the_way]


def test_a_page_of_which_only_the_seal_was_read_is_not_handed_over(
    released: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = scan(printed(released))
    monkeypatch.setenv("PATH", "")
    found = delivery.check(released.reference, "scan.png", page, officer=released.coordinator)

    with pytest.raises(case_file.Refused, match="only the seal was read again; type its two lines"):
        delivery.deliver(released.reference, officer=released.coordinator)
    typed = lines_of(released)
    delivery.check(released.reference, "scan.png", page, officer=released.coordinator, typed=typed)

    assert (found.fault, found.zone_read) == (None, None)
    assert delivery.deliver(released.reference, officer=released.coordinator) == number_of(released)
