"""
The engine, started once; a story runs each segment of a run in this process, as a worker would.

A server of its own on PostgreSQL, as in an installation, and not `prefect_test_harness`: its SQLite answers
"database is locked" as soon as a run and a door speak at once (seen 2026-11-22 with prefect 3.8.8).
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pendulum
import pytest
from prefect.context import SyncClientContext
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.settings import PREFECT_API_URL, temporary_settings

from deployments.stack import services
from deployments.stack.ground import take_port
from tasks import booking, disruption, ending, funding, handoff, takeover, travel_document, verification
from tasks.calls import Call
from tasks.policy import DEFAULT, policy
from tasks.settings import Location, settings
from tests.conftest import PASSWORD, Server
from tests.deployments import conftest as at_the_desk
from tests.journeys.story import Story, deploy
from tests.sandbox.harness import Sandbox

desk = at_the_desk.desk
"""A browser before the desk, for stories that are looked at from outside."""

PolicySays = Callable[[str, str], None]
"""Puts a policy in force in which one line of the program's own reads another way."""

STAGES = (verification, travel_document, booking, disruption, funding, handoff, ending)


@pytest.fixture(scope="session")
def engine_address(postgres_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The engine's server, with the journey deployed, and no waits between tries."""
    where = Location(var=tmp_path_factory.mktemp("engine"))
    for name in ("logs", "run"):
        (where.var / name).mkdir()
    port = take_port(0, "prefect")
    address = f"http://127.0.0.1:{port}/api"
    variables = {
        "PREFECT_HOME": str(where.var / "prefect"),
        "PREFECT_API_URL": address,
        "PREFECT_API_DATABASE_CONNECTION_URL": (
            f"postgresql+asyncpg://prefect:{PASSWORD}@127.0.0.1:{postgres_server.port}/prefect"
        ),
    }
    server = services.start("prefect", services.prefect_server(port), where, variables)
    try:
        services.wait_answering(server, f"{address}/health")
        # One client for all: each new one reads the certificates of the world again, 55 ms.
        with temporary_settings({PREFECT_API_URL: address}), SyncClientContext.get_or_create():
            deploy()
            for module in STAGES:
                for effect in vars(module).values():
                    if isinstance(effect, Call) and effect.options["retries"]:
                        effect.options["retry_delay_seconds"] = [0.0] * effect.options["retries"]
            yield address
            # What is still on its way to the engine must arrive before it ends; else it is tried for a minute.
            APILogWorker.drain_all(timeout=10)
            EventsWorker.drain_all(timeout=10)
    finally:
        server.stop()


@pytest.fixture
def story(
    request: pytest.FixtureRequest,
    partnered: Sandbox,
    configured: pytest.MonkeyPatch,
    engine_address: str,
    signing: Path,
) -> Iterator[Story]:
    """
    A fresh case database, the sandbox, the engine, the signer, and officers for every role.

    However a story ends, no unpaid hold of its people may stay at the airline, unless it is marked `leaves_a_hold`.
    """
    del signing
    configured.setenv("PREFECT_API_URL", engine_address)
    settings.cache_clear()
    told = Story(partnered)
    yield told
    # A story of many people asks stand-ins of its own, which have ended with it.
    if "leaves_a_hold" not in request.keywords and not told.sandbox.control.is_closed:
        told.leaves_no_unpaid_hold()


@pytest.fixture
def policy_says(configured: pytest.MonkeyPatch, tmp_path: Path) -> PolicySays:
    """The policy that comes with the program, with one line changed."""

    def changed(line: str, instead: str) -> None:
        stated = DEFAULT.read_text()
        assert line in stated
        file = tmp_path / "policy.toml"
        file.write_text(stated.replace(line, instead).replace('version = "', 'version = "changed-'))
        configured.setenv("HOMEWARD_POLICY_FILE", str(file))
        settings.cache_clear()
        policy.cache_clear()

    return changed


@pytest.fixture
def asked(story: Story) -> Story:
    """A case that waits for its verifying officer."""
    story.opens()
    story.begins()
    return story


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep looks without waiting."""
    monkeypatch.setattr(takeover, "GRACE", pendulum.duration())
    monkeypatch.setattr(takeover, "STARTING", pendulum.duration())
