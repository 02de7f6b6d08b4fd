"""Merged cases: what else is on file about the person of a case, read together and never copied."""

from uuid import UUID

from sqlmodel import Session, col, select

from models.case import RepatriationCase
from models.duplicate import CaseMerge

NUMBERS_EACH = 100
"""How many numbers each case has for those close to its person; nobody has a hundred."""


def standing_merge(session: Session, reference: str) -> CaseMerge | None:
    """Return the merge by which a case is dropped now, if it is."""
    return session.exec(
        select(CaseMerge).where(CaseMerge.reference == reference, col(CaseMerge.unmerged_at).is_(None))
    ).first()


def references_of(session: Session, reference: str) -> list[str]:
    """Return a case and those merged into it, whose facts count for it."""
    dropped = session.exec(
        select(CaseMerge.reference)
        .where(CaseMerge.kept == reference, col(CaseMerge.unmerged_at).is_(None))
        .order_by(CaseMerge.reference)
    )
    return [reference, *dropped]


def persons_of(session: Session, person_id: UUID) -> list[UUID]:
    """Return a person as their own case has them, and as the cases merged into it do."""
    also = session.exec(
        select(CaseMerge.person_id)
        .join(RepatriationCase, col(RepatriationCase.reference) == CaseMerge.kept)
        .where(RepatriationCase.person_id == person_id, col(CaseMerge.unmerged_at).is_(None))
    )
    return [person_id, *also]


def numbered_from(session: Session, person_id: UUID) -> dict[UUID, int]:
    """
    Return what is added to the numbers by which officers name somebody close to a person: nothing in their own case.

    In the first case that was ever merged into it a hundred, in the second two hundred, so that number 1 of another
    case is 101 and stays so: a word about one must never be taken for a word about another.
    """
    merges = session.exec(
        select(CaseMerge)
        .join(RepatriationCase, col(RepatriationCase.reference) == CaseMerge.kept)
        .where(RepatriationCase.person_id == person_id)
        .order_by(col(CaseMerge.merged_at), col(CaseMerge.id))
    )
    also = {merge.person_id: at * NUMBERS_EACH for at, merge in enumerate(merges, start=1) if merge.stands}
    return {person_id: 0, **also}
