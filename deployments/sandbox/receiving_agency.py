"""The receiving agencies at home: accept or refuse a person before the flight, and acknowledge the one who arrived."""

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Depends

from deployments.sandbox.contract import (
    DIFFERENT_BODY,
    ERRORS,
    NOT_FOUND,
    ClientId,
    Message,
    Moment,
    Refused,
    Store,
    Text,
    require_token,
)
from deployments.sandbox.offices import Office, next_word
from deployments.sandbox.storage import UnknownRecord

RECEIPTS = "receipt"

router = APIRouter(
    prefix="/receiving-agency", tags=["receiving-agency"], dependencies=[Depends(require_token)], responses={**ERRORS}
)


class OfferRequest(Message):
    """Whom an agency is asked to receive, and when."""

    case_reference: Text
    agency: Text
    needs: list[Text]
    flight_number: Text
    arrives_at: Moment


class Offer(Message):
    """What the agency says now."""

    offer_id: str
    status: Literal["offered", "accepted", "refused"]
    refusal_reason: str | None
    answered_by: str | None
    answered_at: Moment | None


class ReceiptRequest(Message):
    """That a person was handed over."""

    offer_id: Text
    received_by: Text
    received_at: Moment
    document_number: Text


class Receipt(ReceiptRequest):
    """A receipt as recorded."""

    receipt_id: str
    recorded_at: Moment


def decide(offer_id: str, request: dict[str, Any], status: str, reason: str | None, at: datetime) -> Offer:
    """Return the agency's answer; an offer not yet answered has neither name nor time."""
    answered = status != OFFICE.pending
    return Offer.model_validate(
        {
            "offer_id": offer_id,
            "status": status,
            "refusal_reason": reason if status == "refused" else None,
            "answered_by": f"Duty officer, {request['agency']}" if answered else None,
            "answered_at": at if answered else None,
        }
    )


OFFICE = Office(
    partner="receiving-agency",
    collection="offer",
    usual="accepted",
    pending="offered",
    words=("offered", "accepted", "refused"),
    decide=decide,
)


@router.put("/v1/offers/{offer_id}", summary="Offer a person to an agency", responses={**DIFFERENT_BODY})
async def offer(offer_id: ClientId, body: OfferRequest, storage: Store) -> Offer:
    """Offer once under this id; asking again with the same body returns what the agency says now."""
    return Offer.model_validate(next_word(storage, OFFICE, offer_id, body))


@router.get("/v1/offers/{offer_id}", summary="Read an offer", responses={**NOT_FOUND})
async def read_offer(offer_id: ClientId, storage: Store) -> Offer:
    """Return what the agency says now."""
    return Offer.model_validate(storage.answer(OFFICE.collection, offer_id))


@router.put("/v1/receipts/{receipt_id}", summary="Acknowledge a person received", responses={**DIFFERENT_BODY})
async def acknowledge(receipt_id: ClientId, body: ReceiptRequest, storage: Store) -> Receipt:
    """Record the receipt once under this id, for an offer the agency has accepted."""

    def recorded() -> Receipt:
        try:
            standing = storage.answer(OFFICE.collection, body.offer_id)
        except UnknownRecord as error:
            raise Refused(422, "unknown_offer", str(error)) from error
        if standing["status"] != "accepted":
            raise Refused(409, "offer_not_accepted", "The agency has not accepted this offer.")
        return Receipt(receipt_id=receipt_id, recorded_at=storage.now(), **body.model_dump())

    return Receipt.model_validate(storage.put_once(RECEIPTS, receipt_id, body, recorded))


@router.get("/v1/receipts/{receipt_id}", summary="Read a receipt", responses={**NOT_FOUND})
async def read_receipt(receipt_id: ClientId, storage: Store) -> Receipt:
    """Return the receipt as recorded."""
    return Receipt.model_validate(storage.answer(RECEIPTS, receipt_id))
