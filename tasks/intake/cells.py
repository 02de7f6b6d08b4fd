"""Cells: a row as others wrote it becomes facts of ours, or flaws that are named; nothing is guessed from a name."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from models.birth_date import BirthDateUnreadable, read_birth_date
from models.category import MINOR_BY_AGE, Age, age_of
from models.funding import Payer
from models.intake import Meaning
from models.money import Money
from models.person import Category, HostStatus, Sex
from tasks.intake import words
from tasks.intake.lines import Line

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Flaw:
    """A cell, or a row, that could not be used; the value is for the coordinator's eyes and no log's."""

    line: int
    column: str
    value: str
    reason: str


@dataclass(slots=True)
class Facts:
    """What a row says about one person."""

    ref: str | None = None
    name_hangul: str | None = None
    name_latin: str | None = None
    sex: Sex | None = None
    birth_date: str | None = None
    birthplace: str | None = None
    passport_number: str | None = None
    next_of_kin_phone: str | None = None
    place: str | None = None
    found_on: date | None = None
    keeper: str | None = None
    host_status: HostStatus = HostStatus.unknown
    categories: tuple[Category, ...] = ()
    payment: tuple[Payer, Money] | None = None
    notes: tuple[str, ...] = ()
    """What else the list says, in words without personal data, for the timeline."""


class _Unusable(ValueError):
    """A cell that cannot be used; the text is the reason."""


@dataclass(slots=True)
class _Reading:
    line: Line
    header: tuple[str, ...]
    columns: dict[Meaning, int]
    today: date
    adult_at: int
    flaws: list[Flaw] = field(default_factory=list)

    def written(self, meaning: Meaning) -> str | None:
        """Return a cell as text without blanks around it, None when it says nothing."""
        place = self.columns.get(meaning)
        if place is None:
            return None
        if (reason := self.line.spoilt.get(place)) is not None:
            self.fault(meaning, reason)
            return None
        text = _seen(unicodedata.normalize("NFKC", self.line.cells[place])).strip()
        return None if text.casefold() in words.NOTHING else text

    def read(self, meaning: Meaning, how: Callable[[str], str]) -> str | None:
        """Return what a cell says, or note why it cannot be used."""
        text = self.written(meaning)
        if text is None:
            return None
        try:
            return how(text)
        except ValueError as unusable:
            self.fault(meaning, str(unusable))
            return None

    def fault(self, meaning: Meaning, reason: str) -> None:
        place = self.columns[meaning]
        flaw = Flaw(self.line.number, self.header[place], self.line.cells[place], reason)
        if flaw not in self.flaws:
            self.flaws.append(flaw)


def read_row(
    line: Line, header: tuple[str, ...], columns: dict[Meaning, int], *, today: date, adult_at: int
) -> tuple[Facts | None, list[Flaw]]:
    """
    Return what a row says, None when it cannot be taken in, and every flaw found on the way.

    `adult_at` is the age in years from which nobody is a minor.
    """
    if len(line.cells) < len(header) or any(cell.strip() for cell in line.cells[len(header) :]):
        reason = (
            f"the row has {len(line.cells)} cells and the header {len(header)}, so nobody knows which is which; "
            "put marks of quotation around a cell with a delimiter in it"
        )
        return None, [Flaw(line.number, "", "", reason)]
    reading = _Reading(line, header, columns, today, adult_at)
    facts = Facts(ref=reading.read(Meaning.ref, _text), place=reading.read(Meaning.found_at, _text))
    facts.name_hangul, facts.name_latin = _names(reading)
    if not facts.name_hangul and not facts.name_latin:
        return None, [*reading.flaws, Flaw(line.number, "", "", "the row has no name that can be read")]
    if not facts.place:
        return None, [*reading.flaws, Flaw(line.number, "", "", "the row has no place")]
    facts.birthplace = reading.read(Meaning.birthplace, _text)
    facts.keeper = reading.read(Meaning.keeper, _text)
    facts.birth_date = reading.read(Meaning.born_on, lambda text: _birth_date(text, today))
    facts.passport_number = reading.read(Meaning.passport_number, _passport_number)
    facts.next_of_kin_phone = reading.read(Meaning.next_of_kin_phone, _phone)
    if found_on := reading.read(Meaning.found_on, lambda text: _day(text, today)):
        facts.found_on = date.fromisoformat(found_on)
    if sex := reading.read(Meaning.sex, _sex):
        facts.sex = Sex(sex)
    if status := reading.read(Meaning.host_status, _host_status):
        facts.host_status = HostStatus(status)
    _categories_and_needs(reading, facts)
    _payment(reading, facts)
    return facts, reading.flaws


def _seen(text: str) -> str:
    """Return a text without the marks that only steer how it is set, as telephones copy them round a number."""
    return "".join(character for character in text if unicodedata.category(character) != "Cf")


def _text(text: str) -> str:
    if text[0] in "=+@" or (text[0] == "-" and len(text) > 1):
        raise _Unusable("it looks like a formula; write plain words")
    if len(text) > _LONGEST:
        raise _Unusable(f"it has more than {_LONGEST} characters")
    if any(unicodedata.category(c) in {"Cc", "Co", "Cs", "Cn"} for c in text):
        raise _Unusable("it holds characters that nobody can see")
    return " ".join(text.split())


def _names(reading: _Reading) -> tuple[str | None, str | None]:
    """Return the name in Hangul and in Latin letters, whichever column each stands in."""
    found: dict[str, str] = {}
    for meaning in (Meaning.name_hangul, Meaning.name_latin, Meaning.name):
        text = reading.written(meaning)
        if text is None:
            continue
        hangul, latin = _hangul(text), _latin(text)
        if hangul is None and latin is None:
            reading.fault(meaning, "a name has Hangul syllables, or A-Z, spaces, hyphens, commas and apostrophes")
            continue
        for script, name in (("hangul", hangul), ("latin", latin)):
            if name:
                found.setdefault(script, name)
    return found.get("hangul"), found.get("latin")


_MARKS = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "‐": "-", "‑": "-", "–": "-", "—": "-", "·": " ",
                        "_": " ", "(": " ", ")": " ", "/": " ", "\n": " ", "\t": " "})  # fmt: skip


def _hangul(text: str) -> str | None:
    rest = re.sub(r"[A-Za-z,.'’()/·\s-]", " ", _without_accents(text))
    name = " ".join(rest.split())
    return name if re.fullmatch(r"[가-힣 ]{1,40}", name) else None


def _latin(text: str) -> str | None:
    rest = re.sub(r"[가-힣]", " ", _without_accents(text)).translate(_MARKS).strip()
    # An apostrophe or hyphen alone is what is left of a name in another script, or a formula's sign.
    return rest if re.fullmatch(r"[A-Za-z][A-Za-z ,.'-]{0,79}", rest) else None


def _without_accents(text: str) -> str:
    """Return Latin letters without accents, and Hangul as syllables whichever way a computer took them apart."""
    apart = "".join(c for c in unicodedata.normalize("NFD", text) if not 0x0300 <= ord(c) <= 0x036F)
    return unicodedata.normalize("NFC", apart)


_DAY_NUMBER = re.compile(r"[1-4]\d{4}")
"""What a spreadsheet keeps for a day when the cell was made a number: 1927 to 2036, counted from 1900."""


def _birth_date(text: str, today: date) -> str:
    try:
        read_birth_date(text, today=today)
    except BirthDateUnreadable:
        if _DAY_NUMBER.fullmatch(text):
            raise _Unusable(
                "it is a spreadsheet's number of a day; format the column as a date, or write it like 1999-04-27"
            ) from None
        raise _Unusable("it is no birth date; write it like 1999-04-27, 1999-04 or 1999") from None
    return text


def _day(text: str, today: date) -> str:
    try:
        days = read_birth_date(text, today=today).days
    except BirthDateUnreadable:
        days = ()
    if not days:
        raise _Unusable("it is no day up to today; write it like 2025-10-06")
    return days[0].isoformat()


_READ_AS_DIGITS = str.maketrans("OQIL", "0011")


def _passport_number(text: str) -> str:
    """Return a number without spaces and marks; a letter that only looks like a digit becomes the digit."""
    plain = re.sub(r"[\s./_-]", "", _plain_digits(text)).upper()
    # A letter and eight digits; since 2021 the fifth character is a letter, which therefore stays what it is.
    digits = plain[:1] + plain[1:].translate(_READ_AS_DIGITS)
    if re.fullmatch(r"[A-Z]\d{8}", digits) and (plain[4:5].isdigit() or not plain[1:4].isdigit()):
        return digits
    if not re.fullmatch(r"[A-Z0-9]{5,12}", plain):
        raise _Unusable("a passport number has five to twelve letters A-Z and digits")
    return plain


def _plain_digits(text: str) -> str:
    return "".join(str(unicodedata.digit(c)) if unicodedata.digit(c, None) is not None else c for c in text)


def _phone(text: str) -> str:
    plain = " ".join(_plain_digits(text).split())
    if not re.fullmatch(r"\+?[0-9 ().-]{5,30}", plain):
        raise _Unusable("a telephone number has digits, spaces and hyphens, and may begin with +")
    return plain


def _sex(text: str) -> str:
    if (sex := words.SEXES.get(text.casefold())) is None:
        raise _Unusable("write F or M; leave it out if unsure")
    return sex.value


def _host_status(text: str) -> str:
    if (status := words.HOST_STATUSES.get(text.casefold())) is None:
        raise _Unusable(f"write one of {', '.join(HostStatus)}; until then it is unknown")
    return status.value


def _several(text: str) -> list[str]:
    return [part for part in re.split(r"[\s+,;/&]+", text.casefold()) if part]


def _categories_and_needs(reading: _Reading, facts: Facts) -> None:
    held: set[Category] = set()
    notes: list[str] = []
    for part in _several(reading.written(Meaning.category) or ""):
        if part not in words.CATEGORIES:
            reading.fault(
                Meaning.category,
                "a category is victim, suspect, witness, minor, patient, missing, deceased or unknown",
            )
        elif (category := words.CATEGORIES[part]) is not None:
            held.add(category)
    for part in _several(reading.written(Meaning.needs) or ""):
        if part in words.MEDICAL:
            held.add(Category.patient)
        elif part in words.MINOR:
            held.add(Category.minor)
        elif part in words.NO_INTERPRETER:
            notes.append("The list says that no interpreter was at hand.")
        else:
            reading.fault(Meaning.needs, "a need is medical, wheelchair, minor_escort or interpreter_none")
    born = read_birth_date(facts.birth_date, today=reading.today) if facts.birth_date else None
    age = age_of(born, on=reading.today, adult_at=reading.adult_at)
    if Category.minor in held and age is Age.adult:
        held.remove(Category.minor)
        meaning = Meaning.needs if reading.written(Meaning.needs) else Meaning.category
        reading.fault(meaning, "by the birth date the person is of age; they were not marked a minor, so look")
    elif Category.minor not in held and age in MINOR_BY_AGE:
        # In doubt a child: the list may not know what the date says.
        held.add(Category.minor)
        notes.append("Marked a minor by the birth date, as far as it is known.")
    facts.categories = tuple(category for category in Category if category in held)
    facts.notes = tuple(notes)


def _payment(reading: _Reading, facts: Facts) -> None:
    text = reading.written(Meaning.paid_privately)
    if text is None:
        return
    payer, _, rest = text.partition(":")
    currency, _, amount = rest.partition(":")
    try:
        money = Money.parse(_plain_digits(amount.strip()).replace(",", ""), currency.strip().upper())
    except ValueError:
        reading.fault(Meaning.paid_privately, "write payer, currency and amount like consul:USD:412.00")
        return
    if (who := words.PAYERS.get(payer.strip().casefold())) is None or money.amount_minor <= 0:
        reading.fault(Meaning.paid_privately, f"who paid is one of {', '.join(Payer)}, and paid more than nothing")
        return
    facts.payment = (who, money)
