"""The sheet, the only module that knows points, fonts and reportlab; millimetres count from the page's top left."""

import codecs
import hashlib
import io
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from itertools import groupby
from threading import Lock
from typing import Literal

import pendulum
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.pathobject import PDFPathObject

from tasks.papers import faces
from tasks.papers.faces import MAY_BREAK, Face, drawable, refuse_missing

__all__ = ["Face", "drawable", "refuse_missing"]

WIDTH_MM, HEIGHT_MM = 210.0, 297.0
"""A4. Source: ISO 216."""

_POINTS = 72 / 25.4
_EVEN_ODD = 0
"""reportlab's number for a path that is inside where an odd number of its parts lie."""

_LEAN = math.tan(math.radians(10))
_SHRINK_STEP = 0.1
_BREAKS = re.compile(r"[^\S\N{NO-BREAK SPACE}]+")
_HYPHENATED = re.compile(r"[^-]*-+|[^-]+")
_UNIT = re.compile("[\u1780-\u17b3](?:\u17d2[\u1780-\u17b3]|[\u17b4-\u17d1\u17d3\u17dd\u200c\u200d])*|.", re.DOTALL)
"""What no line break goes through: a character, or a Khmer consonant with all that stands around it."""

_TEXT_IS_INVISIBLE: Literal[3] = 3
_SAVING = Lock()


class Colour(StrEnum):
    """The house's colours; a paper uses no other."""

    ink = "#16232E"
    muted = "#5A6B79"
    hairline = "#C5D0D8"
    tint = "#F1F5F7"
    sea = "#1D5A70"
    pale = "#D8E6EC"
    faint = "#E9F1F4"
    alarm = "#A8392B"
    amber = "#D9A21B"
    leaf = "#4C9A6F"
    black = "#000000"
    white = "#FFFFFF"


@dataclass(frozen=True, slots=True)
class Type:
    """A style of type: face, size, line distance, colour."""

    face: Face
    size: float
    """Points."""
    leading_mm: float
    colour: Colour = Colour.ink
    smallest: float | None = None
    """Points to which a line may shrink to fit; None never shrinks."""
    leans: bool = False
    """Slanted by 10 degrees in place of an italic, which the Korean font does not have."""


TITLE = Type(Face.bold, 19, 8.0, smallest=14)
TITLE_LATIN = Type(Face.regular, 9, 4.4, Colour.muted)
NAME = Type(Face.bold, 13, 5.8, smallest=9)
NAME_LATIN = Type(Face.regular, 10, 4.6, Colour.ink, smallest=8)
SECTION = Type(Face.bold, 8.8, 4.4, Colour.sea)
SECTION_LATIN = Type(Face.regular, 7.6, 4.4, Colour.muted)
CAPTION = Type(Face.regular, 6.2, 2.9, Colour.muted, smallest=5)
CAPTION_LATIN = replace(CAPTION, leans=True)
VALUE = Type(Face.regular, 9.2, 4.3, smallest=7.6)
STRONG = Type(Face.bold, 9.2, 4.3, smallest=7.6)
CODE = Type(Face.bold, 17, 7.0, Colour.sea)
CODE_ALARM = Type(Face.bold, 17, 7.0, Colour.alarm)
HOUR = Type(Face.bold, 13, 5.6)
BODY = Type(Face.regular, 8.4, 4.1)
BODY_STRONG = Type(Face.bold, 8.4, 4.1, smallest=7)
# Where three languages stand side by side; Khmer hangs its signs below the line and needs more room.
KHMER = Type(Face.regular, 8.4, 5.0)
KHMER_STRONG = Type(Face.bold, 8.4, 5.0)
KHMER_TITLE = Type(Face.bold, 13, 7.6, Colour.sea)
CLOSE = Type(Face.regular, 7.4, 3.5)
CLOSE_STRONG = Type(Face.bold, 7.4, 3.5, smallest=6.4)
CLOSE_KHMER = Type(Face.regular, 7.2, 4.2)
CLOSE_KHMER_STRONG = Type(Face.bold, 7.2, 4.2, smallest=6.4)
SMALL = Type(Face.regular, 7.2, 3.5, Colour.muted)
TABLE = Type(Face.regular, 8, 3.8, smallest=6.8)
TABLE_STRONG = Type(Face.bold, 8, 3.8, smallest=6.8)
TABLE_ALARM = Type(Face.bold, 8, 3.8, Colour.alarm, smallest=6.8)
TABLE_NOTE = Type(Face.regular, 6.8, 3.3, Colour.muted, smallest=6)
FOOT = Type(Face.regular, 6.6, 3.0, Colour.muted, smallest=5)
DRILL = Type(Face.bold, 7.4, 3.4, Colour.alarm)
PANEL_TITLE = Type(Face.bold, 8, 3.2, Colour.sea)
PANEL_KHMER = Type(Face.bold, 7, 3.6, Colour.sea)
DATA_PAGE_TITLE = Type(Face.bold, 9.6, 4.2, Colour.sea)
# ICAO Doc 9303-3 §3.2 and §3.3: data at most 15 characters an inch (7.9 points with these digits), captions 1.0-1.8 mm.
PANEL_VALUE = Type(Face.bold, 9, 2.85, Colour.black, smallest=8)
PANEL_CAPTION = Type(Face.regular, 5, 1.8, Colour.muted)
# ICAO Doc 9303-3 §4.4: 10 characters an inch; the font's characters are 0.723 em wide.
MACHINE_READABLE = Type(Face.ocr_b, 7.2 / 0.723, 6.35, Colour.black)


class Align(StrEnum):
    """To which side of the given point a line of text extends."""

    left = "left"
    centre = "centre"
    right = "right"


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """Curved lines of a fixed drawing; made once, drawn often, hence compared by identity."""

    strands: tuple[tuple[tuple[float, float], ...], ...]
    """Each is a start and then control, control, end for every piece (cubic Bézier), in millimetres."""


class Sheet:
    """One document on its way to PDF bytes; the pages are drawn in order."""

    def __init__(
        self, *, title: str, moment: pendulum.DateTime, width: float = WIDTH_MM, height: float = HEIGHT_MM
    ) -> None:
        faces.load()
        self._file = io.BytesIO()
        self._canvas = Canvas(
            self._file,
            pagesize=(width * _POINTS, height * _POINTS),
            pageCompression=1,
            invariant=1,
            pdfVersion=(1, 7),
            # Without it reportlab lists Helvetica, which no page uses and nothing embeds.
            initialFontName=Face.regular.value,  # type: ignore[arg-type]  # the stub says float
            lang="ko-KR",
        )
        made = moment.in_timezone("UTC").format("[D:]YYYYMMDDHHmmss[Z]")
        # reportlab begins the file's identifier with the environment's SOURCE_DATE_EPOCH, if there is one.
        self._canvas._doc.signature = hashlib.blake2b(made.encode(), digest_size=16)  # type: ignore[attr-defined]
        self._canvas.setDateFormatter(lambda *_: made)
        self._canvas.setTitle(title)
        self._canvas.setAuthor("Homeward")
        self._canvas.setCreator("Homeward")
        self._canvas.setProducer("Homeward")
        self._canvas.setSubject("")
        self._canvas.setViewerPreference("DisplayDocTitle", "true")
        if height != HEIGHT_MM:
            # Everything counts from the top of an A4 page; a smaller page is its upper left corner.
            self._canvas.translate(0, (height - HEIGHT_MM) * _POINTS)

    def text(self, x: float, y: float, words: str, style: Type, *, align: Align = Align.left) -> None:
        """Write one line with its baseline at `y`; raise ValueError for a character the font does not have."""
        words = refuse_missing(words, style.face)
        shift = {Align.left: 0.0, Align.centre: 0.5, Align.right: 1.0}[align] * width_of(words, style)
        self._write(words, style, (x - shift) * _POINTS, (HEIGHT_MM - y) * _POINTS)

    def stamp(self, words: str, *, x: float, y: float, wide: float, angle: float, opacity: float) -> None:
        """Write translucent bold words, `wide` millimetres long, centred on a point and turned left by `angle`."""
        words = refuse_missing(words, Face.bold)
        size = wide / width_of(words, Type(Face.bold, 1, 0))
        with self._kept():
            self._canvas.setFillColor(_ink(Colour.alarm))
            self._canvas.setFillAlpha(opacity)
            self._canvas.translate(x * _POINTS, (HEIGHT_MM - y) * _POINTS)
            self._canvas.rotate(angle)
            self._canvas.setFont(Face.bold.value, size)
            self._canvas.drawCentredString(0, -0.35 * size, words)

    def line(self, x1: float, y1: float, x2: float, y2: float, *, colour: Colour, weight: float = 0.1) -> None:
        """Draw a straight line; `weight` in millimetres."""
        with self._kept():
            self._pen(colour, weight)
            self._canvas.line(x1 * _POINTS, (HEIGHT_MM - y1) * _POINTS, x2 * _POINTS, (HEIGHT_MM - y2) * _POINTS)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        edge: Colour | None = None,
        fill: Colour | None = None,
        weight: float = 0.1,
        corner: float = 0.0,
    ) -> None:
        """Draw a rectangle from its top left corner; `corner` is the radius."""
        with self._kept():
            if edge:
                self._pen(edge, weight)
            if fill:
                self._canvas.setFillColor(_ink(fill))
            place = (x * _POINTS, (HEIGHT_MM - y - height) * _POINTS, width * _POINTS, height * _POINTS)
            self._canvas.roundRect(*place, corner * _POINTS, stroke=int(edge is not None), fill=int(fill is not None))

    def disc(
        self,
        x: float,
        y: float,
        radius: float,
        *,
        edge: Colour | None = None,
        fill: Colour | None = None,
        weight: float = 0.1,
    ) -> None:
        """Draw a circle around a point."""
        with self._kept():
            if edge:
                self._pen(edge, weight)
            if fill:
                self._canvas.setFillColor(_ink(fill))
            place = (x * _POINTS, (HEIGHT_MM - y) * _POINTS, radius * _POINTS)
            self._canvas.circle(*place, stroke=int(edge is not None), fill=int(fill is not None))

    def curves(self, drawing: Drawing, *, colour: Colour, weight: float) -> None:
        """Draw the strands of a drawing; `weight` in millimetres."""
        with self._kept():
            self._pen(colour, weight)
            self._canvas.drawPath(_path_of(drawing), stroke=1, fill=0)

    def bar_code(self, rows: Sequence[Sequence[bool]], x: float, y: float, *, module: float) -> None:
        """Draw the dark modules of a bar code, each a square of `module` millimetres."""
        modules = self._canvas.beginPath()
        for row, line in enumerate(rows):
            begins = 0
            for dark, run in groupby(line):
                ends = begins + len(list(run))
                if dark:
                    left, below = x + begins * module, HEIGHT_MM - y - (row + 1) * module
                    modules.rect(left * _POINTS, below * _POINTS, (ends - begins) * module * _POINTS, module * _POINTS)
                begins = ends
        with self._kept():
            self._canvas.setFillColor(_ink(Colour.black))
            # One path, so that no viewer shows seams between neighbours.
            self._canvas.drawPath(modules, stroke=0, fill=1)

    def picture(self, jpeg: bytes, x: float, y: float, width: float, height: float) -> None:
        """Draw a JPEG picture into a rectangle of its own proportions."""
        place = (x * _POINTS, (HEIGHT_MM - y - height) * _POINTS, width * _POINTS, height * _POINTS)
        self._canvas.drawImage(ImageReader(io.BytesIO(jpeg)), *place)

    @contextmanager
    def within(self, x: float, y: float, width: float, height: float) -> Iterator[None]:
        """Draw only inside a rectangle."""
        with self._clipped((x, y, width, height)):
            yield

    @contextmanager
    def around(self, x: float, y: float, width: float, height: float) -> Iterator[None]:
        """Draw only outside a rectangle."""
        with self._clipped((0, 0, WIDTH_MM, HEIGHT_MM), (x, y, width, height)):
            yield

    def next_page(self) -> None:
        """End this page and begin another."""
        self._canvas.showPage()

    def finish(self) -> bytes:
        """End the document and return its bytes."""
        # reportlab reads the font file through one cursor a font while it makes the subsets.
        with _SAVING:
            self._canvas.save()
        return self._file.getvalue()

    def _write(self, words: str, style: Type, x: float, y: float) -> None:
        """Write a line from a point on, piece by piece in the face each needs; points, from the bottom left."""
        for run in faces.runs(words, style.face):
            if run.is_khmer:
                self._write_khmer(run, style, x, y)
            else:
                line = self._canvas.beginText()
                line.setTextTransform(1, 0, _LEAN if style.leans else 0, 1, x, y)
                line.setFont(run.face.value, style.size)
                line.setFillColor(_ink(style.colour))
                line.textOut(run.words)
                self._canvas.drawText(line)
            x += faces.width_in_ems(run.words, style.face) * style.size

    def _write_khmer(self, run: faces.Run, style: Type, x: float, y: float) -> None:
        """Draw the outlines of a shaped piece, with its characters unseen beneath for whoever reads or searches."""
        shaped, scale = faces.shape(run), style.size / 1000
        with self._kept():
            self._canvas.setFillColor(_ink(style.colour))
            self._canvas.transform(scale, 0, _LEAN * scale if style.leans else 0, scale, x, y)
            for glyph in shaped.glyphs:
                if path := faces.outline(run.face, glyph.id):
                    self._canvas.addLiteral(f"q 1 0 0 1 {glyph.x} {glyph.y} cm {path} f Q")
        spoken = (codecs.BOM_UTF16_BE + run.words.encode("utf-16-be")).hex()
        self._canvas.addLiteral(f"/Span <</ActualText <{spoken}>>> BDC")
        unseen = self._canvas.beginText()
        unseen.setTextTransform(1, 0, 0, 1, x, y)
        unseen.setFont(run.face.value, style.size)
        unseen.setTextRenderMode(_TEXT_IS_INVISIBLE)
        unseen.setHorizScale(100 * shaped.advance / 1000 / pdfmetrics.stringWidth(run.words, run.face.value, 1))
        unseen.textOut(run.words)
        unseen.setHorizScale(100)
        unseen.setTextRenderMode(0)
        self._canvas.drawText(unseen)
        self._canvas.addLiteral("EMC")

    @contextmanager
    def _kept(self) -> Iterator[None]:
        """Leave the pen, the colours and the grid as they were."""
        self._canvas.saveState()
        yield
        self._canvas.restoreState()

    @contextmanager
    def _clipped(self, *rectangles: tuple[float, float, float, float]) -> Iterator[None]:
        """Draw only where an odd number of the rectangles lie."""
        with self._kept():
            border = self._canvas.beginPath()
            for x, y, width, height in rectangles:
                border.rect(x * _POINTS, (HEIGHT_MM - y - height) * _POINTS, width * _POINTS, height * _POINTS)
            self._canvas.clipPath(border, stroke=0, fill=0, fillMode=_EVEN_ODD)
            yield

    def _pen(self, colour: Colour, weight: float) -> None:
        self._canvas.setStrokeColor(_ink(colour))
        self._canvas.setLineWidth(weight * _POINTS)


def width_of(words: str, style: Type) -> float:
    """Return the length of a line in millimetres; raise ValueError for a character the font does not have."""
    words = refuse_missing(words, style.face)
    return _measured(words, style)


def _measured(words: str, style: Type) -> float:
    """Return the length of a line whose characters are known to be there."""
    return faces.width_in_ems(faces.composed(words), style.face) * style.size / _POINTS


def em_of(style: Type) -> float:
    """Return the size of the type in millimetres."""
    return style.size / _POINTS


def ascent_of(style: Type) -> float:
    """Return how far the type reaches above its baseline, in millimetres."""
    return em_of(style) * 0.92


def wrapped(words: str, style: Type, width: float) -> tuple[str, ...]:
    """
    Return the words in lines of at most `width` millimetres; only a word wider than a line is broken inside.

    A line may end at a blank and at a zero-width space.
    """
    refuse_missing(words, style.face)
    lines = [""]
    for between, word in _words(words):
        longer = f"{lines[-1]}{between}{word}".lstrip()
        if _measured(longer, style) <= width:
            lines[-1] = longer
            continue
        *full, last = _pieces(word, style, width)
        lines += [*full, last]
    return tuple(lines[1:] if not lines[0] and len(lines) > 1 else lines)


def fitted(words: str, style: Type, width: float, *, lines: int = 1) -> tuple[Type, tuple[str, ...]]:
    """
    Return the style and the lines in which words fit a column: shrunk first, and at the smallest size wrapped.

    At the smallest size there may be more than `lines` lines; nothing is ever cut.
    """
    smallest = style.size if style.smallest is None else style.smallest
    steps = max(0, math.ceil((style.size - smallest) / _SHRINK_STEP))
    ems = faces.width_in_ems(refuse_missing(words, style.face), style.face)
    for step in range(steps):
        shrunk = replace(style, size=style.size - step * _SHRINK_STEP)
        if lines == 1:
            if ems * shrunk.size / _POINTS <= width:
                return shrunk, (words,)
        elif len(wrapped(words, shrunk, width)) <= lines:
            return shrunk, wrapped(words, shrunk, width)
    shrunk = replace(style, size=smallest)
    return shrunk, wrapped(words, shrunk, width)


def _words(words: str) -> Iterator[tuple[str, str]]:
    """Return each unbreakable word with what stands before it in a line."""
    # A no-break space holds together what `split` would part.
    for word in _BREAKS.split(words.strip()):
        first, *others = word.split(MAY_BREAK)
        yield " ", first
        yield from (("", other) for other in others)


def _pieces(word: str, style: Type, width: float) -> Sequence[str]:
    """Return a word in pieces that each fit a line, broken after hyphens where that is enough."""
    pieces = [""]
    for part in _HYPHENATED.findall(word):
        for unit in [part] if _measured(part, style) <= width else _UNIT.findall(part):
            if pieces[-1] and _measured(pieces[-1] + unit, style) > width:
                pieces.append("")
            pieces[-1] += unit
    return pieces


@cache
def _ink(colour: Colour) -> Color:
    return HexColor(colour.value)


@cache
def _path_of(drawing: Drawing) -> PDFPathObject:
    path = PDFPathObject()
    for start, *rest in drawing.strands:
        path.moveTo(*_points(start))
        for place in range(0, len(rest), 3):
            path.curveTo(*(number for point in rest[place : place + 3] for number in _points(point)))
    return path


def _points(point: tuple[float, float]) -> tuple[float, float]:
    return round(point[0] * _POINTS, 2), round((HEIGHT_MM - point[1]) * _POINTS, 2)
