"""The engine, started once; a story runs each segment of a run in this process, as a worker would."""

from collections.abc import Iterator

import pytest
from prefect import Task
from prefect.settings import PREFECT_API_URL
from prefect.testing.utilities import prefect_test_harness

from tasks import booking, ending, funding, handoff, travel_document, verification
from tasks.settings import settings
from tests.journeys.story import Story, deploy
from tests.sandbox.harness import Sandbox

STAGES = (verification, travel_document, booking, funding, handoff, ending)


@pytest.fixture(scope="session")
def engine_address() -> Iterator[str]:
    """The engine's server on a database of its own, with the journey deployed."""
    with prefect_test_harness(server_startup_timeout=60):
        deploy()
        for module in STAGES:
            for effect in vars(module).values():
                if isinstance(effect, Task):
                    effect.retry_delay_seconds = [0.0] * effect.retries
        yield str(PREFECT_API_URL.value())


@pytest.fixture
def story(partnered: Sandbox, configured: pytest.MonkeyPatch, engine_address: str) -> Iterator[Story]:
    """A fresh case database, the sandbox, the engine, and officers for every role."""
    configured.setenv("PREFECT_API_URL", engine_address)
    settings.cache_clear()
    yield Story(partnered)
