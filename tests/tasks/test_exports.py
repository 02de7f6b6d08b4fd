"""Exports: for a purpose, capped, released by another officer, marked, and no cell of them is a formula."""

import csv
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlmodel import select

from models.audit import AuditEvent
from models.export import OPEN_FOR, RELEASES, plain_cell
from models.officer import Officer, Role
from models.person import Person
from tasks import case_file, exports, officers
from tests.conftest import Server
from tests.tasks.asked import House

PURPOSE = "seats on the charter of Friday"


@pytest.fixture
def house(case_database: Server) -> House:
    del case_database
    return House()


def reader(number: str) -> Officer:
    return next(each for each in officers.listed() if each.number == number)


def opens(house: House, *, operation: str = "khm-2026-11") -> str:
    return case_file.open_case(
        country="KHM", officer=house.officers[Role.coordinator], name_hangul="홍길동", name_latin="HONG GILDONG",
        story="seventh-floor", place="Quixotepet", keeper="k", host_status="detained", operation=operation,
    )  # fmt: skip


def released(house: House) -> tuple[Officer, Officer, int]:
    """A list that was asked for by one and released by another."""
    one, other = reader(house.officers[Role.coordinator]), reader(house.enrol(Role.coordinator))
    number = exports.ask(one, purpose=PURPOSE, operation="khm-2026-11").number
    exports.release(number, officer=other, code=officers.drill_code(other.number))
    return one, other, number


def test_a_list_is_released_by_another_and_goes_to_whoever_asked_with_a_mark_in_every_row(house: House) -> None:
    mine = [opens(house), opens(house)]
    opens(house, operation="tha-2026-11")
    one, other, number = released(house)

    name, content = exports.fetch(number, exports.Form.csv, officer=one)

    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert name == "EX-0001.csv"
    assert f"{one.number} · released by {other.number}" in rows[0][0]
    assert rows[0][1] == PURPOSE
    assert [row[0] for row in rows[2:]] == mine
    assert {row[-1] for row in rows[2:]} == {f"EX-0001 {one.number}"}
    assert "seventh-floor" not in content.decode()
    assert "Quixotepet" not in content.decode()
    with case_file.transaction() as session:
        looks = session.exec(select(AuditEvent).where(AuditEvent.action == "person.read")).all()
    assert [look.reference for look in looks if look.fields.get("purpose") == "export"] == mine
    with pytest.raises(case_file.Refused):
        exports.fetch(number, exports.Form.csv, officer=other)


@pytest.mark.parametrize(
    ("purpose", "operation", "why"),
    [("", "khm-2026-11", "what the list is for"), ("short", "khm-2026-11", "what the list is for"),
     (PURPOSE, "nobody", "No open case"), (PURPOSE, "", "No open case"), (PURPOSE, "a b", "short name")],
)  # fmt: skip
def test_without_a_purpose_or_an_operation_there_is_no_list(
    house: House, purpose: str, operation: str, why: str
) -> None:
    opens(house)
    with pytest.raises(case_file.Refused, match=why):
        exports.ask(reader(house.officers[Role.coordinator]), purpose=purpose, operation=operation)


def test_one_person_more_than_the_most_is_refused_and_the_most_is_not(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens(house), opens(house)
    officer = reader(house.officers[Role.coordinator])
    for most, fits in ((1, False), (2, True)):
        monkeypatch.setattr(exports, "MOST_ROWS", most)
        if fits:
            assert exports.ask(officer, purpose=PURPOSE, operation="khm-2026-11").number == 1
        else:
            with pytest.raises(case_file.Refused, match="at most 1"):
                exports.ask(officer, purpose=PURPOSE, operation="khm-2026-11")


@pytest.mark.parametrize("role", [role for role in Role if role not in RELEASES])
def test_nobody_releases_their_own_list_nor_without_the_role_nor_with_a_wrong_code(house: House, role: Role) -> None:
    opens(house)
    one = reader(house.officers[Role.coordinator])
    number = exports.ask(one, purpose=PURPOSE, operation="khm-2026-11").number
    stranger, other = reader(house.officers[role]), reader(house.officers[Role.head_of_consular_affairs])

    for officer, code in ((one, officers.drill_code(one.number)), (stranger, officers.drill_code(stranger.number))):
        with pytest.raises(case_file.Refused):
            exports.release(number, officer=officer, code=code)
    with pytest.raises(officers.NotProved):
        exports.release(number, officer=other, code="000000")
    for officer in (one, stranger):
        with pytest.raises(case_file.Refused):
            exports.fetch(number, exports.Form.csv, officer=officer)


def test_a_day_later_it_is_over_and_twice_released_it_is_not(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    opens(house)
    one, other, number = released(house)
    with pytest.raises(case_file.Refused, match="already"):
        exports.release(number, officer=other, code="000000")
    at = exports.listed(one)[0].request.released_at
    assert at is not None

    monkeypatch.setattr(exports, "now", lambda: at + OPEN_FOR)
    with pytest.raises(case_file.Refused):
        exports.fetch(number, exports.Form.csv, officer=one)


def test_a_workbook_has_one_sheet_that_everybody_sees_and_no_formula(house: House) -> None:
    reference = opens(house)
    with case_file.transaction() as session:
        person = session.get_one(Person, case_file.load(session, reference).person_id)
        person.name_latin = '=HYPERLINK("http://x.example","y")'
        session.add(person)
    one, _, number = released(house)

    _, content = exports.fetch(number, exports.Form.xlsx, officer=one)

    book = load_workbook(io.BytesIO(content))
    assert [(sheet.title, sheet.sheet_state) for sheet in book.worksheets] == [("EX-0001", "visible")]
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert "'=HYPERLINK" in str(book.worksheets[0].cell(3, 3).value)
    footer = book.worksheets[0].oddFooter
    assert footer is not None
    assert one.number in str(footer.center.text)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert not any("vba" in part or "external" in part.lower() for part in packed.namelist())
        assert b"<f>" not in packed.read("xl/worksheets/sheet1.xml")


@given(st.text(max_size=30))
def test_no_cell_begins_a_formula_or_another_cell(words: str) -> None:
    cell = plain_cell(words)

    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "|", "%"))
    assert not {"\n", "\t", "\r"} & set(cell)
