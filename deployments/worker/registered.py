"""
What prefect.yaml deploys to a work pool stands in the engine as defined; what was deleted, paused or changed is mended.

Anybody with the engine's password can press Delete or pause a schedule; then no case could start and no clock would
run, and nobody would notice.
"""

import logging
import os
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from deployments.stack import services
from models.message import AlarmKind
from tasks import alarms, engine
from tasks.settings import REPOSITORY

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Definition:
    """A deployment as prefect.yaml defines it."""

    name: str
    entrypoint: str
    pool: str
    schedules: frozenset[tuple[str, str]]
    """Each as its kind and how often, by one spelling."""

    @property
    def flow(self) -> str:
        """The flow's name, which is its function's."""
        return self.entrypoint.rpartition(".")[2]

    @property
    def words(self) -> str:
        """Flow and deployment, as the engine shows them."""
        return f"{self.flow}/{self.name}"


@cache
def definitions() -> tuple[Definition, ...]:
    """Return what prefect.yaml deploys."""
    deployed = yaml.safe_load((REPOSITORY / "prefect.yaml").read_text())["deployments"]
    return tuple(
        Definition(
            name=each["name"],
            entrypoint=each["entrypoint"],
            pool=each["work_pool"]["name"],
            schedules=frozenset(_spelt(schedule) for schedule in each.get("schedules", [])),
        )
        for each in deployed
    )


def entrypoint_of(flow: str) -> str | None:
    """Return where a flow lies by its name; for a run whose deployment was deleted, which keeps nothing else."""
    return next((each.entrypoint for each in definitions() if each.flow == flow), None)


def _spelt(schedule: dict[str, Any]) -> tuple[str, str]:
    if "cron" in schedule:
        return "cron", f"{schedule['cron']} {schedule.get('timezone') or 'UTC'}"
    if "interval" in schedule:
        return "interval", f"{float(schedule['interval']):.0f}"
    # Whatever else the engine takes was put there by somebody.
    return "other", repr(sorted(schedule))


def mend(pool: str) -> list[str]:
    """
    Register again what is defined for a pool and does not stand so in the engine; return what it was, after alarming.

    Registering twice only updates, so nothing is doubled; runs that wait keep waiting and are not touched.

    Raises:
        engine.EngineUnavailable: the engine does not answer.
        subprocess.SubprocessError: it did not take what was registered again.
    """
    found = differing(pool)
    for name in found:
        _logger.error("%s was deleted, paused or changed in the engine; it is registered again", name)
        alarms.sound_for_all(AlarmKind.deployment_changed, about=name)
    if found:
        _register_again(pool, found)
    return found


def differing(pool: str) -> list[str]:
    """Return what is defined for a pool and does not stand so in the engine, the pool itself last."""
    wanted = [each for each in definitions() if each.pool == pool]
    if not wanted:
        return []
    held, standing = engine.is_held(pool), engine.deployed_to(pool)
    deployments = [each.words for each in wanted if not any(_stands(each, found) for found in standing)]
    return [*deployments, *([] if held is False else [_words_of(pool)])]


def _stands(defined: Definition, found: dict[str, Any]) -> bool:
    """Return whether a deployment is the one defined, and every one of its runs is made, handed out, and can begin."""
    return (
        (found["name"], found["entrypoint"]) == (defined.name, defined.entrypoint)
        and not found["paused"]
        and found["global_concurrency_limit"] is None
        # A pool has more queues than the one that is watched for pauses.
        and found["work_queue_name"] in (None, engine.QUEUE)
        # A run that is given what its flow does not take fails before it begins, and so would every tick of a clock.
        and not any(part.get("parameters") for part in (found, *found["schedules"]))
        and all(schedule["active"] for schedule in found["schedules"])
        and frozenset(_spelt(schedule["schedule"]) for schedule in found["schedules"]) == defined.schedules
    )


def _register_again(pool: str, found: list[str]) -> None:
    # By the very commands the stack uses. They leave a pause and a limit as they are, which are lifted by themselves;
    # of what was found only, so that what somebody does meanwhile is found and told in the next round.
    held = engine.held_back(pool) if _words_of(pool) in found else []
    services.deploy(os.environ)
    lifted = {(each.name, each.entrypoint) for each in definitions() if each.words in found}
    for deployment in engine.deployed_to(pool):
        if (deployment["name"], deployment["entrypoint"]) in lifted:
            engine.release_deployment(deployment["id"])
    for path in held:
        engine.release(path)


def _words_of(pool: str) -> str:
    return f"work-pool/{pool}"
