"""Lines: what every file becomes before anybody asks what it means."""

from dataclasses import dataclass, field

LARGEST_FILE = 20 * 2**20
"""Bytes; ten thousand rows of a list have some two million."""

MOST_ROWS = 10_000
"""Rows of one list; more came with no rescue yet, and a longer file is a mistake more likely than a list."""


class ListUnreadable(ValueError):
    """The file is no list we can read; the text is one sentence that says why and what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: its number in the file, its cells as text, and the cells that hold no text."""

    number: int
    cells: tuple[str, ...]
    spoilt: dict[int, str] = field(default_factory=dict)
    """By the place of the cell, why it cannot be used, for example because it is a formula."""

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands on it."""
        return not self.spoilt and not any(cell.strip() for cell in self.cells)


def refuse_too_many(count: int) -> None:
    """Refuse a list with more rows than are taken in at once."""
    if count > MOST_ROWS:
        raise ListUnreadable(f"The list has more than {MOST_ROWS:,} rows; split it into several files.")
