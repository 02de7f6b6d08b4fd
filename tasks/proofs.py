"""Proofs: a file an airline sent, looked at before it is stored; what is stored is the file as it came."""

import io
import warnings
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
from PIL import Image, UnidentifiedImageError

from models.by_hand import ProofKind
from tasks import files
from tasks.papers import pdfium

LARGEST_FILE = 10 * 2**20
"""Bytes."""

_MOST_PIXELS = 60_000_000
_MOST_PAGES = 30
_LONGEST_EDGE = 3000.0
"""Points of a page's edge; A0 has 3370, and nobody confirms seats on a poster."""


def checked(file: Path) -> tuple[ProofKind, bytes]:
    """
    Return what a proof is and its bytes; each page or picture of it was decoded, so that somebody can look at it.

    Raises:
        ValueError: the file is absent, too large, empty, or no PDF, JPEG or PNG that opens.
    """
    content = files.read(file, most=LARGEST_FILE, give="a PDF, JPEG or PNG file")
    return kind_of(content, file.name), content


def kind_of(content: bytes, name: str) -> ProofKind:
    """
    Return what a proof is, after each page or picture of it was decoded.

    Raises:
        ValueError: it is too large, empty, or no PDF, JPEG or PNG that opens; it is called by its name.
    """
    if len(content) > LARGEST_FILE:
        raise ValueError(f"{name} is larger than {LARGEST_FILE // 2**20} MB; save it smaller.")
    if content.startswith(b"%PDF-"):
        _look_at_pages(content, name)
        return ProofKind.pdf
    return _look_at_picture(content, name)


def _look_at_pages(content: bytes, name: str) -> None:
    try:
        with pdfium.ALONE, pypdfium2.PdfDocument(content) as document:
            if not 0 < len(document) <= _MOST_PAGES:
                raise ValueError(f"{name} has {len(document)} pages; give those that confirm the seats.")
            for page in document:
                if max(page.get_size()) > _LONGEST_EDGE:
                    raise ValueError(f"{name} has a page larger than a poster; save it on ordinary paper.")
                page.render(scale=0.5)
    except pypdfium2.PdfiumError:
        raise ValueError(f"{name} is a PDF that does not open; save it anew, without a password.") from None


def _look_at_picture(content: bytes, name: str) -> ProofKind:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as opened:
                if opened.width * opened.height > _MOST_PIXELS:
                    raise ValueError(f"{name} has more than 60 million pixels; save it smaller.")
                kind = ProofKind.png if opened.format == "PNG" else ProofKind.jpeg
                opened.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValueError(f"{name} has more than 60 million pixels; save it smaller.") from None
    except (UnidentifiedImageError, OSError, SyntaxError, EOFError):
        raise ValueError(f"{name} is no PDF, JPEG or PNG that opens; save it as one of these.") from None
    return kind
