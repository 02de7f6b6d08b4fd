"""The life of a document number: what may follow what."""

from datetime import date
from itertools import product

import pytest

from models.stock import MOVES, StockMoveRefused, StockState, is_count_missed, lies_at_mission, require_move

_GONE = {StockState.lost, StockState.stolen}


@pytest.mark.parametrize(("now", "to"), list(product(StockState, repeat=2)))
def test_a_number_moves_only_as_its_table_says(now: StockState, to: StockState) -> None:
    if to in MOVES[now]:
        require_move("X123A4567", now, to)
    else:
        with pytest.raises(StockMoveRefused, match=f"is {now.value} and cannot become {to.value}"):
            require_move("X123A4567", now, to)


def test_no_number_ever_comes_back_into_stock() -> None:
    assert all(StockState.received not in later for later in MOVES.values())


def test_every_life_ends_and_every_state_is_reached() -> None:
    reached = {StockState.received}
    while further := {to for state in reached for to in MOVES[state]} - reached:
        reached |= further

    assert reached == set(StockState)
    assert MOVES[StockState.destroyed] == frozenset()


@pytest.mark.parametrize("state", StockState)
def test_what_is_in_the_holders_hand_or_gone_is_not_counted_at_the_mission(state: StockState) -> None:
    never = {StockState.delivered, StockState.used, StockState.returned, StockState.destroyed, *_GONE}
    unless_handed_over = {StockState.void, StockState.expired}

    assert lies_at_mission(state, came_from=StockState.issued) is (state not in never)
    assert lies_at_mission(state, came_from=StockState.delivered) is (state not in never | unless_handed_over)


TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("first_held_on", "last_counted_on", "missed"),
    [
        (date(2026, 11, 1), date(2026, 11, 25), False),
        (date(2026, 11, 1), date(2026, 11, 24), False),
        (date(2026, 11, 1), date(2026, 11, 23), True),
        (date(2026, 11, 1), None, True),
        (date(2026, 11, 25), None, False),
        (date(2026, 11, 24), None, False),
        (date(2026, 11, 23), None, True),
    ],
)
def test_a_count_is_missed_once_the_day_after_it_has_passed_too(
    first_held_on: date, last_counted_on: date | None, *, missed: bool
) -> None:
    assert is_count_missed(last_counted_on=last_counted_on, first_held_on=first_held_on, today=TODAY) is missed
