"""The situation report: one page that says where everybody is and what changed, and an annex of what must not wait."""

from dataclasses import dataclass
from itertools import accumulate

import pendulum

from models.board import AMBER_AFTER, LAPSING_WITHIN, LEAVING_WITHIN, RED_AFTER, Took
from models.case import HOME_ZONE, local_zone
from models.situation import Change, Situation, changes, moved
from tasks.papers import layout, page
from tasks.papers.layout import Block, Column, Field, Frame
from tasks.papers.page import Align, Colour, Sheet, wrapped
from tasks.papers.words import STATUSES, Words, clocks

TITLE = Words("상황 보고", "Situation report")
_REPORT = Words("보고 번호", "Report")

_KINDS = {
    "home": Words("{n}명 인계 완료", "{n} handed over"),
    "cancelled": Words("{n}명 종료", "{n} ended"),
    "merged": Words("{n}건 중복 확인", "{n} found to be reported twice"),
    "separated": Words("{n}건 중복 아님", "{n} found to be somebody else"),
    "opened": Words("{n}명 새로 접수", "{n} newly reported"),
}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

_BAR_LEFT, _BAR_ROOM, _BAR_HEIGHT, _ROW = 52.0, 104.0, 4.2, 6.8
_COLUMNS_HEIGHT, _TALLEST = 36.0, 22.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SituationContent:
    """What one report states; it names nobody."""

    name: str
    moment: pendulum.DateTime
    specimen: bool
    said: Situation
    before: Situation | None
    before_name: str | None


def difference(said: Situation, before: Situation | None) -> Words:
    """
    Return the difference to the report before in one line: `63 → 61: two handed over`.

    The reasons add up to the difference; where there is none, that is said.
    """
    if before is None:
        return Words(f"{said.under_way}명: 첫 보고", f"{said.under_way}: the first report")
    reasons = changes(before, said)
    if not reasons:
        return Words(f"{said.under_way}명: 변동 없음", f"{said.under_way}: nothing has changed")
    numbers = f"{before.under_way} → {said.under_way}"
    return Words(
        f"{numbers}: {', '.join(_KINDS[each.kind].ko.format(n=each.count) for each in reasons)}",
        f"{numbers}: {', '.join(_english(each) for each in reasons)}",
    )


def number_in_words(count: int) -> str:
    """Return a number as English writes it in a sentence: `two`, and figures from 13 on."""
    return _NUMBERS[count] if count < len(_NUMBERS) else f"{count:,}"


def _english(change: Change) -> str:
    return _KINDS[change.kind].en.format(n=number_in_words(change.count))


def render(content: SituationContent) -> bytes:
    """Return the report as PDF: one page, and the annex from the second on."""
    said = content.said
    alarming = page.CODE_ALARM if said.overdue else page.CODE
    first = [
        _headline(content),
        layout.row(
            Field(Words("진행 중", "On their way"), f"{said.under_way:,}", 2, page.CODE),
            Field(Words("귀국", "Home"), f"{said.home:,}", 2, page.CODE),
            Field(Words("종료", "Ended"), f"{said.cancelled:,}", 2, page.CODE),
            Field(Words("연락 두절", "Not heard of in time"), f"{said.overdue:,}", 3, alarming),
            Field(
                Words("곧 만료될 좌석", "Seats lapse soon"), f"{said.lapsing:,}", 3, page.CODE,
            ),
        ),
        layout.section(Words("단계와 머문 시간", "Where cases stand, and for how long")),
        _bars(content),
        layout.section(Words("일자별 귀국 (서울)", "Home, day by day (Seoul)")),
        _columns(said),
        layout.section(Words("소요 시간, 최근 30일", "How long it takes, over 30 days")),
        *layout.table(
            [
                Column(Words("구간", "From the report"), 62), Column(Words("절반", "Half within"), 38, Align.right),
                Column(Words("95%", "95 of 100 within"), 38, Align.right),
                Column(Words("사건", "Cases"), 33, Align.right),
            ],
            [
                (str(Words("예산 확보까지", "to money")), *_took(said.to_money)),
                (str(Words("귀국까지", "to home")), *_took(said.to_home)),
            ],
        ),
    ]  # fmt: skip
    frame = Frame(
        title=TITLE, reference=content.name, moment=content.moment, local_zone=HOME_ZONE, specimen=content.specimen,
        about=_REPORT,
    )  # fmt: skip
    return layout.compose(frame, [*first, layout.gap(layout.room_after(first)), *_annex(said)])


def _headline(content: SituationContent) -> Block:
    words = difference(content.said, content.before)
    style = page.Type(page.Face.bold, 15, 6.6, Colour.sea)
    ko, en = wrapped(words.ko, style, layout.CONTENT), wrapped(words.en, page.NAME_LATIN, layout.CONTENT)
    since = Words("직전 보고 이후", "Since the report before")
    told = f"{since} · {content.before_name}" if content.before_name else ""

    def paint(sheet: Sheet, y: float) -> None:
        below = layout.write_lines(sheet, layout.LEFT, y + 6, ko, style)
        below = layout.write_lines(sheet, layout.LEFT, below, en, page.NAME_LATIN)
        if told:
            sheet.text(layout.LEFT, below, told, page.SMALL)

    return Block(style.leading_mm * len(ko) + page.NAME_LATIN.leading_mm * len(en) + 12, paint)


def _bars(content: SituationContent) -> Block:
    said = content.said
    most = max((each.total for each in said.standing), default=0) or 1
    then = moved(content.before, said) if content.before else {}
    limits = AMBER_AFTER.in_hours(), RED_AFTER.in_hours()
    legend = (
        (Colour.alarm, f"{limits[1]}시간 초과 / over {limits[1]} h"),
        (Colour.amber, f"{limits[0]}시간 초과 / over {limits[0]} h"),
        (Colour.leaf, "그 이하 / younger"),
    )

    def paint(sheet: Sheet, y: float) -> None:
        for line, each in enumerate(said.standing):
            top = y + line * _ROW
            sheet.text(layout.LEFT, top + 3.4, str(STATUSES[each.status]), page.TABLE)
            widths = [_BAR_ROOM * count / most for count in (each.red, each.amber, each.green)]
            for x, width, colour in zip(
                accumulate(widths, initial=layout.LEFT + _BAR_LEFT), widths, (row[0] for row in legend), strict=False
            ):
                if width:
                    sheet.box(x, top, width, _BAR_HEIGHT, fill=colour)
            was = then.get(each.status)
            change = f"  ({was[0]:,} → {was[1]:,})" if was and was[0] != was[1] else ""
            end = layout.LEFT + _BAR_LEFT + sum(widths) + 1.5
            sheet.text(end, top + 3.4, f"{each.total:,}{change}", page.TABLE_STRONG)
        x = layout.LEFT + _BAR_LEFT
        top = y + len(said.standing) * _ROW + 1
        for colour, words in legend:
            sheet.box(x, top, 2.6, 2.6, fill=colour)
            sheet.text(x + 3.8, top + 2.3, words, page.SMALL)
            x += 42

    return Block(len(said.standing) * _ROW + 6, paint)


def _columns(said: Situation) -> Block:
    most = max((count for _, count in said.home_by_day), default=0) or 1
    step = layout.CONTENT / max(1, len(said.home_by_day))

    def paint(sheet: Sheet, y: float) -> None:
        floor = y + _COLUMNS_HEIGHT - 7
        for place, (day, count) in enumerate(said.home_by_day):
            x = layout.LEFT + place * step
            tall = _TALLEST * count / most
            if count:
                sheet.box(x + 1.5, floor - tall, step - 3, tall, fill=Colour.sea)
                sheet.text(x + step / 2, floor - tall - 1.2, f"{count:,}", page.TABLE_STRONG, align=Align.centre)
            sheet.text(x + step / 2, floor + 3.6, f"{day.month}.{day.day}.", page.SMALL, align=Align.centre)
        sheet.line(layout.LEFT, floor, layout.RIGHT, floor, colour=Colour.hairline)

    return Block(_COLUMNS_HEIGHT, paint)


def _took(took: Took) -> tuple[str, str, str]:
    return _long(took.p50_s), _long(took.p95_s), f"{took.cases:,}"


def _long(seconds: int | None) -> str:
    if seconds is None:
        return "–"
    hours = seconds / 3600
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} d"


def _annex(said: Situation) -> list[Block]:
    soon, hours = LAPSING_WITHIN.in_hours(), LEAVING_WITHIN.in_hours()
    case, when = Column(Words("사건", "Case"), 50), Column(Words("시각", "Moment"), 121)
    blocks = [layout.section(Words("부록 1. 연락 두절", "Annex 1. Not heard of in time"))]
    blocks += layout.table(
        [case, when],
        [(each.reference, _both(each.at, local_zone(each.reference))) for each in said.silent],
        style=page.TABLE_ALARM,
    )
    blocks += _nobody(said.silent, said.overdue)
    blocks += [
        layout.section(Words(f"부록 2. {soon}시간 내 만료될 좌석", f"Annex 2. Seats that lapse within {soon} h"))
    ]
    blocks += layout.table(
        [case, when], [(each.reference, _both(each.at, local_zone(each.reference))) for each in said.holds]
    )
    blocks += _nobody(said.holds, said.lapsing)
    blocks += [layout.section(Words(f"부록 3. {hours}시간 내 항공편", f"Annex 3. Flights of the next {hours} hours"))]
    blocks += layout.table(
        [
            Column(Words("항공편", "Flight"), 40), Column(Words("출발", "Departs"), 95),
            Column(Words("인원", "People"), 18, Align.right), Column(Words("미결제", "Not paid"), 18, Align.right),
        ],
        [(f"{f.flight}  {f.way}", _each(f.departs_at, f.zone), f"{f.people:,}", f"{f.unpaid:,}") for f in said.flights],
    )  # fmt: skip
    return [*blocks, *_nobody(said.flights, len(said.flights))]


def _nobody(rows: tuple[object, ...], total: int) -> list[Block]:
    if not rows:
        return layout.paragraph(str(Words("없음", "none")), page.SMALL)
    if total > len(rows):
        more = total - len(rows)
        return layout.paragraph(str(Words(f"외 {more:,}건", f"and {more:,} more")), page.SMALL)
    return []


def _both(moment: str, zone: str) -> str:
    return " · ".join(_each(moment, zone))


def _each(moment: str, zone: str) -> tuple[str, ...]:
    at = pendulum.parse(moment)
    if not isinstance(at, pendulum.DateTime):
        raise TypeError("a moment of a report has a time")
    return tuple(dict.fromkeys(clocks(at, zone)))
