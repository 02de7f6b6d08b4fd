"""Browsing: the cases an officer may look at, found by reference or by part of a name in any script."""

import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, text
from sqlmodel import Session, col, select

from models.case import LOCAL_ZONES, RepatriationCase
from models.listing import CaseName, CaseUrgency
from models.officer import Duty, Officer
from models.person import ConfirmedIdentity, Person, name_shown
from tasks import case_file, silence, triage
from tasks.silence import NextContact

SHOWN = 50
"""Cases on one page."""

FARTHEST = 200
"""Pages one can turn; whoever looks for a case farther down writes a part of its name."""

COUNTED = 5000
"""Cases that are counted where letters are sought; above it is only said that there are more."""

LONGEST = 200
"""Characters that are looked for; no name has more."""

RENEWED = 50
"""Cases counted anew before a list is read, so that what was just written down shows; the clock renews the rest."""

_LEAST_LETTERS = 2


@dataclass(frozen=True, slots=True)
class Row:
    """One case in the list."""

    case: RepatriationCase
    score: int
    contact: NextContact | None
    """When the person must be heard of; None once the case is closed."""


@dataclass(frozen=True, slots=True)
class Browsed:
    """Some of the cases, and how many there are."""

    rows: list[Row]
    names: dict[str, str]
    """Of those found by a name, by reference; a list nobody searched names nobody."""
    total: int
    page: int = 0
    is_sought: bool = False

    @property
    def has_more(self) -> bool:
        """Whether another page follows this one."""
        return (self.page + 1) * SHOWN < self.total and self.page < FARTHEST

    @property
    def is_counted(self) -> bool:
        """Whether `total` is all of them, and not only as many as are counted."""
        return self.total <= COUNTED or not self.is_sought


def cases(q: str, *, reader: Officer, page: int = 0) -> Browsed:
    """
    Return one page of the cases, whose must be looked at first on top; with letters, those whose reference or name
    has them.

    Where a name was sought, the look at each person found is audited.

    Raises:
        case_file.Refused: the reader's duty needs no case.
    """
    if not reader.may(Duty.look_at_cases):
        raise case_file.Refused(f"A host liaison sees exits only; officer {reader.number} may not open cases.")
    sought = " ".join("".join(c for c in unicodedata.normalize("NFKC", q) if c.isprintable()).split())[:LONGEST]
    page = min(max(0, page), FARTHEST)
    triage.renew(at_most=RENEWED)
    with case_file.transaction() as session:
        if not sought:
            total = session.execute(select(func.count()).select_from(CaseUrgency)).scalar_one()
            return Browsed(_rows(session, _ORDERED, page), {}, total, page)
        if _is_of_a_reference(sought) or len(sought) < _LEAST_LETTERS:
            fits = col(CaseUrgency.reference).contains(sought.upper(), autoescape=True)
            total = _counted(session, select(CaseUrgency.reference).where(fits))
            return Browsed(_rows(session, _ORDERED.where(fits), page), {}, total, page, is_sought=True)
        total, query = _named(session, sought)
        rows = _rows(session, query, page)
        names = _names(session, [row.case.reference for row in rows])
        for row in rows:
            case_file.note(session, "person.read", actor=reader.number, about=row.case, ids={"purpose": "search"})
        return Browsed(rows, names, total, page, is_sought=True)


_ORDERED: Select[Any] = (
    select(RepatriationCase, CaseUrgency)
    .join(CaseUrgency, col(CaseUrgency.reference) == RepatriationCase.reference)
    .order_by(col(CaseUrgency.is_closed), col(CaseUrgency.score).desc(), col(CaseUrgency.reference))
)


def _is_of_a_reference(sought: str) -> bool:
    """Return whether letters are a reference's: no name has a digit."""
    return any(c.isdigit() for c in sought) or sought.upper() in LOCAL_ZONES


def _rows(session: Session, query: Select[Any], page: int) -> list[Row]:
    found = session.execute(query.limit(SHOWN).offset(page * SHOWN)).all()
    contacts = silence.due_among(session, [case.reference for case, _ in found])
    return [Row(case, urgency.score, contacts.get(case.reference)) for case, urgency in found]


def _counted(session: Session, references: Select[Any]) -> int:
    """Return how many there are, and one more than are counted where there are more."""
    query = select(func.count()).select_from(references.limit(COUNTED + 1).subquery())
    return int(session.execute(query).scalar_one())


def _named(session: Session, sought: str) -> tuple[int, Select[Any]]:
    """Return how many cases have these letters in a spelling of a name, whatever stands between them, and which."""
    parts = [
        part for each in sought.lower().split() if (part := each.replace("\\", "").replace("%", "").replace("_", ""))
    ]
    if not parts:
        return 0, _ORDERED.where(text("false"))
    fits = col(CaseName.names).like("%" + "%".join(parts) + "%")
    pairs = sorted({part[at : at + 2] for part in parts for at in range(len(part) - 1)})
    few = select(CaseName.reference).where(fits)
    if pairs:
        few = few.where(text("bigrams(case_name.names) @> CAST(:pairs AS text[])").bindparams(pairs=pairs))
    total = _counted(session, few)
    if total <= COUNTED:
        return total, _ORDERED.where(col(RepatriationCase.reference).in_(few))
    # So many have them that whoever walks the list in its order soon has a page of them.
    return total, _ORDERED.join(CaseName, col(CaseName.reference) == CaseUrgency.reference).where(fits)


def _names(session: Session, references: list[str]) -> dict[str, str]:
    """Return the names of some cases' persons by reference, as confirmed, else as reported."""
    stands = col(ConfirmedIdentity.superseded_at).is_(None)
    query = (
        select(RepatriationCase.reference, Person, ConfirmedIdentity)
        .join(Person, col(Person.id) == RepatriationCase.person_id)
        .outerjoin(ConfirmedIdentity, (col(ConfirmedIdentity.reference) == RepatriationCase.reference) & stands)
        .where(col(RepatriationCase.reference).in_(references))
    )
    return {reference: name_shown(person, identity) for reference, person, identity in session.exec(query)}
