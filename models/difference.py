"""Differences: two ways of writing one thing, cut where they part, so that a page can mark the very characters."""

from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters in a row that are the same on both sides, or are not."""

    text: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Marked:
    """The same fact from two sources, each cut into pieces."""

    left: tuple[Piece, ...]
    right: tuple[Piece, ...]

    @property
    def differs(self) -> bool:
        """Whether both say something and not the same."""
        return bool(self.left and self.right) and any(piece.differs for piece in (*self.left, *self.right))


def marked(left: str, right: str) -> Marked:
    """
    Return both texts in pieces; joined, the pieces of a side are that side again.

    Where one side is empty nothing differs: what nobody wrote down contradicts nothing.

    >>> [piece.text for piece in marked("KIM MINJUN", "KIM MINJOON").right if piece.differs]
    ['OO']
    """
    if not left or not right:
        return Marked(_same(left), _same(right))
    # Without the library's guess which characters are too common to count: names are short.
    steps = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    return Marked(
        tuple(Piece(left[i:j], kind != "equal") for kind, i, j, _, _ in steps if j > i),
        tuple(Piece(right[k:m], kind != "equal") for kind, _, _, k, m in steps if m > k),
    )


def _same(text: str) -> tuple[Piece, ...]:
    return (Piece(text, differs=False),) if text else ()
