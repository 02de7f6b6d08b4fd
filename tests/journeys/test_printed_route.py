"""The paper prints the booked journey, and while it does not nobody travels on it (travel documents §5, number 13)."""

import shutil
import subprocess
from datetime import timedelta

import pytest

from models.case import CaseStatus, Step
from models.itinerary import Itinerary
from models.officer import Role
from models.travel_document import DocumentState, TravelDocument
from tasks import case_file, confirmation, delivery, exits, manifests
from tasks.clock import now
from tests.journeys.story import Story
from tests.journeys.test_by_hand import another_travel_officer, enters, returns_the_hold
from tests.journeys.test_delivery import lines_of, printed, scan
from tests.journeys.test_disruption import kept, learns, listening

__all__ = ["listening"]

poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext (poppler) is not on this machine")


def words_on(pdf: bytes) -> str:
    """What poppler reads on a paper, line by line as it stands there, single blanks between."""
    told = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(told.stdout.decode().split())


def points_of(route: Itinerary) -> list[str]:
    """How each point of a route stands on the paper."""
    first, last = route.segments[0], route.segments[-1]
    shown = [f"Departure {first.origin} {first.origin_name} {first.departs_local:%Y-%m-%d %H:%M} {first.flight_number}"]
    for before, after in zip(route.segments, route.segments[1:], strict=False):
        shown.append(
            f"Transit point {before.destination} {before.destination_name} {before.arrives_local:%Y-%m-%d %H:%M} "
            f"{after.departs_local:%Y-%m-%d %H:%M} {after.flight_number}"
        )
    if len(route.segments) == 1:
        shown.append("Transit points 없음 / none")
    return [*shown, f"Final destination {last.destination} {last.destination_name} {last.arrives_local:%Y-%m-%d %H:%M}"]


def booked(story: Story) -> Itinerary:
    with case_file.transaction() as session:
        return case_file.require_booking(session, story.reference).route


def assert_prints_the_booking(story: Story) -> str:
    """The released paper states the booked journey, no point more and none less; return its number."""
    said = words_on(printed(story))
    for point in points_of(booked(story)):
        assert point in said
    assert said.count("Transit point ") == len(booked(story).segments) - 1
    return number_of(story)


def number_of(story: Story) -> str:
    with case_file.transaction() as session:
        return case_file.require_document(session, story.reference).number


def leaving(story: Story) -> list[str]:
    """The documents on which the case's person is expected at the border."""
    return [
        each.document for each in exits.exits(story.officer(Role.host_liaison)) if each.reference == story.reference
    ]


def is_confirmed(document: TravelDocument) -> bool:
    """What the public page says of a document."""
    return confirmation.is_valid_now(document.number, document.expires_on.isoformat())


def why_not_listed(story: Story) -> str:
    """Why the flight's list does not have the person."""
    first = booked(story).segments[0]
    with pytest.raises(case_file.Refused) as refused:
        manifests.listed(first.flight_number, first.departs_local.date(), reader=story.officer(Role.travel_officer))
    return str(refused.value)


@poppler
def test_13_after_a_change_of_route_nobody_is_ready_to_travel_until_the_paper_fits_the_booking_again(
    story: Story,
) -> None:
    # given a released person whose paper prints what was booked, and was read again for the handing over
    story.opens()
    story.begins()
    story.comes_to(Step.handoff)
    number = assert_prints_the_booking(story)
    assert delivery.check(
        story.reference, "scan.png", scan(printed(story)), officer=story.coordinator, typed=lines_of(story)
    ).fault is None  # fmt: skip
    assert leaving(story) == [number]
    old_points = points_of(booked(story))

    # when the airline moves the flights to another day
    learns(story, minutes=26 * 60)

    # then the case is not ready any more, though the old paper still lies there, and nobody hands it over
    assert story.waits_at() is Step.booking
    assert story.status() is not CaseStatus.released
    assert leaving(story) == []
    assert "the travel document is for other flights" in why_not_listed(story)
    with pytest.raises(case_file.Refused, match="for other flights than are booked now"):
        delivery.deliver(story.reference, officer=story.coordinator)

    # nor while the new flights are agreed to and another paper is authorised; the old one is void
    for step in (Step.authorise, Step.release):
        story.decides()
        assert story.waits_at() is step
        assert story.status() not in (CaseStatus.released, CaseStatus.home)
        assert leaving(story) == []
        assert "the travel document is not released" in why_not_listed(story)
        (old,) = [each for each in kept(story, TravelDocument) if each.number == number]
        assert (old.state, is_confirmed(old)) == (DocumentState.void, False)

    # but once a paper that prints the new journey is released
    story.decides()
    assert story.status() is CaseStatus.released
    assert assert_prints_the_booking(story) != number
    assert leaving(story) == [number_of(story)]
    assert points_of(booked(story)) != old_points
    assert not [point for point in old_points if point in words_on(printed(story)) and "none" not in point]
    story.comes_home()


@poppler
def test_13_a_change_of_flights_is_printed_as_the_booking_has_it(story: Story) -> None:
    story.opens()
    story.begins()
    returns_the_hold(story)
    day = (now() + timedelta(days=4)).date()
    enters(
        story,
        flights=(f"VN920 KTI {day}T10:00 SGN/1 {day}T11:00", f"VN410 SGN/1 {day}T13:00 ICN {day}T20:00 nonstop"),
    )
    story.decides()
    story.decides(officer=another_travel_officer())
    story.comes_to(Step.handoff)

    assert [segment.destination for segment in booked(story).segments] == ["SGN", "ICN"]
    assert_prints_the_booking(story)
