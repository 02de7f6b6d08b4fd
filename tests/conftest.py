"""
What tests share: a real PostgreSQL, the real sandbox, the real engine; each started once, on free ports, and ended.

Every test that asks for `case_database` gets a case database of its own, copied from a migrated template.
"""

import base64
import fcntl
import json
import os
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import argon2
import psycopg
import pytest

# Read when prefect is imported: a test never calls home.
os.environ["DO_NOT_TRACK"] = "1"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"

from deployments import migrations, sealer
from deployments.signer import ceremony, service
from deployments.stack import postgres
from deployments.stack.ground import take_port
from tasks import case_file, officers
from tasks.policy import policy
from tasks.settings import REPOSITORY, settings
from tests.sandbox.harness import Sandbox


class LeavesTheMachine(AssertionError):
    """A test looked a name up, or spoke to an address, that is not this machine's."""


def _stays_here(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse what would leave the machine, before a byte of it does. Source: Python's audit events of sockets."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    own = ("localhost", "::1", "0.0.0.0", "::", "<broadcast>", socket.gethostname())  # noqa: S104  listened at, or asked
    if name not in own and not name.startswith("127."):
        raise LeavesTheMachine(f"{event} to {name}")


sys.addaudithook(_stays_here)

PASSWORD = "synthetic"
KEPT = REPOSITORY / "var" / "tests"
"""Where unpacked PostgreSQLs stay from one run of the tests to the next; their data are made anew."""

PARTNERS = (
    "registry", "lookouts", "airline", "document_check", "carrier_desk", "host_authority", "border_control",
    "treasury", "receiving_agency",
)  # fmt: skip


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL with a migrated template of the case database."""

    port: int
    superuser: str
    folder: Path
    """Where its data and logs lie."""

    def address(self, role: str, database: str) -> str:
        """The address of a database for a role, as SQLAlchemy writes it."""
        return f"postgresql+psycopg://{role}:{PASSWORD}@127.0.0.1:{self.port}/{database}"


@contextmanager
def kept() -> Iterator[Path]:
    """A folder for one PostgreSQL, while it lasts nobody else's: also of two runs of the tests at once."""
    name = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    for folder in (KEPT / (name if number == 1 else f"{name}-{number}") for number in count(1)):
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "taken").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield folder
            return


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """PostgreSQL with roles, and the newest version of the case database as a template."""
    with kept() as folder, running_in(folder) as server:
        yield server


@contextmanager
def running_in(folder: Path) -> Iterator[Server]:
    """A PostgreSQL with fresh data in a folder."""
    for name in ("logs", "run"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)
    place = postgres.home(folder)
    shutil.rmtree(place.data, ignore_errors=True)
    (place.folder / "initialised").unlink(missing_ok=True)
    postgres.unpack(place)
    postgres.initialise(place, PASSWORD)
    port = take_port(0, "postgres")
    child = postgres.start(place, port=port, logs=folder / "logs", run=folder / "run")
    try:
        superuser = postgres.wait_ready(child, port=port, password=PASSWORD)
        write_to_memory(superuser)
        postgres.make_databases(superuser, owner=PASSWORD, application=PASSWORD, engine=PASSWORD)
        server = Server(port, superuser, folder)
        migrations.upgrade(server.address("homeward_owner", "homeward"))
        yield server
    finally:
        child.stop()


def write_to_memory(superuser: str) -> None:
    """Let the disk be written when it suits: a killed server loses nothing by that, a machine that fails all of it."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def partners(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The sandbox of all partners."""
    with Sandbox(tmp_path_factory.mktemp("partners") / "sandbox.sqlite") as running:
        yield running


_numbers = count(1)


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """Settings of a drill with synthetic secrets and partners nobody answers for."""
    for name in [name for name in os.environ if name.startswith("HOMEWARD_")]:
        monkeypatch.delenv(name)
    key = base64.b64encode(bytes(range(32))).decode()
    variables = {
        "HOMEWARD_VAR": str(tmp_path),
        "HOMEWARD_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none",
        "PREFECT_API_URL": "http://127.0.0.1:1/api",
        "HOMEWARD_KEY_ENCRYPTION_KEYS": json.dumps({"k1": key}),
        "HOMEWARD_KEY_ENCRYPTION_KEY_ID": "k1",
        "HOMEWARD_LOOKUP_KEY": key,
        "HOMEWARD_DESK_URL": "http://desk.test",
    }
    for partner in PARTNERS:
        variables[f"HOMEWARD_{partner.upper()}_URL"] = f"http://127.0.0.1:1/{partner}"
        variables[f"HOMEWARD_{partner.upper()}_TOKEN"] = "duffel_test_1" if partner == "airline" else "sandbox"
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    # Hashing a password slowly is for guessers; eight officers a story would take longer than the story.
    monkeypatch.setattr(officers, "_passwords", argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    settings.cache_clear()
    policy.cache_clear()
    yield monkeypatch
    settings.cache_clear()
    policy.cache_clear()


@pytest.fixture
def case_database(configured: pytest.MonkeyPatch, postgres_server: Server) -> Iterator[Server]:
    """A fresh case database, reached as the application's own role."""
    name = f"case_{next(_numbers)}"
    with psycopg.connect(postgres_server.superuser, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE homeward OWNER homeward_owner")
    configured.setenv("HOMEWARD_DATABASE_URL", postgres_server.address("homeward_app", name))
    settings.cache_clear()
    case_file.engine.cache_clear()
    connections = case_file.engine()
    yield postgres_server
    connections.dispose()
    case_file.engine.cache_clear()
    with psycopg.connect(postgres_server.superuser, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def own_sealer(tmp_path: Path) -> Iterator[sealer.Sealer]:
    """A sealer with a fresh key."""
    folder = tmp_path / "sealer"
    folder.mkdir()
    own = sealer.Sealer(folder)
    yield own
    own.close()


@pytest.fixture
def sealing(configured: pytest.MonkeyPatch, tmp_path: Path, own_sealer: sealer.Sealer) -> Iterator[Path]:
    """That sealer asked over its socket; the folder of its key and logs."""
    address = tmp_path / "sealer.sock"
    configured.setenv("HOMEWARD_SEALER_SOCKET", str(address))
    settings.cache_clear()
    listening = sealer.bound(address)

    def serve() -> None:
        # Its line is taken from it at the end.
        with suppress(OSError):
            sealer.serve(own_sealer, listening)

    thread = threading.Thread(target=serve)
    thread.start()
    yield own_sealer.folder
    listening.shutdown(socket.SHUT_RDWR)
    thread.join()
    listening.close()


@pytest.fixture(scope="session")
def signer_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A signer's folder after its first ceremony; each story takes a copy."""
    folder = tmp_path_factory.mktemp("keys") / "signer"
    ceremony.begin(folder, at=datetime.now(UTC).replace(microsecond=0))
    return folder


@contextmanager
def signs(folder: Path, address: Path, keys: Path) -> Iterator[None]:
    """While it lasts, a signer of the case database now configured answers at an address."""
    shutil.copytree(keys, folder)
    address.unlink(missing_ok=True)
    own, listening = service.Signer(folder), sealer.bound(address)

    def serve() -> None:
        # Its line is taken from it at the end.
        with suppress(OSError):
            service.serve(own, listening)

    thread = threading.Thread(target=serve)
    thread.start()
    yield
    listening.shutdown(socket.SHUT_RDWR)
    thread.join()
    listening.close()
    own.close()


@pytest.fixture
def signing(configured: pytest.MonkeyPatch, tmp_path: Path, signer_keys: Path) -> Iterator[Path]:
    """A signer of this test's case database, asked over its socket; its folder."""
    folder, address = tmp_path / "signer", tmp_path / "signer.sock"
    configured.setenv("HOMEWARD_SIGNER_SOCKET", str(address))
    settings.cache_clear()
    with signs(folder, address, signer_keys):
        yield folder


@pytest.fixture
def partnered(
    request: pytest.FixtureRequest, configured: pytest.MonkeyPatch, case_database: Server, partners: Sandbox
) -> Iterator[Sandbox]:
    """
    A case database and the sandbox behind every partner, without a fault standing.

    However a test ends, it leaves no unpaid hold of its own at the airline, unless it is marked `leaves_a_hold`.
    """
    del case_database
    before = unpaid_holds(partners)
    for partner in PARTNERS:
        path = partner.replace("_", "-")
        configured.setenv(f"HOMEWARD_{partner.upper()}_URL", f"http://127.0.0.1:{partners.port}/{path}")
    settings.cache_clear()
    yield partners
    partners.control.delete("/faults").raise_for_status()
    if "leaves_a_hold" not in request.keywords:
        assert unpaid_holds(partners) - before == set(), "unpaid seats are left at the airline"


def unpaid_holds(sandbox: Sandbox) -> set[str]:
    """The unpaid live orders at the airline, whoever made them, counted there."""
    return {
        order["id"]
        for order in sandbox.control.get("/orders").json()
        if order["cancelled_at"] is None and order["payment_status"]["awaiting_payment"]
    }
