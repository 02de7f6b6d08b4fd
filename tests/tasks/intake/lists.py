"""Lists as tests write them."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

HEADER = ("ref", "name_latin", "found_at", "born_on", "passport_number")


def text_of(rows: Sequence[Sequence[str]], delimiter: str = ",") -> str:
    """Return rows as delimited text."""
    made = io.StringIO(newline="")
    csv.writer(made, delimiter=delimiter).writerows(rows)
    return made.getvalue()


def workbook(file: Path, rows: Sequence[Sequence[Any]], *, title: str = "found") -> Workbook:
    """Write a workbook with one sheet, and return it to be spoilt further."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    book.save(file)
    return book
