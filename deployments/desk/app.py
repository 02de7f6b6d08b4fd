"""The desk's application: sign-in, evidence, papers."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from starlette.exceptions import HTTPException as StarletteHTTPException

from deployments.desk import hooks
from models.case import HOME_ZONE, Step, local_zone
from models.decision import Door
from models.officer import Duty, Officer
from models.paper import PaperKind
from tasks import case_file, decisions, exits, officers, paperwork, silence, travel_document, triage, vault
from tasks.clock import now
from tasks.settings import settings
from tasks.trouble import NeedsPerson

COOKIE = "homeward_session"
DOOR = Door.desk.value

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

_FOLDER = Path(__file__).parent
_pages = Jinja2Templates(directory=_FOLDER / "templates")


class SignInNeeded(Exception):
    """A page was asked for without a live session."""


def application() -> FastAPI:
    """Return the desk."""
    desk = FastAPI(title="Homeward desk", docs_url=None, redoc_url=None, openapi_url=None)
    desk.mount("/static", StaticFiles(directory=_FOLDER / "static"), name="static")
    desk.middleware("http")(_guard)
    desk.add_exception_handler(SignInNeeded, _ask_to_sign_in)
    desk.add_exception_handler(StarletteHTTPException, _say)
    desk.add_exception_handler(case_file.UnknownCase, _say_unknown)
    desk.add_exception_handler(case_file.Refused, _say_refused)
    desk.add_exception_handler(NeedsPerson, _say_refused)
    desk.add_exception_handler(vault.SealBroken, _say_broken)
    desk.add_exception_handler(vault.Erased, _say_broken)
    desk.add_exception_handler(case_file.CaseFileUnavailable, _say_unavailable)
    desk.include_router(hooks.router)
    desk.add_api_route("/health", health, methods=["GET"])
    desk.add_api_route("/sign-in", sign_in_page, methods=["GET"])
    desk.add_api_route("/sign-in", sign_in, methods=["POST"])
    desk.add_api_route("/sign-out", sign_out, methods=["POST"])
    desk.add_api_route("/", home, methods=["GET"])
    desk.add_api_route("/evidence/{reference}", evidence, methods=["GET"])
    desk.add_api_route("/evidence/{reference}/page", page_to_print, methods=["GET"])
    desk.add_api_route("/evidence/{reference}/portrait", portrait, methods=["GET"])
    desk.add_api_route("/papers/{reference}", papers, methods=["GET"])
    desk.add_api_route("/papers/{reference}/{kind}", paper, methods=["GET"])
    return desk


async def _guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Refuse a form another site sent, and put the safe headers on every answer."""
    if request.method == "POST" and not _is_from_here(request):
        return Response("This form came from another site; open the desk itself.", status_code=403)
    with case_file.through(Door.desk):
        reply = await call_next(request)
    reply.headers.update(_HEADERS)
    return reply


def _is_from_here(request: Request) -> bool:
    """Return whether a form is the desk's own, as the browser tells; a program that is no browser tells neither."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site == "same-origin"
    return origin is None or origin.partition("://")[2] == request.headers.get("host")


def _officer(request: Request) -> Officer:
    token = request.cookies.get(COOKIE)
    officer = officers.signed_in(token, door=DOOR) if token else None
    if officer is None:
        raise SignInNeeded
    return officer


SignedIn = Annotated[Officer, Depends(_officer)]


def health() -> dict[str, str]:
    """Say that the desk answers, and that it reaches the case database."""
    with case_file.transaction() as session:
        session.connection()
    return {"status": "ok"}


def sign_in_page(request: Request, to: str = "/") -> Response:
    """Show the sign-in form."""
    return _page(request, "sign_in.html", to=_inside(to))


def sign_in(
    request: Request,
    officer: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    code: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "/",
) -> Response:
    """Open a session for an officer who gives number, password and a fresh code."""
    try:
        proved, _ = officers.prove(officer.strip(), code, on="sign-in", password=password)
    except officers.NotProved as unproved:
        return _page(request, "sign_in.html", status=401, to=_inside(to), refused=str(unproved))
    reply = RedirectResponse(_inside(to), status_code=303)
    reply.set_cookie(
        COOKIE,
        officers.open_session(proved, door=DOOR),
        httponly=True,
        samesite="lax",
        secure=settings().desk_url.startswith("https://"),
        max_age=officers.SESSION_LASTS.in_seconds(),
    )
    return reply


def sign_out(request: Request) -> Response:
    """End the session."""
    if token := request.cookies.get(COOKIE):
        officers.close_session(token)
    reply = RedirectResponse("/sign-in", status_code=303)
    reply.delete_cookie(COOKIE)
    return reply


def home(request: Request, officer: SignedIn) -> Response:
    """Show what waits for the officer, and every case with its papers."""
    return _page(
        request, "home.html", officer=officer, waiting=decisions.inbox(officer),
        cases=triage.listed() if officer.may(Duty.look_at_cases) else None, at=now(),
        exits=None if officer.may(Duty.look_at_cases) else exits.exits(officer),
        engine=settings().prefect_api_url.removesuffix("/api"),
    )  # fmt: skip


def evidence(request: Request, reference: str, officer: SignedIn) -> Response:
    """Show what a decider must see, with its seen code."""
    shown = decisions.evidence(reference, reader=officer, purpose="decision at the desk")
    if shown is None:
        raise HTTPException(404, f"Nothing waits for a decision in case {reference}.")
    zone = local_zone(reference)
    clocks = [f"{shown.due_at.in_timezone(each):%Y-%m-%d %H:%M} {each}" for each in (zone, HOME_ZONE) if shown.due_at]
    return _page(
        request, "evidence.html", officer=officer, shown=shown, clocks=clocks,
        is_release=shown.step is Step.release, late=_late(reference),
    )  # fmt: skip


def page_to_print(reference: str, officer: SignedIn) -> Response:
    """Stream the page an issuing officer is asked to release."""
    pdf = travel_document.proposed_page(reference, reader=officer)
    headers = {"Content-Disposition": f'inline; filename="{reference}-to-be-released.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


def portrait(reference: str, officer: SignedIn) -> Response:
    """Show the portrait taken at the mission to an officer who may see the evidence that waits."""
    image = decisions.portrait(reference, reader=officer)
    if image is None:
        raise HTTPException(404, f"Case {reference} has no portrait yet.")
    return Response(image, media_type="image/jpeg")


def papers(request: Request, reference: str, officer: SignedIn) -> Response:
    """List the papers of a case that the officer's duty needs."""
    listed = paperwork.listed_for(officer, reference)
    return _page(request, "papers.html", officer=officer, reference=reference, papers=listed, late=_late(reference))


def paper(reference: str, kind: str, officer: SignedIn) -> Response:
    """Stream one paper."""
    if kind not in list(PaperKind):
        raise HTTPException(404, f"There is no paper called {kind[:40]}; one of: {', '.join(PaperKind)}.")
    found = paperwork.read(reference, PaperKind(kind), officer=officer)
    if found is None:
        raise HTTPException(404, f"Case {reference} has no {kind} yet.")
    stored, pdf = found
    headers = {"Content-Disposition": f'inline; filename="{reference}-{kind}.pdf"', "X-Paper-SHA256": stored.sha256}
    return Response(pdf, media_type="application/pdf", headers=headers)


def _late(reference: str) -> str | None:
    """Return for how long the person has not been heard of, if they should have been."""
    at, found = now(), silence.due_in(reference)
    return found.words(at=at) if found is not None and found.is_overdue(at=at) else None


def _inside(to: str) -> str:
    """Return an address of the desk itself, so that signing in never leads elsewhere."""
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) else "/"


def _page(request: Request, template: str, *, status: int = 200, **facts: object) -> HTMLResponse:
    return _pages.TemplateResponse(request, template, facts, status_code=status)


async def _ask_to_sign_in(request: Request, _needed: Exception) -> Response:
    return _page(request, "sign_in.html", status=401, to=request.url.path, refused="Sign in to see this.")


async def _say(request: Request, problem: Exception) -> Response:
    status = problem.status_code if isinstance(problem, StarletteHTTPException) else 500
    words = problem.detail if isinstance(problem, StarletteHTTPException) else "Something failed; try again."
    return _page(request, "message.html", status=status, words=words)


async def _say_unknown(request: Request, unknown: Exception) -> Response:
    return _page(request, "message.html", status=404, words=str(unknown))


def _say_broken(request: Request, _: Exception) -> Response:
    words = "What is stored cannot be opened: its key was destroyed, or it was changed. Tell the registrar."
    return _page(request, "message.html", status=410, words=words)


def _say_unavailable(request: Request, _: Exception) -> Response:
    return _page(request, "message.html", status=503, words="The case database does not answer; try again soon.")


async def _say_refused(request: Request, refused: Exception) -> Response:
    return _page(request, "message.html", status=403, words=str(refused))
