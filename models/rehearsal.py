"""A drill's report: how many came home how fast, what went wrong on the way, and whether every promise held."""

import math
from dataclasses import dataclass

import pendulum

from models.case import Step


def percentile(values: list[float], share: float) -> float | None:
    """Return the value that so large a share of the values does not exceed (nearest rank); None of no values."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else None


@dataclass(frozen=True, slots=True)
class StepTimes:
    """How long a step kept its officers and the system."""

    step: Step
    questions: int
    to_decide_s: tuple[float, ...]
    """From each question shown to its decision, seconds."""
    to_next_s: tuple[float, ...]
    """From each decision to the next question shown, or the journey's end, seconds."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One thing that must hold whatever went wrong."""

    words: str
    """What was promised, in English, as the report prints it."""
    words_ko: str
    holds: bool
    found: str
    """What was counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What came of a drill."""

    operation: str
    seed: int
    people: int
    began_at: pendulum.DateTime
    ended_at: pendulum.DateTime
    opened_s: float
    """How long the list, the words and the portraits took."""
    home_s: tuple[float, ...]
    """From the start of the operation to each person's handoff, seconds."""
    waiting: tuple[tuple[str, Step], ...]
    """Who waits for a person's answer at the end: reference and step."""
    decisions: tuple[tuple[str, int], ...]
    """Decisions by door."""
    steps: tuple[StepTimes, ...]
    processes: tuple[str, ...]
    """What ran, and could be killed."""
    struck: tuple[tuple[str, int], ...]
    """What went wrong, and how often."""
    alarms: tuple[tuple[str, int], ...]
    """Alarms that stood at the end, by kind."""
    promises: tuple[Promise, ...]

    @property
    def holds(self) -> bool:
        """Whether every promise held."""
        return all(promise.holds for promise in self.promises)

    @property
    def lasted_s(self) -> float:
        """From the first row of the list to the last handoff or answer, seconds."""
        return (self.ended_at - self.began_at).total_seconds()
