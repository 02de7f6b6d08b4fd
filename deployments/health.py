"""
Whether a process of ours is alive, and whether it can do its work: two addresses, the same everywhere.

    /health/live    the process answers
    /health/ready   the case database answers in the version this program was written for, and so does the engine

Why not stands in the log, where strangers do not read.
"""

import logging
import threading
import time
from collections.abc import Callable

import uvicorn
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from deployments import migrations
from tasks import case_file, engine

LIVE, READY = "/health/live", "/health/ready"

_KEPT_S = 2.0
"""A stranger who asks all the time troubles the database no more often than this."""

_logger = logging.getLogger(__name__)
_lock = threading.Lock()
_found: tuple[float, str | None] = (float("-inf"), None)


def hindrance() -> str | None:
    """Return what keeps this program from its work, in one sentence for the log; None when nothing does."""
    global _found  # noqa: PLW0603 - one answer a process, kept for a moment
    with _lock:
        asked_at, standing = _found
        if time.monotonic() - asked_at >= _KEPT_S:
            found = _looked()
            if found is not None and found != standing:
                _logger.warning("Not ready: %s", found)
            _found = (time.monotonic(), found)
        return _found[1]


def _looked() -> str | None:
    try:
        with case_file.transaction() as session:
            version = session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except case_file.CaseFileUnavailable as unavailable:
        return str(unavailable)
    if version != migrations.newest():
        return f"the case database has version {version}, and this program was written for {migrations.newest()}"
    return None if engine.answers() else "the engine does not answer"


def live(*, is_alive: bool = True) -> JSONResponse:
    """Return the answer whether a process is alive."""
    return JSONResponse({"live": is_alive}, status_code=200 if is_alive else 503)


def ready(*, takes_work: bool = True) -> JSONResponse:
    """Return the answer whether a process can do its work now."""
    is_ready = takes_work and hindrance() is None
    return JSONResponse({"ready": is_ready}, status_code=200 if is_ready else 503)


def routes(*, is_alive: Callable[[], bool], takes_work: Callable[[], bool]) -> list[Route]:
    """Return the two addresses for a process that serves nothing else."""

    def say_live(_request: Request) -> JSONResponse:
        return live(is_alive=is_alive())

    def say_ready(_request: Request) -> JSONResponse:
        return ready(takes_work=takes_work())

    return [Route(LIVE, say_live), Route(READY, say_ready)]


def serve_beside(port: int, *, is_alive: Callable[[], bool], takes_work: Callable[[], bool]) -> None:
    """Answer on 127.0.0.1 in a thread of its own for as long as the process lives."""
    application = Starlette(routes=routes(is_alive=is_alive, takes_work=takes_work))
    config = uvicorn.Config(application, host="127.0.0.1", port=port, log_config=None, access_log=False, loop="asyncio")
    threading.Thread(target=uvicorn.Server(config).run, name="health", daemon=True).start()
