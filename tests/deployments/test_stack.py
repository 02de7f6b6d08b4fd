"""The embedded stack: what stops it from starting, and what happens when it is killed."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from deployments.stack import ground
from deployments.stack.ground import CannotStart, read_env
from deployments.stack.supervisor import running
from tasks.settings import REPOSITORY, Location

HOMEWARD = str(Path(sys.executable).with_name("homeward"))
PORTS = ("PREFECT", "DESK", "SANDBOX", "SANDBOX_CONTROL", "POSTGRES", "METRICS")
KEPT = REPOSITORY / "var" / "tests-stack"
"""Where the unpacked PostgreSQL stays from one run of the tests to the next."""


def homeward(*words: str, var: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command on a stack of its own."""
    free = {f"HOMEWARD_{name}_PORT": "0" for name in PORTS}
    return subprocess.run(
        [HOMEWARD, *words],
        env={**os.environ, **free, "HOMEWARD_VAR": str(var), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture
def var() -> Iterator[Path]:
    yield KEPT
    homeward("down", var=KEPT)


def children(var: Path) -> list[int]:
    """Process ids whose environment names this state folder."""
    marker = f"HOMEWARD_VAR={var}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if marker in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def answers(port: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) == 0


def wait_until_gone(var: Path, ports: list[str]) -> None:
    deadline = time.monotonic() + 30
    while children(var) or any(answers(port) for port in ports):
        assert time.monotonic() < deadline, "processes of the killed stack live on"
        time.sleep(0.1)


@pytest.mark.parametrize("words", [("up",), ("up", "--detach")])
def test_a_port_in_use_is_told_in_one_line(tmp_path: Path, words: tuple[str, ...]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        refused = homeward(*words, var=tmp_path, HOMEWARD_DESK_PORT=port)

    assert refused.returncode == 2
    assert refused.stderr == f"Port {port} for the desk is in use; free it or set HOMEWARD_DESK_PORT.\n"
    assert children(tmp_path) == []


def test_a_full_disk_is_told_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2**20))

    with pytest.raises(CannotStart, match="Only 1 MiB are free"):
        ground.prepare(Location(var=tmp_path))


def test_a_place_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    refused = homeward("up", var=tmp_path / "file" / "var")

    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "set HOMEWARD_VAR" in refused.stderr


def test_an_old_python_is_told_in_one_line(tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o700)

    refused = subprocess.run(
        ["make", "--silent", "install", f"PYTHON={old}", f"VENV={tmp_path / 'venv'}"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )

    assert refused.returncode == 2
    assert refused.stderr.startswith("Homeward needs Python 3.11 or newer")
    assert not (tmp_path / "venv").exists()


def test_a_killed_stack_leaves_no_process_and_the_next_start_finds_its_data(var: Path) -> None:
    started = homeward("up", "--detach", var=var)
    assert started.returncode == 0, started.stderr
    stack = read_env(var / "stack.env")
    ports = [port for name, port in stack.items() if name.endswith("_PORT")]
    assert homeward("up", "--detach", var=var).stderr.startswith("A stack runs already in")
    owner = stack["HOMEWARD_OWNER_DATABASE_URL"].replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(owner) as connection:
        enrolled = connection.execute("SELECT number FROM officer ORDER BY number").fetchall()
    pid = running(Location(var=var))
    assert pid is not None

    os.kill(pid, signal.SIGKILL)
    wait_until_gone(var, ports)
    again = homeward("up", "--detach", var=var)

    assert again.returncode == 0, again.stderr
    assert read_env(var / "stack.env") == stack
    with psycopg.connect(owner) as connection:
        assert connection.execute("SELECT number FROM officer ORDER BY number").fetchall() == enrolled
    assert homeward("down", var=var).stdout == "The stack has ended.\n"
    wait_until_gone(var, ports)
    assert homeward("down", var=var).stdout == "No stack is running.\n"
    for secret in ("secrets.env", "stack.env"):
        assert (var / secret).stat().st_mode & 0o777 == 0o600
