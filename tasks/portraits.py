"""Portraits as they come from a camera or a telephone: looked at before they are stored."""

from pathlib import Path

from tasks.papers.portrait import printable_portrait

LARGEST_FILE = 20 * 2**20
"""Bytes; a telephone's photograph has some 5 MB."""


def checked(file: Path) -> bytes:
    """
    Return a portrait file as the JPEG that will be printed: upright, 7:9, without what a camera notes in it.

    Raises:
        ValueError: the file is absent, too large, or no picture.
    """
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise ValueError(f"{file.name} is larger than {LARGEST_FILE // 2**20} MB; save it smaller.")
        image = file.read_bytes()
    except OSError as unreadable:
        raise ValueError(f"{file} cannot be read ({unreadable.strerror}); give a JPEG or PNG file.") from None
    return printable_portrait(image)
