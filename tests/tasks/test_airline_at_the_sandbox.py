"""The airline's client against the sandbox over a real connection: hostile bodies, scripted routes, what comes back."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from models.booking import Option
from models.itinerary import Stop
from tasks.partners.airline import Airline, Cancellation, Hours, Seeker, Traveller
from tasks.partners.errors import OutcomeUnknown, PartnerAnswerUnclear, PartnerError, PartnerRefused, PartnerUnavailable
from tasks.partners.transport import LARGEST_BODY, telling
from tests.sandbox.harness import DEPARTURE, Sandbox

TRAVELLER = Traveller(title="mr", gender="m", given_name="GILDONG", family_name="HONG", born_on="1995-01-01")


@pytest.fixture(autouse=True)
def accounted() -> Iterator[None]:
    """Nobody asks here what the airline is told."""
    with telling(lambda told: None):
        yield


def an_option(client: Airline) -> Option:
    found = client.search(origin="KTI", destination="ICN", on=DEPARTURE, latest_arrival_on=DEPARTURE.replace(year=2100))
    return next(option for option in found if option.is_holdable and not option.wants_passport)


def test_a_landing_within_a_flight_is_read(partnered: Sandbox) -> None:
    del partnered
    with Airline() as client:
        found = client.search(
            origin="DXB", destination="AMS", on=DEPARTURE, latest_arrival_on=DEPARTURE.replace(year=2100)
        )

    stops = {option.itinerary.segments[0].stops for option in found}
    assert stops == {(Stop(airport="IST", country="TR"),)}


@pytest.mark.parametrize(
    ("kind", "of_read", "of_commit", "is_made"),
    [
        ("html_502", PartnerUnavailable, OutcomeUnknown, False),
        ("html_502_after", PartnerUnavailable, OutcomeUnknown, True),
        ("plain_403", PartnerRefused, PartnerRefused, False),
        ("status_503", PartnerUnavailable, OutcomeUnknown, False),
        ("status_429", PartnerUnavailable, PartnerUnavailable, False),
        ("half_json", PartnerAnswerUnclear, OutcomeUnknown, True),
        ("huge_body", PartnerAnswerUnclear, OutcomeUnknown, False),
        ("gzip_bomb", PartnerAnswerUnclear, OutcomeUnknown, False),
        ("drop_after", PartnerUnavailable, OutcomeUnknown, True),
    ],
)
def test_16_a_hostile_body_is_named_and_loses_no_order(
    partnered: Sandbox, kind: str, of_read: type[PartnerError], of_commit: type[PartnerError], *, is_made: bool
) -> None:
    with Airline() as client:
        option = an_option(client)

        # when an order and the reading after it meet the fault
        partnered.fault(kind, partner="airline", method="POST", path="/air/orders")
        with pytest.raises(of_commit) as commit:
            client.hold(option, TRAVELLER, intent_id=uuid4())
        partnered.fault(kind, partner="airline", method="GET", path="/air/orders")
        with pytest.raises(of_read) as read:
            client.orders_of_offer(option.offer_id)

        # then each says what the caller must do, and the order, if one was made, is found by its offer
        assert (type(commit.value), type(read.value)) == (of_commit, of_read)
        made = client.orders_of_offer(option.offer_id)
        assert len(made) == is_made
        for order in made:
            client.cancel(order.order_id)
    assert LARGEST_BODY < 50_000_000


ON_TIME = DEPARTURE.replace(year=2100)


def bought(client: Airline, route: str) -> str:
    """An order paid at once on a scripted route; return its id."""
    origin, destination = route.split("-")
    found = client.search(origin=origin, destination=destination, on=DEPARTURE, latest_arrival_on=ON_TIME)
    return client.buy(found[0], TRAVELLER, intent_id=uuid4()).order_id


def test_what_comes_back_as_the_airlines_own_credits_is_told_apart_from_money(partnered: Sandbox) -> None:
    del partnered
    quotes: list[Cancellation] = []
    with Airline() as client:
        order_id = bought(client, "LTN-SYD")
        paid = client.read_order(order_id).total

        given_back = client.cancel(order_id, shown=quotes.append)
        again = client.cancel(order_id)

    assert given_back is not None
    assert [quote.confirmed_at for quote in quotes] == [None], "the quote was shown first"
    assert (given_back.refund, given_back.refund_to) == (paid, "airline_credits")
    assert [credit.amount for credit in given_back.credits] == [paid]
    assert again == given_back, "giving back twice is giving back once"


def test_reading_the_changes_three_times_accepts_none_but_the_latest(partnered: Sandbox) -> None:
    del partnered
    with Airline() as client:
        order_id = bought(client, "LHR-LTN")
        for _ in range(3):
            changes = client.changes_by_airline(order_id)

        for stale in changes[:-1]:
            with pytest.raises(PartnerRefused) as refused:
                client.accept_change(stale.change_id)
            assert refused.value.code == "stale_airline_initiated_change_accept"
        accepted = client.accept_change(changes[-1].change_id)

    assert len(changes) == 3
    assert accepted.action_taken == "accepted"
    assert accepted.added is not None
    assert changes[0].added is not None
    assert accepted.added.departs_at == changes[0].added.departs_at.add(hours=2)


@pytest.mark.parametrize(
    ("route", "code"),
    [("LGW-STN", "insufficient_balance"), ("LHR-STN", "payment_amount_does_not_match_order_amount")],
)
def test_a_scripted_refusal_leaves_no_order(partnered: Sandbox, route: str, code: str) -> None:
    del partnered
    origin, destination = route.split("-")
    with Airline() as client:
        found = client.search(origin=origin, destination=destination, on=DEPARTURE, latest_arrival_on=ON_TIME)
        client.read_offer(found[0].offer_id)

        with pytest.raises(PartnerRefused) as refused:
            client.buy(found[0], TRAVELLER, intent_id=uuid4())

        assert refused.value.code == code
        assert client.orders_of_offer(found[0].offer_id) == []


def test_hours_ages_and_nonstop_narrow_a_search_and_a_price_is_read_anew(partnered: Sandbox) -> None:
    del partnered
    where: dict[str, Any] = {"origin": "KTI", "destination": "ICN", "on": DEPARTURE, "latest_arrival_on": ON_TIME}
    with Airline() as client:
        everything = client.search(**where, sort="total_amount")
        by_day = client.search(**where, departs=Hours(since="06:00", until="20:00"), max_connections=0)
        child = client.search(**where, seeker=Seeker(age=8, fare_type="humanitarian"))
        priced = client.price_offer(everything[0].offer_id)

    totals = [option.total.amount_minor for option in everything]
    assert totals == sorted(totals)
    assert len(by_day) < len(everything)
    assert all(6 <= option.itinerary.segments[0].departs_local.hour <= 20 for option in by_day)
    assert all(len(option.itinerary.segments) == 1 for option in by_day)
    assert min(option.total.amount_minor for option in child) < totals[0]
    assert priced is not None
    assert priced.total == everything[0].total
