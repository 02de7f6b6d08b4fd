"""Reading a list: any file at all becomes rows or one sentence; what a list says does not depend on how it is saved."""

import csv
import io
import os
import re
import tempfile
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from openpyxl import Workbook

from models.intake import Meaning
from tasks.intake import ListUnreadable, Table, read_list
from tasks.intake.lines import MOST_ROWS
from tests.sandbox.harness import VECTORS
from tests.tasks.intake.lists import HEADER, text_of, workbook

FOUND = VECTORS / "operation" / "found.csv"
ROWS = [HEADER, ("1", "KIM, MIN-SU", "Poipet", "1999", "M1"), ("2", "PAK", "Bavet", "", "")]


def read(content: bytes, **more: Any) -> Table:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        return read_list(Path(file.name), **more)


def cells(table: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows]


def refused(content: bytes, why: str, **more: Any) -> None:
    with pytest.raises(ListUnreadable, match=re.escape(why)) as failed:
        read(content, **more)
    assert_one_sentence(str(failed.value))


def assert_one_sentence(words: str) -> None:
    assert words.endswith(".")
    assert "\n" not in words
    assert "Traceback" not in words


def test_the_list_of_the_operation_is_read_whole() -> None:
    table = read_list(FOUND)

    with FOUND.open(newline="") as file:
        assert cells(table) == [tuple(row) for row in csv.reader(file)][1:]
    assert [row.number for row in table.rows] == list(range(2, 74))
    assert set(table.columns) == set(Meaning) - {Meaning.name, Meaning.keeper}
    assert table.notes == []


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "utf-16-be-bom", "cp949")

values = st.text(
    st.characters(codec="cp949", exclude_characters="\0", exclude_categories=["Cc", "Cs"])
    | st.sampled_from('가힣김,;\t|" \n'),
    max_size=12,
)


def encoded(text: str, encoding: str) -> bytes:
    marks = {"utf-16-le-bom": (b"\xff\xfe", "utf-16-le"), "utf-16-be-bom": (b"\xfe\xff", "utf-16-be")}
    mark, plain = marks.get(encoding, (b"", encoding))
    return mark + text.encode(plain)


@given(st.lists(st.tuples(values, values, values), max_size=5))
def test_a_list_reads_the_same_in_every_encoding_and_with_every_delimiter(rows: list[tuple[str, str, str]]) -> None:
    # A Hangul header, so that EUC-KR and UTF-8 are told apart by more than chance.
    everything = [("성명", "장소", "여권번호"), ("홍길동", "Poipet", "M1"), *rows]

    tables = {
        (encoding, delimiter): cells(read(encoded(text_of(everything, delimiter), encoding)))
        for encoding in ENCODINGS
        for delimiter in ",;\t|"
    }

    expected = tables["utf-8", ","]
    assert expected[0] == ("홍길동", "Poipet", "M1")
    assert all(found == expected for found in tables.values()), tables


def test_the_same_list_as_a_workbook_reads_the_same(tmp_path: Path) -> None:
    with FOUND.open(newline="") as file:
        rows = list(csv.reader(file))
    workbook(tmp_path / "found.xlsx", [[cell or None for cell in row] for row in rows])

    assert cells(read_list(tmp_path / "found.xlsx")) == cells(read_list(FOUND))


@effort(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.binary(max_size=400) | st.binary(max_size=200).map(lambda rest: b"PK\x03\x04" + rest) | st.text().map(str.encode)
)
def test_any_bytes_are_rows_or_one_sentence(content: bytes) -> None:
    try:
        table = read(content)
    except ListUnreadable as unreadable:
        assert_one_sentence(str(unreadable).replace("\n", " "))
    else:
        assert Meaning.found_at in table.columns


@effort(deadline=None, max_examples=150)
@given(st.integers(0), st.integers(0, 255))
def test_a_workbook_with_any_byte_changed_is_rows_or_one_sentence(place: int, byte: int) -> None:
    content = bytearray(A_WORKBOOK)
    content[place % len(content)] = byte

    try:
        table = read(bytes(content))
    except ListUnreadable as unreadable:
        assert_one_sentence(str(unreadable))
    else:
        assert Meaning.found_at in table.columns


def _a_workbook() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        workbook(Path(folder) / "list.xlsx", ROWS)
        return (Path(folder) / "list.xlsx").read_bytes()


A_WORKBOOK = _a_workbook()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"\n\n , \n", "empty"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"\xff\xd8\xff\xe0", "a JPEG picture"),
        (b"\xd0\xcf\x11\xe0", "old .xls, or a workbook with a password"),
        (b"name,place\nKIM\0,Poipet\n", "NUL bytes"),
        ("name,place\nKIM,Poipet\n".encode("utf-16-le"), "NUL bytes"),
        (b"name,place\n\xff\xfe\xfd,Poipet\n", "no encoding we read"),
        (b'name,place\n"KIM,Poipet\n', "quotation mark"),
        (b"name,age\nKIM,3\n", "No column is the place"),
        (b"who,place\nKIM,Poipet\n", "No column is a name"),
        (b"name,place,Location\nKIM,Poipet,x\n", "Two columns may be found_at: 'place' and 'Location'"),
        (b"PK\x03\x04nonsense", "damaged"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused_with_one_sentence(content: bytes, why: str) -> None:
    refused(content, why)


def test_what_is_no_file_is_refused_with_one_sentence(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large.csv").write_bytes(b"x" * (20 * 2**20 + 1))
    (tmp_path / "file").touch()

    for path, why in (
        (tmp_path, "is a folder"), (tmp_path / "none.csv", "There is no file"), (tmp_path / "pipe", "no ordinary file"),
        (tmp_path / "large.csv", "more than 20 MB"), (tmp_path / "file" / "below", "cannot be read"),
        (tmp_path / ("x" * 300), "cannot be read"), (Path("a\0b"), "cannot be read"),
    ):  # fmt: skip
        with pytest.raises(ListUnreadable, match=why):
            read_list(path)


def test_a_hundred_thousand_rows_are_refused_before_they_are_all_read() -> None:
    content = text_of([HEADER, *[("1", "KIM", "Poipet", "", "")] * 100_000]).encode()

    refused(content, f"more than {MOST_ROWS:,} rows")


def test_a_workbook_of_too_many_rows_is_refused_before_its_cells_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a workbook some rows too long, and nobody who could read its cells
    long = tmp_path / "long.xlsx"
    workbook(long, [HEADER, *[("1", "KIM", "Poipet", "", "")] * (MOST_ROWS + 11)])
    monkeypatch.setattr("openpyxl.load_workbook", None)

    with pytest.raises(ListUnreadable, match="more than 10,000 rows"):
        read_list(long)


def test_as_many_rows_as_are_allowed_are_read() -> None:
    rows = [("1", "KIM", "Poipet", "", "")] * MOST_ROWS

    assert len(read(text_of([HEADER, *rows]).encode()).rows) == MOST_ROWS
    refused(text_of([HEADER, *rows, rows[0]]).encode(), "split it")


def test_columns_are_known_in_three_languages_or_as_the_officer_names_them() -> None:
    korean = read("성명,장소,생년월일\n홍길동,프놈펜,1999\n".encode())
    khmer = read("ឈ្មោះ,ទីកន្លែង,ថ្ងៃខែឆ្នាំកំណើត\nKIM,ប៉ោយប៉ែត,១៩៩៩\n".encode())
    named = read(b"wer;wo;geboren\nKIM;Poipet;1999\n", given={
        Meaning.name: "WER", Meaning.found_at: "wo", Meaning.born_on: "geboren",
    })  # fmt: skip

    expected = {Meaning.name: 0, Meaning.found_at: 1, Meaning.born_on: 2}
    assert korean.columns == khmer.columns == named.columns == expected


def test_a_named_column_comes_before_a_usual_one_and_must_be_there() -> None:
    content = b"name,place,location\nKIM,x,Poipet\n"

    assert read(content, given={Meaning.found_at: "location"}).columns[Meaning.found_at] == 2
    refused(content, "No column is called 'ort'", given={Meaning.found_at: "ort"})
    refused(b"name,place,place\nKIM,x,y\n", "2 columns are called 'place'", given={Meaning.found_at: "place"})


def test_titles_above_a_second_header_and_columns_nobody_knows_are_named_and_left_out() -> None:
    table = read("Found on Monday,,\n\n성명,장소,비고\nName,Place,Remarks\n홍길동,Poipet,x\n성명,장소,비고\n".encode())

    assert cells(table) == [("홍길동", "Poipet", "x")]
    assert table.rows[0].number == 5
    said = " ".join(table.notes)
    assert "Line 1 above the header was left out." in said
    assert "비고" in said
    assert "Line 6 is a header once more" in said


def test_a_second_header_line_in_another_language_is_left_out() -> None:
    table = read("성명,장소\nName,Place\n홍길동,Poipet\n".encode())

    assert cells(table) == [("홍길동", "Poipet")]
    assert table.notes == ["Line 2 is a header once more and was left out."]


def test_a_second_header_line_is_left_out_though_one_of_its_words_is_new() -> None:
    table = read(
        "name_hangul,name_latin,born_on,found_at\n이름,영문,생년월일,발견장소\n홍길동,HONG,1990-01-01,Poipet\n".encode()
    )

    assert cells(table) == [("홍길동", "HONG", "1990-01-01", "Poipet")]
    assert table.notes == ["Line 2 is a header once more and was left out."]


def test_a_column_below_no_header_is_named_and_not_lost_silently() -> None:
    table = read("성명,,장소,,메모\n홍길동,HONG,Poipet,,\n김민수,KIM,Bavet,,x\n".encode())

    assert table.notes == [
        "Columns that were not read: 메모; name one with --column if it is wanted.",
        "Columns without a header that were not read, counted from the left: 2; write one above each.",
    ]


def test_a_header_alone_is_refused() -> None:
    refused(b"name,place\n", "no line for a person")


def test_what_excel_writes_above_a_list_for_itself_is_no_line_of_it() -> None:
    table = read(b"sep=;\r\nname;place\r\nKIM;Poipet\r\n")

    assert (cells(table), table.rows[0].number) == ([("KIM", "Poipet")], 3)


def test_a_cell_over_two_lines_keeps_the_numbers_of_the_lines_after_it() -> None:
    table = read(b'name,place\n"KIM\nMINSU",Poipet\nPAK,Bavet\n')

    assert [row.number for row in table.rows] == [2, 4]


def test_dates_and_numbers_of_a_workbook_are_read_as_a_person_would_write_them(tmp_path: Path) -> None:
    rows = [
        HEADER,
        (1, "KIM", "Poipet", datetime.fromisoformat("1999-04-27"), 12345678),
        (2.0, "PAK", "x", date(1999, 4, 27), True),
    ]
    workbook(tmp_path / "list.xlsx", rows)

    assert cells(read_list(tmp_path / "list.xlsx")) == [
        ("1", "KIM", "Poipet", "1999-04-27", "12345678"), ("2", "PAK", "x", "1999-04-27", "True"),
    ]  # fmt: skip


def test_a_formula_is_named_and_never_evaluated(tmp_path: Path) -> None:
    workbook(tmp_path / "list.xlsx", [HEADER, ("1", "KIM", "Poipet", "=TODAY()", '=cmd|"/C calc"!A0')])

    row = read_list(tmp_path / "list.xlsx").rows[0]

    assert row.cells == ("1", "KIM", "Poipet", "", "")
    assert row.spoilt[3] == "cell D2 is a formula; write its value"
    assert "E2" in row.spoilt[4]


def _hide_row(book: Workbook) -> None:
    book.worksheets[0].row_dimensions[3].hidden = True


def _hide_column(book: Workbook) -> None:
    book.worksheets[0].column_dimensions["B"].hidden = True


def _join(book: Workbook) -> None:
    book.worksheets[0].merge_cells("A2:A3")


def _hide_sheet(book: Workbook) -> None:
    book.create_sheet("more").append(["x"])
    book.worksheets[0].sheet_state = "hidden"


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_hide_row, "Row 3 of sheet 'found' is hidden"),
        (_hide_column, "Column 2 of sheet 'found' is hidden"),
        (_join, "joined"),
        (_hide_sheet, "'found' (hidden), 'more'; say which with --sheet"),
    ],
)
def test_what_a_workbook_hides_is_never_read_silently(
    tmp_path: Path, spoil: Callable[[Workbook], None], why: str
) -> None:
    book = workbook(tmp_path / "list.xlsx", ROWS)
    spoil(book)
    book.save(tmp_path / "list.xlsx")

    with pytest.raises(ListUnreadable, match=re.escape(why)):
        read_list(tmp_path / "list.xlsx")


def test_one_of_several_sheets_is_read_when_it_is_named(tmp_path: Path) -> None:
    book = workbook(tmp_path / "list.xlsx", ROWS)
    book.create_sheet("notes").append(["nothing"])
    book.save(tmp_path / "list.xlsx")

    assert len(read_list(tmp_path / "list.xlsx", sheet="found").rows) == 2
    with pytest.raises(ListUnreadable, match="has no sheet 'other'; it has 'found', 'notes'"):
        read_list(tmp_path / "list.xlsx", sheet="other")
    with pytest.raises(ListUnreadable, match="Only a workbook has sheets"):
        read_list(FOUND, sheet="found")


def repacked(**parts: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(A_WORKBOOK)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.pop(name) if name in parts else old.read(name))
        for name, content in parts.items():
            new.writestr(name, content)
    return made.getvalue()


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (b'<row r="2"', b'<row ht="0" customHeight="1" r="2"', "Row 2 of sheet 'found' is hidden"),
        (b'<row r="3"', b"<row hidden='true' r='3'", "Row 3 of sheet 'found' is hidden"),
        (b"<sheetFormatPr", b'<sheetFormatPr zeroHeight="1"', "show them all"),
    ],
)
def test_rows_hidden_in_ways_of_other_programs_are_not_read_either(before: bytes, after: bytes, why: str) -> None:
    name = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(io.BytesIO(A_WORKBOOK)) as packed:
        sheet = packed.read(name)
    assert before in sheet

    refused(repacked(**{name: sheet.replace(before, after)}), why)


def test_a_bomb_is_refused_by_the_sizes_it_states() -> None:
    bomb = repacked(**{"xl/media/zeros.bin": bytes(65 * 2**20)})

    assert len(bomb) < 2**20
    refused(bomb, "unpacks to more than 64 MB")


def test_a_workbook_that_would_have_an_xml_parser_grow_is_refused() -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'

    refused(repacked(**{"xl/sharedStrings.xml": laughs}), "document type")


SHEET = "xl/worksheets/sheet1.xml"


def in_utf_16(part: bytes) -> bytes:
    """The same XML in UTF-16, as a parser takes it and a search for bytes does not."""
    text = part.decode()
    text = text[text.index("?>") + 2 :] if text.startswith("<?xml") else text
    return ('<?xml version="1.0" encoding="UTF-16"?>' + text).encode("utf-16")


def the_sheet() -> bytes:
    with zipfile.ZipFile(io.BytesIO(A_WORKBOOK)) as packed:
        return packed.read(SHEET)


@pytest.mark.parametrize(
    "hidden",
    [
        lambda sheet: in_utf_16(sheet.replace(b'<row r="3"', b'<row hidden="1" r="3"')),
        lambda sheet: sheet.replace(b'<row r="3"', b'<row hidden="&#49;" r="3"'),
        lambda sheet: sheet.replace(b'<row r="3"', b'<row spans="a>b" hidden = "1" r="3"'),
    ],
)  # fmt: skip
def test_a_hidden_row_is_found_however_its_xml_is_written(hidden: Callable[[bytes], bytes]) -> None:
    assert b'<row r="3"' in the_sheet()

    refused(repacked(**{SHEET: hidden(the_sheet())}), "Row 3 of sheet 'found' is hidden")


def test_a_workbook_in_utf_16_reads_as_any_other() -> None:
    assert cells(read(repacked(**{SHEET: in_utf_16(the_sheet())}))) == cells(read(A_WORKBOOK))


@pytest.mark.parametrize("before", ["", f"<!--{'x' * 100_000}-->"])
def test_a_document_type_is_found_in_utf_16_and_behind_a_long_comment_too(before: str) -> None:
    laughs = f'<?xml version="1.0" encoding="UTF-16"?>{before}<!DOCTYPE x [<!ENTITY a "ha">]><x>&a;</x>'

    refused(repacked(**{"xl/sharedStrings.xml": laughs.encode("utf-16")}), "document type")


def test_a_workbook_that_lies_about_its_sizes_is_refused_before_it_grows() -> None:
    # given a sheet of 300 MB that says it has a thousand bytes
    grown = 300 * 2**20
    content = repacked(**{SHEET: the_sheet() + b" " * grown})
    size = len(the_sheet()) + grown
    lying = content.replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert len(lying) < 2**20
    assert lying != content

    tracemalloc.start()
    try:
        refused(lying, "damaged")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 2**24


def test_a_packed_file_that_is_no_workbook_is_named() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("word/document.xml", "<x/>")

    refused(made.getvalue(), "no Excel workbook")
