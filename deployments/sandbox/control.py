"""The control port: orders faults and answers, and tells what the partners have seen. Loopback only, no token."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from deployments.sandbox import carrier_desk, faults, host_authority, offices, receiving_agency
from deployments.sandbox.airline import changes, events, shelf
from deployments.sandbox.airline.errors import AirlineRefused
from deployments.sandbox.airline.rate import SEARCHES_SETTING
from deployments.sandbox.contract import Store, Text
from deployments.sandbox.counts import Counts, count
from deployments.sandbox.faults import FaultRequest, StandingFault
from deployments.sandbox.offices import AlreadySettled, Office
from deployments.sandbox.problems import first_flaw
from deployments.sandbox.storage import Storage, UnknownRecord

OFFICES: dict[str, Office] = {
    office.partner: office for office in (carrier_desk.OFFICE, host_authority.OFFICE, receiving_agency.OFFICE)
}


class _Order(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AnswerOrder(_Order):
    """What an office says to a request it has."""

    status: str
    reason: Text | None = None


class ScriptOrder(AnswerOrder):
    """What an office says to its next `times` new requests."""

    partner: str
    times: int = Field(default=1, ge=1, le=1_000_000)


class PriceOrder(_Order):
    """By how much every unpaid hold becomes dearer, in its own currency."""

    delta: str = Field(pattern=r"^-?\d{1,12}(\.\d{1,2})?$")


class FlightOrder(_Order):
    """What the airline does to the flights of one order by itself: move them, or take them away."""

    order_id: str
    by_minutes: int | None = Field(default=None, ge=-60 * 24 * 30, le=60 * 24 * 30)
    """None: the flights are cancelled."""
    first: int = Field(default=0, ge=0, le=9)
    """The place of the first flight that moves, from 0."""


class DeliveryOrder(_Order):
    """How events reach their receiver: how often each, and whether signed with another secret."""

    copies: int = Field(default=1, ge=1, le=20)
    forged: bool = False


class ClockOrder(_Order):
    """How much time passes at once for every partner."""

    advance_seconds: float = Field(ge=0, le=10 * 366 * 24 * 3600)


class RateOrder(_Order):
    """How many searches a minute the airline grants; none for as many as other calls."""

    searches_per_minute: int | None = Field(ge=1, le=4000)


class LoggedRequest(BaseModel):
    """A request as a partner saw it; no status means that it got no answer."""

    at: datetime
    partner: str
    method: str
    path: str
    status: int | None
    request_id: str


def control_app(storage: Storage) -> FastAPI:
    """Return the application of the control port."""
    app = FastAPI(title="Homeward sandbox, control port", version="1")
    app.state.storage = storage

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        # The framework's own answer repeats what was sent, which need not be text that can be repeated.
        return JSONResponse({"detail": first_flaw(error)}, status_code=422)

    _order_faults(app)
    _script_answers(app)
    _tell(app)
    return app


def _order_faults(app: FastAPI) -> None:
    @app.post("/faults", summary="Let the next requests go wrong")
    async def order(wanted: FaultRequest, storage: Store) -> list[StandingFault]:
        faults.order_fault(storage, wanted)
        return faults.standing(storage)

    @app.get("/faults", summary="Read the faults still to happen")
    async def read(storage: Store) -> list[StandingFault]:
        return faults.standing(storage)

    @app.delete("/faults", summary="Call all faults off")
    async def clear(storage: Store) -> dict[str, int]:
        return {"deleted": faults.clear(storage)}


def _script_answers(app: FastAPI) -> None:
    @app.post("/answers", summary="Say how an office answers its next requests")
    async def script(wanted: ScriptOrder, storage: Store) -> dict[str, str]:
        office = _office(wanted.partner, wanted.status)
        offices.script(storage, office, status=wanted.status, reason=wanted.reason, times=wanted.times)
        return {"partner": office.partner, "status": wanted.status}

    @app.post("/answers/{partner}/{record_id}", summary="Answer a pending request")
    async def settle(partner: str, record_id: str, wanted: AnswerOrder, storage: Store) -> dict[str, Any]:
        office = _office(partner, wanted.status)
        try:
            settled = offices.settle(storage, office, record_id, status=wanted.status, reason=wanted.reason)
        except UnknownRecord as error:
            raise HTTPException(404, str(error)) from error
        except AlreadySettled as error:
            raise HTTPException(409, str(error)) from error
        return settled.model_dump(mode="json")

    @app.post("/prices", summary="Make every unpaid hold dearer")
    async def raise_prices(wanted: PriceOrder, storage: Store) -> dict[str, int]:
        return {"holds": shelf.raise_held_prices(storage, Decimal(wanted.delta))}

    @app.post("/flights", summary="Have the airline change the flights of an order")
    async def change_flights(wanted: FlightOrder, storage: Store) -> dict[str, str]:
        try:
            order = shelf.order(storage, wanted.order_id)
        except AirlineRefused as error:
            raise HTTPException(404, "There is no order with this id.") from error
        if wanted.by_minutes is None:
            changes.take_flights_away(storage, order)
        else:
            changes.move_flights(storage, order, by=timedelta(minutes=wanted.by_minutes), first=wanted.first)
        return {"order_id": order.order_id}

    @app.post("/deliveries", summary="Say how the airline's events reach their receiver")
    async def deliver(wanted: DeliveryOrder, storage: Store) -> DeliveryOrder:
        storage.set("deliveries", wanted.model_dump_json())
        return wanted

    @app.post("/rate", summary="Say how many searches a minute the airline grants")
    async def grant(wanted: RateOrder, storage: Store) -> RateOrder:
        granted = wanted.searches_per_minute
        storage.set(SEARCHES_SETTING, None if granted is None else str(granted))
        return wanted

    @app.post("/clock", summary="Let time pass for every partner")
    async def advance(wanted: ClockOrder, storage: Store) -> dict[str, datetime]:
        storage.advance_clock(timedelta(seconds=wanted.advance_seconds))
        return {"now": storage.now()}


def _tell(app: FastAPI) -> None:
    @app.get("/counts", summary="Count what exists")
    async def counts(storage: Store) -> Counts:
        return count(storage)

    @app.get("/orders", summary="Read every order, visible or not")
    async def orders(storage: Store) -> list[dict[str, Any]]:
        return shelf.every_order(storage)

    @app.get("/requests", summary="Read what the partners were asked")
    async def requests(
        storage: Store,
        partner: str | None = None,
        method: str | None = None,
        path: Annotated[str | None, Query(description="Where the path begins")] = None,
    ) -> list[LoggedRequest]:
        return _requests(storage, partner=partner, method=method, path=path)

    @app.get("/events", summary="Read the events the airline would send")
    async def occurred(storage: Store) -> list[dict[str, Any]]:
        return events.occurred(storage)

    @app.get("/health", summary="Say that the sandbox answers")
    async def health(storage: Store) -> dict[str, str | datetime]:
        return {"status": "ok", "now": storage.now()}


def _office(partner: str, status: str) -> Office:
    """Return the office; raise HTTPException 422 for a partner where nobody answers or a word it does not know."""
    office = OFFICES.get(partner)
    if office is None:
        raise HTTPException(422, f"partner is one of {', '.join(OFFICES)}")
    if status not in office.words:
        raise HTTPException(422, f"status of {partner} is one of {', '.join(office.words)}")
    return office


def _requests(storage: Storage, *, partner: str | None, method: str | None, path: str | None) -> list[LoggedRequest]:
    rows = storage.rows(
        "SELECT at, partner, method, path, status, request_id FROM requests"
        " WHERE (?1 IS NULL OR partner = ?1) AND (?2 IS NULL OR method = ?2)"
        " AND (?3 IS NULL OR substr(path, 1, length(?3)) = ?3) ORDER BY seq",
        partner,
        method.upper() if method else None,
        path,
    )
    return [LoggedRequest.model_validate(dict(row)) for row in rows]
