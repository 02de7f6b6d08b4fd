"""The house style that all papers share: letterhead, footer, drill marks, sections, fields and tables over pages."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import pendulum

from tasks.papers import page
from tasks.papers.guilloche import rosette, waves
from tasks.papers.page import Align, Colour, Sheet, Type, ascent_of, fitted, width_of, wrapped
from tasks.papers.words import Words, clocks

LEFT, RIGHT = 18.0, 192.0
CONTENT = RIGHT - LEFT
GUTTER = 6.0
FIRST_TOP, NEXT_TOP, BOTTOM = 52.0, 25.0, 277.0
DRILL_LINE = "Drill — not a valid document / 훈련 — 효력 없음"
SPECIMEN = "SPECIMEN · 견본"
_A_CASE = Words("사건 번호", "Case reference")
_FOOTER = 283.0
_DRILL_BASELINE = 9.0
_CAPTION_HEIGHT = 3.9
_CELL_PADDING = 1.7
_CLOSE_PADDING = 1.0
_TABLE_INSET = 1.5
_SIGNED_WITH = 26.0
"""So much of what is signed, in millimetres, stands on the page of the signature."""

Painter = Callable[[Sheet, float], None]
"""Draws something whose top edge is at the given millimetre."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around every page of a paper."""

    title: Words
    reference: str
    moment: pendulum.DateTime
    local_zone: str
    specimen: bool
    about: Words = _A_CASE
    """What `reference` is."""


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a paper that stays whole on one page."""

    height: float
    paint: Painter
    keep_with_next: bool = False
    repeats: "Block | None" = None
    """Drawn again above this piece when it begins a page: the head of its table."""
    is_signed: bool = False
    """A place to sign, which never stands on a page of its own: nobody signs a page that says nothing."""


@dataclass(frozen=True, slots=True)
class Field:
    """A caption and what is stated; `span` counts twelfths of the width."""

    caption: Words
    value: str | tuple[str, ...]
    span: int = 3
    style: Type = page.VALUE


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `width` in millimetres."""

    caption: Words
    width: float
    align: Align = Align.left
    lines: int = 2
    """So many a value may take before it shrinks."""


Cell = str | tuple[str, ...]
"""The first line is the value, the others are notes to it."""


def compose(frame: Frame, blocks: Sequence[Block]) -> bytes:
    """Return the paper as PDF: the blocks on as many pages as they need, each with its frame."""
    pages = _paginated(_with_what_is_signed(blocks))
    sheet = Sheet(title=f"{frame.title} · {frame.reference}", moment=frame.moment)
    for number, (top, content) in enumerate(pages, start=1):
        if number == 1:
            _letterhead(sheet, frame)
        else:
            sheet.next_page()
            _running_head(sheet, frame)
        stack(sheet, top, content)
        footer(sheet, frame, page_number=number, pages=len(pages))
        if frame.specimen:
            drill_marks(sheet)
    return sheet.finish()


def footer(sheet: Sheet, frame: Frame, *, page_number: int, pages: int) -> None:
    """Draw the case, the kind of paper, the page, and the moment by both clocks."""
    sheet.line(LEFT, _FOOTER, RIGHT, _FOOTER, colour=Colour.hairline)
    sheet.text(LEFT, _FOOTER + 4, f"{frame.reference} · {frame.title}", page.FOOT)
    sheet.text(RIGHT, _FOOTER + 4, f"쪽 / Page {page_number} / {pages}", page.FOOT, align=Align.right)
    sheet.text(LEFT, _FOOTER + 7.4, " · ".join(clocks(frame.moment, frame.local_zone)), page.FOOT)
    sheet.text(RIGHT, _FOOTER + 7.4, "Homeward", page.FOOT, align=Align.right)


def drill_marks(
    sheet: Sheet, *, x: float = page.WIDTH_MM / 2, y: float = page.HEIGHT_MM / 2, wide: float = 205
) -> None:
    """Draw the marks of drill mode, the large one centred on a point: nobody takes this page for a real one."""
    sheet.stamp(SPECIMEN, x=x, y=y, wide=wide, angle=52, opacity=0.11)
    sheet.text(page.WIDTH_MM / 2, _DRILL_BASELINE, DRILL_LINE, page.DRILL, align=Align.centre)


def write_caption(sheet: Sheet, x: float, y: float, caption: Words, *, style: Type = page.CAPTION) -> None:
    """Write `Korean / English`, the second language slanted."""
    sheet.text(x, y, f"{caption.ko} /", style)
    sheet.text(x + width_of(f"{caption.ko} / ", style), y, caption.en, replace(style, leans=True))


def section(title: Words) -> Block:
    """Return the heading of a section."""

    def paint(sheet: Sheet, y: float) -> None:
        sheet.text(LEFT, y + 8, title.ko, page.SECTION)
        sheet.text(LEFT + width_of(title.ko, page.SECTION) + 2, y + 8, title.en, page.SECTION_LATIN)
        sheet.line(LEFT, y + 10, RIGHT, y + 10, colour=Colour.hairline, weight=0.15)

    return Block(13, paint, keep_with_next=True)


def person(hangul: str, latin: str = "") -> Block:
    """Return the name of the person, Hangul first, Latin below where no field of the paper states it."""
    if not hangul:
        hangul, latin = latin, ""
    name, name_lines = fitted(hangul, page.NAME, CONTENT)
    roman, roman_lines = fitted(latin, page.NAME_LATIN, CONTENT) if latin else (page.NAME_LATIN, ())

    def paint(sheet: Sheet, y: float) -> None:
        y = write_lines(sheet, LEFT, y + 4.2, name_lines, name)
        write_lines(sheet, LEFT, y - 0.5, roman_lines, roman)

    return Block(name.leading_mm * len(name_lines) + roman.leading_mm * len(roman_lines) + 2, paint)


def row(*fields: Field, left: float = LEFT, width: float = CONTENT) -> Block:
    """Return fields side by side, their first lines on one baseline."""
    unit = (width + GUTTER) / 12
    edges = accumulate((field.span * unit for field in fields), initial=left)
    placed = [(x, field, *_fitted(field, field.span * unit - GUTTER)) for x, field in zip(edges, fields, strict=False)]
    first = _CAPTION_HEIGHT + max(ascent_of(style) for _, _, style, _ in placed)

    def paint(sheet: Sheet, y: float) -> None:
        for x, field, style, lines in placed:
            write_caption(sheet, x, y + 2.4, field.caption)
            write_lines(sheet, x, y + first, lines, style)

    tallest = max(style.leading_mm * (len(lines) - 1) for _, _, style, lines in placed)
    return Block(first + tallest + 3.4, paint)


def _fitted(field: Field, width: float) -> tuple[Type, tuple[str, ...]]:
    """Return type and lines of a value; lines that were given apart share the size that the longest needs."""
    if isinstance(field.value, str):
        return fitted(field.value, field.style, width, lines=2)
    style = min((fitted(line, field.style, width)[0] for line in field.value), key=lambda fit: fit.size)
    return style, tuple(piece for line in field.value for piece in wrapped(line, style, width))


def paragraph(words: str, style: Type = page.BODY, *, left: float = LEFT, width: float = CONTENT) -> list[Block]:
    """Return running text; it may go over pages between its lines."""

    def line_block(line: str) -> Block:
        return Block(style.leading_mm, lambda sheet, y: sheet.text(left, y + style.leading_mm * 0.75, line, style))

    return [line_block(line) for line in wrapped(words, style, width)]


def column(lines: Iterable[str], style: Type, *, left: float, width: float) -> Block:
    """Return lines that stay together, each wrapped to the width."""
    fits = [line for words in lines for line in wrapped(words, style, width)]
    first = style.leading_mm * 0.75

    def paint(sheet: Sheet, y: float) -> None:
        write_lines(sheet, left, y + first, fits, style)

    return Block(style.leading_mm * len(fits), paint)


def room_after(blocks: Iterable[Block]) -> float:
    """Return the height that these blocks leave on a first page."""
    return BOTTOM - FIRST_TOP - sum(block.height for block in blocks)


def stack(sheet: Sheet, y: float, blocks: Iterable[Block]) -> float:
    """Draw blocks below each other at a fixed place and return where they end."""
    for block in blocks:
        block.paint(sheet, y)
        y += block.height
    return y


def gap(height: float) -> Block:
    """Return empty space."""
    return Block(height, lambda _sheet, _y: None)


def table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    *,
    total: Sequence[Cell] | None = None,
    style: Type = page.TABLE,
    is_close: bool = False,
) -> list[Block]:
    """
    Return a table whose head is repeated on every page; the total is a last, strong row.

    A close one is for a sheet that has little room: a head of one line, and rows with less white between them.
    """
    head = _close_head(columns) if is_close else _table_head(columns)
    padding = _CLOSE_PADDING if is_close else _CELL_PADDING
    blocks = [_table_row(columns, cells, style, head, padding) for cells in rows]
    if total:
        blocks.append(_table_row(columns, total, page.TABLE_STRONG, head, padding))
    return [head, *blocks]


def _table_head(columns: Sequence[Column]) -> Block:
    def paint(sheet: Sheet, y: float) -> None:
        sheet.box(LEFT, y, CONTENT, 8, fill=Colour.tint)
        for x, column in _placed(columns):
            at = x if column.align is Align.left else x + column.width - GUTTER / 2
            sheet.text(at, y + 3.3, column.caption.ko, page.CAPTION, align=column.align)
            sheet.text(at, y + 6.3, column.caption.en, page.CAPTION_LATIN, align=column.align)

    return Block(8, paint, keep_with_next=True)


def _close_head(columns: Sequence[Column]) -> Block:
    def paint(sheet: Sheet, y: float) -> None:
        sheet.box(LEFT, y, CONTENT, 5, fill=Colour.tint)
        for x, column in _placed(columns):
            write_caption(sheet, x, y + 3.3, column.caption)

    return Block(5, paint, keep_with_next=True)


def _table_row(columns: Sequence[Column], cells: Sequence[Cell], style: Type, head: Block, padding: float) -> Block:
    placed = []
    for (x, column), cell in zip(_placed(columns), cells, strict=True):
        value, *notes = (cell,) if isinstance(cell, str) else cell
        width = column.width - GUTTER / 2
        # An amount keeps its currency beside it as long as it can.
        fits = [fitted(value, style, width, lines=1 if column.align is Align.right else column.lines)]
        fits += [fitted(note, page.TABLE_NOTE, width) for note in notes]
        placed.append((x if column.align is Align.left else x + width, column.align, fits))

    def paint(sheet: Sheet, y: float) -> None:
        for x, align, fits in placed:
            baseline = y + padding + 2.7
            for fit, lines in fits:
                baseline = write_lines(sheet, x, baseline, lines, fit, align=align)
        sheet.line(LEFT, y + height, RIGHT, y + height, colour=Colour.hairline)

    height = max(sum(fit.leading_mm * len(lines) for fit, lines in fits) for _, _, fits in placed) + 2 * padding
    return Block(height, paint, repeats=head)


def _placed(columns: Sequence[Column]) -> list[tuple[float, Column]]:
    """Return each column with its left edge."""
    edges = accumulate((column.width for column in columns), initial=LEFT + _TABLE_INSET)
    return list(zip(edges, columns, strict=False))


def write_lines(
    sheet: Sheet, x: float, baseline: float, lines: Sequence[str], style: Type, *, align: Align = Align.left
) -> float:
    """Write lines below each other and return the next baseline."""
    for line in lines:
        sheet.text(x, baseline, line, style, align=align)
        baseline += style.leading_mm
    return baseline


def _paginated(blocks: Sequence[Block]) -> list[tuple[float, list[Block]]]:
    """Return the blocks of each page with the page's top; a heading stays with what follows it."""
    pages: list[tuple[float, list[Block]]] = [(FIRST_TOP, [])]
    y = FIRST_TOP
    for place, block in enumerate(blocks):
        if y + _kept_height(blocks[place:]) > BOTTOM and pages[-1][1]:
            pages.append((NEXT_TOP, [block.repeats] if block.repeats else []))
            y = NEXT_TOP + sum(repeated.height for repeated in pages[-1][1])
        if y + block.height > BOTTOM:
            raise ValueError(f"a piece of {block.height:.0f} mm does not fit on a page")
        pages[-1][1].append(block)
        y += block.height
    return pages


def _with_what_is_signed(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks with the last of what is signed kept beside its place to sign."""
    kept = list(blocks)
    for place in (place for place, block in enumerate(blocks) if block.is_signed):
        above, at = 0.0, place - 1
        while at >= 0 and above < _SIGNED_WITH:
            kept[at] = replace(kept[at], keep_with_next=True)
            above += kept[at].height
            at -= 1
    return kept


def _kept_height(blocks: Sequence[Block]) -> float:
    """Return the height of the first block with all that must stay with it."""
    height = 0.0
    for block in blocks:
        height += block.height
        if not block.keep_with_next:
            break
    return height


def _letterhead(sheet: Sheet, frame: Frame) -> None:
    sheet.curves(
        waves(LEFT, 12, width=CONTENT, height=14, strands=9, period=43, swing=3.4, drift=0.09),
        colour=Colour.faint, weight=0.12,
    )  # fmt: skip
    sheet.curves(rosette(LEFT + 5, 19, inner=1.1, outer=5, lobes=8, strands=7), colour=Colour.sea, weight=0.08)
    sheet.text(LEFT + 13.5, 18.4, "Homeward", page.STRONG)
    sheet.text(LEFT + 13.5, 22.2, "귀국 지원 / Bringing citizens home", page.CAPTION)
    sheet.text(RIGHT, 17.2, str(frame.about), page.CAPTION, align=Align.right)
    sheet.text(RIGHT, 22.2, frame.reference, page.STRONG, align=Align.right)
    sheet.text(LEFT, 38, frame.title.ko, page.TITLE)
    sheet.text(LEFT, 43.4, frame.title.en, page.TITLE_LATIN)
    sheet.line(LEFT, 47, RIGHT, 47, colour=Colour.hairline, weight=0.15)
    sheet.line(LEFT, 47, LEFT + 24, 47, colour=Colour.sea, weight=0.6)


def _running_head(sheet: Sheet, frame: Frame) -> None:
    sheet.text(LEFT, 16.5, str(frame.title), page.FOOT)
    sheet.text(RIGHT, 16.5, frame.reference, page.FOOT, align=Align.right)
    sheet.line(LEFT, 19, RIGHT, 19, colour=Colour.hairline)
