"""
The TD2 panel of the travel document in true size: 105 × 74 mm, on whichever sheet it stands.

Millimetres count from the panel's top left; those of the machine-readable zone from its bottom edge, as ICAO states
them. Source: ICAO Doc 9303-6 §2-4 (zones and order of fields), 9303-3 §3 and §4.4, 9303-4 Figure 3 (line centres).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from tasks.papers import page
from tasks.papers.guilloche import rosette, waves
from tasks.papers.layout import write_caption, write_lines
from tasks.papers.page import Colour, Sheet, Type, em_of, fitted
from tasks.papers.words import Words

WIDTH, HEIGHT = 105.0, 74.0
MACHINE_READABLE_HEIGHT = 23.2
"""Zone VII; no background, no watermark."""
MACHINE_READABLE_LEFT = 4.0
"""From the left edge to the first character's ink."""
UPPER_CENTRE, LOWER_CENTRE = 15.75, 9.40
"""Centre lines of the two code lines above the bottom edge."""
PORTRAIT_LEFT, PORTRAIT_TOP, PORTRAIT_WIDTH, PORTRAIT_HEIGHT = 3.0, 8.7, 32.0, 32.0 * 9 / 7

_VISUAL_HEIGHT = HEIGHT - MACHINE_READABLE_HEIGHT
_EM = em_of(page.MACHINE_READABLE)
_BEARING = 0.141 * _EM
"""White left of the letter P, with which every code line of ours begins or is aligned."""
_MIDDLE = 0.365 * _EM
"""From the baseline to halfway between the middles of OCR-B's capitals (0.35 em) and figures (0.38 em)."""

_HEADER_LEFT, _HEADER_BASELINES = 3.0, (4.3, 7.5)
_NAME_LEFT, _RIGHT = 38.4, 102.5
_NATIONALITY_LEFT, _SECOND_LEFT = 50.5, 68.4
_FIRST_ROW = 8.7
_ROW_LEAST, _ROW_MOST = 4.9, 6.5
"""Rows stand as far apart as the lines leave room for."""
_CAPTION_BASELINE = 1.5
_SIGNATURE_LINE = 49.6


@dataclass(frozen=True, slots=True)
class Entry:
    """One caption and value of the visual inspection zone; `left` in millimetres, `right` where its column ends."""

    caption: Words
    value: str
    left: float = _NAME_LEFT
    right: float = _RIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """What the panel states, in the words it prints."""

    state: Words
    title: Words
    surname: str
    given_names: str
    sex: str
    nationality: str
    born_on: str
    name_hangul: str
    birthplace: str
    """Empty when it is left out; then its caption is too."""
    document_number: str
    expires_on: str
    issued_on: str
    portrait_jpeg: bytes
    machine_readable: tuple[str, str]


def draw_panel(sheet: Sheet, holder: Holder, *, left: float, top: float) -> None:
    """Draw the panel; raise ValueError when names and places are too long for it even in the smallest type."""
    _draw_background(sheet, left, top)
    for baseline, words in zip(_HEADER_BASELINES, (holder.state, holder.title), strict=True):
        sheet.text(left + _HEADER_LEFT, top + baseline, f"{words.ko} / {words.en}", page.PANEL_TITLE)
    sheet.picture(holder.portrait_jpeg, left + PORTRAIT_LEFT, top + PORTRAIT_TOP, PORTRAIT_WIDTH, PORTRAIT_HEIGHT)
    y = top + _FIRST_ROW
    rows = [[_Placed.of(entry) for entry in entries] for entries in _rows(holder)]
    pitch = _pitch(rows)
    for placed in rows:
        for entry in placed:
            entry.draw(sheet, left, y, pitch=pitch)
        y += pitch + _further_lines(placed)
    _Placed.of(Entry(Words("발급일", "Date of issue"), holder.issued_on)).draw(sheet, left, y, pitch=pitch)
    _Placed.of(Entry(Words("소지인 서명", "Holder's signature"), "", _SECOND_LEFT)).draw(sheet, left, y, pitch=pitch)
    signed_at = top + _SIGNATURE_LINE
    sheet.line(left + _SECOND_LEFT, signed_at, left + _RIGHT, signed_at, colour=Colour.muted)
    for centre, line in zip((UPPER_CENTRE, LOWER_CENTRE), holder.machine_readable, strict=True):
        baseline = top + HEIGHT - centre + _MIDDLE
        sheet.text(left + MACHINE_READABLE_LEFT - _BEARING, baseline, line, page.MACHINE_READABLE)


def _rows(holder: Holder) -> list[list[Entry]]:
    """Return the entries in the order of a TD2: personal data, then the document's."""
    second = _SECOND_LEFT
    born = Entry(Words("생년월일", "Date of birth"), holder.born_on, second)
    hangul = Entry(Words("한글 성명", "Name in Hangul"), holder.name_hangul, _NAME_LEFT, second - 2)
    place = [Entry(Words("출생지", "Place of birth"), holder.birthplace, second)] if holder.birthplace else []
    number = Entry(Words("문서번호", "Document no."), holder.document_number, _NAME_LEFT, second - 2)
    return [
        [Entry(Words("성", "Surname"), holder.surname)],
        [Entry(Words("이름", "Given names"), holder.given_names)],
        [
            Entry(Words("성별", "Sex"), holder.sex, _NAME_LEFT, _NATIONALITY_LEFT - 1),
            Entry(Words("국적", "Nationality"), holder.nationality, _NATIONALITY_LEFT, second - 2),
            born,
        ],
        [hangul, *place],
        [number, Entry(Words("만료일", "Date of expiry"), holder.expires_on, second)],
    ]


@dataclass(frozen=True, slots=True)
class _Placed:
    """An entry with the type and the lines in which its value fits."""

    entry: Entry
    style: Type
    lines: tuple[str, ...]

    @classmethod
    def of(cls, entry: Entry) -> Self:
        return cls(entry, *fitted(entry.value, page.PANEL_VALUE, entry.right - entry.left))

    def draw(self, sheet: Sheet, left: float, y: float, *, pitch: float) -> None:
        x = left + self.entry.left
        write_caption(sheet, x, y + _CAPTION_BASELINE, self.entry.caption, style=page.PANEL_CAPTION)
        # The value hangs close to its caption, and a little lower where the rows stand wide.
        write_lines(sheet, x, y + 4.4 + (pitch - _ROW_LEAST) / 3.2, self.lines, self.style)


def _further_lines(row: Sequence[_Placed]) -> float:
    """Return the height of the lines after the first of the longest value, in millimetres."""
    return page.PANEL_VALUE.leading_mm * (max(len(entry.lines) for entry in row) - 1)


def _pitch(rows: Sequence[Sequence[_Placed]]) -> float:
    """Return how far apart the rows stand; raise ValueError when the panel cannot hold them."""
    room = _SIGNATURE_LINE - _FIRST_ROW - _ROW_LEAST - sum(_further_lines(row) for row in rows)
    if room / len(rows) < _ROW_LEAST:
        raise ValueError("names and places do not fit the panel; let the issuing State shorten them (9303-6 §4.1.1)")
    return min(_ROW_MOST, room / len(rows))


def _draw_background(sheet: Sheet, left: float, top: float) -> None:
    """Draw the fine lines of the visual zone; the machine-readable zone stays white."""
    sheet.box(left, top, WIDTH, HEIGHT, fill=Colour.white, corner=2.5)
    with sheet.within(left, top, WIDTH, _VISUAL_HEIGHT):
        field = waves(left, top, width=WIDTH, height=_VISUAL_HEIGHT, strands=44, period=26, swing=3.2, drift=0.07)
        sheet.curves(field, colour=Colour.faint, weight=0.14)
        ring = rosette(left + 82, top + 29, inner=7, outer=20, lobes=20, strands=9)
        sheet.curves(ring, colour=Colour.pale, weight=0.09)
    sheet.box(left, top, WIDTH, HEIGHT, edge=Colour.hairline, corner=2.5, weight=0.12)
