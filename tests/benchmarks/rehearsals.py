"""Drills from a field list to home, and how soon work goes on when something is killed."""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from deployments.drill.trouble import VICTIMS
from deployments.stack import services
from tasks.settings import REPOSITORY
from tests.benchmarks.results import tell

GOALS_S = {73: 300, 1200: 3600}
"""A charter's people, and a whole country's."""
KILLED_PEOPLE = 80
"""So many that work goes on whole before the next process is killed."""


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
    people, kills = (8, 2) if quick else (KILLED_PEOPLE, len(VICTIMS))
    found = _drill("--people", str(people), "--kills", str(kills))
    # From a decision to what follows it; whoever decided it or was told of it may have been killed in between.
    took = sorted(seconds for step in found["steps"] for seconds in step["to_next_s"])
    killed = sum(count for words, count in found["struck"] if words.endswith(" killed"))
    if killed != kills:
        raise SystemExit(f"{killed} of {kills} processes were killed; the longest take-over is not known.")
    more = {"people": people, "killed": killed, "seed": found["seed"], "p50": round(took[len(took) // 2], 2)}
    tell("decision_to_next_longest_with_each_process_killed", took[-1], "s", goal=30, **more)


def _drill(*words: str) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        command = [services.program("homeward"), "drill", *words, "--to", folder, "--json"]
        done = subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=False)
        reports = list(Path(folder).glob("*.json"))
    if done.returncode != 0 or not reports:
        sys.stderr.write(done.stdout)
        raise SystemExit(f"A promise broke or the drill did not start: homeward drill {' '.join(words)}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told
