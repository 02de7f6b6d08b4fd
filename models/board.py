"""The board: how long cases have stood where they are, and the colours that say so."""

from dataclasses import dataclass
from enum import StrEnum

import pendulum

from models.case import CaseStatus

AMBER_AFTER = pendulum.duration(hours=24)
RED_AFTER = pendulum.duration(hours=72)
"""How long a case may stand where it is before somebody looks why. Ours: a shift and a day; a long week-end."""

LAPSING_WITHIN = pendulum.duration(hours=12)
"""A hold that lapses so soon is on the board."""

LEAVING_WITHIN = pendulum.duration(hours=48)

UNDER_WAY = (
    CaseStatus.opened, CaseStatus.verified, CaseStatus.documented, CaseStatus.booked, CaseStatus.funded,
    CaseStatus.released,
)  # fmt: skip
"""What an open journey has reached, in its order."""


class Light(StrEnum):
    """How long a case has stood where it is."""

    green = "green"
    amber = "amber"
    red = "red"


def light(moved_at: pendulum.DateTime, *, at: pendulum.DateTime) -> Light:
    """Return the colour of a case that has stood since a moment; the limit itself is the next colour."""
    stood = at - moved_at
    if stood >= RED_AFTER:
        return Light.red
    return Light.amber if stood >= AMBER_AFTER else Light.green


@dataclass(frozen=True, slots=True)
class Standing:
    """How many cases have reached one status and stand there, by colour."""

    status: CaseStatus
    green: int = 0
    amber: int = 0
    red: int = 0

    @property
    def total(self) -> int:
        """How many there are in all."""
        return self.green + self.amber + self.red


@dataclass(frozen=True, slots=True)
class Took:
    """How long something took, among so many cases."""

    cases: int = 0
    p50_s: int | None = None
    """Seconds half of them needed at most; None where there is none."""
    p95_s: int | None = None
