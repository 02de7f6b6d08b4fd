"""A fresh stack of its own, so that a demonstration or a drill disturbs no stack that is in use."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deployments.stack import postgres, sealing
from tasks.settings import REPOSITORY

PORTS = ("PREFECT", "DESK", "SANDBOX", "SANDBOX_CONTROL", "POSTGRES", "METRICS")

ARCHIVE = "archive"
"""Folder of a drill's backups, in its state folder."""

KEYS = "keys.tar"
"""A drill's keys as they were saved at its beginning, in its state folder."""


class NotStarted(Exception):
    """The stack did not start; why stands on the terminal already. The number is its exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the stack did not start (exit code {code})")
        self.code = code


@contextmanager
def fresh(name: str, *, quiet: bool = False, archives: bool = False) -> Iterator[Path]:
    """
    Start a stack with nothing in it, in a state folder and on ports of its own, and end it afterwards.

    Yields the folder; `quiet` leaves the card with addresses and passwords out, and
    with `archives` what is written is archived as it is written, and the keys are saved once.

    Raises:
        NotStarted: `homeward up` refused.
    """
    var = REPOSITORY / "var" / name
    os.environ |= {"HOMEWARD_VAR": str(var), **{f"HOMEWARD_{port}_PORT": "0" for port in PORTS}}
    if archives:
        os.environ["HOMEWARD_BACKUP_DIR"] = str(var / ARCHIVE)
    homeward("down", quiet=True)
    _remove_last_one(var)
    # A drill that is told to end takes its stack down, as one that is interrupted does.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if code := homeward("up", "--detach", quiet=quiet, check=False):
            raise NotStarted(code)
        if archives:
            homeward("backup", "--keys", str(var / KEYS), quiet=True)
        yield var
    finally:
        homeward("down", quiet=True)
        signal.signal(signal.SIGTERM, before)


def homeward(*words: str, quiet: bool = False, check: bool = True) -> int:
    """Run a command on the stack of this drill as a user would, and return its exit code."""
    command = [str(Path(sys.executable).with_name("homeward")), *words]
    return subprocess.run(command, check=check, stdout=subprocess.DEVNULL if quiet else None).returncode


def _remove_last_one(var: Path) -> None:
    if not var.exists():
        return
    # Only the data are made anew; the unpacked PostgreSQL stays.
    shutil.rmtree(postgres.home(var).data, ignore_errors=True)
    for aside in (*postgres.home(var).folder.glob("data-before-*"), *postgres.home(var).folder.glob("wal-restored-*")):
        shutil.rmtree(aside)
    for folder in (ARCHIVE, "cluster"):
        shutil.rmtree(var / folder, ignore_errors=True)
    # With the chain its seals; the sealer would take the new one for the old one written anew. With the vault's keys
    # what the signer keeps under them.
    forget_keys(var)
    for name in (KEYS, "secrets.env", "stack.env", "sandbox.sqlite", "sandbox.sqlite-wal", "sandbox.sqlite-shm"):
        (var / name).unlink(missing_ok=True)


def forget_keys(var: Path) -> None:
    """Take away the keys of sealer and signer, and what both remember."""
    for place in (sealing.place, sealing.signer_place):
        shutil.rmtree(place(var).folder, ignore_errors=True)
