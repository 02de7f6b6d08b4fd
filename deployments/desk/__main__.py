"""Serve the desk: `python -m deployments.desk [--host H] [--port P]`."""

import argparse
import gc
import sys

import uvicorn

from deployments.desk.app import application
from tasks import board, journal, meters
from tasks.settings import Location, SettingsUnusable, openid, settings

KEPT_S = 75
"""How long an idle connection is kept: longer than by browsers and proxies that ask every few seconds, so that none of
them sends a request into one that is just being closed."""


def main() -> None:
    """Serve until asked to end."""
    parser = argparse.ArgumentParser(prog="python -m deployments.desk")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4201)
    parser.add_argument("--name", default="desk", help="under which it counts; another one beside it needs another")
    asked = parser.parse_args()
    try:
        settings(), openid()
    except SettingsUnusable as unusable:
        sys.exit(f"The desk cannot start: {unusable}")
    journal.begin("desk")
    meters.keep(Location().var, asked.name)
    board.keep_counting()
    desk = application()
    # What was made until here lives as long as the process; a page is not to wait while all of it is looked through.
    gc.collect()
    gc.freeze()
    # No log of accesses: addresses name cases, and what somebody searched for.
    uvicorn.run(
        desk, host=asked.host, port=asked.port, log_config=None, access_log=False, server_header=False,
        timeout_keep_alive=KEPT_S,
    )  # fmt: skip


if __name__ == "__main__":
    main()
