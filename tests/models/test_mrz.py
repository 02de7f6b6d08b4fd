"""Machine-readable zones against what ICAO has published, and laws that hold for every name and number."""

import doctest
import json
import random
import re
from datetime import date
from itertools import cycle
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models import mrz
from models.mrz import (
    PartialDate,
    check_digit,
    name_components,
    name_field,
    read_td2,
    read_td3,
    td2_lines,
    td3_lines,
)

VECTORS = Path(__file__).parent.parent / "vectors" / "etd"
PUBLISHED: dict[str, Any] = json.loads((VECTORS / "mrz.json").read_text("utf-8"))
LETTERS: list[dict[str, Any]] = json.loads((VECTORS / "transliteration_latin_9303_3_section6A.json").read_text("utf-8"))
EXPIRES_ON = date(2026, 12, 19)

latin_words = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=25)
latin_names = st.lists(latin_words, min_size=1, max_size=9).map(" ".join)
initials = st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=40).map(" ".join)
numbers = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=9)
partial_dates = st.one_of(
    # Two figures tell the years of one century apart.
    st.dates(date(1926, 12, 6), date(2026, 12, 5)).map(PartialDate.of),
    st.builds(PartialDate, st.integers(1927, 2026), st.one_of(st.none(), st.integers(1, 12))),
    st.just(PartialDate(None)),
)


def independent_digit(field: str) -> str:
    """Compute 7-3-1 apart from the code under test."""
    values = [int(character, 36) if character != "<" else 0 for character in field]
    return str(sum(value * weight for value, weight in zip(values, cycle([7, 3, 1]), strict=False)) % 10)


def specimens(kind: str) -> list[dict[str, Any]]:
    return [specimen for specimen in PUBLISHED["specimens"] if specimen["kind"] == kind]


def td2(**changes: object) -> tuple[str, str]:
    facts: dict[str, Any] = {
        "issuing_state": "KOR", "surname": "HONG", "given_names": "GIL-DONG", "document_number": "R41234567",
        "nationality": "KOR", "born_on": PartialDate(1998, 3, 14), "sex": "M", "expires_on": EXPIRES_ON,
    }  # fmt: skip
    return td2_lines(**(facts | changes))


def td3(**changes: object) -> tuple[str, str]:
    facts: dict[str, Any] = {
        "issuing_state": "KOR", "surname": "HONG", "given_names": "GIL-DONG", "document_number": "R41234567",
        "nationality": "KOR", "born_on": PartialDate(1998, 3, 14), "sex": "M", "expires_on": EXPIRES_ON,
    }  # fmt: skip
    return td3_lines(**(facts | changes))


@pytest.mark.parametrize("published", PUBLISHED["check_digits"], ids=lambda published: published["data"])
def test_a_published_check_digit_is_computed(published: dict[str, Any]) -> None:
    assert check_digit(published["data"]) == str(published["digit"])


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<", max_size=50))
def test_every_check_digit_agrees_with_an_independent_sum(field: str) -> None:
    assert check_digit(field) == independent_digit(field)


@pytest.mark.parametrize("field", ["12a", "12 ", "é", "１"])
def test_a_check_digit_of_other_characters_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match="only A-Z, 0-9 and <"):
        check_digit(field)


@pytest.mark.parametrize("specimen", specimens("TD2"), ids=lambda specimen: specimen["source"])
def test_the_published_td2_specimens_are_written_byte_for_byte(specimen: dict[str, Any]) -> None:
    upper, lower = specimen["lines"]
    expires_on = date(2000 + int(lower[21:23]), int(lower[23:25]), int(lower[25:27]))

    lines = td2_lines(
        document_code=upper[:2].rstrip("<"), issuing_state="UTO", surname="Eriksson", given_names="Anna Maria",
        document_number="D23145890", nationality="UTO", born_on=PartialDate(1974, 8, 12), sex="F",
        expires_on=expires_on,
    )  # fmt: skip

    assert lines == (upper, lower)


def test_the_published_td3_specimen_is_written_byte_for_byte() -> None:
    (specimen,) = specimens("TD3")

    lines = td3_lines(
        document_code="P", issuing_state="UTO", surname="Eriksson", given_names="Anna Maria",
        document_number="L898902C3", nationality="UTO", born_on=PartialDate(1974, 8, 12), sex="F",
        expires_on=date(2012, 4, 15), personal_number="ZE184226B",
    )  # fmt: skip

    assert list(lines) == specimen["lines"]


def test_the_published_lower_lines_are_written_byte_for_byte() -> None:
    td3_line, td2_line = (published["line"] for published in PUBLISHED["lower_lines"])
    facts: dict[str, Any] = {
        "issuing_state": "YTO", "document_number": "HA672242", "nationality": "YTO",
        "born_on": PartialDate(1958, 2, 25), "expires_on": date(1996, 1, 8),
    }  # fmt: skip

    assert td3(**facts)[1] == td3_line
    assert td2(**facts)[1] == td2_line


def test_a_number_longer_than_nine_goes_on_in_the_optional_data() -> None:
    published = PUBLISHED["long_document_number_td2"]

    _, lower = td2(
        document_number=published["document_number"], nationality="UTO", born_on=PartialDate(1974, 8, 12), sex="F",
        expires_on=date(2012, 4, 15),
    )  # fmt: skip

    assert lower == published["lower_line"]


def test_seventeen_name_lines_are_published_as_the_only_right_ones() -> None:
    assert sum(name["canonical"] for name in PUBLISHED["names"]) == 17


@pytest.mark.parametrize("name", PUBLISHED["names"], ids=lambda name: name["upper_line"])
def test_a_published_name_line_that_fits_is_written_and_the_others_keep_the_rules(name: dict[str, Any]) -> None:
    length = 31 if name["kind"] == "TD2" else 39
    published = name["upper_line"][5:]

    field = name_field(name["primary"], name["secondary"], length=length)

    assert not name["canonical"] or field == published
    assert_lawful(field, name["primary"], name["secondary"], length)
    assert_lawful(published, name["primary"], name["secondary"], length)


@pytest.mark.parametrize("published", PUBLISHED["apostrophe_hyphen_comma"], ids=lambda published: published["viz"])
def test_punctuation_in_a_name_follows_the_published_examples(published: dict[str, str]) -> None:
    primary, _, secondary = published["viz"].split(" (")[0].partition(", ")
    inside_one_identifier = "<<" not in published["mrz"]

    field = (
        name_field(f"{primary}, {secondary}", "", length=39)
        if inside_one_identifier
        else name_field(primary, secondary, length=39)
    )

    assert field == published["mrz"].ljust(39, "<")


@pytest.mark.parametrize("letter", LETTERS, ids=lambda letter: letter["description"])
def test_a_letter_with_a_diacritic_follows_the_published_table(letter: dict[str, Any]) -> None:
    assert name_components(letter["char"]) == (letter["allowed"][0],)
    assert name_components(f"x{letter['char'].lower()}x")[0][1:-1] in letter["allowed"]


@pytest.mark.parametrize(
    ("name", "components"),
    [
        ("Nguyễn", ("NGUYEN",)),  # not in the table: the base letter
        ("Gil\u2010Dong", ("GIL", "DONG")),
        ("O\u2019Connor", ("OCONNOR",)),
        ("St. John", ("ST", "JOHN")),
        ("straße", ("STRASSE",)),
        ("E\u0301va", ("EVA",)),
        ("  KIM\u3000 MIN ", ("KIM", "MIN")),
    ],
)
def test_a_latin_name_comes_down_to_its_letters(name: str, components: tuple[str, ...]) -> None:
    assert name_components(name) == components


@pytest.mark.parametrize("name", ["홍", "홍길동", "HONG 길동", "李", "Ким", "ｈｏｎｇ", "HONG 2", "Ⅱ"])
def test_a_name_in_another_script_or_with_a_digit_is_refused_and_not_repeated(name: str) -> None:
    with pytest.raises(ValueError, match="has only Latin letters") as refused:
        name_field(name, "GILDONG", length=31)
    assert name not in str(refused.value)


@pytest.mark.parametrize(("surname", "given_names"), [("", ""), ("-", "'"), (" ", "\t")])
def test_no_name_at_all_is_refused(surname: str, given_names: str) -> None:
    with pytest.raises(ValueError, match="needs a name in Latin letters"):
        name_field(surname, given_names, length=31)


def test_a_holder_of_one_name_has_no_double_filler_before_the_end() -> None:
    assert (
        name_field("", "ARKFREITH", length=31) == name_field("ARKFREITH", "", length=31) == "ARKFREITH".ljust(31, "<")
    )


def assert_lawful(field: str, surname: str, given_names: str, length: int) -> None:
    """Assert what ICAO Doc 9303-4 and -6 §4.2 ask of every name field."""
    primary, secondary = name_components(surname), name_components(given_names)
    whole = "<".join(primary) + ("<<" + "<".join(secondary) if secondary else "")
    assert len(field) == length
    assert re.fullmatch(r"[A-Z<]+", field)
    assert field[0] != "<"
    assert field[-1].isalpha() == (len(whole) >= length)
    if secondary:
        kept_primary, kept_secondary = field.rstrip("<").split("<<")
        assert kept_primary
        assert kept_secondary
        assert kept_secondary[0] == secondary[0][0]
        assert_shortened(kept_secondary, secondary)
    else:
        kept_primary = field.rstrip("<")
    assert_shortened(kept_primary, primary)
    if len(whole) <= length:
        assert field == whole.ljust(length, "<")


def assert_shortened(kept: str, components: tuple[str, ...]) -> None:
    """Assert that what is kept is the name's own: each component from its beginning on, in their order."""
    *before, last = kept.split("<")
    assert len(before) < len(components)
    for short, component in zip(before, components, strict=False):
        assert component.startswith(short)
    here, *following = components[len(before) :]
    # Where only initials stand before a cut between two of them, the next one stands beside the last.
    joined = len(here) == 1 and following != [] and last == here + following[0][0]
    assert here.startswith(last) or joined


@pytest.mark.parametrize("length", [31, 39])
@given(surname=st.one_of(latin_names, initials), given_names=st.one_of(st.just(""), latin_names, initials))
@example(surname="A B C D E F G H I J K L M N O P", given_names="Q R S T U V W X Y Z A B C D E F")
@example(surname="A" * 28, given_names="B")
@example(surname="A" * 29, given_names="B")
def test_every_name_however_long_keeps_the_rules(length: int, surname: str, given_names: str) -> None:
    field = name_field(surname, given_names, length=length)

    assert_lawful(field, surname, given_names, length)
    assert surname[0] == field[0]


def test_ten_thousand_random_long_names_keep_the_rules() -> None:
    """Each is too long for its field; shorter ones are among those that hypothesis makes. Travel documents, test 7."""
    chance = random.Random(9303)

    def words(most: int) -> str:
        return " ".join(
            "".join(chance.choices(ascii_uppercase, k=chance.randint(1, 14))) for _ in range(chance.randint(1, most))
        )

    made = 0
    while made < 10_000:
        surname, given_names = words(5), words(6)
        if len(surname) + 2 + len(given_names) <= 31:
            continue
        made += 1
        field = name_field(surname, given_names, length=31)
        assert_lawful(field, surname, given_names, 31)
        assert field[-1] != "<"
        assert field.count("<<") == 1


@given(
    surname=latin_names, given_names=latin_names, number=numbers, born_on=partial_dates,
    sex=st.sampled_from("MFX"), expires_on=st.dates(date(2026, 1, 1), date(2040, 12, 31)),
    optional=st.text("ABC123", max_size=7), personal=st.text("ABC123", max_size=14),
)  # fmt: skip
def test_a_zone_written_and_read_is_unchanged(  # noqa: PLR0917 - hypothesis hands over each fact by name
    surname: str, given_names: str, number: str, born_on: PartialDate, sex: str, expires_on: date, optional: str,
    personal: str,
) -> None:  # fmt: skip
    facts: dict[str, Any] = {
        "surname": surname, "given_names": given_names, "document_number": number, "born_on": born_on, "sex": sex,
        "expires_on": expires_on,
    }  # fmt: skip
    small, large = td2(**facts, optional_data=optional), td3(**facts, personal_number=personal)

    for lines, reading, extra in ((small, read_td2(*small), optional), (large, read_td3(*large), personal)):
        assert reading.checks.hold
        assert reading.document_number == number
        assert reading.sex == sex
        assert reading.issuing_state == reading.nationality == "KOR"
        assert reading.optional_data == extra
        assert PartialDate.from_mrz(reading.birth, not_after=date(2026, 12, 5)) == born_on
        assert reading.expiry == f"{expires_on:%y%m%d}"
        written = name_field(reading.surname, reading.given_names, length=len(lines[0]) - 5)
        assert written == lines[0][5:]
    assert (read_td2(*small).document_code, read_td3(*large).document_code) == ("PU", "PE")


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=10, max_size=14))
def test_a_long_number_written_and_read_is_unchanged(number: str) -> None:
    reading = read_td2(*td2(document_number=number))

    assert reading.document_number == number
    assert reading.checks.hold


@given(position=st.integers(0, 35), other=st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"))
def test_a_changed_digit_of_the_lower_line_is_noticed_or_outside_what_is_checked(position: int, other: str) -> None:
    upper, lower = td2()
    changed = lower[:position] + other + lower[position + 1 :]

    reading = read_td2(upper, changed)

    # 7, 3 and 1 share no factor with 10, so a changed figure changes its sum; a letter may differ by ten. The check
    # digits themselves are figures or wrong; nationality and sex are not checked.
    differs = (independent_value(other) - independent_value(lower[position])) % 10 != 0
    noticed = changed != lower if position in {9, 19, 27, 35} else differs
    unchecked = position in {10, 11, 12, 20}
    assert reading.checks.hold is (unchecked or not noticed)


def independent_value(character: str) -> int:
    return 0 if character == "<" else int(character, 36)


@pytest.mark.parametrize("specimen", specimens("TD2") + specimens("TD3"), ids=lambda specimen: specimen["source"])
def test_the_published_specimens_read_with_all_check_digits_right(specimen: dict[str, Any]) -> None:
    reading = (read_td2 if specimen["kind"] == "TD2" else read_td3)(*specimen["lines"])

    assert reading.checks.hold
    assert (reading.surname, reading.given_names, reading.sex) == ("ERIKSSON", "ANNA MARIA", "F")


@pytest.mark.parametrize("digit", ["0", "<"])
def test_an_unused_personal_number_may_carry_either_digit(digit: str) -> None:
    upper, lower = td3()
    lower = lower[:42] + digit
    lower += independent_digit(lower[:10] + lower[13:20] + lower[21:43])

    assert read_td3(upper, lower).checks.hold


@pytest.mark.parametrize(
    ("born_on", "characters"),
    [
        (PartialDate(1998, 3, 14), "980314"),
        (PartialDate(2004, 2, 29), "040229"),
        (PartialDate(1974, 8), "7408<<"),
        (PartialDate(1974), "74<<<<"),
        (PartialDate(None, 2, 29), "<<0229"),
        (PartialDate(None), "<<<<<<"),
    ],
)
def test_unknown_parts_of_a_birth_date_are_fillers(born_on: PartialDate, characters: str) -> None:
    _, lower = td2(born_on=born_on)

    assert lower[13:19] == characters
    assert lower[19] == independent_digit(characters)


@pytest.mark.parametrize(
    ("characters", "born_on"),
    [
        ("261205", PartialDate(2026, 12, 5)),
        ("261206", PartialDate(1926, 12, 6)),
        ("26<<<<", PartialDate(2026)),
        ("27<<<<", PartialDate(1927)),
    ],
)
def test_the_century_is_the_latest_that_has_passed(characters: str, born_on: PartialDate) -> None:
    assert PartialDate.from_mrz(characters, not_after=date(2026, 12, 5)) == born_on


@pytest.mark.parametrize("characters", ["", "98031", "9803144", "98<314", "981314", "98<<14", "ABCDEF"])
def test_characters_that_are_no_date_are_refused(characters: str) -> None:
    with pytest.raises(ValueError, match=r"YYMMDD|month|day"):
        PartialDate.from_mrz(characters, not_after=date(2026, 12, 5))


@pytest.mark.parametrize(("year", "month", "day"), [(1998, None, 3), (2001, 2, 29), (1998, 13, None), (0, 1, 1)])
def test_a_date_the_calendar_does_not_have_is_refused(year: int, month: int | None, day: int | None) -> None:
    with pytest.raises(ValueError, match=r"day|month|year"):
        PartialDate(year, month, day)


@pytest.mark.parametrize(
    "changes",
    [
        {"document_number": ""}, {"document_number": "R4123-567"}, {"document_number": "R" * 15},
        {"document_number": "R41234 5678"}, {"document_number": "R41234567X", "optional_data": "ABCDE"},
        {"optional_data": "12345678"}, {"sex": "W"}, {"sex": "<"}, {"issuing_state": "KORE"},
        {"nationality": ""}, {"nationality": "ko"}, {"document_code": "PUX"}, {"document_code": "P1"},
    ],
)  # fmt: skip
def test_a_field_that_does_not_fit_its_place_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"character|letters|sex|blank"):
        td2(**changes)


def test_td3_has_no_room_for_a_long_number() -> None:
    with pytest.raises(ValueError, match="1 to 9 characters"):
        td3(document_number="R412345678")


@pytest.mark.parametrize(("upper", "lower"), [("", ""), ("A" * 36, "A" * 35), ("a" * 36, "A" * 36), ("A" * 44,) * 2])
def test_lines_of_another_form_are_refused(upper: str, lower: str) -> None:
    with pytest.raises(ValueError, match="not two lines of 36"):
        read_td2(upper, lower)


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(mrz).failed == 0
