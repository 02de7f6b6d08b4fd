"""How many people a question to the registry may fit, as a share of all: what decides how wide it may be asked."""

from bisect import bisect_left
from functools import cache
from itertools import accumulate

from models.matching.romanisation import GIVEN_SYLLABLES, RAREST_SHARE, SURNAME_SHARES

YEARS = 80
"""Years of birth of people alive."""

PLACES = 10
"""Birthplaces as a registry has them: provinces and large cities."""

_ONE_SYLLABLE = 0.03
"""Share of given names that have one syllable only."""

_FLATTER = 10
"""Syllables in the order of how frequent they are: the first is borne twice as often as the eleventh."""


def of(attribute: str, low: str, high: str) -> float:
    """
    Return the share of all people of whom an attribute lies between two values; numbers and telephones are one's own.

    >>> of("born_on", "1990-03-01", "1990-03-31") == of("born_on", "1990-01-01", "1990-12-31") / 12
    True
    """
    match attribute:
        case "surname_hangul":
            return of_surname(low)
        case "given_hangul":
            return of_given_names(low, high)
        case "born_on":
            same = sum(ours == theirs for ours, theirs in zip(low.split("-"), high.split("-"), strict=True))
            return 1 / YEARS / {3: 365, 2: 12}.get(same, 1)
        case "birthplace":
            return 1 / PLACES
        case "sex":
            return 0.5
        case _:
            return 0.0


def of_surname(surname: str) -> float:
    """Return the share of the population that bears a surname."""
    return SURNAME_SHARES.get(surname, RAREST_SHARE)


def of_given_names(low: str, high: str) -> float:
    """
    Return the share of given names from one to another, both counted, in the order of Hangul.

    >>> of_given_names("가", "힣") > 0.99 > 0.1 > of_given_names("선", "선힣") > of_given_names("선영", "선용")
    True
    """
    first, second = high[:1], high[1:2]
    within = (_before(second) + _at(second)) if second else 0.0
    upto = _before(first) + _at(first) * min(1.0, _ONE_SYLLABLE + within)
    below = _before(low[:1]) + _at(low[:1]) * (_before(low[1:2]) if low[1:2] else 0.0)
    return max(0.0, upto - below)


@cache
def _ordered() -> tuple[list[str], list[float]]:
    """Return the syllables in the order of Hangul, with the share of all that stand before each, and of all."""
    weights = {syllable: 1 / (_FLATTER + place) for place, syllable in enumerate(dict.fromkeys(GIVEN_SYLLABLES))}
    whole = sum(weights.values())
    ordered = sorted(weights)
    return ordered, [0.0, *accumulate(weights[each] / whole for each in ordered)]


def _before(syllable: str) -> float:
    ordered, shares = _ordered()
    return shares[bisect_left(ordered, syllable)]


def _at(syllable: str) -> float:
    ordered, shares = _ordered()
    place = bisect_left(ordered, syllable)
    known = place < len(ordered) and ordered[place] == syllable
    return shares[place + 1] - shares[place] if known else 0.0
