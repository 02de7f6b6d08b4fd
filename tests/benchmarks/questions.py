"""A list of 72 rows, from `homeward intake` until the last of its people has a question before an officer."""

import csv
import json
import resource
import subprocess
import time
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from deployments.stack import services
from deployments.stack.ground import write_private
from deployments.stack.processes import Child
from models.case import Attempt
from tasks import case_file, officers
from tasks.settings import REPOSITORY, Location
from tests.benchmarks.cases import Office, all_wait, waiting
from tests.benchmarks.lists import VECTORS
from tests.benchmarks.processes import pid_of, requests, used_by
from tests.benchmarks.results import tell

WITHIN_S = 600
GOAL_S = 60.0


def measure(office: Office, worker: Child, *, quick: bool = False) -> None:
    """
    Tell how long a list takes from the command line to its last first question, and what that costs.

    A possible duplicate is not started with the others; its officer looks at it and starts it by name.
    """
    var = Location().var
    write_private(
        Location().cli_session_file,
        officers.open_session(next(o for o in officers.listed() if o.number == office.coordinator), door="cli"),
    )
    file = _list(var, rows=12 if quick else None)
    log = var / "logs" / "prefect.log"
    pids = {name: pid_of(var, name) for name in ("prefect", "postgres", "sandbox")} | {"worker": worker.process.pid}
    commands = _commands_cpu_s()
    before, place = {name: used_by(pid) for name, pid in pids.items()}, log.stat().st_size
    began = time.monotonic()
    taken = _homeward("intake", str(file))
    taken_in_s = time.monotonic() - began
    references = [row["reference"] for row in taken["rows"]]
    started = _homeward("case", "start", "--all")
    all_s = time.monotonic() - began
    if held := [each["case"] for each in started["held"]]:
        _homeward("case", "start", *held)
    started_s = time.monotonic() - began
    all_wait(references, WITHIN_S)
    took_s = time.monotonic() - began
    count = len(references)
    cpu = {name: round(used_by(pid).since(before[name]).cpu_s, 1) for name, pid in pids.items()}
    cpu["commands"] = round(_commands_cpu_s() - commands, 1)
    asked = requests(log, after=place)
    more = {
        "rows": count,
        "taken_in_s": round(taken_in_s, 1),
        "all_started_s": round(all_s, 1),
        "duplicates_started_s": round(started_s, 1),
        "held": len(held),
        # On a machine that others use too, this says more than the clock.
        "cpu_s": round(sum(cpu.values()), 1),
        "by": cpu,
    }
    tell("list_to_first_questions", took_s, "s", goal=GOAL_S, **more, asked_of=_roles(references))
    each = {path: round(times / count, 1) for path, times in asked.most_common(12)}
    tell("requests_to_a_first_question", sum(asked.values()) / count, "requests", by=each)
    assert _attempts(references) == count


def _list(var: Path, *, rows: int | None) -> Path:
    """Write the operation's own list, or its beginning, where the command reads it."""
    with (VECTORS / "found.csv").open(encoding="utf-8", newline="") as lines:
        whole = list(csv.reader(lines))
    file = var / "found.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(whole[: rows + 1] if rows else whole)
    return file


def _homeward(*words: str) -> dict[str, Any]:
    done = subprocess.run(
        [services.program("homeward"), *words, "--json"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr or done.stdout
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _commands_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _roles(references: list[str]) -> dict[str, int]:
    roles = [asking.role.value for asking in waiting(references)]
    return {role: roles.count(role) for role in sorted(set(roles))}


def _attempts(references: list[str]) -> int:
    with case_file.transaction() as session:
        return len(session.exec(select(Attempt).where(col(Attempt.reference).in_(references))).all())
