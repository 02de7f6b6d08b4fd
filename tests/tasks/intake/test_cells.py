"""A row as others wrote it: what is read, what is left out and why, and what is refused."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.funding import Payer
from models.intake import Meaning
from models.money import Money
from models.person import Category, HostStatus, Sex
from tasks.intake import Flaw
from tasks.intake.cells import Facts, read_row
from tasks.intake.lines import Line

TODAY = date(2025, 10, 20)
HEADER = tuple(Meaning)
COLUMNS = {meaning: place for place, meaning in enumerate(Meaning)}


def read(**cells: str) -> tuple[Facts | None, list[Flaw]]:
    written = {"name_latin": "KIM MINSU", "found_at": "Poipet", **cells}
    line = Line(7, tuple(written.get(meaning, "") for meaning in Meaning))
    return read_row(line, HEADER, COLUMNS, today=TODAY, adult_at=19)


def good(**cells: str) -> Facts:
    facts, flaws = read(**cells)
    assert facts is not None
    assert flaws == []
    return facts


def flawed(**cells: str) -> tuple[Facts, list[str]]:
    facts, flaws = read(**cells)
    assert facts is not None
    assert flaws
    assert all(flaw.line == 7 for flaw in flaws)
    return facts, [flaw.column for flaw in flaws]


@pytest.mark.parametrize(
    ("cell", "written", "fact", "value"),
    [
        ("passport_number", "M9O867163", "passport_number", "M90867163"),
        ("passport_number", " m 9086-7163 ", "passport_number", "M90867163"),
        ("passport_number", "M123O4567", "passport_number", "M123O4567"),
        ("passport_number", "M123A4567", "passport_number", "M123A4567"),
        ("passport_number", "Ｍ９០៨៦៧១៦៣", "passport_number", "M90867163"),
        ("name_latin", "KI,M MIN-CHAE", "name_latin", "KI,M MIN-CHAE"),
        ("name_latin", "O’Hara José", "name_latin", "O'Hara Jose"),
        ("name_latin", "김민수 (KIM MINSU)", "name_hangul", "김민수"),
        ("name_hangul", "\u1100\u1175\u11b7\u1106\u1175\u11ab\u1109\u116e", "name_hangul", "김민수"),
        ("name", "김민수", "name_hangul", "김민수"),
        ("sex", "여", "sex", Sex.female),
        ("sex", "ប្រុស", "sex", Sex.male),
        ("born_on", "២៧/៤/១៩៩៩", "birth_date", "២៧/៤/១៩៩៩"),
        ("born_on", "1976-17-02", "birth_date", "1976-17-02"),
        ("born_on", "27 4월/APR 1999", "birth_date", "27 4월/APR 1999"),
        ("born_on", "\u200e1999-04-27\u200f", "birth_date", "1999-04-27"),
        ("born_on", "미상", "birth_date", None),
        ("found_on", "2025-10-06", "found_on", date(2025, 10, 6)),
        ("next_of_kin_phone", "+82-10-0029-2746", "next_of_kin_phone", "+82-10-0029-2746"),
        ("next_of_kin_phone", "\u202a+82-10-0029-2746\u202c", "next_of_kin_phone", "+82-10-0029-2746"),
        ("name_hangul", "\ufeff김민수\u200d", "name_hangul", "김민수"),
        ("category", "사망", "categories", (Category.deceased,)),
        ("category", "confirmed_victim", "categories", (Category.presumed_victim,)),
        ("host_status", "구금", "host_status", HostStatus.detained),
        ("category", "victim+suspect", "categories", (Category.presumed_victim, Category.suspect)),
        ("category", "unknown", "categories", ()),
        ("needs", "medical", "categories", (Category.patient,)),
        ("needs", "wheelchair", "categories", (Category.patient,)),
        ("needs", "minor_escort", "categories", (Category.minor,)),
        ("needs", "interpreter_none", "notes", ("The list says that no interpreter was at hand.",)),
        ("paid_privately", "consul:USD:412.00", "payment", (Payer.diplomat, Money(41200, "USD"))),
        ("paid_privately", "friend:KHR:1640000", "payment", (Payer.private_person, Money(164000000, "KHR"))),
        ("paid_privately", "family:KRW:1,850,000", "payment", (Payer.family, Money(1850000, "KRW"))),
    ],
)  # fmt: skip
def test_what_is_written_oddly_and_clearly_is_read(cell: str, written: str, fact: str, value: Any) -> None:
    assert getattr(good(**{cell: written}), fact) == value


@pytest.mark.parametrize(
    ("cell", "written", "fact", "left"),
    [
        ("passport_number", "??1", "passport_number", None),
        ("passport_number", "M1234567890123", "passport_number", None),
        ("born_on", "2031-01-01", "birth_date", None),
        ("born_on", "27.4.99", "birth_date", None),
        ("born_on", "36277", "birth_date", None),
        ("found_on", "2025-10-21", "found_on", None),
        ("found_on", "2025", "found_on", None),
        ("sex", "unsure", "sex", None),
        ("host_status", "gone", "host_status", HostStatus.unknown),
        ("category", "thief", "categories", ()),
        ("needs", "money", "categories", ()),
        ("paid_privately", "consul:USD", "payment", None),
        ("paid_privately", "nobody:USD:1", "payment", None),
        ("paid_privately", "consul:XXX:1", "payment", None),
        ("paid_privately", "consul:USD:-1", "payment", None),
        ("next_of_kin_phone", "ask his brother", "next_of_kin_phone", None),
        ("birthplace", "=cmd|'/C calc'!A0", "birthplace", None),
        ("birthplace", "@SUM(A1)", "birthplace", None),
        ("keeper", "x" * 201, "keeper", None),
        ("name_hangul", "金哲洙", "name_hangul", None),
    ],
)
def test_a_cell_that_cannot_be_used_is_named_and_left_out(cell: str, written: str, fact: str, left: object) -> None:
    facts, columns = flawed(**{cell: written})

    assert columns == [cell]
    assert getattr(facts, fact) == left
    assert facts.name_latin == "KIM MINSU"


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"name_latin": ""}, "no name"), ({"name_latin": "=1+1"}, "no name"), ({"found_at": "-"}, "no place"),
        ({"found_at": "=HYPERLINK(1)"}, "no place"),
    ],
)  # fmt: skip
def test_a_row_without_a_name_or_a_place_is_refused(cells: dict[str, str], why: str) -> None:
    facts, flaws = read(**cells)

    assert facts is None
    assert why in flaws[-1].reason


@pytest.mark.parametrize("cells", [("KIM",), ("KIM", "Poipet", "x")])
def test_a_row_with_too_few_or_too_many_cells_is_refused_because_nobody_knows_which_is_which(
    cells: tuple[str, ...],
) -> None:
    facts, flaws = read_row(
        Line(2, cells), ("name", "place"), {Meaning.name: 0, Meaning.found_at: 1}, today=TODAY, adult_at=19
    )  # fmt: skip

    assert facts is None
    assert f"the row has {len(cells)} cells and the header 2" in flaws[0].reason


@pytest.mark.parametrize(
    ("born_on", "needs", "is_minor", "says_so"),
    [
        ("1994-06", "minor_escort", False, True), ("2010-01-01", "minor_escort", True, False),
        ("2010-01-01", "", True, False), ("", "minor_escort", True, False), ("2006-10-20", "", False, False),
        ("2006-10-21", "", True, False), ("2006", "", True, False), ("2006-10", "", True, False),
        ("2006-09", "", False, False), ("2005", "", False, False), ("", "", False, False),
    ],
)  # fmt: skip
def test_a_minor_is_one_by_the_list_or_the_birth_date_and_a_contradiction_is_told(
    *, born_on: str, needs: str, is_minor: bool, says_so: bool
) -> None:
    facts, flaws = read(born_on=born_on, needs=needs)

    assert facts is not None
    assert (Category.minor in facts.categories) is is_minor
    assert ([flaw.column for flaw in flaws] == ["needs"]) is says_so


@given(st.fixed_dictionaries({meaning.value: st.text(max_size=30) for meaning in Meaning}))
def test_any_cells_become_facts_that_a_case_can_be_opened_with_or_a_named_flaw(cells: dict[str, str]) -> None:
    facts, flaws = read(**cells)

    if facts is None:
        assert flaws
        return
    assert facts.name_hangul or facts.name_latin
    assert facts.place
    assert not facts.place.startswith(("=", "+", "@"))
