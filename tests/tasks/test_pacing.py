"""Searches stay below the airline's limit, whoever sends them."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pace import PartnerPace, closed_until, slot
from tasks import case_file, pacing
from tasks.partners.airline import Airline, Limits
from tasks.partners.errors import PartnerUnavailable
from tasks.partners.transport import telling
from tasks.settings import settings
from tests.sandbox.harness import DEPARTURE, Sandbox

START = pendulum.datetime(2026, 12, 1, 6)


def limits(limit: int = 30, *, remaining: int = 9, resets_in_s: float = 20) -> Limits:
    return Limits(limit=limit, remaining=remaining, resets_in_s=resets_in_s)


@given(
    limit=st.integers(3, 200),
    arrivals=st.lists(st.floats(0, 40, allow_nan=False), min_size=1, max_size=300),
    latency=st.floats(0, 0.2),
)
def test_no_window_of_a_minute_ever_has_more_calls_than_the_limit(
    limit: int, arrivals: list[float], latency: float
) -> None:
    pace = PartnerPace(call="airline.search", limit=limit, window_s=60, next_at=START)
    sent: list[pendulum.DateTime] = []
    at = START
    for wait in arrivals:
        at = at.add(seconds=wait if wait > 39 else 0)
        free = slot(pace, at=at)
        pace.next_at = free.next_at
        assert free.at >= at
        sent.append(free.at + timedelta(seconds=latency * random.Random(len(sent)).random()))

    sent.sort()
    for first, call in enumerate(sent):
        assert sum(call <= each < call.add(seconds=60) for each in sent[first:]) <= limit


def test_a_partner_that_closes_is_not_asked_before_it_opens() -> None:
    pace = PartnerPace(call="airline.search", limit=30, window_s=60, next_at=START)

    pace.next_at = closed_until(pace, START.add(seconds=40))

    assert slot(pace, at=START).at == START.add(seconds=40)


@pytest.fixture
def clockwork(
    case_database: object, configured: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Sandbox]:
    """An airline that grants 30 searches a minute; whoever sleeps lets the time pass for it and for us."""
    del case_database
    ahead = [0.0]
    with Sandbox(tmp_path / "sandbox.sqlite") as own:

        def pass_(seconds: float) -> None:
            ahead[0] += seconds
            own.advance(seconds=seconds)

        configured.setenv("HOMEWARD_AIRLINE_URL", f"http://127.0.0.1:{own.port}/airline")
        settings.cache_clear()
        own.control.post("/rate", json={"searches_per_minute": 30}).raise_for_status()
        with monkeypatch.context() as clock:
            # The sleep of everybody: who waits for the airline's end must sleep for real again.
            clock.setattr("tasks.pacing.time.sleep", pass_)
            clock.setattr(pacing, "now", lambda: pendulum.now("UTC").add(seconds=ahead[0]))
            yield own


def search() -> None:
    with telling(lambda told: None), Airline(pace=pacing.searches()) as airline:
        airline.search(origin="KTI", destination="ICN", on=DEPARTURE, latest_arrival_on=DEPARTURE + timedelta(days=3))


def test_15_three_hundred_cases_under_thirty_searches_a_minute_meet_no_429_after_the_first_window(
    clockwork: Sandbox,
) -> None:
    # when three hundred cases search at an airline of whose limit nobody knows yet
    for _ in range(300):
        search()

    # then it refused none of them
    asked = clockwork.control.get("/requests", params={"partner": "airline", "method": "POST"}).json()
    searches = [each for each in asked if each["path"] == "/air/offer_requests"]
    assert [each["status"] for each in searches] == [201] * 300
    begun, ended = (pendulum.parse(searches[end]["at"]) for end in (0, -1))
    assert isinstance(begun, pendulum.DateTime)
    assert isinstance(ended, pendulum.DateTime)
    assert (ended - begun).total_minutes() > 9, "else the limit was not there"


def test_workers_that_come_at_once_get_slots_of_their_own(
    case_database: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    del case_database
    pace = pacing.searches()
    slept: list[float] = []
    pace.heard(limits(30))
    monkeypatch.setattr("tasks.pacing.time.sleep", slept.append)

    with ThreadPoolExecutor(8) as workers:
        for done in [workers.submit(pace.wait) for _ in range(40)]:
            done.result()

    spread = sorted(slept)
    assert len(spread) >= 36, "all but the few that may come at once wait"
    assert all(late - early > 1 for early, late in pairwise(spread))


def test_a_slot_too_far_away_is_not_taken(case_database: object, monkeypatch: pytest.MonkeyPatch) -> None:
    del case_database
    pace = pacing.searches()
    pace.heard(limits(30, remaining=0, resets_in_s=600))
    with case_file.transaction() as session:
        due = session.get_one(PartnerPace, pacing.SEARCH).next_at
    monkeypatch.setattr("tasks.pacing.time.sleep", lambda seconds: pytest.fail(f"slept {seconds} s"))

    with pytest.raises(PartnerUnavailable, match="takes no more searches before"):
        pace.wait()

    with case_file.transaction() as session:
        assert session.get_one(PartnerPace, pacing.SEARCH).next_at == due


def test_a_clock_that_goes_wrong_closes_nothing_for_long(case_database: object) -> None:
    del case_database
    pacing.searches().heard(limits(30, resets_in_s=9 * 24 * 3600))

    with case_file.transaction() as session:
        assert session.get_one(PartnerPace, pacing.SEARCH).window_s == 60
