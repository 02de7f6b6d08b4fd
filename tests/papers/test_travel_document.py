"""The travel certificate as a border officer's eye and machine meet it."""

import io
import re
import shutil
import subprocess
from itertools import cycle, pairwise
from pathlib import Path

import pendulum
import pypdf
import pypdfium2 as pdfium  # type: ignore[import-untyped]  # it ships no types
import pytest
from PIL import Image

from models.itinerary import Itinerary
from models.mrz import PartialDate
from models.person import Sex
from tasks.papers import panel
from tasks.papers.travel_document import (
    PANEL_LEFT,
    PANEL_TOP,
    SEAL_LEFT,
    SEAL_SIDE,
    SEAL_TOP,
    TravelDocumentContent,
    render,
    td2_lines,
)
from tests.papers.contents import (
    LONG_GIVEN,
    LONG_SURNAME,
    connecting,
    direct,
    long_travel_document,
    plain_travel_document,
    synthetic_portrait,
)
from tests.papers.reading import MM, Ink, ink, line_of, pictures, words_of

DPI = 300
BOTTOM = PANEL_TOP + panel.HEIGHT
VARIANTS = {
    "plain": plain_travel_document(),
    "long": long_travel_document(),
    "drill": plain_travel_document(specimen=True),
    "draft in drill": plain_travel_document(specimen=True, state="draft"),
    "birth date unknown": plain_travel_document(born_on=PartialDate(None)),
}
every_variant = pytest.mark.parametrize("content", VARIANTS.values(), ids=VARIANTS)


def independent_digit(field: str) -> str:
    """Compute 7-3-1 apart from the project's code."""
    values = [0 if character == "<" else int(character, 36) for character in field]
    return str(sum(value * weight for value, weight in zip(values, cycle([7, 3, 1]), strict=False)) % 10)


def code_lines(text: str) -> list[str]:
    """Return what in a text looks like a code line of a TD2."""
    return re.findall(r"^[A-Z0-9<]{36}$", text, flags=re.MULTILINE)


def printed_lines(content: TravelDocumentContent) -> list[list[Ink]]:
    marks = ink(render(content))
    return [line_of(marks, line) for line in td2_lines(content)]


def picture_of(pdf: bytes, left: float, top: float, width: float, height: float) -> Image.Image:
    """Return a part of the first page as a grey picture at 300 dots an inch."""
    with pdfium.PdfDocument(pdf) as document:
        whole: Image.Image = document[0].render(scale=DPI / 72, grayscale=True).to_pil()
    dots = DPI / 25.4
    return whole.crop((left * dots, top * dots, (left + width) * dots, (top + height) * dots))


@every_variant
def test_two_code_lines_come_back_with_four_right_check_digits(content: TravelDocumentContent) -> None:
    text = pypdf.PdfReader(io.BytesIO(render(content))).pages[0].extract_text()

    upper, lower = code_lines(text)

    assert (upper, lower) == td2_lines(content)
    assert upper.startswith("PUKOR")
    assert lower[9] == independent_digit(lower[:9])
    assert lower[19] == independent_digit(lower[13:19])
    assert lower[27] == independent_digit(lower[21:27])
    assert lower[35] == independent_digit(lower[:10] + lower[13:20] + lower[21:35])


@every_variant
def test_the_code_lines_stand_where_a_reader_looks(content: TravelDocumentContent) -> None:
    # ICAO Doc 9303-3 §4.4, 9303-4 Figure 3, 9303-6 §4.2.1.3; tolerances of travel-documents.md §5.6.
    for line, centre in zip(printed_lines(content), (15.75, 9.40), strict=True):
        assert len(line) == 36
        assert line[0].left - PANEL_LEFT == pytest.approx(4.0, abs=1.0)
        for mark in line:
            if mark.character != "<":
                assert BOTTOM - (mark.top + mark.bottom) / 2 == pytest.approx(centre, abs=0.3)
            assert 7.25 <= BOTTOM - mark.bottom <= 17.9
            assert 7.25 <= BOTTOM - mark.top <= 17.9
    first = printed_lines(VARIANTS["plain"])[0]
    assert first[0].left - PANEL_LEFT == pytest.approx(4.0, abs=0.05)


@every_variant
def test_the_code_characters_are_a_tenth_of_an_inch_apart(content: TravelDocumentContent) -> None:
    for line in printed_lines(content):
        fillers = [mark for mark in line if mark.character == "<"]
        for mark, following in pairwise(fillers):
            places = round((following.left - mark.left) / 2.54)
            assert (following.left - mark.left) / places == pytest.approx(2.54, abs=0.02)


@every_variant
def test_nothing_but_the_code_lines_is_in_the_zone_for_reading(content: TravelDocumentContent) -> None:
    pdf = render(content)
    zone_top = BOTTOM - 23.2

    bands = [
        picture_of(pdf, PANEL_LEFT + 1, zone_top + 0.3, 103, 4.9),
        picture_of(pdf, PANEL_LEFT + 1, BOTTOM - 13.6 + 0.2, 103, 1.6),
        picture_of(pdf, PANEL_LEFT + 3, BOTTOM - 7.0, 99, 6.0),
        picture_of(pdf, PANEL_LEFT + 97, zone_top + 0.3, 7, 20),
    ]

    assert [band.getextrema() for band in bands] == [(255, 255)] * 4


@every_variant
def test_the_seal_place_is_white_with_its_quiet_zone(content: TravelDocumentContent) -> None:
    inside = picture_of(render(content), SEAL_LEFT + 0.3, SEAL_TOP + 3.2, SEAL_SIDE - 0.6, SEAL_SIDE - 6.4)

    assert inside.getextrema() == (255, 255)


def legible(line: str) -> list[str]:
    """What of a code line tesseract tells apart."""
    # Trained on books and not on OCR-B, it miscounts long runs of fillers and takes O and 0 for each other.
    return re.findall(r"[A-Z0-9]+", line.replace("O", "0"))


@pytest.mark.skipif(not shutil.which("tesseract"), reason="tesseract is not on this machine")
@pytest.mark.parametrize("variant", ["plain", "drill", "draft in drill"])
def test_an_optical_reader_reads_the_code_lines(variant: str, tmp_path: Path) -> None:
    content = VARIANTS[variant]
    crop = tmp_path / "zone.png"
    picture_of(render(content), PANEL_LEFT + 1, BOTTOM - 20.5, 103, 17).save(crop, dpi=(DPI, DPI))

    read = subprocess.run(
        ["tesseract", str(crop), "-", "--psm", "6", "-c",
         "tessedit_char_whitelist=ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"],
        capture_output=True, check=True, text=True,
    ).stdout.split()  # fmt: skip

    assert [legible(line) for line in read] == [legible(line) for line in td2_lines(content)]


@every_variant
def test_the_portrait_is_within_its_limits_and_keeps_its_proportions(content: TravelDocumentContent) -> None:
    ((left, top, right, bottom),) = pictures(render(content))

    assert 26 <= right - left <= 35
    assert 32 <= bottom - top <= 45
    assert (right - left) / (bottom - top) == pytest.approx(7 / 9, abs=0.001)
    assert left - PANEL_LEFT >= 2
    assert bottom <= BOTTOM - 23.2


@every_variant
def test_no_word_lies_on_the_portrait_or_beyond_the_panel(content: TravelDocumentContent) -> None:
    pdf = render(content)
    ((left, top, right, bottom),) = pictures(pdf)
    portrait = Ink("", left, top, right, bottom)
    stamped = content.specimen or content.state == "draft"

    marks = ink(pdf)

    assert stamped or not [mark for mark in marks if mark.shared_with(portrait)]
    for mark in marks:
        if PANEL_LEFT < mark.left < PANEL_LEFT + 105 and PANEL_TOP < mark.top < BOTTOM and not stamped:
            assert mark.right <= PANEL_LEFT + 103


@every_variant
def test_data_are_at_most_fifteen_characters_an_inch(content: TravelDocumentContent) -> None:
    marks = ink(render(content))
    data = [
        "14 3월/MAR 1998" if content.born_on == PartialDate(1998, 3, 14) else "19 12월/DEC 2026",
        content.given_latin.split()[0].upper(), content.surname_latin.split()[0].upper(),
    ]  # fmt: skip

    for words in data:
        line = line_of([mark for mark in marks if mark.top > PANEL_TOP], words)
        length_in = (line[-1].right - line[0].left) / 25.4
        assert (len(words) - 1) / length_in <= 15.5 if len(words) < 8 else len(words) / length_in <= 15


def test_captions_are_between_1_0_and_1_8_mm_high() -> None:
    marks = [mark for mark in ink(render(VARIANTS["plain"])) if mark.top > PANEL_TOP]

    for caption in ("성/Surname", "이름/Givennames", "만료일/Dateofexpiry", "문서번호/Documentno."):
        heights = [mark.bottom - mark.top for mark in line_of(marks, caption)]
        assert 1.0 <= max(heights) <= 1.8


def test_the_sheet_states_what_icao_and_the_passport_act_ask_for() -> None:
    said = words_of(render(plain_travel_document()))

    for fact in (
        "대한민국 / REPUBLIC OF KOREA", "여행증명서 / EMERGENCY TRAVEL DOCUMENT", "단수 / SINGLE JOURNEY",
        "HONG", "GIL-DONG", "홍 길동", "남/M", "KOR", "14 3월/MAR 1998", "울산 / ULSAN", "R41234567",
        "05 12월/DEC 2026", "19 12월/DEC 2026", "주캄보디아 대한민국 대사관", "프놈펜 / Phnom Penh", "O-03",
        "발급관 서명 / Issued, signed",
        "최종 목적지 / Final destination ICN Incheon International Airport 2026-12-06 07:10",
        "경유지 / Transit points 없음 / none", "KTI Techo International Airport 2026-12-05 23:40 KE690",
        "여권법 제14조", "Passport Act art. 14", "봉인 / SEAL", "+855 23 211 900", "For border control stamps",
    ):  # fmt: skip
        assert fact in said


def test_each_point_of_the_journey_is_named_with_its_own_times_and_the_flight_that_leaves_it() -> None:
    route = connecting(3)

    said = words_of(render(plain_travel_document(itinerary=route)))

    leaving, changing, changing_again = route.segments
    for before, after in ((leaving, changing), (changing, changing_again)):
        assert (
            f"경유지 / Transit point {before.destination} {before.destination_name} "
            f"{before.arrives_local:%Y-%m-%d %H:%M} {after.departs_local:%Y-%m-%d %H:%M} {after.flight_number}"
        ) in said
    assert f"출발지 / Departure KTI {leaving.origin_name} 2026-12-05 09:05 VN3805" in said
    assert "최종 목적지 / Final destination ICN Incheon International Airport 2026-12-07 13:35" in said
    assert "Transit points" not in said


def test_who_changes_airports_has_both_named() -> None:
    first, second = connecting(2).segments
    other = second.model_copy(update={"origin": "DMK", "origin_name": "Don Mueang"})

    said = words_of(render(plain_travel_document(itinerary=Itinerary(segments=(first, other)))))

    assert "Transit point SGN Tan Son Nhat International Airport Ho Chi Minh City 2026-12-05 13:35" in said
    assert "Transit point DMK Don Mueang 2026-12-06 09:05 VN3806" in said


@pytest.mark.parametrize("route", [direct(), connecting(2), connecting(3)], ids=["one", "two", "three"])
@pytest.mark.parametrize("reference", ["KHM-2026-0042", "VNM-2026-0042"])
def test_however_many_flights_there_is_a_clear_place_for_the_stamps_of_every_border(
    route: Itinerary, reference: str
) -> None:
    # Two borders and two transits; a stamp is some 40 x 25 mm with its frame, and may touch the caption.
    marks = ink(render(long_travel_document(itinerary=route, reference=reference)))
    caption = line_of(marks, "출입국심사란/Forbordercontrolstamps")
    top, bottom = max(mark.bottom for mark in caption) + 1.5, PANEL_TOP - 4.0

    assert [mark for mark in marks if mark.bottom > top and mark.top < bottom] == []
    assert bottom - top >= 18
    assert bottom - min(mark.top for mark in caption) >= 21.5


@pytest.mark.parametrize(
    ("changes", "printed"),
    [
        ({"sex": Sex.unspecified}, "X"),
        ({"sex": Sex.female}, "여/F"),
        ({"born_on": PartialDate(1974, 8)}, "XX 8월/AUG 1974"),
        ({"born_on": PartialDate(1974)}, "XX XX월/XXX 1974"),
        ({"born_on": PartialDate(None)}, "XX XX월/XXX XXXX"),
        ({"born_on": PartialDate(2004, 2, 29)}, "29 2월/FEB 2004"),
    ],
)
def test_unknown_things_are_shown_as_x(changes: dict[str, object], printed: str) -> None:
    assert printed in words_of(render(plain_travel_document(**changes)))


def test_a_place_of_birth_left_out_takes_its_caption_with_it() -> None:
    assert "Place of birth" in words_of(render(plain_travel_document()))
    assert "Place of birth" not in words_of(render(plain_travel_document(birthplace="")))


def test_every_name_in_full_is_on_the_panel_however_long() -> None:
    said = words_of(render(long_travel_document()))

    assert LONG_SURNAME.upper() in said
    assert LONG_GIVEN.upper() in said


def test_a_draft_shows_its_number_and_that_it_is_not_valid() -> None:
    draft = render(plain_travel_document(state="draft"))

    said = re.sub(r"\s", "", words_of(draft))
    assert "DRAFT·초안,NOTVALID" in said
    assert "R41234567" in said
    assert "DRAFT" not in words_of(render(plain_travel_document()))


def test_a_name_without_latin_letters_is_refused() -> None:
    with pytest.raises(ValueError, match="only Latin letters"):
        render(plain_travel_document(surname_latin="홍"))


@pytest.mark.parametrize("number", ["R4123456", "R412345678", "r41234567", "R4123-567", ""])
def test_a_number_of_another_form_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match="nine characters"):
        plain_travel_document(document_number=number)


def test_a_state_without_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="issuing State UTO"):
        plain_travel_document(issuing_state="UTO")


def test_more_flights_than_the_sheet_holds_are_refused() -> None:
    with pytest.raises(ValueError, match="does not fit on one sheet"):
        render(long_travel_document(itinerary=connecting(4)))


def test_four_flights_between_airports_of_usual_names_fit() -> None:
    segments = tuple(
        flown.model_copy(update={"origin_name": "Taiwan Taoyuan International Airport",
                                 "destination_name": "Taiwan Taoyuan International Airport"})
        for flown in connecting(4).segments
    )  # fmt: skip

    assert "For border control stamps" in words_of(
        render(plain_travel_document(itinerary=Itinerary(segments=segments)))
    )


def test_names_that_no_panel_holds_are_refused_and_not_repeated() -> None:
    name = " ".join(["WOLFESCHLEGELSTEINHAUSEN"] * 9)

    with pytest.raises(ValueError, match="do not fit the panel") as refused:
        render(plain_travel_document(given_latin=name))
    assert "WOLFE" not in str(refused.value)


def test_the_moment_of_making_does_not_change_the_dates_of_the_document() -> None:
    # 23:30 in Phnom Penh is 01:30 of the next day in Seoul; what is printed is what was passed in.
    content = plain_travel_document(moment=pendulum.datetime(2026, 12, 5, 16, 30))

    said = words_of(render(content))

    assert "서울 Seoul 2026-12-06 01:30 (UTC+9)" in said
    assert "현지 Phnom Penh 2026-12-05 23:30 (UTC+7)" in said
    assert "05 12월/DEC 2026" in said
    assert td2_lines(content)[1][21:27] == "261219"


def test_the_sheet_is_one_page_of_the_printed_size() -> None:
    with pdfium.PdfDocument(render(long_travel_document())) as document:
        assert len(document) == 1
        assert [side * MM for side in document[0].get_size()] == pytest.approx([210, 297], abs=0.05)


def test_a_portrait_of_another_shape_is_cropped() -> None:
    wide = plain_travel_document(portrait=synthetic_portrait(900, 500))

    ((left, top, right, bottom),) = pictures(render(wide))

    assert (right - left) / (bottom - top) == pytest.approx(7 / 9, abs=0.001)


@pytest.mark.parametrize("content", [plain_travel_document(), long_travel_document()], ids=["plain", "long"])
def test_in_cambodia_the_sheet_speaks_khmer_too(content: TravelDocumentContent) -> None:
    words = words_of(render(content)).replace(" ", "")

    for said in ("ឯកសារធ្វើដំណើរបន្ទាន់", "សូមអាជ្ញាធរពាក់ព័ន្ធមេត្តាអនុញ្ញាត", "សូមរក្សាឯកសារនេះ", "មន្ត្រីព្រំដែន", "ទូរស័ព្ទគ្រប់ពេល"):
        assert said in words


def test_elsewhere_it_does_not() -> None:
    words = words_of(render(plain_travel_document(reference="VNM-2026-0042")))

    assert not re.search("[\u1780-\u17ff]", words)
    assert "The authorities concerned are requested" in words
