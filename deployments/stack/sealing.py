"""The sealer as part of the stack: where it keeps its key, and under which account."""

import os
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from deployments.stack import postgres
from deployments.stack.ground import CannotStart
from deployments.stack.processes import Child

ACCOUNTS = ("homeward-sealer", "daemon", "bin")
"""Accounts tried, in order, when we are root; none of them may be PostgreSQL's."""

_READY_S = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Where the sealer lives, and as whom it runs."""

    folder: Path
    socket: Path
    account: str | None
    """None when it cannot have an account of its own."""


def place(var: Path) -> Place:
    """Return the sealer's place: inside the stack's state, or, when its account cannot reach that, in /var/lib."""
    inside = Place(var / "sealer", var / "run" / "sealer.sock", None)
    if os.geteuid() != 0:
        return inside
    database = postgres.home(var).account
    found = (postgres.account_named(name) for name in ACCOUNTS)
    account = next((each for each in found if each is not None and each != database), None)
    if account is None:
        return inside
    folder = inside.folder
    if not postgres.may_traverse(var.resolve(), account):
        folder = Path("/var/lib/homeward-sealer") / var.resolve().as_posix().strip("/").replace("/", "-")
    return Place(folder, inside.socket, account.pw_name)


def command(where: Place) -> list[str]:
    """Return the command of the sealer; it takes its account itself, since that may not reach our programs."""
    account = [] if where.account is None else ["--account", where.account]
    return [
        sys.executable, "-m", "deployments.sealer", "--folder", str(where.folder), "--socket", str(where.socket),
        *account,
    ]  # fmt: skip


def words(where: Place) -> str:
    """Return one line that says how far the sealer's key is kept from everybody else."""
    if where.account is not None:
        return f"the sealer works under the account {where.account}"
    return "the sealer works under this account: its key is NOT kept apart; start as root, or run it elsewhere"


def wait_answering(child: Child, where: Place) -> None:
    """
    Return once the sealer listens.

    Raises:
        CannotStart: it ended, or the time is over.
    """
    deadline = time.monotonic() + _READY_S
    while True:
        child.check_alive()
        with socket.socket(socket.AF_UNIX) as line:
            # Without a request: that it takes connections is enough.
            if line.connect_ex(min(str(where.socket), os.path.relpath(where.socket), key=len)) == 0:
                return
        if time.monotonic() > deadline:
            raise CannotStart(f"The sealer did not answer within {_READY_S} s; look at {child.log}.")
        time.sleep(0.1)
