"""Hostile and broken bodies from the airline, over a real connection: no crash, and each is named by what it is."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from models.booking import Option
from tasks.partners.airline import Airline, Traveller
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
def test_a_hostile_body_is_named_and_loses_no_order(
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
        assert len(client.orders_of_offer(option.offer_id)) == is_made
    assert LARGEST_BODY < 50_000_000
