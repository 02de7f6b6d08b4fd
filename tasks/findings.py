"""What the registry and the lists answered about a case, read back from the last examination."""

from sqlmodel import Session, col, select

from models.verification import ROUTED_HITS, Candidate, Examination, Findings
from tasks import vault

FITS_FROM = 0.55
"""From this score on somebody in the registry may be the person; below it nobody was found."""

FITS_WELL_FROM = 0.8
"""From this score on a candidate is taken for the person until an officer says otherwise."""


def findings_of(session: Session, reference: str) -> Findings | None:
    """Return what the standing examination of a case found; None when nobody was asked yet, or nobody fitted."""
    examination = session.exec(
        select(Examination).where(Examination.reference == reference, col(Examination.superseded_at).is_(None))
    ).first()
    if examination is None:
        return None
    opened = vault.open_(session, examination.person_id, "findings", examination.content_sealed)
    return Findings.model_validate_json(opened)


def best_fit(findings: Findings | None, *, at_least: float) -> Candidate | None:
    """Return the candidate who fits best, if one has this score."""
    best = findings.candidates[0] if findings is not None and findings.candidates else None
    return best if best is not None and best.score >= at_least else None


def has_alert(findings: Findings) -> bool:
    """Return whether a warrant, a notice or a missing-person report was found."""
    return any(hit.kind in ROUTED_HITS for hit in findings.hits)
