"""Verification: who is this, may they be helped openly, and do they wish to go home?"""

from flows.gate import wait_for_decision
from models.case import Step
from tasks import verification


def verify_identity(reference: str) -> None:
    """Ask the registry and the lists, ask the verifying officer, then confirm; a hit goes its own way first."""
    if not verification.is_examined(reference):
        verification.examine(reference)
    if verification.has_open_hits(reference):
        return
    verification.propose_identity(reference)
    wait_for_decision(reference, Step.verification)
    verification.report_lost_passport(reference)
    verification.confirm_identity(reference)


def clear_lookouts(reference: str) -> None:
    """Have the lookout officer decide on a warrant, a notice or a missing-person report before anything else."""
    verification.propose_lookout(reference)
    wait_for_decision(reference, Step.lookout)
