"""A process takes a second to start, so one sandbox serves all tests that neither stop it nor count what it holds."""

from collections.abc import Iterator

import pytest

from tests.sandbox.harness import Airline, Sandbox


@pytest.fixture(scope="session")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("sandbox") / "shared.sqlite") as running:
        yield running


@pytest.fixture
def sandbox(_shared: Sandbox) -> Iterator[Sandbox]:
    """A running sandbox in which no fault stands."""
    yield _shared
    _shared.control.delete("/faults").raise_for_status()


@pytest.fixture
def airline(sandbox: Sandbox) -> Airline:
    return sandbox.airline


@pytest.fixture(scope="session")
def ageing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox whose clock a test may advance."""
    with Sandbox(tmp_path_factory.mktemp("sandbox") / "ageing.sqlite") as running:
        yield running
