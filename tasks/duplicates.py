"""Duplicates: which open cases may be about one person; they are proposed, and only an officer merges them."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, select

from models.case import CaseStatus, RepatriationCase
from models.duplicate import CaseMerge, Pair, Sighting, pairs
from models.person import ConfirmedIdentity, Person
from models.verification import Examination
from tasks import case_file
from tasks.findings import findings_of, likely


def proposed(*, more: list[Sighting] | None = None) -> list[Pair]:
    """Return which open cases may be of one person; with more sightings, of rows that are not taken in yet."""
    with case_file.transaction() as session:
        sightings = [*_sightings(session), *(more or [])]
        apart = _told_apart(session)
    return [pair for pair in pairs(sightings) if frozenset((pair.first, pair.second)) not in apart]


def held(found: list[Pair]) -> dict[str, Pair]:
    """Return the cases that wait for a word about a duplicate: of two the later one, so that nobody waits for it."""
    waiting: dict[str, Pair] = {}
    for pair in found:
        waiting.setdefault(pair.second, pair)
    return waiting


def _sightings(session: Session) -> list[Sighting]:
    open_cases = session.exec(
        select(RepatriationCase, Person)
        .join(Person, col(Person.id) == RepatriationCase.person_id)
        .where(_is_open())
        .order_by(col(RepatriationCase.opened_at), col(RepatriationCase.reference))
    ).all()
    registry_ids = _registry_ids(session, open_cases)
    return [
        Sighting(
            key=case.reference,
            name_hangul=person.name_hangul,
            name_latin=person.name_latin,
            passport_lookup=person.passport_number_lookup,
            phone_lookup=person.next_of_kin_phone_lookup,
            registry_id=registry_ids.get(case.reference),
        )
        for case, person in open_cases
    ]


def _is_open() -> ColumnElement[bool]:
    dropped = select(CaseMerge.reference).where(col(CaseMerge.unmerged_at).is_(None))
    return and_(
        col(RepatriationCase.status).not_in([CaseStatus.home, CaseStatus.cancelled]),
        col(RepatriationCase.reference).not_in(dropped),
    )


def _registry_ids(session: Session, open_cases: Sequence[tuple[RepatriationCase, Person]]) -> dict[str, str]:
    """Return by reference the registry's person of each case: the confirmed one, else the one who fits best."""
    references = select(RepatriationCase.reference).where(_is_open())
    people = select(RepatriationCase.person_id).where(_is_open())
    confirmed = dict(
        session.exec(
            select(ConfirmedIdentity.person_id, ConfirmedIdentity.registry_id).where(
                col(ConfirmedIdentity.person_id).in_(people), col(ConfirmedIdentity.superseded_at).is_(None)
            )
        ).all()
    )
    examined = set(
        session.exec(
            select(Examination.reference).where(
                col(Examination.reference).in_(references), col(Examination.superseded_at).is_(None)
            )
        )
    )
    found = {}
    for case, person in open_cases:
        if person.id in confirmed:
            found[case.reference] = confirmed[person.id]
        # Sealed, so no query compares it; only what was asked and is not confirmed yet is opened.
        elif case.reference in examined and (best := likely(findings_of(session, case.reference))) is not None:
            found[case.reference] = best.record.registry_id
    return found


def _told_apart(session: Session) -> set[frozenset[str]]:
    """Return the pairs an officer has separated again: they are two people until somebody merges them anew."""
    separated = select(CaseMerge.reference, CaseMerge.kept).where(col(CaseMerge.unmerged_at).is_not(None))
    return {frozenset(pair) for pair in session.exec(separated)}
