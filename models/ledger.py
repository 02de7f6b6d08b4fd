"""The ledger: balanced double entry, only added to, each posting in the currency it was made in."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from sqlalchemy import Index
from sqlmodel import Field

from models.columns import MinorUnits, Moment, Row, word
from models.money import Money


class Account(StrEnum):
    """Accounts of one operation, in the words of government accounting."""

    encumbrances = "encumbrances"
    """Money committed and not yet spent."""
    reserve_for_encumbrances = "reserve_for_encumbrances"
    expense = "expense"
    cash = "cash"
    airline_credits = "airline_credits"
    """What an airline owes us as vouchers of its own: not spent, and no money either."""


class Entry(StrEnum):
    """Why a transaction was posted."""

    commitment = "commitment"
    commitment_reversed = "commitment_reversed"
    payment = "payment"
    refund = "refund"


class LedgerTransaction(Row, table=True):
    """One business event in the ledger; its postings sum to zero in each currency."""

    __tablename__ = "ledger_transaction"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    entry: Entry = Field(sa_type=word(Entry))
    intent_id: UUID = Field(foreign_key="intent.id")
    """The act it records; one transaction an act and entry."""
    posted_at: pendulum.DateTime = Field(sa_type=Moment)

    __table_args__ = (Index("ix_ledger_committed", "posted_at", postgresql_where="entry = 'commitment'"),)


class LedgerPosting(Row, table=True):
    """One line of a transaction: a debit is positive, a credit negative."""

    __tablename__ = "ledger_posting"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    transaction_id: UUID = Field(foreign_key="ledger_transaction.id", index=True)
    line: int
    """Place in the transaction, from 1."""
    account: Account = Field(sa_type=word(Account))
    item: str
    """The kind of cost, for example `fare`."""
    amount_minor: int = Field(sa_type=MinorUnits)
    currency: str


@dataclass(frozen=True, slots=True)
class Posting:
    """A line about to be posted."""

    account: Account
    item: str
    amount: Money


def is_balanced(postings: list[Posting]) -> bool:
    """Return whether debits and credits are equal in each currency, and there is something to post."""
    sums: Counter[str] = Counter()
    for posting in postings:
        sums[posting.amount.currency] += posting.amount.amount_minor
    return bool(postings) and not any(sums.values())


def commitment(costs: list[tuple[str, Money]]) -> list[Posting]:
    """Return the postings that set money aside for each item of cost."""
    return [
        posting
        for item, amount in costs
        for posting in (
            Posting(Account.encumbrances, item, amount),
            Posting(Account.reserve_for_encumbrances, item, -amount),
        )
    ]


def reversed_(postings: list[Posting]) -> list[Posting]:
    """Return the postings that take others back; nothing in a ledger is ever edited."""
    return [Posting(p.account, p.item, -p.amount) for p in postings]


def payment(item: str, amount: Money) -> list[Posting]:
    """Return the postings of one payment: the commitment is used up, the expense and the cash are booked."""
    return [
        *reversed_(commitment([(item, amount)])),
        Posting(Account.expense, item, amount),
        Posting(Account.cash, item, -amount),
    ]


def refund(item: str, amount: Money) -> list[Posting]:
    """Return the postings of money that came back; the commitment it once used up is not opened again."""
    return [Posting(Account.cash, item, amount), Posting(Account.expense, item, -amount)]


def credit(item: str, amount: Money) -> list[Posting]:
    """Return the postings of a voucher the airline gave for what was paid."""
    return [Posting(Account.airline_credits, item, amount), Posting(Account.expense, item, -amount)]
