"""Reading a seal and the zone beside it from what was printed: a picture of the bar code, or a page as PDF."""

import io
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import zxingcpp
from PIL import Image

from tasks.papers import pdfium

FILE_LIMIT = 20_000_000
PIXEL_LIMIT = 60_000_000
"""A page of A4 at 600 dpi has 35 million."""

_DPI = 300
_QUICK_DPI = 200
"""A module of a seal is 2.7 pixels then; a page takes a third of the time it takes at 300 (2026-11-27)."""
_LINE = re.compile(r"^(?:[A-Z0-9<]{36}|[A-Z0-9<]{44})$")
"""A line of a TD2 or a TD3 zone."""


class Unreadable(Exception):
    """A file that is no picture and no PDF, or too large; the text says what to give."""


@dataclass(frozen=True)
class Printed:
    """What stands on the paper."""

    seals: tuple[bytes, ...]
    """The bytes of every DataMatrix found."""
    zone: tuple[str, str] | None
    """The two lines of the machine-readable zone, where the file holds text."""


def read_file(path: Path) -> bytes:
    """
    Return the content of a file.

    Raises:
        Unreadable: there is none, it is no ordinary file, or it is too large to be a document.
    """
    not_read = f"{path} cannot be read; give a PDF, or a picture of the seal as PNG or JPEG."
    try:
        if path.exists() and not path.is_file():
            # A device has no end, and a pipe keeps its reader waiting.
            raise Unreadable(not_read)
        content = path.read_bytes() if path.stat().st_size <= FILE_LIMIT else b""
    except OSError as odd:
        raise Unreadable(not_read) from odd
    refuse_size(content, path.name)
    return content


def refuse_size(content: bytes, name: str) -> None:
    """
    Refuse what is too large to be a document, or empty.

    Raises:
        Unreadable: it is.
    """
    if not 0 < len(content) <= FILE_LIMIT:
        raise Unreadable(f"{name} is empty or larger than 20 MB; give a PDF, or a picture of the seal.")


def is_pdf(content: bytes) -> bool:
    """Return whether a file says that it is a PDF; else it should be a picture."""
    return content.startswith(b"%PDF")


def read_printed(content: bytes, name: str, *, password: str | None = None) -> Printed:
    """
    Return the bar codes of a picture or of the first page of a PDF, and the zone a PDF's text holds.

    Raises:
        Unreadable: neither, too large to be one, or locked; it is called by its name.
    """
    return _pdf(content, name, password) if is_pdf(content) else Printed(_codes(picture_of(content, name)), None)


def _pdf(content: bytes, name: str, password: str | None) -> Printed:
    try:
        with pdfium.ALONE, pypdfium2.PdfDocument(content, password=password) as document:
            page = document[0]
            width, height = (round(side / 72 * _DPI) for side in page.get_size())
            if width * height > PIXEL_LIMIT:
                raise Unreadable(f"{name} has a page larger than any document; give the document itself.")
            text = page.get_textpage()
            lines = [line.strip() for line in text.get_text_bounded().splitlines()]
            text.close()
            codes = _codes_drawn(page)
            page.close()
    except (pypdfium2.PdfiumError, IndexError) as odd:
        if getattr(odd, "err_code", None) == pypdfium2.raw.FPDF_ERR_PASSWORD:
            raise Unreadable(f"{name} is locked; give the password its sender told you, with --password.") from odd
        raise Unreadable(f"{name} cannot be opened as a PDF; give the document itself.") from odd
    zones = [line for line in lines if _LINE.match(line)]
    return Printed(codes, (zones[0], zones[1]) if len(zones) == 2 else None)


def picture_of(content: bytes, name: str) -> Image.Image:
    """
    Return a picture in shades of grey.

    Raises:
        Unreadable: it is none, or too large to be a scan.
    """
    try:
        with warnings.catch_warnings():
            # What its warning is about is refused below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
        if picture.width * picture.height > PIXEL_LIMIT:
            raise Unreadable(f"{name} is larger than any scan needs; give a picture at 600 dpi at most.")
        return picture.convert("L")
    except (OSError, ValueError, Image.DecompressionBombError) as odd:
        raise Unreadable(f"{name} is no PDF, PNG or JPEG; give one of these.") from odd


def _codes_drawn(page: pypdfium2.PdfPage) -> tuple[bytes, ...]:
    """Return the codes of a drawn page: upright and sharp, they need no search; only what is not found so is sought."""
    quick = page.render(scale=_QUICK_DPI / 72, grayscale=True).to_pil()
    return _codes(quick, is_upright=True) or _codes(page.render(scale=_DPI / 72, grayscale=True).to_pil())


def _codes(picture: Image.Image, *, is_upright: bool = False) -> tuple[bytes, ...]:
    sought = not is_upright
    found = zxingcpp.read_barcodes(
        picture,
        formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.DataMatrix),
        try_rotate=sought,
        try_downscale=sought,
        try_invert=sought,
    )
    return tuple(bytes(code.bytes) for code in found if code.valid)
