"""The desk's words in Korean, English and Khmer, and dates and money as each writes them."""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from string import Formatter

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta, get_timezone
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

_A_CODE = re.compile(r"[a-z]+(_[a-z]+)+")

_TOLD = "told"
"""What a catalogue says of the sentences a case's file is told in."""

_LONGEST_TOLD = 600
"""No sentence of ours has more letters; a longer one is not looked through."""

COOKIE = "homeward_language"
"""Of this browser: who shares a machine may read it in another language than its owner."""


@cache
def catalogue(language: Language) -> dict[tuple[str, str], str]:
    """Return the words of a language by what they are said of and the English ones; English itself needs few."""
    with (_FOLDER / f"{language.value}.po").open("rb") as written:
        messages = read_po(written, locale=language.value)
    return {
        (message.context or "", message.id): message.string
        for message in messages
        if isinstance(message.id, str) and message.id and isinstance(message.string, str)
    }


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


@cache
def _sentences(language: Language) -> list[tuple[re.Pattern[str], str]]:
    """Return the sentences that have blanks, each as what fits it and what is said for it; the most exact first."""
    found = []
    for (of, english), said in catalogue(language).items():
        parts = list(Formatter().parse(english))
        if of != _TOLD or not any(name for _, name, _, _ in parts):
            continue
        fits = "".join(re.escape(words) + (f"(?P<{name}>.+?)" if name else "") for words, name, _, _ in parts)
        found.append((sum(len(words) for words, *_ in parts), re.compile(fits), said))
    return [(fits, said) for _, fits, said in sorted(found, key=lambda each: -each[0])]


def teller(language: Language) -> Callable[[str], str]:
    """
    Return the function a page says those sentences with that stand in a case's file in English.

    What fills a blank is said in the language too where it is a word of ours; a sentence nobody has translated
    stays as it is.
    """
    words = catalogue(language)

    def tell(sentence: str) -> str:
        known = words.get((_TOLD, sentence)) or words.get(("", sentence)) or words.get(("wish", sentence))
        if known or len(sentence) > _LONGEST_TOLD:
            return known or sentence
        for fits, said in _sentences(language):
            if found := fits.fullmatch(sentence):
                return said.format(**{name: tell(fact) for name, fact in found.groupdict().items()})
        return sentence

    return tell


def at_places(moment: datetime, zones: Iterable[str], language: Language) -> list[str]:
    """Return a moment by the clocks of some zones, each once, as the language writes it."""
    shown = []
    for zone in dict.fromkeys(zones):
        written = format_datetime(moment, _DAY_AND_HOUR[language], get_timezone(zone), Locale(language.value))
        shown.append(f"{written} {zone.rsplit('/', maxsplit=1)[-1].replace('_', ' ')}")
    return shown


def seoul(moment: datetime, language: Language) -> str:
    """Return a moment by Seoul's clock, to the second."""
    return format_datetime(moment, f"{_DAY_AND_HOUR[language]}:ss", get_timezone(HOME_ZONE), Locale(language.value))


def day(of: date, language: Language) -> str:
    """Return a day as the language writes it."""
    return format_date(of, _DAY_AND_HOUR[language].removesuffix(" HH:mm"), Locale(language.value))


def both_clocks(moment: datetime, reference: str, language: Language) -> list[str]:
    """Return a moment by the clock of the mission and by Seoul's, as the language writes it."""
    return at_places(moment, (local_zone(reference), HOME_ZONE), language)


def money(amount: Money, language: Language) -> str:
    """Return an amount as the language writes it, with the digits its currency has."""
    return format_currency(amount.amount, amount.currency, locale=Locale(language.value))


def age(seconds: int, language: Language) -> str:
    """Return how long something has lasted, in its largest unit: `3 hours`."""
    return format_timedelta(timedelta(seconds=seconds), locale=Locale(language.value))
