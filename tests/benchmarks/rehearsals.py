"""Drills from a field list to home, and how soon work goes on when something is killed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from deployments.stack import services
from tasks.settings import REPOSITORY
from tests.benchmarks.results import tell

GOALS_S = {73: 300, 1200: 3600}
"""A charter's people, and a whole country's."""
KILLED_PEOPLE = 80
"""So many that work goes on whole before the next process is killed."""
PROCESSES = {1: 8, 2: 13}
"""What a stack runs on one server and on two, with as many workers: each of them is killed once."""


def measure(*, whole: bool, quick: bool = False) -> None:
    """Tell how long drills last, one of 1,200 people too when asked for the whole, and the longest take-over."""
    for people, goal in GOALS_S.items():
        if people == max(GOALS_S) and not whole:
            continue
        found = _drill("--people", str(5 if quick else people))
        at_home, decisions = len(found["home_s"]), sum(count for _, count in found["decisions"])
        if at_home != people:
            raise SystemExit(f"{people - at_home} of {people} were not home when the drill ended; it measures nothing.")
        tell(f"drill_from_list_to_home_{people}", found["lasted_s"], "s", goal=goal, home=at_home, decisions=decisions)
    for servers in (1, 2) if whole else (1,):
        _take_over(servers, quick=quick)


def _take_over(servers: int, *, quick: bool) -> None:
    """Tell how long the longest way from a decision to what follows it was, while each process is killed once."""
    people, kills = (8, 2) if quick else (KILLED_PEOPLE, PROCESSES[servers])
    found = _drill("--people", str(people), "--kills", str(kills), servers=servers)
    # Whoever decided it or was told of it may have been killed in between.
    took = sorted(seconds for step in found["steps"] for seconds in step["to_next_s"])
    killed = {words.removesuffix(" killed") for words, _ in found["struck"] if words.endswith(" killed")}
    if len(killed) != kills or not (quick or killed == set(found["processes"])):
        missed = ", ".join(sorted(set(found["processes"]) - killed))
        raise SystemExit(f"Not killed: {missed}; the longest take-over is not known.")
    more = {"people": people, "killed": kills, "seed": found["seed"], "p50": round(took[len(took) // 2], 2)}
    suffix = "" if servers == 1 else f"_on_{servers}_servers"
    tell(f"decision_to_next_longest_with_each_process_killed{suffix}", took[-1], "s", goal=30, **more)


def _drill(*words: str, servers: int = 1) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        command = [services.program("homeward"), "drill", *words, "--to", folder, "--json"]
        env = {**os.environ, "HOMEWARD_SERVERS": str(servers), "HOMEWARD_WORKERS": str(servers)}
        done = subprocess.run(command, cwd=REPOSITORY, env=env, stdout=subprocess.PIPE, text=True, check=False)
        reports = list(Path(folder).glob("*.json"))
    if done.returncode != 0 or not reports:
        sys.stderr.write(done.stdout)
        raise SystemExit(f"A promise broke or the drill did not start: homeward drill {' '.join(words)}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told
