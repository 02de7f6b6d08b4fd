from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.duplicate import CROWD, Pair, Sighting, Sign, may_be_one_name, pairs


def test_a_number_in_common_proposes_a_pair_and_an_alike_name_beside_one_telephone_too() -> None:
    found = pairs([
        Sighting("A", name_latin="KIM, YONG-JONG", phone_lookup="p"),
        Sighting("B", name_hangul="김승후", passport_lookup="n"),
        Sighting("C", name_latin="YONGJONG KIM", phone_lookup="p", registry_id="R1"),
        Sighting("D", name_latin="Sung-Hoo Kim", passport_lookup="n", registry_id="R1"),
    ])  # fmt: skip

    assert found == [
        Pair("A", "C", (Sign.phone,)), Pair("B", "D", (Sign.passport_number,)), Pair("C", "D", (Sign.registry,)),
    ]  # fmt: skip


def test_one_telephone_and_two_names_are_two_people() -> None:
    assert pairs([Sighting("A", "김민수", phone_lookup="p"), Sighting("B", "홍길동", phone_lookup="p")]) == []


def test_names_in_two_scripts_beside_one_telephone_may_be_one_name() -> None:
    one, other = Sighting("A", name_hangul="김민수"), Sighting("B", name_latin="KIM MINSU")

    assert may_be_one_name(one, other)


def test_what_a_crowd_shares_says_nothing_about_two_of_them() -> None:
    def of(number: int) -> list[Sighting]:
        return [Sighting(str(n), phone_lookup="the mission's") for n in range(number)]

    assert len(pairs(of(CROWD))) == CROWD * (CROWD - 1) // 2
    assert pairs(of(CROWD + 1)) == []


@pytest.mark.parametrize(
    ("one", "other", "so"),
    [
        (("김민수", None), ("김 민수", None), True), (("김민수", None), ("김민주", None), False),
        ((None, "KIM MINSU"), (None, "Min-Soo Kim"), True), ((None, "KIM MINSU"), (None, "PAK JIN"), False),
        (("김민수", None), (None, "KIM MINSU"), False),
    ],
)  # fmt: skip
def test_one_name_beside_one_birth_date_proposes_a_pair_without_any_number(
    one: tuple[str | None, str | None], other: tuple[str | None, str | None], *, so: bool
) -> None:
    written, exchanged = date(1999, 4, 5), date(1999, 5, 4)
    earlier = Sighting("A", *one, born_on=(written, exchanged))

    assert pairs([earlier, Sighting("B", *other, born_on=(exchanged,))]) == [Pair("A", "B", (Sign.born,))] * so
    assert pairs([earlier, Sighting("B", *other, born_on=(date(1999, 4, 6),))]) == []
    assert pairs([earlier, Sighting("B", *other)]) == []


@pytest.mark.parametrize("name", ["", "-", ",", "'"])
def test_a_name_without_letters_is_compared_without_a_fault(name: str) -> None:
    assert may_be_one_name(Sighting("A", name_latin=name), Sighting("B", name_latin=name)) in {True, False}


@given(
    st.lists(st.builds(Sighting, st.uuids().map(str), passport_lookup=st.sampled_from(["a", "b", None])), max_size=9)
)
def test_every_pair_has_a_sign_and_the_earlier_first(sightings: list[Sighting]) -> None:
    order = [sighting.key for sighting in sightings]

    for pair in pairs(sightings):
        assert order.index(pair.first) < order.index(pair.second)
        assert pair.signs == (Sign.passport_number,)
