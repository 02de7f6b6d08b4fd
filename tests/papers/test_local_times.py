"""Times on paper are those of the airports, wherever the process that prints them runs (flights §6, number 18)."""

import random
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from models.itinerary import Itinerary, Segment, Stop
from tasks.papers import itinerary, travel_document
from tests.papers.contents import at, plain_itinerary, plain_travel_document
from tests.papers.reading import words_of


@pytest.fixture(autouse=True)
def far_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The process's own clock is three and a half hours behind UTC."""
    monkeypatch.setenv("TZ", "America/St_Johns")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def leaves(local: datetime, minutes: int) -> Itinerary:
    """A flight from Phnom Penh (UTC+7) to Incheon (UTC+9)."""
    landed = local.replace(tzinfo=ZoneInfo("Asia/Phnom_Penh")) + timedelta(minutes=minutes)
    return Itinerary(segments=(
        Segment(
            carrier="KE", flight_number="KE690", origin="KTI", origin_name="Techo", origin_country="KH",
            origin_zone="Asia/Phnom_Penh", departs_local=local, destination="ICN", destination_name="Incheon",
            destination_country="KR", destination_zone="Asia/Seoul",
            arrives_local=landed.astimezone(ZoneInfo("Asia/Seoul")).replace(tzinfo=None),
        ),
    ))  # fmt: skip


def test_18_a_flight_five_minutes_before_midnight_prints_both_days_and_hours() -> None:
    printed = words_of(itinerary.render(plain_itinerary(itinerary=leaves(at("2026-12-01 23:55"), 330))))

    assert "23:55" in printed
    assert "07:25" in printed
    for day in ("2026-12-01", "2026-12-02"):
        assert day in printed.replace(".", "-") or day[8:].lstrip("0") in printed, day
    assert "5 h 30" in printed


def test_terminals_and_landings_on_the_way_are_printed_where_the_airline_says_them() -> None:
    flown = leaves(at("2026-12-01 23:55"), 330).segments[0]
    said = {"origin_terminal": "1", "destination_terminal": "2", "stops": (Stop(airport="SGN", country="VN"),)}

    bare = words_of(itinerary.render(plain_itinerary(itinerary=Itinerary(segments=(flown,)))))
    full = words_of(itinerary.render(plain_itinerary(itinerary=Itinerary(segments=(flown.model_copy(update=said),)))))

    for words in ("terminal 1", "terminal 2", "via SGN"):
        assert words in full
        assert words not in bare


def test_18_whatever_flight_is_drawn_the_hours_on_both_papers_are_those_of_the_airports() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201  shown where it fails
    draw = random.Random(seed)
    for _ in range(12):
        local = at("2026-12-01 00:00") + timedelta(minutes=draw.randrange(30 * 1440))
        way = leaves(local, draw.randrange(300, 400))
        arrives = way.segments[0].arrives_local

        shown = words_of(itinerary.render(plain_itinerary(itinerary=way)))
        sheet = words_of(travel_document.render(plain_travel_document(itinerary=way)))

        assert f"{local:%H:%M}" in shown, seed
        assert f"{arrives:%H:%M}" in shown, seed
        for moment in (local, arrives):
            assert f"{moment:%d %b %Y}".upper().lstrip("0") in sheet.upper() or f"{moment:%Y-%m-%d}" in sheet, seed
