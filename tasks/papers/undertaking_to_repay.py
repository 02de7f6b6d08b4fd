"""The undertaking to repay: what the state may ask back, of whom, and that nobody's boarding hangs on it."""

from dataclasses import dataclass

from tasks.papers import layout, letter, page
from tasks.papers.layout import Field
from tasks.papers.letter import Letter
from tasks.papers.words import Words

TITLE = Words("상환 확인서", "Undertaking to repay")

NOT_A_CONDITION = Words(
    "이 확인서에 서명하지 않아도 비행기에 탈 수 있습니다. 서명은 귀국의 조건이 아닙니다.",
    "Whoever does not sign this may board all the same. It is no condition of returning home.",
)
_WAIVED = Words("면제: 갚을 것이 없음", "waived: nothing is to be repaid")
_POINTS = (
    Words(
        "갚는 금액은 통상의 편도 항공료를 넘지 않습니다. 그 밖의 비용은 국가가 부담합니다.",
        "Never more than the usual one-way fare is asked back. The state bears the rest.",
    ),
    Words(
        "갚기 어려우면 언제든지 면제나 유예를 신청할 수 있습니다.",
        "Whoever cannot pay may ask at any time for it to be waived or put off.",
    ),
    Words(
        "금액과 방법은 귀국한 뒤에 서면으로 알려 드립니다. 이자는 없습니다.",
        "Amount and way are told in writing after the return. There is no interest.",
    ),
    Words(
        "여권이나 물건을 담보로 잡지 않으며, 가족에게 청구하지 않습니다.",
        "No passport and no belongings are held for it, and no family is asked to pay.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class UndertakingContent(Letter):
    """What one undertaking states."""

    fare: str
    """The most that may be asked back, with its currency: `USD 412.30`."""
    waived: bool


def render(content: UndertakingContent) -> bytes:
    """Return the undertaking as PDF; raise ValueError for a character without a glyph."""
    asked = str(_WAIVED) if content.waived else content.fare
    return letter.composed(TITLE, content, [
        letter.statement(NOT_A_CONDITION, content.reference, strong=True),
        layout.row(
            Field(Words("갚는 금액, 많아도", "To be repaid, at most"), asked, 6, page.STRONG),
            Field(Words("항공료", "Fare as booked"), content.fare, 6),
        ),
        layout.section(Words("알아 둘 것", "What this means")),
        *letter.points(_POINTS),
        layout.gap(3),
        letter.to_tick(
            Words("위 내용을 이해했고 동의함", "I have understood this and agree"),
            Words("동의하지 않음", "I do not agree"),
        ),
        letter.to_fill_in((Words("읽어 준 언어", "Read out in"), 6), (Words("읽어 준 사람", "Read by"), 6)),
        layout.gap(4),
        letter.signatures(Words("본인", "The person"), Words("공관", "For the mission")),
    ])  # fmt: skip
