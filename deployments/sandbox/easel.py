"""
A drawing surface for the portraits: smooth shapes, round strokes, soft shades.

Coordinates are pixels of the picture. A shape is drawn three times as large and reduced, so that its edge is smooth;
one that is blurred anyway is drawn as it is. Each touches only its own rectangle, so that a hundred of them stay fast.
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Point = tuple[float, float]
Points = Sequence[Point]
Box = tuple[int, int, int, int]

FINE = 3
"""How much larger a shape with a sharp edge is drawn."""


@dataclass(frozen=True)
class Mask:
    """A shape: how much of it covers each pixel of its rectangle of the picture."""

    cover: Image.Image
    box: Box

    def within(self, other: "Mask") -> "Mask":
        """Return the part of this shape that lies inside the other."""
        return Mask(ImageChops.multiply(self.cover, other.over(self.box)), self.box)

    def without(self, other: "Mask") -> "Mask":
        """Return the part of this shape that lies outside the other."""
        return Mask(ImageChops.multiply(self.cover, ImageChops.invert(other.over(self.box))), self.box)

    def over(self, box: Box) -> Image.Image:
        """Return the cover of another rectangle, empty where this shape does not reach."""
        cover = Image.new("L", (box[2] - box[0], box[3] - box[1]), 0)
        cover.paste(self.cover, (self.box[0] - box[0], self.box[1] - box[1]))
        return cover


class Easel:
    """One picture being drawn."""

    def __init__(self, width: int, height: int, background: Colour) -> None:
        self._picture = Image.new("RGB", (width, height), background)

    def shape(self, points: Points, *, blur: float = 0) -> Mask:
        """Return the area inside the points, its edge softened by so many pixels."""
        box = self._box(points, margin=3 * blur + 2)
        scale = 1 if blur >= 1 else FINE
        cover = _empty(box, scale)
        ImageDraw.Draw(cover).polygon(_placed(points, box, scale), fill=255)
        return Mask(_blurred(cover.reduce(scale), blur), box)

    def lines(self, curves: Sequence[Points], *, width: float, blur: float = 0) -> Mask:
        """Return the area of round-ended lines along the curves."""
        box = self._box([point for curve in curves for point in curve], margin=width + 3 * blur + 2)
        cover = _empty(box, FINE)
        pen = ImageDraw.Draw(cover)
        radius = width * FINE / 2
        for curve in curves:
            placed = _placed(curve, box, FINE)
            pen.line(placed, fill=255, width=round(width * FINE), joint="curve")
            for x, y in (placed[0], placed[-1]):
                pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
        return Mask(_blurred(cover.reduce(FINE), blur), box)

    def fill(self, mask: Mask, colour: Colour, *, strength: float = 1) -> None:
        """Lay the colour over the shape; a strength below one lets the picture shine through."""
        cover = mask.cover if strength == 1 else mask.cover.point([round(value * strength) for value in range(256)])
        self._picture.paste(colour, mask.box, cover)

    def shade(
        self, points: Points, colour: Colour, *, strength: float, blur: float, within: Mask | None = None
    ) -> None:
        """Lay a soft patch of colour over the picture."""
        patch = self.shape(points, blur=blur)
        self.fill(patch if within is None else patch.within(within), colour, strength=strength)

    def jpeg(self, *, dpi: int) -> bytes:
        """Return the picture."""
        out = io.BytesIO()
        self._picture.save(out, format="JPEG", quality=92, dpi=(dpi, dpi), subsampling=0)
        return out.getvalue()

    def _box(self, points: Points, *, margin: float) -> Box:
        width, height = self._picture.size
        left, top = min(x for x, _ in points) - margin, min(y for _, y in points) - margin
        right, bottom = max(x for x, _ in points) + margin, max(y for _, y in points) + margin
        return (
            max(0, math.floor(left)),
            max(0, math.floor(top)),
            min(width, math.ceil(right)),
            min(height, math.ceil(bottom)),
        )


def _empty(box: Box, scale: int) -> Image.Image:
    return Image.new("L", ((box[2] - box[0]) * scale, (box[3] - box[1]) * scale), 0)


def _placed(points: Points, box: Box, scale: int) -> list[Point]:
    return [((x - box[0]) * scale, (y - box[1]) * scale) for x, y in points]


def _blurred(cover: Image.Image, radius: float) -> Image.Image:
    """Return the cover blurred; a wide blur has no detail left, so it is made on a smaller copy."""
    if radius == 0:
        return cover
    if radius <= 6:
        return cover.filter(ImageFilter.GaussianBlur(radius))
    shrink = int(radius // 3)
    small = cover.resize((max(1, cover.width // shrink), max(1, cover.height // shrink)), Image.Resampling.BOX)
    return small.filter(ImageFilter.GaussianBlur(radius / shrink)).resize(cover.size, Image.Resampling.BILINEAR)


def oval(x: float, y: float, half_width: float, half_height: float) -> list[Point]:
    """Return the outline of an ellipse around the point."""
    turns = [2 * math.pi * step / 48 for step in range(48)]
    return [(x + half_width * math.cos(turn), y + half_height * math.sin(turn)) for turn in turns]


def curve(points: Points, steps: int = 10) -> list[Point]:
    """Return a smooth line through the points (Catmull-Rom)."""
    padded = [points[0], *points, points[-1]]
    line: list[Point] = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for step in range(steps):
            t = step / steps
            x, y = (
                0.5 * (2 * b[i] + (c[i] - a[i]) * t + (2 * a[i] - 5 * b[i] + 4 * c[i] - d[i]) * t**2
                       + (3 * b[i] - a[i] - 3 * c[i] + d[i]) * t**3)
                for i in (0, 1)
            )  # fmt: skip
            line.append((x, y))
    return [*line, points[-1]]


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """Return the first colour with a share of the second in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue
