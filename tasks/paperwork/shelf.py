"""The shelf: papers stored as their very bytes, sealed and hashed, version after version."""

import hashlib
from dataclasses import dataclass

import pendulum
from sqlalchemy import func
from sqlmodel import Session, col, select

from models.case import RepatriationCase
from models.officer import Officer
from models.paper import Paper, PaperKind, may_read
from tasks import case_file, vault
from tasks.clock import now
from tasks.settings import Mode, settings


def is_specimen() -> bool:
    """Return whether papers must show that they are not real."""
    return settings().mode is Mode.drill


def address(reference: str, kind: PaperKind) -> str:
    """Return the stable address of a paper at the desk; whoever opens it must sign in."""
    return f"{settings().desk_url}/papers/{reference}/{kind.value}"


def store(
    session: Session,
    case: RepatriationCase,
    kind: PaperKind,
    pdf: bytes,
    *,
    number: str | None = None,
    template: int = 1,
    made_at: pendulum.DateTime | None = None,
) -> Paper:
    """
    Store a new version of a paper, sealed and hashed; the version before is superseded, never lost.

    `template` is the version of the template it was drawn with; `made_at`, where given, is the moment it prints.
    """
    at, sha256 = made_at or now(), hashlib.sha256(pdf).hexdigest()
    before = current(session, case.reference, kind)
    if before is not None:
        if before.sha256 == sha256:
            return before
        before.superseded_at = at
        session.add(before)
        session.flush()
    paper = Paper(
        reference=case.reference,
        person_id=case.person_id,
        kind=kind,
        version=_latest_version(session, case.reference, kind) + 1,
        template=template,
        number_sealed=vault.seal_text(session, case.person_id, "paper_number", number) if number else None,
        bytes_sealed=vault.seal(session, case.person_id, f"paper:{kind}", pdf),
        sha256=sha256,
        made_at=at,
    )
    session.add(paper)
    session.flush()
    case_file.note(
        session,
        "paper.stored",
        actor=case_file.RUN,
        about=case,
        ids={"kind": kind.value, "version": str(paper.version), "sha256": sha256},
    )
    return paper


def _latest_version(session: Session, reference: str, kind: PaperKind) -> int:
    versions = select(func.max(Paper.version)).where(Paper.reference == reference, Paper.kind == kind)
    return session.exec(versions).one() or 0


def withdraw(session: Session, case: RepatriationCase, paper: Paper) -> None:
    """Take a paper from the shelf that should not exist any more; its bytes are kept."""
    paper.superseded_at = now()
    session.add(paper)
    session.flush()
    ids = {"kind": paper.kind.value, "version": str(paper.version)}
    case_file.note(session, "paper.withdrawn", actor=case_file.RUN, about=case, ids=ids)


def refuse_abroad(officer: Officer, reference: str) -> None:
    """
    Keep a host liaison to the country they serve.

    Raises:
        case_file.Refused: the case is another country's.
    """
    if not officer.sees_cases_of(reference[:3]):
        raise case_file.Refused(
            f"Officer {officer.number} is the liaison of {officer.country or 'no country'} and sees papers of its "
            "cases only."
        )


def current(session: Session, reference: str, kind: PaperKind) -> Paper | None:
    """Return the paper of a kind that nothing supersedes."""
    return session.exec(
        select(Paper).where(Paper.reference == reference, Paper.kind == kind, col(Paper.superseded_at).is_(None))
    ).first()


@dataclass(frozen=True, slots=True)
class Listed:
    """A current paper in a list."""

    kind: PaperKind
    number: str | None
    version: int
    sha256: str
    made_at: pendulum.DateTime


def listed(reference: str) -> list[Listed]:
    """Return the current papers of a case in the order of their kinds."""
    with case_file.transaction() as session:
        case_file.load(session, reference)
        papers = session.exec(select(Paper).where(Paper.reference == reference, col(Paper.superseded_at).is_(None)))
        found = [Listed(p.kind, number_of(session, p), p.version, p.sha256, p.made_at) for p in papers]
        return sorted(found, key=lambda paper: list(PaperKind).index(paper.kind))


def number_of(session: Session, paper: Paper) -> str | None:
    """Return a paper's document number, record locator or commitment id, where it has one."""
    if paper.number_sealed is None:
        return None
    return vault.open_text(session, paper.person_id, "paper_number", paper.number_sealed)


def document_status(reference: str) -> str:
    """Return the state of the case's travel document in one word."""
    with case_file.transaction() as session:
        document = case_file.open_document(session, reference)
        return document.state.value if document else "none"


def read(reference: str, kind: PaperKind, *, officer: Officer) -> tuple[Paper, bytes] | None:
    """
    Return a current paper with its bytes, checked against their hash, and note who read it; None when there is none.

    Raises:
        case_file.Refused: the officer's duty does not need it.
        vault.SealBroken: the bytes are not the ones that were stored.
    """
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        refuse_abroad(officer, reference)
        if not may_read(officer, kind):
            raise case_file.Refused(f"The {kind} is not among the papers officer {officer.number} needs.")
        paper = current(session, reference, kind)
        if paper is None:
            return None
        pdf = vault.open_(session, paper.person_id, f"paper:{kind}", paper.bytes_sealed)
        if hashlib.sha256(pdf).hexdigest() != paper.sha256:
            raise vault.SealBroken(f"the {kind} of {reference} is not the one that was stored")
        ids = {"purpose": "a paper of their duty", "kind": kind.value, "version": str(paper.version)}
        case_file.note(session, "paper.read", actor=officer.number, about=case, ids=ids)
        return paper, pdf
