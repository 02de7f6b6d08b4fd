"""Validity: why a case's document must be valid for more than the usual days, and for how many it may be."""

from sqlmodel import Session, col, select

from models.case import RepatriationCase, Step
from models.travel_document import DocumentState
from models.validity import LONGEST_DAYS, VALID_FOR_DAYS, LongerReason, LongerValidity
from tasks import case_file, decisions, vault
from tasks.clock import now

_SEALED_AS = "validity"
_LONGEST_WORDS = 1000


def record(reference: str, *, days: int, reason: LongerReason, words: str, officer: str) -> None:
    """
    Write down for how many days a case's document may be valid and why; what was decided on fewer is asked anew.

    Raises:
        case_file.Refused: no such days, no words, or the holder has left with a document already.
    """
    if not VALID_FOR_DAYS <= days <= LONGEST_DAYS:
        raise case_file.Refused(f"A document is valid for {VALID_FOR_DAYS} to {LONGEST_DAYS} days; correct --days.")
    words = " ".join(words.split())
    if not words or len(words) > _LONGEST_WORDS:
        raise case_file.Refused(
            f"Say why in {_LONGEST_WORDS} characters at most, with --reason; an officer decides on it."
        )
    with case_file.transaction() as session:
        case = case_file.load_open(session, reference)
        at = now()
        if case_file.is_travelling(session, reference, at=at) or case_file.is_out_of_reach(session, reference, at=at):
            raise case_file.Refused(f"The holder of {reference} has left; their document stands as it is.")
        session.add(
            LongerValidity(
                reference=reference,
                person_id=case.person_id,
                days=days,
                reason=reason,
                words_sealed=vault.seal(session, case.person_id, _SEALED_AS, words.encode()),
                recorded_at=at,
                recorded_by=officer,
            )
        )
        ids = {"days": str(days), "reason": reason.value}
        case_file.note(session, "validity.recorded", actor=officer, about=case, ids=ids)
        case_file.tell(session, reference, f"{officer} asks for a document valid for up to {days} days.")
        document = case_file.open_document(session, reference)
        if document is not None and document.state is DocumentState.proposed:
            decisions.withdraw(session, reference, Step.authorise)
        elif document is not None:
            # Its days were decided on; a number that named a person is never used again.
            decisions.replace_sheet(session, case)


def days_of(session: Session, reference: str) -> int:
    """Return for how many days a case's document may be valid."""
    found = _latest(session, reference)
    return found.days if found is not None else VALID_FOR_DAYS


def words_of(session: Session, case: RepatriationCase) -> str | None:
    """Return for how many days more than usual a document may be valid and why, as a decider reads it; else None."""
    found = _latest(session, case.reference)
    if found is None or found.days == VALID_FOR_DAYS:
        return None
    said = vault.open_text(session, case.person_id, _SEALED_AS, found.words_sealed)
    return f"up to {found.days} days, {found.reason.value}: {said} ({found.recorded_by})"


def _latest(session: Session, reference: str) -> LongerValidity | None:
    rows = select(LongerValidity).where(LongerValidity.reference == reference)
    return session.exec(rows.order_by(col(LongerValidity.recorded_at).desc()).limit(1)).first()
