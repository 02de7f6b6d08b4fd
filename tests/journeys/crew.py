"""Warm workers as processes of their own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from prefect.settings import PREFECT_API_URL

from tasks.settings import REPOSITORY

WAITS_S = 60
OFTEN = {"PREFECT_WORKER_QUERY_SECONDS": "5", "HOMEWARD_SWEEP_S": "0.5", "HOMEWARD_COMPARE_S": "1"}
"""Everything is looked at more often than in an installation."""
OURS = (sys.executable, "-m", "deployments.worker")


def until(is_so: Callable[[], bool], why: Callable[[], object], within_s: float = WAITS_S) -> float:
    """Wait until something is so, and return how long that took."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < within_s, why()
        time.sleep(0.02)
    return time.monotonic() - began


@dataclass
class Workers:
    """Workers of one pool, as processes; they stay until they are ended."""

    logs: Path
    pool: str
    variables: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = OURS
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _started: int = 0

    def are(self, count: int) -> None:
        """See to it that so many run and take offers."""
        self.running = [worker for worker in self.running if worker.poll() is None]
        while len(self.running) < count:
            self._started += 1
            name = f"test-{self._started}"
            with (self.logs / name).open("wb") as log:
                self.running.append(
                    subprocess.Popen(
                        [*self.command, "--pool", self.pool, "--name", name],
                        env={**os.environ, **OFTEN, **self.variables, "PREFECT_API_URL": str(PREFECT_API_URL.value())},
                        cwd=REPOSITORY,
                        stdout=log,
                        stderr=log,
                    )
                )
        logs = list(self.logs.iterdir())
        until(lambda: all(b"started!" in log.read_bytes() for log in logs), self.said)
        while len(self.running) > count:
            self.end(self.running[0])

    def end(self, worker: subprocess.Popen[bytes], by: signal.Signals = signal.SIGTERM) -> int:
        """End a worker and return its exit code."""
        worker.send_signal(by)
        code = worker.wait(WAITS_S)
        self.running.remove(worker)
        return code

    def said(self) -> str:
        """Everything the workers wrote."""
        return "\n".join(log.read_text() for log in sorted(self.logs.iterdir()))
