"""The emergency passport's data page as a border officer's eye and machine meet it: travel documents, tests 1 and 6."""

import io
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pypdf
import pypdfium2 as pdfium  # type: ignore[import-untyped]  # it ships no types
import pytest

from models.instrument import Instrument
from models.mrz import PartialDate
from tasks.papers import panel
from tasks.papers.emergency_document import TITLES, bears_seal, code_lines, render
from tasks.papers.travel_document import TravelDocumentContent
from tests.papers.contents import (
    LONG_GIVEN,
    LONG_SURNAME,
    connecting,
    long_travel_document,
    plain_emergency_passport,
    plain_travel_document,
)
from tests.papers.reading import MM, Ink, ink, line_of, pictures, words_of
from tests.papers.test_travel_document import DPI, independent_digit, legible, picture_of

WIDTH, HEIGHT = 125.0, 88.0
PASSPORT = {
    "instrument": Instrument.emergency_passport, "document_number": "M123A4567",
    "title_ko": TITLES[Instrument.emergency_passport].ko, "title_en": TITLES[Instrument.emergency_passport].en,
}  # fmt: skip
VARIANTS = {
    "plain": plain_emergency_passport(),
    "long": long_travel_document(**PASSPORT),
    "drill": plain_emergency_passport(specimen=True),
    "draft in drill": plain_emergency_passport(specimen=True, state="draft"),
    "birth date unknown": plain_emergency_passport(born_on=PartialDate(None)),
}
every_variant = pytest.mark.parametrize("content", VARIANTS.values(), ids=VARIANTS)


@every_variant
def test_the_page_is_one_sticker_of_the_size_of_a_td3(content: TravelDocumentContent) -> None:
    with pdfium.PdfDocument(render(content)) as document:
        assert len(document) == 1
        assert [side * MM for side in document[0].get_size()] == pytest.approx([WIDTH, HEIGHT], abs=0.05)


@every_variant
def test_two_code_lines_come_back_with_five_right_check_digits(content: TravelDocumentContent) -> None:
    text = pypdf.PdfReader(io.BytesIO(render(content))).pages[0].extract_text()

    upper, lower = re.findall(r"^[A-Z0-9<]{44}$", text, flags=re.MULTILINE)

    assert (upper, lower) == code_lines(content)
    assert upper.startswith("PEKOR")
    assert lower[9] == independent_digit(lower[:9])
    assert lower[19] == independent_digit(lower[13:19])
    assert lower[27] == independent_digit(lower[21:27])
    assert lower[42] == independent_digit(lower[28:42])
    assert lower[43] == independent_digit(lower[:10] + lower[13:20] + lower[21:43])


@every_variant
def test_the_code_lines_stand_where_a_reader_looks(content: TravelDocumentContent) -> None:
    # ICAO Doc 9303-4 Figure 3.
    marks = ink(render(content))
    for line, centre in zip(code_lines(content), (15.75, 9.40), strict=True):
        printed = line_of(marks, line)
        assert len(printed) == 44
        assert printed[0].left == pytest.approx(6.0, abs=1.0)
        for mark in printed:
            if mark.character != "<":
                assert HEIGHT - (mark.top + mark.bottom) / 2 == pytest.approx(centre, abs=0.3)
            assert 7.25 <= HEIGHT - mark.bottom <= HEIGHT - mark.top <= 17.9
        fillers = [mark for mark in printed if mark.character == "<"]
        for mark, following in pairwise(fillers):
            places = round((following.left - mark.left) / 2.54)
            assert (following.left - mark.left) / places == pytest.approx(2.54, abs=0.02)
    assert line_of(marks, code_lines(VARIANTS["plain"])[0][:5])[0].left == pytest.approx(6.0, abs=0.05)


@every_variant
def test_nothing_but_the_code_lines_is_in_the_zone_for_reading(content: TravelDocumentContent) -> None:
    pdf = render(content)
    zone_top = HEIGHT - panel.MACHINE_READABLE_HEIGHT

    bands = [
        picture_of(pdf, 1, zone_top + 0.3, 123, 4.9),
        picture_of(pdf, 1, HEIGHT - 13.6 + 0.2, 123, 1.6),
        picture_of(pdf, 3, HEIGHT - 7.0, 119, 6.0),
        picture_of(pdf, 120, zone_top + 0.3, 4, 20),
    ]

    assert [band.getextrema() for band in bands] == [(255, 255)] * 4


@every_variant
def test_the_portrait_is_within_its_limits_and_keeps_its_proportions(content: TravelDocumentContent) -> None:
    ((left, top, right, bottom),) = pictures(render(content))

    assert 26 <= right - left <= 35.001
    assert 32 <= bottom - top <= 45.001
    assert (right - left) / (bottom - top) == pytest.approx(7 / 9, abs=0.001)
    assert left >= 2
    assert bottom <= HEIGHT - 23.2


@every_variant
def test_no_word_lies_on_the_portrait_or_within_two_millimetres_of_the_edge(content: TravelDocumentContent) -> None:
    pdf = render(content)
    portrait = Ink("", *pictures(pdf)[0])
    stamped = content.specimen or content.state == "draft"

    marks = ink(pdf)

    assert stamped or not [mark for mark in marks if mark.shared_with(portrait)]
    assert stamped or all(mark.left >= 2 and mark.right <= WIDTH - 2 and mark.top >= 2 for mark in marks)


@pytest.mark.skipif(not shutil.which("tesseract"), reason="tesseract is not on this machine")
@pytest.mark.parametrize("variant", ["plain", "drill", "draft in drill"])
def test_an_optical_reader_reads_the_code_lines(variant: str, tmp_path: Path) -> None:
    content = VARIANTS[variant]
    crop = tmp_path / "zone.png"
    picture_of(render(content), 1, HEIGHT - 20.5, 123, 17).save(crop, dpi=(DPI, DPI))

    read = subprocess.run(
        ["tesseract", str(crop), "-", "--psm", "6", "-c",
         "tessedit_char_whitelist=ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"],
        capture_output=True, check=True, text=True,
    ).stdout.split()  # fmt: skip

    assert [legible(line) for line in read] == [legible(line) for line in code_lines(content)]


def test_the_data_page_states_what_icao_and_the_passport_act_ask_for() -> None:
    said = words_of(render(plain_emergency_passport(itinerary=connecting(2))))

    for fact in (
        "대한민국 / REPUBLIC OF KOREA", "긴급여권 / EMERGENCY PASSPORT", "단수 / SINGLE JOURNEY", "PE", "M123A4567",
        "HONG", "GIL-DONG", "홍 길동", "남/M", "14 3월/MAR 1998", "울산 / ULSAN", "05 12월/DEC 2026",
        "19 12월/DEC 2026", "주캄보디아 대한민국 대사관", "Final destination ICN Incheon International Airport",
        "SGN (VN)",
    ):  # fmt: skip
        assert fact in said


def test_in_cambodia_the_sticker_says_in_khmer_too_what_it_is_and_elsewhere_not() -> None:
    in_cambodia = words_of(render(plain_emergency_passport(reference="KHM-2026-0042")))
    in_vietnam = words_of(render(plain_emergency_passport(reference="VNM-2026-0042")))

    for words in ("សាធារណរដ្ឋកូរ៉េ", "លិខិតឆ្លងដែនបន្ទាន់"):
        assert words in in_cambodia
        assert words not in in_vietnam


def test_every_name_in_full_is_on_the_page_however_long() -> None:
    said = words_of(render(VARIANTS["long"]))

    assert LONG_SURNAME.upper() in said
    assert LONG_GIVEN.upper() in said


@pytest.mark.parametrize("stops", [2, 3, 4])
def test_no_line_ends_within_a_transit_point(stops: int) -> None:
    route = connecting(stops)

    with pdfium.PdfDocument(render(plain_emergency_passport(itinerary=route))) as document:
        lines = document[0].get_textpage().get_text_range().replace("\xa0", " ").splitlines()

    for flown in route.segments[:-1]:
        assert any(f"{flown.destination} ({flown.destination_country})" in line for line in lines), lines


def test_a_draft_and_a_specimen_say_so_and_a_real_page_does_not() -> None:
    drill = re.sub(r"\s", "", words_of(render(VARIANTS["draft in drill"])))

    assert "SPECIMEN·견본" in drill
    assert "DRAFT·초안,NOTVALID" in drill
    assert "SPECIMEN" not in words_of(render(VARIANTS["plain"]))


def test_the_same_facts_and_moment_give_the_same_bytes() -> None:
    assert render(plain_emergency_passport()) == render(plain_emergency_passport())


def test_a_sticker_has_no_place_for_a_seal_and_a_sheet_has() -> None:
    assert bears_seal(plain_travel_document())
    assert not bears_seal(plain_emergency_passport())
    with pytest.raises(ValueError, match="no place for a seal"):
        render(plain_emergency_passport(), seal=b"\xdc")
