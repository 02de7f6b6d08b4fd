"""What the registry and the lists answered about a case, read back from the last examination."""

from collections.abc import Collection

from sqlmodel import Session, col, select

from models.person import PersonKey
from models.verification import ROUTED_HITS, Candidate, Examination, Findings
from tasks import vault

LIKELY_FROM = 0.5
"""From this score on a candidate is more likely the person than not, so that two reports may be of one."""


def findings_of(session: Session, reference: str) -> Findings | None:
    """Return what the standing examination of a case found; None when nobody was asked yet, or nobody fitted."""
    examination = session.exec(
        select(Examination).where(Examination.reference == reference, col(Examination.superseded_at).is_(None))
    ).first()
    if examination is None:
        return None
    opened = vault.open_(session, examination.person_id, "findings", examination.content_sealed)
    return Findings.model_validate_json(opened)


def likely_of_each(session: Session, references: Collection[str]) -> dict[str, Candidate]:
    """Return the likely candidate of each of many cases that has one, by reference, without a query for each."""
    examined = session.exec(
        select(Examination, PersonKey)
        .join(PersonKey, col(PersonKey.person_id) == Examination.person_id)
        .where(col(Examination.reference).in_(references), col(Examination.superseded_at).is_(None))
    ).all()
    found = {}
    # The keys are held by the session now, and opening asks for none.
    for examination, _ in examined:
        opened = vault.open_(session, examination.person_id, "findings", examination.content_sealed)
        if (best := likely(Findings.model_validate_json(opened))) is not None:
            found[examination.reference] = best
    return found


def likely(findings: Findings | None) -> Candidate | None:
    """Return the candidate who fits best, if they are more likely the person than not."""
    best = findings.candidates[0] if findings is not None and findings.candidates else None
    return best if best is not None and best.score >= LIKELY_FROM else None


def has_alert(findings: Findings) -> bool:
    """Return whether a warrant, a notice or a missing-person report was found."""
    return any(hit.kind in ROUTED_HITS for hit in findings.hits)
