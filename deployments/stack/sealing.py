"""The sealer and the signer as parts of the stack: where each keeps its keys, and under which account."""

import os
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deployments.stack import postgres
from deployments.stack.ground import CannotStart
from deployments.stack.processes import Child

ACCOUNTS = ("homeward-sealer", "daemon", "bin")
"""Accounts tried, in order, when we are root; none of them may be PostgreSQL's."""

SIGNER_ACCOUNTS = ("homeward-signer", "games", "sys", "bin")
"""Accounts tried for the signer; neither PostgreSQL's nor the sealer's."""

_READY_S = 120


@dataclass(frozen=True, slots=True)
class Place:
    """Where the sealer, or the signer, lives, and as whom it runs."""

    folder: Path
    socket: Path
    account: str | None
    """None when it cannot have an account of its own."""

    @property
    def name(self) -> str:
        """Which of the two it is."""
        return self.socket.stem


def place(var: Path) -> Place:
    """Return the sealer's place: inside the stack's state, or, when its account cannot reach that, in /var/lib."""
    return _place(var, "sealer", ACCOUNTS)


def signer_place(var: Path) -> Place:
    """Return the signer's place, found as the sealer's is."""
    return _place(var, "signer", SIGNER_ACCOUNTS, but=place(var).account)


def _place(var: Path, name: str, accounts: tuple[str, ...], *, but: str | None = None) -> Place:
    inside = Place(var / name, var / "run" / f"{name}.sock", None)
    if os.geteuid() != 0:
        return inside
    database = postgres.home(var).account
    found = (postgres.account_named(each) for each in accounts)
    account = next((each for each in found if each is not None and each != database and each.pw_name != but), None)
    if account is None:
        return inside
    folder = inside.folder
    if not postgres.may_traverse(var.resolve(), account):
        folder = Path(f"/var/lib/homeward-{name}") / var.resolve().as_posix().strip("/").replace("/", "-")
    return Place(folder, inside.socket, account.pw_name)


def command(where: Place) -> list[str]:
    """Return the command of the process; it takes its account itself, since that may not reach our programs."""
    account = [] if where.account is None else ["--account", where.account]
    return [
        sys.executable, "-m", f"deployments.{where.name}", "--folder", str(where.folder), "--socket", str(where.socket),
        *account,
    ]  # fmt: skip


def words(where: Place) -> str:
    """Return one line that says how far the process's key is kept from everybody else."""
    if where.account is not None:
        return f"the {where.name} works under the account {where.account}"
    return f"the {where.name} works under this account: its key is NOT kept apart; start as root, or run it elsewhere"


def wait_answering(child: Child, where: Place) -> None:
    """
    Return once the process answers; it takes connections before it has its keys.

    Raises:
        CannotStart: it ended, or the time is over.
    """
    deadline = time.monotonic() + _READY_S
    while True:
        child.check_alive()
        if _answers(where.socket):
            return
        if time.monotonic() > deadline:
            raise CannotStart(f"The {where.name} did not answer within {_READY_S} s; look at {child.log}.")
        time.sleep(0.1)


def _answers(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as line, suppress(OSError):
        line.settimeout(1)
        line.connect(min(str(address), os.path.relpath(address), key=len))
        # No request: that it says so is enough.
        line.sendall(b"\n")
        return line.recv(1) != b""
    return False
