from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from models.birth_date import BirthDate
from models.matching.comparing import compare, is_settled, rank
from models.verification import Record, Reported, masked

RECORD: dict[str, Any] = {
    "registry_id": "R000002", "alive": True, "surname_hangul": "배", "given_hangul": "준미", "surname_latin": "PAE",
    "given_latin": "JUN MI", "sex": "F", "born_on": date(1999, 4, 27), "birthplace": "인천", "nationality": "KOR",
    "personal_number": "990427-2416919", "passport_number": "M16371324", "passport_expires_on": date(2031, 10, 28),
    "passport_status": "valid",
}  # fmt: skip


def record(**changes: Any) -> Record:
    return Record(**{**RECORD, **changes})


WHOLE = Reported(
    name_hangul="배준미",
    name_latin="PAE JUN MI",
    sex="F",
    birth_date=BirthDate(1999, 4, 27),
    passport_number="M16371324",
)


def reported(**changes: Any) -> Reported:
    return WHOLE.model_copy(update=changes)


def test_a_person_who_fits_in_everything_scores_one_and_differs_in_nothing() -> None:
    candidate = compare(WHOLE, record())

    assert candidate.score == 1
    assert candidate.differences == ()


@pytest.mark.parametrize("one", [{"passport_number": "M16371324"}, {"name_hangul": "배준미"}, {"sex": "F"}])
def test_one_fact_alone_never_carries_a_high_score(one: dict[str, str]) -> None:
    assert compare(Reported(**one), record()).score <= 0.6


@pytest.mark.parametrize(
    "vague", [{"birth_date": BirthDate(1999)}, {"birth_date": BirthDate(1999, 4)}, {"birth_date": None}]
)
def test_a_name_without_a_day_or_a_number_is_never_sure(vague: dict[str, Any]) -> None:
    # given a rare name and a birthplace, which strangers share
    rare = record(surname_hangul="제갈", surname_latin="JEGAL")
    written = reported(name_hangul="제갈준미", passport_number=None, birthplace="인천", **vague)
    # then the score stays below a high one
    assert compare(written, rare).score <= 0.85


@pytest.mark.parametrize("written", ["JUN-MI PAE", "Pae, Junmi", "PAE JUNMI", "junmi pae", "BAEJOONMEE", "P,AE JUN-MI"])
def test_order_spaces_and_romanisation_do_not_make_a_name_another(written: str) -> None:
    candidate = compare(Reported(name_latin=written, birth_date=BirthDate(1999, 4, 27)), record())

    assert candidate.score > 0.9
    assert candidate.differences == ()


@pytest.mark.parametrize(
    ("changes", "name", "note"),
    [
        ({"birth_date": BirthDate(1999, 12, 3)}, "born_on", "another day and month"),
        ({"birth_date": BirthDate(1999, 4, 28)}, "born_on", "one digit differs"),
        ({"birth_date": BirthDate(1999, 4, 9)}, "born_on", "another day"),
        ({"birth_date": BirthDate(1989)}, "born_on", "another year"),
        ({"passport_number": "M16371374"}, "passport_number", "one character differs"),
        ({"passport_number": "MI637I324"}, "passport_number", "characters that look alike"),
        ({"passport_number": "M99999999"}, "passport_number", "another number"),
        ({"name_hangul": None, "name_latin": "PAE JNU MI"}, "name", "one letter differs"),
        ({"sex": "M"}, "sex", "another sex"),
        ({"birthplace": "부산"}, "birthplace", "another place"),
    ],
)
def test_what_differs_is_said_in_words_with_both_sides(changes: dict[str, Any], name: str, note: str) -> None:
    differences = compare(reported(**changes), record()).differences

    assert [(fact.name, fact.note) for fact in differences] == [(name, note)]
    assert differences[0].reported
    assert differences[0].registered


def test_an_exchanged_day_and_month_is_a_difference_that_still_agrees() -> None:
    written = reported(birth_date=BirthDate(1999, 4, 3, exchangeable=True))

    candidate = compare(written, record(born_on=date(1999, 3, 4)))

    assert [(fact.note, fact.agrees) for fact in candidate.differences] == [("day and month exchanged", True)]
    assert candidate.score > 0.9


def test_no_number_is_shown_whole_in_what_differs() -> None:
    written = reported(passport_number="M16371374", next_of_kin_phone="+82-10-0118-2231")

    differences = compare(written, record(next_of_kin_phone="+82-10-0118-2230")).differences

    assert [fact.name for fact in differences] == ["passport_number", "next_of_kin_phone"]
    assert "371" not in "".join(fact.reported + fact.registered for fact in differences[:1])
    assert "182" not in "".join(fact.reported + fact.registered for fact in differences[1:])


def test_a_wrong_sex_lowers_the_score_and_excludes_nobody() -> None:
    known = {"passport_number": None, "birth_date": BirthDate(1999)}

    right, wrong = (compare(reported(sex=sex, **known), record()).score for sex in ("F", "M"))

    assert 0.5 < wrong < right


def test_a_record_that_fits_worse_scores_less_step_by_step() -> None:
    somebody = record(surname_hangul="김", surname_latin="KIM")
    scores = [
        compare(reported(name_hangul="김준미", passport_number=None, birth_date=date_), somebody).score
        for date_ in (BirthDate(1999, 4, 27), BirthDate(1999, 4), BirthDate(1999), None, BirthDate(1971, 1, 2))
    ]

    assert all(better > worse for better, worse in pairwise(scores))


def test_two_whom_nothing_tells_apart_are_both_in_doubt() -> None:
    # given two namesakes of one day
    written = reported(passport_number=None)
    twins = [compare(written, record(registry_id=each)) for each in ("R000002", "R000001")]
    # when they are ranked
    ranked = rank(twins)
    # then each has half the score, in the order of their ids
    assert [candidate.record.registry_id for candidate in ranked] == ["R000001", "R000002"]
    assert all(candidate.score == pytest.approx(twins[0].score / 2, abs=0.001) for candidate in ranked)


def test_a_fact_that_tells_namesakes_apart_takes_the_doubt_away() -> None:
    one, other = record(), record(registry_id="R000001", passport_number="M55555555")

    ranked = rank([compare(WHOLE, each) for each in (other, one)])

    assert ranked[0].record == one
    assert ranked[0].score > 0.99
    assert ranked[1].score <= 0.5


def test_somebody_of_the_same_day_with_another_name_is_no_candidate() -> None:
    stranger = record(surname_hangul="김", given_hangul="철수", surname_latin="KIM", given_latin="CHULSOO")

    assert rank([compare(reported(passport_number=None, birthplace="인천"), stranger)]) == []


def test_a_candidate_who_agrees_in_all_settles_it_and_one_with_another_birth_date_does_not() -> None:
    assert is_settled([compare(WHOLE, record())])
    assert not is_settled([compare(reported(passport_number=None), record(born_on=date(1970, 1, 1)))])
    assert not is_settled([])


def test_a_masked_number_shows_only_its_ends() -> None:
    assert masked("M16371324") == "M1•••••24"
    assert masked(None) == "none"
