"""Portraits as they come from a camera or a telephone: looked at before they are stored."""

import re
from fractions import Fraction
from pathlib import Path

from models import portrait
from tasks import files
from tasks.papers.portrait import printable_portrait, printed_rows, size_of

LARGEST_FILE = 20 * 2**20
"""Bytes; a telephone's photograph has some 5 MB."""

_MARK = re.compile(r"([0-9]{1,5}(?:\.[0-9]{1,3})?)\s*(%?)")
"""Pixels or per cent."""


def read(file: Path) -> bytes:
    """Return what stands in a portrait file; raise ValueError where it is absent, no ordinary file, or too large."""
    return files.read(file, most=LARGEST_FILE, give="a JPEG or PNG file")


def checked(file: Path) -> bytes:
    """
    Return a portrait file as the JPEG that will be printed: upright, 7:9, without what a camera notes in it.

    Raises:
        ValueError: the file is absent, too large, no picture, or one of too few pixels.
    """
    return checked_bytes(read(file))


def checked_bytes(image: bytes) -> bytes:
    """Return a picture as the JPEG that will be printed; raise ValueError as for a file."""
    if len(image) > LARGEST_FILE:
        raise ValueError(f"The picture is larger than {LARGEST_FILE // 2**20} MB; save it smaller.")
    jpeg = printable_portrait(image)
    if (too_small := portrait.why_too_small(*size_of(jpeg))) is not None:
        raise ValueError(too_small)
    return jpeg


def head_marks(image: bytes, *, crown: str | None, chin: str | None) -> portrait.HeadMarks | None:
    """
    Return where crown and chin lie once a picture is printed, None where neither is marked.

    Both count from the top edge of the picture as given and seen upright, in its pixels (`64`) or in per cent of its
    height (`12%`); what is cut off to 7:9 is taken into account. The picture is one that `checked_bytes` took.

    Raises:
        ValueError: one mark alone, something that is no number, or a mark outside what is printed.
    """
    if crown is None and chin is None:
        return None
    if crown is None or chin is None:
        raise ValueError("crown and chin are marked both or neither; give the other one too")
    top, printed, rows = printed_rows(image)
    found = [(_row(mark, rows) - top) / printed for mark in (crown, chin)]
    return portrait.marked(crown=found[0], chin=found[1])


def _row(mark: str, rows: int) -> Fraction:
    """Return the row of an upright picture where a mark lies."""
    read_as = _MARK.fullmatch(mark.strip())
    if read_as is None:
        raise ValueError("crown and chin are numbers from the top edge: pixels such as 64, or per cent such as 12%")
    number = Fraction(read_as[1])
    return number * rows / 100 if read_as[2] else number
