import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.person import Language
from models.screening import (
    BY_CODE,
    INDICATORS,
    Dimension,
    Finding,
    Strength,
    asked,
    finding_of,
    refused_conclusion,
)

codes = st.sets(st.sampled_from(sorted(BY_CODE)))


@given(codes, st.sampled_from(sorted(BY_CODE)), st.booleans())
def test_one_more_sign_never_takes_the_grounds_away(signs: set[str], further: str, child: bool) -> None:  # noqa: FBT001
    if finding_of(signs, child=child) is Finding.presumed:
        assert finding_of(signs | {further}, child=child) is Finding.presumed


@given(codes)
def test_what_protects_a_grown_up_protects_a_child(signs: set[str]) -> None:
    if finding_of(signs, child=False) is Finding.presumed:
        assert finding_of(signs, child=True) is Finding.presumed


@pytest.mark.parametrize(
    ("signs", "grown_up", "child"),
    [
        ((), False, False),
        (("passport_taken",), False, True),
        (("passport_taken", "guarded"), True, True),
        (("sold_on", "tried_to_flee"), True, True),
        (("quotas", "forced_to_defraud"), False, True),
        (("passport_taken", "threatened"), False, True),
        (("passport_taken", "threatened", "pay_withheld"), True, True),
        (("threatened", "pay_withheld", "phone_watched"), False, True),
        (("threatened", "pay_withheld", "phone_watched", "family_asked"), True, True),
        (("threatened",), False, False),
        (("threatened", "debts_before", "afraid_to_answer"), False, True),
        (("debts_before", "alone_in_the_language", "afraid_to_answer"), False, False),
        (("child_brought",), False, True),
    ],
)
def test_a_few_strong_signs_are_reasonable_grounds_and_a_child_needs_no_means(
    signs: tuple[str, ...],
    grown_up: bool,  # noqa: FBT001
    child: bool,  # noqa: FBT001
) -> None:
    found = [finding_of(signs, child=is_child) is Finding.presumed for is_child in (False, True)]

    assert found == [grown_up, child]


def test_every_question_is_put_in_its_own_letters_and_once() -> None:
    assert len(BY_CODE) == len(INDICATORS)
    for language, letters in ((Language.korean, ("가", "힣")), (Language.khmer, ("ក", "៿"))):
        words = [each.asked_in(language) for each in INDICATORS]
        assert len(set(words)) == len(words)
        assert all(any(letters[0] <= c <= letters[1] for c in text) for text in words)
    assert {each.dimension for each in INDICATORS} == set(Dimension)
    assert {each.strength for each in INDICATORS} == set(Strength)


def test_a_grown_up_is_not_asked_what_a_child_is() -> None:
    assert {each.code for each in asked(child=True)} - {each.code for each in asked(child=False)} == {
        each.code for each in INDICATORS if each.children_only
    }


def test_the_second_step_is_another_officers_and_needs_the_first() -> None:
    assert refused_conclusion(Finding.confirmed, latest=Finding.presumed, same_officer=False) is None
    assert refused_conclusion(Finding.not_confirmed, latest=Finding.presumed, same_officer=False) is None
    for finding, latest, same in (
        (Finding.confirmed, Finding.presumed, True),
        (Finding.confirmed, None, False),
        (Finding.confirmed, Finding.not_confirmed, False),
        (Finding.presumed, Finding.presumed, False),
    ):
        assert refused_conclusion(finding, latest=latest, same_officer=same) is not None
