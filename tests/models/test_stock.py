"""The life of a document number: what may follow what."""

from itertools import product

import pytest

from models.stock import HELD, MOVES, StockMoveRefused, StockState, require_move


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


def test_what_is_in_the_holders_hand_or_gone_is_not_counted_at_the_mission() -> None:
    assert not HELD & {StockState.delivered, StockState.used, StockState.lost, StockState.stolen, StockState.destroyed}
