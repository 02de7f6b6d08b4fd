"""A small reader of EDIFACT that shares no code with our writer; it forgives blanks and lines between segments."""

from dataclasses import dataclass, field

_DEFAULT = ":+.? '"


@dataclass
class Person:
    """What a passenger list says of one person."""

    name: list[str]
    sex: str = ""
    born: str = ""
    locator: str = ""
    documents: list[list[str]] = field(default_factory=list)
    expires: str = ""
    ports: dict[str, str] = field(default_factory=dict)
    nationality: str = ""


@dataclass
class PassengerList:
    """One PAXLST message."""

    version: list[str]
    kind: str
    segments: int
    """Counted from UNH to UNT."""
    counted: int
    """What UNT says."""
    people_counted: int
    """What CNT says."""
    legs: list[dict[str, str]]
    people: list[Person]


def segments(text: str) -> list[list[list[str]]]:
    """Return segments, of elements, of components."""
    service = _DEFAULT
    text = text.lstrip()
    if text.startswith("UNA"):
        service, text = text[3:9], text[9:]
    component, element, _, release, _, end = tuple(service)
    found: list[list[list[str]]] = []
    now: list[list[str]] = [[""]]
    letters = iter(text)
    for letter in letters:
        if letter == release:
            now[-1][-1] += next(letters)
        elif letter == component:
            now[-1].append("")
        elif letter == element:
            now.append([""])
        elif letter == end:
            now[0][0] = now[0][0].strip()
            found.append(now)
            if now[0][0] == "UNZ":
                return found
            now = [[""]]
        elif letter not in "\r\n":
            now[-1][-1] += letter
    raise ValueError("no UNZ")


def read(text: str) -> PassengerList:
    """Return the passenger list of an interchange that holds one."""
    all_ = segments(text)
    tags = [each[0][0] for each in all_]
    message = all_[tags.index("UNH") : tags.index("UNT") + 1]
    found = PassengerList(
        version=message[0][2], kind="", segments=len(message), counted=int(message[-1][1][0]), people_counted=0,
        legs=[], people=[],
    )  # fmt: skip
    for tag, *elements in message:
        if tag[0] == "NAD" and elements[0][0] in ("FL", "FM"):
            found.people.append(Person([part for part in elements[3] if part]))
        elif tag[0] == "CNT":
            # CNT+42:2 by the directory; one vector writes CNT+41+8.
            found.people_counted = int([*elements[0], *elements[-1]][1])
        elif tag[0] == "BGM":
            found.kind = elements[0][0]
        elif found.people:
            _say_of_person(found.people[-1], tag[0], elements)
        else:
            _say_of_flight(found.legs, tag[0], elements)
    return found


def _say_of_flight(legs: list[dict[str, str]], tag: str, elements: list[list[str]]) -> None:
    if tag == "TDT":
        legs.append({"flight": elements[1][0]})
    elif tag == "LOC":
        place = elements[0][0]
        legs[-1][f"{place}b" if place in legs[-1] else place] = elements[1][0]
    elif tag == "DTM":
        legs[-1][elements[0][0]] = elements[0][1]


def _say_of_person(person: Person, tag: str, elements: list[list[str]]) -> None:
    first = elements[0]
    if tag == "LOC":
        person.ports[first[0]] = elements[1][0]
    elif tag == "DTM" and first[0] == "329":
        person.born = first[1]
    elif tag == "DTM" and person.documents:
        person.expires = first[1]
    elif tag == "ATT":
        person.sex = elements[2][0]
    elif tag == "NAT":
        person.nationality = elements[1][0]
    elif tag == "RFF" and first[0] == "AVF":
        person.locator = first[1]
    elif tag == "DOC":
        person.documents.append([*first, elements[1][0]])
