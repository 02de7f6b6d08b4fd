"""여행증명서, the emergency travel document: one A4 sheet that carries a TD2 panel in true size."""

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

import pendulum

from models.instrument import Instrument
from models.itinerary import Itinerary, Segment
from models.mrz import PartialDate
from models.mrz import td2_lines as zone_lines
from models.person import Sex
from tasks.papers import layout, page, panel
from tasks.papers.guilloche import rosette, waves
from tasks.papers.layout import Block, Cell, Column, Field, Frame
from tasks.papers.page import Align, Colour, Sheet, Type, fitted, width_of
from tasks.papers.portrait import printable_portrait
from tasks.papers.seal import symbol
from tasks.papers.words import Words, inspected_date, khmer, reads_khmer

PANEL_LEFT, PANEL_TOP = layout.LEFT, 153.0
SEAL_LEFT, SEAL_TOP, SEAL_SIDE = 129.0, 202.0, 25.0
"""The square kept free for the visible digital seal, in millimetres from the sheet's top left."""

SEAL_MODULE = 5 * 25.4 / 300
"""Five dots at 300 dots an inch; four (0.3386 mm) are the least. Source: BSI TR-03137-1 §3.2, Doc 9303-13 §2.5."""

QUIET_MODULES = 4
"""White around the seal on every side."""

ISSUING_STATES = {"KOR": Words("대한민국", "REPUBLIC OF KOREA")}
_SEXES = {Sex.female: "여/F", Sex.male: "남/M", Sex.unspecified: "X"}
_NONE = "없음 / none"
_DEPARTURE = Words("출발지", "Departure")
_TRANSIT = Words("경유지", "Transit points")
_TRANSIT_POINT = Words("경유지", "Transit point")
_DESTINATION = Words("최종 목적지", "Final destination")
SINGLE_JOURNEY = Words("단수", "SINGLE JOURNEY")
_REQUEST = Words(
    "관계 당국은 이 증명서의 소지인이 아래 여정에 따라 지장 없이 통행할 수 있도록 하고, 필요한 모든 편의와 보호를 "
    "베풀어 주시기 바랍니다.",
    "The authorities concerned are requested to allow the holder of this document to pass freely on the journey "
    "stated below and to give every assistance and protection.",
    khmer(
        "សូម|អាជ្ញាធរ|ពាក់ព័ន្ធ|មេត្តា|អនុញ្ញាត|ឱ្យ|អ្នក|កាន់|ឯកសារ|នេះ| ធ្វើ|ដំណើរ|ដោយ|សេរី| តាម|ដំណើរ|ដែល|មាន|ចែង|ខាង|ក្រោម| "
        "និង|ផ្តល់|ជំនួយ| និង|ការ|ការពារ|គ្រប់|យ៉ាង។"
    ),
)
_INSTRUCTIONS = (
    Words(
        "이 증명서를 여행이 끝날 때까지 몸에 지니고, 출입국 심사와 탑승 때 보여 주십시오.",
        "Keep this document with you until the journey ends; show it at border control and at boarding.",
        khmer("សូម|រក្សា|ឯកសារ|នេះ|ជាប់|នឹង|ខ្លួន|រហូត|ដល់|ចប់|ដំណើរ| ហើយ|បង្ហាញ|នៅ|ច្រក|ព្រំដែន| និង|ពេល|ឡើង|យន្តហោះ។"),
    ),
    Words(
        "아래에 적힌 여정 한 번에만 쓸 수 있습니다. 여정이 바뀌면 새 증명서를 받으십시오.",
        "It is good for the one journey stated here. If the journey changes, ask for a new document.",
        khmer("ប្រើ|បាន|តែ|មួយ|ដំណើរ|គត់| ដូច|មាន|ចែង|នៅ|ទី|នេះ។ បើ|ដំណើរ|ផ្លាស់|ប្តូរ| សូម|ស្នើ|សុំ|ឯកសារ|ថ្មី។"),
    ),
    Words(
        "도착하면 마중 나온 담당자나 출입국 심사관에게 내십시오.",
        "When you arrive, hand it to the officer who meets you or at border control.",
        khmer("ពេល|មក|ដល់| សូម|ប្រគល់|ជូន|មន្ត្រី|ដែល|មក|ទទួល| ឬ|មន្ត្រី|ព្រំដែន។"),
    ),
)
_CALL = Words(
    "도움이 필요하면 언제든지 전화하십시오",
    "If you need help, call at any time",
    khmer("បើ|ត្រូវ|ការ|ជំនួយ| សូម|ទូរស័ព្ទ|គ្រប់|ពេល"),
)
_TO_THE_HOLDER = Words("소지인께", "To the holder", "ជូនចំពោះអ្នកកាន់ និងមន្ត្រីព្រំដែន")
_STAMPS = Words("출입국 심사란", "For border control stamps", "កន្លែងប្រថាប់ត្រាអន្តោប្រវេសន៍")
STATE_IN_KHMER = "សាធារណរដ្ឋកូរ៉េ"
_TITLE_IN_KHMER = "ឯកសារធ្វើដំណើរបន្ទាន់"
_PANEL_AREA = (PANEL_LEFT, PANEL_TOP, panel.WIDTH, panel.HEIGHT)
_RESERVED_FOR_READING = (
    PANEL_LEFT, PANEL_TOP + panel.HEIGHT - panel.MACHINE_READABLE_HEIGHT, panel.WIDTH, panel.MACHINE_READABLE_HEIGHT,
)  # fmt: skip
DRAFT = "DRAFT · 초안, NOT VALID"
_AROUND_STAMPS = 8.0
_LEAST_FOR_STAMPS = 24.0
"""A border stamp is some 40 x 25 mm; four stand side by side."""
_SIDE_WIDTH = layout.RIGHT - SEAL_LEFT
_HALF = (layout.CONTENT - layout.GUTTER) / 2


class JourneyTooLong(ValueError):
    """More flights than the sheet prints beside a place for border stamps."""


@dataclass(frozen=True, slots=True)
class _Column:
    """Where one language stands on the sheet, and in which type."""

    language: Literal["ko", "en", "km"]
    left: float
    width: float
    style: Type
    strong: Type

    def stack(self, sheet: Sheet, y: float, words: Words, style: Type | None = None) -> float:
        """Write the words in this language from a height on and return where they end."""
        said = getattr(words, self.language)
        return layout.stack(sheet, y, layout.paragraph(said, style or self.style, left=self.left, width=self.width))


_IN_TWO = (
    _Column("ko", layout.LEFT, _HALF, page.BODY, page.BODY_STRONG),
    _Column("en", layout.LEFT + _HALF + layout.GUTTER, _HALF, page.BODY, page.BODY_STRONG),
)
_IN_THREE = (
    _Column("ko", layout.LEFT, 52, page.CLOSE, page.CLOSE_STRONG),
    _Column("en", layout.LEFT + 57, 60, page.CLOSE, page.CLOSE_STRONG),
    _Column("km", layout.LEFT + 122, 52, page.CLOSE_KHMER, page.CLOSE_KHMER_STRONG),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far an authorised document goes while no flight is ticketed; only a draft shows it."""

    destination: Words
    transit_countries: tuple[str, ...]
    """ISO 3166-1 alpha-3."""
    latest_arrival_on: date


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TravelDocumentContent:
    """What one emergency travel document states; without a repr, so that no log carries a name."""

    instrument: Instrument = Instrument.travel_certificate
    document_number: str
    """Nine characters A-Z and 0-9."""
    issuing_state: str = "KOR"
    nationality: str = "KOR"
    surname_hangul: str
    given_hangul: str
    surname_latin: str
    """From the passport record."""
    given_latin: str
    sex: Sex
    born_on: PartialDate
    birthplace: str = ""
    """Empty leaves the field out; both scripts as `울산 / ULSAN`."""
    issued_on: date
    """The local day at the place of issue."""
    expires_on: date
    """The last day of validity."""
    issuing_authority_ko: str
    issuing_authority_en: str
    place_of_issue: str
    title_ko: str = "여행증명서"
    title_en: str = "EMERGENCY TRAVEL DOCUMENT"
    legal_ground_ko: str
    legal_ground_en: str
    itinerary: Itinerary | Reach
    """As ticketed; a draft has only its reach."""
    portrait: bytes
    """JPEG or PNG."""
    portrait_captured_on: date
    authorised_by: str
    """Officer number, for example `O-03`."""
    reference: str
    consular_phone: str
    moment: pendulum.DateTime
    local_zone: str
    specimen: bool
    state: Literal["draft", "final"]

    def __post_init__(self) -> None:
        """Refuse a number of another form and a State whose name the panel cannot print."""
        if not re.fullmatch(r"[A-Z0-9]{9}", self.document_number):
            raise ValueError("a document number has nine characters A-Z and 0-9")
        if self.issuing_state not in ISSUING_STATES:
            raise ValueError(f"no name in both languages is known for the issuing State {self.issuing_state}")
        if self.state == "final" and isinstance(self.itinerary, Reach):
            raise ValueError("a final document prints the ticketed journey")


def td2_lines(content: TravelDocumentContent) -> tuple[str, str]:
    """Return the two code lines as the panel prints them; raise ValueError when there is no Latin name."""
    return zone_lines(
        document_code="PU",
        issuing_state=content.issuing_state,
        surname=content.surname_latin,
        given_names=content.given_latin,
        document_number=content.document_number,
        nationality=content.nationality,
        born_on=content.born_on,
        sex=content.sex,
        expires_on=content.expires_on,
    )


def render(content: TravelDocumentContent, *, seal: bytes | None = None) -> bytes:
    """
    Return the sheet as PDF; without a seal its place is empty, and nothing else differs.

    Raises:
        ValueError: no Latin name, an unreadable portrait, a character without a glyph, or more than the sheet holds.
    """
    frame = Frame(
        title=Words(content.title_ko, content.title_en.capitalize()),
        reference=content.reference,
        moment=content.moment,
        local_zone=content.local_zone,
        specimen=content.specimen,
    )
    sheet = Sheet(title=f"{frame.title} · {content.reference}", moment=content.moment)
    _draw_background(sheet)
    _draw_head(sheet, content)
    end = layout.stack(sheet, 60, [*_validity(content), *_journey(content.itinerary)])
    if PANEL_TOP - end < _AROUND_STAMPS + _LEAST_FOR_STAMPS:
        raise JourneyTooLong("the journey does not fit on one sheet with a place for border stamps")
    _draw_stamp_place(sheet, content, end + _AROUND_STAMPS / 2)
    panel.draw_panel(sheet, holder_of(content, td2_lines(content)), left=PANEL_LEFT, top=PANEL_TOP)
    layout.stack(sheet, PANEL_TOP - 1, _issue(content))
    _draw_seal_place(sheet)
    if seal is not None:
        _draw_seal(sheet, seal)
    _draw_instructions(sheet, content)
    layout.footer(sheet, frame, page_number=1, pages=1)
    _draw_marks(sheet, content)
    return sheet.finish()


def holder_of(
    content: TravelDocumentContent,
    machine_readable: tuple[str, str],
    *,
    header_in_khmer: tuple[str, str] = ("", ""),
    **further: str,
) -> panel.Holder:
    """Return what the panel states; a data page states `further` things, as `panel.Holder` names them."""
    return panel.Holder(
        state=ISSUING_STATES[content.issuing_state],
        title=Words(content.title_ko, content.title_en),
        surname=content.surname_latin.upper(),
        given_names=content.given_latin.upper(),
        sex=_SEXES[content.sex],
        nationality=content.nationality,
        born_on=inspected_date(content.born_on),
        name_hangul=f"{content.surname_hangul} {content.given_hangul}".strip(),
        birthplace=content.birthplace,
        document_number=content.document_number,
        expires_on=inspected_date(content.expires_on),
        issued_on=inspected_date(content.issued_on),
        portrait_jpeg=printable_portrait(content.portrait),
        machine_readable=machine_readable,
        header_in_khmer=header_in_khmer,
        **further,
    )


def _validity(content: TravelDocumentContent) -> list[Block]:
    return [
        layout.row(
            Field(Words("유효", "Validity"), str(SINGLE_JOURNEY), 4, page.STRONG),
            Field(Words("발급일", "Date of issue"), inspected_date(content.issued_on), 4, page.STRONG),
            Field(Words("만료일", "Date of expiry, last day"), inspected_date(content.expires_on), 4, page.STRONG),
        ),
        layout.row(
            Field(Words("법적 근거", "Legal ground"), (content.legal_ground_ko, content.legal_ground_en), 12, page.BODY)
        ),
    ]


def ends_of(journey: Itinerary | Reach) -> tuple[str, str]:
    """Return the final destination and the transit points as printed."""
    if isinstance(journey, Reach):
        return str(journey.destination), " · ".join(journey.transit_countries) or _NONE
    last = journey.segments[-1]
    transit = [f"{segment.destination} {segment.destination_name}" for segment in journey.segments[:-1]]
    return f"{last.destination} {last.destination_name}", " · ".join(transit) or _NONE


def _journey(journey: Itinerary | Reach) -> list[Block]:
    if isinstance(journey, Reach):
        destination, transit = ends_of(journey)
        latest = inspected_date(journey.latest_arrival_on)
        return [
            layout.row(Field(_DESTINATION, destination, 4), Field(_TRANSIT, transit, 8)),
            layout.row(
                Field(Words("항공편", "Flights"), "미정 / not ticketed yet", 4, page.STRONG),
                Field(Words("늦어도 도착하는 날", "Latest day of arrival"), latest, 8, page.STRONG),
            ),
        ]
    columns = [
        Column(Words("여정", "Journey as ticketed"), 41.5),
        Column(Words("공항", "Airport"), 60, lines=1),
        Column(Words("도착", "Arrival, local"), 27.5),
        Column(Words("출발", "Departure, local"), 27.5),
        Column(Words("항공편", "Flight"), 16),
    ]
    *until, arrival = _points(journey)
    return layout.table(columns, until, total=arrival, is_close=True)


def _points(journey: Itinerary) -> list[list[Cell]]:
    """Return each point of the journey once, a line each: so that the longest leaves room for stamps."""
    first, last = journey.segments[0], journey.segments[-1]
    points: list[list[Cell]] = [[str(_DEPARTURE), *_leaves(first)]]
    for before, after in pairwise(journey.segments):
        if before.destination == after.origin:
            points.append([str(_TRANSIT_POINT), *_arrives(before)[:2], *_leaves(after)[2:]])
        else:
            points += [[str(_TRANSIT_POINT), *_arrives(before)], [str(_TRANSIT_POINT), *_leaves(after)]]
    if len(journey.segments) == 1:
        points.append([str(_TRANSIT), _NONE, "", "", ""])
    return [*points, [str(_DESTINATION), *_arrives(last)]]


def _leaves(flight: Segment) -> list[Cell]:
    return [f"{flight.origin} {flight.origin_name}", "", f"{flight.departs_local:%Y-%m-%d %H:%M}", flight.flight_number]


def _arrives(flight: Segment) -> list[Cell]:
    return [f"{flight.destination} {flight.destination_name}", f"{flight.arrives_local:%Y-%m-%d %H:%M}", "", ""]


def _issue(content: TravelDocumentContent) -> list[Block]:
    def field(ko: str, en: str, *values: str) -> Block:
        return layout.row(Field(Words(ko, en), values, 12, page.TABLE), left=SEAL_LEFT, width=_SIDE_WIDTH)

    return [
        field("발급기관", "Issuing authority", content.issuing_authority_ko, content.issuing_authority_en),
        field("발급지", "Place of issue", content.place_of_issue),
        layout.row(
            Field(Words("승인", "Authorised by"), content.authorised_by, 6, page.TABLE_STRONG),
            Field(Words("발급관 서명", "Issued, signed"), "", 6, page.TABLE_STRONG),
            left=SEAL_LEFT,
            width=_SIDE_WIDTH,
        ),
        field("사진 촬영일", "Portrait taken on", inspected_date(content.portrait_captured_on)),
    ]


def _draw_background(sheet: Sheet) -> None:
    with sheet.around(*_PANEL_AREA):
        field = waves(8, 22, width=194, height=256, strands=54, period=64, swing=9, drift=0.05)
        sheet.curves(field, colour=Colour.faint, weight=0.1)
    for top in (11.5, 276.6):
        band = waves(layout.LEFT, top, width=layout.CONTENT, height=3.6, strands=7, period=7.25, swing=1.6, drift=1 / 7)
        sheet.curves(band, colour=Colour.sea, weight=0.06)


def _draw_head(sheet: Sheet, content: TravelDocumentContent) -> None:
    state = ISSUING_STATES[content.issuing_state]
    sheet.curves(
        rosette(layout.LEFT + 8, 29.5, inner=1.8, outer=8, lobes=10, strands=9), colour=Colour.sea, weight=0.07
    )
    sheet.text(layout.LEFT + 20, 23.8, f"{state.ko} / {state.en}", page.SECTION)
    sheet.text(layout.LEFT + 20, 32, content.title_ko, page.TITLE)
    sheet.text(layout.LEFT + 20, 37.4, content.title_en, page.TITLE_LATIN)
    if reads_khmer(content.reference):
        after = width_of(str(state), page.SECTION) + 3
        sheet.text(layout.LEFT + 20 + after, 23.8, STATE_IN_KHMER, page.SECTION)
        after = width_of(content.title_en, page.TITLE_LATIN) + 3
        sheet.text(layout.LEFT + 20 + after, 37.4, _TITLE_IN_KHMER, page.TITLE_LATIN)
    sheet.text(layout.RIGHT, 23.8, "문서번호 / Document number", page.CAPTION, align=Align.right)
    sheet.text(layout.RIGHT, 31.4, content.document_number, page.CODE, align=Align.right)
    sheet.text(layout.RIGHT, 37.4, str(SINGLE_JOURNEY), page.BODY_STRONG, align=Align.right)
    sheet.line(layout.LEFT, 41, layout.RIGHT, 41, colour=Colour.sea, weight=0.35)
    for column in _columns(content):
        column.stack(sheet, 44, _REQUEST)


def _columns(content: TravelDocumentContent) -> tuple[_Column, ...]:
    """Return the languages of the sheet: Korean, English and, where the host country reads it, Khmer."""
    return _IN_THREE if reads_khmer(content.reference) else _IN_TWO


def _draw_stamp_place(sheet: Sheet, content: TravelDocumentContent, top: float) -> None:
    """Leave what the journey does not need to the border officers' stamps."""
    height = PANEL_TOP - _AROUND_STAMPS / 2 - top
    sheet.box(layout.LEFT, top, layout.CONTENT, height, edge=Colour.hairline, corner=1.5)
    layout.write_caption(sheet, layout.LEFT + 2.5, top + 3.8, _STAMPS)
    if reads_khmer(content.reference):
        sheet.text(layout.RIGHT - 2.5, top + 3.8, _STAMPS.km, page.CAPTION, align=Align.right)


def _draw_seal_place(sheet: Sheet) -> None:
    """Draw only the corners of the seal place, so that its quiet zone stays white."""
    sheet.box(SEAL_LEFT, SEAL_TOP, SEAL_SIDE, SEAL_SIDE, fill=Colour.white)
    for x, inward in ((SEAL_LEFT, 3), (SEAL_LEFT + SEAL_SIDE, -3)):
        for y, downward in ((SEAL_TOP, 3), (SEAL_TOP + SEAL_SIDE, -3)):
            sheet.line(x, y, x + inward, y, colour=Colour.muted)
            sheet.line(x, y, x, y + downward, colour=Colour.muted)
    sheet.text(SEAL_LEFT + SEAL_SIDE + 3, SEAL_TOP + 3, "봉인 / SEAL", page.BODY_STRONG)


def _draw_seal(sheet: Sheet, seal: bytes) -> None:
    rows = symbol(seal)
    side = len(rows) * SEAL_MODULE
    if side + 2 * QUIET_MODULES * SEAL_MODULE > SEAL_SIDE:
        raise ValueError("the seal does not fit its place on the sheet")
    left, top = (_on_the_grid(edge + (SEAL_SIDE - side) / 2) for edge in (SEAL_LEFT, SEAL_TOP))
    sheet.bar_code(rows, left, top, module=SEAL_MODULE)


def _on_the_grid(place: float) -> float:
    """Return the nearest place where a printer of 300 dots an inch begins a dot."""
    dot = 25.4 / 300
    return round(place / dot) * dot


def _draw_instructions(sheet: Sheet, content: TravelDocumentContent) -> None:
    top = PANEL_TOP + panel.HEIGHT + 5
    columns = _columns(content)
    for column in columns:
        sheet.text(column.left, top + 3, getattr(_TO_THE_HOLDER, column.language), page.SECTION)
    ends = []
    for column in columns:
        y = top + 6
        for words in _INSTRUCTIONS:
            y = column.stack(sheet, y, words) + 0.8
        ends.append(y)
    for column in columns:
        y = column.stack(sheet, max(ends), _CALL, column.strong)
        phone, lines = fitted(content.consular_phone, column.strong, column.width)
        layout.write_lines(sheet, column.left, y + phone.leading_mm * 0.75, lines, phone)


def _draw_marks(sheet: Sheet, content: TravelDocumentContent) -> None:
    """Draw fold marks, and over everything but the code lines what keeps a draft or a specimen from passing."""
    fold = PANEL_TOP + panel.HEIGHT
    for x in (4.0, page.WIDTH_MM - 8):
        sheet.line(x, fold, x + 4, fold, colour=Colour.muted)
    for y in (2.5, page.HEIGHT_MM - 5.0):
        sheet.line(PANEL_LEFT, y, PANEL_LEFT, y + 2.5, colour=Colour.muted)
    with sheet.around(*_RESERVED_FOR_READING):
        if content.specimen:
            layout.drill_marks(sheet, x=126, y=121, wide=175)
        if content.state == "draft":
            sheet.stamp(DRAFT, x=79, y=132, wide=150, angle=52, opacity=0.16)
