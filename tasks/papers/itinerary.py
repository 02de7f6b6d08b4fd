"""The itinerary: the flights by the clocks of the airports and of Seoul, and whom to call."""

from dataclasses import dataclass
from itertools import pairwise

import pendulum

from models.booking import Lift
from models.case import HOME_ZONE
from models.itinerary import Itinerary, Segment
from tasks.papers import layout, page
from tasks.papers.layout import Block, Field, Frame
from tasks.papers.page import Align, Colour, Sheet, fitted
from tasks.papers.words import LIFTS, Words, clock_by, clocks, day_words, zone_city

TITLE = Words("여행 일정표", "Itinerary")

_CARD_HEIGHT, _CLOCK_LINE = 26.5, 3.5
"""A card without, and each line it adds for another clock."""
_INSET = 5.0
_COLUMN, _CODE_WIDTH = 66.0, 20.0
_NO_TICKET = "미발권 / not yet issued"
_NONE_NEEDED = "해당 없음 / none needed"
_CONFIRMED = "운송 확정 / carriage confirmed"
_NO_BAGGAGE = "항공사가 알려 주지 않음: 탑승 수속 때 확인 / Not stated by the airline: ask at check-in"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ItineraryContent:
    """What one itinerary states; without a repr, so that no log carries a name."""

    reference: str
    traveller_hangul: str
    traveller_latin_as_sent: str
    """Letter by letter as the airline has it."""
    itinerary: Itinerary
    record_locator: str
    lift: Lift
    ticket_numbers: tuple[str, ...]
    """Empty while the seats are only held."""
    held_until: pendulum.DateTime | None
    """Our deadline to pay; None once carriage is confirmed."""
    document_number: str | None
    contact_phone: str
    """The mission's consular desk, at any hour."""
    moment: pendulum.DateTime
    local_zone: str
    specimen: bool


def render(content: ItineraryContent) -> bytes:
    """Return the itinerary as PDF; raise ValueError for a character without a glyph."""
    frame = Frame(
        title=TITLE,
        reference=content.reference,
        moment=content.moment,
        local_zone=content.local_zone,
        specimen=content.specimen,
    )
    return layout.compose(frame, [
        layout.person(content.traveller_hangul),
        layout.gap(2),
        *_carriage(content),
        layout.section(Words("항공편", "Flights")),
        *_flights(content),
        layout.section(Words("알아 둘 것", "Good to know")),
        layout.row(
            Field(Words("수하물", "Baggage"), _NO_BAGGAGE, 6),
            Field(Words("공관 연락처, 24시간", "Mission, at any hour"), content.contact_phone, 6, page.STRONG),
        ),
    ])  # fmt: skip


def _carriage(content: ItineraryContent) -> list[Block]:
    tickets = content.ticket_numbers or (_NO_TICKET if content.held_until else _NONE_NEEDED,)
    deadline = clocks(content.held_until, content.local_zone) if content.held_until else (_CONFIRMED,)
    return [
        layout.row(
            Field(Words("예약번호", "Record locator"), content.record_locator, 3, page.STRONG),
            Field(Words("운송 형태", "Carriage"), str(LIFTS[content.lift]), 4),
            Field(Words("여행증명서 번호", "Travel document"), content.document_number or "–", 5),
        ),
        layout.row(
            Field(Words("항공사에 보낸 성명", "Name as sent"), content.traveller_latin_as_sent, 7),
            Field(Words("항공권 번호", "Ticket numbers"), tickets, 5),
        ),
        layout.row(Field(Words("좌석 확보 시한", "Seats held until"), deadline, 12)),
    ]


def _flights(content: ItineraryContent) -> list[Block]:
    segments = content.itinerary.segments
    blocks = [_card(segments[0], content.local_zone)]
    for landed, leaving in pairwise(segments):
        blocks += [_transfer(landed, leaving), _card(leaving, content.local_zone)]
    return blocks


def _card(segment: Segment, local_zone: str) -> Block:
    """Return one flight: both airports, both local times, and the same moments by the clocks of home and mission."""
    leaves, lands = "출발 / Departs", "도착 / Arrives"
    ends = (
        (layout.LEFT + _INSET, _verb(leaves, segment.origin_terminal), segment.origin, segment.origin_name,
         segment.origin_zone, segment.departs_at),
        (layout.RIGHT - _INSET - _COLUMN, _verb(lands, segment.destination_terminal), segment.destination,
         segment.destination_name, segment.destination_zone, segment.arrives_at),
    )  # fmt: skip

    elsewhere = [_elsewhere(moment, zone, local_zone) for *_, zone, moment in ends]
    height = _CARD_HEIGHT + _CLOCK_LINE * max(len(lines) for lines in elsewhere)

    def paint(sheet: Sheet, y: float) -> None:
        sheet.box(layout.LEFT, y, layout.CONTENT, height, fill=Colour.tint, corner=2)
        for (x, verb, code, name, zone, moment), others in zip(ends, elsewhere, strict=True):
            local = moment.in_timezone(zone)
            style, lines = fitted(name, page.BODY, _COLUMN - _CODE_WIDTH, lines=2)
            sheet.text(x, y + 5.2, verb, page.CAPTION)
            sheet.text(x, y + 13, code, page.CODE)
            layout.write_lines(sheet, x + _CODE_WIDTH, y + 13 - style.leading_mm * (len(lines) - 1), lines, style)
            sheet.text(x, y + 20.6, f"{local:%H:%M}", page.HOUR)
            sheet.text(x + _CODE_WIDTH, y + 20.6, f"{day_words(local)} · {zone_city(zone)}", page.BODY)
            layout.write_lines(sheet, x, y + 26.4, others, page.SMALL)
        _draw_way(sheet, segment, y)

    return Block(height + 2, paint)


def _verb(words: str, terminal: str | None) -> str:
    return f"{words} · 터미널 / terminal {terminal}" if terminal else words


def _elsewhere(moment: pendulum.DateTime, zone: str, local_zone: str) -> list[str]:
    """Return the moment by the clocks of Seoul and of the mission where they are not the airport's own."""
    names = {HOME_ZONE: "서울 Seoul", local_zone: f"현지 {zone_city(local_zone)}"}
    return [f"{name} {clock_by(moment, other)}" for other, name in names.items() if other != zone]


def _draw_way(sheet: Sheet, segment: Segment, y: float) -> None:
    middle = page.WIDTH_MM / 2
    sheet.text(middle, y + 10, segment.flight_number, page.STRONG, align=Align.centre)
    sheet.line(middle - 11, y + 14, middle + 11, y + 14, colour=Colour.sea, weight=0.25)
    for rise in (-1.2, 1.2):
        sheet.line(middle + 9.4, y + 14 + rise, middle + 11, y + 14, colour=Colour.sea, weight=0.25)
    flown = _duration(segment.arrives_at - segment.departs_at)
    sheet.text(middle, y + 18.4, flown, page.SMALL, align=Align.centre)
    sheet.text(middle, y + 22.4, f"운항 / by {segment.carrier}", page.SMALL, align=Align.centre)
    if segment.stops:
        via = ", ".join(stop.airport for stop in segment.stops)
        sheet.text(middle, y + 26.4, f"경유 / via {via}", page.SMALL, align=Align.centre)


def _transfer(landed: Segment, leaving: Segment) -> Block:
    words = f"환승 / Transfer {leaving.origin} · {_duration(leaving.departs_at - landed.arrives_at)}"

    def paint(sheet: Sheet, y: float) -> None:
        sheet.text(page.WIDTH_MM / 2, y + 3.6, words, page.SMALL, align=Align.centre)

    return Block(7, paint, keep_with_next=True)


def _duration(length: pendulum.Duration) -> str:
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    return f"{hours} h {minutes:02} min"
