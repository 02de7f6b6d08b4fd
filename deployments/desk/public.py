"""
The public page: is this document good now? No sign-in, no cookie, no personal data, and one answer for every no.

Whoever guesses numbers learns nothing from words, length or time, and is soon told to come back later.
"""

import asyncio
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from deployments.desk.allowance import Allowance
from tasks import case_file, confirmation

EACH_A_MINUTE, TOGETHER_A_MINUTE = 10, 300

_ANSWERS_AFTER_S = 0.25
"""Every answer waits for this moment; a look takes a hundredth of it."""

_LENGTH = 6000
"""Bytes of every answer, filled up with spaces, so that its length says nothing even where it travels encrypted."""

_LONGEST_ENTRY = 40

_pages = Jinja2Templates(directory=Path(__file__).parent / "templates")


def router() -> APIRouter:
    """Return the public page with an allowance of its own."""
    made, allowance = APIRouter(), Allowance(each=EACH_A_MINUTE, together=TOGETHER_A_MINUTE)

    async def answer(request: Request) -> Response:
        """Say whether a document is good now, or that it is not confirmed, whatever was sent and whatever fails."""
        answers_at = asyncio.get_running_loop().time() + _ANSWERS_AFTER_S
        is_valid, status = False, 200
        if allowance.takes(request.client.host if request.client else ""):
            try:
                is_valid = await run_in_threadpool(confirmation.is_valid_now, *await _entries(request))
            except case_file.CaseFileUnavailable:
                status = 503
        else:
            status = 429
        await asyncio.sleep(max(0.0, answers_at - asyncio.get_running_loop().time()))
        return _page(request, "valid" if is_valid else "unconfirmed", status=status)

    made.add_api_route("/confirm", ask, methods=["GET"])
    made.add_api_route("/confirm", answer, methods=["POST"])
    return made


async def _entries(request: Request) -> tuple[str, str]:
    """Return number and day as they were typed; nothing where something else was sent than the form."""
    try:
        async with request.form(max_files=0, max_fields=8) as form:
            number, expires_on = (form.get(name) for name in ("number", "expires_on"))
    except HTTPException:
        return "", ""
    if not isinstance(number, str) or not isinstance(expires_on, str):
        return "", ""
    return number[:_LONGEST_ENTRY], expires_on[:_LONGEST_ENTRY]


def ask(request: Request) -> Response:
    """Show the form."""
    return _page(request, None)


def _page(request: Request, said: str | None, *, status: int = 200) -> Response:
    body = bytes(_pages.TemplateResponse(request, "confirm.html", {"said": said}).body)
    headers = {"Retry-After": "60"} if status != 200 else {}
    return HTMLResponse(body.ljust(_LENGTH), status_code=status, headers=headers)
