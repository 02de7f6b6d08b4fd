"""The promises of a drill: what must be there once for each person is counted for each, never only altogether."""

from dataclasses import asdict
from typing import Any

import pytest

from models.case import CaseStatus
from models.rehearsal import Counted, Totals, once_each

PARTNERS = ("orders", "payments", "commitments", "registered", "receipts")


def home(number: int) -> Counted:
    """Somebody home, with one of everything."""
    return Counted(
        reference=f"KHM-2026-{number:04d}", status=CaseStatus.home, held=0, tickets=1, documents=1, orders=1, holds=0,
        payments=1, commitments=1, registered=1, receipts=1,
    )  # fmt: skip


def but(person: Counted, **changes: Any) -> Counted:
    """The same person, counted otherwise."""
    return Counted(**{**asdict(person), **changes})


def opened(number: int) -> Counted:
    """Somebody who has not begun, with nothing."""
    nothing = dict.fromkeys(("tickets", "documents", *PARTNERS), 0)
    return but(home(number), status=CaseStatus.opened, **nothing)


def totals(people: list[Counted]) -> Totals:
    """What partners count who know of nobody else."""
    return Totals(**{name: sum(getattr(each, name) for each in people) for name in Totals.__slots__})


def broken(people: list[Counted], counted: Totals | None = None) -> list[str]:
    """What was found of each promise that does not hold."""
    return [each.found for each in once_each(people, counted or totals(people)) if not each.holds]


def test_one_of_everything_for_everybody_home_and_nothing_for_who_has_not_begun_holds() -> None:
    assert broken([home(1), home(2), opened(3)]) == []


@pytest.mark.parametrize("name", [*PARTNERS, "documents"])
def test_a_doubled_and_a_missing_one_are_named_though_the_sum_is_right(name: str) -> None:
    people = [but(home(1), **{name: 2}), but(home(2), **{name: 0}), home(3)]
    assert totals(people) == totals([home(1), home(2), home(3)])

    [found] = broken(people)

    assert found.startswith("3 ")
    assert found.endswith("KHM-2026-0001 has 2, KHM-2026-0002 has 0")


@pytest.mark.parametrize("name", PARTNERS)
def test_one_for_somebody_unknown_in_the_place_of_ours_is_named(name: str) -> None:
    people = [but(home(1), **{name: 0}), home(2)]

    [found] = broken(people, totals([home(1), home(2)]))

    assert found.endswith("KHM-2026-0001 has 0, 1 of nobody here")


def test_a_payment_that_no_ticket_on_file_answers_and_a_hold_nobody_knows_are_named() -> None:
    held = but(home(1), status=CaseStatus.booked, tickets=0, held=1, payments=0, receipts=0, orders=1, holds=1)
    assert broken([held]) == []

    assert broken([but(held, payments=1)]) == ["1 payments, KHM-2026-0001 has 1"]
    assert broken([but(held, held=0)]) == ["1 unpaid holds, KHM-2026-0001 has 1"]


def test_who_is_on_the_way_may_have_what_comes_next_and_never_two() -> None:
    ahead = but(opened(1), status=CaseStatus.booked, commitments=1, documents=1, registered=1, orders=1)
    assert broken([ahead]) == []

    assert len(broken([but(ahead, commitments=2, documents=2, registered=2, orders=2)])) == 4


def test_a_receipt_for_somebody_who_is_not_home_is_named() -> None:
    assert broken([but(opened(1), receipts=1)]) == ["1 receipts, KHM-2026-0001 has 1"]


def test_of_many_three_are_named() -> None:
    [found] = broken([but(home(number), receipts=0) for number in range(1, 8)])

    assert found.endswith("KHM-2026-0003 has 0, and 4 more are wrong")
