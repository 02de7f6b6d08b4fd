"""
The passenger list message UN/EDIFACT PAXLST D.12B, written.

Sources: UN/EDIFACT directory D.12B, PAXLST; WCO/IATA/ICAO API guidelines, PAXLST implementation guide; ISO 9735 for
the separators, the release character and character set level A.
"""

import unicodedata
from datetime import date, datetime
from itertools import chain

import pendulum

from models.itinerary import Segment
from models.manifest import Manifest, Passenger

LONGEST_NAME = 35
"""Characters of one component of a name (C080.3036)."""

NAME_COMPONENTS = 5
"""Surname and up to four given names (C080 repeats 3036 five times)."""

_LEVEL_A = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,-()/='+:?!\"%&*;<>")
"""Character set UNOA. Source: ISO 9735, level A, with the characters that need release."""

_RELEASED = str.maketrans({c: f"?{c}" for c in "?'+:"})

_SEXES = {"M": "M", "F": "F", "X": "U"}
"""ATT 9019 by sex of the document; U is unspecified."""


class NotWritable(ValueError):
    """What the message cannot carry; names the case, never the person."""

    def __init__(self, reference: str, why: str) -> None:
        super().__init__(f"{reference}: {why}; the PDF and the CSV have it whole.")
        self.reference = reference


def write(manifest: Manifest, *, sender: str, recipient: str, party: str, phone: str) -> str:
    """
    Return the message as one interchange, a segment a line.

    Raises:
        NotWritable: a name longer than its 35 characters, or a character that level A does not have.
    """
    at = manifest.made_at.in_timezone("UTC")
    control = f"{at:%y%m%d%H%M%S}"
    head = (_party(sender), _party(recipient), f"{at:%y%m%d:%H%M}", control)
    message = [
        f"UNH+{control}+PAXLST:D:12B:UN:IATA+{_text(manifest.flight_number)}/{manifest.departs_on:%y%m%d}",
        "BGM+745",
        f"NAD+MS+++{_text(party)}",
        f"COM+{_text(phone)}:TE",
        *_flight(manifest),
        *chain.from_iterable(_passenger(each, manifest) for each in manifest.passengers),
        f"CNT+42:{len(manifest.passengers)}",
    ]
    # UNT counts the message's segments, itself and UNH among them.
    message.append(f"UNT+{len(message) + 1}+{control}")
    segments = [
        f"UNB+UNOA:4+{'+'.join(head)}++PAXLST",
        f"UNG+PAXLST+{'+'.join(head)}+UN+D:12B",
        *message,
        f"UNE+1+{control}",
        f"UNZ+1+{control}",
    ]
    return "UNA:+.? '\r\n" + "".join(f"{segment}'\r\n" for segment in segments)


def _flight(manifest: Manifest) -> list[str]:
    """Return TDT and the ports: 125 and 87 on a leg that crosses a border, 92 on any other."""
    segments = []
    for leg in manifest.legs:
        crosses = leg.origin_country != leg.destination_country
        segments += [
            f"TDT+20+{_text(manifest.flight_number)}+++{_text(manifest.carrier)}",
            f"LOC+{125 if crosses else 92}+{leg.origin}",
            f"DTM+189:{_stamp(leg.departs_local)}:201",
            f"LOC+{87 if crosses else 92}+{leg.destination}",
            f"DTM+232:{_stamp(leg.arrives_local)}:201",
        ]
    return segments


def _passenger(person: Passenger, manifest: Manifest) -> list[str]:
    first, last = manifest.legs[0], manifest.legs[-1]
    return [
        f"NAD+FL+++{_name(person)}",
        f"ATT+2++{_SEXES[person.sex]}",
        f"DTM+329:{_day(person.born_on)}",
        # Verified: an officer examined the identity against the registry.
        "GEI+4+173",
        *_ports(first, last),
        f"NAT+2+{person.nationality}",
        f"RFF+AVF:{_of(person, person.record_locator)}",
        f"RFF+ABO:{_of(person, person.reference)}",
        f"DOC+P:110:111+{_of(person, person.document_number)}",
        f"DTM+36:{_day(person.document_expires_on)}",
        f"LOC+91+{person.issuing_state}",
    ]


def _ports(first: Segment, last: Segment) -> list[str]:
    border = next((leg for leg in (last, first) if leg.origin_country != leg.destination_country), last)
    return [f"LOC+22+{border.destination}", f"LOC+178+{first.origin}", f"LOC+179+{last.destination}"]


def _name(person: Passenger) -> str:
    """Return surname and given names, a long given name parted at its spaces; what cannot be parted is refused."""
    components = [person.surname_latin, *_parted(person.given_latin)]
    if any(len(component) > LONGEST_NAME for component in components) or len(components) > NAME_COMPONENTS:
        raise NotWritable(
            person.reference, f"the name has a part of more than {LONGEST_NAME} characters, which PAXLST does not take"
        )
    return ":".join(_of(person, component) for component in components)


def _parted(given: str) -> list[str]:
    parts: list[str] = []
    for word in given.split():
        if parts and len(parts[-1]) + 1 + len(word) <= LONGEST_NAME:
            parts[-1] += f" {word}"
        else:
            parts.append(word)
    return parts


def _of(person: Passenger, value: str) -> str:
    """Return a value of a person's, released; a character that is not in level A names the case."""
    try:
        return _text(value)
    except ValueError as wrong:
        raise NotWritable(person.reference, str(wrong)) from None


def _text(value: str) -> str:
    """Return a value in the message's characters, capitals without accents, separators released by a question mark."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", value) if not unicodedata.combining(c)).upper()
    if strange := sorted(set(bare) - _LEVEL_A):
        codes = " ".join(f"U+{ord(c):04X}" for c in strange)
        raise ValueError(f"PAXLST takes capitals, digits and a few marks, and not {codes}")
    return bare.translate(_RELEASED)


def _party(value: str) -> str:
    return f"{_text(value)}:ZZ"


def _day(day: date) -> str:
    """Return a day as YYMMDD; the message has no century."""
    return f"{day:%y%m%d}"


def _stamp(local: datetime | pendulum.DateTime) -> str:
    return f"{local:%y%m%d%H%M}"
