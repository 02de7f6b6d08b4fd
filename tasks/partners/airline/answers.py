"""What the airline's answers to a call that changes something mean for the caller."""

from typing import Any

import httpx

from tasks.partners.errors import (
    OutcomeUnknown,
    PartnerAlreadyDone,
    PartnerError,
    PartnerRefused,
    PartnerUnavailable,
)
from tasks.partners.transport import error_code, understanding

PARTNER = "airline"

MAYBE_BOOKED = frozenset(
    {
        "offer_request_already_booked",
        "order_creation_already_attempted",
        "booking_already_attempted",
        "duplicate_booking",
    }
)
"""Refusals after which an order may exist all the same. Source: Duffel, errors."""

NOTHING_BOOKED = frozenset({"order_not_created"})
"""Codes of a 5xx with which the partner guarantees that no order exists. Source: changelog.duffel.com."""

ALREADY_DONE = frozenset({"already_cancelled", "already_paid"})


def not_created(reply: httpx.Response) -> PartnerError:
    """Return what an answer other than 201 to an order means. Source: Duffel, response handling and errors."""
    code, request_id = error_code(reply), reply.headers.get("x-request-id")
    if reply.is_success or code in MAYBE_BOOKED:
        return OutcomeUnknown(PARTNER, _what(reply, code), code=code, request_id=request_id)
    return refused_or_unknown(reply)


def refused_or_unknown(reply: httpx.Response) -> PartnerError:
    """Return what an answer that is no success means."""
    code, request_id = error_code(reply), reply.headers.get("x-request-id")
    kind: type[PartnerError] = OutcomeUnknown
    if code in ALREADY_DONE:
        kind = PartnerAlreadyDone
    elif reply.status_code == httpx.codes.TOO_MANY_REQUESTS:
        kind = PartnerUnavailable
    elif reply.is_client_error or code in NOTHING_BOOKED:
        kind = PartnerRefused
    return kind(PARTNER, _what(reply, code), code=code, request_id=request_id)


def _what(reply: httpx.Response, code: str | None) -> str:
    return f"answered {reply.status_code}{f' {code}' if code else ''}"


def data_of(reply: httpx.Response) -> dict[str, Any]:
    """
    Return what a good answer wraps.

    Raises:
        OutcomeUnknown: the call was accepted, and the answer has a shape we do not know.
        PartnerRefused, PartnerAlreadyDone, PartnerUnavailable: as `refused_or_unknown`.
    """
    if not reply.is_success:
        raise refused_or_unknown(reply)
    try:
        with understanding(PARTNER):
            data: dict[str, Any] = reply.json()["data"]
            return data
    except PartnerError:
        raise OutcomeUnknown(
            PARTNER,
            f"answered {reply.status_code} in a shape we do not know",
            request_id=reply.headers.get("x-request-id"),
        ) from None
