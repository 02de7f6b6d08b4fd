"""
A seat is bought once, whatever happens between the request and its answer; counted at the airline.

The numbers are those of the list of what a booking stage must have, in flights §6.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from itertools import count

import httpx
import pendulum
import pytest
from prefect.settings import PREFECT_API_URL
from sqlmodel import col, select

from models.case import CaseStatus, Step
from models.decision import Door, Outcome, ReasonCode
from models.intent import Act, Intent, IntentState
from models.message import AlarmKind
from tasks import alarms, booking, case_file, decisions, doorbell, officers, takeover
from tasks.clock import now
from tests.journeys.story import Chapter, Story

WAITS_S = 40

Fork = Callable[[Story], int]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep takes over at once."""
    monkeypatch.setattr(takeover, "GRACE", pendulum.duration())


@pytest.fixture
def fork(story: Story) -> Iterator[Fork]:
    """Starts the next segment of a story's run in a process of its own, and returns its number."""
    del story
    with subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.segment_process"],
        env={**os.environ, "PREFECT_API_URL": str(PREFECT_API_URL.value())},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:

        def begin(story: Story) -> int:
            assert server.stdin is not None
            assert server.stdout is not None
            server.stdin.write(f"{story.run_id}\n")
            server.stdin.flush()
            return int(server.stdout.readline())

        yield begin


def until(is_so: Callable[[], bool], story: Story) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + WAITS_S
    while not is_so():
        assert time.monotonic() < deadline, story.timeline()
        time.sleep(0.01)


def kill(process: int, story: Story) -> None:
    """End a process as a power cut would, and wait until it is gone."""
    os.kill(process, signal.SIGKILL)

    def is_gone() -> bool:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        return False

    until(is_gone, story)


def is_taken_over(story: Story) -> bool:
    """Whether the sweep has found that the case's process is gone, and set the case going."""
    return story.reference in takeover.sweep()


def posts(story: Story, path: str = "/air/orders") -> int:
    """How many requests the airline has had that buy, cancel or pay."""
    log = story.sandbox.control.get("/requests", params={"partner": "airline", "method": "POST", "path": path})
    return sum(request["path"] == path for request in log.json())


def faults_left(story: Story) -> int:
    return len(story.sandbox.control.get("/faults").json())


def loses_its_seats(story: Story) -> None:
    """The seats are not wanted any more, and the run is woken to seek others."""
    with case_file.transaction() as session:
        held = case_file.require_booking(session, story.reference)
        held.unwanted = True
        session.add(held)
        decisions.withdraw(session, story.reference, Step.booking)
    assert doorbell.wake(story.reference)


@pytest.mark.parametrize("times", [20, pytest.param(200, marks=pytest.mark.long)])
def test_1_killed_at_a_random_moment_between_post_and_reply_each_traveller_has_one_live_order(
    story: Story, fork: Fork, times: int
) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201  shown where it fails
    draw = random.Random(seed)
    story.opens()
    story.begins()
    story.comes_to(Step.booking)
    before = posts(story)

    for _ in range(times):
        # The airline makes the order before or after the process dies; it cannot know either.
        lasts = draw.uniform(0.02, 0.3)
        story.fault(draw.choice(("delay", "delay_after")), method="POST", path="/air/orders", seconds=lasts)
        loses_its_seats(story)
        process = fork(story)
        until(lambda: faults_left(story) == 0, story)
        time.sleep(draw.uniform(0, lasts))
        kill(process, story)
        until(lambda: story.live_orders() == 1, story)
        until(lambda: is_taken_over(story), story)
        story.goes_on()

        assert story.waits_at() is Step.booking, story.timeline()
        assert story.live_orders() == 1

    story.decides()
    assert story.status() is CaseStatus.booked
    assert posts(story) == before + times


def test_2_an_order_made_and_its_line_dropped_is_adopted_and_its_request_was_sent_once(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.authorise)
    before = posts(story)
    story.fault("drop_after", method="POST", path="/air/orders")

    story.decides()

    assert story.waits_at() is Step.booking
    assert story.live_orders() == 1
    assert posts(story) == before + 1


def test_3_accepted_and_created_later_is_found_by_the_clock_and_not_sent_again(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.authorise)
    before, days = posts(story), count(1)
    story.fault("accepted_202", method="POST", path="/air/orders", seconds=3)
    story.decides()
    assert story.waits_at() is Step.help
    with pytest.raises(decisions.AnswerRefused, match="may still come to light"):
        story.decides(Outcome.approve, ReasonCode.treat_as_not_done)
    assert story.waits_at() is Step.help

    # Before its time the airline is left alone: each wait is twice as long as the one before.
    assert booking.keep_clocks(at=now()).found == 0
    until(lambda: booking.keep_clocks(at=now().add(days=next(days))).found == 1, story)
    story.goes_on()

    assert story.waits_at() is Step.booking
    assert story.live_orders() == 1
    assert posts(story) == before + 1
    story.comes_home()


def test_3_accepted_and_never_created_is_sought_anew_only_after_an_officer_has_said_so(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.authorise)
    before = posts(story)
    story.fault("accepted_202_failed", method="POST", path="/air/orders")
    story.decides()
    assert story.waits_at() is Step.help
    story.decides()
    assert story.waits_at() is Step.help
    assert posts(story) == before + 1

    story.has_waited()
    story.decides(Outcome.approve, ReasonCode.treat_as_not_done)

    assert story.waits_at() is Step.booking
    assert posts(story) == before + 2
    assert story.live_orders() == 1
    with case_file.transaction() as session:
        first = session.exec(
            select(Intent).where(Intent.act == Act.hold_seats).order_by(col(Intent.written_at))
        ).first()
    assert first is not None
    assert first.state is IntentState.abandoned
    assert first.words == f"{story.coordinator} decided to treat it as not done"


@pytest.mark.leaves_a_hold
def test_3_an_order_that_comes_to_light_after_all_is_an_alarm_and_none_is_cancelled_by_itself(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.authorise)
    story.fault("accepted_202", method="POST", path="/air/orders", seconds=2)
    story.decides()
    story.has_waited()
    story.decides(Outcome.approve, ReasonCode.treat_as_not_done)
    assert story.waits_at() is Step.booking
    until(lambda: len(story.holds_at_the_airline()) == 2, story)
    time.sleep(2)
    with case_file.transaction() as session:
        deadline = case_file.require_booking(session, story.reference).pay_by

    # Before the seats lapse, which late in a day is soon: the next flight leaves that night.
    booking.keep_clocks(at=min(deadline.subtract(seconds=1), now().add(hours=2)))

    assert [alarm.kind for alarm in alarms.standing()] == [AlarmKind.two_orders]
    assert len(story.holds_at_the_airline()) == 2


def test_6_a_balance_that_is_too_small_waits_for_a_person_and_then_seeks_a_new_offer(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.authorise)
    before = posts(story)
    story.fault("balance_too_small", method="POST", path="/air/orders")
    story.decides()
    assert story.waits_at() is Step.help
    assert "topped up" in story.timeline()[-2]
    assert posts(story) == before + 1

    story.decides()

    assert story.waits_at() is Step.booking
    assert posts(story) == before + 2
    with case_file.transaction() as session:
        offers = {intent.subject for intent in session.exec(select(Intent).where(Intent.act == Act.hold_seats))}
    assert len(offers) == 2


def test_6_a_balance_too_small_to_pay_waits_in_funding_and_the_same_order_is_paid_once(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    before = story.sandbox.control.get("/counts").json()["payments"]
    story.fault("balance_too_small", method="POST", path="/air/payments")
    story.decides()
    assert story.waits_at() is Step.help
    assert story.status() is CaseStatus.booked

    story.decides()

    assert story.waits_at() is Step.release
    assert story.sandbox.control.get("/counts").json()["payments"] == before + 1
    assert story.live_orders() == 1


@pytest.mark.parametrize(
    ("kind", "comes_to"), [("duplicate_booking_after", Step.booking), ("duplicate_booking", Step.help)]
)
def test_7_a_maybe_booked_code_is_adopted_where_it_booked_and_else_a_persons_question(
    story: Story, kind: str, comes_to: Step
) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.authorise)
    before = posts(story)
    story.fault(kind, method="POST", path="/air/orders")

    story.decides()

    assert story.waits_at() is comes_to
    assert posts(story) == before + 1
    assert story.live_orders() == (1 if comes_to is Step.booking else 0)


@pytest.mark.parametrize("at_confirmation", [False, True])
def test_22_killed_between_quote_and_confirmation_the_order_is_cancelled_once(
    story: Story, fork: Fork, *, at_confirmation: bool
) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    cancelled = story.sandbox.control.get("/counts").json()["orders_cancelled"]
    if at_confirmation:
        story.fault("delay", method="POST", path="/air/order_cancellations", seconds=0)
    story.fault("delay_after", method="POST", path="/air/order_cancellations", seconds=20)
    decisions.cancel(
        story.reference, officer_number=story.coordinator, code=officers.drill_code(story.coordinator),
        reason_code=ReasonCode.person_declined.value, door=Door.cli,
    )  # fmt: skip
    assert doorbell.wake(story.reference)
    process = fork(story)
    until(lambda: faults_left(story) == 0, story)
    if at_confirmation:
        until(lambda: story.live_orders() == 0, story)
    kill(process, story)

    until(lambda: is_taken_over(story), story)
    story.goes_on()

    assert story.status() is CaseStatus.cancelled
    assert story.live_orders() == 0
    assert story.sandbox.control.get("/counts").json()["orders_cancelled"] == cancelled + 1


def test_8_a_hold_whose_deadline_passes_while_its_case_waits_for_help_is_given_back_and_held_again(
    story: Story,
) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    story.decides(Outcome.ask, ReasonCode.evidence_missing)
    assert story.waits_at() is Step.help
    with case_file.transaction() as session:
        deadline = case_file.require_booking(session, story.reference).pay_by

    assert booking.keep_clocks(at=deadline.subtract(seconds=1)).given_back == 0
    assert len(story.holds_at_the_airline()) == 1
    assert booking.keep_clocks(at=deadline).given_back == 1
    assert story.holds_at_the_airline() == []
    assert story.waits_at() is Step.help

    story.decides()

    assert story.live_orders() == 1
    story.comes_home()


def test_8_seats_that_lapse_undecided_again_and_again_are_a_persons_question(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.booking)

    for _ in range(3):
        with case_file.transaction() as session:
            deadline = case_file.require_booking(session, story.reference).pay_by
            decisions.withdraw(session, story.reference, Step.booking)
        assert booking.keep_clocks(at=deadline).given_back == 1
        assert story.holds_at_the_airline() == []
        assert doorbell.wake(story.reference)
        story.goes_on()

    assert story.waits_at() is Step.help
    assert "have somebody decide" in story.timeline()[-2]
    story.decides()
    assert story.waits_at() is Step.booking


def comes_to_the_hold(story: Story) -> Chapter:
    """The document is approved, and the run will seek seats when it is set going; it was not yet."""
    story.begins()
    story.comes_to(Step.authorise)
    decisions.record(story.reference, Step.authorise.value, story.answer())
    assert doorbell.wake(story.reference)
    return Chapter(story.reference, story.person, story.run_id)


@pytest.mark.parametrize("by", ["two processes of one run", "two cases of one person under two spellings"])
def test_4_two_who_book_for_one_person_at_one_moment_make_one_order(story: Story, fork: Fork, by: str) -> None:
    # given one person whose seats two processes are about to buy, and an airline that takes its time
    story.opens()
    first = comes_to_the_hold(story)
    told = [first, first]
    if by.startswith("two cases"):
        family_name = f"{first.person['surname_latin']}"
        story.opens(first.person, passport_number=None, name_latin=f"{family_name.title()} X")
        told = [first, comes_to_the_hold(story)]
    before = posts(story)
    story.fault("delay", method="POST", path="/air/orders", seconds=2, times=2)

    # when both go on at once
    for chapter in told:
        story.reference, story.person, story.run_id = chapter.reference, chapter.person, chapter.run_id
        fork(story)
    until(lambda: story.live_orders() == 1, story)
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and len({c.reference for c in told}) > 1 and not is_in_trouble(told):
        time.sleep(0.2)

    # then the airline was asked for one order, and has one; the other case asks a person
    assert posts(story) == before + 1
    assert story.live_orders() == 1
    if by.startswith("two cases"):
        assert is_in_trouble(told)


def is_in_trouble(told: list[Chapter]) -> bool:
    """Whether one of the cases waits for a person because of the other."""
    with case_file.transaction() as session:
        found = [case_file.open_trouble(session, each.reference) for each in told]
    return [each.code for each in found if each is not None] == ["conflict"]


def test_12_the_number_sent_to_an_airline_that_wants_one_is_the_new_documents_and_no_other_sends_any(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a person whose passport is lost, and a line on which every byte to the airline is seen
    sent: list[bytes] = []
    passed_on = httpx.HTTPTransport.handle_request

    def seen(line: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/airline/"):
            sent.append(request.read())
        return passed_on(line, request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", seen)
    story.opens()
    story.begins()
    story.comes_to(Step.booking)

    # then the lost number never went there, and where the offer wants a document it is the one that was authorised
    lost = story.person["passport"]["number"].encode()
    assert [body for body in sent if lost in body] == []
    (ordered,) = [json.loads(body)["data"] for body in sent if b'"selected_offers"' in body]
    (passenger,) = ordered["passengers"]
    with case_file.transaction() as session:
        document = case_file.require_document(session, story.reference)
        arrives = case_file.require_booking(session, story.reference).route.segments[-1].arrives_local.date()
    (offer,) = ordered["selected_offers"]
    wants = story.sandbox.airline.http.get(f"/air/offers/{offer}").json()["data"][
        "supported_passenger_identity_document_types"
    ]
    if not wants:
        assert document.number.encode() not in b"".join(sent)
        assert "identity_documents" not in passenger
        return
    (given,) = passenger["identity_documents"]
    assert (given["type"], given["unique_identifier"], given["issuing_country_code"]) == (
        "passport", document.number, "KR",
    )  # fmt: skip
    assert date.fromisoformat(given["expires_on"]) > arrives
