import pytest

from models.case import Step
from models.officer import Role
from models.policy import Order, Place
from models.terms import Terms, difference

FUNDER, TRAVEL = Place(roles=(Role.funding_officer,)), Place(roles=(Role.travel_officer,))
POLICE = Place(roles=(Role.travel_officer,), agency="KNPA")


def terms(*places: Place, order: Order = Order.sequence, apart: tuple[Step, ...] = ()) -> Terms:
    return Terms(places, order, frozenset(apart))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (terms(FUNDER), terms(FUNDER), None),
        (terms(FUNDER), terms(FUNDER, order=Order.parallel), None),
        (terms(FUNDER), terms(FUNDER, FUNDER), "two officers instead of one"),
        (terms(FUNDER, FUNDER), terms(FUNDER), "one officer instead of two"),
        (
            terms(FUNDER),
            terms(FUNDER, POLICE),
            "two officers instead of one; funding-officer and travel-officer of KNPA instead of funding-officer",
        ),
        (terms(POLICE), terms(TRAVEL), "travel-officer instead of travel-officer of KNPA"),
        (terms(FUNDER, TRAVEL), terms(TRAVEL, FUNDER), "in the order travel-officer, funding-officer"),
        (
            terms(FUNDER, POLICE, POLICE),
            terms(FUNDER, FUNDER, POLICE),
            f"{FUNDER.words}, {FUNDER.words}, {POLICE.words} instead of {FUNDER.words}, {POLICE.words}, {POLICE.words}",
        ),
        (terms(FUNDER, TRAVEL), terms(FUNDER, TRAVEL, order=Order.parallel), "in any order"),
        (terms(FUNDER, TRAVEL, order=Order.parallel), terms(FUNDER, TRAVEL), "one after the other"),
        (terms(FUNDER), terms(FUNDER, apart=(Step.booking,)), "nobody who decided booking"),
        (terms(FUNDER, apart=(Step.booking,)), terms(FUNDER), "also who decided booking"),
    ],
)
def test_a_rule_that_says_something_else_says_how_in_words(old: Terms, new: Terms, words: str | None) -> None:
    assert difference(old, new) == words


def test_two_orders_of_parallel_places_are_one_rule() -> None:
    assert difference(terms(FUNDER, TRAVEL, order=Order.parallel), terms(TRAVEL, FUNDER, order=Order.parallel)) is None
