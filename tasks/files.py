"""Files somebody names: looked at before they are read, for a device has no end and a pipe keeps its reader waiting."""

from pathlib import Path


def read(file: Path, *, most: int, give: str) -> bytes:
    """
    Return what stands in a file of at most so many bytes.

    Raises:
        ValueError: it is absent, no ordinary file, or larger; one sentence that ends with what to give instead.
    """
    try:
        if file.exists() and not file.is_file():
            raise ValueError(f"{file} is no ordinary file; give {give}.")
        with file.open("rb") as opened:
            content = opened.read(most + 1)
    except OSError as unreadable:
        raise ValueError(f"{file} cannot be read ({unreadable.strerror}); give {give}.") from None
    if len(content) > most:
        raise ValueError(f"{file.name} is larger than {most // 2**20} MB; save it smaller.")
    return content
