"""What was approved, as the signer finds it in the case database; nothing the caller says is taken for granted."""

import json
from dataclasses import dataclass
from uuid import UUID

import pendulum
from sqlmodel import Session, col, select

from models.audit import AuditEvent
from models.case import RepatriationCase, Step
from models.decision import Decision, Outcome, Proposal, digest_of
from models.issuing import Approval, fault_of_release
from models.officer import Officer
from models.travel_document import DocumentState, ReleaseProposal
from models.validity import is_too_long
from tasks import case_file, paperwork, signatures, validity, vault
from tasks.papers.travel_document import TravelDocumentContent
from tasks.policy import policy


class WillNotSign(Exception):
    """What is asked for is not what was approved; the text is one clause and names nobody."""


@dataclass(frozen=True, slots=True)
class Approved:
    """A page somebody approved, drawn again and found to be the very one."""

    case: RepatriationCase
    proposal: Proposal
    content: TravelDocumentContent
    page_sha256: str


def approved(session: Session, reference: str, proposal_id: UUID, *, at: pendulum.DateTime) -> Approved:
    """
    Return what the officers of a case approved for release.

    Raises:
        WillNotSign: it was not, or not by two officers, or the page drawn now is another one.
        case_file.UnknownCase: no such case.
    """
    case = case_file.load(session, reference)
    proposal = session.get(Proposal, proposal_id)
    if proposal is None or proposal.reference != reference or proposal.step is not Step.release:
        raise WillNotSign("nothing was proposed for release under that id")
    if proposal.superseded_at is not None or (proposal.valid_until is not None and at >= proposal.valid_until):
        raise WillNotSign("what was proposed was taken away or has lapsed")
    content = _content(session, proposal)
    if (fault := _fault_of_approvals(session, case, proposal)) is not None:
        raise WillNotSign(fault)
    document = case_file.require_document(session, reference)
    if document.number != content.number or document.state not in (DocumentState.authorised, DocumentState.valid):
        raise WillNotSign("the document is no longer the one that was approved")
    if is_too_long(content.issued_on, content.expires_on, days=validity.days_of(session, reference)):
        raise WillNotSign("it would be valid for more days than there is a reason on file for")
    page = paperwork.approved_page(session, reference, content)
    if page.sha256 != content.page_sha256:
        raise WillNotSign("the page drawn from the case's facts is not the one that was approved")
    return Approved(case, proposal, page.content, page.sha256)


def _content(session: Session, proposal: Proposal) -> ReleaseProposal:
    """Return what was proposed, after its digest was computed anew over what is stored."""
    stored = vault.open_(session, proposal.person_id, f"proposal:{proposal.step}", proposal.content_sealed)
    if digest_of(json.loads(stored)) != proposal.digest:
        raise WillNotSign("what was proposed does not have the digest that was decided on")
    return ReleaseProposal.model_validate_json(stored)


def _fault_of_approvals(session: Session, case: RepatriationCase, proposal: Proposal) -> str | None:
    identity = case_file.identity(session, case.reference)
    confirmed = session.get(Decision, identity.decision_id) if identity is not None else None
    if confirmed is None or (confirmed.reference, confirmed.step) != (case.reference, Step.verification):
        return "the identity was confirmed by no decision of this case"
    examined = select(Decision).where(
        Decision.proposal_id == (confirmed.proposal_id if confirmed else None), Decision.outcome == Outcome.approve
    )
    examiners = {who for decision in session.exec(examined) for who in _persons(decision)}
    return fault_of_release(
        [_approval(session, decision) for decision in signatures.given(session, proposal)],
        places=signatures.terms(proposal).places,
        requester=case.opened_by,
        examiners=frozenset(examiners),
        break_glass=policy().break_glass,
    )


def _approval(session: Session, decision: Decision) -> Approval:
    holder = session.get_one(Officer, decision.acting_for or decision.officer)
    said = {"decision_id": str(decision.id), "digest": decision.digest, "outcome": Outcome.approve.value}
    event = session.exec(
        select(AuditEvent.seq).where(
            AuditEvent.action == "decision.recorded",
            AuditEvent.reference == decision.reference,
            AuditEvent.actor == decision.officer,
            col(AuditEvent.fields).contains(said),
        )
    ).first()
    return Approval(
        persons=_persons(decision),
        role=decision.role,
        agency=holder.agency,
        place=decision.place,
        basis=decision.basis,
        is_audited=event is not None,
    )


def _persons(decision: Decision) -> frozenset[str]:
    return frozenset({decision.officer, decision.acting_for} - {None})  # type: ignore[arg-type]
