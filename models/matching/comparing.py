"""
The score of a registry record: what the agreeing facts are worth, and the doubt that is left.

Each fact adds the logarithm (base 10) of how much likelier it is to be seen with the person than with a stranger, after
Fellegi and Sunter, "A Theory for Record Linkage" (1969). The numbers come from the population: a day of birth fits one
person in some 20,000, a year one in 50, a surname as many as bear it.
"""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from math import log10

from models.birth_date import BirthDate
from models.matching import names, numbers
from models.matching.romanisation import RAREST_SHARE, SURNAME_SHARES
from models.verification import Candidate, Fact, Record, Reported, masked

ONE_FACT_AT_MOST = 0.6
VAGUE_AT_MOST = 0.85
"""A name with a year and a birthplace fits strangers too: a high score needs a day, a number or a telephone.

Nor is it high where the field holds a passport number that is another's.
"""

FLOOR = 0.05
"""Below it a record is no candidate: what agrees is what many agree in."""

_EVEN = 4.6
"""The weight at which the score is one half: a usual name with the year of birth."""

_SPREAD = 2.5
"""How much weight takes the score from one half to ten times likelier than not."""

_GIVEN_NAME = 2.6
"""A given name of two syllables is borne by one in 400; the most frequent by one in 100."""

_BY_EAR = 0.3
"""What a name in Latin letters is worth less than in Hangul: several names sound like it."""

_A_SLIP = 1.2
_ANOTHER_NAME = -3.0
_DAY, _TURNED, _MONTH, _YEAR, _NEARLY, _ANOTHER_DATE = 4.3, 4.0, 2.8, 1.7, 2.0, -2.0
_PLACE, _ANOTHER_PLACE = 1.1, -0.7
_SAME_SEX, _ANOTHER_SEX = 0.2, -0.5
"""Lists written by ear get the sex wrong, so a difference lowers the score and excludes nobody."""

_NUMBER = {0: 6.5, 1: 4.5, 2: 1.5}
_PHONE = {0: 6.0, 1: 4.0}
_ANOTHER_NUMBER, _ANOTHER_PHONE = -1.5, -0.5

_INDEPENDENT = frozenset({"name", "born_on", "passport_number", "birthplace", "next_of_kin_phone"})

_Weighed = tuple[Fact, float]


def compare(reported: Reported, record: Record) -> Candidate:
    """Return the record with its own score against the field's facts; facts the field lacks count neither way."""
    weighed = [each for each in (_name(reported, record), *_others(reported, record)) if each is not None]
    facts = tuple(fact for fact, _ in weighed)
    weight = sum(worth for _, worth in weighed)
    score = 1 / (1 + 10 ** ((_EVEN - weight) / _SPREAD))
    agreeing = {fact.name for fact in facts if fact.agrees} & _INDEPENDENT
    if len(agreeing) < 2:
        score = min(score, ONE_FACT_AT_MOST)
    other_number = any(fact.name == "passport_number" and fact.registered != "none" for fact in facts) and not (
        agreeing & {"passport_number", "next_of_kin_phone"}
    )
    if other_number or not _is_definite(reported, agreeing):
        score = min(score, VAGUE_AT_MOST)
    return Candidate(record=record, score=round(score, 3), facts=facts, weight=round(weight, 3))


def rank(candidates: Sequence[Candidate]) -> list[Candidate]:
    """
    Return the candidates best first, with the doubt that others cast: two who fit alike have half the score each.

    Records that do not fit are left out. Equal ones come in the order of their registry ids.
    """
    fitting = sorted(
        (candidate for candidate in candidates if _is_thinkable(candidate)),
        key=lambda candidate: (-candidate.weight, candidate.record.registry_id),
    )
    return [candidate.model_copy(update={"score": _doubted(candidate, fitting)}) for candidate in fitting]


def is_settled(candidates: Sequence[Candidate]) -> bool:
    """Return whether nobody else need be sought: the first agrees in all but perhaps the sex, or is beyond doubt."""
    ranked = rank(candidates)
    if not ranked:
        return False
    first = ranked[0]
    agrees = all(fact.likeness >= _LETTER_BY_LETTER if fact.name == "name" else fact.agrees
                 for fact in first.facts if fact.name != "sex")  # fmt: skip
    return agrees or first.weight >= _BEYOND_DOUBT


_BEYOND_DOUBT = 10.0
"""A name, a day and a number or telephone, one of them with a slip."""

_LETTER_BY_LETTER = 0.97
"""A name in another romanisation, at most one syllable of it in a seldom one."""


def _is_thinkable(candidate: Candidate) -> bool:
    # A day and a birthplace are shared by strangers; without a name or a number they are nobody's.
    resembles = any(fact.name == "name" and fact.likeness >= _RESEMBLES for fact in candidate.facts)
    numbered = any(fact.name in ("passport_number", "next_of_kin_phone") and fact.agrees for fact in candidate.facts)
    # Nor does another name on another day stand for whoever was meant: two slips, and nothing that holds.
    other_day = any(fact.name == "born_on" and fact.likeness <= _ANOTHER_DAY for fact in candidate.facts)
    same_name = any(fact.name == "name" and fact.likeness >= _LETTER_BY_LETTER for fact in candidate.facts)
    return candidate.score >= FLOOR and (numbered or (resembles and (same_name or not other_day)))


_RESEMBLES = 0.6
"""A name with three slips, or another name that sounds like it."""


_ANOTHER_DAY = 0.3
"""A date with another day and another month, or another year."""


def _doubted(candidate: Candidate, all_fitting: Sequence[Candidate]) -> float:
    # Each rival counts as far as it is as likely: an equal one wholly, one ten times less likely as a tenth.
    rivals = sum(min(1.0, 10 ** (rival.weight - candidate.weight)) for rival in all_fitting)
    return round(candidate.score / rivals, 3)


def _is_definite(reported: Reported, agreeing: set[str]) -> bool:
    day_known = reported.birth_date is not None and bool(reported.birth_date.days)
    return bool(agreeing & {"passport_number", "next_of_kin_phone"}) or ("born_on" in agreeing and day_known)


def _name(reported: Reported, record: Record) -> _Weighed | None:
    rarity = _GIVEN_NAME - log10(SURNAME_SHARES.get(record.surname_hangul, RAREST_SHARE))

    def weighed(written: str, registered: str, apart: names.Apart, worth: float) -> _Weighed:
        note = {0: "", 1: "one letter differs", 2: "two letters differ"}.get(int(apart.slips), "another name")
        fact = Fact(name="name", reported=written, registered=registered, likeness=apart.likeness, note=note)
        return fact, max(_ANOTHER_NAME, worth - _A_SLIP * apart.weighty)

    ways = []
    if reported.name_hangul:
        apart = names.hangul_apart(reported.name_hangul, record.name_hangul)
        ways.append(weighed(reported.name_hangul, record.name_hangul, apart, rarity))
    if reported.name_latin and not (ways and ways[0][0].likeness == 1):
        apart = names.latin_apart(
            reported.name_latin,
            surname_hangul=record.surname_hangul,
            given_hangul=record.given_hangul,
            surname_latin=record.surname_latin,
            given_latin=record.given_latin,
        )
        ways.append(weighed(reported.name_latin, record.name_latin, apart, rarity - _BY_EAR))
    return max(ways, key=lambda way: way[1], default=None)


def _others(reported: Reported, record: Record) -> list[_Weighed | None]:
    return [
        _birth(reported.birth_date, record.born_on),
        _number("passport_number", reported.passport_number, record.passport_number),
        _phone(reported.next_of_kin_phone, record.next_of_kin_phone),
        _place(reported.birthplace, record.birthplace),
        _sex(reported.sex, record.sex),
    ]


def _birth(written: BirthDate | None, registered: date) -> _Weighed | None:
    if written is None:
        return None
    likeness, note, worth = _dates(written, registered)
    fact = Fact(
        name="born_on", reported=str(written), registered=registered.isoformat(), likeness=likeness, note=note
    )  # fmt: skip
    return fact, worth


def _dates(written: BirthDate, registered: date) -> tuple[float, str, float]:
    """Return likeness, what differs, and what it is worth."""
    same_year, same_month = written.year == registered.year, written.month == registered.month
    if not written.days:
        if same_year and written.month in (None, registered.month):
            return 1.0, "", _YEAR if written.month is None else _MONTH
        return (0.3, "another month", -1.0) if same_year else (0.0, "another year", _ANOTHER_DATE)
    if registered in written.days:
        # Of two days it may mean, either fits twice as many people.
        worth = _TURNED if written.exchangeable else _DAY
        return (1.0, "", worth) if registered == written.days[0] else (0.9, "day and month exchanged", worth)
    slips = sum(
        ours != theirs for ours, theirs in zip(written.days[0].isoformat(), registered.isoformat(), strict=True)
    )
    if slips == 1 or (slips == 2 and _is_exchange(written.days[0].isoformat(), registered.isoformat())):
        return 0.8, "one digit differs" if slips == 1 else "two digits exchanged", _NEARLY
    if same_year and (same_month or written.day == registered.day):
        return 0.6, "another day" if same_month else "another month", 0.0
    return (0.3, "another day and month", -1.0) if same_year else (0.0, "another date", _ANOTHER_DATE)


def _is_exchange(ours: str, theirs: str) -> bool:
    places = [place for place, (one, other) in enumerate(zip(ours, theirs, strict=True)) if one != other]
    return all(ours[a] == theirs[b] and ours[b] == theirs[a] for a, b in pairwise(places))


def _number(name: str, written: str | None, registered: str | None) -> _Weighed | None:
    if not numbers.bare(written):
        return None
    if not registered:
        return Fact(name=name, reported=masked(written), registered="none", likeness=0.0), 0.0
    apart = numbers.apart(written, registered)
    likeness = {0: 1.0, 1: 0.9, 2: 0.6}.get(apart, 0.0)
    misread = apart == 0 and numbers.bare(written) != numbers.bare(registered)
    notes = {0: "characters that look alike" if misread else "", 1: "one character differs", 2: "two characters differ"}
    fact = Fact(
        name=name,
        reported=masked(numbers.bare(written)),
        registered=masked(registered),
        likeness=likeness,
        note=notes.get(apart, "another number"),
    )
    return fact, _NUMBER.get(apart, _ANOTHER_NUMBER)


def _phone(written: str | None, registered: str | None) -> _Weighed | None:
    ours, theirs = numbers.phone_tail(written), numbers.phone_tail(registered)
    if not ours or not theirs:
        return None
    apart = numbers.apart(ours, theirs)
    notes = {0: "", 1: "one digit differs"}
    fact = Fact(
        name="next_of_kin_phone",
        reported=masked(ours),
        registered=masked(theirs),
        likeness={0: 1.0, 1: 0.9}.get(apart, 0.0),
        note=notes.get(apart, "another telephone"),
    )
    return fact, _PHONE.get(apart, _ANOTHER_PHONE)


def _place(written: str | None, registered: str) -> _Weighed | None:
    if not written:
        return None
    # 부산, 부산시 and 부산광역시 are one place.
    ours, theirs = ("".join(place.split()).lower() for place in (written, registered))
    same = ours.startswith(theirs) or theirs.startswith(ours)
    fact = Fact(
        name="birthplace", reported=written, registered=registered or "none", likeness=float(same),
        note="" if same else "another place",
    )  # fmt: skip
    return fact, _PLACE if same else _ANOTHER_PLACE


def _sex(written: str | None, registered: str) -> _Weighed | None:
    if not written or written == "X":
        return None
    same = written == registered
    note = "" if same else "another sex"
    fact = Fact(name="sex", reported=written, registered=registered, likeness=float(same), note=note)
    return fact, _SAME_SEX if same else _ANOTHER_SEX
