"""The escort order: who travels with a person, on which flights, and what they owe them. It names no reason."""

from dataclasses import dataclass

from models.itinerary import Itinerary
from tasks.papers import layout, letter
from tasks.papers.layout import Block, Column, Field
from tasks.papers.letter import NOT_KNOWN, Letter
from tasks.papers.words import Words

TITLE = Words("동행 명령서", "Escort order")

_PLACES = 3
_DUTIES = (
    Words(
        "출발 공항부터 인수자가 서명할 때까지 이 사람과 함께하고, 안전과 존엄을 지킨다.",
        "Stay with the person from the airport of departure until the receiver signs; keep them safe and in dignity.",
    ),
    Words(
        "건강 상태가 달라지거나 본인이 탑승을 원하지 않으면 탑승 전에 공관에 알린다.",
        "If their health changes, or they do not wish to board, tell the mission before boarding.",
    ),
    Words(
        "이 사람에 관하여 여정에 필요한 것 밖에는 묻지도 말하지도 않으며, 사진을 찍거나 찍게 두지 않는다.",
        "Ask and tell nothing about the person beyond what the journey needs; take no pictures and allow none.",
    ),
    Words(
        "여행증명서는 본인이 지니고, 도착하면 인수자에게 내게 한다.",
        "The travel document stays with the person, who hands it to the receiver on arrival.",
    ),
    Words(
        "기내에서는 기장의 지시에 따른다.",
        "On board the captain's word counts.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class EscortOrderContent(Letter):
    """What one order states; officers nobody has named yet are written in by the agency that sends them."""

    escorts: tuple[tuple[str, str, str], ...] = ()
    """Of each officer who has seats beside the person: name, agency, officer number."""
    document_number: str | None
    route: Itinerary
    record_locator: str
    receiver: str


def render(content: EscortOrderContent) -> bytes:
    """Return the order as PDF; raise ValueError for a character without a glyph."""
    return letter.composed(TITLE, content, [
        layout.section(Words("동행하는 사람", "Escorts")),
        *_escorts(content.escorts),
        layout.section(Words("여정", "Journey")),
        *letter.flights(content.route),
        layout.gap(3),
        layout.row(
            Field(Words("예약번호", "Record locator"), content.record_locator, 3),
            Field(Words("여행증명서 번호", "Travel document"), content.document_number or NOT_KNOWN, 4),
            Field(Words("인수 기관", "Receiver"), content.receiver, 5),
        ),
        layout.section(Words("할 일", "Duties")),
        *letter.points(_DUTIES),
        layout.gap(4),
        letter.signatures(Words("명령한 사람", "Ordered by"), Words("인수자", "Receiver, on arrival")),
    ])  # fmt: skip


def _escorts(named: tuple[tuple[str, str, str], ...]) -> list[Block]:
    columns = [
        Column(Words("성명", "Name"), 62),
        Column(Words("소속", "Agency"), 55),
        Column(Words("담당자 번호, 신분증", "Officer number, service card"), 54),
    ]
    # Empty on purpose: two lines of height, to be written on.
    empty = [((" ", " "), " ", " ")] * max(0, _PLACES - len(named))
    return layout.table(columns, [*named, *empty])
