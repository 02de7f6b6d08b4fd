"""The travel document: authorised before seats are sought, released once carriage is confirmed."""

from flows import links
from flows.gate import wait_for_decision
from models.case import Step
from models.paper import PaperKind
from tasks import booking, decisions, travel_document


def authorise_document(reference: str) -> None:
    """Reserve a number, ask the authorising officer, then tell the border and draw a draft; nothing valid exists."""
    travel_document.void_at_border(reference)
    if not decisions.is_proposed(reference, Step.authorise):
        travel_document.propose_authorisation(reference)
    wait_for_decision(reference, Step.authorise)
    travel_document.announce(reference)
    links.show(reference, PaperKind.travel_document_draft)
    travel_document.authorise(reference)


def release_document(reference: str) -> None:
    """Gather what must be true first, ask the issuing officer, then store and register the very page approved."""
    if not decisions.is_proposed(reference, Step.release):
        # What the carrier must know of may have changed since the seats were agreed.
        booking.settle_with_carrier(reference)
        travel_document.propose_release(reference)
    wait_for_decision(reference, Step.release)
    links.show(reference, PaperKind.travel_document)
    travel_document.release(reference)
