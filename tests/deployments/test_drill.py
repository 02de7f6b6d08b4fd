"""Drills: synthetic people home by scripted officers while partners fail and processes are killed."""

import json
import os
import random
import subprocess
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pendulum
import pytest

from deployments.drill import cast, trouble
from models.case import Step
from models.rehearsal import Promise, Rehearsal, StepTimes, percentile
from tasks.papers import drill_report
from tests.deployments.test_cluster import PROGRAMS
from tests.deployments.test_stack import HOMEWARD
from tests.papers.reading import words_of

SEED = int(os.environ.get("HOMEWARD_SEED", str(random.SystemRandom().randrange(1, 10**6))))


PROCESSES = ("archive", "desk", "exporter", "keeper", "postgres", "prefect", "sandbox", "sealer", "signer", "worker")
SEVERAL = {"HOMEWARD_SERVERS": "2", "HOMEWARD_WORKERS": "2"}


def rehearsal(people: int, *, kills: int, to: Path, **variables: str) -> dict[str, Any]:
    """Rehearse with faults and kills of this run's seed and the databases lost in the middle; return the report."""
    done = subprocess.run(
        [HOMEWARD, "drill", "--people", str(people), "--faults", str(SEED), "--kills", str(kills), "--to", str(to),
         "--lose-disk", "--json"],
        env={**os.environ, **variables}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    print(done.stderr)  # noqa: T201 - the seed and what was killed, when it fails
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("people", "kills", "variables"),
    [
        (3, 3, {}),
        pytest.param(100, 2 * len(PROCESSES), {}, marks=pytest.mark.long),
        pytest.param(
            100, 15, SEVERAL, marks=[
                pytest.mark.long,
                pytest.mark.skipif(not PROGRAMS, reason="redis-server and haproxy are not installed here"),
            ],
        ),
    ],
    ids=["three", "a hundred", "a hundred on two servers"],
)  # fmt: skip
def test_whatever_fails_is_killed_or_restored_everybody_is_home_or_waits_and_nothing_is_done_twice(
    people: int, kills: int, variables: dict[str, str], tmp_path: Path
) -> None:
    found = rehearsal(people, kills=kills, to=tmp_path, **variables)

    assert found["seed"] == SEED
    assert found["holds"] is True, found["promises"]
    home, waiting = found["home_s"], found["waiting"]
    assert len(home) + len(waiting) == people
    assert ["the disk lost, and restored", 1] in found["struck"]
    assert len(home) >= people * 0.9 - 1, waiting
    if people > kills:
        # Of three people the last kills may find nobody left on the way.
        killed = Counter({words: count for words, count in found["struck"] if words.endswith(" killed")})
        assert killed.total() == kills, found["struck"]
        assert killed.keys() == {f"{name} killed" for name in found["processes"]}
    if not variables:
        assert found["processes"] == list(PROCESSES)
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".pdf"}


def test_one_seed_plans_the_same_trouble_again_and_every_process_has_its_turn() -> None:
    def planned(seed: int) -> list[trouble.Trouble]:
        return trouble.plan(seed, people=100, faults=True, kills=len(PROCESSES), among=PROCESSES)

    plan = planned(SEED)

    assert plan == planned(SEED)
    assert plan != planned(SEED + 1)
    assert {each.victim for each in plan if each.victim} == set(PROCESSES)
    assert [each.after for each in plan] == sorted(each.after for each in plan)


def test_without_faults_the_partners_answer_and_each_kill_has_its_own_time() -> None:
    plan = trouble.plan(SEED, people=100, faults=False, kills=len(PROCESSES), among=PROCESSES, loses_disk=True)

    assert not any(each.fault for each in plan)
    assert [each.after for each in plan if each.victim == trouble.DISK] == [0.5]
    moments = [each.after for each in plan if each.victim != trouble.DISK]
    assert min(later - earlier for earlier, later in pairwise(moments)) > 0.08


def test_one_seed_draws_the_same_people_and_no_two_of_a_name() -> None:
    drawn = cast.drawn(200, seed=SEED)

    assert drawn == cast.drawn(200, seed=SEED)
    assert len({person["surname_hangul"] + person["given_hangul"] for person in drawn}) == len(drawn)
    assert {person["lookout"] for person in drawn} == {None}


@pytest.mark.parametrize(
    ("words", "mode", "code", "why"),
    [
        (("--kills", "-1"), "drill", 2, "greater than or equal to 0"),
        (("--people", "0"), "drill", 2, "greater than or equal to 1"),
        (("--people", "3000", "--faults", "7"), "live", 1, "run it where HOMEWARD_MODE is drill"),
    ],
)
def test_a_drill_that_cannot_be_says_why(words: tuple[str, ...], mode: str, code: int, why: str) -> None:
    done = subprocess.run(
        [HOMEWARD, "drill", *words], env={**os.environ, "HOMEWARD_MODE": mode}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip

    assert done.returncode == code
    assert why in " ".join(done.stderr.split())


def test_the_report_says_which_promise_was_broken_and_who_waits() -> None:
    began = pendulum.datetime(2026, 11, 28, 0, 0)
    found = Rehearsal(
        operation="drill-20261128-000000", seed=SEED, people=3, began_at=began, ended_at=began.add(seconds=185),
        opened_s=4.2, home_s=(60.0, 90.5), waiting=(("KHM-2026-0003", Step.help),), decisions=(("cli", 9),),
        steps=(StepTimes(Step.booking, 3, (0.4, 0.5, 2.0), (1.0, 2.0, 3.0)),), processes=PROCESSES,
        struck=(("worker killed", 2),), alarms=(),
        promises=(Promise("One receipt", "인수증 하나", holds=False, found="3 receipts, 2 home"),),
    )  # fmt: skip

    text = words_of(drill_report.render(found))

    for words in ("3 min 05 s", "BROKEN", "3 receipts, 2 home", "worker killed", "KHM-2026-0003 (Help)", "1 min 30 s"):
        assert words in text
    assert not found.holds


@pytest.mark.parametrize(("share", "value"), [(0.5, 2.0), (0.95, 4.0), (0.0, 1.0), (1.0, 4.0)])
def test_a_percentile_is_a_value_that_was_measured(share: float, value: float) -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], share) == value
    assert percentile([], share) is None
