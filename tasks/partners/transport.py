"""
The line to a partner: timeouts, a cap on bodies, and httpx errors turned into the five of `errors`.

No layer here repeats anything. Reads are repeated by the task that makes them; a commit call never is. Nothing is sent
before somebody has noted what it tells: see `telling`.
"""

import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import Any, Self

import certifi
import httpx
from pydantic import SecretStr, ValidationError

from tasks import meters
from tasks.partners.errors import (
    OutcomeUnknown,
    PartnerAnswerUnclear,
    PartnerError,
    PartnerRefused,
    PartnerUnavailable,
)

CONNECT_S = 5.0
READ_S = 30.0
SEARCH_S = 65.0
COMMIT_S = 130.0
"""Suppliers behind the airline take up to 120 s to book. Source: Duffel, response handling."""

LARGEST_BODY = 16 * 2**20
"""Bytes after decoding; a real page of offers has 0.7 MB."""

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""Errors after which we know that the partner never saw the request."""


@cache
def certificates() -> ssl.SSLContext:
    """Return the process's trust in certificate authorities, read once: that takes 86 ms (measured)."""
    return ssl.create_default_context(cafile=certifi.where())


@dataclass(frozen=True, slots=True)
class Told:
    """What one call tells a partner: names of fields, never a value."""

    partner: str
    call: str
    """Method and path; an id in the path stands as {id}."""
    fields: tuple[str, ...]
    """In the partner's words, in their alphabetical order."""


class Unaccounted(RuntimeError):
    """A fault in the program: a partner was to be told something, and nobody would note it."""


_note: ContextVar[Callable[[Told], None]] = ContextVar("note")


@contextmanager
def telling(note: Callable[[Told], None]) -> Iterator[None]:
    """
    Have every call of the block noted before it is sent; a call outside any such block is refused.

    What goes wrong with a partner is counted where it leaves the block: there it has its last meaning.
    """
    before = _note.set(note)
    try:
        yield
    except PartnerError as failed:
        meters.partner_failed(failed.partner, type(failed).__name__)
        raise
    finally:
        _note.reset(before)


_A_WORD = re.compile(r"|v\d+|[a-z]+([-_][a-z]+)*")
_A_CODE = re.compile(r"[A-Za-z0-9_.-]{1,60}")


class Line:
    """A connection to one partner; holds the address, the token and the pool."""

    def __init__(
        self,
        partner: str,
        base_url: str,
        token: SecretStr,
        *,
        headers: dict[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.partner = partner
        self._http = httpx.Client(
            base_url=base_url,
            headers={
                "Authorization": f"Bearer {token.get_secret_value()}",
                "Accept": "application/json",
                "User-Agent": "homeward",
                **(headers or {}),
            },
            transport=transport or httpx.HTTPTransport(retries=0, verify=certificates()),
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def read(
        self,
        method: str,
        path: str,
        *,
        params: Any = None,  # noqa: ANN401 - httpx's own union
        json: Any = None,  # noqa: ANN401 - JSON
        tells: tuple[str, ...] | None = None,
        timeout_s: float = READ_S,
    ) -> Any:  # noqa: ANN401 - JSON
        """
        Return the JSON a partner answers to a call that changes nothing there.

        `tells` names what the call tells where its body does not, being a list of conditions.

        Raises:
            PartnerUnavailable: no answer, 429 or 5xx.
            PartnerRefused: another 4xx; `code` is the partner's.
            PartnerAnswerUnclear: not JSON, or too large.
        """
        try:
            reply = self._send(method, path, params=params, json=json, tells=tells, timeout_s=timeout_s)
        except httpx.TransportError as failed:
            raise PartnerUnavailable(self.partner, f"did not answer ({type(failed).__name__})") from None
        self._refuse_status(reply)
        return self._json(reply)

    def commit(self, method: str, path: str, *, json: Any) -> httpx.Response:  # noqa: ANN401 - JSON
        """
        Send once a call that changes something, and return the answer whatever its status.

        Raises:
            PartnerUnavailable: the request was never sent.
            OutcomeUnknown: it was, and no whole answer came back.
        """
        try:
            return self._send(method, path, params=None, json=json, tells=None, timeout_s=COMMIT_S)
        except _NOT_SENT as failed:
            raise PartnerUnavailable(self.partner, f"could not be reached ({type(failed).__name__})") from None
        except (httpx.TransportError, PartnerAnswerUnclear) as failed:
            raise OutcomeUnknown(self.partner, f"gave no whole answer ({type(failed).__name__})") from None

    def put(self, path: str, *, json: Any) -> Any:  # noqa: ANN401 - JSON
        """
        Return the answer to an idempotent PUT under an id of ours; sending it again after a doubt is safe.

        Raises:
            PartnerUnavailable, PartnerRefused, PartnerAnswerUnclear: as for `read`.
        """
        return self.read("PUT", path, json=json)

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Any,  # noqa: ANN401 - httpx's own union
        json: Any,  # noqa: ANN401 - JSON
        tells: tuple[str, ...] | None,
        timeout_s: float,
    ) -> httpx.Response:
        self._account(method, path, tells or tuple(sorted({*_names(params), *_names(json)})))
        timeout = httpx.Timeout(timeout_s, connect=CONNECT_S)
        request = self._http.build_request(method, path, params=params, json=json, timeout=timeout)
        with meters.partner_called(self.partner):
            reply, body = self._answered(request)
        headers = [(k, v) for k, v in reply.headers.multi_items() if k not in ("content-encoding", "content-length")]
        return httpx.Response(reply.status_code, headers=headers, content=body, request=request)

    def _answered(self, request: httpx.Request) -> tuple[httpx.Response, bytes]:
        """Send a request, and return the answer's head and its whole body."""
        reply = self._http.send(request, stream=True)
        try:
            body = bytearray()
            for chunk in reply.iter_bytes():
                body += chunk
                if len(body) > LARGEST_BODY:
                    raise PartnerAnswerUnclear(self.partner, f"sent a body larger than {LARGEST_BODY} bytes")
        except httpx.DecodingError:
            raise PartnerAnswerUnclear(self.partner, "sent a body that does not decode") from None
        finally:
            reply.close()
        return reply, bytes(body)

    def _account(self, method: str, path: str, fields: tuple[str, ...]) -> None:
        note = _note.get(None)
        if note is None:
            raise Unaccounted(f"a call to the {self.partner} stands outside `telling`")
        masked = "/".join(part if _A_WORD.fullmatch(part) else "{id}" for part in path.split("/"))
        note(Told(self.partner, f"{method} {masked}", fields))

    def _refuse_status(self, reply: httpx.Response) -> None:
        if reply.is_success:
            return
        code, request_id = error_code(reply), reply.headers.get("x-request-id")
        what = f"answered {reply.status_code}{f' {code}' if code else ''}"
        if reply.status_code == httpx.codes.TOO_MANY_REQUESTS or reply.is_server_error:
            raise PartnerUnavailable(self.partner, what, code=code, request_id=request_id)
        raise PartnerRefused(self.partner, what, status=reply.status_code, code=code, request_id=request_id)

    def _json(self, reply: httpx.Response) -> Any:  # noqa: ANN401 - JSON
        try:
            return reply.json()
        except ValueError:
            raise PartnerAnswerUnclear(self.partner, f"answered {reply.status_code} without JSON") from None


def _names(content: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yield the innermost names under which values stand; what is None is not told."""
    if isinstance(content, list):
        for each in content:
            yield from _names(each)
    if isinstance(content, dict):
        for name, value in content.items():
            if value is not None:
                yield from list(_names(value)) or [name]


def error_code(reply: httpx.Response) -> str | None:
    """Return the code a partner's error body names, in either of the two shapes we know; None for any other body."""
    try:
        body = reply.json()
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    errors = body.get("errors")
    error = errors[0] if isinstance(errors, list) and errors else body.get("error", body)
    code = error.get("code") if isinstance(error, dict) else None
    # Duffel's code was once a number (400). Codes enter error texts, which the engine shows, so only a word is one.
    return str(code) if isinstance(code, str | int) and _A_CODE.fullmatch(str(code)) else None


@contextmanager
def understanding(partner: str) -> Iterator[None]:
    """Turn a missing or strange field in an answer into PartnerAnswerUnclear, without repeating the answer."""
    try:
        yield
    except ValidationError as strange:
        where = ".".join(str(part) for part in strange.errors(include_input=False)[0]["loc"])
        raise PartnerAnswerUnclear(partner, f"answered without a usable {where}") from None
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as strange:
        raise PartnerAnswerUnclear(partner, f"answered in a shape we do not know ({type(strange).__name__})") from None
