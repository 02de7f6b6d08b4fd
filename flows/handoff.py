"""Handoff: somebody named receives the person, and the paper is taken out of circulation."""

from flows import links
from flows.gate import wait_for_decision
from models.case import Step
from models.paper import PaperKind
from tasks import decisions, handoff


def hand_over(reference: str) -> None:
    """Have a receiver ready, ask the receiving officer to sign on landing, then bring the case home."""
    if not decisions.is_proposed(reference, Step.handoff):
        handoff.propose_receipt(reference)
    wait_for_decision(reference, Step.handoff)
    links.show(reference, PaperKind.handoff_receipt)
    handoff.complete(reference)
