"""The form on fitness to fly: our part for the airline, and a physician's part to fill in."""

from dataclasses import dataclass
from datetime import date

import pendulum

from models.itinerary import Itinerary
from models.person import Sex
from tasks.papers import layout, letter, page
from tasks.papers.layout import Field
from tasks.papers.letter import Letter
from tasks.papers.words import Words, clocks

TITLE = Words("항공 여행 적합 소견서", "Fitness to fly form")

_ON_FILE = {True: Words("여행 적합", "fit to fly"), False: Words("여행 부적합", "not fit to fly")}
_NOT_YET = Words("아직 없음", "none yet")
_ASKED = (
    Words("혼자 앉을 수 있음", "can sit upright unaided"),
    Words("혼자 탑승할 수 있음", "can board unaided"),
    Words("동행인 필요", "needs an escort"),
    Words("의료인 동행 필요", "needs a medical escort"),
    Words("휠체어", "wheelchair"),
    Words("들것", "stretcher"),
    Words("산소", "oxygen in flight"),
    Words("기내 의료기기", "medical device on board"),
    Words("전염되지 않음", "not contagious"),
    Words("최근 수술 또는 골절", "recent operation or fracture"),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FitToFlyContent(Letter):
    """What one form states; the findings are the physician's to write."""

    sex: Sex | None
    born_on: date | None
    nationality: str | None
    document_number: str | None
    route: Itinerary | None
    airline_wants_it_by: pendulum.DateTime | None
    fit: bool | None
    """What is on record; None when nobody has examined the person yet."""
    examined_by: str
    valid_until: pendulum.DateTime | None


def render(content: FitToFlyContent) -> bytes:
    """Return the form as PDF; raise ValueError for a character without a glyph."""

    def when(moment: pendulum.DateTime | None) -> tuple[str, ...]:
        return clocks(moment, content.local_zone) if moment else (letter.NOT_KNOWN,)

    on_file = _NOT_YET if content.fit is None else _ON_FILE[content.fit]
    return letter.composed(TITLE, content, [
        layout.section(Words("1부: 공관", "Part 1: the mission")),
        letter.identity(
            sex=content.sex, born_on=content.born_on, nationality=content.nationality,
            document_number=content.document_number,
        ),
        *letter.flights(content.route),
        layout.gap(3),
        layout.row(
            Field(Words("항공사 제출 시한", "Airline wants it by"), when(content.airline_wants_it_by), 4, page.TABLE),
            Field(Words("기록된 소견", "Finding on file"), (str(on_file), content.examined_by), 4, page.TABLE),
            Field(Words("소견의 유효 시한", "Finding valid until"), when(content.valid_until), 4, page.TABLE),
        ),
        layout.section(Words("2부: 의사 (봉함)", "Part 2: the physician, sealed")),
        letter.to_tick(*_ASKED),
        layout.gap(2),
        letter.to_fill_in((Words("진단과 경과", "Diagnosis and course"), 12)),
        letter.to_fill_in((Words("비행 중 필요한 약과 처치", "Medicine and treatment needed in flight"), 12)),
        letter.to_fill_in((Words("진찰 일시", "Examined at"), 4), (Words("유효 시한", "Valid until"), 4),
                          (Words("연락처", "Telephone"), 4)),
        letter.to_tick(Words("여행 적합", "fit to fly"), Words("여행 부적합", "not fit to fly")),
        layout.gap(3),
        letter.signatures(Words("의사", "Physician"), Words("항공사 의무실", "Airline's medical desk")),
    ])  # fmt: skip
