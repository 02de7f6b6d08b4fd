"""What a paper says and where, as pdfium sees it; millimetres from the page's top left."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # it ships no types

MM = 25.4 / 72


@dataclass(frozen=True, slots=True)
class Ink:
    """One character and the box around its ink."""

    character: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        return (self.right - self.left) * (self.bottom - self.top)

    def shared_with(self, other: "Ink") -> float:
        """Return the area that two boxes share, in square millimetres."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        return wide * high if wide > 0 and high > 0 else 0.0


def texts(pdf: bytes) -> list[str]:
    """Return the text of each page, lines apart."""
    with pdfium.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in document]


def words_of(pdf: bytes) -> str:
    """Return all words of a paper with single blanks between them."""
    return " ".join(" ".join(texts(pdf)).split())


def ink(pdf: bytes, page_number: int = 0) -> list[Ink]:
    """Return every visible character of a page in the order it was drawn."""
    with pdfium.PdfDocument(pdf) as document:
        page = document[page_number]
        height = page.get_height()
        reader = page.get_textpage()
        found = []
        for index in range(reader.count_chars()):
            character = reader.get_text_range(index, 1)
            if character.strip():
                left, bottom, right, top = reader.get_charbox(index)
                place = (left * MM, (height - top) * MM, right * MM, (height - bottom) * MM)
                found.append(Ink(character, *place))
        return found


def words_in(pdf: bytes, colour: str) -> str:
    """Return what stands in one colour, such as `#A8392B`, page after page, without its blanks."""
    wanted = tuple(bytes.fromhex(colour.removeprefix("#")))
    found = ""
    with pdfium.PdfDocument(pdf) as document:
        for page in document:
            reader = page.get_textpage()
            for index in range(reader.count_chars()):
                channels = [ctypes.c_uint() for _ in range(4)]
                pdfium.raw.FPDFText_GetFillColor(reader.raw, index, *channels)
                if tuple(channel.value for channel in channels[:3]) == wanted:
                    found += reader.get_text_range(index, 1).strip()
    return found


def line_of(characters: list[Ink], words: str) -> list[Ink]:
    """Return the ink of the first place where these words stand; blanks do not count."""
    wanted = words.replace(" ", "")
    start = "".join(mark.character for mark in characters).index(wanted)
    return characters[start : start + len(wanted)]


def overlaps(characters: list[Ink], *, share: float) -> Iterator[tuple[Ink, Ink]]:
    """
    Return pairs of characters of which one covers more than a share of the other.

    Neighbours in one line do not count: the boxes around slanted or kerned letters touch.
    """
    by_left = sorted(enumerate(characters), key=lambda drawn: drawn[1].left)
    for place, (order, mark) in enumerate(by_left):
        for other_order, other in by_left[place + 1 :]:
            if other.left >= mark.right:
                break
            if abs(order - other_order) > 1 and mark.shared_with(other) > share * min(mark.area, other.area):
                yield mark, other


def bounds(pdf: bytes) -> Iterator[tuple[float, float, float, float]]:
    """Return left, top, right, bottom of everything drawn on any page."""
    with pdfium.PdfDocument(pdf) as document:
        for page in document:
            height = page.get_height()
            for thing in page.get_objects():
                left, bottom, right, top = thing.get_bounds()
                yield left * MM, (height - top) * MM, right * MM, (height - bottom) * MM


def pictures(pdf: bytes) -> list[tuple[float, float, float, float]]:
    """Return left, top, right, bottom of the pictures on the first page."""
    with pdfium.PdfDocument(pdf) as document:
        page = document[0]
        height = page.get_height()
        found = []
        for thing in page.get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_IMAGE]):
            left, bottom, right, top = thing.get_bounds()
            found.append((left * MM, (height - top) * MM, right * MM, (height - bottom) * MM))
        return found
