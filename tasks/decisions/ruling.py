"""Ruling: a question asked under a rule that has changed since is closed, so that the run asks it under the new one."""

from sqlmodel import Session, col, select

from models.case import RepatriationCase, Step
from models.decision import Asking, Proposal
from models.person import PersonCategory
from models.terms import difference, terms_of
from tasks import case_file, signatures
from tasks.decisions import proposals
from tasks.policy import outdated, policy


def close_if_rule_changed(session: Session, case: RepatriationCase) -> str | None:
    """Close the open question of a case that was asked under another rule than the present one; return what differs."""
    asking = proposals.open_asking(session, case.reference)
    if asking is None or outdated(session) is not None:
        return None
    changed = signatures.rule_changed(session, case, session.get_one(Proposal, asking.proposal_id))
    if changed is not None:
        proposals.close_question(session, case.reference)
    return changed


def close_where_rule_changed() -> list[str]:
    """Close each open question that was asked under another rule than the present one; return the cases."""
    return [reference for reference in _suspected() if _close(reference)]


def _close(reference: str) -> bool:
    with case_file.transaction() as session:
        # Whoever holds the case may be recording a decision; it is looked at again afterwards.
        return close_if_rule_changed(session, case_file.load(session, reference, lock=True)) is not None


def _suspected() -> list[str]:
    """Return the cases whose question names other deciders than the policy does: two queries, however many wait."""
    categories: dict[object, list[PersonCategory]] = {}
    with case_file.transaction() as session:
        for held in session.exec(select(PersonCategory).where(col(PersonCategory.removed_at).is_(None))):
            categories.setdefault(held.person_id, []).append(held)
        waiting = session.exec(
            select(Asking.reference, Proposal)
            .join(Proposal, col(Proposal.id) == Asking.proposal_id)
            .where(col(Asking.closed_at).is_(None))
            .order_by(Asking.reference)
        ).all()
        examined = [reference for reference, proposal in waiting if proposal.step is Step.verification]
        in_doubt = signatures.in_doubt_among(session, examined)
    return [
        reference
        for reference, proposal in waiting
        if difference(
            signatures.terms(proposal),
            terms_of(
                policy().rule_for(
                    proposal.step,
                    [held.category for held in categories.get(proposal.person_id, [])],
                    in_doubt=reference in in_doubt,
                )
            ),
        )
    ]
