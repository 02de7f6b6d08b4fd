"""Reading: a file becomes a table with a header, or one sentence that says why not."""

import hashlib
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from models.intake import HEADERS, NAMES, Meaning, plain_header
from tasks.intake import delimited, workbook
from tasks.intake.lines import LARGEST_FILE, Line, ListUnreadable, refuse_too_many

__all__ = ["ListUnreadable", "Table", "header_sha256", "named_columns", "read_list"]

_ABOVE = 10
"""So many lines may stand above the header: a title, a date, a second language."""

Remembered = Callable[[str], dict[Meaning, str] | None]
"""Returns what the columns of a header, by its SHA-256, meant the last time."""

_HAS_DIGIT = re.compile(r"\d")

_NO_LISTS = (
    (b"%PDF", "a PDF"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"\xd0\xcf\x11\xe0", "an old .xls, or a workbook with a password"),
)


@dataclass(frozen=True, slots=True)
class Table:
    """A list as read: where it came from, what its columns mean, and its rows."""

    file_name: str
    sha256: str
    header: tuple[str, ...]
    columns: dict[Meaning, int]
    """The place of each column we know."""
    rows: list[Line]
    notes: list[str]
    """What was left out, for whoever reads the list."""

    def named_columns(self) -> dict[str, str]:
        """Return meaning to header, as it is remembered."""
        return {meaning.value: self.header[place] for meaning, place in self.columns.items()}

    def meaning_of(self, column: str) -> str:
        """Return the word of ours for a column of the list; empty for the row as a whole."""
        return next((meaning.value for meaning, place in self.columns.items() if self.header[place] == column), "")


def read_list(
    file: Path,
    *,
    given: dict[Meaning, str] | None = None,
    sheet: str | None = None,
    remembered: Remembered = lambda _: None,
    called: str | None = None,
) -> Table:
    """
    Return the table a file holds.

    `given` names columns as the officer did on the command line; what is not given is remembered from a list with the
    same header, else known by its usual name. `called` is the file's name where it came under another one.

    Raises:
        ListUnreadable: one sentence that says why it cannot be read and what to do.
    """
    given = given or {}
    content = _content(file)
    named = {plain_header(header) for header in given.values()}
    encoding = None
    if content.startswith(b"PK\x03\x04"):
        lines = workbook.read(content, sheet=sheet)
    else:
        if sheet is not None:
            raise ListUnreadable("Only a workbook has sheets; leave --sheet out.")
        text, encoding = delimited.decode(content)
        lines = delimited.read(text, is_header=lambda cell: plain_header(cell) in HEADERS.keys() | named)
    lines = [line for line in lines if not line.is_blank]
    if not lines:
        raise ListUnreadable("The file is empty; give a list with a header line and a line for each person.")
    place, columns = _header(lines, given, remembered)
    header = tuple(cell.strip() for cell in lines[place].cells)
    notes = [f"Line {line.number} above the header was left out." for line in lines[:place]]
    if encoding == "cp949":
        notes.append("The file was read as EUC-KR/CP949.")
    unread = [name for at, name in enumerate(header) if name and at not in columns.values()]
    if unread:
        notes.append(f"Columns that were not read: {', '.join(unread)}; name one with --column if it is wanted.")
    notes += _without_name(header, lines[place + 1 :])
    rows = []
    for line in lines[place + 1 :]:
        if _is_header_again(line, header, columns):
            notes.append(f"Line {line.number} is a header once more and was left out.")
        else:
            rows.append(line)
    if not rows:
        raise ListUnreadable("The list has a header and no line for a person; nothing was taken in.")
    refuse_too_many(len(rows))
    if encoding is None:
        # A sheet does not say where a row ends; text does, and there a short row is a broken one.
        rows = [replace(row, cells=row.cells + ("",) * (len(header) - len(row.cells))) for row in rows]
    return Table(called or file.name, hashlib.sha256(content).hexdigest(), header, columns, rows, notes)


def named_columns(columns: list[str]) -> dict[Meaning, str]:
    """
    Return what columns mean from words like `found_at=장소`, one a column.

    Raises:
        ListUnreadable: a word names no column of ours, or one twice.
    """
    given: dict[Meaning, str] = {}
    for each in columns:
        meaning, _, header = (part.strip() for part in each.partition("="))
        if meaning not in Meaning.__members__ or not header:
            raise ListUnreadable(
                f"{each[:80]!r} names no column; write MEANING=HEADER with one of {', '.join(Meaning)}."
            )
        if Meaning(meaning) in given:
            raise ListUnreadable(f"--column {meaning} is given twice; name one header.")
        given[Meaning(meaning)] = header
    return given


def header_sha256(header: tuple[str, ...]) -> str:
    """Return the SHA-256 of a header row in its plain form."""
    return hashlib.sha256("\x1f".join(plain_header(cell) for cell in header).encode()).hexdigest()


def _content(file: Path) -> bytes:
    try:
        found = file.stat()
        if stat.S_ISDIR(found.st_mode):
            raise ListUnreadable(f"{file} is a folder; name the file.")
        if not stat.S_ISREG(found.st_mode):
            raise ListUnreadable(f"{file} is no ordinary file; name a CSV or .xlsx file.")
        if found.st_size > LARGEST_FILE:
            raise ListUnreadable(f"{file} has more than {LARGEST_FILE // 2**20} MB; split the list into several files.")
        content = file.read_bytes()
    except FileNotFoundError:
        raise ListUnreadable(f"There is no file {file}; name a CSV or .xlsx file.") from None
    except (OSError, ValueError) as failed:
        if isinstance(failed, ListUnreadable):
            raise
        raise ListUnreadable(f"{file} cannot be read ({type(failed).__name__}); look at its name and rights.") from None
    if (what := next((name for mark, name in _NO_LISTS if content.startswith(mark)), None)) is not None:
        raise ListUnreadable(
            f"The file is {what}, which holds no list we can read; type it, or save it as .xlsx or CSV."
        )
    return content


def _header(lines: list[Line], given: dict[Meaning, str], remembered: Remembered) -> tuple[int, dict[Meaning, int]]:
    """Return which line is the header, and what its columns mean: the first with a name and a place."""
    best: tuple[int, Line, dict[Meaning, int]] | None = None
    for place, line in enumerate(lines[:_ABOVE]):
        columns = _meanings(line, {**(remembered(header_sha256(line.cells)) or {}), **given})
        if _is_enough(columns):
            _refuse_formulas(line)
            return place, columns
        if best is None or len(columns) > len(best[2]):
            best = (place, line, columns)
    if best is None:
        raise TypeError("a list without lines was refused before")
    _, line, columns = best
    for meaning, header in given.items():
        if meaning not in columns:
            raise ListUnreadable(f"No column is called {header!r}, which should be {meaning}; {_names(line)}")
    missing = "the place (found_at)" if any(name in columns for name in NAMES) else "a name (name_latin, name_hangul)"
    column = "found_at" if "found_at" in missing else "name_latin"
    raise ListUnreadable(f"No column is {missing}; say which with --column {column}=HEADER. {_names(line)}")


def _without_name(header: tuple[str, ...], rows: list[Line]) -> list[str]:
    """Return what to say of columns that hold something and have no header, as below two joined cells of one."""
    places = [at for at, name in enumerate(header) if not name and any(_holds(row, at) for row in rows)]
    if not places:
        return []
    columns = ", ".join(str(at + 1) for at in places)
    return [f"Columns without a header that were not read, counted from the left: {columns}; write one above each."]


def _holds(row: Line, at: int) -> bool:
    return at in row.spoilt or (at < len(row.cells) and bool(row.cells[at].strip()))


def _is_enough(columns: dict[Meaning, int]) -> bool:
    return Meaning.found_at in columns and any(name in columns for name in NAMES)


def _meanings(line: Line, named: dict[Meaning, str]) -> dict[Meaning, int]:
    """Return where each meaning stands in a header; what an officer named comes before what is usual."""
    plain = [plain_header(cell) for cell in line.cells]
    columns: dict[Meaning, int] = {}
    for meaning, header in named.items():
        places = [at for at, cell in enumerate(plain) if cell == plain_header(header)]
        if len(places) > 1:
            raise ListUnreadable(f"{len(places)} columns are called {header!r}; give them different names.")
        if places:
            columns[meaning] = places[0]
    for at, cell in enumerate(plain):
        usual = HEADERS.get(cell)
        if usual is None or usual in named or at in columns.values():
            continue
        if usual in columns:
            first = line.cells[columns[usual]].strip()
            raise ListUnreadable(
                f"Two columns may be {usual}: {first!r} and {line.cells[at].strip()!r}; rename one, "
                f"or name the right one with --column {usual}=HEADER."
            )
        columns[usual] = at
    return columns


def _refuse_formulas(header: Line) -> None:
    if header.spoilt:
        raise ListUnreadable(f"The header on line {header.number} has a formula; write the names of the columns.")


def _is_header_again(line: Line, header: tuple[str, ...], columns: dict[Meaning, int]) -> bool:
    """Return whether a line is the header of another page, or the same header in another language."""
    cells = [plain_header(cell) for cell in line.cells]
    if cells == [plain_header(cell) for cell in header]:
        return True
    known = [cells[place] for place in columns.values() if place < len(cells) and cells[place]]
    words = sum(cell in HEADERS for cell in known)
    # One of its words may be new to us; a person's line has a number or a date, and no three words of a header.
    return words > 1 and (words == len(known) or (words > 2 and not any(map(_HAS_DIGIT.search, known))))


def _names(line: Line) -> str:
    names = [cell.strip()[:40] for cell in line.cells if cell.strip()]
    return f"Line {line.number} has {', '.join(repr(name) for name in names[:20])}."
