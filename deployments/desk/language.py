"""The desk's words in Korean, English and Khmer, and dates and money as each writes them."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache, partial
from pathlib import Path
from string import Formatter

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta, get_timezone, get_timezone_location
from babel.messages.pofile import read_po
from babel.numbers import format_currency
from fastapi import Request

from models.case import HOME_ZONE, local_zone
from models.money import Money
from models.person import Language

_FOLDER = Path(__file__).parent / "locale"

NAMES: dict[Language, str] = {Language.korean: "한국어", Language.english: "English", Language.khmer: "ភាសាខ្មែរ"}
"""Each language by its own name."""

_DAY_AND_HOUR = {Language.korean: "M월 d일 HH:mm", Language.english: "d MMM HH:mm", Language.khmer: "d MMM HH:mm"}

_WHOLE_DAY = {Language.korean: "y년 M월 d일", Language.english: "d MMM y", Language.khmer: "d MMM y"}
"""Of what lies years away, such as a birth or the end of a passport."""

_MINUTES = 10_000
"""Minutes whose words are kept: the same few fill every list, and each takes longer to write than to look up."""

_A_CODE = re.compile(r"[a-z]+(_[a-z]+)+")

_TOLD = "told"
"""What a catalogue says of the sentences a case's file is told in."""

_LONGEST_TOLD = 1200
"""No sentence of ours has more letters; a longer one is not looked through."""

_FEW = 12
"""A sentence with no more letters besides its blanks may fit by chance."""

_A_WORD = re.compile(r"(?<![A-Za-z])[a-z]{3,}(?![A-Za-z])")
"""In a sentence that was told, what nobody has translated; letters of other scripts may stand beside it."""

_NUMBERS = frozenset({"count", "n"})
"""Blanks that only a number fills."""

_DEEPEST = 3
"""A fact within a fact within a fact is a word."""

_SENTENCES = re.compile(r"(?<=\.) (?=[A-Z])")
"""Between two sentences."""

COOKIE = "homeward_language"
"""Of this browser: who shares a machine may read it in another language than its owner."""


@cache
def catalogue(language: Language) -> dict[tuple[str, str], str]:
    """Return the words of a language by what they are said of and the English ones; English itself needs few."""
    found: dict[tuple[str, str], str] = {}
    for file in (f"{language.value}.po", f"told.{language.value}.po"):
        with (_FOLDER / file).open("rb") as written:
            messages = read_po(written, locale=language.value)
        found |= {
            (message.context or "", message.id): message.string
            for message in messages
            if isinstance(message.id, str) and message.id and isinstance(message.string, str)
        }
    return found


def of(request: Request) -> Language:
    """Return the officer's language, else what this browser chose or asks for first that we speak, else English."""
    officer = getattr(request.state, "officer", None)
    if officer is not None and officer.language is not None:
        return Language(officer.language)
    asked = [request.cookies.get(COOKIE, "")]
    asked += [part.split(";")[0].strip()[:2] for part in request.headers.get("accept-language", "").split(",")]
    return next((Language(each) for each in asked if each in list(Language)), Language.english)


def speaker(language: Language) -> Callable[..., str]:
    """
    Return the function a page says its words with.

    `of` tells two meanings of one word apart; names in braces are filled in.
    """
    words = catalogue(language)

    def say(text: str, of: str = "", **facts: object) -> str:
        said = words.get((of, text)) or (text.replace("_", " ") if _A_CODE.fullmatch(text) else text)
        return said.format(**facts) if facts else said

    return say


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence with blanks, as the file has it and as it is said."""

    words: tuple[str, ...]
    """What stands around the blanks: one piece more than there are blanks."""
    blanks: tuple[str, ...]
    said: str

    @property
    def letters(self) -> int:
        """How many characters it has besides its blanks."""
        return sum(len(words) for words in self.words)

    @property
    def is_framed(self) -> bool:
        """Whether a word stands before its first blank and a bracket after its last: `ok ({source}, {day})`."""
        return bool(self.words[0]) and self.words[-1].endswith(")")

    def facts_in(self, told: str) -> dict[str, str] | None:
        """
        Return what fills the blanks, each blank ending where the next words first come; None where it is another.

        It takes one look along the sentence, whatever stands in it: part of it may be somebody's own words.
        """
        first, *others, last = self.words
        if not (told.startswith(first) and told.endswith(last)):
            return None
        facts, at, end = [], len(first), len(told) - len(last)
        for words in others:
            if (found := told.find(words, at + 1, end)) < 0:
                return None
            facts.append(told[at:found])
            at = found + len(words)
        facts.append(told[at:end])
        named = dict(zip(self.blanks, facts, strict=True))
        return named if all(facts) and all(named[name].isdigit() for name in _NUMBERS & set(named)) else None


@cache
def _sentences(language: Language) -> list[_Sentence]:
    """Return the sentences that have blanks, the most exact first."""
    found = []
    for (of, english), said in catalogue(language).items():
        parts = list(Formatter().parse(english))
        blanks = tuple(name for _, name, _, _ in parts if name)
        if of == _TOLD and blanks:
            words = [words for words, *_ in parts] + ([""] if parts[-1][1] else [])
            found.append(_Sentence(tuple(words), blanks, said))
    return sorted(found, key=lambda each: -each.letters)


def teller(language: Language) -> Callable[[str], str]:
    """
    Return the function a page says those sentences with that stand in a case's file in English.

    What fills a blank is said in the language too where it is a word of ours; a sentence nobody has translated
    stays as it is. In English only those differ that name a command, which nobody at the desk has.
    """
    return partial(_tell, language, deep=0)


def _tell(language: Language, sentence: str, *, deep: int) -> str:
    words, deeper = catalogue(language), partial(_tell, language, deep=deep + 1)
    known = words.get((_TOLD, sentence)) or words.get(("", sentence)) or words.get(("wish", sentence))
    if known or len(sentence) > _LONGEST_TOLD or deep > _DEEPEST:
        return known or sentence
    if (listed := _one_by_one(sentence, deeper, seam="; ")) is not None:
        return listed
    for each in _sentences(language):
        if (facts := each.facts_in(sentence)) is not None:
            said = each.said.format(**{name: words.get((name, fact)) or deeper(fact) for name, fact in facts.items()})
            # A few letters fit what somebody wrote in their own words too, which is then left alone.
            if each.letters > _FEW or each.is_framed or not _A_WORD.search(said):
                return said
    if (listed := _one_by_one(sentence, deeper, seam=", ")) is not None:
        return listed
    parts = _SENTENCES.split(sentence)
    return " ".join(deeper(part) for part in parts) if len(parts) > 1 else sentence


def _one_by_one(sentence: str, tell: Callable[[str], str], *, seam: str) -> str | None:
    """Return a list of facts with each of them told; None where it is none, or one of them is nothing of ours."""
    parts = sentence.split(seam)
    if len(parts) == 1:
        return None
    told = []
    for part in parts:
        told.append(tell(part))
        if told[-1] == part:
            return None
    return seam.join(told)


def at_places(moment: datetime, zones: Iterable[str], language: Language) -> list[str]:
    """Return a moment by the clocks of some zones, each once, as the language writes it."""
    minute = _plain(moment).replace(second=0, microsecond=0)
    return [f"{_at_place(minute, zone, language)} {_city(zone, language)}" for zone in dict.fromkeys(zones)]


def _plain(moment: datetime) -> datetime:
    """Return a moment as the standard library has it: Babel sets a zone, for which pendulum looks all zones through."""
    return datetime.fromtimestamp(moment.timestamp(), UTC)


@lru_cache(maxsize=_MINUTES)
def _at_place(minute: datetime, zone: str, language: Language) -> str:
    return format_datetime(minute, _DAY_AND_HOUR[language], get_timezone(zone), _locale(language))


@cache
def _city(zone: str, language: Language) -> str:
    return get_timezone_location(zone, locale=_locale(language), return_city=True)


@cache
def _locale(language: Language) -> Locale:
    return Locale(language.value)


def seoul(moment: datetime, language: Language) -> str:
    """Return a moment by Seoul's clock, to the second."""
    pattern = f"{_DAY_AND_HOUR[language]}:ss"
    return format_datetime(_plain(moment), pattern, get_timezone(HOME_ZONE), _locale(language))


def day(of: date, language: Language) -> str:
    """Return a day as the language writes it."""
    return format_date(of, _DAY_AND_HOUR[language].removesuffix(" HH:mm"), _locale(language))


def whole_day(of: date, language: Language) -> str:
    """Return a day with its year as the language writes it."""
    return format_date(of, _WHOLE_DAY[language], _locale(language))


def whole_moment(moment: datetime, zone: str, language: Language) -> str:
    """Return a moment by the clock of a zone, with its year."""
    pattern = f"{_WHOLE_DAY[language]} HH:mm"
    return format_datetime(_plain(moment), pattern, get_timezone(zone), _locale(language))


def fields(names: Iterable[str], language: Language) -> list[str]:
    """Return what the fields are called that a partner was given, each once; a name nobody has put in words stays."""
    say = speaker(language)
    return list(dict.fromkeys(say(name, of="Field") for name in names))


def both_clocks(moment: datetime, reference: str, language: Language) -> list[str]:
    """Return a moment by the clock of the mission and by Seoul's, as the language writes it."""
    return at_places(moment, (local_zone(reference), HOME_ZONE), language)


def money(amount: Money, language: Language) -> str:
    """Return an amount as the language writes it, with the digits its currency has."""
    return format_currency(amount.amount, amount.currency, locale=_locale(language))


def age(seconds: int, language: Language) -> str:
    """Return how long something has lasted, in its largest unit: `3 hours`."""
    return format_timedelta(timedelta(seconds=seconds), locale=_locale(language))
