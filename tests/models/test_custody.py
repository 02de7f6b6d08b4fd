"""Custody: what a carrier's desk is told of whom, and when its answer is a whole one."""

from datetime import date
from itertools import combinations
from typing import Any

import pendulum
import pytest
from pydantic import ValidationError

from models.custody import (
    OFFICERS_EACH,
    Consent,
    CustodyRule,
    DeskRequest,
    DeskStatus,
    codes_for,
    is_full,
    officers_for,
    rule_of,
)
from models.escort import Escort, escort_words, overlaps, unfit
from models.itinerary import Itinerary
from models.person import VICTIMS, Category, Sex
from tests.models.test_itinerary_and_booking import NONSTOP as ITINERARY

NOW = pendulum.datetime(2026, 11, 1)
KE = CustodyRule(carrier="KE", suspects_a_flight=2, officers_each=3, source="a paper", checked_on=date(2026, 11, 1))
UNKNOWN = CustodyRule(carrier="OZ", source="nobody", checked_on=date(2026, 11, 1))

EVERY_SET = [frozenset(chosen) for size in range(len(Category) + 1) for chosen in combinations(Category, size)]


def test_whatever_else_a_victim_is_they_never_bear_a_deportees_code() -> None:
    for held in EVERY_SET:
        for is_accompanied in (False, True):
            codes = codes_for(held, is_accompanied=is_accompanied)
            if held & VICTIMS:
                assert not {"DEPA", "DEPU", "INAD"} & set(codes), held
            assert not {"DEPU", "INAD"} & set(codes)


def test_every_suspect_is_told_to_the_desk_with_officers_and_nobody_else_has_any() -> None:
    for held in EVERY_SET:
        told = bool({"DEPA", "OTHS"} & set(codes_for(held)))
        assert told == (Category.suspect in held)
        assert officers_for(held, KE) == (3 if Category.suspect in held else 0)


def test_of_an_unknown_carrier_the_desk_is_asked_for_the_usual_number_of_officers() -> None:
    suspect = frozenset({Category.suspect})

    assert rule_of((KE, UNKNOWN), "7C") is None
    assert rule_of((KE, UNKNOWN), "OZ") is UNKNOWN
    assert officers_for(suspect, None) == officers_for(suspect, UNKNOWN) == OFFICERS_EACH
    assert UNKNOWN.carrier_consent is Consent.unknown
    assert "suspects a flight unknown" in UNKNOWN.words


def test_a_flight_is_full_at_its_number_and_an_unknown_number_is_the_desks_matter() -> None:
    assert not is_full(KE, suspects=1)
    assert is_full(KE, suspects=2)
    assert not is_full(UNKNOWN, suspects=50)
    assert not is_full(None, suspects=50)


def test_a_rule_says_who_told_us_and_when() -> None:
    with pytest.raises(ValidationError):
        CustodyRule.model_validate({"carrier": "KE", "suspects_a_flight": 2, "officers_each": 2})
    with pytest.raises(ValidationError):
        CustodyRule.model_validate({"carrier": "KE", "source": "", "checked_on": "2026-11-01"})


def test_a_minor_with_an_adult_on_the_same_flights_needs_no_service_for_minors_alone() -> None:
    assert codes_for(frozenset({Category.minor})) == ("UMNR",)
    assert codes_for(frozenset({Category.minor}), is_accompanied=True) == ()


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({}, None),
        ({"status": DeskStatus.pending}, "is pending"),
        ({"status": DeskStatus.refused}, "is refused"),
        ({"agent": None}, "names no agent"),
        ({"answered_at": None}, "no time"),
        ({"officer_seats": ["41A"]}, "1 of 2 seats"),
        ({"officer_seats": ["41A", "41A"]}, "1 of 2 seats"),
    ],
)
def test_a_desks_answer_counts_only_with_agent_time_and_a_seat_for_each_escort(
    changes: dict[str, Any], flaw: str | None
) -> None:
    facts: dict[str, Any] = {
        "codes": ["DEPA"], "officers": 2, "asked_at": NOW, "answer_by": NOW, "status": DeskStatus.confirmed,
        "agent": "Agent 7", "officer_seats": ["41A", "41C"], "answered_at": NOW,
    }  # fmt: skip

    found = DeskRequest(**{**facts, **changes}).flaw

    assert found is None if flaw is None else flaw in str(found)


def escort(**changes: Any) -> Escort:
    facts: dict[str, Any] = {
        "officer": "O-12", "sex": Sex.female, "passport_valid_until": back_on(), "on_duty_from": ITINERARY.departs_at,
        "on_duty_until": ITINERARY.arrives_at,
    }  # fmt: skip
    return Escort(**{**facts, **changes})


def back_on() -> date:
    return ITINERARY.arrives_at.add(days=1).date()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"passport_valid_until": pendulum.instance(ITINERARY.arrives_at).date()}, "passport"),
        ({"on_duty_from": ITINERARY.departs_at.add(seconds=1)}, "on duty"),
        ({"on_duty_until": ITINERARY.arrives_at.subtract(seconds=1)}, "on duty"),
    ],
)
def test_an_escort_has_a_passport_for_the_way_back_and_is_on_duty_on_every_flight(
    changes: dict[str, Any], why: str | None
) -> None:
    found = unfit(escort(**changes), ITINERARY)

    assert found is None if why is None else why in str(found)


def test_nobody_escorts_on_two_flights_at_once() -> None:
    later = Itinerary(
        segments=tuple(
            segment.model_copy(
                update={
                    "departs_local": segment.departs_local.replace(year=segment.departs_local.year + 1),
                    "arrives_local": segment.arrives_local.replace(year=segment.arrives_local.year + 1),
                }
            )
            for segment in ITINERARY.segments
        )
    )

    assert overlaps(ITINERARY, ITINERARY)
    assert not overlaps(ITINERARY, later)
    assert not overlaps(later, ITINERARY)


def test_an_escort_of_the_same_sex_is_shown_and_not_forced() -> None:
    assert escort_words([], wanted=0, person_sex=Sex.male) == ()
    assert "NOBODY OF THE SAME SEX" in escort_words([escort()], wanted=2, person_sex=Sex.male)[-1]
    assert "O-12" in escort_words([escort()], wanted=1, person_sex=Sex.female)[-1]
    assert escort_words([escort()], wanted=2, person_sex=None)[0] == "1 assigned, 2 wanted"
