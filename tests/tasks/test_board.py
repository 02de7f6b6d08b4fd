"""The board: everybody is counted once, where they stand and for how long; a limit is the next colour."""

import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pendulum
import pytest
from sqlalchemy import text

from models.board import AMBER_AFTER, RED_AFTER, UNDER_WAY, Light, Standing, Took, light
from models.case import CaseStatus
from models.officer import OUTSIDE, Officer, Role
from tasks import board, case_file, corrections, merging, officers
from tasks.clock import now
from tests.conftest import Server
from tests.tasks.asked import House

AT = pendulum.datetime(2026, 11, 22, 12)
SECOND = timedelta(seconds=1)


@pytest.fixture
def house(case_database: Server) -> House:
    del case_database
    return House()


def reader(house: House, role: Role = Role.coordinator) -> Officer:
    return next(each for each in officers.listed() if each.number == house.officers[role])


def stands(reference: str, **values: Any) -> None:
    """Write a case's row as a long life would have left it."""
    named = ", ".join(f"{name} = :{name}" for name in values)
    with case_file.transaction() as session:
        session.execute(
            text(f"UPDATE repatriation_case SET {named} WHERE reference = :reference"),  # noqa: S608 - ours
            {**values, "reference": reference},
        )


@pytest.mark.parametrize(
    ("stood", "colour"),
    [
        (AMBER_AFTER - SECOND, Light.green), (AMBER_AFTER, Light.amber), (RED_AFTER - SECOND, Light.amber),
        (RED_AFTER, Light.red),
    ],
)  # fmt: skip
def test_the_limit_itself_is_the_next_colour_here_and_in_the_count(
    house: House, stood: timedelta, colour: Light
) -> None:
    at = now()
    stands(house.opens(), moved_at=at - stood)

    assert light(at - stood, at=at) is colour
    assert board.figures(at=at).standing[0] == Standing(CaseStatus.opened, **{colour.value: 1})


def test_everybody_is_counted_once_and_two_merged_reports_are_one_person(house: House) -> None:
    first, second, third, home = (house.opens() for _ in range(4))
    stands(third, status="booked")
    at = now()
    stands(home, status="home", opened_at=at.subtract(days=3), moved_at=at)
    merging.merge(first, second, reason="same", officer=house.officers[Role.coordinator])

    found = board.figures(at=at)

    assert [each.total for each in found.standing] == [1, 0, 0, 1, 0, 0]
    assert [each.status for each in found.standing] == list(UNDER_WAY)
    assert (found.under_way, found.home, found.cancelled) == (2, 1, 0)
    assert found.to_home == Took(1, 3 * 86_400, 3 * 86_400)
    assert found.to_money == Took(0, None, None)
    assert found.home_by_day[-1] == (at.in_timezone("Asia/Seoul").date(), 1)
    assert sum(count for _, count in found.home_by_day) == 1


def test_whoever_was_not_heard_of_is_listed_until_they_are(house: House) -> None:
    reference = house.opens()
    where: dict[str, Any] = {"place": "p", "keeper": "k", "host_status": "rescued",
                             "officer": house.officers[Role.coordinator]}  # fmt: skip

    for hours, listed in ((-2, [reference]), (2, [])):
        corrections.locate(reference, next_contact_due_at=now().add(hours=hours), **where)
        assert [each.reference for each in board.board(reader(house)).overdue] == listed


@pytest.mark.parametrize("role", Role)
def test_the_board_is_for_whoever_looks_at_cases(house: House, role: Role) -> None:
    if role in OUTSIDE:
        with pytest.raises(case_file.Refused):
            board.board(reader(house, role))
    else:
        assert board.board(reader(house, role)).figures.under_way == 0


def test_counts_are_shown_again_for_some_seconds_with_their_moment(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = reader(house)
    first = board.board(officer).figures
    house.opens()

    again = board.board(officer).figures
    monkeypatch.setattr(board, "GOOD_FOR_S", 0)
    later = board.board(officer).figures

    assert (again, first.under_way, later.under_way) == (first, 0, 1)
    assert later.at > first.at


def test_a_process_that_keeps_the_board_counts_before_anybody_asks_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Enough(Exception):
        """The first round is over."""

    def after_a_round(_seconds: float) -> None:
        raise Enough

    kept = board._Kept()
    assert kept.at(now())[0].under_way == 0
    house.opens()
    monkeypatch.setattr(board, "time", SimpleNamespace(monotonic=time.monotonic, sleep=after_a_round))

    with pytest.raises(Enough):
        kept.keep()

    assert kept.at(now())[0].under_way == 1
