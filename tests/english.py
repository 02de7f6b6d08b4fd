"""Whatever a page leaves in English: runs of Latin letters that are no name, number, code or proper noun."""

import html
import re

_WORD = re.compile(r"(?<![A-Za-z0-9_@:/.-])[A-Za-z]?[a-z]{2,}(?![A-Za-z0-9_@:/=])")
"""A word of lower-case letters, or with one capital before them; a code, an address or a key has other signs in it."""

_PROPER = frozenset(
    {"Homeward", "English", "Excel", "Doc", "Asia", "Phnom", "Penh", "Timatic", "Seoul", "Duffel"}
    | {"csv", "xlsx", "pdf", "mm"}
)
"""Names of places, papers and products, which each language writes so."""


def left_in_english(text: str, *, written: str = "") -> list[str]:
    """Return the English words of a text, but for those that stand in `written`: what people themselves wrote."""
    own = set(re.findall(r"[A-Za-z]+", written))
    return sorted({word for word in _WORD.findall(text) if word not in _PROPER and word not in own})


def shown_by(page: str) -> str:
    """Return what a reader finds on a page: its text and what a screen reader says of it, but for codes."""
    # Marked letters stand in the middle of words.
    body = re.sub(r"(?s)<(script|style|code|head)\b.*?</\1>", " ", re.sub(r"</?mark>", "", page))
    # The names of the languages stand there each in its own.
    body = re.sub(r'(?s)<form method="post" action="/language".*?</form>', " ", body)
    said = re.findall(r'(?:aria-label|alt|title|placeholder)="([^"]*)"', body)
    return html.unescape(" ".join([re.sub(r"(?s)<[^>]*>", " ", body), *said]))
