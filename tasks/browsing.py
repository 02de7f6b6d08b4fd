"""Browsing: the cases an officer may look at, found by reference or by part of a name in any script."""

import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, text
from sqlalchemy import select as select_from
from sqlalchemy.orm import Mapped, load_only
from sqlalchemy.sql.base import ReadOnlyColumnCollection
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

_TOP = 500
"""Cases at the top of the list that are looked through before all that fit are brought together."""

LONGEST = 200
"""Characters that are looked for; no name has more."""

RENEWED = 50
"""Cases counted anew before a list is read, so that what was just written down shows; the clock renews the rest."""

_FEW = 2000
"""Cases that are put in order after they were found; of more, the list is read in its order until a page is full."""


@dataclass(frozen=True, slots=True)
class Row:
    """One case in the list."""

    case: RepatriationCase
    score: int
    contact: NextContact | None
    """When the person must be heard of; None once they are home, or care has ended."""


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
        # Starting helpers takes longer than what they would save here.
        session.execute(text("SET LOCAL max_parallel_workers_per_gather = 0"))
        if not sought:
            total = session.execute(select(func.count()).select_from(CaseUrgency)).scalar_one()
            return Browsed(_rows(session, _LISTED, page), {}, total, page)
        if _is_of_a_reference(sought):
            return _by_reference(session, sought.upper(), page)
        found = _by_name(session, sought.lower(), page)
        for row in found.rows:
            case_file.note(session, "person.read", actor=reader.number, about=row.case, ids={"purpose": "search"})
        return found


_LISTED: Select[Any] = select(CaseUrgency.is_closed, CaseUrgency.score, CaseUrgency.reference)


_NAMED: tuple[Any, ...] = (col(Person.name_hangul), col(Person.name_latin))
_CONFIRMED: tuple[Any, ...] = tuple(
    col(name)
    for name in (
        ConfirmedIdentity.surname_hangul, ConfirmedIdentity.given_hangul,
        ConfirmedIdentity.surname_latin, ConfirmedIdentity.given_latin,
    )
)  # fmt: skip


def _is_of_a_reference(sought: str) -> bool:
    """Return whether letters are a reference's: no name has a digit, and none is one letter of ASCII."""
    return any(c.isdigit() for c in sought) or sought.upper() in LOCAL_ZONES or (len(sought) == 1 and sought.isascii())


def _rows(session: Session, listed: Select[Any], page: int) -> list[Row]:
    """Return one page of those listed, in the list's order; the rest of a case is read for that page alone."""
    among = listed.subquery()
    of_page = select_from(among).order_by(*_order(among.c)).limit(SHOWN).offset(page * SHOWN).subquery()
    query = (
        select(RepatriationCase, of_page.c.score)
        .join(of_page, of_page.c.reference == RepatriationCase.reference)
        .order_by(*_order(of_page.c))
    )
    found = session.execute(query).all()
    contacts = silence.due_among(session, [case.reference for case, _ in found]) if found else {}
    return [Row(case, score, contacts.get(case.reference)) for case, score in found]


def _order(listed: ReadOnlyColumnCollection[str, Any]) -> tuple[ColumnElement[Any], ...]:
    """Return whose must be looked at first; those nobody waits for any more last."""
    return listed.is_closed, listed.score.desc(), listed.reference


def _counted(session: Session, references: Select[Any]) -> int:
    """Return how many there are, and one more than are counted where there are more."""
    query = select(func.count()).select_from(references.limit(COUNTED + 1).subquery())
    return int(session.execute(query).scalar_one())


def _by_reference(session: Session, sought: str, page: int) -> Browsed:
    """Return one page of the cases whose reference has these letters."""

    def fits(reference: Mapped[str]) -> ColumnElement[bool]:
        if len(sought) == 1 and sought.isalpha():
            # A country's, of which all cases have it or none.
            return or_(false(), *(reference.startswith(country) for country in LOCAL_ZONES if sought in country))
        return reference.contains(sought, autoescape=True)

    reference = col(CaseName.reference)
    # Country and year are those of very many; where a number was written, it tells more than they do.
    number = sought.rpartition("-")[2]
    grouped = _grouped("reference", [number if len(number) > 1 else sought])
    fitting = select(reference).where(fits(reference), *grouped)
    total = _counted(session, fitting)
    listed = col(CaseUrgency.reference)
    among = _LISTED.where(listed.in_(fitting) if total <= _FEW else fits(listed))
    return Browsed(_rows(session, among, page) if total else [], {}, total, page, is_sought=True)


def _by_name(session: Session, sought: str, page: int) -> Browsed:
    """Return one page of the cases that have these letters in a spelling of a name, whatever stands between them."""
    parts = [part for each in sought.split() if (part := each.replace("\\", "").replace("%", "").replace("_", ""))]
    if not parts:
        return Browsed([], {}, 0, page, is_sought=True)
    pattern = "%" + "%".join(parts) + "%"
    fitting = select(CaseName.reference).where(col(CaseName.names).like(pattern), *_grouped("names", parts))
    total = _counted(session, fitting)
    among = col(CaseUrgency.reference).in_(fitting)
    rows: list[Row] = []
    if total > _FEW:
        # So many have them that the top of the list may have a page of them.
        top = _LISTED.order_by(*_order(_LISTED.selected_columns.as_readonly())).limit(_TOP).subquery()
        # Asked of each, so that the database looks up these few and reads nobody else's names.
        named = select(CaseName.names).where(col(CaseName.reference) == top.c.reference).scalar_subquery()
        rows = _rows(session, select_from(top).where(named.like(pattern)), page)
        # Else all that fit are kept at hand while the list is walked in its order, which ends at a page of them; a test
        # of the answer, and not the answer, is what makes the database do so.
        among = among.is_(True)
    if total and len(rows) < SHOWN:
        rows = _rows(session, _LISTED.where(among), page)
    names = _names(session, [row.case.reference for row in rows]) if rows else {}
    return Browsed(rows, names, total, page, is_sought=True)


def _grouped(column: str, parts: list[str]) -> list[ColumnElement[bool]]:
    """Return what the index knows about parts: their pairs of letters, and of one letter itself beyond ASCII."""
    groups = {part[at : at + 2] for part in parts for at in range(len(part) - 1)}
    groups |= {part for part in parts if len(part) == 1 and not part.isascii()}
    if not groups:
        return []
    held: ColumnElement[bool] = text(f"letter_groups(case_name.{column}) @> CAST(:groups AS text[])")  # type: ignore[assignment]
    return [held.bindparams(groups=sorted(groups))]


def _names(session: Session, references: list[str]) -> dict[str, str]:
    """Return the names of some cases' persons by reference, as confirmed, else as reported."""
    stands = col(ConfirmedIdentity.superseded_at).is_(None)
    query = (
        select(RepatriationCase.reference, Person, ConfirmedIdentity)
        .join(Person, col(Person.id) == RepatriationCase.person_id)
        .outerjoin(ConfirmedIdentity, (col(ConfirmedIdentity.reference) == RepatriationCase.reference) & stands)
        .where(col(RepatriationCase.reference).in_(references))
        .options(load_only(*_NAMED), load_only(*_CONFIRMED))
    )
    return {reference: name_shown(person, identity) for reference, person, identity in session.exec(query)}
