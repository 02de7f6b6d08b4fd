"""Duffel's errors: a code says what is wrong, its entry here says with which status and of which type."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from deployments.sandbox.storage import UnknownRecord

DOCUMENTATION = "https://duffel.com/docs/api/overview/errors"

INVALID_REQUEST = "invalid_request_error"
INVALID_STATE = "invalid_state_error"
VALIDATION = "validation_error"
API = "api_error"
AIRLINE = "airline_error"
AUTHENTICATION = "authentication_error"
RATE_LIMIT = "rate_limit_error"

CODES: dict[str, tuple[int, str, str]] = {
    "access_token_not_found": (401, AUTHENTICATION, "Access token not found"),
    "invalid_authorization_header": (401, AUTHENTICATION, "Invalid authorization header"),
    "missing_authorization_header": (401, AUTHENTICATION, "Missing authorization header"),
    "malformed_data_param": (400, INVALID_REQUEST, "Malformed data param"),
    "missing_data_param": (400, INVALID_REQUEST, "Missing data param"),
    "missing_version_header": (400, INVALID_REQUEST, "Missing version header"),
    "unsupported_version": (400, INVALID_REQUEST, "Unsupported version"),
    "bad_request": (400, INVALID_REQUEST, "Bad request"),
    "not_found": (404, INVALID_REQUEST, "Not found"),
    "method_not_allowed": (405, INVALID_REQUEST, "Method not allowed"),
    "unavailable_feature": (403, INVALID_REQUEST, "Unavailable feature"),
    "validation_format": (422, VALIDATION, "Invalid format"),
    "validation_inclusion": (422, VALIDATION, "Invalid value"),
    "validation_length": (422, VALIDATION, "Invalid length"),
    "validation_required": (422, VALIDATION, "Required field"),
    "validation_type": (422, VALIDATION, "Invalid type"),
    "invalid_email_address": (422, VALIDATION, "Invalid email address"),
    "invalid_passenger_name": (422, VALIDATION, "Invalid passenger name"),
    "invalid_passenger_title": (422, VALIDATION, "Invalid passenger title"),
    "invalid_phone_number": (422, VALIDATION, "Invalid phone number"),
    "duplicate_passenger_name": (422, VALIDATION, "Duplicate passenger name"),
    "order_passengers_incompatible_with_offer": (422, VALIDATION, "Passengers do not fit the offer"),
    "order_type_not_eligible_for_payment": (422, VALIDATION, "Order type not eligible for payment"),
    "payment_amount_does_not_match_order_amount": (422, VALIDATION, "Payment amount does not match"),
    "payment_currency_does_not_match_order_currency": (422, VALIDATION, "Payment currency does not match"),
    "unsafe_unique": (422, VALIDATION, "Not unique"),
    "price_changed": (422, VALIDATION, "Price changed"),
    "ancillary_service_not_available": (422, INVALID_STATE, "Service not available"),
    "already_cancelled": (422, INVALID_STATE, "Already cancelled"),
    "already_paid": (422, INVALID_STATE, "Already paid"),
    "duplicate_booking": (422, AIRLINE, "Duplicate booking"),
    "insufficient_balance": (422, INVALID_STATE, "Insufficient balance"),
    "invalid_order_create_type": (422, INVALID_STATE, "Invalid order type"),
    "offer_expired": (422, INVALID_STATE, "Offer expired"),
    "offer_no_longer_available": (422, INVALID_STATE, "Offer no longer available"),
    "offer_request_already_booked": (422, INVALID_STATE, "Offer request already booked"),
    "order_creation_already_attempted": (422, INVALID_STATE, "Order creation already attempted"),
    "order_not_cancellable": (422, INVALID_STATE, "Order not cancellable"),
    "past_payment_required_by_date": (422, INVALID_STATE, "Payment deadline has passed"),
    "stale_airline_initiated_change_accept": (422, INVALID_STATE, "Stale airline-initiated change"),
    "rate_limit_exceeded": (429, RATE_LIMIT, "Rate limit exceeded"),
    "internal_server_error": (500, API, "Internal server error"),
    "airline_unknown": (502, AIRLINE, "Airline error"),
    "service_unavailable": (503, API, "Service unavailable"),
    "gateway_timeout_error": (504, API, "Gateway timeout"),
}
"""Status, type and title. Types are those seen in runs where there were any, else the nearest in the documentation."""


@dataclass(frozen=True)
class Flaw:
    """One thing that is wrong; `pointer` is the place in the request's body, for what a body got wrong."""

    code: str
    message: str
    pointer: str | None = None


class AirlineRefused(Exception):
    """An answer of the airline that is not a success; the first flaw decides the status."""

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        super().__init__(flaws[0].code)
        self.flaws = tuple(flaws)
        self.status = CODES[flaws[0].code][0]


def refused(code: str, message: str, pointer: str | None = None) -> AirlineRefused:
    """Return the refusal for one flaw, ready to be raised."""
    return AirlineRefused([Flaw(code, message, pointer)])


def unknown(record: UnknownRecord) -> AirlineRefused:
    """Return the refusal for an id that does not exist."""
    return refused("not_found", str(record))


def error_body(flaws: Sequence[Flaw], *, status: int, request_id: str) -> dict[str, Any]:
    """Return Duffel's error body."""
    return {
        "errors": [_entry(flaw) for flaw in flaws],
        "meta": {"status": status, "request_id": request_id},
    }


def _entry(flaw: Flaw) -> dict[str, Any]:
    _, kind, title = CODES[flaw.code]
    entry: dict[str, Any] = {
        "type": kind,
        "code": flaw.code,
        "title": title,
        "message": flaw.message,
        "documentation_url": DOCUMENTATION,
    }
    if flaw.pointer is not None:
        entry["source"] = {"field": flaw.pointer.rsplit("/", 1)[-1], "pointer": flaw.pointer}
    if kind == AIRLINE:
        entry["source"] = "Duffel Airways"
    return entry
