"""Who is at the desk: the session cookie, and the token that shows that a form is the desk's own."""

import hmac
from typing import Annotated

from fastapi import Depends, HTTPException, Request, Response

from models.decision import Door
from models.officer import Duty, Officer
from models.text import NOT_WRITABLE, is_writable
from tasks import case_file, lockout, officers
from tasks.settings import settings

COOKIE = "homeward_session"
KNOWN = "homeward_known_"
"""Followed by an officer's number: several use one machine."""
_KNOWN_FOR_S = 180 * 24 * 3600
DOOR = Door.desk.value

_TIMED = "x-timed"
"""The header of what an open page asks for by itself."""


class SignInNeeded(Exception):
    """A page was asked for without a live session."""


def officer_of(request: Request) -> Officer:
    """Return the officer whose live session the request carries; raise SignInNeeded without one."""
    officer = officer_at(request)
    if officer is None:
        raise SignInNeeded
    return officer


def officer_at(request: Request) -> Officer | None:
    """Return the officer whose live session the request carries, where it carries one."""
    token = request.cookies.get(COOKIE)
    by_itself = _TIMED in request.headers
    officer = officers.signed_in(token, door=DOOR, counts_as_use=not by_itself) if token else None
    if officer is not None:
        request.state.officer = officer
    return officer


SignedIn = Annotated[Officer, Depends(officer_of)]


def on_duty(officer: Officer, duty: Duty) -> None:
    """
    Go on only where a duty is the officer's.

    Raises:
        case_file.Refused: it is not.
    """
    if not officer.may(duty):
        raise case_file.Refused(f"To {duty} is not among the duties of officer {officer.number}; ask who holds it.")


def form_token(request: Request) -> str:
    """
    Return what every form of this session carries; a site that cannot read the cookie cannot write it.

    Source: OWASP, Cross-Site Request Forgery Prevention, HMAC-based token pattern.
    """
    return hmac.digest(request.cookies.get(COOKIE, "").encode(), b"form", "sha256").hex()


async def own_token(request: Request, officer: SignedIn) -> None:
    """Refuse a form that was not drawn for this session; who has none is asked to sign in first."""
    del officer
    given = (await request.form()).get("form_token")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), form_token(request).encode()):
        raise HTTPException(403, "This form is from another session; open the page again and repeat it.")


OwnToken = Depends(own_token)
"""Of a page that looks by itself whether what was typed can be written down, because it shows it again."""


async def own_form(request: Request, _drawn_here: Annotated[None, OwnToken]) -> None:
    """Refuse a form of another session, and one that holds what cannot be written down."""
    typed = (await request.form()).multi_items()
    if not all(is_writable(text) for _, text in typed if isinstance(text, str)):
        raise HTTPException(422, NOT_WRITABLE)


OwnForm = Depends(own_form)


def remember(reply: Response, officer: Officer) -> None:
    """Open a session and give the browser its cookie, and one by which it is known when it comes again."""
    keep(reply, officers.open_session(officer, door=DOOR))
    reply.set_cookie(
        KNOWN + officer.number,
        lockout.mark_of(officer.number),
        httponly=True,
        samesite="strict",
        secure=settings().desk_url.startswith("https://"),
        max_age=_KNOWN_FOR_S,
        path="/sign-in",
    )


def way_of(request: Request, number: str) -> str:
    """Return the way in of a browser that would sign an officer in: strangers lock out nobody but strangers."""
    return lockout.way_of_browser(number, request.cookies.get(KNOWN + number))


def keep(reply: Response, token: str) -> None:
    """Give the browser the cookie of a session."""
    reply.set_cookie(
        COOKIE,
        token,
        httponly=True,
        samesite="lax",
        secure=settings().desk_url.startswith("https://"),
        max_age=officers.SESSION_LASTS.in_seconds(),
    )


def forget(request: Request, reply: Response) -> None:
    """End the session and take its cookie away."""
    if token := request.cookies.get(COOKIE):
        officers.close_session(token)
    reply.delete_cookie(COOKIE)
