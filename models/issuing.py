"""Issuing: what must be true of the signatures under a release before a document is sealed, judged from the rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.decision import Basis
from models.officer import Role
from models.policy import BreakGlassRule, Place


@dataclass(frozen=True, slots=True)
class Approval:
    """One approval of exactly the page that is to be sealed, and what is on file about who gave it."""

    persons: frozenset[str]
    """Who signed, and in whose role where it was another's."""
    role: Role
    agency: str
    """Of whose role it is."""
    place: int
    basis: Basis
    is_audited: bool
    """Whether the audit chain has it, with the same digest."""


def fault_of_release(
    approvals: Sequence[Approval],
    *,
    places: Sequence[Place],
    requester: str,
    examiners: frozenset[str],
    break_glass: BreakGlassRule,
) -> str | None:
    """
    Return why these approvals release nothing, in a clause without its full stop; None when they do.

    The same is judged when an answer is taken; here it is judged again by who holds the key, from what was written.
    """
    signed = [who for approval in approvals for who in approval.persons]
    forced = [approval for approval in approvals if approval.basis is Basis.break_glass]
    filled = {
        approval.place
        for approval in approvals
        if approval.place < len(places) and places[approval.place].fits(approval.role, approval.agency)
    }
    faults = {
        "nobody approved it": not approvals or not places,
        "nobody on file examined the identity": not examiners,
        "an approval is not in the audit trail": not all(approval.is_audited for approval in approvals),
        "whoever opened the case approved it": requester in signed,
        "whoever examined the identity approved it; examiner and issuer must be two officers": examiners & set(signed),
        "one officer gave two of its signatures": len(set(signed)) != len(signed),
        "a standing authority releases no document": any(a.basis is Basis.standing_authority for a in approvals),
        "it was forced by another role": not all(approval.role in break_glass.roles for approval in forced),
        "a signature that the policy asks for is missing": not forced and filled != set(range(len(places))),
    }
    return next((words for words, found in faults.items() if found), None)
