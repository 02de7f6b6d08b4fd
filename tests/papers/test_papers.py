"""What holds for every paper, with plain facts and with long ones."""

import io
import re
import shutil
import subprocess
from collections.abc import Callable
from typing import Any, cast

import pypdf
import pytest

from tasks.papers import layout, letter
from tasks.papers.layout import Block, Column, Frame
from tasks.papers.words import Words
from tests.papers.contents import LONG_HANGUL, MADE_AT, PAPERS
from tests.papers.pack_contents import PACK
from tests.papers.reading import bounds, ink, overlaps, texts, words_of

ALL = PAPERS | PACK
every_paper = pytest.mark.parametrize("paper", ALL.values(), ids=ALL)

TOLD_BY_NO_PAPER = (
    "victim", "suspect", "witness", "warrant", "crime", "detain", "detention", "scam", "rescue", "lookout",
    "피해자", "피의자", "용의자", "참고인", "범죄", "체포", "구금", "사기", "구조",
)  # fmt: skip
SENTENCES = {
    "cover": ("사건 표지", "신원 확인", "What has happened"),
    "funding record": ("한도 없음 / No upper limit applies", "지출원인행위 준비금"),
    "handoff receipt": ("인계 확인서", "다음 연락일", "9f2c" * 16), "itinerary": ("여행 일정표", "수하물"),
    "travel document": ("여행증명서", "단수 / SINGLE JOURNEY", "도움이 필요하면 언제든지 전화하십시오"),
}  # fmt: skip


@every_paper
def test_every_font_is_embedded_with_its_unicode_and_none_is_helvetica(paper: Callable[..., bytes]) -> None:
    fonts = []
    for page in pypdf.PdfReader(io.BytesIO(paper())).pages:
        resources = cast("dict[str, dict[str, Any]]", page["/Resources"])
        fonts += [cast("dict[str, Any]", font.get_object()) for font in resources["/Font"].values()]

    assert fonts
    for font in fonts:
        assert "Helvetica" not in font["/BaseFont"]
        assert "/FontFile2" in font["/FontDescriptor"]
        assert "/ToUnicode" in font


@every_paper
def test_every_page_is_a4_and_the_file_is_pdf_1_7_in_korean(paper: Callable[..., bytes]) -> None:
    reader = pypdf.PdfReader(io.BytesIO(paper()))

    assert reader.pdf_header == "%PDF-1.7"
    assert cast("dict[str, Any]", reader.trailer["/Root"])["/Lang"] == "ko-KR"
    for page in reader.pages:
        assert [float(side) * 25.4 / 72 for side in page.mediabox[2:]] == pytest.approx([210, 297], abs=0.05)


@every_paper
def test_the_metadata_name_the_kind_and_the_case_and_no_person(paper: Callable[..., bytes]) -> None:
    facts = {key: str(value) for key, value in (pypdf.PdfReader(io.BytesIO(paper())).metadata or {}).items()}

    assert facts["/Author"] == facts["/Creator"] == facts["/Producer"] == "Homeward"
    assert re.fullmatch(r"[가-힣 ]+ / [A-Za-z ]+ · KHM-2026-\d{4,6}", facts["/Title"])
    assert not facts["/Subject"]
    assert not facts["/Keywords"]


@every_paper
def test_nothing_lies_outside_the_page(paper: Callable[..., bytes]) -> None:
    for left, top, right, bottom in bounds(paper(specimen=True)):
        assert left >= 0
        assert top >= 0
        assert right <= 210.01
        assert bottom <= 297.01


@every_paper
def test_no_two_lines_of_text_overlap(paper: Callable[..., bytes]) -> None:
    pdf = paper()

    for page_number in range(len(texts(pdf))):
        assert not list(overlaps(ink(pdf, page_number), share=0.05))


@every_paper
def test_text_keeps_the_margins(paper: Callable[..., bytes]) -> None:
    pdf = paper()

    for page_number in range(len(texts(pdf))):
        for mark in ink(pdf, page_number):
            assert mark.left >= layout.LEFT - 0.5
            assert mark.right <= layout.RIGHT + 0.5
            assert mark.top > 5
            assert mark.bottom < 292


@every_paper
def test_every_page_has_case_kind_page_number_and_both_clocks(paper: Callable[..., bytes]) -> None:
    pages = texts(paper(moment=MADE_AT, reference="KHM-2026-0042"))

    for number, text in enumerate(pages, start=1):
        assert re.search(r"KHM-2026-0042 · [가-힣 ]+ / [A-Z]", text)
        assert f"Page {number} / {len(pages)}" in text
        assert "서울 Seoul 2026-12-05 14:20 (UTC+9)" in text
        assert "현지 Phnom Penh 2026-12-05 12:20 (UTC+7)" in text


@every_paper
def test_a_drill_paper_says_so_on_every_page_and_a_real_one_nowhere(paper: Callable[..., bytes]) -> None:
    drill, real = texts(paper(specimen=True)), texts(paper(specimen=False))

    for text in drill:
        assert "Drill — not a valid document / 훈련 — 효력 없음" in text
        assert "SPECIMEN·견본" in re.sub(r"\s", "", text)
    assert not any("SPECIMEN" in text or "Drill" in text for text in real)


@every_paper
def test_no_paper_says_what_a_person_is_to_the_law(paper: Callable[..., bytes]) -> None:
    said = words_of(paper()).lower()

    assert not [word for word in TOLD_BY_NO_PAPER if word in said]


@pytest.mark.parametrize("name", PAPERS)
def test_the_words_come_back_in_korean_and_english(name: str) -> None:
    pdf = PAPERS[name]()
    said, person = words_of(pdf), LONG_HANGUL if name.startswith("long") else "홍 길동"

    assert re.sub(r"\s", "", person) in re.sub(r"\s", "", said)
    for sentence in SENTENCES[name.split(" ", maxsplit=1)[1]]:
        assert sentence in said


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler is not on this machine")
@every_paper
def test_poppler_reads_the_same_korean_words(paper: Callable[..., bytes]) -> None:
    pdf = paper()

    read = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()

    def hangul(text: str) -> list[str]:
        return sorted(re.findall(r"[가-힣]+", text))

    assert hangul(read) == hangul(" ".join(texts(pdf)))


@every_paper
def test_a_paper_is_small_enough_for_a_mission_line(paper: Callable[..., bytes]) -> None:
    pdf = paper()

    assert len(pdf) < 400_000


def test_a_table_repeats_its_head_on_every_page_and_keeps_every_row() -> None:
    frame = Frame(title=Words("시험", "Trial"), reference="KHM-2026-0042", moment=MADE_AT,
                  local_zone="Asia/Phnom_Penh", specimen=False)  # fmt: skip
    rows = [[f"row {number}", f"값 {number}"] for number in range(120)]

    pages = texts(layout.compose(frame, layout.table(
        [Column(Words("항목", "Item"), 80), Column(Words("금액", "Amount"), 80)], rows, total=["합계", "120"],
    )))  # fmt: skip

    assert len(pages) > 2
    assert all("Amount" in page for page in pages)
    assert [line for page in pages for line in re.findall(r"row \d+", page)] == [row[0] for row in rows]
    assert "합계" in pages[-1]


def test_a_heading_is_never_the_last_thing_on_a_page() -> None:
    frame = Frame(title=Words("시험", "Trial"), reference="KHM-2026-0042", moment=MADE_AT,
                  local_zone="Asia/Phnom_Penh", specimen=False)  # fmt: skip
    room = layout.room_after([])

    first, second = texts(layout.compose(frame, [
        layout.gap(room - 15), layout.section(Words("제목", "Heading")), *layout.paragraph("본문"),
    ]))  # fmt: skip

    assert "Heading" not in first
    assert "Heading" in second
    assert "본문" in second


@pytest.mark.parametrize("before", range(150, 226, 5))
def test_nobody_signs_a_page_that_says_nothing(before: int) -> None:
    duties = letter.points([Words(f"의무 {number}", f"duty {number}") for number in range(4)])
    blocks = [layout.gap(float(before)), *duties, layout.gap(4), letter.signatures(Words("서명", "Signed"))]
    frame = Frame(title=Words("시험", "Trial"), reference="KHM-2026-0042", moment=MADE_AT,
                  local_zone="Asia/Phnom_Penh", specimen=False)  # fmt: skip

    pages = texts(layout.compose(frame, blocks))

    assert "duty 3" in next(page for page in pages if "Signed" in page)


def test_a_piece_taller_than_a_page_is_refused() -> None:
    frame = Frame(title=Words("시험", "Trial"), reference="KHM-2026-0042", moment=MADE_AT,
                  local_zone="Asia/Phnom_Penh", specimen=False)  # fmt: skip

    with pytest.raises(ValueError, match="does not fit on a page"):
        layout.compose(frame, [Block(400, lambda _sheet, _y: None)])


def test_a_case_at_home_shows_one_clock() -> None:
    said = words_of(PAPERS["plain cover"](local_zone="Asia/Seoul"))

    assert "서울 Seoul 2026-12-05 14:20 (UTC+9)" in said
    assert "현지" not in said


def test_no_content_shows_a_name_in_its_repr() -> None:
    from tests.papers import contents  # noqa: PLC0415 - only the factories are wanted

    for factory in ("plain_cover", "plain_funding_record", "plain_handoff_receipt", "plain_itinerary",
                    "plain_travel_document"):  # fmt: skip
        shown = repr(getattr(contents, factory)())
        assert "홍" not in shown
        assert "HONG" not in shown
