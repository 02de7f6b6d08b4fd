"""Start the sandbox: two servers on loopback, one for the partners and one to control them."""

import argparse
import asyncio
import json
import os
import signal
import socket
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from deployments.sandbox.airline import webhooks
from deployments.sandbox.app import partners_app
from deployments.sandbox.control import control_app
from deployments.sandbox.edge import DroppableProtocol
from deployments.sandbox.population import PACKAGED, RegistryUnreadable, load
from deployments.sandbox.storage import Storage

HOST = "127.0.0.1"
REGISTRY_VARIABLE = "HOMEWARD_SANDBOX_REGISTRY"
SHUTDOWN_S = 1
"""How long a stopping server waits for answers under way."""


class Server(uvicorn.Server):
    """A server that leaves signals to the process, which runs two of them, and says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening and say so."""
        await super().startup(sockets=sockets)
        self.listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing."""
        yield


def main() -> int:
    """Run until a signal ends it; return the process's exit code."""
    arguments = _arguments()
    try:
        population = load(arguments.registry)
        storage = Storage(arguments.database)
        sockets = [_listen(arguments.port), _listen(arguments.control_port)]
    except RegistryUnreadable as error:
        return _refuse(str(error))
    except sqlite3.Error as error:
        return _refuse(f"cannot use the database {arguments.database}: {error}")
    except OSError as error:
        return _refuse(f"cannot listen on {HOST}: {error.strerror}")
    try:
        asyncio.run(_serve([partners_app(storage, population), control_app(storage)], sockets, storage))
    finally:
        storage.close()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deployments.sandbox", description="Stand-ins for every partner.")
    parser.add_argument("--port", type=int, required=True, help="the partners' port; 0 takes a free one")
    parser.add_argument("--control-port", type=int, required=True, help="the control port; 0 takes a free one")
    parser.add_argument("--database", type=Path, required=True, help="SQLite file, made when missing")
    parser.add_argument(
        "--registry",
        type=Path,
        default=Path(os.environ.get(REGISTRY_VARIABLE, PACKAGED)),
        help=f"people as JSON lines; also {REGISTRY_VARIABLE}",
    )
    return parser.parse_args()


def _listen(port: int) -> socket.socket:
    try:
        listener = socket.create_server((HOST, port))
    except OSError as error:
        raise OSError(error.errno, f"port {port}: {os.strerror(error.errno or 0)}") from error
    # asyncio does this only for sockets that name their protocol; without it head and body of every answer wait for
    # the client's delayed acknowledgement (44 ms a request measured, 2 ms with it).
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


async def _serve(apps: list[ASGIApp], sockets: list[socket.socket], storage: Storage) -> None:
    """Serve each application on its socket, say so on standard output, and stop at SIGTERM or SIGINT."""
    servers = [Server(_config(app)) for app in apps]

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    delivering = asyncio.create_task(webhooks.deliver_for_ever(storage))
    async with asyncio.TaskGroup() as group:
        serving = [
            group.create_task(server.serve(sockets=[listener]))
            for server, listener in zip(servers, sockets, strict=True)
        ]
        for server in servers:
            await server.listening.wait()
        port, control_port = (listener.getsockname()[1] for listener in sockets)
        sys.stdout.write(json.dumps({"port": port, "control_port": control_port}) + "\n")
        sys.stdout.flush()
        await asyncio.wait(serving)
        delivering.cancel()


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=DroppableProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        date_header=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"sandbox: {sentence}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
