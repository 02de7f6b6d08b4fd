"""Numbers copied by hand: characters that look alike, and a digit that slipped."""

import re

from rapidfuzz.distance import OSA

_LOOKS_LIKE = str.maketrans("OQDILZSGB", "000112568")
"""Letters taken for digits. Source: ICAO Doc 9303-3 §4.9 prints O and 0, I and 1, B and 8, S and 5 to be told apart."""

_DIGITS = re.compile(r"[A-Z]\d{8}")
_WITH_A_LETTER = re.compile(r"[A-Z]\d{3}[A-Z]\d{4}")


def bare(number: str | None) -> str:
    """Return the letters and digits of a number, in capitals."""
    return re.sub(r"[\W_]", "", number or "").upper()


def meant(number: str | None) -> list[str]:
    """
    Return the passport numbers a written one may mean, the likelier first; none for what has no letter and no digit.

    Korean ones are a letter and eight digits; since 2021 a letter stands among the digits: M123A4567. A letter at any
    other place is a digit misread.
    """
    plain = bare(number)
    as_digits = plain[:1] + plain[1:].translate(_LOOKS_LIKE)
    if _WITH_A_LETTER.fullmatch(plain):
        likelier = [plain, as_digits]
    else:
        likelier = [as_digits] if _DIGITS.fullmatch(as_digits) else [as_digits, plain]
    return [each for each in dict.fromkeys(likelier) if each]


def apart(written: str | None, registered: str | None) -> int:
    """Return in how many characters two numbers differ; those that look alike do not, two exchanged ones are one."""
    return int(OSA.distance(_folded(written), _folded(registered)))


def _folded(number: str | None) -> str:
    return bare(number).translate(_LOOKS_LIKE)


def phone_tail(number: str | None) -> str:
    """Return the last eight digits of a telephone number: what stays the same with and without a country's code."""
    return re.sub(r"\D", "", number or "")[-8:]
