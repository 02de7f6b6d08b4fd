"""What a name in Latin letters may be in Hangul: the registry is asked in Hangul, whose spelling does not vary."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product
from math import log10

from rapidfuzz.distance import OSA

from models.matching.names import letters
from models.matching.romanisation import (
    GIVEN_SYLLABLES,
    SURNAME_SHARES,
    spellings,
    surname_spellings,
)

_LONGEST_SYLLABLE = 7
_RARE_SURNAME = 0.12
_RARE_SYLLABLE = 0.15
"""What being ten times rarer costs, in slips: it decides between readings that are spelled alike."""

_OTHER_ORDER = 0.6
_THREE_WORDS = 0.3
_ONE_SYLLABLE = 0.3
_HYPHENED = 0.6
"""A surname out of a word with a hyphen, beside one without: hyphens join the syllables of a given name."""

_TORN = 0.3
"""A surname that begins or ends within a written word."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A name in Hangul that a Latin spelling may stand for."""

    surname: str
    given: str
    """Empty where nothing is known of it."""
    cost: float


def readings(written: str, *, at_most: int = 12) -> list[Reading]:
    """Return the likeliest readings of a name in Latin letters, the best first."""
    whole = letters(written)
    words = [letters(word) for word in re.split(r"[^A-Za-z]+", written) if letters(word)]
    best: dict[tuple[str, str], float] = {}
    for surname, rest, cost in _surnames(whole, words, turns=_turns(written, words)):
        slips_left = 1 if cost < 1 else 0
        for given, more in _givens(rest, slips_left):
            key = surname, given
            best[key] = min(best.get(key, 99.0), cost + more)
    ordered = sorted(best.items(), key=lambda item: (item[1], item[0]))
    return [Reading(surname, given, round(cost, 3)) for (surname, given), cost in ordered[:at_most]]


def surnames_heard(written: str) -> list[Reading]:
    """Return the surnames that the first or the last word of a name may be, the likeliest first, with no given name."""
    words = [letters(word) for word in re.split(r"[^A-Za-z]+", written) if letters(word)]
    best: dict[str, float] = {}
    for surname, _, cost in _surnames("".join(words), words, turns=_turns(written, words)):
        best[surname] = min(best.get(surname, 99.0), cost)
    return [Reading(surname, "", round(cost, 3)) for surname, cost in sorted(best.items(), key=lambda each: each[::-1])]


def _turns(written: str, words: list[str]) -> tuple[float, float]:
    """Return what it costs to take the surname from the beginning, and from the end."""
    parts = written.split()
    if "," not in written and len(parts) > 1 and ("-" in parts[0]) != ("-" in parts[-1]):
        return (_HYPHENED, 0.0) if "-" in parts[0] else (0.0, _HYPHENED)
    # A comma, or three words, come with the surname first; two words come in either order.
    return 0.0, _OTHER_ORDER if "," in written else _THREE_WORDS if len(words) > 2 else 0.0


def _surnames(whole: str, words: list[str], *, turns: tuple[float, float]) -> Iterator[tuple[str, str, float]]:
    """Yield surnames a name may begin or end with, what is left of it, and the cost so far."""
    for surname, share in SURNAME_SHARES.items():
        rare = _RARE_SURNAME * log10(0.25 / share)
        for family, cost in surname_spellings(surname):
            for length in range(max(1, len(family) - 1), len(family) + 2):
                if length >= len(whole):
                    continue
                for last, part, rest in (
                    (False, whole[:length], whole[length:]),
                    (True, whole[-length:], whole[:-length]),
                ):
                    torn = _TORN * (len(words) > 1 and part not in (words[0], words[-1]))
                    crossed, left = _crossed(part, rest, last=last)
                    if crossed == family:
                        # JANIGNHO: the slip lies across the border of surname and given name.
                        yield surname, left, 1 + cost + rare + torn + turns[last]
                    slips = OSA.distance(part, family, score_cutoff=1)
                    if slips > 1 or (slips and len(family) < 3 and not _is_of_two(part, family, words)):
                        continue
                    yield surname, rest, slips + cost + rare + torn + turns[last]


def _is_of_two(part: str, family: str, words: list[str]) -> bool:
    """Return whether a slip in a surname of two letters leaves it to be told: exchanged, or one of them a word."""
    return sorted(part) == sorted(family) or (len(part) == 1 and len(words) > 1 and part in (words[0], words[-1]))


def _crossed(part: str, rest: str, *, last: bool) -> tuple[str, str]:
    """Return a surname and what is left of the name, the two letters where they meet exchanged."""
    if last:
        return rest[-1] + part[1:], rest[:-1] + part[0]
    return part[:-1] + rest[0], part[-1] + rest[1:]


@cache
def _syllables_spelled() -> dict[str, tuple[tuple[str, float], ...]]:
    """Return the syllables of given names by their spellings, with what each costs."""
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for place, syllable in enumerate(dict.fromkeys(GIVEN_SYLLABLES)):
        rare = _RARE_SYLLABLE * log10(1 + place / 10)
        for spelled, cost in spellings(syllable):
            found[spelled].append((syllable, cost + rare))
    return {spelled: tuple(sorted(ways, key=lambda way: way[1])) for spelled, ways in found.items()}


@lru_cache(maxsize=4096)
def _nearly_spelled(part: str) -> tuple[tuple[str, float], ...]:
    """Return the syllables one slip away from a part of a name."""
    best: dict[str, float] = {}
    for spelled, ways in _syllables_spelled().items():
        if abs(len(spelled) - len(part)) <= 1 and OSA.distance(part, spelled, score_cutoff=1) == 1:
            for syllable, cost in ways:
                best[syllable] = min(best.get(syllable, 99.0), 1 + cost)
    return tuple(sorted(best.items(), key=lambda way: way[1])[:6])


def _givens(rest: str, slips_left: int) -> Iterator[tuple[str, float]]:
    """Yield given names of one or two syllables for the letters left, with at most so many slips."""
    if slips_left:
        for place in range(1, len(rest)):
            exchanged = rest[: place - 1] + rest[place] + rest[place - 1] + rest[place + 1 :]
            for given, cost in _givens(exchanged, 0):
                yield given, 1 + cost
    for syllable, cost in _syllables_spelled().get(rest, ()):
        yield syllable, cost + _ONE_SYLLABLE
    if slips_left and len(rest) <= _LONGEST_SYLLABLE:
        for syllable, cost in _nearly_spelled(rest):
            yield syllable, cost + _ONE_SYLLABLE
    for cut in range(1, len(rest)):
        for left, right in _halves(rest[:cut], rest[cut:], slips_left):
            for (one, one_cost), (other, other_cost) in product(left[:6], right[:6]):
                yield one + other, one_cost + other_cost


_Ways = tuple[tuple[str, float], ...]


def _halves(first: str, second: str, slips_left: int) -> list[tuple[_Ways, _Ways]]:
    """Return what two parts of a given name may be, the slip in either of them."""
    spelled = _syllables_spelled()
    firsts, seconds = spelled.get(first, ()), spelled.get(second, ())
    pairs = [(firsts, seconds)]
    if slips_left and max(len(first), len(second)) <= _LONGEST_SYLLABLE:
        pairs += [(firsts, _nearly_spelled(second))] if firsts else []
        pairs += [(_nearly_spelled(first), seconds)] if seconds else []
    return pairs
