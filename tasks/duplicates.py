"""Duplicates: which open cases may be about one person; they are proposed, and only an officer merges them."""

from uuid import UUID

from sqlmodel import Session, col, select

from models.case import CaseStatus, RepatriationCase
from models.duplicate import CaseMerge, Pair, Sighting, pairs
from models.person import ConfirmedIdentity, Person
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
    closed = [CaseStatus.home, CaseStatus.cancelled]
    dropped = select(CaseMerge.reference).where(col(CaseMerge.unmerged_at).is_(None))
    open_cases = session.exec(
        select(RepatriationCase, Person)
        .join(Person, col(Person.id) == RepatriationCase.person_id)
        .where(col(RepatriationCase.status).not_in(closed), col(RepatriationCase.reference).not_in(dropped))
        .order_by(col(RepatriationCase.opened_at), col(RepatriationCase.reference))
    ).all()
    return [
        Sighting(
            key=case.reference,
            name_hangul=person.name_hangul,
            name_latin=person.name_latin,
            passport_lookup=person.passport_number_lookup,
            phone_lookup=person.next_of_kin_phone_lookup,
            registry_id=_registry_id(session, case.reference, person.id),
        )
        for case, person in open_cases
    ]


def _registry_id(session: Session, reference: str, person_id: UUID) -> str | None:
    confirmed = session.exec(
        select(ConfirmedIdentity.registry_id).where(
            ConfirmedIdentity.person_id == person_id, col(ConfirmedIdentity.superseded_at).is_(None)
        )
    ).first()
    if confirmed is not None:
        return confirmed
    best = likely(findings_of(session, reference))
    return best.record.registry_id if best else None


def _told_apart(session: Session) -> set[frozenset[str]]:
    """Return the pairs an officer has separated again: they are two people until somebody merges them anew."""
    separated = select(CaseMerge.reference, CaseMerge.kept).where(col(CaseMerge.unmerged_at).is_not(None))
    return {frozenset(pair) for pair in session.exec(separated)}
