"""
The fonts of `fonts/`: which face draws which character, and how Khmer is shaped.

reportlab places one glyph after the other, which Khmer is not: vowels stand before, above, below and around their
consonant, and a second consonant hangs under the first. HarfBuzz says which glyphs stand where; the page draws their
outlines. Source: the OpenType specification's Khmer script development.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from threading import Lock

import uharfbuzz as harfbuzz  # type: ignore[import-untyped]  # it ships no types
from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

MAY_BREAK = "\u200b"
"""Zero-width space: Khmer has no blanks between words, so our own texts say where a line may end. It is not drawn."""

_FONTS = Path(__file__).parent / "fonts"
_INVISIBLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
_KHMER_CHARACTERS = "\u1780-\u17ff\u19e0-\u19ff"
_KHMER_WORD = rf"[{_KHMER_CHARACTERS}][{_KHMER_CHARACTERS}\u200c\u200d]*"
_KHMER = re.compile(rf"{_KHMER_WORD}(?: +{_KHMER_WORD})*")
"""Blanks between two Khmer words are Khmer too, so that a phrase is shaped and read back as one."""

_NOTHING_HANGS = re.compile("\u17d2(?![\u1780-\u17b3])")
"""The sign that hangs the next consonant under this one, and no consonant."""

_JOINERS = {0x200C, 0x200D}
_DOTTED_CIRCLE = 0x25CC
_LOADING = Lock()


class Face(StrEnum):
    """The fonts of `fonts/`, by file name."""

    regular = "NanumGothic"
    bold = "NanumGothicBold"
    ocr_b = "OCRB"
    khmer = "NotoSansKhmer-Regular"
    khmer_bold = "NotoSansKhmer-Bold"


_KHMER_BESIDE = {Face.regular: Face.khmer, Face.bold: Face.khmer_bold}
"""The face that draws the Khmer within a line of another one."""


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line that one face draws."""

    words: str
    face: Face

    @property
    def is_khmer(self) -> bool:
        """Whether the piece must be shaped."""
        return self.face in (Face.khmer, Face.khmer_bold)


@dataclass(frozen=True, slots=True)
class Glyph:
    """A glyph at its place on the baseline; units of a thousandth of the type's size."""

    id: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Shaped:
    """A piece of Khmer as it is drawn; `advance` in thousandths of the type's size."""

    glyphs: tuple[Glyph, ...]
    advance: int


def load() -> None:
    """Make the fonts known to reportlab; done once a process."""
    with _LOADING:
        _fonts()


class Undrawable(ValueError):
    """Words in which a character has no glyph, or Khmer signs have no readable order."""


def refuse_missing(words: str, face: Face) -> str:
    """
    Return the words as they are drawn, composed (NFC), when the face or its Khmer companion has every character.

    Raises:
        Undrawable: names the code points without a glyph; reportlab would leave them out and say nothing. Or Khmer
            signs in an order that no reader expects, which would be drawn around a dotted circle.
    """
    words = composed(words)
    missing = sorted({character for character in words if not _has(character, face)})
    if missing:
        named = ", ".join(f"U+{ord(character):04X}" for character in missing)
        raise Undrawable(f"the font {face.value} has no glyph for {named}")
    for run in runs(words, face):
        if run.is_khmer and _is_broken(run):
            raise Undrawable("Khmer signs stand in an order that cannot be drawn; write the word anew")
    return words


def drawable(words: str, face: Face) -> str:
    """
    Return words of somebody else's that only inform, with `?` for each character the face lacks.

    Never for what a paper certifies: a name with a hole in it is refused, not drawn.
    """
    known = "".join(c if _has(c, face) else "?" for c in composed(words))
    return "".join("?" if run.is_khmer and _is_broken(run) else run.words for run in runs(known, face))


def runs(words: str, face: Face) -> Iterator[Run]:
    """Return the words in pieces, each with the face that draws it."""
    beside, end = _KHMER_BESIDE.get(face), 0
    for khmer in _KHMER.finditer(words) if beside else ():
        if khmer.start() > end:
            yield Run(words[end : khmer.start()], face)
        yield Run(khmer[0], beside or face)
        end = khmer.end()
    if end < len(words):
        yield Run(words[end:], face)


def shape(run: Run) -> Shaped:
    """Return the glyphs of a Khmer piece with their places."""
    buffer = harfbuzz.Buffer()
    buffer.add_str(run.words)
    buffer.script, buffer.direction, buffer.language = "Khmr", "ltr", "km"
    harfbuzz.shape(_shaper(run.face), buffer)
    glyphs, at = [], 0
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        glyphs.append(Glyph(info.codepoint, at + position.x_offset, position.y_offset))
        at += position.x_advance
    return Shaped(tuple(glyphs), at)


def width_in_ems(words: str, face: Face) -> float:
    """Return the length of a line in ems; the words are such as `refuse_missing` returns."""
    return sum(
        shape(run).advance / 1000 if run.is_khmer else pdfmetrics.stringWidth(run.words, run.face.value, 1)
        for run in runs(words, face)
    )


@cache
def outline(face: Face, glyph_id: int) -> str:
    """Return a glyph's outline in PDF path operators, in thousandths of the type's size; empty for a blank."""
    parts: list[str] = []
    at = (0.0, 0.0)

    def move(x: float, y: float, _: object) -> None:
        nonlocal at
        at = (x, y)
        parts.append(f"{_written(x, y)} m")

    def line(x: float, y: float, _: object) -> None:
        nonlocal at
        at = (x, y)
        parts.append(f"{_written(x, y)} l")

    def quadratic(x1: float, y1: float, x: float, y: float, _: object) -> None:
        nonlocal at
        # PDF has cubic curves only: the same curve by its two control points.
        begins = [start + 2 / 3 * (control - start) for start, control in zip(at, (x1, y1), strict=True)]
        ends = [end + 2 / 3 * (control - end) for end, control in zip((x, y), (x1, y1), strict=True)]
        at = (x, y)
        parts.append(f"{_written(*begins, *ends, x, y)} c")

    pen = harfbuzz.DrawFuncs()
    pen.set_move_to_func(move)
    pen.set_line_to_func(line)
    pen.set_quadratic_to_func(quadratic)
    pen.set_close_path_func(lambda _: parts.append("h"))
    _shaper(face).draw_glyph(glyph_id, pen, None)
    return " ".join(parts)


def _written(*numbers: float) -> str:
    return " ".join(f"{round(number, 1):g}" for number in numbers)


def composed(words: str) -> str:
    """Return words as they are measured and drawn: composed (NFC), without the places where a line may end."""
    return unicodedata.normalize("NFC", words).replace(MAY_BREAK, "")


@cache
def _has(character: str, face: Face) -> bool:
    if _KHMER.match(character):
        beside = _KHMER_BESIDE.get(face)
        return beside is not None and ord(character) in _characters(beside)
    return ord(character) in _characters(face) or (ord(character) in _JOINERS and face in _KHMER_BESIDE)


def _is_broken(run: Run) -> bool:
    if _NOTHING_HANGS.search(run.words):
        return True
    circle = _shaper(run.face).get_nominal_glyph(_DOTTED_CIRCLE)
    return any(glyph.id in (0, circle) for glyph in shape(run).glyphs)


@cache
def _fonts() -> dict[Face, TTFont]:
    # reportlab would also write streams in ASCII 85, in pure Python: half of the time of a page (2026-11-22) and a
    # quarter more bytes. It has no parameter for it.
    rl_config.useA85 = 0
    fonts = {face: TTFont(face.value, str(_FONTS / f"{face.value}.ttf"), asciiReadable=0) for face in Face}
    for font in fonts.values():
        pdfmetrics.registerFont(font)
    return fonts


@cache
def _characters(face: Face) -> frozenset[int]:
    load()
    # Conjoining jamo have glyphs, but a syllable set from them falls apart; control characters have empty ones.
    drawable = set(_fonts()[face].face.charToGlyph) - set(range(0x1100, 0x1200))
    return frozenset(code for code in drawable if unicodedata.category(chr(code)) not in _INVISIBLE)


@cache
def _shaper(face: Face) -> harfbuzz.Font:
    font = harfbuzz.Font(harfbuzz.Face(harfbuzz.Blob.from_file_path(str(_FONTS / f"{face.value}.ttf"))))
    font.scale = (1000, 1000)
    return font
