from uuid import UUID

import pytest

from models.case import Step
from models.money import Money
from models.sheet import Alone, Item, Sheet, sort_out


def item(number: int, *, price: int = 400_000, flight: str = "KE690 2026-11-25", **more: object) -> Item:
    return Item(
        asking_id=UUID(int=number),
        reference=f"KHM-2026-{number:04d}",
        step=more.pop("step", Step.funding),  # type: ignore[arg-type]
        digest=f"{number:064x}",
        flight=flight,
        amount=Money(price, str(more.pop("currency", "KRW"))),
        unlike=more.pop("unlike", ()),  # type: ignore[arg-type]
    )


def sorted_out(*items: Item) -> tuple[list[list[str]], dict[str, Alone]]:
    sheets, alone = sort_out(items, tolerance_percent=2)
    return [[each.reference[-1] for each in sheet.items] for sheet in sheets], {
        each.reference[-1]: why for each, why in alone
    }


def test_equal_questions_of_one_flight_stand_on_one_sheet_in_the_order_of_references() -> None:
    assert sorted_out(item(3), item(1), item(2)) == ([["1", "2", "3"]], {})


def test_a_price_within_tolerance_is_equal_and_one_above_stands_alone() -> None:
    within, above = item(2, price=408_000), item(3, price=408_001)

    assert sorted_out(item(1), within, item(4), above) == ([["1", "2", "4"]], {"3": Alone.dearer})


def test_one_cheap_seat_sets_nobody_apart() -> None:
    assert sorted_out(item(1, price=300_000), item(2), item(3)) == ([["1", "2", "3"]], {})


@pytest.mark.parametrize("why", [Alone.minor, Alone.hit, Alone.patient, Alone.custody, Alone.claims])
def test_whoever_is_unlike_stands_alone_whatever_the_price(why: Alone) -> None:
    assert sorted_out(item(1), item(2), item(3, unlike=(why,))) == ([["1", "2"]], {"3": why})


def test_other_flights_other_steps_and_other_money_are_no_list() -> None:
    others = item(2, flight="KE690 2026-11-26"), item(3, step=Step.booking), item(4, currency="USD")

    assert sorted_out(item(1), *others)[0] == []


def test_one_question_is_no_list() -> None:
    assert sorted_out(item(1)) == ([], {"1": Alone.only})


def test_any_change_of_a_question_changes_the_letters() -> None:
    sheet = Sheet(Step.funding, "KE690 2026-11-25", (item(1), item(2)))
    changed = (
        Sheet(Step.booking, sheet.flight, sheet.items),
        Sheet(sheet.step, "KE691 2026-11-25", sheet.items),
        Sheet(sheet.step, sheet.flight, (item(1), item(3))),
        Sheet(sheet.step, sheet.flight, (*sheet.items, item(3))),
    )

    assert len({each.seen for each in (sheet, *changed)}) == 5
