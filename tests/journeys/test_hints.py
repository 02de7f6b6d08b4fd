"""A message of the airline about an order whose answer was lost: a reason to look there at once, and never a fact."""

import hashlib
import hmac
from typing import Any

import pytest
from sqlmodel import Session, select

from models.case import CaseStatus, Step
from models.decision import Outcome, ReasonCode
from models.disruption import CREATED, CREATION_FAILED, AirlineEvent
from models.intent import Act, Intent, IntentState
from models.message import AlarmKind
from tasks import alarms, booking, case_file
from tasks.clock import now
from tasks.settings import settings
from tests.journeys.story import Story
from tests.journeys.test_disruption import SECRET, delivered
from tests.journeys.test_exactly_once import posts, until


@pytest.fixture(autouse=True)
def listening(story: Story, configured: pytest.MonkeyPatch) -> None:
    """The desk knows what the airline signs with."""
    del story
    configured.setenv("HOMEWARD_AIRLINE_WEBHOOK_SECRET", SECRET)
    settings.cache_clear()


def loses_the_answer(story: Story, fault: str, **more: Any) -> Intent:
    """Seats are bought, and nobody knows whether; return the intent."""
    story.opens()
    story.begins()
    story.comes_to(Step.authorise)
    story.fault(fault, method="POST", path="/air/orders", **more)
    story.decides()
    assert story.waits_at() is Step.help
    with case_file.transaction() as session:
        return the_hold(session, story)


def the_hold(session: Session, story: Story) -> Intent:
    """The first hold of the case."""
    return session.exec(
        select(Intent).where(Intent.reference == story.reference, Intent.act == Act.hold_seats).order_by("written_at")
    ).all()[0]


def messages_of(story: Story, offer_id: str) -> list[tuple[str, str]]:
    """What the airline has signed about an offer by now."""
    return [
        (each["body"], each["signature"])
        for each in story.sandbox.control.get("/events").json()
        if each["event"]["data"]["object"].get("offer_id") == offer_id
    ]


def hears_of(story: Story, offer_id: str, *, times: int = 1) -> None:
    """The airline speaks of an offer, and the desk hears it so often."""
    until(lambda: bool(messages_of(story, offer_id)), story)
    assert delivered(*messages_of(story, offer_id)[-1:] * times) == [200] * times


def is_said(intent: Intent, *kinds: str) -> None:
    """Messages about an offer were heard."""
    with case_file.transaction() as session:
        session.add_all(
            AirlineEvent(idempotency_key=f"{kind}-{intent.id}", kind=kind, offer_id=intent.subject, heard_at=now())
            for kind in kinds
        )


def test_3_a_message_that_the_order_was_made_has_it_read_at_once_and_adopted(story: Story) -> None:
    # given an order accepted and made later
    lost = loses_the_answer(story, "accepted_202", seconds=1)
    before = posts(story)

    # when the airline's message arrives, five times over, and no clock has struck
    hears_of(story, lost.subject, times=5)
    story.goes_on()

    # then the order was found by reading, and the case goes on by itself
    assert story.waits_at() is Step.booking
    assert story.live_orders() == 1
    assert posts(story) == before
    story.decides()
    assert story.status() is CaseStatus.booked


def test_3_a_message_of_an_order_the_airline_does_not_show_makes_none_and_the_clock_looks_again_soon(
    story: Story,
) -> None:
    # given an answer that was lost, looked for many times already
    lost = loses_the_answer(story, "accepted_202_failed")
    with case_file.transaction() as session:
        row = session.get_one(Intent, lost.id)
        row.looks = 8
        session.add(row)

    # when a message speaks of the order, and the airline's lists do not
    is_said(lost, CREATED)
    assert booking.follow_hints(at=now()) == 0

    # then nothing is believed, and it is looked for again in a minute
    assert story.waits_at() is Step.help
    with case_file.transaction() as session:
        row = the_hold(session, story)
        assert (row.state, row.looks) == (IntentState.unknown, 0)
        assert row.look_again_at() <= now().add(minutes=1)
    assert booking.follow_hints(at=now()) == 0, "one message is followed once"


def test_3_an_order_said_to_have_failed_and_not_shown_is_sought_anew_by_itself(story: Story) -> None:
    # given an order accepted that the airline will not make
    lost = loses_the_answer(story, "accepted_202_failed")
    before = posts(story)

    # when it says so
    hears_of(story, lost.subject)
    story.goes_on()

    # then other seats are held, once, and the first order is looked for still
    assert story.waits_at() is Step.booking
    assert posts(story) == before + 1
    assert story.live_orders() == 1
    with case_file.transaction() as session:
        first = the_hold(session, story)
    assert first.state is IntentState.abandoned
    assert first.words == "the airline said that it made no order, and shows none"


@pytest.mark.parametrize("contradicted", ["by another message", "by what it shows"])
def test_3_an_order_said_to_have_failed_that_exists_or_was_said_to_is_not_given_up(
    story: Story, contradicted: str
) -> None:
    by_message = contradicted == "by another message"
    # Long enough that the run has given up looking on a slow machine too.
    lost = loses_the_answer(story, "accepted_202_failed" if by_message else "accepted_202", seconds=8)
    before = posts(story)
    if by_message:
        is_said(lost, CREATED, CREATION_FAILED)
    else:
        until(lambda: bool(messages_of(story, lost.subject)), story)
        is_said(lost, CREATION_FAILED)

    found = booking.follow_hints(at=now())

    assert found == (0 if by_message else 1)
    assert posts(story) == before
    with case_file.transaction() as session:
        state = the_hold(session, story).state
    assert state is (IntentState.unknown if by_message else IntentState.done)


@pytest.mark.leaves_a_hold
def test_3_an_order_given_up_that_is_spoken_of_later_is_an_alarm_at_once(story: Story) -> None:
    # given an order that an officer treated as not made
    lost = loses_the_answer(story, "accepted_202", seconds=4)
    story.has_waited()
    story.decides(Outcome.approve, ReasonCode.treat_as_not_done)
    assert story.waits_at() is Step.booking

    # when the airline says that it was made
    hears_of(story, lost.subject)

    # then it is an alarm, and nothing is cancelled by itself
    assert [alarm.kind for alarm in alarms.standing()] == [AlarmKind.two_orders]
    assert len(story.holds_at_the_airline()) == 2


@pytest.mark.parametrize(
    "body",
    [
        # As duffel.com/docs/api/v2/webhooks has it; what is in the object it does not say.
        (
            '{"id": "wev_0000A4tQSmKyqOrcySrGbo", "api_version": "v2", "type": "order.creation_failed",'
            ' "data": {"object": {}}, "live_mode": false, "idempotency_key":'
            ' "ZmFpbGVkLXBvcl8wMDAwQW5KMjhnQ0lxU3k5RURDeFRV", "created_at": "2020-04-11T15:48:11.642000Z",'
            ' "identity_organisation_id": "org_0000APMFjhs4X2rJ6k7UIE"}'
        ),
        (
            '{"type": "order.creation_failed", "data": {"object": {"id": "por_1", "offer_id": 7}}, "live_mode": false,'
            ' "idempotency_key": "ZmFpbGVkLXBvcl8wMDAw+/=="}'
        ),
        '{"type": "order.vanished", "data": [], "live_mode": false, "idempotency_key": "x"}',
        '{"type": 7}',
        "[" * 9000,
    ],
)
def test_3_a_message_in_an_unknown_shape_is_kept_and_followed_by_reading_and_decides_nothing(
    story: Story, body: str
) -> None:
    # given an order whose answer was lost, and which the airline shows in a moment
    lost = loses_the_answer(story, "accepted_202", seconds=1)
    before = posts(story)

    # when a message it signed says that something happened, and not to what
    assert delivered((body, signed(body))) == [200]
    with case_file.transaction() as session:
        (kept,) = session.exec(select(AirlineEvent)).all()
        row = the_hold(session, story)
    assert (kept.order_id, kept.offer_id) == (None, None)
    assert row.looked_at is not None
    assert row.state in (IntentState.unknown, IntentState.done)
    unclear = [alarm.kind for alarm in alarms.standing()]
    assert unclear == ([AlarmKind.message_unclear] if "idempotency_key" not in body else [])

    # then what became of the order is read, and it is adopted
    until(lambda: bool(messages_of(story, lost.subject)), story)
    booking.keep_clocks(at=now().add(minutes=5))
    story.goes_on()
    assert story.waits_at() is Step.booking
    assert (posts(story), story.live_orders()) == (before, 1)


def test_a_message_that_an_order_failed_without_saying_which_gives_up_none(story: Story) -> None:
    lost = loses_the_answer(story, "accepted_202_failed")
    with case_file.transaction() as session:
        session.add(AirlineEvent(idempotency_key="ZmFpbA==", kind=CREATION_FAILED, heard_at=now()))

    assert booking.follow_hints(at=now()) == 0

    with case_file.transaction() as session:
        row = the_hold(session, story)
    assert (row.id, row.state, row.looks) == (lost.id, IntentState.unknown, 0)
    assert story.waits_at() is Step.help


def signed(body: str) -> str:
    """The header of a message the airline signs now."""
    stated = str(int(now().timestamp()))
    digest = hmac.new(SECRET.encode(), f"{stated}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={stated},v1={digest}"


def test_a_forged_message_about_a_lost_order_makes_nobody_look(story: Story) -> None:
    lost = loses_the_answer(story, "accepted_202", seconds=1)
    until(lambda: bool(messages_of(story, lost.subject)), story)
    body, signature = messages_of(story, lost.subject)[-1]

    assert delivered((body + "\n", signature), (body, None)) == [401, 401]

    with case_file.transaction() as session:
        row = the_hold(session, story)
    assert (row.state, row.looked_at) == (IntentState.unknown, None)
    assert booking.keep_clocks(at=now().add(hours=1)).found == 1
