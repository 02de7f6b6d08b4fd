"""What papers call things: every word of the domain has both languages, and days and moments read alike everywhere."""

import re
from datetime import date
from enum import StrEnum

import pendulum
import pytest

from models.booking import Lift
from models.case import LOCAL_ZONES, CaseStatus, Stage
from models.funding import CostKind, Payer
from models.ledger import Account, Entry
from models.mrz import PartialDate
from models.officer import Role
from tasks.papers import words
from tasks.papers.words import Words, clocks, day_words, inspected_date, offset_words


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        (Stage, words.STAGES), (CaseStatus, words.STATUSES), (Role, words.ROLES), (Lift, words.LIFTS),
        (CostKind, words.COST_KINDS), (Payer, words.PAYERS), (Account, words.ACCOUNTS), (Entry, words.ENTRIES),
    ],
)  # fmt: skip
def test_every_word_of_the_domain_has_both_languages(kind: type[StrEnum], named: dict[StrEnum, Words]) -> None:
    assert set(named) == set(kind)
    for pair in named.values():
        assert re.search(r"[가-힣]", pair.ko)
        assert re.fullmatch(r"[A-Za-z, ]+", pair.en)


@pytest.mark.parametrize(
    ("day", "printed"),
    [
        (date(2026, 12, 5), "05 12월/DEC 2026"),
        (date(2026, 1, 31), "31 1월/JAN 2026"),
        (PartialDate(1998, 3, 14), "14 3월/MAR 1998"),
        (PartialDate(1974, 8), "XX 8월/AUG 1974"),
        (PartialDate(1974), "XX XX월/XXX 1974"),
        (PartialDate(None, 2, 29), "29 2월/FEB XXXX"),
    ],
)
def test_a_date_is_shown_as_icao_asks(day: date | PartialDate, printed: str) -> None:
    assert inspected_date(day) == printed


def test_a_day_carries_its_weekday_in_both_languages() -> None:
    assert day_words(pendulum.date(2026, 12, 5)) == "2026-12-05 (토 Sat)"


@pytest.mark.parametrize(
    ("moment", "seoul", "local"),
    [
        (pendulum.datetime(2026, 12, 5, 14, 59), "2026-12-05 23:59 (UTC+9)", "2026-12-05 21:59 (UTC+7)"),
        (pendulum.datetime(2026, 12, 5, 15, 0), "2026-12-06 00:00 (UTC+9)", "2026-12-05 22:00 (UTC+7)"),
        (pendulum.datetime(2026, 12, 5, 17, 0), "2026-12-06 02:00 (UTC+9)", "2026-12-06 00:00 (UTC+7)"),
        (pendulum.datetime(2026, 12, 6, 0, 0, tz="Asia/Seoul"), "2026-12-06 00:00 (UTC+9)", "2026-12-05 22:00 (UTC+7)"),
    ],
)
def test_a_moment_is_shown_by_both_clocks_around_midnight(moment: pendulum.DateTime, seoul: str, local: str) -> None:
    assert clocks(moment, "Asia/Phnom_Penh") == (f"서울 Seoul {seoul}", f"현지 Phnom Penh {local}")


def test_in_seoul_there_is_one_clock() -> None:
    assert clocks(pendulum.datetime(2026, 12, 5), "Asia/Seoul") == ("서울 Seoul 2026-12-05 09:00 (UTC+9)",)


@pytest.mark.parametrize(
    ("zone", "offset"),
    [("Asia/Yangon", "UTC+6:30"), ("UTC", "UTC+0"), ("America/St_Johns", "UTC-3:30"), ("America/New_York", "UTC-5")],
)
def test_an_offset_may_have_minutes_or_lie_behind(zone: str, offset: str) -> None:
    assert offset_words(pendulum.datetime(2026, 12, 5), zone) == offset


@pytest.mark.parametrize("zone", LOCAL_ZONES.values())
def test_every_mission_has_a_named_clock(zone: str) -> None:
    seoul, local = clocks(pendulum.datetime(2026, 12, 5, 5, 20), zone)

    assert seoul == "서울 Seoul 2026-12-05 14:20 (UTC+9)"
    assert re.fullmatch(r"현지 [A-Za-z ]+ 2026-12-05 \d\d:\d\d \(UTC\+\d(:30)?\)", local)
