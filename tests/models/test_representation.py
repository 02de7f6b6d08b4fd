from itertools import product
from uuid import UUID

import pendulum
import pytest

from models.contact import ContactConsent, Item, may_be_told
from models.person import Category, Language
from models.representation import Incapacity, Interest, Reception, incapacity_of, missing_for

AT = pendulum.datetime(2026, 11, 22, 9)


def test_the_dead_and_children_do_not_sign_whatever_else_they_are() -> None:
    for others in (frozenset[Category](), frozenset({Category.suspect}), frozenset({Category.patient})):
        assert incapacity_of(others | {Category.minor}, cannot_understand=False) is Incapacity.minor
        assert incapacity_of(others | {Category.minor, Category.deceased}, cannot_understand=True) is (
            Incapacity.deceased
        )
        assert incapacity_of(others, cannot_understand=False) is None
        assert incapacity_of(others, cannot_understand=True) is Incapacity.cannot_understand


FLAGS = ("minor", "to_child_agency", "to_guardian", "guardian_stands", "suspected", "to_police", "screened")
EVERY = [dict(zip(FLAGS, values, strict=True)) for values in product([True, False], repeat=len(FLAGS))]


@pytest.mark.parametrize("interest", [None, *Interest])
def test_a_minor_goes_into_safe_hands_or_nowhere(interest: Interest | None) -> None:
    for flags in EVERY:
        ready = not missing_for(Reception(interest=interest, **flags))
        if ready and flags["minor"]:
            assert interest is Interest.return_home
            assert flags["to_child_agency"] or (flags["to_guardian"] and flags["guardian_stands"])
        if ready and flags["suspected"] and flags["to_police"]:
            assert flags["screened"]
        if not flags["minor"] and not flags["suspected"] and not flags["to_guardian"]:
            assert ready


def said(item: Item, minute: int, *, given: bool) -> ContactConsent:
    return ContactConsent(
        person_id=UUID(int=1), contact_id=UUID(int=2), item=item, given=given, language=Language.korean, reader="O-01",
        said_at=AT.add(minutes=minute), recorded_at=AT, recorded_by="O-01",
    )  # fmt: skip


def test_the_latest_word_counts_for_each_item_on_its_own_by_when_it_was_said() -> None:
    assert may_be_told([]) == frozenset()
    words = [
        said(Item.alive, 2, given=False), said(Item.alive, 1, given=True), said(Item.money, 3, given=True),
    ]  # fmt: skip
    assert may_be_told(words) == {Item.money}
    assert may_be_told([*words, said(Item.alive, 4, given=True)]) == {Item.alive, Item.money}
