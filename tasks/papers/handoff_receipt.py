"""The handoff receipt: who handed whom to whom, where and when, with what, and the next contact."""

from dataclasses import dataclass
from datetime import date

import pendulum

from models.officer import Role
from tasks.papers import layout, page
from tasks.papers.layout import Block, Column, Field, Frame
from tasks.papers.page import Colour, Sheet, fitted
from tasks.papers.words import ROLES, Words, clocks, day_words

TITLE = Words("인계 확인서", "Handoff receipt")

_SIGNATURE_HEIGHT = 44.0
_NOTHING = Words("없음", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An agency that was asked before and did not receive the person."""

    agency: str
    reason: str
    refused_at: pendulum.DateTime


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class HandoffReceiptContent:
    """What one receipt states; without a repr, so that no log carries a name."""

    reference: str
    name_hangul: str
    name_latin: str
    handed_over_by: str
    """Officer number, for example `O-07`."""
    handed_over_role: Role
    receiving_agency: str
    receiving_officer: str
    """Officer number."""
    place: str
    flight_number: str
    arrives_at: pendulum.DateTime
    """As scheduled."""
    received_at: pendulum.DateTime
    document_number: str
    document_collected_at: pendulum.DateTime | None
    document_cancelled_at: pendulum.DateTime | None
    items: tuple[str, ...]
    """What was handed over besides the person, one item each."""
    follow_up_on: date
    refusals: tuple[Refusal, ...]
    decision_id: str
    decision_digest: str
    """SHA-256, hex, of what the receiving officer saw."""
    moment: pendulum.DateTime
    local_zone: str
    specimen: bool


def render(content: HandoffReceiptContent) -> bytes:
    """Return the receipt as PDF; raise ValueError for a character without a glyph."""
    frame = Frame(
        title=TITLE,
        reference=content.reference,
        moment=content.moment,
        local_zone=content.local_zone,
        specimen=content.specimen,
    )
    return layout.compose(frame, [
        layout.person(content.name_hangul, content.name_latin),
        layout.section(Words("인계와 인수", "From whom to whom")),
        layout.row(
            Field(Words("인계자", "Handed over by"), (content.handed_over_by, str(ROLES[content.handed_over_role])), 6),
            Field(Words("인수자", "Received by"), (content.receiving_officer, content.receiving_agency), 6),
        ),
        layout.row(
            Field(Words("장소", "Place"), content.place, 6),
            Field(Words("항공편", "Flight"), content.flight_number, 6),
        ),
        layout.row(
            Field(Words("도착 예정", "Scheduled arrival"), clocks(content.arrives_at, content.local_zone), 6),
            Field(Words("인수", "Received"), clocks(content.received_at, content.local_zone), 6),
        ),
        layout.section(Words("여행증명서", "Travel document")),
        layout.row(
            Field(Words("문서번호", "Document number"), content.document_number, 4, page.STRONG),
            Field(Words("회수", "Collected"), _when(content.document_collected_at, content), 4, page.TABLE),
            Field(Words("무효 처리", "Cancelled"), _when(content.document_cancelled_at, content), 4, page.TABLE),
        ),
        layout.section(Words("함께 넘긴 것", "Handed over with the person")),
        *_items(content.items),
        layout.section(Words("앞선 요청", "Earlier requests to receive")),
        *_refusals(content),
        layout.gap(3),
        layout.row(
            Field(Words("다음 연락일", "Follow-up on"), day_words(content.follow_up_on), 12, page.STRONG)
        ),
        layout.gap(2),
        _signature(content),
    ])  # fmt: skip


def _when(moment: pendulum.DateTime | None, content: HandoffReceiptContent) -> tuple[str, ...]:
    return clocks(moment, content.local_zone) if moment else ("아직 아님 / not yet",)


def _items(items: tuple[str, ...]) -> list[Block]:
    lines = [f"{number}. {item}" for number, item in enumerate(items, start=1)] or [str(_NOTHING)]
    return [block for line in lines for block in layout.paragraph(line)]


def _refusals(content: HandoffReceiptContent) -> list[Block]:
    if not content.refusals:
        return layout.paragraph(str(_NOTHING))
    columns = [
        Column(Words("기관", "Agency"), 54),
        Column(Words("이유", "Reason"), 55),
        Column(Words("시각", "At"), 62),
    ]
    return layout.table(columns, [
        (refusal.agency, page.drawable(refusal.reason, page.BODY.face), clocks(refusal.refused_at, content.local_zone))
        for refusal in content.refusals
    ])  # fmt: skip


def _signature(content: HandoffReceiptContent) -> Block:
    """Return the box to sign in, with the decision it stands for."""
    halves = (
        (layout.LEFT + 5, Words("인계자 서명", "Handed over"), content.handed_over_by),
        (layout.LEFT + layout.CONTENT / 2 + 3, Words("인수자 서명", "Received"), content.receiving_officer),
    )
    width = layout.CONTENT / 2 - 8
    digest = f"{content.decision_id} · SHA-256 {content.decision_digest}"
    style, lines = fitted(digest, page.SMALL, layout.CONTENT - 10, lines=2)

    def paint(sheet: Sheet, y: float) -> None:
        sheet.box(layout.LEFT, y, layout.CONTENT, _SIGNATURE_HEIGHT, edge=Colour.hairline, corner=2, weight=0.2)
        for x, caption, officer in halves:
            layout.write_caption(sheet, x, y + 5.5, caption)
            sheet.line(x, y + 25, x + width, y + 25, colour=Colour.muted)
            sheet.text(x, y + 29, officer, page.BODY)
        layout.write_caption(sheet, layout.LEFT + 5, y + 34.6, Words("결정", "Decision"))
        layout.write_lines(sheet, layout.LEFT + 5, y + 38.4, lines, style)

    return Block(_SIGNATURE_HEIGHT, paint)
