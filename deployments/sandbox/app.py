"""The partners' application: one address for all, each partner under its own name."""

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from deployments.sandbox import (
    border_control,
    carrier_desk,
    document_check,
    host_authority,
    lookouts,
    receiving_agency,
    registry,
    treasury,
)
from deployments.sandbox.airline import cancellations, changes, orders, payments, search, webhooks
from deployments.sandbox.airline.errors import AirlineRefused
from deployments.sandbox.airline.wire import require_headers
from deployments.sandbox.contract import Refused
from deployments.sandbox.edge import Edge
from deployments.sandbox.population import Population
from deployments.sandbox.problems import airline_problem, first_flaw, problem
from deployments.sandbox.registry import OsiaRefused, Register
from deployments.sandbox.storage import DifferentBody, Storage, UnknownRecord

DESCRIPTION = """
Stand-ins for the partners of Homeward. Each partner is a server of its own in reality; here the first part of the
address names it. Two partners speak contracts published elsewhere and are not listed: `/registry` speaks OSIA's
population registry interface, `/airline` speaks Duffel API v2.
"""

TAGS = [
    {"name": "lookouts", "description": "Warrants, notices, missing persons; lost and stolen documents"},
    {"name": "document-check", "description": "Which paper may leave, cross and enter which country"},
    {"name": "carrier-desk", "description": "People at the airline who agree to custody, medical and escort codes"},
    {"name": "host-authority", "description": "Clearance to leave the host country"},
    {"name": "border-control", "description": "Documents registered at home, and whether their holder may board"},
    {"name": "treasury", "description": "Rates, commitments and payments"},
    {"name": "receiving-agency", "description": "Who receives a person at home"},
]


def partners_app(storage: Storage, population: Population) -> ASGIApp:
    """Return the application of all partners."""
    app = FastAPI(title="Homeward sandbox", version="1", description=DESCRIPTION, openapi_tags=TAGS)
    app.state.storage = storage
    app.state.population = population
    app.state.register = Register(population)
    airline = APIRouter(prefix="/airline", dependencies=[Depends(require_headers)], include_in_schema=False)
    for module in (search, orders, payments, cancellations, changes, webhooks):
        airline.include_router(module.router)
    app.include_router(airline)
    for partner in (
        registry,
        lookouts,
        document_check,
        carrier_desk,
        host_authority,
        border_control,
        treasury,
        receiving_agency,
    ):
        app.include_router(partner.router)
    _answer_problems(app)
    return Edge(app, storage)


def _answer_problems(app: FastAPI) -> None:
    """Turn what the partners raise into the form of their contracts."""

    @app.exception_handler(AirlineRefused)
    async def airline_refused(request: Request, error: AirlineRefused) -> JSONResponse:
        return airline_problem(list(error.flaws), request_id=request.state.request_id)

    @app.exception_handler(OsiaRefused)
    async def osia_refused(request: Request, error: OsiaRefused) -> JSONResponse:
        return _problem(request, error.status, "refused", str(error))

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> JSONResponse:
        return _problem(request, error.status, error.code, str(error))

    @app.exception_handler(UnknownRecord)
    async def unknown(request: Request, error: UnknownRecord) -> JSONResponse:
        return _problem(request, 404, "not_found", str(error))

    @app.exception_handler(DifferentBody)
    async def different(request: Request, error: DifferentBody) -> JSONResponse:
        return _problem(request, 409, "different_body", str(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        # OSIA knows no 422; its contract says 400 for a bad request.
        status = 400 if _partner(request) == "registry" else 422
        return _problem(request, status, "invalid", first_flaw(error))

    @app.exception_handler(HTTPException)
    async def routed_nowhere(request: Request, error: HTTPException) -> JSONResponse:
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "bad_request")
        return _problem(request, error.status_code, code, f"{error.detail}.")

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> JSONResponse:
        return _problem(request, 500, "internal_error", f"Something went wrong: {type(error).__name__}.")


def _partner(request: Request) -> str:
    return str(getattr(request.state, "partner", ""))


def _problem(request: Request, status: int, code: str, message: str) -> JSONResponse:
    request_id = str(getattr(request.state, "request_id", ""))
    return problem(_partner(request), status, code, message, request_id=request_id)
