"""Money: a whole number of minor units in one currency, never a float."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Self

EXPONENTS: dict[str, int] = {
    "AED": 2, "CNY": 2, "EUR": 2, "GBP": 2, "HKD": 2, "JPY": 0, "KHR": 2, "KRW": 0, "KWD": 3, "LAK": 2, "MMK": 2,
    "MYR": 2, "PHP": 2, "SGD": 2, "THB": 2, "TWD": 2, "USD": 2, "VND": 0,
}  # fmt: skip
"""Decimal places of a currency's minor unit. Source: ISO 4217 list one."""

_PLAIN = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]{1,150})(\.(?P<part>[0-9]{1,40}))?", re.ASCII)
"""A plain decimal number within what is calculated exactly; no state has spent a number of 150 digits."""

_EXACT = Context(prec=200)
# The default context rounds after 28 digits; there is no limit to what may be spent, so no digit may be lost either.


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency in its minor unit: `Money(41230, "USD")` is 412.30 US dollars."""

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse a currency whose minor unit is not known here."""
        _exponent(self.currency)

    @classmethod
    def parse(cls, amount: str, currency: str) -> Self:
        """
        Return the money a partner or an officer wrote as a decimal string.

        Raises:
            ValueError: not a plain decimal number, or more decimal places than the currency has.
        """
        places = _exponent(currency)
        if (written := _PLAIN.fullmatch(amount)) is None:
            raise ValueError(f"not an amount of money: {amount[:40]!r}; write it like 412.30")
        sign, whole, part = written["sign"], written["whole"], (written["part"] or "").rstrip("0")
        if len(part) > places:
            raise ValueError(f"not an amount of {currency}: {amount[:40]!r} has more decimal places than the currency")
        return cls(int(f"{sign}{whole}{part.ljust(places, '0')}"), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with exactly the currency's decimal places."""
        return Decimal(self.amount_minor).scaleb(-_exponent(self.currency), _EXACT)

    def __str__(self) -> str:
        with localcontext(_EXACT):
            return f"{self.currency} {self.amount:,f}"

    def __add__(self, other: "Money") -> "Money":
        """Return the sum; raise ValueError for two currencies, which only a dated rate may bring together."""
        if self.currency != other.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency} without a rate")
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount_minor, self.currency)

    def converted(self, rate: Decimal, currency: str) -> "Money":
        """Return this money at `rate` units of `currency` for one unit of ours, rounded half up to the minor unit."""
        major = _EXACT.multiply(self.amount, rate)
        minor = major.scaleb(_exponent(currency), _EXACT).to_integral_value(ROUND_HALF_UP, _EXACT)
        return Money(int(minor), currency)


def _exponent(currency: str) -> int:
    if currency not in EXPONENTS:
        known = ", ".join(EXPONENTS)
        raise ValueError(f"{currency[:40]!r} is no currency we pay in; choose one of {known}")
    return EXPONENTS[currency]
