"""The treasury: rates of the day, commitments and payments. No amount is too large."""

import hashlib
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from deployments.sandbox.contract import (
    DIFFERENT_BODY,
    ERRORS,
    NOT_FOUND,
    ClientId,
    Message,
    Moment,
    Money,
    Refused,
    Store,
    Text,
    require_token,
)
from deployments.sandbox.storage import UnknownRecord

COMMITMENTS = "commitment"
PAYMENTS = "payment"

Currency = Literal["USD", "KHR", "THB", "VND", "EUR", "CNY"]

MIDDLE_RATES: dict[Currency, Decimal] = {
    "USD": Decimal("1412.50"),
    "KHR": Decimal("0.3512"),
    "THB": Decimal("43.27"),
    "VND": Decimal("0.0537"),
    "EUR": Decimal("1638.20"),
    "CNY": Decimal("198.40"),
}
"""Won for one unit, about which the rate of a day moves by at most half a per cent."""

router = APIRouter(prefix="/treasury", tags=["treasury"], dependencies=[Depends(require_token)], responses={**ERRORS})


class Rate(Message):
    """Won for one unit of a currency on one day."""

    currency: Currency
    quote: Literal["KRW"]
    rate: str
    source: str
    on: date


class Item(Money):
    """One cost within a commitment."""

    kind: Text


class CommitmentRequest(Message):
    """Money set aside for one case."""

    case_reference: Text
    total: Money
    items: list[Item] = Field(min_length=1)


class Commitment(Message):
    """A commitment as it stands."""

    commitment_id: str
    status: Literal["posted", "reversed"]
    posted_at: Moment


class PaymentRequest(Message):
    """Money paid out of a commitment."""

    commitment_id: Text
    payee: Text
    amount: Money


class Payment(PaymentRequest):
    """A payment as made."""

    payment_id: str
    status: Literal["paid"]
    paid_at: Moment


@router.get("/v1/rates", summary="Read the rate of a day")
async def rate(currency: Currency, on: Annotated[date, Query()]) -> Rate:
    """Return the rate; the same day always has the same one."""
    middle = MIDDLE_RATES[currency]
    digest = hashlib.sha256(f"{currency} {on}".encode()).digest()
    moved = middle * (1 + Decimal(digest[0] - 128) / 25600)
    return Rate(
        currency=currency,
        quote="KRW",
        rate=str(moved.quantize(middle)),
        source="sandbox treasury, rate of the day",
        on=on,
    )


@router.put("/v1/commitments/{commitment_id}", summary="Commit money", responses={**DIFFERENT_BODY})
async def commit(commitment_id: ClientId, body: CommitmentRequest, storage: Store) -> Commitment:
    """Post the commitment; asking again with the same body returns it as it stands, posted or reversed."""

    def posted() -> Commitment:
        return Commitment(commitment_id=commitment_id, status="posted", posted_at=storage.now())

    return Commitment.model_validate(storage.put_once(COMMITMENTS, commitment_id, body, posted))


@router.get("/v1/commitments/{commitment_id}", summary="Read a commitment", responses={**NOT_FOUND})
async def read_commitment(commitment_id: ClientId, storage: Store) -> Commitment:
    """Return the commitment as it stands."""
    return Commitment.model_validate(storage.answer(COMMITMENTS, commitment_id))


@router.post("/v1/commitments/{commitment_id}/reversal", summary="Reverse a commitment", responses={**NOT_FOUND})
async def reverse(commitment_id: ClientId, storage: Store) -> Commitment:
    """Reverse the commitment; doing so again changes nothing."""
    standing = Commitment.model_validate(storage.answer(COMMITMENTS, commitment_id))
    reversed_now = standing.model_copy(update={"status": "reversed"})
    storage.amend(COMMITMENTS, commitment_id, reversed_now)
    return reversed_now


@router.put("/v1/payments/{payment_id}", summary="Pay", responses={**DIFFERENT_BODY})
async def pay(payment_id: ClientId, body: PaymentRequest, storage: Store) -> Payment:
    """Pay once under this id, out of a commitment that stands."""

    def paid() -> Payment:
        try:
            standing = storage.answer(COMMITMENTS, body.commitment_id)
        except UnknownRecord as error:
            raise Refused(422, "unknown_commitment", str(error)) from error
        if standing["status"] == "reversed":
            raise Refused(409, "commitment_reversed", "The commitment was reversed; nothing is paid out of it.")
        return Payment(payment_id=payment_id, status="paid", paid_at=storage.now(), **body.model_dump())

    return Payment.model_validate(storage.put_once(PAYMENTS, payment_id, body, paid))


@router.get("/v1/payments/{payment_id}", summary="Read a payment", responses={**NOT_FOUND})
async def read_payment(payment_id: ClientId, storage: Store) -> Payment:
    """Return the payment as made."""
    return Payment.model_validate(storage.answer(PAYMENTS, payment_id))
