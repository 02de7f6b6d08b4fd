"""Workbooks: one visible sheet, whole, without formulas; sizes are looked at before anything is unpacked."""

import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time
from typing import Any, NoReturn
from xml.parsers import expat

from tasks.intake.lines import MOST_ROWS, Line, ListUnreadable, refuse_too_many

LARGEST_UNPACKED = 64 * 2**20
"""Bytes of all parts of a workbook together; ten thousand rows have some eight million."""

MOST_PARTS = 500
_WIDEST = 200
_ABOVE_HEADER = 10
"""Lines that may stand above the rows and are not counted."""


def read(content: bytes, *, sheet: str | None) -> list[Line]:
    """
    Return the lines of a workbook's sheet.

    Raises:
        ListUnreadable: no workbook, too large, hidden parts, or several sheets and none named.
    """
    plain = _as_stated(content)
    try:
        # The library warns of what it leaves out, pictures and colours, none of which is read.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read(plain, sheet)
    except ListUnreadable:
        raise
    except Exception as broken:
        # A damaged workbook makes the library fail in any way at all, and none of its words helps anybody.
        words = f"The workbook is damaged ({type(broken).__name__}); save it anew as .xlsx or as CSV, and try again."
        raise ListUnreadable(words) from None


def _as_stated(content: bytes) -> bytes:
    """
    Return the workbook with its parts stored one by one, none longer than it states.

    A part that is longer than it says would be unpacked whole by whoever reads it, a thousand times its size.
    """
    stored = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(stored, "w") as plain:
            parts = packed.infolist()
            _refuse_odd_parts(parts)
            sheets = []
            for part in parts:
                with packed.open(part) as opened:
                    unpacked = opened.read(part.file_size)
                _refuse_document_type(unpacked)
                plain.writestr(part.filename, unpacked)
                if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                    sheets.append(unpacked)
            _refuse_long(sheets)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as broken:
        if isinstance(broken, ListUnreadable):
            raise
        # What zipfile raises for a damaged part, a password (RuntimeError) and a way of packing it does not know
        # (NotImplementedError).
        raise ListUnreadable("The workbook is damaged or has a password; save it anew as .xlsx or as CSV.") from None
    return stored.getvalue()


def _refuse_odd_parts(parts: list[zipfile.ZipInfo]) -> None:
    """Look at names and stated sizes before anything is unpacked."""
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        raise ListUnreadable("The file is no Excel workbook; save the list as .xlsx or as CSV.")
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        raise ListUnreadable(
            f"The workbook unpacks to more than {LARGEST_UNPACKED // 2**20} MB; save the list alone, as CSV."
        )
    if len(names) != len(parts):
        raise ListUnreadable("The workbook holds two parts of one name; save it anew as .xlsx or as CSV.")
    if any(part.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for part in parts):
        raise ListUnreadable("The workbook is packed in an unusual way; save it anew as .xlsx or as CSV.")


def _refuse_document_type(part: bytes) -> None:
    """Refuse what no office program writes: what an XML parser makes of it may be larger than any file."""

    def declared(*_: object) -> None:
        raise ListUnreadable("The workbook declares a document type, as none should; save it as CSV.")

    def begins(*_: object) -> None:
        raise _FirstElement

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler, parser.StartElementHandler = declared, begins
    # A picture is no XML, and what is damaged nobody else reads either.
    with suppress(expat.ExpatError, _FirstElement):
        parser.ParseFile(io.BytesIO(part))


class _FirstElement(Exception):
    """A part's first element has begun: no document type comes after it."""


def _refuse_long(sheets: list[bytes]) -> None:
    """Count the filled rows of an only sheet before every cell is read, which takes seconds where they are many."""
    if len(sheets) != 1:
        return
    # A number, a text in place and a formula are each written in an element of their own.
    filled = sum(b"<v>" in row or b"<is>" in row or b"<f" in row for row in sheets[0].split(b"</row>"))
    refuse_too_many(filled - _ABOVE_HEADER)


def _read(content: bytes, sheet: str | None) -> list[Line]:
    from openpyxl import load_workbook  # noqa: PLC0415 - a quarter of a second no other command need wait for

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    try:
        names = [f"{each.title!r}{'' if each.sheet_state == 'visible' else ' (hidden)'}" for each in book.worksheets]
        if not names:
            raise ListUnreadable("The workbook has no sheet with cells.")
        if sheet is None and len(names) > 1:
            raise ListUnreadable(f"The workbook has several sheets: {', '.join(names)}; say which with --sheet.")
        chosen: Any = next((each for each in book.worksheets if sheet in {None, each.title}), None)
        if chosen is None:
            raise ListUnreadable(f"The workbook has no sheet {sheet!r}; it has {', '.join(names)}.")
        if sheet is None and chosen.sheet_state != "visible":
            raise ListUnreadable(f"The only sheet, {chosen.title!r}, is hidden; name it with --sheet to read it.")
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            _refuse_hidden(packed.read(chosen._worksheet_path.lstrip("/")), chosen.title)
        # What the sheet states of its size is not to be trusted, and a wrong one hides cells.
        chosen.reset_dimensions()
        return list(_lines(chosen))
    finally:
        book.close()


def _refuse_hidden(sheet: bytes, title: str) -> None:
    """Refuse a sheet with hidden or merged parts: what nobody sees must not become a person, nor vanish."""

    def begins(name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "row" if _is_true(attributes.get("hidden")) or _is_nothing(attributes.get("ht")):
                _refuse_part("Row", attributes.get("r"), title)
            case "col" if _is_true(attributes.get("hidden")) or _is_nothing(attributes.get("width")):
                _refuse_part("Column", attributes.get("min"), title)
            case "sheetFormatPr" if _is_true(attributes.get("zeroHeight")):
                raise ListUnreadable(
                    f"Rows of sheet {title!r} are hidden unless it says otherwise; show them all, and save."
                )
            case "mergeCell":
                raise ListUnreadable(f"Sheet {title!r} has cells that are joined; separate them, and save.")

    parser = expat.ParserCreate()
    parser.StartElementHandler = begins
    parser.ParseFile(io.BytesIO(sheet))


def _is_true(value: str | None) -> bool:
    return value in {"1", "true"}


def _is_nothing(measure: str | None) -> bool:
    return measure is not None and float(measure) == 0


def _refuse_part(what: str, number: str | None, title: str) -> NoReturn:
    which = f" {number[:7]}" if number else ""
    raise ListUnreadable(
        f"{what}{which} of sheet {title!r} is hidden; show it (a filter hides rows too), or delete it, and save."
    )


def _lines(sheet: Any) -> Iterator[Line]:  # noqa: ANN401 - the library's read-only sheet
    kept = 0
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        # Empty lines between rows are numbered and not counted; a sheet has a million of them.
        if number > 10 * MOST_ROWS:
            raise ListUnreadable(f"The sheet goes beyond line {10 * MOST_ROWS:,}; delete what stands below the list.")
        if len(cells) > _WIDEST:
            raise ListUnreadable(f"Line {number} of the sheet has more than {_WIDEST} columns; save the list alone.")
        texts, spoilt = [], {}
        for place, cell in enumerate(cells):
            value = cell.value
            if cell.data_type == "f":
                texts.append("")
                spoilt[place] = f"cell {cell.coordinate} is a formula; write its value"
            elif cell.data_type == "e":
                texts.append("")
                spoilt[place] = f"cell {cell.coordinate} is an error of the spreadsheet"
            else:
                texts.append(_text(value))
        while texts and not texts[-1] and len(texts) - 1 not in spoilt:
            texts.pop()
        line = Line(number, tuple(texts), spoilt)
        if not line.is_blank:
            kept += 1
            refuse_too_many(kept - _ABOVE_HEADER)
            yield line


def _text(value: object) -> str:
    """Return a cell's value as a person would have written it; a date as ISO 8601."""
    match value:
        case None:
            return ""
        case bool():
            return str(value)
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)
