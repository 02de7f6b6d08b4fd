"""The desk as a real server on loopback, in a thread of the test's process."""

import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
import uvicorn

from deployments.desk.app import application
from tasks.settings import settings
from tests.conftest import Server


@pytest.fixture
def desk(case_database: Server, configured: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """A browser before the desk."""
    del case_database
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    configured.setenv("HOMEWARD_DESK_URL", address)
    settings.cache_clear()
    server = uvicorn.Server(uvicorn.Config(application(), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        with httpx.Client(base_url=address, timeout=60) as browser:
            yield browser
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
