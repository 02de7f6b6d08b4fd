"""
The panel of a travel document in true size: a TD2 on whichever sheet it stands, or the TD3 data page of a booklet.

Millimetres count from the panel's top left; those of the machine-readable zone from its bottom edge, as ICAO states
them. Source: ICAO Doc 9303-4 and 9303-6 §2-4 (zones and order of fields), 9303-3 §3 and §4.4, 9303-4 Figure 3 (line
centres, which the zone for reading has in common on every size).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from tasks.papers import page
from tasks.papers.guilloche import rosette, waves
from tasks.papers.layout import write_caption, write_lines
from tasks.papers.page import Align, Colour, Sheet, Type, em_of, fitted, width_of
from tasks.papers.words import Words

WIDTH, HEIGHT = 105.0, 74.0
"""Of a TD2."""
MACHINE_READABLE_HEIGHT = 23.2
"""Zone VII; no background, no watermark."""
UPPER_CENTRE, LOWER_CENTRE = 15.75, 9.40
"""Centre lines of the two code lines above the bottom edge."""
PORTRAIT_RATIO = 7 / 9
"""Width to height. Source: ICAO Doc 9303-3 §3.9.1."""

_EM = em_of(page.MACHINE_READABLE)
_BEARING = 0.141 * _EM
"""White left of the letter P, with which every code line of ours begins or is aligned."""
_MIDDLE = 0.365 * _EM
"""From the baseline to halfway between the middles of OCR-B's capitals (0.35 em) and figures (0.38 em)."""

_ROW_LEAST, _ROW_MOST = 4.9, 6.5
"""Rows stand as far apart as the lines leave room for."""
_CAPTION_BASELINE = 1.5


class NamesTooLong(ValueError):
    """Names and places that the panel does not hold even in the smallest type."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One caption and value of the visual inspection zone; `left` in millimetres, `right` where its column ends."""

    caption: Words
    value: str
    left: float
    right: float


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
    document_code: str = ""
    """This and what follows stand on a TD3 only; the sheet around a TD2 says them elsewhere."""
    issuing_state: str = ""
    authority: str = ""
    journey: str = ""
    """That it is good for one."""
    destination: str = ""
    transit: str = ""
    header_in_khmer: tuple[str, str] = ("", "")
    """State and title once more, for a host country that reads Khmer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Where things stand on a panel of one size, in millimetres."""

    width: float
    height: float
    machine_readable_left: float
    """From the left edge to the first character's ink."""
    header: tuple[float, float]
    """Baselines of the two lines of zone I."""
    title: Type
    portrait: tuple[float, float, float]
    """Left, top and width of zone V."""
    columns: tuple[float, float, float]
    """Where values begin; names and places run over several."""
    right: float
    """Where the last column ends."""
    first_row: float
    floor: float
    """No row reaches below it."""
    signature: tuple[float, float, float]
    """The line to sign on: from, to, and how far from the top."""
    rows: Callable[["Holder", "Size"], list[list[Entry]]]
    """The entries in the order the standard gives them."""
    rosette: tuple[float, float]

    @property
    def visual_height(self) -> float:
        """How high the zone for the eye is."""
        return self.height - MACHINE_READABLE_HEIGHT

    def column(self, first: int, last: int | None = None) -> tuple[float, float]:
        """Return where a value begins that runs from one column to another, and where it ends."""
        following = (first if last is None else last) + 1
        end = self.columns[following] - _BETWEEN if following < len(self.columns) else self.right
        return self.columns[first], end


_SIGNATURE = Words("소지인 서명", "Holder's signature")
_BETWEEN = 1.5
"""Kept free between two columns."""


def _td2_rows(holder: Holder, size: Size) -> list[list[Entry]]:
    """Personal data, then the document's. Source: Doc 9303-6 Figure 5."""
    born = Entry(Words("생년월일", "Date of birth"), holder.born_on, *size.column(2))
    hangul = Entry(Words("한글 성명", "Name in Hangul"), holder.name_hangul, *size.column(0, 1))
    place = [Entry(Words("출생지", "Place of birth"), holder.birthplace, *size.column(2))] if holder.birthplace else []
    number = Entry(Words("문서번호", "Document no."), holder.document_number, *size.column(0, 1))
    return [
        [Entry(Words("성", "Surname"), holder.surname, *size.column(0, 2))],
        [Entry(Words("이름", "Given names"), holder.given_names, *size.column(0, 2))],
        [
            Entry(Words("성별", "Sex"), holder.sex, *size.column(0)),
            Entry(Words("국적", "Nationality"), holder.nationality, *size.column(1)),
            born,
        ],
        [hangul, *place],
        [number, Entry(Words("만료일", "Date of expiry"), holder.expires_on, *size.column(2))],
        [
            Entry(Words("발급일", "Date of issue"), holder.issued_on, *size.column(0, 1)),
            Entry(_SIGNATURE, "", *size.column(2)),
        ],
    ]


def _td3_rows(holder: Holder, size: Size) -> list[list[Entry]]:
    """The document, personal data, the issue, and the journey. Source: Doc 9303-4 §4.1, 9303-8 §4.4.2."""
    place = (
        [Entry(Words("출생지", "Place of birth"), holder.birthplace, *size.column(0, 1))] if holder.birthplace else []
    )
    return [
        [
            Entry(Words("종류", "Type"), holder.document_code, *size.column(0)),
            Entry(Words("발행국", "Issuing State"), holder.issuing_state, *size.column(1)),
            Entry(Words("여권번호", "Passport no."), holder.document_number, *size.column(2)),
        ],
        [Entry(Words("성", "Surname"), holder.surname, *size.column(0, 2))],
        [Entry(Words("이름", "Given names"), holder.given_names, *size.column(0, 2))],
        [
            Entry(Words("국적", "Nationality"), holder.nationality, *size.column(0)),
            Entry(Words("생년월일", "Date of birth"), holder.born_on, *size.column(1)),
            Entry(Words("성별", "Sex"), holder.sex, *size.column(2)),
        ],
        [
            Entry(Words("한글 성명", "Name in Hangul"), holder.name_hangul, *size.column(0, 1)),
            Entry(Words("발급일", "Date of issue"), holder.issued_on, *size.column(2)),
        ],
        [*place, Entry(Words("기간만료일", "Date of expiry"), holder.expires_on, *size.column(2))],
        [
            Entry(Words("발행관청", "Authority"), holder.authority, *size.column(0, 1)),
            Entry(Words("경유지", "Transit points"), holder.transit, *size.column(2)),
        ],
        [Entry(Words("최종 목적지", "Final destination"), holder.destination, *size.column(0, 2))],
    ]


TD2 = Size(
    width=WIDTH,
    height=HEIGHT,
    machine_readable_left=4.0,
    header=(4.3, 7.5),
    title=page.PANEL_TITLE,
    portrait=(3.0, 8.7, 32.0),
    columns=(38.4, 50.5, 68.4),
    right=102.5,
    first_row=8.7,
    floor=49.6,
    signature=(68.4, 102.5, 49.6),
    rows=_td2_rows,
    rosette=(82.0, 29.0),
)
TD3 = Size(
    width=125.0,
    height=88.0,
    machine_readable_left=6.0,
    header=(5.1, 8.8),
    title=page.DATA_PAGE_TITLE,
    portrait=(4.0, 10.6, 35.0),
    columns=(42.5, 66.5, 96.5),
    right=122.5,
    first_row=10.6,
    floor=64.3,
    signature=(4.0, 39.0, 62.8),
    rows=_td3_rows,
    rosette=(98.0, 36.0),
)


def draw_panel(sheet: Sheet, holder: Holder, *, left: float, top: float, size: Size = TD2) -> None:
    """Draw the panel; raise NamesTooLong when names and places do not fit it even in the smallest type."""
    _draw_background(sheet, left, top, size)
    portrait_left, portrait_top, portrait_width = size.portrait
    for baseline, words, spoken in zip(size.header, (holder.state, holder.title), holder.header_in_khmer, strict=True):
        sheet.text(left + portrait_left, top + baseline, f"{words.ko} / {words.en}", size.title)
        if spoken:
            after = left + portrait_left + width_of(f"{words.ko} / {words.en}", size.title) + 2.5
            sheet.text(after, top + baseline, spoken, page.PANEL_KHMER)
    if holder.journey:
        sheet.text(left + size.right, top + size.header[1], holder.journey, page.PANEL_TITLE, align=Align.right)
    place = (left + portrait_left, top + portrait_top, portrait_width, portrait_width / PORTRAIT_RATIO)
    sheet.picture(holder.portrait_jpeg, *place)
    y = top + size.first_row
    rows = [[_Placed.of(entry) for entry in entries] for entries in size.rows(holder, size)]
    pitch = _pitch(rows, size)
    for placed in rows:
        for entry in placed:
            entry.draw(sheet, left, y, pitch=pitch)
        y += pitch + _further_lines(placed)
    begins, ends, below = size.signature
    if below > size.portrait[1] + portrait_width / PORTRAIT_RATIO:
        write_caption(sheet, left + begins, top + below - 5.2, _SIGNATURE, style=page.PANEL_CAPTION)
    sheet.line(left + begins, top + below, left + ends, top + below, colour=Colour.muted)
    for centre, line in zip((UPPER_CENTRE, LOWER_CENTRE), holder.machine_readable, strict=True):
        baseline = top + size.height - centre + _MIDDLE
        sheet.text(left + size.machine_readable_left - _BEARING, baseline, line, page.MACHINE_READABLE)


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


def _pitch(rows: Sequence[Sequence[_Placed]], size: Size) -> float:
    """Return how far apart the rows stand; raise NamesTooLong when the panel cannot hold them."""
    room = size.floor - size.first_row - _ROW_LEAST - sum(_further_lines(row) for row in rows)
    gaps = len(rows) - 1
    if room / gaps < _ROW_LEAST:
        raise NamesTooLong("names and places do not fit the panel; let the issuing State shorten them (9303-6 §4.1.1)")
    return min(_ROW_MOST, room / gaps)


def _draw_background(sheet: Sheet, left: float, top: float, size: Size) -> None:
    """Draw the fine lines of the visual zone; the machine-readable zone stays white."""
    sheet.box(left, top, size.width, size.height, fill=Colour.white, corner=2.5)
    with sheet.within(left, top, size.width, size.visual_height):
        field = waves(
            left, top, width=size.width, height=size.visual_height, strands=44, period=26, swing=3.2, drift=0.07
        )
        sheet.curves(field, colour=Colour.faint, weight=0.14)
        x, y = size.rosette
        ring = rosette(left + x, top + y, inner=7, outer=20, lobes=20, strands=9)
        sheet.curves(ring, colour=Colour.pale, weight=0.09)
    sheet.box(left, top, size.width, size.height, edge=Colour.hairline, corner=2.5, weight=0.12)
