"""The cover: on one page, where the case is now, what comes next, who decides by when, and what has happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import pendulum

from models.case import CaseStatus, Stage
from models.officer import Role
from tasks.papers import layout, page
from tasks.papers.layout import Block, Column, Field, Frame
from tasks.papers.page import Align, Colour, Sheet
from tasks.papers.words import ROLES, STAGES, STATUSES, Words, clocks

TITLE = Words("사건 표지", "Case cover")

_PROGRESS_HEIGHT = 22.0
_NODE = 2.6
_MOST_PAPERS = 8
_NOTHING = Words("없음", "none")
_NO_DEADLINE = Words("정해지지 않음", "not set")
_NOBODY = Words("결정 대기 없음", "nothing to decide")


class Progress(StrEnum):
    """How far one stage is."""

    done = "done"
    now = "now"
    next = "next"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that has happened, in plain words without a name."""

    at: pendulum.DateTime
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperMark:
    """One paper of the case so far."""

    kind: str
    number: str | None
    sha256: str
    """Hex; the cover shows the first 16 characters."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CoverContent:
    """What one cover states; without a repr, so that no log carries a name."""

    reference: str
    name_hangul: str
    name_latin: str
    status: CaseStatus
    progress: Mapping[Stage, Progress]
    """One entry for each of the five stages."""
    next_step: str
    """Plain words."""
    decides: Role | None
    """None when nothing waits for a decision."""
    due_at: pendulum.DateTime | None
    owner: str
    """Officer number of who has the person in charge."""
    next_contact_due_at: pendulum.DateTime | None
    events: tuple[Event, ...]
    """In the order they happened."""
    papers: tuple[PaperMark, ...]
    moment: pendulum.DateTime
    local_zone: str
    specimen: bool

    def __post_init__(self) -> None:
        """Refuse a journey of other than the five stages."""
        if set(self.progress) != set(Stage):
            raise ValueError("the cover shows each of the five stages once")


def render(content: CoverContent) -> bytes:
    """
    Return the cover as PDF, always one page: the oldest events and papers give way, and a line says how many.

    Raises:
        ValueError: a character without a glyph.
    """
    frame = Frame(
        title=TITLE,
        reference=content.reference,
        moment=content.moment,
        local_zone=content.local_zone,
        specimen=content.specimen,
    )
    fixed = [
        layout.person(content.name_hangul, content.name_latin),
        layout.gap(4),
        _progress(content.progress),
        *_now(content),
        layout.section(Words("지금까지의 문서", "Papers so far")),
        *_papers(content.papers),
    ]
    return layout.compose(frame, [*fixed, *_timeline(content, layout.room_after(fixed))])


def _progress(progress: Mapping[Stage, Progress]) -> Block:
    """Return the five stages on one line: done filled, now ringed, next open."""
    step = layout.CONTENT / len(Stage)

    def paint(sheet: Sheet, y: float) -> None:
        line = y + 5
        for place, stage in enumerate(Stage):
            x = layout.LEFT + step * (place + 0.5)
            if place:
                reached = progress[stage] is not Progress.next
                colour, weight = (Colour.sea, 0.5) if reached else (Colour.hairline, 0.3)
                sheet.line(x - step + _NODE + 1.4, line, x - _NODE - 1.4, line, colour=colour, weight=weight)
            _draw_node(sheet, x, line, progress[stage])
            style = page.BODY if progress[stage] is Progress.next else page.BODY_STRONG
            sheet.text(x, line + 8, STAGES[stage].ko, style, align=Align.centre)
            sheet.text(x, line + 11.6, STAGES[stage].en, page.SMALL, align=Align.centre)

    return Block(_PROGRESS_HEIGHT, paint)


def _draw_node(sheet: Sheet, x: float, y: float, progress: Progress) -> None:
    match progress:
        case Progress.done:
            sheet.disc(x, y, _NODE, fill=Colour.sea)
        case Progress.now:
            sheet.disc(x, y, _NODE + 0.6, edge=Colour.sea, weight=0.35)
            sheet.disc(x, y, _NODE - 1.1, fill=Colour.sea)
        case Progress.next:
            sheet.disc(x, y, _NODE, edge=Colour.hairline, weight=0.3)


def _now(content: CoverContent) -> list[Block]:
    def by_both_clocks(moment: pendulum.DateTime | None) -> tuple[str, ...]:
        return clocks(moment, content.local_zone) if moment else (str(_NO_DEADLINE),)

    decides = ROLES[content.decides] if content.decides else _NOBODY
    return [
        layout.row(
            Field(Words("현재 상태", "Status"), str(STATUSES[content.status]), 6, page.STRONG),
            Field(Words("담당", "In the charge of"), content.owner, 6, page.STRONG),
        ),
        layout.row(Field(Words("다음 단계", "Next step"), content.next_step, 12, page.STRONG)),
        layout.row(
            Field(Words("결정하는 사람", "Who decides"), str(decides), 4),
            Field(Words("결정 시한", "By when"), by_both_clocks(content.due_at), 4, page.TABLE),
            Field(
                Words("다음 연락 시한", "Next contact due"), by_both_clocks(content.next_contact_due_at), 4, page.TABLE
            ),
        ),
    ]


def _papers(papers: Sequence[PaperMark]) -> list[Block]:
    if not papers:
        return layout.paragraph(str(_NOTHING))
    columns = [
        Column(Words("문서", "Paper"), 62),
        Column(Words("번호", "Number"), 54),
        Column(Words("지문", "SHA-256, first 16"), 55),
    ]
    rows = [(mark.kind, mark.number or "–", mark.sha256[:16]) for mark in papers[-_MOST_PAPERS:]]
    return [*layout.table(columns, rows), *_earlier(len(papers) - len(rows))]


def _timeline(content: CoverContent, room: float) -> list[Block]:
    """Return the newest events that fit, in the order they happened."""
    heading = layout.section(Words("지금까지 있었던 일", "What has happened"))
    rows = [_event(event, content.local_zone) for event in content.events]
    left = room - heading.height - sum(block.height for block in _earlier(len(rows)))
    shown: list[Block] = []
    for row in reversed(rows):
        if row.height > left:
            break
        shown.insert(0, row)
        left -= row.height
    return [heading, *_earlier(len(rows) - len(shown)), *shown]


def _earlier(missing: int) -> list[Block]:
    """Return the line that says how many older entries the page left out."""
    words = f"이전 {missing}건은 사건 기록에 있음 / {missing} earlier ones are in the case file"
    return [layout.gap(1.5), *layout.paragraph(words, page.SMALL), layout.gap(1.5)] if missing else []


def _event(event: Event, local_zone: str) -> Block:
    """Return one line of the timeline: both clocks at the left, the words beside them."""
    moments = layout.column(clocks(event.at, local_zone), page.TABLE_NOTE, left=layout.LEFT + 5, width=62)
    words = layout.column(
        (page.drawable(event.words, page.BODY.face),), page.BODY, left=layout.LEFT + 70, width=layout.CONTENT - 70
    )
    height = max(moments.height, words.height) + 1.6

    def paint(sheet: Sheet, y: float) -> None:
        sheet.line(layout.LEFT + 1, y, layout.LEFT + 1, y + height, colour=Colour.hairline, weight=0.3)
        sheet.disc(layout.LEFT + 1, y + 2.2, 0.9, fill=Colour.sea)
        moments.paint(sheet, y)
        words.paint(sheet, y)

    return Block(height, paint)
