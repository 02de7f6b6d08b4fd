"""The situation report: the difference adds up, names why, and a report is the same bytes whenever it is opened."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.board import UNDER_WAY, Standing, Took
from models.case import CaseStatus
from models.officer import OUTSIDE, Officer, Role
from models.situation import Named, Situation, changes, moved
from tasks import case_file, merging, officers, situation
from tasks.clock import now
from tasks.papers.page import Colour
from tasks.papers.situation_report import SituationContent, difference, render
from tests.conftest import Server
from tests.papers.reading import words_in, words_of
from tests.tasks.asked import House


def said(opened: int, *, home: int = 0, cancelled: int = 0, merged: int = 0) -> Situation:
    under_way = opened - home - cancelled - merged
    return Situation(
        opened=opened, home=home, cancelled=cancelled, merged=merged, overdue=0, lapsing=0, home_by_day=(),
        standing=(Standing(UNDER_WAY[0], green=under_way), *(Standing(each) for each in UNDER_WAY[1:])),
        to_money=Took(), to_home=Took(), silent=(), holds=(), flights=(),
    )  # fmt: skip


def test_two_handed_over_are_told_so() -> None:
    before, after = said(63), said(63, home=2)

    assert difference(after, before).en == "63 → 61: two handed over"
    assert difference(after, before).ko == "63 → 61: 2명 인계 완료"
    assert moved(before, after)[CaseStatus.opened] == (63, 61)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (None, said(3), "3: the first report"),
        (said(3), said(3), "3: nothing has changed"),
        (said(3), said(5, home=1), "3 → 4: one handed over, two newly reported"),
        (said(3), said(3, merged=1), "3 → 2: one found to be reported twice"),
        (said(3, merged=1), said(3), "2 → 3: one found to be somebody else"),
        (said(30), said(30, cancelled=13), "30 → 17: 13 ended"),
    ],
)
def test_whatever_changed_is_named(before: Situation | None, after: Situation, words: str) -> None:
    assert difference(after, before).en == words


def test_whoever_was_not_heard_of_is_red_in_the_report_and_nothing_else_is() -> None:
    silent = said(3).model_copy(
        update={"overdue": 8, "silent": (Named(reference="KHM-2026-0041", at="2026-03-01T02:00:00+00:00"),)}
    )

    assert red_in(silent).startswith("8KHM-2026-0041")
    assert red_in(said(3)) == ""


def red_in(report: Situation) -> str:
    content = SituationContent(
        name="SR-0001", moment=now(), specimen=False, said=report, before=None, before_name=None
    )  # fmt: skip
    return words_in(render(content), Colour.alarm)


COUNTS = st.integers(0, 300)


@given(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)
def test_the_reasons_add_up_to_the_difference(opened: int, home: int, ended: int, merged: int, then: int) -> None:
    before, after = said(5000, merged=then), said(5000 + opened, home=home, cancelled=ended, merged=merged)

    added = sum(c.count if c.kind in ("opened", "separated") else -c.count for c in changes(before, after))

    assert added == after.under_way - before.under_way


@pytest.fixture
def house(case_database: Server) -> House:
    del case_database
    return House()


def reader(house: House, role: Role = Role.coordinator) -> Officer:
    return next(each for each in officers.listed() if each.number == house.officers[role])


def closes(reference: str) -> None:
    with case_file.transaction() as session:
        case_file.move(session, case_file.load(session, reference, lock=True), CaseStatus.cancelled)


def test_each_report_names_the_difference_to_the_one_before_and_opens_as_the_same_bytes(
    house: House, tmp_path: Path
) -> None:
    first, second, third = (house.opens() for _ in range(3))
    by = house.officers[Role.coordinator]

    one = situation.make(by=by)
    closes(third)
    merging.merge(first, second, reason="same", officer=by)
    two = situation.make(by=by)

    assert (one.said.under_way, two.said.under_way) == (3, 1)
    assert sum(each.total for each in two.said.standing) == 1
    assert {each.kind: each.count for each in two.changes} == {"cancelled": 1, "merged": 1}
    assert [each.number for each in situation.listed(reader(house))] == [two.number, one.number]
    pdf = situation.pdf(two.number, reader=reader(house))
    house.opens()
    assert pdf == situation.pdf(two.number, reader=reader(house)) != situation.pdf(one.number, reader=reader(house))
    assert pdf is not None
    text = words_of(pdf)
    assert "3 → 1: one ended, one found to be reported twice" in " ".join(text.split())
    assert two.name in text
    assert house_is_silent_in(text)
    file = tmp_path / "report.pdf"
    file.write_bytes(pdf)
    told = subprocess.run(["pdfinfo", str(file)], capture_output=True, text=True, check=True).stdout
    assert "Pages:           2" in told, "one page, and the annex"


def house_is_silent_in(text: str) -> bool:
    """Nobody is named: the unusual person of the house is nowhere."""
    return not any(word in text for word in ("궉", "GWOK", "Quixotepet", "Wyvern"))


def test_the_clock_makes_one_report_however_often_its_run_is_started_again(house: House) -> None:
    house.opens()

    made = [situation.make(by=case_file.RUN).number for _ in range(2)]
    asked = situation.make(by=house.officers[Role.coordinator])

    assert made[0] == made[1] == asked.before_number
    assert now() >= asked.made_at


@pytest.mark.parametrize("role", Role)
def test_a_report_is_for_whoever_looks_at_cases(house: House, role: Role) -> None:
    number = situation.make(by=house.officers[Role.coordinator]).number
    if role in OUTSIDE:
        for ask in (
            lambda: situation.pdf(number, reader=reader(house, role)),
            lambda: situation.listed(reader(house, role)),
        ):
            with pytest.raises(case_file.Refused):
                ask()
    else:
        assert situation.pdf(number, reader=reader(house, role)) is not None
