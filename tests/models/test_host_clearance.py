"""Leave to go: what bars a person from leaving, and what overstay costs by the day they do."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pendulum
import pytest

from models.host_clearance import (
    FITTING,
    FineRate,
    HostItem,
    HostState,
    Leave,
    fine_by,
    fine_to_expect,
    together,
    what_bars_leaving,
    words,
)
from models.money import Money
from models.person import HostStatus

DEPARTS = pendulum.datetime(2026, 11, 25, 3)
GRANTED = Leave(state=HostState.granted, number="X-1", valid_until=DEPARTS + timedelta(seconds=1))
TEN = FineRate(amount=Decimal(10), currency="USD", source="press", since=date(2025, 1, 1))
FIVE = FineRate(amount=Decimal(5), currency="USD", source="press", since=date(2019, 1, 1))


def bars(permit: Leave = GRANTED, order: Leave = GRANTED, status: HostStatus = HostStatus.detained) -> str:
    return what_bars_leaving(permit, order, host_status=status, departs_at=DEPARTS) or "nothing"


def test_who_holds_both_may_leave() -> None:
    assert bars() == "nothing"


@pytest.mark.parametrize("state", [None, HostState.asked, HostState.refused])
def test_without_an_exit_permit_nobody_leaves(state: HostState | None) -> None:
    for status in HostStatus:
        assert bars(permit=Leave(state=state), status=status).startswith("The exit permit is ")


@pytest.mark.parametrize("state", [None, HostState.asked, HostState.refused])
def test_a_release_order_is_wanted_of_who_is_detained_and_of_nobody_else(state: HostState | None) -> None:
    found = {status: bars(order=Leave(state=state), status=status) for status in HostStatus}

    assert found.pop(HostStatus.detained).startswith("The release order of the detained person is ")
    assert set(found.values()) == {"nothing"}


def test_a_grant_without_its_paper_is_no_grant() -> None:
    assert "exit permit is not on record" in bars(permit=Leave(state=HostState.granted))


@pytest.mark.parametrize(("by", "so"), [(-1, False), (0, False), (1, True)])
def test_a_permit_must_hold_beyond_the_moment_of_departure(by: int, so: bool) -> None:  # noqa: FBT001 - a case each
    permit = Leave(state=HostState.granted, number="X", valid_until=DEPARTS + timedelta(seconds=by))

    assert (bars(permit=permit) == "nothing") is so


@pytest.mark.parametrize(("recorded", "answered"), list(product([None, *FITTING[HostItem.exit_permit]], repeat=2)))
def test_a_refusal_by_either_side_counts_and_a_grant_by_one_suffices(
    recorded: HostState | None, answered: HostState | None
) -> None:
    found = together(Leave(state=recorded), Leave(state=answered)).state

    if HostState.refused in (recorded, answered):
        assert found is HostState.refused
    elif HostState.granted in (recorded, answered):
        assert found is HostState.granted
    else:
        assert found is (recorded or answered)


def test_of_two_ends_the_earlier_counts() -> None:
    sooner, later = (
        Leave(state=HostState.granted, number="X", valid_until=DEPARTS + timedelta(days=d)) for d in (1, 2)
    )

    assert together(later, sooner).valid_until == together(sooner, later).valid_until == sooner.valid_until


@pytest.mark.parametrize(("days", "fine"), [(-3, 0), (0, 0), (1, 1000), (41, 41000)])
def test_the_last_day_of_the_permission_is_free_and_each_later_one_costs(days: int, fine: int) -> None:
    ended = date(2026, 10, 15)

    assert fine_by(ended, leaves_on=ended + timedelta(days=days), rates=[TEN]) == Money(fine, "USD")


def test_the_rate_of_the_day_of_leaving_counts_for_all_days() -> None:
    assert fine_by(date(2024, 12, 30), leaves_on=date(2024, 12, 31), rates=[TEN, FIVE]) == Money(500, "USD")
    assert fine_by(date(2024, 12, 30), leaves_on=date(2025, 1, 1), rates=[TEN, FIVE]) == Money(2000, "USD")
    assert fine_by(date(2018, 1, 1), leaves_on=date(2018, 1, 2), rates=[TEN, FIVE]) is None


def test_the_larger_of_what_is_stated_and_what_will_be_due_is_proposed_until_it_is_settled() -> None:
    stated, computed = Money(12000, "USD"), Money(41000, "USD")

    assert fine_to_expect(None, computed=computed, stated=stated) == computed
    assert fine_to_expect(HostState.asked, computed=stated, stated=computed) == computed
    assert fine_to_expect(None, computed=None, stated=stated) == stated
    assert fine_to_expect(None, computed=None, stated=Money(0, "USD")) is None
    assert fine_to_expect(None, computed=computed, stated=Money(500, "KHR")) == Money(500, "KHR")
    for settled in (HostState.paid, HostState.waived):
        assert fine_to_expect(settled, computed=computed, stated=stated) is None


def test_a_funding_officer_reads_the_risk_in_one_line() -> None:
    said = words(
        Leave(state=HostState.asked), Leave(state=HostState.refused), host_status=HostStatus.detained,
        fine=Money(41000, "USD"), fine_state=None, imposed=[HostItem.ban],
    )  # fmt: skip

    assert said == "exit permit not granted yet; release order REFUSED; fine of USD 410.00 by departure; ban issued"
