"""What people type, before anything is made of it."""

import unicodedata


def is_writable(text: str) -> bool:
    r"""
    Return whether a database takes a text: no control character but tab and line ends, and no half character.

    >>> is_writable("홍길동\n"), is_writable("a\x00b")
    (True, False)
    """
    return all(unicodedata.category(c) not in ("Cc", "Cs") or c in "\t\n\r" for c in text)


NOT_WRITABLE = "That holds characters that cannot be written down; type it again without them."
"""What is said of a text that is not."""
