"""Numbers copied by hand: characters that look alike, and a digit that slipped."""

import re

from rapidfuzz.distance import OSA

_LOOKS_LIKE = str.maketrans("OQDILZSGB", "000112568")
"""Letters taken for digits. Source: ICAO Doc 9303-3 §4.9 prints O and 0, I and 1, B and 8, S and 5 to be told apart."""


def bare(number: str | None) -> str:
    """Return the letters and digits of a number, in capitals."""
    return re.sub(r"[\W_]", "", number or "").upper()


def as_read(number: str | None) -> str:
    """Return a passport number as it was meant: letters that look like digits are digits after the first place."""
    plain = bare(number)
    return plain[:1] + plain[1:].translate(_LOOKS_LIKE)


def apart(written: str | None, registered: str | None) -> int:
    """Return in how many characters two numbers differ; those that look alike do not, two exchanged ones are one."""
    return int(OSA.distance(_folded(written), _folded(registered)))


def _folded(number: str | None) -> str:
    return bare(number).translate(_LOOKS_LIKE)


def phone_tail(number: str | None) -> str:
    """Return the last eight digits of a telephone number: what stays the same with and without a country's code."""
    return re.sub(r"\D", "", number or "")[-8:]
