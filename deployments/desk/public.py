"""
The public page: is this document good now? No sign-in, no cookie, no personal data, and one answer for every no.

Whoever guesses numbers learns nothing from words, length or time, and is soon told to come back later.
"""

import asyncio
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from starlette.concurrency import run_in_threadpool

from deployments.desk.allowance import Allowance
from tasks import confirmation

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

    async def answer(
        request: Request, number: Annotated[str, Form()] = "", expires_on: Annotated[str, Form()] = ""
    ) -> Response:
        """Say whether a document is good now, or that it is not confirmed."""
        answers_at = asyncio.get_running_loop().time() + _ANSWERS_AFTER_S
        allowed = allowance.takes(request.client.host if request.client else "")
        is_valid = allowed and await run_in_threadpool(
            confirmation.is_valid_now, number[:_LONGEST_ENTRY], expires_on[:_LONGEST_ENTRY]
        )
        await asyncio.sleep(max(0.0, answers_at - asyncio.get_running_loop().time()))
        return _page(request, "valid" if is_valid else "unconfirmed", status=200 if allowed else 429)

    made.add_api_route("/confirm", ask, methods=["GET"])
    made.add_api_route("/confirm", answer, methods=["POST"])
    return made


def ask(request: Request) -> Response:
    """Show the form."""
    return _page(request, None)


def _page(request: Request, said: str | None, *, status: int = 200) -> Response:
    body = bytes(_pages.TemplateResponse(request, "confirm.html", {"said": said}).body)
    headers = {"Retry-After": "60"} if status == 429 else {}
    return HTMLResponse(body.ljust(_LENGTH), status_code=status, headers=headers)
