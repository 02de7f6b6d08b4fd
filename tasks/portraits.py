"""Portraits as they come from a camera or a telephone: looked at before they are stored."""

from pathlib import Path

from models import portrait
from tasks.papers.portrait import printable_portrait, size_of

LARGEST_FILE = 20 * 2**20
"""Bytes; a telephone's photograph has some 5 MB."""

_TOO_LARGE = f"larger than {LARGEST_FILE // 2**20} MB; save it smaller."


def checked(file: Path) -> bytes:
    """
    Return a portrait file as the JPEG that will be printed: upright, 7:9, without what a camera notes in it.

    Raises:
        ValueError: the file is absent, too large, no picture, or one of too few pixels.
    """
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise ValueError(f"{file.name} is {_TOO_LARGE}")
        image = file.read_bytes()
    except OSError as unreadable:
        raise ValueError(f"{file} cannot be read ({unreadable.strerror}); give a JPEG or PNG file.") from None
    return checked_bytes(image)


def checked_bytes(image: bytes) -> bytes:
    """Return a picture as the JPEG that will be printed; raise ValueError as for a file."""
    if len(image) > LARGEST_FILE:
        raise ValueError(f"The picture is {_TOO_LARGE}")
    jpeg = printable_portrait(image)
    if (too_small := portrait.why_too_small(*size_of(jpeg))) is not None:
        raise ValueError(too_small)
    return jpeg
