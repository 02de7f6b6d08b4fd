"""The sheet: characters, fitting, and bytes that do not depend on host or hour."""

import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.papers import page
from tasks.papers.page import Face, Sheet, Type, fitted, width_of, wrapped
from tests.papers.contents import MADE_AT, PAPERS
from tests.papers.reading import ink, words_of

BODY = Type(Face.regular, 8.4, 4.1, smallest=7)


def a_sheet() -> Sheet:
    return Sheet(title="시험 / Trial", moment=MADE_AT)


@pytest.mark.parametrize(
    ("words", "face", "named"),
    [
        ("NGUYỄN", Face.regular, "U+1EC4"),
        ("สวัสดี", Face.bold, "U+0E2A, U+0E27, U+0E31, U+0E14, U+0E35"),
        ("សួស្តី", Face.ocr_b, "U+178F, U+179F, U+17BD, U+17D2, U+17B8"),
        ("ក\u17fe", Face.bold, "U+17FE"),
        ("홍", Face.ocr_b, "U+D64D"),
        ("PU KOR", Face.ocr_b, "U+0020"),
        ("\u1112\u314f", Face.regular, "U+1112"),
        ("a\nb", Face.regular, "U+000A"),
    ],
)
def test_a_character_without_a_glyph_is_refused_by_its_code_point(words: str, face: Face, named: str) -> None:
    with pytest.raises(ValueError, match="has no glyph for") as refused:
        a_sheet().text(20, 20, words, Type(face, 10, 4))
    for code_point in named.split(", "):
        assert code_point in str(refused.value)


def test_a_decomposed_name_is_drawn_as_syllables() -> None:
    sheet = a_sheet()
    sheet.text(20, 20, unicodedata.normalize("NFD", "홍길동"), BODY)

    assert words_of(sheet.finish()) == "홍길동"


@pytest.mark.parametrize("paper", PAPERS.values(), ids=PAPERS)
def test_the_same_facts_and_moment_give_the_same_bytes(
    paper: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = paper()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    monkeypatch.setenv("TZ", "America/Caracas")

    assert paper() == first


def test_another_moment_gives_other_bytes_and_no_other_date_is_inside() -> None:
    paper = PAPERS["plain cover"]

    assert paper(moment=MADE_AT.add(seconds=1)) != paper()
    assert paper().count(b"20261205052000") == 2  # creation and modification


def test_papers_drawn_at_the_same_time_do_not_mix() -> None:
    alone = {name: paper() for name, paper in PAPERS.items()}

    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(lambda name: (name, PAPERS[name]()), list(PAPERS) * 4))

    assert all(pdf == alone[name] for name, pdf in drawn)


def test_text_stands_where_it_was_put() -> None:
    sheet = a_sheet()
    sheet.text(50, 100, "H", Type(Face.ocr_b, 20, 8))

    (mark,) = ink(sheet.finish())

    assert mark.bottom == pytest.approx(100, abs=0.15)
    assert mark.left == pytest.approx(50 + 0.12 * 20 * 25.4 / 72, abs=0.3)


def test_translucent_and_clipped_drawing_leaves_the_pen_as_it_was() -> None:
    sheet = a_sheet()
    with sheet.around(10, 10, 20, 20):
        sheet.stamp("견본", x=105, y=148, wide=100, angle=45, opacity=0.1)
    sheet.text(20, 20, "아래", BODY)

    assert "아래" in words_of(sheet.finish())


@given(st.text("가나다ABCdef 0123456789-", max_size=120), st.floats(12, 80))
def test_wrapped_lines_lose_nothing_and_fit(words: str, width: float) -> None:
    lines = wrapped(words, BODY, width)

    assert "".join(lines).replace(" ", "") == words.replace(" ", "")
    assert all(width_of(line, BODY) <= width for line in lines)


@given(st.text("가나다ABCdef 0123456789-", max_size=120), st.floats(12, 80), st.integers(1, 3))
def test_fitted_words_shrink_before_they_wrap_and_lose_nothing(words: str, width: float, lines: int) -> None:
    style, fits = fitted(words, BODY, width, lines=lines)

    assert "".join(fits).replace(" ", "") == words.replace(" ", "")
    assert all(width_of(line, style) <= width + 1e-9 for line in fits)
    assert 7 <= style.size <= BODY.size
    assert len(fits) <= lines or style.size == 7


def test_a_long_word_breaks_after_its_hyphens_first() -> None:
    assert wrapped("3f8a9c52-77de-4b1e-9f0a-5d2b8c1e6a40", BODY, 36)[0].endswith("-")


def test_a_type_without_a_smallest_size_never_shrinks() -> None:
    style, lines = fitted("한 줄에 다 들어가지 않는 말", page.BODY, 20)

    assert style == page.BODY
    assert len(lines) > 1


def test_the_moment_is_printed_in_utc_in_the_metadata() -> None:
    sheet = Sheet(title="시험", moment=pendulum.datetime(2026, 12, 6, 1, 0, tz="Asia/Seoul"))

    assert b"D:20261205160000Z" in sheet.finish()
