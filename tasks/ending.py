"""Ending a journey: undo in reverse order what was done for it; the person stays in their owner's charge."""

from models.case import CaseStatus
from models.travel_document import DocumentState
from tasks import case_file, decisions
from tasks.calls import read_call
from tasks.funding import reverse_commitments
from tasks.partners.border_control import BorderControl
from tasks.travel_document import holder_of


@read_call
def withdraw_document(reference: str) -> None:
    """Void the document and its number, at the border first, where it may be known already."""
    with case_file.transaction() as session:
        document = case_file.open_document(session, reference)
        if document is None:
            return
        holder = holder_of(session, reference)
    if document.state is not DocumentState.proposed:
        with BorderControl() as border:
            border.register(
                document.number,
                holder,
                instrument=document.instrument.value,
                status="void",
                expires_on=document.expires_on,
            )
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
