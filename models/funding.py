"""Funding: what the journey costs, who pays, and what the funding officer sees. No amount is too large."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from pydantic import BaseModel, ConfigDict
from sqlmodel import Field

from models.columns import MinorUnits, Moment, Row, word
from models.evidence import Content, Section
from models.money import Money

BOOK_CURRENCY = "KRW"
"""The currency totals are stated in."""


class CostKind(StrEnum):
    """What money is spent on."""

    fare = "fare"
    document = "document"
    exit_fine = "exit_fine"
    escort = "escort"
    medical = "medical"
    other = "other"


class Payer(StrEnum):
    """Who pays, or has paid."""

    ministry = "ministry"
    police = "police"
    diplomat = "diplomat"
    family = "family"
    organisation = "organisation"
    private_person = "private_person"
    """A friend, for instance."""


class NotedCost(Row, table=True):
    """A cost an officer expects besides fare and exit fine, for example a medical escort."""

    __tablename__ = "noted_cost"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    kind: CostKind = Field(sa_type=word(CostKind))
    amount_minor: int = Field(sa_type=MinorUnits)
    currency: str
    noted_at: pendulum.DateTime = Field(sa_type=Moment)
    noted_by: str = Field(foreign_key="officer.number")
    withdraws_id: UUID | None = Field(default=None, foreign_key="noted_cost.id")
    """A cost noted in error is taken back by a second line, as in any ledger."""


class PrivatePayment(Row, table=True):
    """What somebody paid from their own pocket; noted now, so that it can be paid back."""

    __tablename__ = "private_payment"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    payer: Payer = Field(sa_type=word(Payer))
    payer_officer: str | None = Field(default=None, foreign_key="officer.number")
    """An officer who paid; they are to be paid back and do not decide the funding."""
    amount_minor: int = Field(sa_type=MinorUnits)
    currency: str
    purpose_sealed: bytes | None = None
    paid_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    reported_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    """When we were told; None, as with `paid_at`, in rows from before this was asked."""
    noted_at: pendulum.DateTime = Field(sa_type=Moment)
    noted_by: str = Field(foreign_key="officer.number")


class Cost(BaseModel):
    """One item of cost with the rate it was converted at."""

    model_config = ConfigDict(frozen=True)

    kind: CostKind
    payer: Payer
    amount: str
    """Decimal amount in `currency`."""
    currency: str
    rate: str
    """Units of KRW for one unit of the currency."""
    rate_source: str
    rate_on: date

    @property
    def money(self) -> Money:
        """The amount as money."""
        return Money.parse(self.amount, self.currency)

    @property
    def in_book_currency(self) -> Money:
        """The amount at its rate."""
        return self.money.converted(Decimal(self.rate), BOOK_CURRENCY)


def total(costs: tuple[Cost, ...]) -> Money:
    """Return the sum of all items in KRW."""
    return sum((cost.in_book_currency for cost in costs), start=Money(0, BOOK_CURRENCY))


class FundingProposal(Content):
    """What the funding officer decides on. There is no field for a limit, because there is none."""

    costs: tuple[Cost, ...]
    total: str
    """KRW, decimal."""
    order_id: str
    pay_by: str
    host_clearance: str
    """The state of the exit permit, a risk shown and not a condition."""
    private_payments: tuple[str, ...]

    def sections(self) -> list[Section]:
        """Return each item with its rate, the total and the risks."""
        lines = [
            (cost.kind.value.replace("_", " ").capitalize(),
             (f"{cost.money} = {cost.in_book_currency} at {cost.rate} ({cost.rate_source}, {cost.rate_on}), "
             f"paid by {cost.payer.value}"))
            for cost in self.costs
        ]  # fmt: skip
        return [
            ("Cost", [*lines, ("Total", str(Money.parse(self.total, BOOK_CURRENCY)))]),
            ("Order", [("Order", self.order_id), ("Pay by", self.pay_by)]),
            ("Risks and claims", [
                ("Host clearance", self.host_clearance),
                *[("Paid privately", payment) for payment in self.private_payments],
            ]),
        ]  # fmt: skip
