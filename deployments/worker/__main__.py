"""Start one warm worker: `python -m deployments.worker [--pool POOL] [--name NAME] [--limit N] [--health-port P]`."""

import argparse
import asyncio
import os
import signal
import socket
import sys

from prefect.logging.configuration import setup_logging

from deployments import health
from deployments.worker.settings import worker_settings
from deployments.worker.warm import WarmWorker, flush, refuse_policy
from tasks import meters
from tasks.settings import Location


async def serve(pool: str, name: str, limit: int, health_port: int = 0) -> bool:
    """Run a worker until it is asked to end; return whether all its runs have left."""
    worker = WarmWorker(work_pool_name=pool, name=name, limit=limit, prefetch_seconds=0)
    if health_port:
        health.serve_beside(health_port, is_alive=worker.is_alive, takes_work=lambda: worker.takes_work)
    running = asyncio.create_task(worker.start())
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    waiting = asyncio.create_task(asked.wait())
    await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
    # Cancelled once, however often one is asked to end: on its way out the worker drains.
    running.cancel()
    waiting.cancel()
    await asyncio.wait((running,))
    if not running.cancelled() and (failed := running.exception()) is not None:
        raise failed
    return not worker.hangs


def main() -> int:
    """Start a worker; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m deployments.worker")
    parser.add_argument("--pool", default="homeward")
    parser.add_argument("--name", default=f"{socket.gethostname()}-{os.getpid()}")
    parser.add_argument("--limit", type=int, default=worker_settings().worker_limit)
    parser.add_argument("--health-port", type=int, default=0, help="where it says whether it lives; 0: nowhere")
    asked = parser.parse_args()
    setup_logging()
    # What one of this name left that was killed; nobody else takes it away where no stack watches.
    meters.ended(Location().var, asked.name)
    refuse_policy()
    left = asyncio.run(serve(asked.pool, asked.name, asked.limit, asked.health_port))
    flush()
    sys.stdout.flush()
    if not left:
        # A thread that hangs would keep the process; what it was doing is taken over by the sweep.
        os._exit(0)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
