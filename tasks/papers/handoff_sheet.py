"""The handoff sheet: what the receiver of a person needs on the day, and nothing else."""

from dataclasses import dataclass

import pendulum

from tasks.papers import layout, letter, page
from tasks.papers.layout import Field
from tasks.papers.letter import NOT_KNOWN, Letter
from tasks.papers.words import Words, clocks

TITLE = Words("인계 안내서", "Handoff sheet")

_STEPS = (
    Words(
        "사진과 여행증명서로 사람을 확인한다. 다른 사람이거나 오지 않았으면 바로 공관에 전화한다.",
        "Make sure by portrait and travel document who stands there. If it is somebody else or nobody, call at once.",
    ),
    Words(
        "무엇이 필요한지 먼저 묻는다: 물, 휴식, 치료, 통역, 연락하고 싶은 사람.",
        "First ask what is needed: water, rest, a doctor, an interpreter, somebody to be told.",
    ),
    Words(
        "여행증명서를 회수하고, 인수 확인에 서명한다.",
        "Take the travel document in and sign the receipt.",
    ),
    Words(
        "본인 동의 없이 사진을 찍거나 가족, 언론에 알리지 않는다.",
        "Without their consent take no picture and tell neither family nor press.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class HandoffSheetContent(Letter):
    """What one sheet states."""

    receiver: str
    flight_number: str
    arrives_at: pendulum.DateTime
    place: str
    document_number: str | None
    care: tuple[Words, ...]
    """What must be ready on arrival, without a reason."""
    goes_with: str | None
    """Who takes a child home where no agency does."""


def render(content: HandoffSheetContent) -> bytes:
    """Return the sheet as PDF; raise ValueError for a character without a glyph."""
    care = tuple(str(each) for each in content.care) or (str(Words("특별히 없음", "nothing in particular")),)
    return letter.composed(TITLE, content, [
        layout.section(Words("도착", "Arrival")),
        layout.row(
            Field(Words("항공편", "Flight"), content.flight_number, 3, page.STRONG),
            Field(Words("장소", "Place"), content.place, 9),
        ),
        layout.row(Field(Words("도착 예정", "Scheduled arrival"), clocks(content.arrives_at, content.local_zone), 12)),
        layout.row(
            Field(Words("인수 기관", "Receiver"), content.receiver, 6),
            Field(Words("여행증명서 번호", "Travel document"), content.document_number or NOT_KNOWN, 6),
        ),
        layout.section(Words("준비할 것", "To be ready")),
        layout.row(
            Field(Words("필요한 도움", "Care"), care, 6),
            Field(Words("함께 가는 사람", "Goes with"), content.goes_with or NOT_KNOWN, 6),
        ),
        layout.section(Words("할 일", "What to do")),
        *letter.points(_STEPS),
        layout.gap(4),
        letter.to_fill_in((Words("함께 받은 물건", "Belongings received"), 12)),
        letter.to_fill_in((Words("특이 사항", "Anything to note"), 12)),
        layout.gap(3),
        letter.signatures(Words("인계자", "Handed over"), Words("인수자", "Received")),
    ])  # fmt: skip
