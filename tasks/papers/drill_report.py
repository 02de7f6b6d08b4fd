"""The report of a drill: who came home how fast, what went wrong on the way, and whether every promise held."""

from itertools import pairwise

from models.case import HOME_ZONE, Step
from models.rehearsal import Rehearsal, StepTimes, percentile
from tasks.papers import layout, page
from tasks.papers.layout import Block, Column, Field, Frame
from tasks.papers.page import Align, Colour, Sheet
from tasks.papers.words import Words, day_words

TITLE = Words("훈련 보고서", "Drill report")
_LOCAL_ZONE = "Asia/Phnom_Penh"

STEPS = {
    Step.lookout: Words("기록 확인", "Lookout"),
    Step.verification: Words("신원 확인", "Verification"),
    Step.authorise: Words("증명서 승인", "Document authorised"),
    Step.booking: Words("예약", "Booking"),
    Step.funding: Words("경비", "Funding"),
    Step.release: Words("증명서 발급", "Document released"),
    Step.handoff: Words("인계", "Handoff"),
    Step.help: Words("도움 요청", "Help"),
    Step.ending: Words("종료", "Ending"),
}

_CHART_HEIGHT = 34.0

_TIMES = (
    Column(Words("단계", "Step"), 54),
    Column(Words("질문", "Questions"), 24, Align.right),
    Column(Words("결정까지 중앙값", "To decide, p50"), 32, Align.right),
    Column(Words("다음 질문까지 중앙값", "To next, p50"), 32, Align.right),
    Column(Words("다음 질문까지 95 %", "To next, p95"), 28, Align.right),
)
_PROMISES = (
    Column(Words("결과", "Result"), 20),
    Column(Words("약속", "Promise"), 84),
    Column(Words("센 것", "Counted"), 67),
)
_COUNTED = (Column(Words("일", "What happened"), 130), Column(Words("횟수", "Times"), 40, Align.right))


def render(found: Rehearsal) -> bytes:
    """Return the report as PDF: a first page to read, and what went wrong on the pages after it."""
    frame = Frame(
        title=TITLE, about=Words("작전", "Operation"), reference=found.operation, moment=found.ended_at,
        local_zone=_LOCAL_ZONE, specimen=True,
    )  # fmt: skip
    began, ended = (at.in_timezone(HOME_ZONE) for at in (found.began_at, found.ended_at))
    went_wrong = [*found.struck, *((f"alarm: {kind}", count) for kind, count in found.alarms)]
    blocks = [
        layout.row(
            Field(Words("사람", "People"), str(found.people), 3, page.CODE),
            Field(Words("귀국", "Home"), str(len(found.home_s)), 3, page.CODE),
            Field(Words("답을 기다림", "Waiting"), str(len(found.waiting)), 3, page.CODE),
            Field(Words("걸린 시간", "Took"), _span(found.lasted_s), 3, page.CODE),
        ),
        layout.row(
            Field(Words("시작", "Began"), f"{day_words(began.date())} {began:%H:%M:%S}", 3),
            Field(Words("끝", "Ended"), f"{day_words(ended.date())} {ended:%H:%M:%S}", 3),
            Field(Words("접수", "Intake"), _span(found.opened_s), 3),
            Field(Words("시드", "Seed"), str(found.seed), 3),
        ),
        layout.row(
            Field(Words("귀국까지 중앙값", "To home, p50"), _span(percentile(list(found.home_s), 0.5)), 3),
            Field(Words("귀국까지 95 %", "To home, p95"), _span(percentile(list(found.home_s), 0.95)), 3),
            Field(
                Words("결정한 곳", "Decided through"),
                ", ".join(f"{door.replace('_', ' ')} {count}" for door, count in found.decisions) or "–", 6,
            ),
        ),
        layout.gap(2),
        _homecoming(found),
        layout.section(Words("약속", "Promises")),
        *layout.table(
            _PROMISES,
            [(("지킴", "holds") if each.holds else ("깨짐", "BROKEN"), (each.words_ko, each.words), each.found)
             for each in found.promises],
        ),
        layout.section(Words("단계별 시간", "Time at each step")),
        *layout.table(_TIMES, [_times(each) for each in found.steps]),
    ]  # fmt: skip
    if went_wrong:
        blocks += [
            layout.section(Words("일어난 일", "What went wrong")),
            *layout.table(_COUNTED, [(what, str(count)) for what, count in went_wrong]),
        ]
    if found.waiting:
        blocks += [
            layout.section(Words("답을 기다리는 사람", "Who waits for an answer")),
            *layout.paragraph(", ".join(f"{reference} ({STEPS[step].en})" for reference, step in found.waiting)),
        ]
    return layout.compose(frame, blocks)


def _times(step: StepTimes) -> tuple[str | tuple[str, ...], ...]:
    return (
        str(STEPS[step.step]),
        str(step.questions),
        _span(percentile(list(step.to_decide_s), 0.5)),
        _span(percentile(list(step.to_next_s), 0.5)),
        _span(percentile(list(step.to_next_s), 0.95)),
    )


def _span(seconds: float | None) -> str:
    """Return a span of time as people read it: `0.4 s`, `48 s`, `3 min 05 s`."""
    if seconds is None:
        return "–"
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def _homecoming(found: Rehearsal) -> Block:
    """Return how many were home at each moment as a line that climbs to everybody."""
    last = max(found.home_s, default=1.0)
    points = [(0.0, 0), *((at, number) for number, at in enumerate(found.home_s, start=1))]

    def paint(sheet: Sheet, y: float) -> None:
        left, right, top, bottom = layout.LEFT + 10, layout.RIGHT, y + 8, y + _CHART_HEIGHT - 5

        def at(point: tuple[float, int]) -> tuple[float, float]:
            return left + (right - left) * point[0] / last, bottom - (bottom - top) * point[1] / found.people

        layout.write_caption(sheet, layout.LEFT, y + 3, Words("귀국한 사람", "People home"))
        for share in (0.0, 0.5, 1.0):
            height = bottom - (bottom - top) * share
            sheet.line(left, height, right, height, colour=Colour.hairline, weight=0.12)
            sheet.text(left - 2, height + 1, str(round(found.people * share)), page.FOOT, align=Align.right)
        for before, after in pairwise(points):
            (x, height), (next_x, next_height) = at(before), at(after)
            sheet.line(x, height, next_x, height, colour=Colour.sea, weight=0.5)
            sheet.line(next_x, height, next_x, next_height, colour=Colour.sea, weight=0.5)
        sheet.text(left, bottom + 4, "0 s", page.FOOT)
        sheet.text(right, bottom + 4, _span(last), page.FOOT, align=Align.right)

    return Block(_CHART_HEIGHT, paint)
