"""A process that runs one segment, so that it can be killed: `python -m tests.journeys.segment_process RUN_ID`."""

import sys
from uuid import UUID

from prefect.client.orchestration import get_client

from deployments.worker.segment import run_segment
from flows.repatriation import repatriate

if __name__ == "__main__":
    with get_client(sync_client=True) as client:
        run_segment(repatriate, client.read_flow_run(UUID(sys.argv[1])))
