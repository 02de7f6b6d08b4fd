from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.ledger import Account, commitment, credit, is_balanced, payment, refund, reversed_
from models.money import EXPONENTS, Money

MONEY = st.builds(Money, st.integers(min_value=1, max_value=10**40), st.sampled_from(sorted(EXPONENTS)))
COSTS = st.lists(st.tuples(st.sampled_from(["fare", "exit_fine", "medical"]), MONEY), min_size=1, max_size=6)


@given(MONEY)
def test_money_written_and_read_loses_no_digit(money: Money) -> None:
    assert Money.parse(f"{money.amount:f}", money.currency) == money


@pytest.mark.parametrize("amount", ["", "abc", "1.234", "NaN", "Infinity", "12,50"])
def test_what_is_no_amount_of_dollars_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        Money.parse(amount, "USD")


def test_a_currency_nobody_listed_is_refused_with_what_to_do() -> None:
    with pytest.raises(ValueError, match="is no currency we pay in"):
        Money(1, "XXX")


def test_two_currencies_are_never_added_without_a_rate() -> None:
    with pytest.raises(ValueError, match="without a rate"):
        Money(1, "USD") + Money(1, "KRW")


def test_a_conversion_rounds_half_up_to_the_minor_unit() -> None:
    assert Money(41230, "USD").converted(Decimal("1412.5"), "KRW") == Money(582374, "KRW")
    assert Money(1, "USD").converted(Decimal(50), "KRW") == Money(1, "KRW")


def test_an_amount_without_an_upper_limit_keeps_every_digit() -> None:
    assert str(Money(10**40 + 1, "KRW")).replace(",", "") == f"KRW {10**40 + 1}"


@given(COSTS)
def test_postings_of_every_kind_sum_to_zero_in_each_currency(costs: list[tuple[str, Money]]) -> None:
    committed = commitment(costs)
    for postings in (committed, reversed_(committed), payment(*costs[0]), refund(*costs[0]), credit(*costs[0])):
        sums: Counter[str] = Counter()
        for posting in postings:
            sums[posting.amount.currency] += posting.amount.amount_minor
        assert not any(sums.values())
        assert is_balanced(postings)


@given(st.lists(st.builds(Money, st.integers(1, 10**16), st.sampled_from(["KRW", "USD", "KWD"])), min_size=1))
def test_17_the_sum_of_what_was_paid_is_the_airlines_to_the_last_unit(totals: list[Money]) -> None:
    # given orders as an airline writes their totals: no, two and three decimals
    written = [(f"{total.amount:f}", total.currency) for total in totals]
    owed: dict[str, Decimal] = {}
    for amount, currency in written:
        owed[currency] = owed.get(currency, Decimal(0)) + Decimal(amount)

    # when each is paid
    postings = [each for amount, currency in written for each in payment("fare", Money.parse(amount, currency))]

    # then the expense of the ledger is the same, digit for digit
    spent: dict[str, Decimal] = {}
    for posting in postings:
        if posting.account is Account.expense:
            spent[posting.amount.currency] = spent.get(posting.amount.currency, Decimal(0)) + posting.amount.amount
    assert {currency: str(amount) for currency, amount in spent.items()} == {
        currency: str(amount) for currency, amount in owed.items()
    }


def test_nothing_and_half_an_entry_are_not_balanced() -> None:
    assert not is_balanced([])
    assert not is_balanced(commitment([("fare", Money(1, "USD"))])[:1])
