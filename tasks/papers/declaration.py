"""The declaration to return: the person's own word, read to them, with how to take it back."""

from dataclasses import dataclass

import pendulum

from models.person import Language, Wish
from tasks.papers import layout, letter
from tasks.papers.layout import Field
from tasks.papers.letter import NOT_KNOWN, Letter
from tasks.papers.words import Words, clocks

TITLE = Words("귀국 의사 확인서", "Declaration to return")

WISHES = {
    Wish.return_home: Words("귀국을 원함", "wishes to return"),
    Wish.refuse: Words("귀국을 원하지 않음", "does not wish to return"),
    Wish.withdraw: Words("귀국 의사를 철회함", "takes the wish to return back"),
}
LANGUAGES = {
    Language.korean: Words("한국어", "Korean"),
    Language.khmer: Words("크메르어", "Khmer"),
    Language.english: Words("영어", "English"),
}
_POINTS = (
    Words(
        "귀국은 본인의 뜻에 따릅니다. 비행기에 타기 전까지 언제든지, 이유를 말하지 않고 철회할 수 있습니다.",
        "To return is the person's own choice. Until boarding it can be taken back at any time and without a reason.",
    ),
    Words(
        "이 확인은 진술이나 수사 협조를 조건으로 하지 않으며, 비용 상환 약속도 조건이 아닙니다.",
        "No testimony, no help to any inquiry and no promise to repay is a condition of it.",
    ),
    Words(
        "가족을 포함한 누구에게도 본인 동의 없이 연락하지 않습니다.",
        "Nobody is contacted without the person's consent, family included.",
    ),
    Words(
        "철회하더라도 공관의 보호와 도움은 계속됩니다.",
        "Whoever takes it back keeps the mission's protection and help.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DeclarationContent(Letter):
    """What one declaration states."""

    wish: Wish
    language: str
    """ISO 639-1."""
    reader: str
    interpreter: str | None
    declared_at: pendulum.DateTime
    by_representative: bool


def render(content: DeclarationContent) -> bytes:
    """Return the declaration as PDF; raise ValueError for a character without a glyph."""
    known = {language.value: str(words) for language, words in LANGUAGES.items()}
    who = Words("대리인", "representative") if content.by_representative else Words("본인", "the person")
    return letter.composed(TITLE, content, [
        layout.section(Words("의사", "What was declared")),
        layout.row(
            Field(Words("의사", "Wish"), str(WISHES[content.wish]), 6),
            Field(Words("말한 사람", "Declared by"), str(who), 6),
        ),
        layout.row(
            Field(Words("언어", "Language"), known.get(content.language, content.language), 4),
            Field(Words("읽어 준 사람", "Read by"), content.reader, 4),
            Field(Words("통역", "Interpreter"), content.interpreter or NOT_KNOWN, 4),
        ),
        layout.row(Field(Words("일시", "Declared at"), clocks(content.declared_at, content.local_zone), 12)),
        layout.section(Words("읽어 준 내용", "What was read out")),
        *letter.points(_POINTS),
        layout.gap(5),
        letter.signatures(Words("본인 또는 대리인", "Person or representative"), Words("읽어 준 사람", "Reader")),
    ])  # fmt: skip
