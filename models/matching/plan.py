"""
What to ask the registry, and in which order, so that it answers with few people among fifty million.

Every query starts from an equality on an attribute a registry has an index on. Which one is first depends on what is
known: some 1,500 people are born in a day, 315 of them named 김, and a surname with a given name may fit thousands.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from models.birth_date import BirthDate
from models.matching import numbers
from models.matching.names import syllables
from models.matching.readings import Reading, readings
from models.matching.romanisation import RAREST_SHARE, SURNAME_SHARES
from models.verification import Reported

CALLS_AT_MOST = 5
"""Queries and records together for one person: a registry is shared, and most records opened are a stranger's."""

READABLE = 4
"""An answer of more people is not read: the query is given up, and a narrower one is asked."""

BORN_A_DAY = 1_500
"""People alive who were born on one day, in a registry of fifty million."""

_CERTAIN = 0.5
"""A reading that costs more, or has a rival so near, is asked for after everybody of the surname."""

_RIVAL = 0.15
_SURNAMES_BY_KIN = 3
"""Surnames asked for beside the kin's telephone; one slip makes a syllable many others."""

_WORTH_ASKING = 0.45
_TWO_SYLLABLES = frozenset(name for name in SURNAME_SHARES if len(name) == 2)


@dataclass(frozen=True, slots=True, order=True)
class Criterion:
    """One condition on an attribute, in our words; values compare as text, dates as ISO 8601 writes them."""

    attribute: str
    operator: str
    value: str

    def follows_from(self, query: "Query") -> bool:
        """Return whether everybody who fits a query fulfils this."""
        return any(
            self == other
            or (
                other.attribute == self.attribute
                and other.operator == "="
                and {"=": other.value == self.value, ">=": other.value >= self.value, "<=": other.value <= self.value}[
                    self.operator
                ]
            )
            for other in query
        )


Query = frozenset[Criterion]
Stage = tuple[Query, ...]


def is_within(narrow: Query, wide: Query) -> bool:
    """Return whether everybody who fits the one query fits the other."""
    return all(criterion.follows_from(narrow) for criterion in wide)


def is_as_wide(query: Query, wide: Query) -> bool:
    """Return whether a query by day of birth will fit as many as one that was too wide: days have equally many."""
    ours, theirs = ({each.attribute: each.value for each in asked} for asked in (query, wide))
    if not (ours.keys() <= theirs.keys() == {"surname_hangul", "born_on"} and "born_on" in ours):
        return False
    return "surname_hangul" not in ours or _share(ours["surname_hangul"]) >= _share(theirs["surname_hangul"])


def stages(reported: Reported) -> list[Stage]:
    """
    Return the queries for a person, in stages; a later one is for when the earlier ones found nobody who settles it.

    A query that lies within one answered, or holds one that was too wide, need not be asked.
    """
    names = _hangul_names(reported.name_hangul)
    heard = readings(reported.name_latin) if reported.name_latin else []
    date = reported.birth_date
    planned: list[list[Query]] = []
    if reported.passport_number:
        planned.append([_query(passport_number=number) for number in numbers.meant(reported.passport_number)])
    if date is not None and date.days:
        planned += _by_day(names, heard, date, reported.next_of_kin_phone)
    else:
        planned += _by_name(names, heard, reported)
    return [tuple(dict.fromkeys(stage)) for stage in planned if stage]


def likely(reported: Reported) -> list[Query]:
    """
    Return the narrowest queries that everybody fits who is registered as the field wrote them, in any likely reading.

    Whoever is beyond them was written with a slip: one more letter, or a day that is another.
    """
    names = _hangul_names(reported.name_hangul)
    if not names and reported.name_latin:
        heard = readings(reported.name_latin)
        names = [each for each in heard if each.cost <= heard[0].cost + _RIVAL]
    date = reported.birth_date
    wanted = [_query(passport_number=number) for number in numbers.meant(reported.passport_number)]
    if date is not None and date.days:
        return wanted + [
            _query(surname_hangul=name.surname, given_hangul=name.given, born_on=day.isoformat())
            for day in date.days
            for name in names
        ]
    span = _span(date)
    return wanted + [_query(*span, surname_hangul=name.surname, given_hangul=name.given) for name in names]


def _query(*criteria: Criterion, **equal: str | None) -> Query:
    return frozenset(criteria) | {Criterion(name, "=", value) for name, value in equal.items() if value}


def _hangul_names(written: str | None) -> list[Reading]:
    """Return a name in Hangul cut into surname and given name; 황보라 is cut both ways."""
    whole = syllables(written or "")
    cuts = [2, 1] if whole[:2] in _TWO_SYLLABLES else [1]
    if len(whole) == 3:
        cuts.reverse()
    return [Reading(whole[:cut], whole[cut:], 0.0) for cut in cuts if len(whole) > cut]


def _surnames(names: Iterable[Reading]) -> list[str]:
    return list(dict.fromkeys(name.surname for name in names))


def _by_day(names: list[Reading], heard: list[Reading], date: BirthDate, phone: str | None) -> list[list[Query]]:
    days, year = [day.isoformat() for day in date.days], _span(BirthDate(date.year))

    def exact(name: Reading) -> list[Query]:
        return [_query(surname_hangul=name.surname, given_hangul=name.given, born_on=day) for day in days]

    def family(surname: str) -> list[Query]:
        return [_query(surname_hangul=surname, born_on=day) for day in days]

    def another_day(name: Reading) -> list[Query]:
        # The day may be the one with the slip: then the year and the kin's telephone, or the whole name, find them.
        if phone:
            return [_query(*year, surname_hangul=name.surname, next_of_kin_phone=phone)]
        return [_query(*year, surname_hangul=name.surname, given_hangul=name.given)]

    planned: list[list[Query]] = [exact(name) for name in names]
    surnames = _surnames([*names, *heard])[:2]
    by_ear = [exact(reading) for reading in heard[:3]]
    if heard and not names and phone:
        # The kin's telephone tells everybody born on a day apart, however the name was heard.
        planned += [[_query(born_on=day, next_of_kin_phone=phone)] for day in days]
        planned.append(another_day(heard[0]))
    if names:
        planned.append(another_day(names[0]))
    if heard and not names:
        if _is_certain(heard) and _is_rare(surnames[0]):
            planned.append(family(surnames[0]))
        # A surname is a syllable, of which a slip leaves little: 임 became M, and 김 IM. A day and a given name fit
        # four people among fifty million; where they fit more, the surname is asked for too.
        planned += [[_query(born_on=day, given_hangul=heard[0].given)] for day in days]
        if _is_certain(heard) and not _is_rare(surnames[0]):
            planned.append(by_ear.pop(0))
            if not phone:
                planned.append(another_day(heard[0]))
    if not names and _has_rival(heard, surnames):
        # 천 and 전 are both CHUN: either on the day as written is likelier than one with day and month exchanged.
        planned += [[_query(surname_hangul=surname, born_on=day)] for day in days for surname in surnames]
    planned += [family(surname) for surname in surnames[:1]]
    if heard and not names and not phone:
        planned.append(another_day(heard[0]))
    planned += [*by_ear[:1], *(family(surname) for surname in surnames[1:]), [_query(born_on=day) for day in days]]
    return planned + by_ear[1:]


def _by_name(names: list[Reading], heard: list[Reading], reported: Reported) -> list[list[Query]]:
    span = _span(reported.birth_date)
    planned: list[list[Query]] = []
    for name in names:
        whole = _query(*span, surname_hangul=name.surname, given_hangul=name.given)
        planned.append([whole, *_narrowed(whole, reported)])
    surnames = _surnames([*names, *heard])[:_SURNAMES_BY_KIN]
    kin = [_query(*span, surname_hangul=each, next_of_kin_phone=reported.next_of_kin_phone) for each in surnames]
    if reported.next_of_kin_phone:
        # Each on its own: as few as one person in fifty million have a surname and the kin's telephone in common.
        planned += [[query] for query in kin]
    by_ear = [_query(*span, surname_hangul=each.surname, given_hangul=each.given) for each in heard[:4]]
    alike = sum(reading.cost <= heard[0].cost + _WORTH_ASKING for reading in heard[:4])
    planned += [by_ear[:alike], *(_narrowed(query, reported) for query in by_ear[:1])]
    if span and reported.birthplace:
        planned.append([_query(*span, surname_hangul=each, birthplace=reported.birthplace) for each in surnames[:1]])
    planned += [*(_narrowed(query, reported) for query in by_ear[1:2]), by_ear[alike:]]
    if span:
        planned.append([_query(*span, surname_hangul=each) for each in surnames[:1]])
        planned.append([_query(surname_hangul=each.surname, given_hangul=each.given) for each in names[:1]])
    return planned


def _narrowed(query: Query, reported: Reported) -> list[Query]:
    """Return narrower forms of a query that may fit too many: by telephone, by birthplace, by birthplace and sex."""
    narrower = []
    if reported.next_of_kin_phone:
        narrower.append(query | _query(next_of_kin_phone=reported.next_of_kin_phone))
    if reported.birthplace:
        narrower.append(query | _query(birthplace=reported.birthplace))
    if reported.sex:
        narrower.append(query | _query(birthplace=reported.birthplace, sex=reported.sex))
    return narrower


def _span(date: BirthDate | None) -> tuple[Criterion, ...]:
    """Return the range of days a date without a day may mean."""
    if date is None:
        return ()
    first, last = (date.month, date.month) if date.month else (1, 12)
    # Days compare as text, so the 31st bounds every month.
    return (
        Criterion("born_on", ">=", f"{date.year}-{first:02}-01"),
        Criterion("born_on", "<=", f"{date.year}-{last:02}-31"),
    )


def _is_certain(heard: list[Reading]) -> bool:
    return heard[0].cost < _CERTAIN and (len(heard) == 1 or heard[1].cost - heard[0].cost >= _RIVAL)


def _has_rival(heard: list[Reading], surnames: list[str]) -> bool:
    """Return whether a second surname is about as likely to be meant as the first."""
    costs = [min(each.cost for each in heard if each.surname == surname) for surname in surnames]
    return len(costs) > 1 and costs[1] - costs[0] < _WORTH_ASKING


def _is_rare(surname: str) -> bool:
    """Return whether everybody of a surname born on one day can be read."""
    return BORN_A_DAY * _share(surname) <= READABLE


def _share(surname: str) -> float:
    return SURNAME_SHARES.get(surname, RAREST_SHARE)
