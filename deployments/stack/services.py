"""The services of the stack: how each is started, and how one knows that it is ready."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from deployments.stack.ground import CannotStart
from deployments.stack.processes import Child, spawn
from tasks.settings import REPOSITORY, Location

WORK_POOL = "homeward"
SIGNER = "signer"
_OWN = {SIGNER: "HOMEWARD_SIGNER_PKCS11_", "desk": "HOMEWARD_OIDC_"}
"""What one service alone is given: the token's PIN, the desk's secret at the identity provider."""
_READY_S = 120
_DEPLOY_S = 120


def program(name: str) -> str:
    """Return the path of a program installed beside this Python."""
    return str(Path(sys.executable).with_name(name))


def start(name: str, command: list[str], where: Location, variables: dict[str, str]) -> Child:
    """Start one service with the stack's variables over the environment's, but for what is another's own."""
    others = tuple(prefix for owner, prefix in _OWN.items() if owner != name)
    kept = {key: word for key, word in os.environ.items() if not key.startswith(others)}
    return spawn(
        name,
        command,
        logs=where.var / "logs",
        run=where.var / "run",
        env={**kept, **variables},
        cwd=REPOSITORY,
    )


def prefect_server(port: int) -> list[str]:
    """Return the command of the engine's server with its UI."""
    return [program("prefect"), "server", "start", "--host", "127.0.0.1", "--port", str(port)]


def worker(name: str) -> list[str]:
    """Return the command of one worker."""
    return [sys.executable, "-m", "deployments.worker", "--pool", WORK_POOL, "--name", name]


def desk(port: int) -> list[str]:
    """Return the command of the desk."""
    return [
        sys.executable, "-m", "deployments.desk", "--port", str(port),
    ]  # fmt: skip


def exporter(port: int) -> list[str]:
    """Return the command of the exporter."""
    return [sys.executable, "-m", "deployments.exporter", "--port", str(port)]


def keeper() -> list[str]:
    """Return the command of whoever keeps the archive."""
    return [sys.executable, "-m", "deployments.stack.keeper"]


def sandbox(port: int, control_port: int, database: Path) -> list[str]:
    """Return the command of the sandbox."""
    return [
        sys.executable, "-m", "deployments.sandbox", "--port", str(port), "--control-port", str(control_port),
        "--database", str(database),
    ]  # fmt: skip


def wait_answering(child: Child | None, url: str, *, auth: str | None = None) -> None:
    """
    Return once an address answers with success; `auth` is `user:password`.

    Raises:
        CannotStart: the child ended, or the time is over.
    """
    deadline = time.monotonic() + _READY_S
    name = child.name if child else "server"
    user, _, password = auth.partition(":") if auth else ("", "", "")
    with httpx.Client(auth=(user, password) if auth else None, timeout=5) as client:
        while True:
            if child is not None:
                child.check_alive()
            try:
                if client.get(url).is_success:
                    return
            except httpx.TransportError:
                pass
            if time.monotonic() > deadline:
                raise CannotStart(f"The {name} did not answer at {url} within {_READY_S} s; look at its log.")
            time.sleep(0.2)


def register(where: Location, variables: dict[str, str]) -> None:
    """Make the work pool and deploy what prefect.yaml names; doing it again only updates."""
    try:
        deploy({**os.environ, **variables})
    except subprocess.CalledProcessError as failed:
        (where.var / "logs" / "deploy.log").write_text(failed.stdout + failed.stderr)
        raise CannotStart(f"The engine did not take the deployment; look at {where.var}/logs/deploy.log.") from None
    except subprocess.TimeoutExpired:
        raise CannotStart(f"The engine did not take the deployment within {_DEPLOY_S} s.") from None


def deploy(env: Mapping[str, str]) -> None:
    """
    Make the work pool and deploy what prefect.yaml names.

    Raises:
        subprocess.SubprocessError: the engine did not take it.
    """
    prefect = [program("prefect"), "--no-prompt"]
    pool = [*prefect, "work-pool", "create", WORK_POOL, "--type", "homeward", "--overwrite"]
    for command in (pool, [*prefect, "deploy", "--all"]):
        run(command, env)


def run(command: list[str], env: Mapping[str, str]) -> None:
    """
    Run one of the engine's commands to its end.

    Raises:
        subprocess.SubprocessError: it did not end well, or in time.
    """
    subprocess.run(command, env=env, cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=_DEPLOY_S)
