"""Delimited text: its encoding, its delimiter, its lines."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from itertools import islice

from tasks.intake.lines import Line, ListUnreadable, refuse_too_many

DELIMITERS = (",", ";", "\t", "|")

_BOMS = (
    # The longer first: the mark of UTF-32 little endian begins like that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_TASTE = 10
"""So many records at the beginning say what separates cells."""


def decode(content: bytes) -> tuple[str, str]:
    """Return the text of a file and the encoding it was read in."""
    marked = next((name for mark, name in _BOMS if content.startswith(mark)), None)
    for encoding in [marked] if marked else ["utf-8", "cp949"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            raise ListUnreadable("The file holds NUL bytes, as no list does; save it as CSV in UTF-8 and try again.")
        return text, encoding
    raise ListUnreadable(
        "The file is in no encoding we read (UTF-8, UTF-16 with its mark, EUC-KR/CP949); save it as CSV in UTF-8."
    )


def read(text: str, *, is_header: Callable[[str], bool]) -> list[Line]:
    """
    Return the lines of a delimited text; `is_header` knows usual headers, by which the delimiter is told.

    Raises:
        ListUnreadable: a quotation mark that is not closed, or too many rows.
    """
    named = re.match(r"sep=(.)\r?\n", text)
    if named:
        # What Excel writes above a list for itself; the line still counts.
        return [Line(1, ()), *_lines(text[named.end() :], named[1], first=2)]
    return _lines(text, max(DELIMITERS, key=lambda each: _fits(text, each, is_header)), first=1)


def _fits(text: str, delimiter: str, is_header: Callable[[str], bool]) -> tuple[int, int]:
    """Return how many usual headers the best line has with a delimiter, and how many cells."""
    taste = islice(csv.reader(io.StringIO(text[: 2**16], newline=""), delimiter=delimiter), _TASTE)
    try:
        records = list(taste)
    except csv.Error:
        return 0, 0
    return max(
        ((sum(is_header(cell) for cell in record), len(record)) for record in records),
        default=(0, 0),
    )


def _lines(text: str, delimiter: str, *, first: int) -> list[Line]:
    lines: list[Line] = []
    for line in _parsed(text, delimiter, first=first):
        lines.append(line)
        refuse_too_many(len(lines) - _TASTE)
    return lines


def _parsed(text: str, delimiter: str, *, first: int) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = first
    try:
        for record in reader:
            yield Line(begins, tuple(record))
            begins = first + reader.line_num
    except csv.Error:
        raise ListUnreadable(
            f"Line {begins} has a quotation mark that is not closed or stands in the middle of a cell; correct it."
        ) from None
