"""
A process that runs one segment, so that it can be killed: `python -m tests.journeys.segment_process RUN_ID`.

Without an id it reads one a line and forks a process for each, whose number it prints: loading the engine takes
seconds, and a killer of hundreds has not so many.
"""

import os
import signal
import sys
from uuid import UUID

from prefect.client.orchestration import get_client

from deployments.worker.segment import run_segment
from flows.repatriation import repatriate
from tasks.partners.transport import certificates


def run(run_id: str) -> None:
    """Run one segment of a run."""
    with get_client(sync_client=True) as client:
        run_segment(repatriate, client.read_flow_run(UUID(run_id)))


def serve() -> None:
    """Fork for each line; nothing here has opened a connection or begun a thread, so a child starts clean."""
    certificates()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        if (child := os.fork()) == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            run(line.strip())
            # The parent's line is not this process's to read on.
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run(sys.argv[1])
    else:
        serve()
