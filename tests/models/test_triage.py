"""Triage: what weighs, in which order, and who may read why."""

from datetime import timedelta
from typing import Any

import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import silence
from models.officer import Duty
from models.person import Category, HostStatus
from models.triage import MOST, SOON, Deadline, Pressure, Situation, holds_until, triage

AT = pendulum.datetime(2026, 11, 22, 12)
SECOND = timedelta(seconds=1)
CALM: dict[str, Any] = {"host_status": HostStatus.rescued, "contact_due_at": AT + timedelta(hours=5)}


def of(**changes: Any) -> Situation:
    return Situation(**{**CALM, **changes})


def test_a_calm_case_weighs_nothing() -> None:
    found = triage(of(), at=AT)

    assert (found.score, found.reasons) == (0, ())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pressures": frozenset({Pressure.danger})}, "in danger"),
        ({"pressures": frozenset({Pressure.host_pressure})}, "the host country presses"),
        ({"contact_due_at": AT - timedelta(hours=3)}, "contact OVERDUE for 3 h, due 2026-11-22 09:00 UTC"),
        ({"host_status": HostStatus.detained, "detained_since": AT - timedelta(days=7)}, "detained for 7 days"),
        ({"host_status": HostStatus.unknown}, "nobody knows how the host country keeps them"),
        ({"categories": frozenset({Category.minor})}, "a minor"),
        ({"categories": frozenset({Category.patient})}, "needs medical care"),
        ({"categories": frozenset({Category.patient}), "is_unfit": True}, "not fit to fly"),
        ({"deadlines": (Deadline(name="the hold", at=AT + timedelta(hours=3)),)}, "the hold ends in 3 h"),
        ({"deadlines": (Deadline(name="the hold", at=AT - timedelta(hours=1)),)}, "the hold ended 1 h ago"),
    ],
)
def test_each_thing_that_presses_is_a_reason_of_its_own(changes: dict[str, Any], words: str) -> None:
    found = triage(of(**changes), at=AT)

    assert [reason.words for reason in found.reasons] == [words]
    assert found.score == found.reasons[0].points > 0


def test_the_due_moment_itself_is_late_and_the_second_before_is_not() -> None:
    assert [silence.is_overdue(AT, at=AT + by) for by in (-SECOND, timedelta(), SECOND)] == [False, True, True]
    assert triage(of(contact_due_at=AT + SECOND), at=AT).score == 0
    assert triage(of(contact_due_at=AT), at=AT).score > 0


def test_a_deadline_counts_from_two_days_before_and_the_more_the_closer() -> None:
    def points(left: timedelta) -> int:
        return triage(of(deadlines=(Deadline(name="x", at=AT + left),)), at=AT).score

    assert points(SOON + SECOND) == 0
    assert points(SOON) == 5
    assert points(SOON) < points(timedelta(hours=24)) < points(timedelta(hours=1)) < points(timedelta())
    assert points(timedelta()) == points(timedelta(hours=-5)) == 20


def test_danger_and_silence_outweigh_every_other_single_reason() -> None:
    alone = [
        of(host_status=HostStatus.detained, detained_since=AT - timedelta(days=900)),
        of(categories=frozenset({Category.minor})),
        of(is_unfit=True),
        of(deadlines=(Deadline(name="x", at=AT),)),
        of(pressures=frozenset({Pressure.host_pressure})),
    ]
    silent, in_danger = of(contact_due_at=AT), of(pressures=frozenset({Pressure.danger}))

    assert triage(in_danger, at=AT).score > triage(silent, at=AT).score
    assert all(triage(silent, at=AT).score > triage(each, at=AT).score for each in alone)


def test_of_two_equal_cases_the_longer_detained_comes_first() -> None:
    short, long = (
        triage(of(host_status=HostStatus.detained, detained_since=AT - timedelta(days=days)), at=AT) for days in (2, 9)
    )

    assert long.score > short.score


def test_who_must_not_know_is_told_how_many_reasons_and_not_which() -> None:
    found = triage(
        of(
            categories=frozenset({Category.minor, Category.patient}),
            deadlines=(Deadline(name="the warrant's clock", at=AT, shown_to=Duty.know_of_warrants),),
            contact_due_at=AT,
        ),
        at=AT,
    )

    told = found.words_for({Duty.look_at_cases})

    assert told == ["contact OVERDUE now, due 2026-11-22 12:00 UTC", "3 more, for other roles"]
    assert len(found.words_for(Duty)) == 4
    assert not any(word in " ".join(told) for word in ("minor", "medical", "warrant"))


@given(
    st.builds(
        Situation,
        host_status=st.sampled_from(HostStatus),
        categories=st.frozensets(st.sampled_from(Category)),
        pressures=st.frozensets(st.sampled_from(Pressure)),
        is_unfit=st.booleans(),
        detained_since=st.none(),
        contact_due_at=st.integers(-99, 99).map(lambda hours: AT + timedelta(hours=hours)),
        deadlines=st.lists(
            st.integers(-99, 99).map(lambda hours: Deadline(name=str(hours), at=AT + timedelta(hours=hours))),
            max_size=4,
        ).map(tuple),
    )
)
def test_a_score_is_between_0_and_100_and_has_a_reason(situation: Situation) -> None:
    found = triage(situation, at=AT)

    assert 0 <= found.score <= MOST
    assert (found.score > 0) == bool(found.reasons)
    assert [r.points for r in found.reasons] == sorted((r.points for r in found.reasons), reverse=True)


MOMENTS = st.integers(-3 * 86_400, 8 * 86_400).map(lambda seconds: AT + timedelta(seconds=seconds))
SITUATIONS = st.builds(
    Situation,
    host_status=st.sampled_from(HostStatus),
    detained_since=st.none() | MOMENTS,
    contact_due_at=MOMENTS,
    deadlines=st.lists(st.builds(Deadline, name=st.just("d"), at=MOMENTS), max_size=3).map(tuple),
)


@given(SITUATIONS, st.floats(0, 1, exclude_max=True))
def test_a_score_stays_right_until_the_moment_that_is_said(situation: Situation, share: float) -> None:
    until = holds_until(situation, at=AT)
    between = AT + timedelta(microseconds=int((until - AT).total_seconds() * 1_000_000 * share))

    assert until > AT
    assert triage(situation, at=between).score == triage(situation, at=AT).score
    assert triage(situation, at=until - timedelta(microseconds=1)).score == triage(situation, at=AT).score
