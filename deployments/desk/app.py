"""The desk's application: its pages, and what holds for every one of them."""

import mimetypes
from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException as StarletteHTTPException

from deployments.desk import (
    act_pages,
    archive,
    authorities,
    board,
    by_telephone,
    cases,
    categories,
    compare,
    contacts,
    countersigning,
    document_rules,
    door,
    duplicates,
    enrolling,
    erasing,
    escorts,
    evidence,
    exports,
    first_case,
    flights,
    handover,
    hooks,
    inbox,
    intake,
    openid,
    operations,
    papers,
    public,
    reports,
    representatives,
    screening,
    stock,
    undelivered,
)
from deployments.desk.pages import inside, page
from deployments.desk.session import SignInNeeded
from models.decision import Door
from tasks import case_file, vault
from tasks.engine import EngineUnavailable
from tasks.trouble import NeedsPerson

LARGEST_REQUEST = 24 * 2**20
"""Bytes; a portrait may have 20 MB."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
for _ending in ("ttf", "woff2"):
    # Python 3.11 knows neither, and a small machine has no list of its own.
    mimetypes.add_type(f"font/{_ending}", f".{_ending}")
_FONT_IS_KEPT = "public, max-age=604800"
"""A week: a font says nothing of anybody, and a page would wait for it each time."""

_INSTEAD = {
    400: "Something in this form is missing or misspelt.",
    404: "There is no such page here; go on from the inbox.",
    405: "This page cannot be used in that way; go on from the inbox.",
}
"""What is said in place of the two words a library has for it."""

_BROKEN = "What is stored cannot be opened: its key was destroyed, or it was changed. Tell the registrar."


def application() -> FastAPI:
    """Return the desk."""
    desk = FastAPI(title="Homeward desk", docs_url=None, redoc_url=None, openapi_url=None)
    # Khmer is set in the font of the papers, which is stored once.
    static = StaticFiles(directory=Path(__file__).parent / "static", packages=[("tasks.papers", "fonts")])
    desk.mount("/static", static, name="static")
    desk.middleware("http")(_guard)
    desk.add_exception_handler(SignInNeeded, _ask_to_sign_in)
    desk.add_exception_handler(StarletteHTTPException, _say)
    desk.add_exception_handler(RequestValidationError, _says(422, "Something in this form is missing or misspelt."))
    desk.add_exception_handler(case_file.UnknownCase, _says(404))
    desk.add_exception_handler(case_file.Refused, _says(403))
    desk.add_exception_handler(NeedsPerson, _says(403))
    desk.add_exception_handler(
        case_file.CaseFileConflict, _says(409, "That does not fit what is on file; look at the case again.")
    )
    desk.add_exception_handler(vault.SealBroken, _says(410, _BROKEN))
    desk.add_exception_handler(vault.Erased, _says(410, _BROKEN))
    desk.add_exception_handler(
        case_file.CaseFileUnavailable, _says(503, "The case database does not answer; try again soon.")
    )
    desk.add_exception_handler(
        EngineUnavailable, _says(503, "The engine does not answer; what was written down is safe, try again soon.")
    )
    signed_in = (
        door.router,
        inbox.router,
        board.router,
        cases.router,
        operations.router,
        screening.router,
        contacts.router,
        representatives.router,
        act_pages.router,
        intake.router,
        duplicates.router,
        reports.router,
        authorities.router,
        exports.router,
        evidence.router,
        countersigning.router,
        papers.router,
        compare.router,
        first_case.router,
        stock.router,
        handover.router,
        by_telephone.router,
        escorts.router,
        flights.router,
        categories.router,
        undelivered.router,
        document_rules.router,
        archive.router,
        enrolling.router,
        erasing.router,
    )
    for part in (*signed_in, public.router(), openid.router(), hooks.router):
        # The routes themselves, and not the router: whoever walks the desk's routes then meets each page.
        desk.routes.extend(part.routes)
    return desk


async def _guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Refuse a form another site sent or one without end, and put the safe headers on every answer."""
    if request.method == "POST" and (refusal := _refusal(request)) is not None:
        status, words = refusal
        reply: Response = page(request, "message.html", status=status, words=words)
    else:
        with case_file.through(Door.desk):
            reply = await call_next(request)
    reply.headers.update(_HEADERS)
    if reply.headers.get("content-type", "").startswith("font/"):
        reply.headers["Cache-Control"] = _FONT_IS_KEPT
    return reply


def _refusal(request: Request) -> tuple[int, str] | None:
    """Return why a form is not even read: the status and the words; None where it is."""
    if not _is_from_here(request):
        return 403, "This form came from another site; open the desk itself."
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        return 411, "This form does not say how long it is; send it with a browser."
    if int(length) > LARGEST_REQUEST:
        return 413, f"That is larger than {LARGEST_REQUEST // 2**20} MB; send less."
    return None


def _is_from_here(request: Request) -> bool:
    """Return whether a form is the desk's own, as the browser tells; a program that is no browser tells neither."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site == "same-origin"
    return origin is None or origin.partition("://")[2] == request.headers.get("host")


async def _ask_to_sign_in(request: Request, _needed: Exception) -> Response:
    # After a form whose session had ended the page it stands on is asked for again; the browser kept what was typed.
    to = request.url.path
    if request.method != "GET":
        to = "/" + request.headers.get("referer", "").partition("://")[2].partition("/")[2]
    return page(request, "sign_in.html", status=401, to=inside(to), refused="Sign in to see this.")


async def _say(request: Request, problem: Exception) -> Response:
    status = problem.status_code if isinstance(problem, StarletteHTTPException) else 500
    words = problem.detail if isinstance(problem, StarletteHTTPException) else ""
    if not words.endswith("."):
        words = _INSTEAD.get(status, "Something failed; try again.")
    return page(request, "message.html", status=status, words=words)


def _says(status: int, words: str | None = None) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Return what answers an error with one sentence: its own, or one that hides what it says."""

    async def say(request: Request, error: Exception) -> Response:
        return page(request, "message.html", status=status, words=words or str(error))

    return say
