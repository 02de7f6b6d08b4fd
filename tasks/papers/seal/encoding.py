"""How a seal writes text, dates and lengths as bytes; reading refuses whatever writing would not have made."""

from datetime import date

_CHARACTERS = " 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FIRST_VALUE = 3
"""C40 values 0, 1 and 2 are shifts; the space is 3. Source: Doc 9303-13 table 2."""

_PAD = 0
_UNLATCH = 0xFE


class EncodingRefused(ValueError):
    """Bytes or text that the encoding has no place for."""


def c40(text: str) -> bytes:
    """
    Return text as C40; the filler `<` becomes a space. Source: Doc 9303-13 §2.6.

    >>> c40("XK<CD").hex()
    'eb0466a9'

    Raises:
        EncodingRefused: a character outside A-Z, 0-9, space and `<`.
    """
    text = text.replace("<", " ")
    try:
        values = [_CHARACTERS.index(character) + _FIRST_VALUE for character in text]
    except ValueError as odd:
        raise EncodingRefused("a seal holds A-Z, 0-9, space and < only") from odd
    encoded = bytearray()
    whole = len(values) // 3 * 3
    for start in range(0, whole, 3):
        encoded += _pair(*values[start : start + 3])
    match values[whole:]:
        case [first, second]:
            encoded += _pair(first, second, _PAD)
        case [_]:
            encoded += bytes((_UNLATCH, ord(text[-1]) + 1))
    return bytes(encoded)


def from_c40(encoded: bytes) -> str:
    """
    Return the text of C40 bytes, fillers as spaces.

    Raises:
        EncodingRefused: an odd number of bytes, a shift, or padding anywhere but at the end.
    """
    if len(encoded) % 2:
        raise EncodingRefused("C40 comes in pairs of bytes")
    text = ""
    for start in range(0, len(encoded), 2):
        last = start + 2 == len(encoded)
        high, low = encoded[start], encoded[start + 1]
        if high == _UNLATCH:
            if not last or low == 0 or chr(low - 1) not in _CHARACTERS:
                raise EncodingRefused("C40 is left before its end")
            text += chr(low - 1)
            continue
        number = (high << 8) + low - 1
        values = [number // 1600, number // 40 % 40, number % 40]
        if last and values[2] == _PAD:
            values.pop()
        if number < 0 or any(not _FIRST_VALUE <= value < _FIRST_VALUE + len(_CHARACTERS) for value in values):
            raise EncodingRefused("C40 holds a shift, and no character of a seal needs one")
        text += "".join(_CHARACTERS[value - _FIRST_VALUE] for value in values)
    return text


def _pair(first: int, second: int, third: int) -> bytes:
    return (1600 * first + 40 * second + third + 1).to_bytes(2, "big")


def day(moment: date) -> bytes:
    """
    Return a date as three bytes, MMDDYYYY as one number. Source: Doc 9303-13 §2.3.1.

    >>> day(date(1957, 3, 25)).hex()
    '319ef5'
    """
    return (moment.month * 1_000_000 + moment.day * 10_000 + moment.year).to_bytes(3, "big")


def from_day(encoded: bytes) -> date:
    """
    Return the date of three bytes.

    Raises:
        EncodingRefused: no day of the calendar.
    """
    number = int.from_bytes(encoded, "big")
    try:
        return date(number % 10_000, number // 1_000_000, number // 10_000 % 100)
    except ValueError as odd:
        raise EncodingRefused("three bytes of a seal name no day of the calendar") from odd


def length(count: int) -> bytes:
    """Return a length as DER writes it: one byte below 128, else the number of bytes and the bytes (X.690 §8.1.3)."""
    if count < 0x80:
        return bytes((count,))
    octets = count.to_bytes((count.bit_length() + 7) // 8, "big")
    return bytes((0x80 + len(octets),)) + octets


def read_length(encoded: bytes, at: int) -> tuple[int, int]:
    """
    Return a DER length and where what it measures begins.

    Raises:
        EncodingRefused: cut off, longer than five bytes, of indefinite form, or not the shortest way to say it.
    """
    if at >= len(encoded):
        raise EncodingRefused("a length is missing")
    first = encoded[at]
    if first < 0x80:
        return first, at + 1
    octets = encoded[at + 1 : at + 1 + first - 0x80]
    count = int.from_bytes(octets, "big")
    if first == 0x80 or len(octets) != first - 0x80 or length(count) != encoded[at : at + 1 + len(octets)]:
        raise EncodingRefused("a length is not as DER writes it")
    if len(octets) > 4:
        raise EncodingRefused("a length takes five bytes at most")
    return count, at + 1 + len(octets)
