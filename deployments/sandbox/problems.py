"""What a partner answers when it does not answer well: each in the form of its own contract."""

from collections.abc import Mapping

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from deployments.sandbox.airline.errors import CODES, Flaw, error_body

AIRLINE_CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    422: "validation_format",
    429: "rate_limit_exceeded",
    500: "internal_server_error",
    503: "service_unavailable",
}
"""The airline's code for a status the web framework or a fault decides; its own refusals bring their code along."""


def problem(
    partner: str,
    status: int,
    code: str,
    message: str,
    *,
    request_id: str,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return an answer that is not a success; `code` is a word of our own contracts."""
    match partner:
        case "airline":
            return airline_problem([Flaw(AIRLINE_CODES[status], message)], request_id=request_id, headers=headers)
        case "registry":
            return JSONResponse({"code": status, "message": message}, status_code=status, headers=dict(headers or {}))
        case _:
            body = {"error": {"code": code, "message": message}}
            return JSONResponse(body, status_code=status, headers=dict(headers or {}))


def airline_problem(flaws: list[Flaw], *, request_id: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return an answer in Duffel's form; the first flaw decides the status."""
    status = CODES[flaws[0].code][0]
    body = error_body(flaws, status=status, request_id=request_id)
    return JSONResponse(body, status_code=status, headers=dict(headers or {}))


def first_flaw(error: RequestValidationError) -> str:
    """Return where and what the first flaw of a request is, without the value."""
    flaw = error.errors()[0]
    where = ".".join(str(part) for part in flaw["loc"] if part != "body") or "body"
    return f"{where}: {flaw['msg'][0].lower()}{flaw['msg'][1:]}."
