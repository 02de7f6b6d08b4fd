"""The carrier desk: people at the airline who agree to custody, medical and escort codes no booking can carry."""

from datetime import date, datetime
from typing import Any, Literal

from fastapi import APIRouter, Depends
from pydantic import Field

from deployments.sandbox.contract import (
    DIFFERENT_BODY,
    ERRORS,
    NOT_FOUND,
    ClientId,
    Message,
    Moment,
    Store,
    Text,
    require_token,
)
from deployments.sandbox.offices import Office, next_word

Status = Literal["pending", "confirmed", "refused"]

router = APIRouter(
    prefix="/carrier-desk", tags=["carrier-desk"], dependencies=[Depends(require_token)], responses={**ERRORS}
)


class DeskRequest(Message):
    """What the desk is asked to confirm for one booking."""

    record_locator: Text
    carrier: str = Field(pattern=r"^[A-Z0-9]{2}$", examples=["KE"])
    flight_number: Text
    departs_on: date
    codes: list[Text]
    """SSR codes such as WCHR, MEDA, DEPA."""
    officers: int = Field(ge=0, le=100)
    """How many escorts travel along."""


class DeskAnswer(Message):
    """What the desk says now."""

    request_id: str
    status: Status
    agent: str | None
    officer_seats: list[Text]
    """Seats kept for the escorts."""
    reason: str | None
    answered_at: Moment | None


def decide(request_id: str, request: dict[str, Any], status: str, reason: str | None, at: datetime) -> DeskAnswer:
    """Return the desk's answer; a pending one has neither agent nor time."""
    answered = status != OFFICE.pending
    seats = [f"{40 + number // 2}{'AC'[number % 2]}" for number in range(request["officers"])]
    return DeskAnswer.model_validate(
        {
            "request_id": request_id,
            "status": status,
            "agent": "Desk agent 7" if answered else None,
            "officer_seats": seats if status == "confirmed" else [],
            "reason": reason,
            "answered_at": at if answered else None,
        }
    )


OFFICE = Office(
    partner="carrier-desk",
    collection="carrier desk request",
    usual="confirmed",
    pending="pending",
    words=("pending", "confirmed", "refused"),
    decide=decide,
)


@router.put("/v1/requests/{request_id}", summary="Ask the desk", responses={**DIFFERENT_BODY})
async def ask(request_id: ClientId, body: DeskRequest, storage: Store) -> DeskAnswer:
    """Ask once under this id; asking again with the same body returns what the desk says now."""
    return DeskAnswer.model_validate(next_word(storage, OFFICE, request_id, body))


@router.get("/v1/requests/{request_id}", summary="Read the desk's answer", responses={**NOT_FOUND})
async def read(request_id: ClientId, storage: Store) -> DeskAnswer:
    """Return what the desk says now."""
    return DeskAnswer.model_validate(storage.answer(OFFICE.collection, request_id))
