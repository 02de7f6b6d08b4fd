"""What the airline changes after it sold seats: found, put before an officer, never silently taken, nobody stranded."""

import asyncio
import random
from datetime import timedelta
from typing import Any

import httpx
import pendulum
import pytest
from sqlmodel import Session, col, select

from deployments.desk.app import application
from models.booking import Booking
from models.case import CaseStatus, Step
from models.decision import Outcome, ReasonCode
from models.disruption import AirlineEvent, Disruption, DisruptionKind
from models.handoff import Handoff, HandoffState
from models.message import Alarm, AlarmKind
from models.travel_document import DocumentState, TravelDocument
from tasks import case_file, disruption, doorbell
from tasks.clock import now
from tasks.rounds import Round
from tasks.settings import settings
from tests.journeys.story import Story
from tests.journeys.test_late import booking_of, let_it_leave

SECRET = "sandbox-webhook-key"  # the sandbox's own


@pytest.fixture(autouse=True)
def listening(story: Story, configured: pytest.MonkeyPatch) -> None:
    """The desk knows what the airline signs with."""
    del story
    configured.setenv("HOMEWARD_AIRLINE_WEBHOOK_SECRET", SECRET)
    settings.cache_clear()


def moves(story: Story, *, minutes: int | None, first: int = 0) -> None:
    """The airline moves the flights of the case's order, or cancels them."""
    body = {"order_id": booking_of(story).order_id, "by_minutes": minutes, "first": first}
    story.sandbox.control.post("/flights", json=body).raise_for_status()


def messages(story: Story) -> list[dict[str, Any]]:
    """What the airline has signed about the case's order."""
    order_id = booking_of(story).order_id
    told: list[dict[str, Any]] = story.sandbox.control.get("/events").json()
    return [each for each in told if order_id in each["event"]["data"]["object"].values()]


def delivered(*sent: tuple[bytes | str, str | None]) -> list[int]:
    """Messages and their signatures reach the desk; return what the desk answers."""

    async def deliver() -> list[int]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(application()), base_url="http://desk.test") as line:
            return [
                (
                    await line.post(
                        "/hooks/airline", content=body, headers={"X-Duffel-Signature": signed} if signed else {}
                    )
                ).status_code
                for body, signed in sent
            ]

    return asyncio.run(deliver())


def hears(story: Story, *, times: int = 1) -> list[int]:
    """The newest message about the order reaches the desk so often."""
    message = messages(story)[-1]
    return delivered(*[(message["body"], message["signature"])] * times)


def looks() -> int:
    """The clock looks at the orders; nothing it does may fail."""
    this_round = Round("reading the order")
    found = disruption.watch(at=now(), within=this_round)
    assert this_round.failed == {}
    return found


def learns(story: Story, **how: Any) -> None:
    """The airline changes the flights, says so, and the case goes on."""
    moves(story, **how)
    assert hears(story) == [200]
    assert looks() == 1
    story.goes_on()


def one(session: Session, table: type[Any], story: Story) -> list[Any]:
    return list(session.exec(select(table).where(table.reference == story.reference)))


def kept(story: Story, table: type[Any]) -> list[Any]:
    """The rows of a table about the case."""
    with case_file.transaction() as session:
        return one(session, table, story)


def alarms(story: Story) -> list[AlarmKind]:
    return [alarm.kind for alarm in kept(story, Alarm)]


def comes_to_handoff(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.handoff)


def test_9_flights_an_hour_later_are_asked_about_and_accepted_and_the_paper_stays(story: Story) -> None:
    # given a released person whose flight moves by one hour, not over midnight
    comes_to_handoff(story)
    before, paper = booking_of(story), kept(story, TravelDocument)[0]
    minutes = 60 if before.route.segments[0].departs_local.hour < 22 else -60

    # when the airline says so
    learns(story, minutes=minutes)

    # then the travel officer is asked about the new times, and nothing was accepted yet
    assert story.waits_at() is Step.booking
    assert booking_of(story).route.departs_at == before.route.departs_at.add(minutes=minutes)
    assert accepted(story) == []

    # when the officer takes them
    story.decides()

    # then the latest change is accepted, the receiver was asked for the new arrival, and the same paper stands
    assert story.waits_at() is Step.handoff
    assert accepted(story) == [True]
    assert story.status() is CaseStatus.released
    assert [each.state for each in kept(story, Handoff)].count(HandoffState.accepted) == 1
    assert len(kept(story, Handoff)) == 2
    assert kept(story, TravelDocument)[0].paper_id == paper.paper_id
    assert story.live_orders() == 1
    story.comes_home()


def accepted(story: Story) -> list[bool]:
    """Of each change at the airline, whether it was accepted; only those that were acted on."""
    order = next(
        each for each in story.sandbox.control.get("/orders").json() if each["id"] == booking_of(story).order_id
    )
    return [each["action_taken"] == "accepted" for each in order["airline_initiated_changes"] if each["action_taken"]]


def test_9_flights_a_few_minutes_off_are_taken_and_told_and_many_such_are_asked_about(story: Story) -> None:
    # given a person whose release is asked, and flights moved by ten minutes
    story.opens()
    story.begins()
    story.comes_to(Step.release)
    agreed = booking_of(story).route
    minutes = -10 if agreed.segments[0].departs_local.hour > 0 else 10
    moves(story, minutes=minutes)
    assert hears(story) == [200]

    # when the clock looks
    assert looks() == 0

    # then it is accepted there, told, and the page that waits is drawn anew; the travel officer is not asked
    assert accepted(story) == [True]
    assert booking_of(story).route.departs_at == agreed.departs_at.add(minutes=minutes)
    assert "The airline changed the flights by little" in " ".join(story.timeline())
    assert kept(story, Disruption) == []
    doorbell.wake(story.reference)
    story.goes_on()
    assert story.waits_at() is Step.release
    said = " ".join(value for _, lines in story.evidence().sections for _name, value in lines)
    assert booking_of(story).route.segments[0].local_times in said
    story.decides()

    # when they move once more, by little, but more than was agreed to
    moves(story, minutes=minutes)
    assert hears(story) == [200]
    assert looks() == 1
    story.goes_on()

    # then the travel officer is asked
    assert story.waits_at() is Step.booking
    assert accepted(story) == [True]


def test_9_flights_moved_a_few_minutes_before_they_are_agreed_to_are_asked_about_anew(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.booking)
    seen = story.seen()
    moves(story, minutes=-10)
    assert hears(story) == [200]

    assert looks() == 1
    story.goes_on()

    assert story.waits_at() is Step.booking
    assert story.seen() != seen
    assert accepted(story) == []


def test_9_flights_a_day_later_need_another_paper_and_the_person_comes_home(story: Story) -> None:
    comes_to_handoff(story)
    number = kept(story, TravelDocument)[0].number

    learns(story, minutes=26 * 60)
    assert story.waits_at() is Step.booking
    story.decides()

    # then a paper for the printed day is void, another is authorised and released, and the seats are the same
    assert story.waits_at() is Step.authorise
    story.comes_home()
    documents = {each.number: each.state for each in kept(story, TravelDocument)}
    assert documents.pop(number) is DocumentState.void
    assert list(documents.values()) == [DocumentState.cancelled]
    assert len(kept(story, Booking)) == 1
    assert story.live_orders() == 1


def test_9_cancelled_flights_are_given_back_with_their_money_and_others_are_asked_about(story: Story) -> None:
    comes_to_handoff(story)
    lost = booking_of(story).order_id

    learns(story, minutes=None)
    assert story.waits_at() is Step.help
    story.decides()

    assert story.waits_at() is Step.booking
    assert booking_of(story).order_id != lost
    assert story.live_orders() == 1
    assert balance(story) == {}
    story.comes_home()


def balance(story: Story) -> dict[str, int]:
    """What the ledger says was spent and did not come back, by currency."""
    from models.ledger import Account, LedgerPosting, LedgerTransaction  # noqa: PLC0415 - of this claim alone

    with case_file.transaction() as session:
        rows = session.exec(
            select(LedgerPosting)
            .join(LedgerTransaction)
            .where(LedgerTransaction.reference == story.reference, LedgerPosting.account == Account.expense)
        ).all()
    spent: dict[str, int] = {}
    for row in rows:
        spent[row.currency] = spent.get(row.currency, 0) + row.amount_minor
    return {currency: minor for currency, minor in spent.items() if minor}


def test_an_officer_who_does_not_take_the_new_times_gets_other_seats(story: Story) -> None:
    comes_to_handoff(story)
    refused = booking_of(story).order_id
    learns(story, minutes=26 * 60)

    story.decides(Outcome.return_, ReasonCode.wrong_details)
    assert story.waits_at() is Step.help
    story.decides()

    assert story.waits_at() is Step.booking
    assert booking_of(story).order_id != refused
    assert accepted(story) == []
    assert story.live_orders() == 1


def test_9_a_change_that_was_overtaken_is_never_accepted(story: Story) -> None:
    # given a change the officer is asked about
    comes_to_handoff(story)
    learns(story, minutes=-40)
    asked = booking_of(story).route
    # when the airline changes the flights once more before the officer takes the first change
    moves(story, minutes=-50)
    story.decides()

    # then neither was accepted, and the officer is asked about the latest
    assert story.waits_at() is Step.booking
    assert accepted(story) == []
    assert booking_of(story).route.departs_at == asked.departs_at.subtract(minutes=50)
    story.decides()
    assert accepted(story) == [True]


def test_a_lost_message_is_made_good_by_reading_the_order_in_its_turn(story: Story) -> None:
    comes_to_handoff(story)
    moves(story, minutes=-60)

    assert looks() == 0, "it was read a moment ago"
    found = disruption.watch(at=now().add(hours=7), within=Round("reading the order"))
    story.goes_on()

    assert found == 1
    assert story.waits_at() is Step.booking


def test_a_message_that_does_not_say_of_which_order_has_every_order_read_once(story: Story) -> None:
    # given flights that were changed, and a word of the airline's that is not known here
    comes_to_handoff(story)
    moves(story, minutes=-60)
    with case_file.transaction() as session:
        session.add(AirlineEvent(idempotency_key="k", kind="order.vanished", heard_at=now()))
    story.fault("status_503", method="GET", path="/air/orders")

    # then it stands until the order was read
    failing = Round("reading the order")
    disruption.watch(at=now(), within=failing)
    assert set(failing.failed) == {story.reference}
    assert looks() == 1
    assert looks() == 0
    with case_file.transaction() as session:
        assert session.get_one(AirlineEvent, "k").looked_at is not None


def test_a_message_about_an_order_that_could_not_be_read_stands_until_it_was(story: Story) -> None:
    comes_to_handoff(story)
    moves(story, minutes=-60)
    assert hears(story) == [200]
    story.fault("status_503", method="GET", path="/air/orders")

    failing = Round("reading the order")
    disruption.watch(at=now(), within=failing)

    assert set(failing.failed) == {story.reference}
    assert looks() == 1
    assert looks() == 0


def test_a_person_on_the_way_keeps_paper_and_seats_and_officers_are_paged(story: Story) -> None:
    # given a released person whose flight has left
    comes_to_handoff(story)
    let_it_leave(story)
    leave_as_printed(story)
    paper = kept(story, TravelDocument)[0]

    for minutes in (26 * 60, None):
        learns(story, minutes=minutes)

        # then nobody is asked to undo anything, the paper stands, and the coordinators are paged
        assert story.waits_at() is Step.handoff, story.timeline()
        assert story.status() is CaseStatus.released
        assert kept(story, TravelDocument)[0].state is DocumentState.valid
        assert kept(story, TravelDocument)[0].paper_id == paper.paper_id
    assert alarms(story) == [AlarmKind.stranded] * 2
    assert story.live_orders() == 1


def leave_as_printed(story: Story) -> None:
    """Let the printed journey be the one that has left."""
    with case_file.transaction() as session:
        document = session.exec(select(TravelDocument).where(TravelDocument.reference == story.reference)).one()
        document.itinerary = booking_of(story).itinerary
        session.add(document)


def test_whom_the_carrier_did_not_take_gets_other_seats_and_a_paper_for_them(story: Story) -> None:
    comes_to_handoff(story)
    let_it_leave(story)
    leave_as_printed(story)
    left = booking_of(story).order_id

    disruption.report_off_load(story.reference, officer=story.coordinator)
    story.goes_on()
    assert story.waits_at() is Step.help
    assert alarms(story) == [AlarmKind.stranded]
    story.decides()

    assert story.waits_at() is Step.booking
    assert booking_of(story).order_id != left
    story.comes_home()
    assert sorted(each.state for each in kept(story, TravelDocument)) == [DocumentState.cancelled, DocumentState.void]
    with pytest.raises(case_file.Refused):
        disruption.report_off_load(story.reference, officer=story.coordinator)


def test_a_message_delivered_five_times_is_one_and_changes_nothing_by_itself(story: Story) -> None:
    comes_to_handoff(story)
    moves(story, minutes=-60)
    before = booking_of(story)

    assert hears(story, times=5) == [200] * 5

    with case_file.transaction() as session:
        heard = session.exec(select(AirlineEvent).where(col(AirlineEvent.order_id) == before.order_id)).all()
    assert len(heard) == 1
    assert booking_of(story) == before
    assert looks() == 1
    assert looks() == 0
    assert [each.kind for each in kept(story, Disruption)] == [DisruptionKind.schedule_change]


def test_10_a_forged_message_changes_nothing(story: Story) -> None:
    comes_to_handoff(story)
    moves(story, minutes=-60)
    message = messages(story)[-1]
    body, signature = message["body"], message["signature"]
    stated = int(signature.partition(",")[0].removeprefix("t="))
    place = random.randrange(len(body))
    forgeries = [
        (body, None),
        (body, "nah"),
        (body, signature[:-1] + ("0" if signature[-1] != "0" else "1")),
        (body, signature.upper()),
        (body, f"t={stated - 600},{signature.partition(',')[2]}"),
        (body + "\n", signature),
        (body[:place] + ("X" if body[place] != "X" else "Y") + body[place + 1 :], signature),
    ]

    assert delivered(*forgeries) == [401] * len(forgeries), place
    assert delivered((b"x" * 2**19, signature)) == [413]
    with case_file.transaction() as session:
        assert session.exec(select(AirlineEvent)).all() == []
    assert kept(story, Disruption) == []
    assert looks() == 0


def test_10_an_old_message_is_not_taken_though_it_is_genuine(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    comes_to_handoff(story)
    moves(story, minutes=-60)
    monkeypatch.setattr(disruption, "now", lambda: pendulum.now("UTC") + timedelta(minutes=10))

    assert hears(story) == [401]
