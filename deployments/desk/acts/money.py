"""Money: what the journey will cost, and what somebody paid from their own pocket."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ValidationInfo
from pydantic_core import PydanticCustomError

from deployments.desk.acts.act import Act, Group
from deployments.desk.blanks import NO_AMOUNT, LocalMoment, blank
from models.funding import CostKind, Payer
from models.money import EXPONENTS, Money
from models.officer import Duty, Officer
from tasks import corrections


def _in_its_currency(amount: str, info: ValidationInfo) -> str:
    try:
        # Whatever is wrong with the currency itself was said of its own field.
        Money.parse(amount, info.data.get("currency", "USD"))
    except ValueError:
        raise PydanticCustomError("no_amount", NO_AMOUNT) from None
    return amount


Amount = Annotated[str, AfterValidator(_in_its_currency)]
"""An amount of the currency in the field before; there is none that is too large."""
_CURRENCIES = tuple(EXPONENTS)


class Cost(BaseModel):
    """A cost of the journey."""

    kind: CostKind = blank("What it is for")
    currency: str = blank("Currency", options=_CURRENCIES)
    amount: Amount = blank("Amount", hint="like 412.30")


def _note(reference: str, typed: Cost, officer: Officer) -> None:
    corrections.note_cost(
        reference, kind=typed.kind, amount=Money.parse(typed.amount, typed.currency), officer=officer.number
    )


def _take_back(reference: str, typed: Cost, officer: Officer) -> None:
    corrections.take_back_cost(
        reference, kind=typed.kind, amount=Money.parse(typed.amount, typed.currency), officer=officer.number
    )


class Paid(BaseModel):
    """What somebody paid."""

    payer: Payer = blank("Who paid")
    payer_officer: str | None = blank("Officer number, if an officer paid", optional=True, longest=20)
    currency: str = blank("Currency", options=_CURRENCIES)
    amount: Amount = blank("Amount", hint="like 412.30")
    purpose: str = blank("What for; sealed", longest=500)
    paid_at: LocalMoment | None = blank("When it was paid, by the mission's clock; empty means now", optional=True)
    reported_at: LocalMoment | None = blank("When we were told, likewise", optional=True)


def _paid(reference: str, typed: Paid, officer: Officer) -> None:
    corrections.note_private_payment(
        reference, payer=typed.payer, payer_officer=typed.payer_officer,
        amount=Money.parse(typed.amount, typed.currency), purpose=typed.purpose, paid_at=typed.paid_at,
        reported_at=typed.reported_at, officer=officer.number,
    )  # fmt: skip


ACTS = (
    Act(
        name="cost", group=Group.money, heading="A cost of the journey", duty=Duty.run_the_case, form=Cost,
        help="A cost the journey will have; the funding is asked anew with it.", carry_out=_note,
    ),
    Act(
        name="cost-back", group=Group.money, heading="A cost noted in error", duty=Duty.run_the_case, form=Cost,
        help="Take a cost back, typed exactly as it was noted; both lines stay on file.", carry_out=_take_back,
    ),
    Act(
        name="private-payment", group=Group.money, heading="Paid from somebody's own pocket", duty=Duty.run_the_case,
        form=Paid, help="What somebody has paid, so that it can be paid back.", carry_out=_paid,
    ),
)  # fmt: skip
