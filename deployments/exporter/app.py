"""The exporter's application: figures for whoever has the token, and whether it works for everybody."""

import hmac
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from deployments import health
from deployments.exporter.families import CaseDatabase
from tasks import meters


def application(var: Path, *, token: str | None, database: Collector | None = None) -> Starlette:
    """Return the exporter of a state folder; with a token it asks for it as a bearer token (RFC 6750)."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(meters.made(var)))  # type: ignore[no-untyped-call]
    registry.register(database or CaseDatabase())

    def metrics(request: Request) -> Response:
        """Return every figure in Prometheus' text format."""
        if token is not None and not _bears(request, token):
            return PlainTextResponse("Bring the token.\n", 401, {"WWW-Authenticate": "Bearer"})
        return Response(
            generate_latest(registry), media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"}
        )

    always = health.routes(is_alive=lambda: True, takes_work=lambda: True)
    return Starlette(routes=[Route("/metrics", metrics), *always])


def _bears(request: Request, token: str) -> bool:
    return hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {token}".encode())
