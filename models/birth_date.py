"""Birth dates as the field writes them: parts unknown, day and month exchanged, other digits, other calendars."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from itertools import permutations

EARLIEST_YEAR = 1900
BUDDHIST_ERA = 543
"""Years the Buddhist calendar of Thailand, Laos and Cambodia is ahead of the common one."""

_NAMES = (
    ("jan", "january", "មករា"), ("feb", "february", "កុម្ភៈ", "កុម្ភះ"), ("mar", "march", "មីនា"),
    ("apr", "april", "មេសា"), ("may", "ឧសភា"), ("jun", "june", "មិថុនា"), ("jul", "july", "កក្កដា"),
    ("aug", "august", "សីហា"), ("sep", "sept", "september", "កញ្ញា"), ("oct", "october", "តុលា"),
    ("nov", "november", "វិច្ឆិកា"), ("dec", "december", "ធ្នូ"),
)  # fmt: skip
MONTHS = {name: month for month, names in enumerate(_NAMES, start=1) for name in names}
"""Months by name, in English as passports print them and in Khmer. Source: ICAO Doc 9303-3; Unicode CLDR, km."""

_UNKNOWN = re.compile(r"[0?xX*]+")
_MAYBE_OCTOBER = re.compile(r"^(\d{4})\.1$")
"""What a spreadsheet makes of 1999.10, typed as a year and a month; it may be January as well."""

_WITHOUT_SPACES = re.compile(r"^(\d{1,2})([A-Za-z]{3,9})(\d{4})$")
"""As airlines write a birth date: 27APR1999."""

_CLOCK = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?Z?$")


class BirthDateUnreadable(ValueError):
    """The text is no birth date; it says in one sentence what would be."""


@dataclass(frozen=True, slots=True)
class BirthDate:
    """A birth date as far as it is known: always a year, then a month, then a day."""

    year: int
    month: int | None = None
    day: int | None = None
    exchangeable: bool = False
    """Whether what was written is as good a date with day and month the other way round."""

    @property
    def days(self) -> tuple[date, ...]:
        """The days it may mean, the likelier first; none while the month or the day is unknown."""
        if self.month is None or self.day is None:
            return ()
        read = date(self.year, self.month, self.day)
        return (read, date(self.year, self.day, self.month)) if self.exchangeable else (read,)

    def __str__(self) -> str:
        """Return it as ISO 8601 writes it, with the unknown parts left out: 1991, 1991-03, 1991-03-04."""
        return "-".join(f"{part:02}" for part in (self.year, self.month, self.day) if part is not None)


def read_birth_date(text: str, *, today: date) -> BirthDate:
    """
    Return the birth date a text means: year first or last, any digits, unknown parts left out or crossed out.

    With the year last the day comes before the month, as in Cambodia, unless only the other order is a date. Eight
    digits in a row are year, month, day. A year of the Buddhist era is turned into the common one. A month may be
    written by its name, as passports print it; then nothing is exchangeable.

    >>> str(read_birth_date("1976-17-02", today=date(2025, 10, 20)))
    '1976-02-17'
    >>> str(read_birth_date("១៤/១១/១៩៩៩", today=date(2025, 10, 20)))
    '1999-11-14'
    >>> str(read_birth_date("14 11월/NOV 1999", today=date(2025, 10, 20)))
    '1999-11-14'
    >>> str(read_birth_date("1991-03", today=date(2025, 10, 20)))
    '1991-03'

    Raises:
        BirthDateUnreadable: nothing of this kind, no date of the calendar, or nobody alive was born then.
    """
    shown = repr(text[:40])
    year, rest, is_named = _parts(text, shown)
    if year > today.year:
        year -= BUDDHIST_ERA
    if not EARLIEST_YEAR <= year <= today.year:
        raise BirthDateUnreadable(f"{shown} is no birth date of anybody alive; correct the year, or leave it out.")
    if len(rest) < 2:
        month = rest[0] if rest else None
        if month is not None and not 1 <= month <= 12:
            raise BirthDateUnreadable(f"{shown} has no month {month}; write it like 1999-04, or the year alone.")
        if (year, month or 1) > (today.year, today.month):
            raise BirthDateUnreadable(f"{shown} lies in the future; correct the birth date, or leave it out.")
        return BirthDate(year, month)
    written = [(rest[0], rest[1])] if is_named else dict.fromkeys(permutations(rest, 2))
    orders = [(month, day) for month, day in written if _is_day(year, month, day, today)]
    if not orders:
        raise BirthDateUnreadable(f"{shown} is no day up to today; write it like 1999-04-27, or the year alone.")
    return BirthDate(year, *orders[0], exchangeable=len(orders) > 1)


def _parts(text: str, shown: str) -> tuple[int, list[int], bool]:
    """
    Return the year, the known ones of month and day as they stand if the year is first, else turned round, and
    whether the month stood there by its name, so that it is the first of them.
    """
    plain = "".join(
        str(unicodedata.digit(c)) if unicodedata.digit(c, None) is not None else c
        for c in unicodedata.normalize("NFKC", text).strip()
    )
    plain = _CLOCK.sub("", plain)
    if re.fullmatch(r"\d{8}", plain):
        plain = f"{plain[:4]}-{plain[4:6]}-{plain[6:]}"
    plain = _MAYBE_OCTOBER.sub(r"\1", plain)
    plain = _WITHOUT_SPACES.sub(r"\1 \2 \3", plain)
    words, month = _without_name([word for word in re.split(r"[\s./,·년월일생-]+", plain) if word])
    if not 1 <= len(words) <= (2 if month else 3):
        raise BirthDateUnreadable(f"{shown} is no birth date; write it like 1999-04-27, 1999-04 or 1999.")
    if len(words[-1]) == 4 and len(words) > 1 and len(words[0]) != 4:
        words.reverse()
    year, rest = words[0], [word for word in words[1:] if not _UNKNOWN.fullmatch(word)]
    if not re.fullmatch(r"\d{4}", year) or not all(re.fullmatch(r"\d{1,2}", word) for word in rest):
        raise BirthDateUnreadable(f"{shown} is no birth date; write it like 1999-04-27, 1999-04 or 1999.")
    if month is not None:
        return int(year), [month, *map(int, rest)], True
    if len(words) == 3 and len(rest) == 1 and _UNKNOWN.fullmatch(words[1]):
        # A day without its month says nothing that can be looked up.
        rest = []
    return int(year), [int(word) for word in rest], False


def _without_name(words: list[str]) -> tuple[list[str], int | None]:
    """Return the words without the month's name, and the month; a passport has it as a number beside the name too."""
    named = [at for at, word in enumerate(words) if word.casefold() in MONTHS]
    if len(named) != 1:
        return words, None
    month = MONTHS[words[named[0]].casefold()]
    others = words[: named[0]] + words[named[0] + 1 :]
    if len(others) == 3 and others[1].lstrip("0") == str(month):
        others = [others[0], others[2]]
    return others, month


def _is_day(year: int, month: int, day: int, today: date) -> bool:
    try:
        return date(year, month, day) <= today
    except ValueError:
        return False
