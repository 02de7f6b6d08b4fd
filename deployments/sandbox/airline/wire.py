"""How Duffel speaks: headers every request needs, bodies wrapped in `data`, pages with cursors, moments and money."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Query, Request

from deployments.sandbox.airline.errors import Flaw, refused

JSON = dict[str, Any]

VERSION = "v2"
CURRENCY = "USD"
"""The billing currency of the one organisation this airline knows."""


async def require_headers(request: Request) -> None:
    """Refuse a request without a test token or without the version this subset speaks."""
    authorization = request.headers.get("authorization")
    if authorization is None:
        raise refused("missing_authorization_header", "The 'Authorization' header needs to be set.")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise refused("invalid_authorization_header", "The 'Authorization' header needs to be 'Bearer <token>'.")
    if not token.startswith("duffel_test_"):
        raise refused(
            "access_token_not_found", "The access token does not exist here; this airline sells no live seat."
        )
    version = request.headers.get("duffel-version")
    if version is None:
        raise refused("missing_version_header", "The 'Duffel-Version' header needs to be set.")
    if version != VERSION:
        raise refused("unsupported_version", f"The 'Duffel-Version' header needs to be '{VERSION}'.")


async def data_of(request: Request) -> JSON:
    """Return what a request's body wraps in `data`."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise refused("malformed_data_param", "The body is not JSON.") from None
    if not isinstance(body, dict) or "data" not in body:
        raise refused("missing_data_param", "The body needs a 'data' object.")
    if not isinstance(body["data"], dict):
        raise refused("malformed_data_param", "'data' needs to be an object.")
    try:
        json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise refused("malformed_data_param", "The body has half a character, which no answer could repeat.") from None
    return body["data"]


Data = Annotated[JSON, Depends(data_of)]


class Window(NamedTuple):
    """Which part of a list a request wants."""

    limit: int
    after: str | None
    before: str | None


async def window_of(
    limit: Annotated[int, Query(ge=1, le=200)] = 50, after: str | None = None, before: str | None = None
) -> Window:
    """Return the part of a list the query names."""
    return Window(limit, after, before)


Page = Annotated[Window, Depends(window_of)]


def page(ids: Sequence[str], window: Window) -> tuple[list[str], JSON]:
    """
    Return the ids of one page and its `meta`.

    A cursor names the id it stands at, so a list that grows at its head while it is read repeats and skips nothing.
    """
    start, end = 0, window.limit
    if window.after is not None:
        start = _position(ids, window.after, "after") + 1
        end = start + window.limit
    elif window.before is not None:
        end = _position(ids, window.before, "before")
        start = max(0, end - window.limit)
    chosen = list(ids[start:end])
    return chosen, {
        "limit": window.limit,
        "before": _cursor(chosen[0]) if chosen and start > 0 else None,
        "after": _cursor(chosen[-1]) if chosen and end < len(ids) else None,
    }


def _cursor(record_id: str) -> str:
    return base64.urlsafe_b64encode(f"at {record_id}".encode()).decode("ascii")


def _position(ids: Sequence[str], cursor: str, field: str) -> int:
    try:
        return ids.index(base64.urlsafe_b64decode(cursor).decode("ascii").removeprefix("at "))
    except (binascii.Error, UnicodeError, ValueError):
        raise refused("validation_format", f"'{field}' is not a cursor of this list.", f"/{field}") from None


def utc(moment: datetime) -> str:
    """Return the moment as Duffel stamps it, `2026-11-22T08:15:00.123456Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def local(moment: datetime) -> str:
    """Return the moment as Duffel writes flight times: local, without an offset."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def duration(length: timedelta) -> str:
    """Return an ISO 8601 duration such as `P1DT2H26M`."""
    minutes = int(length.total_seconds()) // 60
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes or not (days or hours) else "")
    return "P" + (f"{days}D" if days else "") + (f"T{clock}" if clock else "")


def cents(amount: Decimal) -> str:
    """Return an amount of US dollars as Duffel writes it."""
    return str(amount.quantize(Decimal("0.01")))


def text_flaws(body: JSON, fields: Sequence[str], pointer: str) -> list[Flaw]:
    """Return a flaw for each field that is missing or not a text."""
    flaws = []
    for field in fields:
        value = body.get(field)
        if value is None or value == "":
            flaws.append(Flaw("validation_required", f"Field '{field}' can't be blank", f"{pointer}/{field}"))
        elif not isinstance(value, str):
            flaws.append(Flaw("validation_type", f"Field '{field}' must be a string", f"{pointer}/{field}"))
    return flaws
