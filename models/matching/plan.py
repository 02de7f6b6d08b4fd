"""
What to ask the registry, and in which order, so that it answers with few people among fifty million.

Every query starts from an equality on an attribute a registry has an index on. Which one is first depends on what is
known: some 1,500 people are born in a day, 315 of them named 김, and a surname with a given name may fit thousands.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from models.birth_date import BirthDate
from models.matching import numbers, widths
from models.matching.names import syllables
from models.matching.readings import Reading, readings, surnames_heard
from models.matching.romanisation import SURNAME_SHARES
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
_SURNAMES_BY_KIN = 4
"""Surnames asked for beside the kin's telephone; one slip makes a syllable many others."""

_WORTH_ASKING = 0.45
_HEARD = 60
"""Readings of a name in Latin letters that are thought of: a slip makes a syllable many others."""

_AT_ONCE = 1e-5
"""Share of all people that a question for several given names may fit; it finds few where a registry is small, and is
given up for narrower ones where fifty million are in it."""

_FAR_TOO_WIDE = 10
_AMONG_MILLIONS = 2e-8
"""The same where fifty million are in the registry: one person."""

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
            other.attribute == self.attribute
            and other.operator in ("=", self.operator)
            and {"=": other.value == self.value, ">=": other.value >= self.value, "<=": other.value <= self.value}[
                self.operator
            ]
            for other in query
        )


Query = frozenset[Criterion]
Stage = tuple[Query, ...]


def is_within(narrow: Query, wide: Query) -> bool:
    """Return whether everybody who fits the one query fits the other."""
    return all(criterion.follows_from(narrow) for criterion in wide)


def is_as_wide(query: Query, wide: Query) -> bool:
    """
    Return whether a query will fit too many where another did: going by how many share what either asks for.

    An answer is too wide in a large registry only, so that one ten times narrower is so as well, unless it narrows the
    same question.
    """
    return not is_within(query, wide) and _share_of(query) * _FAR_TOO_WIDE >= _share_of(wide)


def stages(reported: Reported) -> list[Stage]:
    """
    Return the queries for a person, in stages; a later one is for when the earlier ones found nobody who settles it.

    A query that lies within one answered, or holds one that was too wide, need not be asked.
    """
    names = _hangul_names(reported.name_hangul)
    heard = _heard(reported.name_latin) if reported.name_latin else []
    date = reported.birth_date
    planned = [_query(passport_number=number) for number in numbers.meant(reported.passport_number)]
    if date is not None and date.days:
        # A day tells more than a surname that was guessed at.
        planned += _by_day(names, [each for each in heard if each.given], date, reported.next_of_kin_phone)
    else:
        planned += _by_name(names, heard, reported)
    return [(query,) for query in dict.fromkeys(planned)]


def likely(reported: Reported) -> list[Query]:
    """
    Return the narrowest queries that everybody fits who is registered as the field wrote them, in any likely reading.

    Whoever is beyond them was written with a slip: one more letter, or a day that is another.
    """
    names, date = _likely_names(reported), reported.birth_date
    wanted = [_query(passport_number=number) for number in numbers.meant(reported.passport_number)]
    if date is not None and date.days:
        return wanted + [
            _query(surname_hangul=name.surname, given_hangul=name.given, born_on=day.isoformat())
            for day in date.days
            for name in names
        ]
    span = _span(date)
    return wanted + [_query(*span, surname_hangul=name.surname, given_hangul=name.given) for name in names]


def likely_together(reported: Reported) -> list[Query]:
    """Return queries that hold several of the likely ones: either day of an exchangeable date, names that are near."""
    names, date = _likely_names(reported), reported.birth_date
    spans = [_span(date)]
    if date is not None and date.days:
        days = [(Criterion("born_on", "=", day.isoformat()),) for day in date.days]
        spans = [_span(BirthDate(date.year)), *days]
    return [query for span in spans for query in _spread(names, _surnames(names), span=span)]


def _likely_names(reported: Reported) -> list[Reading]:
    names = _hangul_names(reported.name_hangul)
    if names or not reported.name_latin:
        return names
    heard = readings(reported.name_latin)
    return [each for each in heard if each.cost <= heard[0].cost + _RIVAL]


def _query(*criteria: Criterion, **equal: str | None) -> Query:
    return frozenset(criteria) | {Criterion(name, "=", value) for name, value in equal.items() if value}


def _hangul_names(written: str | None) -> list[Reading]:
    """Return a name in Hangul cut into surname and given name; 황보라 is cut both ways."""
    whole = syllables(written or "")
    cuts = [2, 1] if whole[:2] in _TWO_SYLLABLES else [1]
    if len(whole) == 3:
        cuts.reverse()
    return [Reading(whole[:cut], whole[cut:], 0.0) for cut in cuts if len(whole) > cut]


def _heard(written: str) -> list[Reading]:
    """Return what a name in Latin letters may be; of one that no reading explains, the surname alone."""
    return readings(written, at_most=_HEARD) or surnames_heard(written)[:_SURNAMES_BY_KIN]


def _surnames(names: Iterable[Reading]) -> list[str]:
    return list(dict.fromkeys(name.surname for name in names))


def _by_day(names: list[Reading], heard: list[Reading], date: BirthDate, phone: str | None) -> list[Query]:
    days, year = [day.isoformat() for day in date.days], _span(BirthDate(date.year))
    pool = [*names, *heard]
    if not pool:
        by_kin = [_query(born_on=day, next_of_kin_phone=phone) for day in days] if phone else []
        return by_kin + [_query(born_on=day) for day in days]
    rivals = _rivals(pool)[:2]
    families = [[_query(surname_hangul=surname, born_on=day) for surname in rivals] for day in days]
    near = [*names, *(each for each in heard if each.cost <= heard[0].cost + _WORTH_ASKING)]
    # Everybody of a name in a year holds the day exchanged, and the day with a slip; the month holds most slips.
    certain = bool(names) or (_is_certain(heard) and len(rivals) == 1)
    any_day = _spread(near, rivals, span=year if certain else _span(BirthDate(date.year, date.month)))
    exact = [
        query
        for day in days
        for query in _spread(names or near, rivals, span=(Criterion("born_on", "=", day),), at_once=_AMONG_MILLIONS)[:3]
    ]
    kin = [_query(*year, surname_hangul=each, next_of_kin_phone=phone) for each in rivals] if phone else []
    by_kin = [_query(born_on=day, next_of_kin_phone=phone) for day in days] if phone else []
    by_given = [_query(born_on=day, given_hangul=pool[0].given) for day in days]
    last = [*by_given, *by_kin, *(query for family in families for query in family)]
    last += [_query(born_on=day) for day in days]
    if names:
        return [*exact[:1], *any_day[: len(names)], *exact, *kin[:1], *(each[0] for each in families), *last]
    if phone:
        # The kin's telephone tells everybody born on a day apart, however the name was heard.
        then = [*by_given[:1], *families[0]] if certain else [*families[0], *by_given[:1]]
        return [by_kin[0], kin[0], *kin[1:], *by_kin[1:], *then, *any_day, *exact, *last]
    asked = []
    if _is_certain(heard) and _is_rare(rivals[0]):
        asked.append(families[0][0])
    # A surname is a syllable, of which a slip leaves little: 임 became M, and 김 IM. A day and a given name fit
    # four people among fifty million; where they fit more, the surname is asked for too.
    asked += by_given[:1]
    if certain:
        return [*asked, *exact[:1], *any_day[:1], *(each[0] for each in families), *exact, *any_day[1:], *last]
    # 천 and 전 are both CHUN: either on the day as written is likelier than one with day and month exchanged.
    return [*asked, *families[0], *(each[0] for each in families[1:]), *any_day[:1], *exact, *any_day[1:], *last]


def _by_name(names: list[Reading], heard: list[Reading], reported: Reported) -> list[Query]:
    span, phone, place = _span(reported.birth_date), reported.next_of_kin_phone, reported.birthplace
    surnames = _surnames([*names, *heard])[:_SURNAMES_BY_KIN]
    pool = [*names, *heard[: _HEARD // 2]]
    kin = [_query(*span, surname_hangul=each, next_of_kin_phone=phone) for each in surnames] if phone else []
    told = [name for name in (names or heard[:4]) if name.given]
    wholes = [_query(*span, surname_hangul=name.surname, given_hangul=name.given) for name in told]
    spread = _spread(pool, surnames, span=span)
    there = _spread(pool, surnames, span=span, place=place) if place else []
    narrowed = [query for whole in wholes[:2] for query in _narrowed(whole, reported)]
    asked: list[Query] = []
    if names:
        if not span:
            # With no date a name fits many: the telephone or the birthplace say which of them.
            asked += kin[:1] or there[:1]
        asked += [*wholes[:1], *narrowed[:3], *wholes[1:], *kin, *there[:1], *spread, *there]
    else:
        if phone:
            asked += kin[:1]
        asked += [
            *spread[:1],
            *kin[1:],
            *narrowed[:3],
            *there[:3],
            *spread[1:4],
            *wholes[:1],
            *narrowed,
            *there,
            *spread,
            *wholes,
        ]
    if span:
        asked += [_query(*span, surname_hangul=each, birthplace=place) for each in surnames[:1]]
        asked += [_query(*span, surname_hangul=each) for each in surnames[:1]]
        asked += [_query(surname_hangul=each.surname, given_hangul=each.given) for each in names[:1]]
    return asked


def _spread(
    pool: list[Reading],
    surnames: list[str],
    *,
    span: tuple[Criterion, ...],
    place: str | None = None,
    at_once: float = _AT_ONCE,
) -> list[Query]:
    """
    Return questions for given names beside these surnames, several at once where they are near in Hangul's order.

    연영, 윤영 and 윤용 are one question: one from 연영 to 윤용. The likelier come first; a surname so rare needs no
    given name.
    """
    ranges: dict[str, list[tuple[str, str]]] = {}
    found: list[tuple[str, int]] = []
    shares = {each: widths.of_surname(each) * _share_of(span) / (widths.PLACES if place else 1) for each in surnames}
    for reading in pool:
        share = shares.get(reading.surname)
        if share is None or (share > at_once and not reading.given):
            continue
        cut = ranges.setdefault(reading.surname, [])
        for number, (low, high) in enumerate(cut):
            wider = min(low, reading.given), max(high, reading.given)
            if share <= at_once or share * widths.of_given_names(*wider) <= at_once:
                cut[number] = wider
                break
        else:
            found.append((reading.surname, len(cut)))
            cut.append((reading.given, reading.given))
    asked = []
    for surname, number in found:
        beside = [*span, Criterion("surname_hangul", "=", surname)]
        if place:
            beside.append(Criterion("birthplace", "=", place))
        if shares[surname] > at_once:
            beside += _between(*ranges[surname][number])
        asked.append(frozenset(beside))
    return asked


def _between(low: str, high: str) -> list[Criterion]:
    if low == high:
        return [Criterion("given_hangul", "=", low)]
    return [Criterion("given_hangul", ">=", low), Criterion("given_hangul", "<=", high)]


def _share_of(query: Iterable[Criterion]) -> float:
    """Return the share of all people that a query may fit."""
    bounds: dict[str, tuple[str, str]] = {}
    for each in query:
        low, high = bounds.get(each.attribute, (each.value, each.value))
        bounds[each.attribute] = min(low, each.value), max(high, each.value)
    share = 1.0
    for attribute, (low, high) in bounds.items():
        share *= widths.of(attribute, low, high)
    return share


def _rivals(heard: list[Reading]) -> list[str]:
    """Return the surnames that are about as likely to be meant as the likeliest."""
    return _surnames(each for each in heard if each.cost <= heard[0].cost + _WORTH_ASKING)


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


def _is_rare(surname: str) -> bool:
    """Return whether everybody of a surname born on one day can be read."""
    return BORN_A_DAY * widths.of_surname(surname) <= READABLE
