"""
The papers for somebody who has died: the fields of a laissez-passer for a corpse, certificates, and two hand-overs.

Sources: International Arrangement concerning the Conveyance of Corpses, Berlin 1937 (name, age, place, date and cause
of death); Agreement on the Transfer of Corpses, Strasbourg 1973 (who issues it, the coffin, not for ashes).
"""

from dataclasses import dataclass
from datetime import date

from models.person import Sex
from tasks.papers import layout, letter
from tasks.papers.layout import Block, Column, Field
from tasks.papers.letter import Letter
from tasks.papers.words import Words

TITLE = Words("유해 송환 서류", "Conveyance of mortal remains")

_CERTIFICATES = (
    Words("사망 진단서 또는 검안서, 번역", "Death or post-mortem certificate, with translation"),
    Words("부검에 관한 합의와 결과", "Autopsy: what was agreed, and its result"),
    Words("주재국 경찰의 인도 확인", "Release by the host country's police"),
    Words("방부 처리 증명서", "Embalming certificate"),
    Words(
        "입관 증명서: 규격에 맞는 관, 본인과 소지품만", "Coffin certificate: as prescribed, only the person and effects"
    ),
    Words("화장: 가족 동의와 화장 증명서", "Cremation: the family's consent and the certificate"),
    Words("공관 확인서, 여권 또는 여행증명서", "Confirmation of the mission; passport"),
    Words("화물 예약, 도착 검역", "Cargo booking; quarantine on arrival"),
)
_NOTE = Words(
    "유골에는 통행 허가서가 필요하지 않습니다(스트라스부르 협정 제1조). "
    "두 협정에 가입하지 않은 나라에서는 그 나라의 규정이 따로 적용됩니다.",
    "Ashes need no laissez-passer (Strasbourg art. 1). "
    "Where a country is party to neither agreement its own rules apply.",
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MortalRemainsContent(Letter):
    """What the papers state; what nobody has certified yet is left to be written in."""

    sex: Sex | None
    born_on: date | None
    nationality: str | None
    place: str
    """Where the body was last known to be."""
    keeper: str


def render(content: MortalRemainsContent) -> bytes:
    """Return the papers as PDF; raise ValueError for a character without a glyph."""
    return letter.composed(
        TITLE,
        content,
        [
            layout.section(Words("통행 허가서에 적을 것", "Fields of the laissez-passer")),
            letter.identity(sex=content.sex, born_on=content.born_on, nationality=content.nationality),
            layout.row(
                Field(Words("현재 장소", "Where the body is"), content.place, 6),
                Field(Words("보관 기관", "In the keeping of"), content.keeper, 6),
            ),
            letter.to_fill_in(
                (Words("사망일", "Died on"), 3), (Words("사망 장소", "Died at"), 6), (Words("나이", "Age"), 3)
            ),
            letter.to_fill_in((Words("사인, 증명서에 적힌 대로", "Cause of death, as certified"), 12)),
            letter.to_fill_in(
                (Words("운송 수단", "Conveyed by"), 3),
                (Words("출발지", "From"), 3),
                (Words("경유", "By way of"), 3),
                (Words("목적지", "To"), 3),
            ),
            letter.to_fill_in((Words("발급 당국, 번호", "Issued by, number"), 6), (Words("발급일", "Issued on"), 6)),
            layout.section(Words("증명서", "Certificates")),
            *_certificates(),
            layout.gap(3),
            letter.statement(_NOTE, content.reference),
            layout.section(Words("걸려 있는 것", "What it waits for")),
            letter.to_fill_in(
                (Words("부검 또는 인도 협의 담당", "In charge of autopsy or release"), 6), (Words("시한", "By when"), 6)
            ),
            layout.section(Words("가족의 뜻", "Wishes of the family")),
            letter.to_tick(
                Words("인도 때 참석", "will be present"),
                Words("참석하지 않음", "will not be present"),
                Words("언론 접촉 원하지 않음", "wants no press"),
                Words("화장에 동의", "consents to cremation"),
            ),
            layout.section(Words("인도", "Hand over")),
            letter.signatures(Words("1차 인도자", "First link, gives"), Words("1차 인수자", "First link, takes")),
            layout.gap(3),
            letter.signatures(Words("2차 인도자", "Second link, gives"), Words("2차 인수자", "Second link, takes")),
            layout.gap(3),
        ],
    )


def _certificates() -> list[Block]:
    columns = [
        Column(Words("서류", "Paper"), 96),
        Column(Words("번호", "Number"), 40),
        Column(Words("날짜", "Date"), 35),
    ]
    return layout.table(columns, [((words.ko, words.en), " ", " ") for words in _CERTIFICATES])
