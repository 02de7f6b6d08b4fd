"""Duplicates: which open cases may be about one person; they are proposed, and only an officer merges them."""

from sqlmodel import Session, col, select

from models.birth_date import read_birth_date
from models.case import CaseStatus, RepatriationCase
from models.duplicate import CaseMerge, Pair, Sighting, pairs
from models.person import ConfirmedIdentity, Person
from tasks import case_file
from tasks.clock import latest_today
from tasks.findings import likely_of_each


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
        select(RepatriationCase, Person, ConfirmedIdentity.registry_id)
        .join(Person, col(Person.id) == RepatriationCase.person_id)
        .outerjoin(
            ConfirmedIdentity,
            (col(ConfirmedIdentity.person_id) == Person.id) & col(ConfirmedIdentity.superseded_at).is_(None),
        )
        .where(col(RepatriationCase.status).not_in(closed), col(RepatriationCase.reference).not_in(dropped))
        .distinct(col(RepatriationCase.opened_at), col(RepatriationCase.reference))
        .order_by(col(RepatriationCase.opened_at), col(RepatriationCase.reference))
    ).all()
    examined = likely_of_each(session, [case.reference for case, _, confirmed in open_cases if confirmed is None])
    registered = {reference: best.record.registry_id for reference, best in examined.items()}
    return [
        Sighting(
            key=case.reference,
            name_hangul=person.name_hangul,
            name_latin=person.name_latin,
            passport_lookup=person.passport_number_lookup,
            phone_lookup=person.next_of_kin_phone_lookup,
            registry_id=confirmed or registered.get(case.reference),
            born_on=read_birth_date(person.birth_date, today=latest_today()).days if person.birth_date else (),
        )
        for case, person, confirmed in open_cases
    ]


def _told_apart(session: Session) -> set[frozenset[str]]:
    """Return the pairs an officer has separated again: they are two people until somebody merges them anew."""
    separated = select(CaseMerge.reference, CaseMerge.kept).where(col(CaseMerge.unmerged_at).is_not(None))
    return {frozenset(pair) for pair in session.exec(separated)}
