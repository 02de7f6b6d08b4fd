"""Screened: what is on file of a person's screenings, and the memo that goes with the file of a suspect."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from models.case import HOME_ZONE, RepatriationCase
from models.officer import Duty, Officer
from models.person import Category
from models.screening import Finding, Screening, ScreeningContent, VictimMemo
from models.verification import Examination, HitKind, LookoutHit
from tasks import case_file, vault

NOT_SCREENED = "NOT SCREENED"
"""What a decider reads where nobody has asked yet."""


def latest(session: Session, person_id: UUID) -> Screening | None:
    """Return the newest screening of a person, in whichever of their merged cases; later facts count."""
    return next(iter(all_of(session, person_id)), None)


def all_of(session: Session, person_id: UUID) -> Sequence[Screening]:
    """Return every screening of a person, in whichever of their merged cases, the newest first."""
    persons = case_file.persons_of(session, person_id)
    rows = select(Screening).where(col(Screening.person_id).in_(persons))
    return session.exec(rows.order_by(col(Screening.recorded_at).desc())).all()


def content_of(session: Session, row: Screening) -> ScreeningContent:
    """Return what a screening says."""
    opened = vault.open_(session, row.person_id, "screening", row.content_sealed)
    return ScreeningContent.model_validate_json(opened)


def finding(session: Session, row: Screening) -> Finding:
    """Return what a screening found."""
    return content_of(session, row).finding


def shown(reference: str, *, reader: Officer) -> list[tuple[Screening, ScreeningContent]]:
    """
    Return every screening of a person, the newest first; the reading is audited.

    Raises:
        case_file.Refused: the reader's duty needs none.
    """
    case_file.refuse_without(Duty.read_the_screening, reader)
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        case_file.note(session, "screening.read", actor=reader.number, about=case, ids={"purpose": "screening"})
        return [(row, content_of(session, row)) for row in all_of(session, case.person_id)]


def state(session: Session, case: RepatriationCase) -> str:
    """Return in one line whether the person was screened and what was found, for those who decide who they are."""
    row = latest(session, case.person_id)
    if row is None:
        return NOT_SCREENED
    return f"{finding(session, row).words}; {row.recorded_by}, {_day(row)}"


def is_suspected(session: Session, case: RepatriationCase) -> bool:
    """Return whether the person is a suspect, by what is on file or by a warrant or notice that stands."""
    if Category.suspect in case_file.categories(session, case.person_id):
        return True
    standing = select(LookoutHit).where(
        LookoutHit.reference == case.reference,
        col(LookoutHit.kind).in_([HitKind.arrest_warrant, HitKind.red_notice]),
        col(LookoutHit.superseded_at).is_(None),
    )
    return session.exec(standing.limit(1)).first() is not None


def memo(session: Session, case: RepatriationCase) -> VictimMemo | None:
    """Return the memo that goes with the file of a person who is suspected and was found a victim; else none."""
    row = latest(session, case.person_id)
    if row is None or not is_suspected(session, case):
        return None
    content = content_of(session, row)
    if content.finding not in (Finding.presumed, Finding.confirmed):
        return None
    return VictimMemo(
        finding=content.finding,
        indicators=content.indicators,
        screened_on=_day(row),
        screened_by=row.recorded_by,
    )


def _day(row: Screening) -> str:
    return f"{row.screened_at.in_timezone(HOME_ZONE):%Y-%m-%d}"


def needs_no_word(session: Session, case: RepatriationCase) -> bool:
    """Return whether an arrest warrant stands that a lookout officer has routed: it is executed without consent."""
    return any(hit.decision_id is not None for hit in _warrants(session, case))


def may_need_no_word(session: Session, case: RepatriationCase) -> bool:
    """Return whether a warrant stands, or may because no list was asked yet; then a word stops nothing at once."""
    mine = Examination.reference == case.reference
    asked = select(Examination).where(mine, col(Examination.superseded_at).is_(None))
    return session.exec(asked.limit(1)).first() is None or bool(_warrants(session, case))


def _warrants(session: Session, case: RepatriationCase) -> list[LookoutHit]:
    standing = select(LookoutHit).where(
        LookoutHit.reference == case.reference,
        LookoutHit.kind == HitKind.arrest_warrant,
        col(LookoutHit.superseded_at).is_(None),
    )
    return list(session.exec(standing).all())
