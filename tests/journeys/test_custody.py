"""Custody, escorts and travelling together, from the seats to the paper; numbers as in flights §6."""

from collections import Counter
from datetime import date

import pendulum
import pytest
from sqlmodel import select

from models.case import CaseStatus, Step
from models.custody import DeskRequest, DeskStatus
from models.message import AlarmKind
from models.officer import Role
from models.person import Category, CategoryReason, Sex
from tasks import alarms, booking, case_file, decisions, doorbell, escorts
from tasks.clock import now
from tests.journeys.story import Story, a_person
from tests.journeys.test_exactly_once import Fork, fork, until

__all__ = ["fork"]


def reads(story: Story, what: str) -> str:
    """What the travel officer reads."""
    return next(value for _, lines in story.evidence().sections for name, value in lines if name == what)


def asked(story: Story) -> list[DeskRequest]:
    with case_file.transaction() as session:
        found = session.exec(select(DeskRequest).where(DeskRequest.reference == story.reference))
        return list(found.all())


def pays_by(story: Story, moment: pendulum.DateTime) -> pendulum.DateTime:
    """Let the airline give the seats another deadline; return the one they had."""
    with case_file.transaction() as session:
        held = case_file.require_booking(session, story.reference)
        before, held.pay_by = held.pay_by, moment
        session.add(held)
        return before


def desk_says(story: Story, status: str) -> None:
    answer = {"partner": "carrier-desk", "status": status, "times": 1}
    story.sandbox.control.post("/answers", json=answer).raise_for_status()


def test_23_a_suspect_cannot_become_ready_to_depart_until_the_desks_whole_answer_is_stored(story: Story) -> None:
    story.opens(categories=(Category.suspect,))
    story.begins()
    story.comes_to(Step.booking)
    assert reads(story, "Custody and care") == "DEPA"
    assert "0 assigned, 2 wanted" in reads(story, "Escorts")
    assert "Kukmin Ilbo" in reads(story, "Carrier's rule of custody")
    desk_says(story, "pending")

    story.decides()

    assert story.waits_at() is Step.help
    assert story.status() is CaseStatus.documented
    (request,) = asked(story)
    assert (request.status, request.agent, request.officer_seats) == (DeskStatus.pending, None, [])

    # The desk does not answer in time: an alarm, and nothing goes on.
    assert booking.keep_clocks(at=request.answer_by.subtract(seconds=1)).heard == 0
    assert alarms.standing() == []
    deadline = pays_by(story, request.answer_by.add(days=30))
    booking.keep_clocks(at=request.answer_by)
    pays_by(story, deadline)
    assert [alarm.kind for alarm in alarms.standing()] == [AlarmKind.desk_silent]
    assert story.waits_at() is Step.help

    # It answers: the clock hears it, and the case goes on by itself.
    answered = story.sandbox.control.post(f"/answers/carrier-desk/{request.id}", json={"status": "confirmed"})
    answered.raise_for_status()
    assert booking.keep_clocks(at=now()).heard == 1
    story.goes_on()

    assert story.waits_at() is Step.funding
    (request,) = asked(story)
    assert request.flaw is None
    assert request.codes == ["DEPA"]
    assert request.agent == "Desk agent 7"
    assert request.answered_at is not None
    assert len(set(request.officer_seats)) == 2


def test_23_who_is_victim_and_suspect_never_bears_a_deportees_code_and_the_desk_is_told_anew(story: Story) -> None:
    story.opens(categories=(Category.suspect,))
    story.begins()
    story.comes_to(Step.funding)
    assert [request.codes for request in asked(story)] == [["DEPA"]]

    story.becomes(Category.presumed_victim, CategoryReason.reasonable_grounds)
    assert doorbell.wake(story.reference)
    story.goes_on()
    assert story.waits_at() is Step.booking
    story.decides()

    assert story.waits_at() is Step.funding
    assert sorted(request.codes for request in asked(story)) == [["DEPA"], ["OTHS"]]


def test_an_escort_is_shown_to_the_travel_officer_and_sits_beside_one_person_at_a_time(story: Story) -> None:
    story.opens(categories=(Category.suspect,))
    story.begins()
    story.comes_to(Step.booking)
    coordinator = story.officer(Role.coordinator)
    escort = story.deciders[Role.duty_officer]
    escorts.add(
        escort, sex=Sex(story.person["sex"]), passport_valid_until=date(2099, 1, 1), on_duty_from=now(),
        on_duty_until=now().add(years=1), officer=coordinator,
    )  # fmt: skip

    escorts.assign(story.reference, escort, out="abc123", back="DEF456", officer=coordinator)

    assert doorbell.wake(story.reference)
    story.goes_on()
    assert story.waits_at() is Step.booking
    assert reads(story, "Escorts") == (
        f"1 assigned, 2 wanted; {escort} ({story.person['sex']}), tickets both ways; For duties near the body: {escort}"
    )
    with pytest.raises(case_file.Refused, match="at the same time"):
        escorts.assign(story.reference, escort, out="ABC123", back="DEF456", officer=coordinator)
    escorts.end(story.reference, escort, officer=coordinator)
    escorts.assign(story.reference, escort, out="ABC123", back="DEF456", officer=coordinator)


def test_a_family_of_two_equal_names_has_an_order_each_on_one_flight_and_a_child_is_accompanied(story: Story) -> None:
    parent = a_person()
    story.opens(parent)
    first = story.reference
    story.begins()
    story.comes_to(Step.booking)
    child = a_person(child=True)
    story.opens(child, categories=(Category.minor,))
    second = story.reference
    escorts.put_together([first, second], officer=story.officer(Role.coordinator))

    story.begins()
    story.comes_to(Step.booking)

    assert reads(story, "Travels together") == f"on these flights: {first}"
    assert reads(story, "Custody and care") == "none"
    with case_file.transaction() as session:
        held = [case_file.require_booking(session, reference) for reference in (first, second)]
    assert held[0].route.same_flights(held[1].route)
    assert held[0].order_id != held[1].order_id


def test_a_group_that_is_apart_is_said_to_the_travel_officer(story: Story) -> None:
    story.opens()
    first = story.reference
    story.begins()
    story.comes_to(Step.booking)
    with case_file.transaction() as session:
        held = case_file.require_booking(session, first)
        segments = tuple(each.model_copy(update={"flight_number": "KE1"}) for each in held.route.segments)
        held.itinerary = held.route.model_copy(update={"segments": segments}).model_dump(mode="json")
        session.add(held)
    story.opens()
    escorts.put_together([first, story.reference], officer=story.officer(Role.coordinator))

    story.begins()
    story.comes_to(Step.booking)

    assert reads(story, "Travels together") == f"NOT ON THESE FLIGHTS: {first}"


def test_three_suspects_whose_runs_book_at_one_moment_are_no_more_than_two_on_a_flight(
    story: Story, fork: Fork
) -> None:
    # given three suspects whose documents are authorised, and an airline that takes its time
    told = []
    for _each in range(3):
        story.opens(categories=(Category.suspect,))
        story.begins()
        story.comes_to(Step.authorise)
        decisions.record(story.reference, Step.authorise.value, story.answer())
        assert doorbell.wake(story.reference)
        told.append((story.reference, story.run_id))
    story.fault("delay", method="POST", path="/air/orders", seconds=2, times=3)

    # when a process each seeks and holds seats
    for reference, run in told:
        story.reference, story.run_id = reference, run
        fork(story)

    # then all have seats, and no aircraft more suspects than its carrier takes
    def are_held() -> bool:
        with case_file.transaction() as session:
            return all(case_file.live_booking(session, reference) for reference, _run in told)

    until(are_held, story)
    with case_file.transaction() as session:
        flights = Counter(
            case_file.require_booking(session, reference).route.segments[0].departs_local for reference, _run in told
        )
    assert sorted(flights.values()) == [1, 2], flights
