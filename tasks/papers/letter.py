"""What the papers of a case's pack share: who it is about, statements in two or three languages, lines to fill in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

import pendulum

from models.itinerary import Itinerary
from models.mrz import PartialDate
from models.person import Sex
from tasks.papers import layout, page
from tasks.papers.layout import CONTENT, GUTTER, LEFT, Block, Column, Field, Frame
from tasks.papers.page import Colour, Sheet
from tasks.papers.words import Words, day_words, inspected_date, reads_khmer, zone_city

NOT_KNOWN = "–"
SEXES = {Sex.female: "여/F", Sex.male: "남/M", Sex.unspecified: "X"}
_LINE_HEIGHT = 11.0
_SIGNATURE_HEIGHT = 28.0
_TICK = 3.0


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Letter:
    """What every paper of the pack states; without a repr, so that no log carries a name."""

    reference: str
    name_hangul: str
    name_latin: str
    authority_ko: str
    authority_en: str
    """The mission that writes."""
    phone: str
    moment: pendulum.DateTime
    local_zone: str
    specimen: bool


def composed(title: Words, content: Letter, blocks: Sequence[Block], *, to: tuple[str, ...] = ()) -> bytes:
    """Return a paper of the pack as PDF: who writes, to whom, about whom, and then its own blocks."""
    frame = Frame(
        title=title,
        reference=content.reference,
        moment=content.moment,
        local_zone=content.local_zone,
        specimen=content.specimen,
    )
    written_on = day_words(content.moment.in_timezone(content.local_zone).date())
    sender = Field(Words("발신", "From"), (content.authority_ko, content.authority_en, content.phone), 6)
    dated = Field(Words("날짜", "Date"), written_on, 6)
    head = [
        layout.row(sender, Field(Words("수신, 날짜", "To, date"), (*to, written_on), 6) if to else dated),
        layout.person(content.name_hangul, content.name_latin),
        layout.gap(2),
    ]
    return layout.compose(frame, [*head, *blocks])


def statement(words: Words, reference: str, *, strong: bool = False) -> Block:
    """Return a statement in Korean and English beside each other, and below in Khmer where the host reads it."""
    style = page.BODY_STRONG if strong else page.BODY
    half = (CONTENT - GUTTER) / 2
    sides = [
        layout.column((words.ko,), style, left=LEFT, width=half),
        layout.column((words.en,), style, left=LEFT + half + GUTTER, width=half),
    ]
    beside = max(side.height for side in sides)
    khmer_style = page.KHMER_STRONG if strong else page.KHMER
    below = (
        [layout.column((words.km,), khmer_style, left=LEFT, width=CONTENT)]
        if words.km and reads_khmer(reference)
        else []
    )

    def paint(sheet: Sheet, y: float) -> None:
        for side in sides:
            side.paint(sheet, y)
        for khmer in below:
            khmer.paint(sheet, y + beside + 1.5)

    return Block(beside + sum(khmer.height + 1.5 for khmer in below) + 2.5, paint)


def identity(
    *, sex: Sex | None, born_on: date | None, nationality: str | None, document_number: str | None = None
) -> Block:
    """Return the fields by which an authority knows the person."""
    return layout.row(
        Field(Words("생년월일", "Date of birth"), inspected_date(PartialDate.of(born_on)) if born_on else NOT_KNOWN, 4),
        Field(Words("성별", "Sex"), SEXES[sex] if sex else NOT_KNOWN, 2),
        Field(Words("국적", "Nationality"), nationality or NOT_KNOWN, 2),
        Field(Words("여행증명서 번호", "Travel document"), document_number or NOT_KNOWN, 4),
    )


def flights(route: Itinerary | None) -> list[Block]:
    """Return the flights as a table with the airports' own clocks; without any, a line that says so."""
    if route is None:
        return layout.paragraph("미정: 정해지면 알림 / not booked yet: to follow")
    columns = [
        Column(Words("항공편", "Flight"), 24),
        Column(Words("출발", "Departure"), 74),
        Column(Words("도착", "Arrival"), 73),
    ]
    rows = [
        (
            each.flight_number,
            (
                f"{each.origin} {each.origin_name}",
                f"{each.departs_local:%Y-%m-%d %H:%M} ({zone_city(each.origin_zone)})",
            ),
            (
                f"{each.destination} {each.destination_name}",
                f"{each.arrives_local:%Y-%m-%d %H:%M} ({zone_city(each.destination_zone)})",
            ),
        )
        for each in route.segments
    ]
    return layout.table(columns, rows)


def to_fill_in(*captions: tuple[Words, int]) -> Block:
    """Return captions with lines to write on; the number counts twelfths of the width."""
    unit = (CONTENT + GUTTER) / 12
    edges = list(accumulate((span * unit for _, span in captions), initial=LEFT))

    def paint(sheet: Sheet, y: float) -> None:
        for (caption, span), x in zip(captions, edges, strict=False):
            layout.write_caption(sheet, x, y + 2.4, caption)
            sheet.line(x, y + 8.6, x + span * unit - GUTTER, y + 8.6, colour=Colour.muted)

    return Block(_LINE_HEIGHT, paint)


def to_tick(*choices: Words) -> Block:
    """Return boxes to tick, two in a row."""
    half = CONTENT / 2

    def paint(sheet: Sheet, y: float) -> None:
        for place, choice in enumerate(choices):
            x, top = LEFT + half * (place % 2), y + 5.6 * (place // 2)
            sheet.box(x, top + 0.6, _TICK, _TICK, edge=Colour.muted, weight=0.15)
            sheet.text(x + _TICK + 2, top + 3.2, str(choice), page.TABLE)

    return Block(5.6 * ((len(choices) + 1) // 2) + 1.5, paint)


def points(lines: Sequence[Words]) -> list[Block]:
    """Return numbered points, Korean first and English below it."""
    blocks = []
    for number, words in enumerate(lines, start=1):
        text = layout.column((words.ko,), page.BODY, left=LEFT + 6, width=CONTENT - 6)
        note = layout.column((words.en,), page.SMALL, left=LEFT + 6, width=CONTENT - 6)
        blocks.append(_point(number, text, note))
    return blocks


def _point(number: int, text: Block, note: Block) -> Block:
    def paint(sheet: Sheet, y: float) -> None:
        sheet.text(LEFT, y + page.BODY.leading_mm * 0.75, f"{number}.", page.BODY_STRONG)
        text.paint(sheet, y)
        note.paint(sheet, y + text.height)

    return Block(text.height + note.height + 1.2, paint)


def signatures(*captions: Words) -> Block:
    """Return a box with one place to sign for each caption, with name and date."""
    width = CONTENT / len(captions)

    def paint(sheet: Sheet, y: float) -> None:
        sheet.box(LEFT, y, CONTENT, _SIGNATURE_HEIGHT, edge=Colour.hairline, corner=2, weight=0.2)
        for place, caption in enumerate(captions):
            x = LEFT + 5 + place * width
            layout.write_caption(sheet, x, y + 5.5, caption)
            sheet.line(x, y + 20, x + width - 10, y + 20, colour=Colour.muted)
            layout.write_caption(sheet, x, y + 24, Words("성명, 날짜", "Name, date"))
        for place in range(1, len(captions)):
            x = LEFT + place * width
            sheet.line(x, y + 4, x, y + _SIGNATURE_HEIGHT - 4, colour=Colour.hairline)

    return Block(_SIGNATURE_HEIGHT, paint, is_signed=True)
