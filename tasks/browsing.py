"""Browsing: the cases an officer may look at, found by reference or by part of a name in any script."""

import unicodedata
from dataclasses import dataclass

from sqlmodel import col, or_, select

from models.case import RepatriationCase
from models.officer import Duty, Officer
from models.person import ConfirmedIdentity, Person
from tasks import case_file, triage
from tasks.triage import Listed

SHOWN = 50
"""Cases on one page; whoever looks for another writes more of its name."""

LONGEST = 200
"""Characters that are looked for; no name has more."""

_LEAST_LETTERS = 2


@dataclass(frozen=True, slots=True)
class Browsed:
    """Some of the cases, and how many there are."""

    rows: list[Listed]
    names: dict[str, str]
    """Of those found by a name, by reference; a list nobody searched names nobody."""
    total: int


def cases(q: str, *, reader: Officer) -> Browsed:
    """
    Return the first cases, whose must be looked at first on top; with letters, those whose reference or name has them.

    Where a name was sought, the look at each person found is audited.

    Raises:
        case_file.Refused: the reader's duty needs no case.
    """
    if not reader.may(Duty.look_at_cases):
        raise case_file.Refused(f"A host liaison sees exits only; officer {reader.number} may not open cases.")
    sought = " ".join("".join(c for c in unicodedata.normalize("NFKC", q) if c.isprintable()).split())[:LONGEST]
    rows = triage.listed()
    if not sought:
        return Browsed(rows[:SHOWN], {}, len(rows))
    by_reference = [row for row in rows if sought.upper() in row.case.reference]
    if by_reference or len(sought) < _LEAST_LETTERS:
        return Browsed(by_reference[:SHOWN], {}, len(by_reference))
    names = _named(sought)
    found = [row for row in rows if row.case.reference in names]
    with case_file.transaction() as session:
        for row in found[:SHOWN]:
            case_file.note(session, "person.read", actor=reader.number, about=row.case, ids={"purpose": "search"})
    return Browsed(found[:SHOWN], names, len(found))


def _named(sought: str) -> dict[str, str]:
    """Return the names with these letters by reference, as reported and as confirmed, whatever stands between them."""
    pattern = "%" + "%".join(part.replace("\\", "").replace("%", "").replace("_", "") for part in sought.split()) + "%"
    surname, given = col(ConfirmedIdentity.surname_latin), col(ConfirmedIdentity.given_latin)
    hangul = col(ConfirmedIdentity.surname_hangul) + col(ConfirmedIdentity.given_hangul)
    stands = col(ConfirmedIdentity.superseded_at).is_(None)
    spellings = (
        col(Person.name_hangul), col(Person.name_latin), hangul, surname + " " + given, given + " " + surname,
    )  # fmt: skip
    query = (
        select(RepatriationCase.reference, Person, ConfirmedIdentity)
        .join(Person, col(Person.id) == RepatriationCase.person_id)
        .outerjoin(ConfirmedIdentity, (col(ConfirmedIdentity.reference) == RepatriationCase.reference) & stands)
        .where(or_(*(spelling.ilike(pattern) for spelling in spellings)))
    )
    with case_file.transaction() as session:
        return {reference: _name(person, identity) for reference, person, identity in session.exec(query)}


def _name(person: Person, identity: ConfirmedIdentity | None) -> str:
    if identity is not None:
        return f"{identity.surname_hangul}{identity.given_hangul} · {identity.surname_latin} {identity.given_latin}"
    return " · ".join(name for name in (person.name_hangul, person.name_latin) if name)
