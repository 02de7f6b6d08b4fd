"""Birth dates as the field writes them."""

from datetime import date

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from models.birth_date import MONTHS, BirthDate, BirthDateUnreadable, read_birth_date

TODAY = date(2025, 10, 20)
_BORN = st.dates(min_value=date(1900, 1, 1), max_value=TODAY)
_KHMER = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1974-07-28", "1974-07-28"),
        ("1976-17-02", "1976-02-17"),
        ("14/11/1999", "1999-11-14"),
        ("12/25/1990", "1990-12-25"),
        ("04.03.1985", "1985-03-04"),
        ("19910304", "1991-03-04"),
        ("1991년 3월 4일", "1991-03-04"),
        ("1991-03", "1991-03"),
        ("1991", "1991"),
        ("1991-00-00", "1991"),
        ("1991-??-05", "1991"),
        ("២៥៣០", "1987"),
        ("１９９９－０４－２７", "1999-04-27"),
        ("1999-04-27 00:00:00", "1999-04-27"),
        ("27 4월/APR 1999", "1999-04-27"),
        ("04 Mar. 1985", "1985-03-04"),
        ("27-apr-1999", "1999-04-27"),
        ("27APR1999", "1999-04-27"),
        ("April 27, 1999", "1999-04-27"),
        ("1999-September-03", "1999-09-03"),
        ("?? SEPT 1999", "1999-09"),
        ("២៧ មេសា ២៥៤២", "1999-04-27"),
        ("1999년 4월 27일생", "1999-04-27"),
        ("1999.10", "1999-10"),
        ("1999.1", "1999"),
        ("1999.1.", "1999-01"),
    ],
)
def test_a_birth_date_is_read_in_the_forms_the_field_uses(written: str, read: str) -> None:
    assert str(read_birth_date(written, today=TODAY)) == read


@pytest.mark.parametrize(
    "written",
    [
        "",
        "soon",
        "31/02/1990",
        "1990-13",
        "1-2-3",
        "1899",
        "2026-01-01",
        "2025-11",
        "1999-04-27-01",
        "27.4.99",
        "27-APR-99",
        "31 FEB 1990",
        "27 5월/APR 1999",
        "1 APR 2 MAY 1999",
        "²" * 4,
    ],
)
def test_what_is_no_birth_date_is_refused_in_one_sentence(written: str) -> None:
    with pytest.raises(BirthDateUnreadable, match=r"[^.]\.$"):
        read_birth_date(written, today=TODAY)


@given(_BORN)
def test_every_day_is_read_back_in_every_order_and_script(born: date) -> None:
    forms = [f"{born:%Y-%m-%d}", f"{born:%d/%m/%Y}", f"{born:%d/%m/%Y}".translate(_KHMER), f"{born:%Y-%d-%m}"]
    for form in forms:
        assert born in read_birth_date(form, today=TODAY).days or (born.day <= 12 and born > date(2025, 1, 1))


@given(_BORN)
def test_only_what_may_be_the_other_way_round_has_a_second_day(born: date) -> None:
    read = read_birth_date(born.isoformat(), today=TODAY)
    assert read.days[0] == born
    turned = born.day <= 12 and born.day != born.month and date(born.year, born.day, born.month) <= TODAY
    assert read.exchangeable == turned


@given(_BORN, st.sampled_from(["%d %b %Y", "%b %d, %Y", "%d%B%Y", "%Y-%b-%d"]))
def test_a_month_by_its_name_leaves_no_doubt(born: date, form: str) -> None:
    assert read_birth_date(born.strftime(form), today=TODAY).days == (born,)


@pytest.mark.parametrize("language", ["en", "km"])
@pytest.mark.parametrize("width", ["wide", "abbreviated"])
def test_every_month_is_known_by_the_names_of_the_cldr(language: str, width: str) -> None:
    names = Locale(language).months["format"][width]
    assert [MONTHS[names[month].casefold()] for month in range(1, 13)] == list(range(1, 13))


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read = read_birth_date(text, today=TODAY)
    except BirthDateUnreadable:
        return
    assert isinstance(read, BirthDate)
    assert 1900 <= read.year <= TODAY.year
