"""
Machine-readable zones of travel documents: writing and reading TD2 (2×36) and TD3 (2×44).

Source: ICAO Doc 9303, 8th edition: Part 3 §4.6-4.9 and §6 A, Part 4 §4.2, Part 6 §4.2, Part 8 §4.1.5 (codes PU and PE).
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from itertools import cycle
from typing import Self

TD2_NAME_LENGTH = 31
TD3_NAME_LENGTH = 39

_FILLER = "<"
_SEXES = {"F": "F", "M": "M", "X": _FILLER}
_VALUES = {_FILLER: 0} | {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
_LEAP_YEAR = 2000

# ICAO Doc 9303-3 §6 A, recommended transliteration; where States may choose, the first of the choices.
_TRANSLITERATION = {
    letter: latin
    for latin, letters in {
        "A": "ÀÁÂÃĀĂĄ", "AA": "Å", "AE": "ÄÆ", "C": "ÇĆĈĊČ", "D": "ÐĎĐ", "E": "ÈÉÊËĒĔĖĘĚ", "G": "ĜĞĠĢ", "H": "ĤĦ",
        "I": "ÌÍÎÏĨĪĬĮİı", "IJ": "Ĳ", "J": "Ĵ", "K": "Ķ", "L": "ĹĻĽĿŁ", "N": "ÑŃŅŇŊ", "O": "ÒÓÔÕŌŎŐ", "OE": "ÖØŒ",
        "R": "ŔŖŘ", "S": "ŚŜŞŠ", "SS": "ẞ", "T": "ŢŤŦ", "TH": "Þ", "U": "ÙÚÛŨŪŬŮŰŲ", "UE": "Ü", "W": "Ŵ", "Y": "ÝŶŸ",
        "Z": "ŹŻŽ",
    }.items()
    for letter in letters
}  # fmt: skip


class NotLatin(ValueError):
    """A name without Latin letters, or with something else among them; the text does not repeat it."""


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A calendar date of which parts may be unknown; the day is known only with its month."""

    year: int | None
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        """Refuse a day without its month and any date the calendar does not have."""
        if self.day is not None and self.month is None:
            raise ValueError("a day without its month is not a date")
        # 29 February of an unknown year may exist, hence a leap year stands in.
        date(_LEAP_YEAR if self.year is None else self.year, self.month or 1, self.day or 1)

    @classmethod
    def of(cls, day: date) -> Self:
        """Return this day as a date of which every part is known."""
        return cls(day.year, day.month, day.day)

    @classmethod
    def from_mrz(cls, field: str, *, not_after: date) -> Self:
        """
        Return the date of a zone's six characters in the latest century that does not pass `not_after`.

        >>> PartialDate.from_mrz("7408<<", not_after=date(2026, 12, 5))
        PartialDate(year=1974, month=8, day=None)

        Raises:
            ValueError: not YYMMDD with unknown parts as `<<`, or not a date of the calendar.
        """
        if not re.fullmatch(r"([0-9]{2}|<<){3}", field):
            raise ValueError("a date in the zone is six characters YYMMDD, unknown parts as <<")
        year, month, day = (None if part == "<<" else int(part) for part in (field[:2], field[2:4], field[4:]))
        if year is None:
            return cls(None, month, day)
        century = not_after.year // 100 * 100
        earliest = (century + year, month or 1, day or 1)
        if earliest > (not_after.year, not_after.month, not_after.day):
            century -= 100
        return cls(century + year, month, day)

    @property
    def mrz(self) -> str:
        """The six characters YYMMDD of the zone, unknown parts as fillers (ICAO 9303-3 §4.8)."""
        year = None if self.year is None else self.year % 100
        return "".join("<<" if part is None else f"{part:02}" for part in (year, self.month, self.day))


@dataclass(frozen=True, slots=True)
class CheckDigits:
    """Which check digits of a zone are right."""

    document_number: bool
    birth: bool
    expiry: bool
    composite: bool
    personal_number: bool = True
    """Only a TD3 zone has this digit; an unused number may carry `0` or `<`."""

    @property
    def hold(self) -> bool:
        """Whether all of them are right."""
        return all((self.document_number, self.birth, self.expiry, self.composite, self.personal_number))


@dataclass(frozen=True, slots=True)
class ZoneReading:
    """What a zone says, fillers taken out; names as the zone has them, perhaps truncated."""

    document_code: str
    issuing_state: str
    surname: str
    given_names: str
    document_number: str
    nationality: str
    birth: str
    """Six characters YYMMDD as they stand; `PartialDate.from_mrz` adds the century."""
    sex: str
    """F, M, or X for unspecified, which the zone shows as `<`."""
    expiry: str
    """Six characters YYMMDD as they stand."""
    optional_data: str
    """TD2: optional data; TD3: personal number."""
    checks: CheckDigits


def check_digit(field: str) -> str:
    """
    Return the check digit of one machine-readable-zone field.

    Weights 7, 3, 1 repeat; A is 10 … Z is 35; `<` counts 0.
    Source: ICAO Doc 9303-3 §4.9.

    >>> check_digit("520727")
    '3'

    Raises:
        ValueError: a character outside A-Z, 0-9 and `<`.
    """
    if not set(field) <= _VALUES.keys():
        raise ValueError("a field of the machine-readable zone has only A-Z, 0-9 and <")
    return str(
        sum(_VALUES[character] * weight for character, weight in zip(field, cycle((7, 3, 1)), strict=False)) % 10
    )


def name_components(name: str) -> tuple[str, ...]:
    """
    Return the components of a Latin name in the letters A-Z, as the zone separates them.

    Blanks, hyphens and commas separate; apostrophes and other punctuation go; letters with diacritics follow
    ICAO Doc 9303-3 §6 A, and one that the table does not list keeps its base letter. Titles are the caller's to leave
    out, for only the issuing State knows whether one belongs to the name.

    >>> name_components("Marie-Élise D'Artagnan")
    ('MARIE', 'ELISE', 'DARTAGNAN')

    Raises:
        ValueError: a digit, or a letter that is not Latin. The text does not repeat the name.
    """
    separated = "".join(_in_latin(character) for character in unicodedata.normalize("NFC", name))
    return tuple(separated.split())


def name_field(surname: str, given_names: str, *, length: int) -> str:
    """
    Return the name field of a zone, padded or truncated to exactly `length` characters.

    A name that fits is never truncated. A truncated one fills the field, ends in a letter, and keeps `<<` with at
    least one letter of the given names: the given names are shortened first, then the surname. A holder of one name
    has no `<<`. Source: ICAO Doc 9303-6 §4.2.2.1 and §4.2.3, 9303-4 likewise.

    >>> name_field("Nilavadhanananda", "Chayapa Dejthamrong Krasuang", length=39)
    'NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K'

    Raises:
        ValueError: no Latin letter at all, a digit, or a letter that is not Latin.
    """
    primary, secondary = name_components(surname), name_components(given_names)
    if not primary:
        primary, secondary = secondary, ()
    if not primary:
        raise NotLatin("the machine-readable zone needs a name in Latin letters")
    whole = _FILLER.join(primary) + ("<<" + _FILLER.join(secondary) if secondary else "")
    if len(whole) <= length:
        return whole.ljust(length, _FILLER)
    if not secondary:
        return _cut(primary, length)
    kept_surname = _cut(primary, length - 3)
    return kept_surname + "<<" + _cut(secondary, length - 2 - len(kept_surname))


def td2_lines(
    *,
    document_code: str = "PU",
    issuing_state: str,
    surname: str,
    given_names: str,
    document_number: str,
    nationality: str,
    born_on: PartialDate,
    sex: str,
    expires_on: date,
    optional_data: str = "",
) -> tuple[str, str]:
    """
    Return the two lines of 36 characters of a TD2 zone; `PU` is the single-sheet emergency travel document.

    Sex is F, M or X (unspecified). A number longer than nine characters goes on in the optional data: its rest, the
    check digit of the whole and a filler (ICAO Doc 9303-6, note j).

    Raises:
        ValueError: a name without Latin letters, or a field that does not fit its place.
    """
    number = _field(document_number, "document number", at_least=1, at_most=14)
    if len(number) <= 9:
        number = number.ljust(9, _FILLER)
        numbered, rest = number + check_digit(number), ""
    else:
        # A blank would read as the filler that ends the number.
        if _FILLER in number:
            raise ValueError("a document number of more than nine characters has no blank")
        numbered, rest = number[:9] + _FILLER, number[9:] + check_digit(number) + _FILLER
    optional = rest + _field(optional_data, "optional data", at_most=7 - len(rest))
    upper = _upper_line(document_code, issuing_state, surname, given_names, length=TD2_NAME_LENGTH)
    lower = numbered + _holder(nationality, born_on, sex, expires_on) + optional.ljust(7, _FILLER)
    return upper, lower + check_digit(_composite_td2(lower))


def td3_lines(
    *,
    document_code: str = "PE",
    issuing_state: str,
    surname: str,
    given_names: str,
    document_number: str,
    nationality: str,
    born_on: PartialDate,
    sex: str,
    expires_on: date,
    personal_number: str = "",
) -> tuple[str, str]:
    """
    Return the two lines of 44 characters of a TD3 zone; `PE` is the emergency passport. Sex is F, M or X.

    Raises:
        ValueError: a name without Latin letters, or a field that does not fit its place.
    """
    number = _field(document_number, "document number", at_least=1, at_most=9).ljust(9, _FILLER)
    personal = _field(personal_number, "personal number", at_most=14).ljust(14, _FILLER)
    upper = _upper_line(document_code, issuing_state, surname, given_names, length=TD3_NAME_LENGTH)
    lower = number + check_digit(number) + _holder(nationality, born_on, sex, expires_on)
    lower += personal + check_digit(personal)
    return upper, lower + check_digit(_composite_td3(lower))


def read_td2(upper: str, lower: str) -> ZoneReading:
    """
    Return the fields of a TD2 zone and which of its check digits hold.

    Raises:
        ValueError: not two lines of 36 characters A-Z, 0-9 and `<`.
    """
    _refuse_other_than(36, upper, lower)
    number, digit, optional = lower[:9], lower[9], lower[28:35]
    if digit == _FILLER and optional[0] != _FILLER:
        rest, _, optional = optional.partition(_FILLER)
        number, digit = number + rest[:-1], rest[-1]
    checks = CheckDigits(
        document_number=check_digit(number) == digit,
        birth=check_digit(lower[13:19]) == lower[19],
        expiry=check_digit(lower[21:27]) == lower[27],
        composite=check_digit(_composite_td2(lower)) == lower[35],
    )
    return _reading(upper, lower, number=number, optional_data=optional, checks=checks)


def read_td3(upper: str, lower: str) -> ZoneReading:
    """
    Return the fields of a TD3 zone and which of its check digits hold.

    Raises:
        ValueError: not two lines of 44 characters A-Z, 0-9 and `<`.
    """
    _refuse_other_than(44, upper, lower)
    personal = lower[28:42]
    unused = personal == _FILLER * 14 and lower[42] == _FILLER
    checks = CheckDigits(
        document_number=check_digit(lower[:9]) == lower[9],
        birth=check_digit(lower[13:19]) == lower[19],
        expiry=check_digit(lower[21:27]) == lower[27],
        composite=check_digit(_composite_td3(lower)) == lower[43],
        personal_number=unused or check_digit(personal) == lower[42],
    )
    return _reading(upper, lower, number=lower[:9], optional_data=personal, checks=checks)


def _in_latin(character: str) -> str:
    """Return the letters A-Z of one character, a blank for a separator, nothing for other punctuation."""
    kind = unicodedata.category(character)
    if kind in {"Zs", "Cc", "Pd"} or character == ",":
        return " "
    if kind[0] in "PS" or kind in {"Lm", "Mn", "Cf"}:
        return ""
    letters = "".join(_TRANSLITERATION.get(upper) or _base_letter(upper) for upper in character.upper())
    if not letters:
        raise NotLatin(
            "a name for the machine-readable zone has only Latin letters; "
            "take the Latin spelling from the passport record, do not let it be guessed"
        )
    return letters


def _base_letter(character: str) -> str:
    """Return the letter A-Z beneath the marks of a Latin letter, or nothing."""
    base = unicodedata.normalize("NFD", character)[0]
    return base if "A" <= base <= "Z" else _TRANSLITERATION.get(base, "")


def _cut(components: tuple[str, ...], length: int) -> str:
    """
    Return the components in at most `length` characters, ending in a letter, shortened only where they must be.

    A cut that falls on a separator takes a letter from the last longer component before it and shows the next one's
    initial instead; where only initials stand before it, that initial follows without a separator.
    """
    text = _FILLER.join(components)[:length]
    if not text.endswith(_FILLER):
        return text
    kept = text[:-1].split(_FILLER)
    initial = components[len(kept)][0]
    for place in reversed(range(len(kept))):
        if len(kept[place]) > 1:
            kept[place] = kept[place][:-1]
            return _FILLER.join([*kept, initial])
    return _FILLER.join(kept) + initial


def _field(text: str, what: str, *, at_least: int = 0, at_most: int) -> str:
    """Return a field in the zone's characters, blanks as fillers."""
    field = text.replace(" ", _FILLER)
    if not set(field) <= _VALUES.keys():
        raise ValueError(f"the {what} has a character outside A-Z, 0-9 and blank")
    if not at_least <= len(field) <= at_most:
        raise ValueError(f"the {what} has {at_least} to {at_most} characters")
    return field


def _letters(code: str, what: str, *, length: int) -> str:
    """Return a code of one to `length` letters, padded."""
    if not re.fullmatch(rf"[A-Z]{{1,{length}}}", code):
        raise ValueError(f"the {what} is one to {length} letters A-Z")
    return code.ljust(length, _FILLER)


def _upper_line(document_code: str, issuing_state: str, surname: str, given_names: str, *, length: int) -> str:
    return (
        _letters(document_code, "document code", length=2)
        + _letters(issuing_state, "issuing State", length=3)
        + name_field(surname, given_names, length=length)
    )


def _holder(nationality: str, born_on: PartialDate, sex: str, expires_on: date) -> str:
    """Return nationality, birth, sex and expiry with their check digits: positions 11-28 of both sizes."""
    if sex not in _SEXES:
        raise ValueError("the sex is F, M or X for unspecified")
    birth, expiry = born_on.mrz, PartialDate.of(expires_on).mrz
    return (
        _letters(nationality, "nationality", length=3)
        + birth
        + check_digit(birth)
        + _SEXES[sex]
        + expiry
        + check_digit(expiry)
    )


def _composite_td2(lower: str) -> str:
    return lower[:10] + lower[13:20] + lower[21:35]


def _composite_td3(lower: str) -> str:
    return lower[:10] + lower[13:20] + lower[21:43]


def _refuse_other_than(length: int, *lines: str) -> None:
    if any(len(line) != length or not set(line) <= _VALUES.keys() for line in lines):
        raise ValueError(f"not two lines of {length} characters A-Z, 0-9 and <")


def _reading(upper: str, lower: str, *, number: str, optional_data: str, checks: CheckDigits) -> ZoneReading:
    surname, _, given_names = upper[5:].rstrip(_FILLER).partition("<<")
    return ZoneReading(
        document_code=upper[:2].rstrip(_FILLER),
        issuing_state=upper[2:5].rstrip(_FILLER),
        surname=_words(surname),
        given_names=_words(given_names),
        document_number=_words(number),
        nationality=lower[10:13].rstrip(_FILLER),
        birth=lower[13:19],
        sex="X" if lower[20] == _FILLER else lower[20],
        expiry=lower[21:27],
        optional_data=_words(optional_data),
        checks=checks,
    )


def _words(field: str) -> str:
    return field.rstrip(_FILLER).replace(_FILLER, " ")
