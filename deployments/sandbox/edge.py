"""What stands before every partner: request ids, the request log, the airline's rate limit, and faults on demand."""

import asyncio
import logging
import math
import traceback
import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from uuid import uuid4

from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from deployments.sandbox import faults
from deployments.sandbox.airline.errors import Flaw
from deployments.sandbox.airline.rate import SEARCHES, SEARCHES_SETTING, RateLimit
from deployments.sandbox.faults import AIRLINE_SAYS, PARTNERS, Fault, FaultKind
from deployments.sandbox.problems import airline_problem, problem
from deployments.sandbox.storage import Storage, stamp

HUGE_BODY_CHUNKS = 50
CHUNK = b"x" * 1_000_000
BOMB_MEGABYTES = 500

BAD_GATEWAY = """<html>
  <head><title>502 Server Error</title></head>
  <body>
    <h1>Error: Server Error</h1>
    <h2>The server encountered a temporary error and could not complete your request.</h2>
    <p>Please try again in 30 seconds.</p>
  </body>
</html>
"""

logger = logging.getLogger("sandbox")


class DroppableProtocol(H11Protocol):
    """HTTP/1.1 whose application may close the connection without an answer: `scope["state"]["drop"]()`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn itself
        """Take the connection, and offer its application the way to drop it."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "drop": self._drop}

    def _drop(self) -> None:
        # Otherwise the server would answer 500 for an application that has said nothing.
        self.cycle.disconnected = True
        self.transport.abort()


@dataclass
class Visit:
    """One request while it is being answered."""

    partner: str
    method: str
    path: str
    """Without the partner and without the query, which may hold names."""
    at: datetime
    request_id: str = field(default_factory=lambda: uuid4().hex)
    fault: Fault | None = None
    extra_headers: dict[str, str] = field(default_factory=dict)


class Edge:
    """The application around the partners' application."""

    def __init__(self, app: ASGIApp, storage: Storage) -> None:
        self._app = app
        self._storage = storage
        self._rate = RateLimit()
        self._searches = RateLimit()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request to a partner, with the fault ordered for it; pass anything else through."""
        first, _, rest = scope.get("path", "").removeprefix("/").partition("/")
        if scope["type"] != "http" or first not in PARTNERS:
            await self._app(scope, receive, send)
            return
        visit = Visit(first, scope["method"], f"/{rest}", self._storage.now())
        if first == "airline" and not self._within_rate(visit):
            await self._refuse_rate(visit, 0)(scope, receive, self._answering(visit, send))
            return
        visit.fault = faults.take(self._storage, partner=first, method=visit.method, path=visit.path)
        scope["state"].update(fault=visit.fault, request_id=visit.request_id, partner=first)
        await self._meet_fault(visit, scope, receive, send)

    async def _meet_fault(self, visit: Visit, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._answering(visit, send)
        match visit.fault:
            case Fault(kind=FaultKind.delay, seconds=seconds):
                arrived = await _arrived(receive)
                await asyncio.sleep(seconds)
                await self._run(visit, scope, arrived, answer)
            case Fault(kind=FaultKind.drop_before):
                self._drop(visit, scope)
            case Fault(kind=FaultKind.drop_after):
                await self._run(visit, scope, receive, _Kept())
                self._drop(visit, scope)
            case Fault(kind=FaultKind.html_502_after):
                await self._run(visit, scope, receive, _Kept())
                await HTMLResponse(BAD_GATEWAY, status_code=502)(scope, receive, answer)
            case Fault(kind=FaultKind.duplicate_booking_after as kind):
                await self._run(visit, scope, receive, _Kept())
                await self._airline_says(visit, kind)(scope, receive, answer)
            case Fault(kind=FaultKind.delay_after, seconds=seconds):
                kept = _Kept()
                await self._run(visit, scope, receive, kept)
                await asyncio.sleep(seconds)
                whole = Response(bytes(kept.body), status_code=kept.status, media_type="application/json")
                await whole(scope, receive, answer)
            case Fault(kind=FaultKind.half_json):
                kept = _Kept()
                await self._run(visit, scope, receive, kept)
                half = bytes(kept.body[: len(kept.body) // 2])
                await Response(half, status_code=200, media_type="application/json")(scope, receive, answer)
            case Fault(kind=FaultKind.huge_body):
                await _send_huge_body(answer)
            case Fault(kind=FaultKind.gzip_bomb):
                await _bomb()(scope, receive, answer)
            case Fault(kind=FaultKind.accepted_202 | FaultKind.accepted_202_failed) | None:
                await self._run(visit, scope, receive, answer)
            case fault:
                await self._refusal(visit, fault)(scope, receive, answer)

    def _refusal(self, visit: Visit, fault: Fault) -> Response:
        """Return the answer of a fault that does nothing."""
        match fault.kind:
            case FaultKind.html_502:
                return HTMLResponse(BAD_GATEWAY, status_code=502)
            case FaultKind.plain_403:
                return PlainTextResponse("Forbidden", status_code=403)
            case FaultKind.balance_too_small | FaultKind.duplicate_booking as kind:
                return self._airline_says(visit, kind)
            case FaultKind.status_429:
                return self._refuse_rate(visit, fault.seconds)
            case FaultKind.status_503:
                message = "The service is not available for the moment."
                return problem(visit.partner, 503, "unavailable", message, request_id=visit.request_id)
            case _:
                message = "Something went wrong."
                if (visit.partner, visit.method, visit.path) == ("airline", "POST", "/air/orders"):
                    # Duffel's own words; the outcome is unknown (error-codes.json, `internal_server_error`).
                    message = "The order may still have been created on the airline's side"
                return problem(visit.partner, 500, "internal_error", message, request_id=visit.request_id)

    def _airline_says(self, visit: Visit, kind: FaultKind) -> Response:
        flaw = Flaw(AIRLINE_SAYS[kind], "The airline's own words for what a fault orders.")
        return airline_problem([flaw], request_id=visit.request_id)

    def _refuse_rate(self, visit: Visit, seconds: float) -> Response:
        """Return 429; without a number of seconds the airline's own minute decides."""
        wait_s = max(1, math.ceil(seconds))
        if visit.partner == "airline" and seconds > 0:
            visit.extra_headers = self._rate.headers(reset_at=visit.at + timedelta(seconds=wait_s))
        headers = {} if visit.partner == "airline" else {"retry-after": str(wait_s)}
        message = "Too many requests; come back later."
        return problem(visit.partner, 429, "too_many_requests", message, request_id=visit.request_id, headers=headers)

    def _within_rate(self, visit: Visit) -> bool:
        within = self._rate.take(visit.at)
        visit.extra_headers = self._rate.headers()
        ordered = self._storage.setting(SEARCHES_SETTING) if (visit.method, visit.path) == SEARCHES else None
        if ordered is not None:
            within = self._searches.take(visit.at, limit=int(ordered)) and within
            visit.extra_headers = self._searches.headers()
        return within

    async def _run(self, visit: Visit, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the partners' application answer; an error of ours is logged without the values it was about."""
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            # The boundary: 500 has been answered, and the next request must work. No logger.exception here, because the
            # text of an exception may hold what a request said about a person.
            where = "".join(traceback.format_tb(error.__traceback__))
            logger.error("%s %s ended in %s\n%s", visit.method, visit.partner, type(error).__name__, where)  # noqa: TRY400

    def _answering(self, visit: Visit, send: Send) -> Send:
        """Return a sender that logs the request before its answer leaves, and adds the headers every answer has."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._log(visit, message["status"])
                # The date too: by its own clock a partner says when its limit ends, and that clock may be advanced.
                date = format_datetime(visit.at, usegmt=True)
                extra = {"x-request-id": visit.request_id, "date": date, **visit.extra_headers}
                message["headers"] = [*message["headers"], *((k.encode(), v.encode()) for k, v in extra.items())]
            await send(message)

        return answer

    def _drop(self, visit: Visit, scope: Scope) -> None:
        self._log(visit, None)
        scope["state"]["drop"]()

    def _log(self, visit: Visit, status: int | None) -> None:
        self._storage.execute(
            "INSERT INTO requests (at, partner, method, path, status, request_id) VALUES (?, ?, ?, ?, ?, ?)",
            stamp(visit.at),
            visit.partner,
            visit.method,
            visit.path,
            status,
            visit.request_id,
        )


async def _arrived(receive: Receive) -> Receive:
    """Read the whole request, so that it will be carried out even if the client does not wait; return it to be read."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)

    async def again() -> Message:
        return {"type": "http.request", "body": bytes(body), "more_body": False}

    return again


class _Kept:
    """A sender that keeps an answer instead of sending it."""

    def __init__(self) -> None:
        self.status = 0
        self.body = bytearray()

    async def __call__(self, message: Message) -> None:
        self.status = message.get("status", self.status)
        self.body += message.get("body", b"")


def _bomb() -> Response:
    """Return an answer of half a megabyte that is half a gigabyte once it is unpacked."""
    packer = zlib.compressobj(level=9, wbits=16 + zlib.MAX_WBITS)
    packed = b"".join(packer.compress(bytes(1_000_000)) for _ in range(BOMB_MEGABYTES)) + packer.flush()
    return Response(packed, headers={"content-encoding": "gzip"}, media_type="application/json")


async def _send_huge_body(send: Send) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"data":"', "more_body": True})
    for _ in range(HUGE_BODY_CHUNKS):
        await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
    await send({"type": "http.response.body", "body": b'"}', "more_body": False})
