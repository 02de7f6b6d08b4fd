"""Names written by ear: how far a written name is from a registered one, in slips of the pen."""

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from models.matching.romanisation import spellings, surname_spellings

_MANY = 300
"""Spellings of one given name that are tried; a name of more syllables is compared in its usual ones only."""

_A_SLIP = 0.12
_USUAL_LENGTH = 7
"""A slip in a shorter name weighs more: OH and O U have little left to go by."""


@dataclass(frozen=True, slots=True)
class Apart:
    """How far two writings of a name are apart."""

    slips: float
    """Letters dropped, doubled, exchanged or wrong; an unusual romanisation counts a quarter or a half."""
    length: int

    @property
    def weighty(self) -> float:
        """The slips, weighing more in a short name."""
        return self.slips * max(1.0, _USUAL_LENGTH / max(self.length, 1))

    @property
    def likeness(self) -> float:
        """From 1 (the same name) to 0."""
        return round(max(0.0, 1 - _A_SLIP * self.weighty), 3)


def letters(text: str) -> str:
    """Return the letters A-Z of a text in capitals, marks and everything between them left out."""
    plain = unicodedata.normalize("NFKD", text)
    return re.sub(r"[^A-Z]", "", plain.upper())


def syllables(text: str) -> str:
    """Return the Hangul syllables of a text."""
    return re.sub(r"[^가-힣]", "", unicodedata.normalize("NFC", text))


def hangul_apart(written: str, registered: str) -> Apart:
    """Return how far two names in Hangul are apart, in parts of syllables: 승 and 성 differ in one."""
    ours, theirs = (unicodedata.normalize("NFD", syllables(name)) for name in (written, registered))
    if not ours or not theirs:
        return Apart(float(max(len(ours), len(theirs), 1)), 1)
    return Apart(float(OSA.distance(ours, theirs)), max(len(ours), len(theirs)))


def latin_apart(written: str, *, surname_hangul: str, given_hangul: str, surname_latin: str, given_latin: str) -> Apart:
    """
    Return how far a name in Latin letters is from a record, whatever its order, spaces, hyphens and romanisation.

    It is compared with the record's own Latin spelling and with every romanisation of its Hangul.
    """
    ours = letters(written)
    registered = letters(surname_latin), letters(given_latin)
    best, length = float(max(len(ours), sum(map(len, registered)), 1)), max(len(ours), 1)
    for theirs in {registered[0] + registered[1], registered[1] + registered[0]}:
        if theirs and ours:
            best = min(best, float(OSA.distance(ours, theirs)))
    for cost, ways in _romanised(syllables(surname_hangul), syllables(given_hangul)) if ours else ():
        if best <= cost:
            break
        # Only what is nearer than the best so far; the cutoff ends most comparisons early.
        nearest = process.extractOne(ours, ways, scorer=OSA.distance, score_cutoff=int(best - cost))
        if nearest is not None:
            best = min(best, nearest[1] + cost)
    return Apart(best, length)


@lru_cache(maxsize=4096)
def _given(given: str) -> tuple[tuple[str, float], ...]:
    whole = [("", 0.0)]
    for syllable in given:
        ways = spellings(syllable)
        if len(whole) * len(ways) > _MANY:
            ways = tuple(way for way in ways if way[1] == 0)
        if len(whole) * len(ways) > _MANY:
            ways = ways[:1]
        whole = [(begun + more, spent + cost) for begun, spent in whole for more, cost in ways]
    return tuple(whole)


def _romanised(surname: str, given: str) -> list[tuple[float, list[str]]]:
    """Return the spellings of a whole name in both orders by what they cost, the usual ones first."""
    ways: dict[float, list[str]] = defaultdict(list)
    for family, spent in surname_spellings(surname):
        for own, cost in _given(given):
            ways[spent + cost] += (family + own, own + family)
    return sorted(ways.items())
