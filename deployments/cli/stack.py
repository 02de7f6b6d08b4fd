"""`homeward up` and `homeward down`."""

import os
import signal
import subprocess
import sys
import time
from typing import Annotated

import typer

from deployments.cli.terminal import BAD_INPUT, AsJson, clear, fail, show
from tasks.settings import REPOSITORY, Location

_START_S = 240
_STOP_S = 60


@clear
def up(
    detach: Annotated[bool, typer.Option("--detach", help="Return once everything is ready.")] = False,
    enrol: Annotated[bool, typer.Option("--enrol", help="The database alone, to add officers.")] = False,
) -> None:
    """Start the embedded stack: database, Prefect server, sandbox partners, desk, worker."""
    # Imported here: these bring the database's and the engine's programs, which no other command needs.
    from deployments.stack import card, supervisor  # noqa: PLC0415
    from deployments.stack.ground import CannotStart  # noqa: PLC0415

    if detach and enrol:
        fail("Officers are added while you look on; give --enrol without --detach.", BAD_INPUT)
    if detach:
        _detach()
        return

    def ready(stack: supervisor.Stack) -> None:
        words = "  Add officers with `homeward officers add`, stop this with Ctrl-C, and start again without --enrol."
        typer.echo(words if enrol else card.text(stack.variables))

    try:
        supervisor.run(lambda line: typer.echo(f"  {line}"), on_ready=ready, only_enrols=enrol)
    except CannotStart as refused:
        fail(str(refused), BAD_INPUT)


def _detach() -> None:
    from deployments.stack.ground import CannotStart, prepare  # noqa: PLC0415
    from deployments.stack.supervisor import running  # noqa: PLC0415

    where = Location()
    try:
        prepare(where)
    except CannotStart as refused:
        fail(str(refused), BAD_INPUT)
    if running(where) is not None:
        fail(f"A stack runs already in {where.var}; stop it with `homeward down`.", BAD_INPUT)
    for name in ("ready", "refused"):
        (where.var / name).unlink(missing_ok=True)
    log = where.var / "logs" / "stack.log"
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    process = subprocess.Popen(
        [sys.executable, "-m", "deployments.stack.supervisor"],
        stdin=subprocess.DEVNULL,
        stdout=descriptor,
        stderr=descriptor,
        cwd=REPOSITORY,
        start_new_session=True,
    )
    os.close(descriptor)
    _follow(process, where)


def _follow(process: subprocess.Popen[bytes], where: Location) -> None:
    """Show the detached stack's progress until it is ready, or say why it is not."""
    shown = 0
    deadline = time.monotonic() + _START_S
    log, ready, refused = where.var / "logs" / "stack.log", where.var / "ready", where.var / "refused"
    while True:
        lines = log.read_text().splitlines()
        is_ready = ready.exists()
        for line in lines[shown:]:
            if not refused.exists():
                typer.echo(f"  {line}")
        shown = len(lines)
        if is_ready:
            # The card may show secrets once; they must not stay on disk.
            typer.echo(ready.read_text())
            ready.unlink()
            return
        if process.poll() is not None:
            fail(refused.read_text() if refused.exists() else f"The stack ended; look at {log}.", BAD_INPUT)
        if time.monotonic() > deadline:
            process.terminate()
            fail(f"The stack was not ready within {_START_S} s; look at {log}.", BAD_INPUT)
        time.sleep(0.2)


@clear
def down(as_json: AsJson = False) -> None:
    """Stop the embedded stack, and whatever a killed one left behind."""
    from deployments.stack.processes import end_leftovers  # noqa: PLC0415
    from deployments.stack.supervisor import running  # noqa: PLC0415

    where = Location()
    pid = running(where)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_S
        while running(where) is not None and time.monotonic() < deadline:
            time.sleep(0.1)
    leftovers = end_leftovers(where.var / "run") if (where.var / "run").exists() else []
    stopped = pid is not None or bool(leftovers)
    words = "The stack has ended." if stopped else "No stack is running."
    show({"stopped": stopped, "leftovers": leftovers}, as_json=as_json, words=words)
