from datetime import date
from typing import Any

import pytest

from models.birth_date import BirthDate
from models.verification import Record, Reported, compare, masked, rank

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


def test_a_person_who_fits_in_everything_scores_one_and_differs_in_nothing() -> None:
    candidate = compare(WHOLE, record())

    assert candidate.score == 1
    assert candidate.differences == ()


def test_one_fact_alone_never_carries_a_high_score() -> None:
    assert compare(Reported(passport_number="M16371324"), record()).score <= 0.6
    assert compare(Reported(name_hangul="배준미"), record()).score <= 0.6


@pytest.mark.parametrize("written", ["JUN-MI PAE", "Pae, Junmi", "PAE JUNMI", "junmi pae"])
def test_order_hyphens_and_spaces_do_not_make_a_name_another(written: str) -> None:
    candidate = compare(Reported(name_latin=written, birth_date=BirthDate(1999, 4, 27)), record())

    assert candidate.score == 1


def test_the_differing_fact_is_named_with_both_sides() -> None:
    candidate = compare(WHOLE.model_copy(update={"birth_date": BirthDate(1999, 12, 3)}), record())

    assert [fact.name for fact in candidate.differences] == ["born_on"]
    assert candidate.differences[0].registered == "1999-04-27"


def test_a_wrong_sex_lowers_the_score_and_excludes_nobody() -> None:
    candidate = compare(WHOLE.model_copy(update={"sex": "M"}), record())

    assert candidate.score == 0.9


def test_candidates_come_best_first_and_equals_in_the_order_of_their_ids() -> None:
    twin, other = record(registry_id="R000001"), record(registry_id="R000009", born_on=date(1980, 1, 1))

    ranked = rank([compare(WHOLE, each) for each in (other, record(), twin)])

    assert [candidate.record.registry_id for candidate in ranked] == ["R000001", "R000002", "R000009"]


def test_a_masked_number_shows_only_its_ends() -> None:
    assert masked("M16371324") == "M1•••••24"
    assert masked(None) == "none"
