from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.birth_date import read_birth_date
from models.category import ADDED_FOR, REMOVED_FOR, Age, CategoryChange, Change, age_of, refusal
from models.person import VICTIMS, Category, CategoryReason
from models.screening import Finding

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("written", "age"),
    [
        ("2007-11-22", Age.adult),
        ("2007-11-23", Age.child),
        ("2007-11", Age.doubtful),
        ("2007", Age.doubtful),
        ("2006", Age.adult),
        ("2008", Age.child),
        ("12/12/2007", Age.child),
        ("10/12/2007", Age.doubtful),
        ("2004-02-29", Age.adult),
    ],
)
def test_whoever_may_be_under_nineteen_is_not_called_of_age(written: str, age: Age) -> None:
    assert age_of(read_birth_date(written, today=TODAY), on=TODAY, adult_at=19) is age


def test_a_leap_day_birthday_falls_on_the_day_after() -> None:
    born = read_birth_date("2004-02-29", today=TODAY)

    assert age_of(born, on=date(2023, 2, 28), adult_at=19) is Age.child
    assert age_of(born, on=date(2023, 3, 1), adult_at=19) is Age.adult
    assert age_of(None, on=TODAY, adult_at=19) is Age.unknown


changes = st.builds(
    CategoryChange,
    change=st.sampled_from(Change),
    category=st.sampled_from(Category),
    reason=st.sampled_from(CategoryReason),
    held=st.frozensets(st.sampled_from(Category)),
    by_police=st.booleans(),
    by_screening_officer=st.booleans(),
    finding=st.none() | st.sampled_from(Finding),
    age=st.sampled_from(Age),
)


@given(changes)
def test_no_victim_loses_protection_but_by_a_screening_outside_the_police(wanted: CategoryChange) -> None:
    if refusal(wanted) is not None or wanted.category not in VICTIMS:
        return
    if wanted.change is Change.remove:
        assert wanted.by_screening_officer
        assert not wanted.by_police
        assert wanted.finding in (Finding.none, Finding.not_confirmed)
    if wanted.category is Category.confirmed_victim and wanted.change is Change.add:
        assert wanted.finding is Finding.confirmed


@given(changes)
def test_a_refusal_is_one_sentence_and_a_change_changes_the_set(wanted: CategoryChange) -> None:
    said = refusal(wanted)

    if said is None:
        assert (wanted.category in wanted.held) is (wanted.change is Change.remove)
    else:
        assert said.endswith(".")
        assert "\n" not in said


def wanted(change: Change, category: Category, reason: CategoryReason, **facts: object) -> CategoryChange:
    held = {category} if change is Change.remove else set()
    known: dict[str, object] = {
        "held": frozenset(held), "by_police": False, "by_screening_officer": False, "finding": None,
        "age": Age.unknown, **facts,
    }  # fmt: skip
    return CategoryChange(change=change, category=category, reason=reason, **known)  # type: ignore[arg-type]


def test_police_add_a_suspect_and_take_no_victim_away() -> None:
    reason = CategoryReason.authority_told
    assert refusal(wanted(Change.add, Category.suspect, reason, by_police=True)) is None
    for victim, finding in product(VICTIMS, Finding):
        said = refusal(
            wanted(Change.remove, victim, CategoryReason.screening_finding, by_police=True, finding=finding,
                   by_screening_officer=True)
        )  # fmt: skip
        assert said is not None
        assert "outside the police" in said


def test_a_minor_stays_one_until_a_birth_date_proves_otherwise() -> None:
    for age in Age:
        of_age = refusal(wanted(Change.remove, Category.minor, CategoryReason.of_age, age=age))
        assert (of_age is None) is (age is Age.adult)
    doubt = wanted(Change.add, Category.minor, CategoryReason.age_doubt, age=Age.adult)
    assert refusal(doubt) is None, "a doubt is enough, whatever the paper says"
    assert refusal(wanted(Change.add, Category.minor, CategoryReason.birth_date, age=Age.adult)) is not None


def test_every_category_can_be_added_and_taken_away_for_some_reason() -> None:
    assert set(ADDED_FOR) == set(REMOVED_FOR) == set(Category)
    assert all(ADDED_FOR.values())
    assert all(REMOVED_FOR.values())
