"""The house's own fine-line ornament, calculated: no emblem of any State, the same lines every time."""

import math
from collections.abc import Callable
from functools import cache

from tasks.papers.page import Drawing

_NUDGE = 1e-4
"""Step of the parameter for a numeric tangent; the curves are smooth, so any small one does."""


@cache
def rosette(x: float, y: float, *, inner: float, outer: float, lobes: int, strands: int) -> Drawing:
    """Return interlaced closed waves between two circles around a point."""
    middle, swing = (inner + outer) / 2, (outer - inner) / 2

    def strand(shift: float) -> Callable[[float], tuple[float, float]]:
        def at(turn: float) -> tuple[float, float]:
            radius = middle + swing * math.sin(lobes * turn + shift)
            return x + radius * math.cos(turn), y + radius * math.sin(turn)

        return at

    return Drawing(
        tuple(_curve(strand(math.tau * number / strands), 0.0, math.tau, pieces=lobes * 6) for number in range(strands))
    )


@cache
def waves(
    x: float, y: float, *, width: float, height: float, strands: int, period: float, swing: float, drift: float
) -> Drawing:
    """
    Return waves across a rectangle, one below the other.

    `swing` is how far a wave leaves its line; `drift` shifts each wave against the one above, in turns.
    """
    gap = (height - 2 * swing) / max(1, strands - 1)

    def strand(number: int) -> Callable[[float], tuple[float, float]]:
        rest, shift = y + swing + number * gap, math.tau * drift * number

        def at(across: float) -> tuple[float, float]:
            swell = 0.65 + 0.35 * math.cos(math.tau * (across - x) / width * 2 + shift / 3)
            return across, rest + swing * swell * math.sin(math.tau * (across - x) / period + shift)

        return at

    pieces = math.ceil(width / period * 4)
    return Drawing(tuple(_curve(strand(number), x, x + width, pieces=pieces) for number in range(strands)))


def _curve(
    at: Callable[[float], tuple[float, float]], start: float, end: float, *, pieces: int
) -> tuple[tuple[float, float], ...]:
    """Return a curve as Bézier pieces that share the curve's tangents at their ends."""
    step = (end - start) / pieces
    points = [at(start)]
    for piece in range(pieces):
        here, there = start + piece * step, start + (piece + 1) * step
        (hx, hy), (tx, ty) = at(here), at(there)
        (hdx, hdy), (tdx, tdy) = _tangent(at, here), _tangent(at, there)
        points += [
            (hx + hdx * step / 3, hy + hdy * step / 3),
            (tx - tdx * step / 3, ty - tdy * step / 3),
            (tx, ty),
        ]
    return tuple(points)


def _tangent(at: Callable[[float], tuple[float, float]], where: float) -> tuple[float, float]:
    (x1, y1), (x2, y2) = at(where - _NUDGE), at(where + _NUDGE)
    return (x2 - x1) / (2 * _NUDGE), (y2 - y1) / (2 * _NUDGE)
