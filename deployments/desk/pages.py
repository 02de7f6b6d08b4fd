"""Drawing a page: its template and the browser's language, and one sentence where something cannot be shown."""

from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.templating import Jinja2Templates

from deployments.desk import language, session
from models.case import HOME_ZONE
from tasks.settings import Mode, openid, settings

_templates = Jinja2Templates(directory=Path(__file__).parent / "templates")


def page(request: Request, template: str, *, status: int = 200, **facts: object) -> HTMLResponse:
    """Return a page in the browser's language; every form on it carries the session's token."""
    spoken = language.of(request)
    always: dict[str, object] = {
        "_": language.speaker(spoken),
        "told": language.teller(spoken),
        "language": spoken,
        "languages": language.NAMES,
        "form_token": session.form_token(request),
        "is_drill": settings().mode is Mode.drill,
        "officer": getattr(request.state, "officer", None),
        "openid": openid() is not None,
        "engine": settings().prefect_api_url.removesuffix("/api"),
        "clocks": lambda moment, reference: language.both_clocks(moment, reference, spoken),
        "at_places": lambda moment, zone: language.at_places(moment, (zone, HOME_ZONE), spoken),
        "seoul": lambda moment: language.seoul(moment, spoken),
        "day": lambda of: language.day(of, spoken),
        "whole_day": lambda of: language.whole_day(of, spoken),
        "whole_moment": lambda moment, zone=HOME_ZONE: language.whole_moment(moment, zone, spoken),
        "money": lambda amount: language.money(amount, spoken),
        "age": lambda seconds: language.age(seconds, spoken),
    }
    return _templates.TemplateResponse(request, template, {**always, **facts}, status_code=status)


def inside(to: str) -> str:
    """Return an address of the desk itself, so that signing in never leads elsewhere."""
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) else "/"


def go_to(place: str) -> RedirectResponse:
    """Send the browser on with GET, so that reloading or going back repeats nothing."""
    return RedirectResponse(place, status_code=303)
