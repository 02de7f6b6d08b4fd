"""A family stays together: whoever loses the companions they were to fly with is asked about anew."""

import pytest

from models.booking import BookingState
from models.case import CaseStatus, Step
from models.decision import Outcome, ReasonCode
from models.message import AlarmKind
from models.officer import Role
from models.person import Category
from models.representation import GUARDIAN, Interest
from tasks import alarms, booking, case_file, companions, decisions, doorbell, escorts, representation
from tasks.clock import now
from tasks.rounds import Round
from tests.journeys.story import Chapter, Story, a_person
from tests.journeys.test_by_hand import another_travel_officer
from tests.journeys.test_custody import reads
from tests.journeys.test_situations import changes_receiver


def turns_to(story: Story, chapter: Chapter) -> None:
    """The story goes on with another of its cases."""
    story.reference, story.person, story.run_id = chapter.reference, chapter.person, chapter.run_id


@pytest.fixture
def family(story: Story) -> tuple[Chapter, Chapter]:
    """A parent and a child with agreed seats on one flight, neither of them paid."""
    chapters: list[Chapter] = []
    for is_child in (False, True):
        story.opens(a_person(child=is_child), categories=(Category.minor,) if is_child else (Category.witness,))
        if is_child:
            escorts.put_together([chapters[0].reference, story.reference], officer=story.officer(Role.coordinator))
            changes_receiver(story, GUARDIAN)
            representation.examine_interest(
                story.reference,
                interest=Interest.return_home,
                reasons="R",
                officer=story.officer(Role.verifying_officer),
            )
        story.begins()
        story.comes_to(Step.funding)
        chapters.append(Chapter(story.reference, story.person, story.run_id))
    parent, child = chapters
    assert same_flights(parent, child)
    return parent, child


def same_flights(parent: Chapter, child: Chapter) -> bool:
    with case_file.transaction() as session:
        first, second = (case_file.require_booking(session, each.reference) for each in (parent, child))
    return first.route.same_flights(second.route)


def loses_the_seats(story: Story, parent: Chapter) -> None:
    """The parent's booking is returned, and given back to the airline."""
    turns_to(story, parent)
    story.decides(Outcome.return_, ReasonCode.wrong_route, to_stage="booking")
    assert story.waits_at() is Step.help
    booking.keep_clocks(at=now())
    with case_file.transaction() as session:
        assert case_file.live_booking(session, parent.reference) is None


def test_a_child_is_asked_about_anew_when_the_parent_loses_the_seats_and_not_while_they_keep_them(
    story: Story, family: tuple[Chapter, Chapter]
) -> None:
    parent, child = family
    assert companions.watch(at=now(), within=Round("test")) == 0

    # when the parent's seats go back
    loses_the_seats(story, parent)
    turns_to(story, child)
    story.goes_on()

    # then the travel officer is asked about the child, who keeps the seats, and reads that nobody is with them
    assert story.waits_at() is Step.booking
    assert story.status() is CaseStatus.documented
    assert reads(story, "Travels together") == f"without seats yet: {parent.reference}"
    assert reads(story, "Custody and care") == "UMNR"
    assert story.live_orders() == 1

    # when the parent has seats again, it is the child's flight that is sought
    turns_to(story, parent)
    story.decides()
    assert same_flights(parent, child)
    turns_to(story, child)
    story.decides(officer=another_travel_officer())
    if story.waits_at() is Step.booking:
        # What was approved said that nobody was with the child; so it is asked once more.
        assert reads(story, "Travels together") == f"on these flights: {parent.reference}"
        story.decides(officer=another_travel_officer())
    assert story.status() is CaseStatus.booked


def test_a_child_is_asked_about_anew_when_the_parents_journey_is_stopped_and_the_officer_reads_so(
    story: Story, family: tuple[Chapter, Chapter]
) -> None:
    parent, child = family
    turns_to(story, parent)
    story.decides(Outcome.reject, ReasonCode.other_means)
    assert story.status() is CaseStatus.cancelled

    assert companions.watch(at=now(), within=Round("test")) == 1
    turns_to(story, child)
    story.goes_on()

    assert story.waits_at() is Step.booking
    assert reads(story, "Travels together") == f"NOT TRAVELLING ANY MORE: {parent.reference}"
    assert reads(story, "Custody and care") == "UMNR"
    assert story.live_orders() == 1


def test_what_was_read_of_a_companion_while_the_question_waited_is_what_counts_when_it_is_approved(
    story: Story, family: tuple[Chapter, Chapter]
) -> None:
    # given a child whose officer reads that the parent is on the same flights
    parent, child = family
    turns_to(story, child)
    story.decides(Outcome.return_, ReasonCode.wrong_route, to_stage="booking")
    story.decides()
    assert reads(story, "Travels together") == f"on these flights: {parent.reference}"
    answer = story.answer(officer=another_travel_officer())

    # when the parent's journey is stopped before the officer has answered
    turns_to(story, parent)
    story.decides(Outcome.reject, ReasonCode.other_means)
    turns_to(story, child)
    decisions.record(story.reference, Step.booking.value, answer)
    assert doorbell.wake(story.reference)
    story.goes_on()

    # then it is asked once more
    assert story.waits_at() is Step.booking
    assert reads(story, "Travels together") == f"NOT TRAVELLING ANY MORE: {parent.reference}"


def test_a_child_is_not_released_before_the_parent_has_a_ticket_and_goes_on_by_itself_then(
    story: Story, family: tuple[Chapter, Chapter]
) -> None:
    parent, child = family
    turns_to(story, child)
    story.decides()
    assert story.waits_at() is Step.help
    assert f"{parent.reference}, who accompanies the person, has no ticket yet" in "".join(
        value for _, lines in story.evidence().sections for _name, value in lines
    )
    assert companions.watch(at=now(), within=Round("test")) == 0

    turns_to(story, parent)
    story.decides()
    with case_file.transaction() as session:
        assert case_file.require_booking(session, parent.reference).state is BookingState.ticketed
    assert companions.watch(at=now(), within=Round("test")) == 1
    turns_to(story, child)
    story.goes_on()

    assert story.waits_at() is Step.release
    assert reads(story, "Travels together") == f"on these flights: {parent.reference}"


def test_a_child_whose_release_was_approved_is_not_released_when_the_parent_loses_the_seats_meanwhile(
    story: Story, family: tuple[Chapter, Chapter]
) -> None:
    parent, child = family
    turns_to(story, parent)
    story.decides()
    turns_to(story, child)
    story.decides()
    assert story.waits_at() is Step.release
    decisions.record(story.reference, Step.release.value, story.answer())
    with case_file.transaction() as session:
        seats = case_file.require_booking(session, parent.reference)
        seats.unwanted = True
        session.add(seats)

    # whichever comes first, the clock or the run: here it is the run
    assert doorbell.wake(story.reference)
    story.goes_on()

    assert story.waits_at() is Step.booking
    assert story.status() is CaseStatus.documented
    assert alarms.standing() == []


def test_a_child_with_a_document_whose_parent_loses_the_seats_is_an_alarm_and_keeps_the_document(
    story: Story, family: tuple[Chapter, Chapter]
) -> None:
    parent, child = family
    for chapter in (parent, child):
        turns_to(story, chapter)
        story.decides()
    story.decides()
    assert story.status() is CaseStatus.released
    with case_file.transaction() as session:
        paper = case_file.require_document(session, child.reference).paper_id
        seats = case_file.require_booking(session, parent.reference)
        seats.unwanted = True
        session.add(seats)

    assert companions.watch(at=now(), within=Round("test")) == 1
    story.goes_on()

    assert AlarmKind.unaccompanied in [alarm.kind for alarm in alarms.standing()]
    assert story.waits_at() is Step.booking
    with case_file.transaction() as session:
        assert case_file.require_document(session, child.reference).paper_id == paper
