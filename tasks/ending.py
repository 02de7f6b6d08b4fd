"""Ending a journey: undo in reverse order what was done for it; the person stays in their owner's charge."""

from models.case import CaseStatus
from tasks import case_file, decisions
from tasks.calls import read_call
from tasks.funding import reverse_commitments


def withdraw_document(reference: str) -> None:
    """Void the document and its number; the border is told next."""
    with case_file.transaction() as session:
        decisions.void_document(session, case_file.load(session, reference, lock=True))


@read_call
def release_funds(reference: str) -> None:
    """Reverse every commitment of the journey."""
    reverse_commitments(reference)


def close(reference: str) -> None:
    """End the journey; the case closes, and the person keeps an owner and a date of next contact."""
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        asking = decisions.open_asking(session, reference)
        if asking is not None:
            decisions.withdraw(session, reference, asking.step)
        case.ending = False
        case_file.move(session, case, CaseStatus.cancelled)
        contact = case_file.whereabouts(session, case.person_id).next_contact_due_at
        case_file.tell(
            session,
            reference,
            f"The journey ended. {case.owner} stays in charge of the person; next contact by "
            f"{contact.to_iso8601_string()}.",
        )
