"""The host authority: lets a person leave its country, with or without a release from detention."""

import hashlib
from datetime import date, datetime, timedelta
from typing import Any, Literal

from fastapi import APIRouter, Depends

from deployments.sandbox.contract import (
    DIFFERENT_BODY,
    ERRORS,
    NOT_FOUND,
    ClientId,
    Country,
    Message,
    Moment,
    Money,
    Store,
    Text,
    require_token,
)
from deployments.sandbox.offices import Office, next_word

FINE_USD_A_DAY = 10
PERMIT_VALID_FOR = timedelta(days=30)

Status = Literal["pending", "granted", "refused"]

router = APIRouter(
    prefix="/host-authority", tags=["host-authority"], dependencies=[Depends(require_token)], responses={**ERRORS}
)


class ClearanceRequest(Message):
    """Whose exit is asked for."""

    case_reference: Text
    country: Country
    status_at_border: Literal["detained", "released", "rescued", "unknown"]
    found_on: date | None = None


class Clearance(Message):
    """What the authority says now; permit, order and validity exist only once it is granted."""

    clearance_id: str
    status: Status
    exit_permit: str | None
    release_order: str | None
    """Only for a detained person."""
    overstay_days: int
    fine: Money
    valid_until: Moment | None
    reason: str | None


def decide(clearance_id: str, request: dict[str, Any], status: str, reason: str | None, at: datetime) -> Clearance:
    """Return the authority's answer; the same case always has the same overstay and numbers."""
    digest = hashlib.sha256(f"{request['country']} {request['case_reference']}".encode()).hexdigest()
    number = f"{int(digest[:8], 16) % 10**8:08}"
    overstay_days = int(digest[8:12], 16) % 90
    granted = status == "granted"
    detained = request["status_at_border"] == "detained"
    return Clearance.model_validate(
        {
            "clearance_id": clearance_id,
            "status": status,
            "exit_permit": f"{request['country']}-EX-{number}" if granted else None,
            "release_order": f"{request['country']}-RO-{number}" if granted and detained else None,
            "overstay_days": overstay_days,
            "fine": {"amount": f"{overstay_days * FINE_USD_A_DAY}.00", "currency": "USD"},
            "valid_until": at + PERMIT_VALID_FOR if granted else None,
            "reason": reason,
        }
    )


OFFICE = Office(
    partner="host-authority",
    collection="clearance",
    usual="granted",
    pending="pending",
    words=("pending", "granted", "refused"),
    decide=decide,
)


@router.put("/v1/clearances/{clearance_id}", summary="Ask for clearance to leave", responses={**DIFFERENT_BODY})
async def ask(clearance_id: ClientId, body: ClearanceRequest, storage: Store) -> Clearance:
    """Ask once under this id; asking again with the same body returns what the authority says now."""
    return Clearance.model_validate(next_word(storage, OFFICE, clearance_id, body))


@router.get("/v1/clearances/{clearance_id}", summary="Read a clearance", responses={**NOT_FOUND})
async def read(clearance_id: ClientId, storage: Store) -> Clearance:
    """Return what the authority says now."""
    return Clearance.model_validate(storage.answer(OFFICE.collection, clearance_id))
