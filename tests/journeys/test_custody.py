"""Custody, escorts and travelling together, from the seats to the paper; numbers as in flights §6."""

from collections import Counter
from datetime import date

import pendulum
import pytest
from sqlmodel import select

from models.case import CaseStatus, Step
from models.custody import DeskRequest, DeskStatus
from models.decision import Outcome, ReasonCode
from models.message import AlarmKind
from models.officer import Role
from models.person import Category, CategoryReason, Sex
from models.travel_document import DocumentState
from tasks import alarms, booking, case_file, decisions, doorbell, escorts, officers, takeover
from tasks.clock import now
from tests.journeys.conftest import PolicySays
from tests.journeys.story import Chapter, Story, a_person
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


def until_release(story: Story) -> None:
    """Every question is answered until the release is asked, or something stands in its way."""
    while story.waits_at() not in (Step.release, Step.help):
        story.decides()


def goes_on_anew(story: Story) -> None:
    """Somebody rings, and the run goes on."""
    assert doorbell.wake(story.reference)
    story.goes_on()


def in_the_way(story: Story) -> str:
    return next(value for _, lines in story.evidence().sections for name, value in lines if name == "What")


def another_coordinator() -> str:
    """Somebody whose codes of this minute are not spent."""
    return officers.add(name="Another", agency="MOFA", roles=[Role.coordinator], by="test").officer.number


def test_a_suspect_is_not_released_while_fewer_escorts_than_wanted_can_fly(story: Story) -> None:
    # given a suspect with seats, and one escort where two are wanted
    story.has_escorts = False
    story.opens(categories=(Category.suspect,))
    story.begins()
    story.comes_to(Step.funding)
    (first,) = story.is_escorted(1)

    until_release(story)

    # then the release is not even asked
    assert story.waits_at() is Step.help
    assert in_the_way(story).startswith("1 of 2 escorts can fly beside the person on ")
    story.decides()
    assert story.waits_at() is Step.help

    # when a second one is there, but the first one's passport or duty does not cover the flights any more
    (second,) = story.is_escorted(1)
    coordinator, sex = story.officer(Role.coordinator), Sex(story.person["sex"])
    for passport, duty in ((date(2026, 1, 1), now().add(years=1)), (date(2099, 1, 1), now().add(minutes=1))):
        escorts.add(
            first, sex=sex, passport_valid_until=passport, on_duty_from=now(), on_duty_until=duty, officer=coordinator
        )
        story.decides(officer=another_coordinator())
        assert story.waits_at() is Step.help
        assert first in in_the_way(story)

    # when both can fly
    escorts.add(
        first, sex=sex, passport_valid_until=date(2099, 1, 1), on_duty_from=now(), on_duty_until=now().add(years=1),
        officer=coordinator,
    )  # fmt: skip
    story.decides(officer=another_coordinator())

    # then the issuing officer reads who flies beside the person; an escort taken off takes the question back
    assert story.waits_at() is Step.release
    assert "2 assigned, 2 wanted" in reads(story, "Escorts")
    escorts.end(story.reference, second, officer=coordinator)
    goes_on_anew(story)
    assert story.waits_at() is Step.help
    story.is_escorted(1)
    story.decides(officer=another_coordinator())
    story.decides()
    assert story.status() is CaseStatus.released

    # when an escort falls out after the release
    escorts.end(story.reference, first, officer=coordinator)

    # then it is an alarm, once
    assert [booking.keep_clocks(at=now()).unescorted for _ in range(2)] == [1, 1]
    assert [alarm.kind for alarm in alarms.standing()] == [AlarmKind.unaccompanied]


def test_an_escort_taken_off_after_the_approval_and_before_the_seal_stops_the_release(story: Story) -> None:
    story.opens(categories=(Category.suspect,))
    story.begins()
    story.comes_to(Step.funding)
    (first, _) = story.is_escorted()
    story.comes_to(Step.release)
    decisions.record(story.reference, Step.release.value, story.answer())

    escorts.end(story.reference, first, officer=story.officer(Role.coordinator))
    goes_on_anew(story)

    assert story.status() is CaseStatus.funded
    assert story.waits_at() is Step.help
    with case_file.transaction() as session:
        assert case_file.require_document(session, story.reference).state is DocumentState.authorised


def test_only_whom_the_policy_names_lets_a_person_depart_with_fewer_escorts_and_only_with_those_they_saw(
    story: Story, policy_says: PolicySays
) -> None:
    # given the policy that comes with the program
    story.has_escorts = False
    story.opens(categories=(Category.suspect,))
    story.begins()
    story.comes_to(Step.funding)
    (first,) = story.is_escorted(1)
    until_release(story)
    with pytest.raises(decisions.AnswerRefused, match="lets nobody"):
        story.decides(Outcome.approve, ReasonCode.fewer_escorts)
    assert story.waits_at() is Step.help

    # when it names coordinators
    policy_says("fewer_allowed_by = []", 'fewer_allowed_by = ["coordinator"]')
    takeover_anew(story)
    story.decides(Outcome.approve, ReasonCode.fewer_escorts)

    # then the issuing officer reads that it is so
    assert story.waits_at() is Step.release, story.timeline()
    assert "DEPARTS WITH FEWER THAN WANTED" in reads(story, "Escorts")

    # when the one who was there is taken off too
    escorts.end(story.reference, first, officer=story.officer(Role.coordinator))
    goes_on_anew(story)

    # then nobody has let the person go with none
    assert story.waits_at() is Step.help
    assert in_the_way(story).startswith("0 of 2")


def test_who_becomes_a_suspect_on_a_full_flight_is_not_released_until_there_is_a_place_on_it(story: Story) -> None:
    # given two suspects with seats on a flight that takes two, and somebody on it whose release is asked
    held: list[Chapter] = []
    for category in (Category.suspect, Category.suspect, Category.witness):
        story.opens(categories=(category,))
        story.begins()
        story.comes_to(Step.release if category is Category.witness else Step.funding)
        held.append(Chapter(story.reference, story.person, story.run_id))
    with case_file.transaction() as session:
        routes = [case_file.require_booking(session, each.reference).route for each in held]
    assert routes[0].same_flights(routes[1])
    assert routes[0].same_flights(routes[2])

    # when they become a suspect too
    story.becomes(Category.suspect, CategoryReason.authority_told)
    goes_on_anew(story)
    story.decides()

    # then a person is asked, however often they say go on
    assert story.waits_at() is Step.help
    assert "as many people in custody as" in in_the_way(story)
    story.decides(officer=another_coordinator())
    assert "as many people in custody as" in in_the_way(story)
    assert booking.keep_clocks(at=now()).crowded == 0

    # when one of the others gets other seats
    story.reference, story.person, story.run_id = held[0].reference, held[0].person, held[0].run_id
    story.decides(Outcome.return_, ReasonCode.wrong_route, to_stage="booking")
    kept = booking.keep_clocks(at=now())

    # then it goes on by itself
    assert (kept.given_back, kept.crowded) == (1, 1)
    story.reference, story.person, story.run_id = held[2].reference, held[2].person, held[2].run_id
    story.goes_on()
    assert in_the_way(story).startswith("0 of 2 escorts can fly")


def test_who_becomes_a_suspect_with_a_document_in_hand_is_an_alarm_where_the_flight_takes_no_more(
    story: Story, policy_says: PolicySays
) -> None:
    # given somebody released, and carriers that take no suspect
    story.opens(categories=(Category.witness,))
    story.begins()
    story.comes_to(Step.handoff)
    policy_says("suspects_a_flight = 2", "suspects_a_flight = 0")
    assert booking.keep_clocks(at=now()).crowded == 0

    # when they become one
    story.becomes(Category.suspect, CategoryReason.authority_told)

    # then it is an alarm, once, and the document stands
    assert [booking.keep_clocks(at=now()).crowded for _ in range(2)] == [1, 1]
    assert [alarm.kind for alarm in alarms.standing()].count(AlarmKind.flight_crowded) == 1
    with case_file.transaction() as session:
        assert case_file.require_document(session, story.reference).state is DocumentState.valid


def takeover_anew(story: Story) -> None:
    """What the new policy says counts for the question that waits."""
    before = story.question().id
    takeover.sweep()
    if story.waits_at() is None or story.question().id != before:
        story.goes_on()


def test_fewer_escorts_is_no_reason_for_anything_else(story: Story) -> None:
    story.opens()
    story.begins()
    with pytest.raises(decisions.AnswerRefused, match="fits only where escorts are missing"):
        story.decides(Outcome.approve, ReasonCode.fewer_escorts)
