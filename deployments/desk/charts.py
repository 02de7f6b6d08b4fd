"""Charts: where each bar of a drawing lies; the templates draw them as SVG, so that nothing is loaded to see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from models.board import Light, Standing

WIDTH = 640
"""Units of a drawing across; it is as wide as its place on the page."""

_ROW, _BAR = 34, 20
_LABEL, _NUMBER = 150, 52


@dataclass(frozen=True, slots=True)
class Part:
    """One colour of a bar."""

    light: Light
    count: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a drawing: a status with its colours, beside each other."""

    standing: Standing
    y: int
    parts: tuple[Part, ...]
    ends: float


def bars(standing: Sequence[Standing]) -> list[Bar]:
    """Return a bar a status; the longest takes all the room there is."""
    most = max((each.total for each in standing), default=0) or 1
    room = WIDTH - _LABEL - _NUMBER
    found = []
    for line, each in enumerate(standing):
        x, parts = float(_LABEL), []
        for light in (Light.red, Light.amber, Light.green):
            count = getattr(each, light.value)
            # Nobody is too few to be seen.
            width = max(3.0, room * count / most) if count else 0.0
            parts.append(Part(light, count, round(x, 1), round(width, 1)))
            x += width
        found.append(Bar(each, line * _ROW + 8, tuple(part for part in parts if part.count), round(x, 1)))
    return found


@dataclass(frozen=True, slots=True)
class Column:
    """One day."""

    day: date
    count: int
    x: float
    y: float
    width: float
    height: float


_FLOOR, _TALLEST = 132, 100


def columns(days: Sequence[tuple[date, int]]) -> list[Column]:
    """Return a column a day, from left to right; the tallest takes all the room there is."""
    most = max((count for _, count in days), default=0) or 1
    step = WIDTH / max(1, len(days))
    return [
        Column(
            day, count, round(place * step + 5, 1), round(_FLOOR - _TALLEST * count / most, 1), round(step - 10, 1),
            round(_TALLEST * count / most, 1),
        )
        for place, (day, count) in enumerate(days)
    ]  # fmt: skip
