"""Child processes: started with a log of their own, recorded by id, ended when the stack ends, however it ends."""

import json
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deployments.stack.ground import CannotStart, write_private
from deployments.worker.settings import worker_settings

_LAUNCHER = Path(__file__).with_name("launch.py")

_STOP_S = 15
"""How long a child may take to end after it was asked to."""


@dataclass(frozen=True, slots=True)
class Child:
    """A running child of the stack."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    record: Path

    def check_alive(self) -> None:
        """Raise CannotStart when the child has ended; its log says why."""
        if (code := self.process.poll()) is not None:
            raise CannotStart(f"The {self.name} ended with code {code}: {last_line(self.log)} (see {self.log})")

    def ask_to_end(self) -> None:
        """Ask the child to end, and do not wait."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT if self.name == "postgres" else signal.SIGTERM)

    def stop(self) -> None:
        """Ask the child to end, insist after a while, and forget it."""
        if self.process.poll() is None:
            self.ask_to_end()
            # A worker finishes what it works on.
            drain_s = worker_settings().drain_s if self.name.startswith("worker") else 0
            try:
                self.process.wait(_STOP_S + drain_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.record.unlink(missing_ok=True)


def launched(command: list[str], account: pwd.struct_passwd | None) -> list[str]:
    """Return a command that runs as an account, and ends with this process."""
    uid, gid = (account.pw_uid, account.pw_gid) if account else (0, 0)
    return [sys.executable, "-I", "-S", str(_LAUNCHER), str(os.getpid()), str(uid), str(gid), *command]


def spawn(
    name: str,
    command: list[str],
    *,
    logs: Path,
    run: Path,
    env: Mapping[str, str],
    cwd: Path,
    account: pwd.struct_passwd | None = None,
) -> Child:
    """Start a child in a process group of its own; it is told to end when this process dies, even by SIGKILL."""
    log = logs / f"{name}.log"
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        process = subprocess.Popen(
            launched(command, account),
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            env=dict(env),
            cwd=cwd,
            process_group=0,
        )
    finally:
        os.close(descriptor)
    record = run / f"{name}.json"
    write_private(record, json.dumps({"pid": process.pid, "started": _start_ticks(process.pid)}))
    return Child(name, process, log, record)


def end_leftovers(run: Path) -> list[str]:
    """End the children a killed stack left behind, by the ids it recorded; return their names."""
    ended = []
    for record in sorted(run.glob("*.json")):
        told = json.loads(record.read_text())
        # A process id is used again by the system; the start time tells ours from a stranger.
        if _start_ticks(told["pid"]) == told["started"] is not None:
            os.kill(told["pid"], signal.SIGINT if record.stem == "postgres" else signal.SIGTERM)
            _wait_gone(told["pid"], told["started"])
            ended.append(record.stem)
        record.unlink(missing_ok=True)
    return ended


def _wait_gone(pid: int, started: int) -> None:
    deadline = time.monotonic() + _STOP_S
    while _start_ticks(pid) == started:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            deadline += _STOP_S
        time.sleep(0.1)


def _start_ticks(pid: int) -> int | None:
    """Return when a process started, in clock ticks since boot, from /proc; None when it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])


def is_running(pid: int, started: int | None) -> bool:
    """Return whether the very process recorded is still there."""
    return started is not None and _start_ticks(pid) == started


def start_ticks_of_self() -> int | None:
    """Return this process's start time, to be recorded beside its id."""
    return _start_ticks(os.getpid())


def last_line(log: Path) -> str:
    """Return the last line of a log that says something."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "no message"
