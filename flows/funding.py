"""Funding: every cost shown, any amount approvable, paid once."""

from flows import links
from flows.gate import wait_for_decision
from models.case import Step
from models.paper import PaperKind
from tasks import decisions, funding


def fund_journey(reference: str) -> None:
    """Estimate, ask, commit, read the order again, pay it once, and read the ticket numbers back."""
    if not decisions.is_proposed(reference, Step.funding):
        funding.propose_costs(reference)
    wait_for_decision(reference, Step.funding)
    funding.commit_funds(reference)
    if not funding.price_still_holds(reference):
        return
    if not funding.is_payment_begun(reference):
        funding.pay_once(reference)
    if funding.is_payment_unsettled(reference):
        funding.find_lost_payment(reference)
    if funding.is_payment_begun(reference):
        links.show(reference, PaperKind.funding_record)
        funding.confirm_carriage(reference)
