"""The door: signing in and out, and the language of a browser."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from deployments import health as of_process
from deployments.desk import language, session
from deployments.desk.pages import go_to, inside, page
from models.person import Language
from tasks import case_file, officers

router = APIRouter()

_A_YEAR_S = 365 * 24 * 3600


@router.get("/health")
def health() -> dict[str, str]:
    """Say that the desk answers, and that it reaches the case database."""
    with case_file.transaction() as opened:
        opened.connection()
    return {"status": "ok"}


@router.get(of_process.LIVE)
def live() -> Response:
    """Say that this process answers."""
    return of_process.live()


@router.get(of_process.READY)
def ready() -> Response:
    """Say whether the desk can do its work: case database and engine answer, and fit."""
    return of_process.ready()


@router.get("/sign-in")
def sign_in_page(request: Request, to: str = "/") -> Response:
    """Show the sign-in form."""
    return page(request, "sign_in.html", to=inside(to))


@router.post("/sign-in")
def sign_in(
    request: Request,
    officer: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    code: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "/",
) -> Response:
    """Open a session for an officer who gives number, password and a fresh code."""
    try:
        way = session.way_of(request, officer.strip())
        proved, _ = officers.prove(officer.strip(), code, on="sign-in", password=password, way=way)
    except officers.NotProved as unproved:
        return page(request, "sign_in.html", status=401, to=inside(to), refused=str(unproved))
    reply = go_to(inside(to))
    session.remember(reply, proved)
    return reply


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    """End the session."""
    reply = go_to("/sign-in")
    session.forget(request, reply)
    return reply


@router.post("/language")
def choose_language(
    request: Request, language_: Annotated[Language, Form(alias="language")], to: Annotated[str, Form()] = "/"
) -> Response:
    """Let this browser, and the officer who is signed in, read the desk in another language."""
    if (officer := session.officer_at(request)) is not None:
        officers.speak(officer.number, language_)
    reply = go_to(inside(to))
    reply.set_cookie(language.COOKIE, language_.value, httponly=True, samesite="lax", max_age=_A_YEAR_S)
    return reply
