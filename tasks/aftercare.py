"""Aftercare: somebody whose journey was stopped is heard of again and again, until an officer says why no more."""

from models.case import CareEnd, CaseStatus
from models.message import AlarmKind
from tasks import alarms, case_file
from tasks.clock import now


def end_care(reference: str, *, reason: CareEnd, officer: str) -> None:
    """
    Write down why nothing more is to be done for the person; from then on nobody waits to hear of them.

    Raises:
        case_file.Refused: the journey was not stopped, care has ended already, or the case is merged into another.
    """
    if reason is CareEnd.erased:
        raise case_file.Refused("To erase a person is an act of its own; use `homeward case erase`.")
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        case_file.refuse_merged(session, case)
        if case.status is not CaseStatus.cancelled:
            raise case_file.Refused(f"The journey of {reference} was not stopped; care ends when the person is home.")
        if not case.is_in_care:
            raise case_file.Refused(f"Care for the person of {reference} has ended already.")
        case.care_ended_at, case.care_ended_by, case.care_ended_for = now(), officer, reason
        session.add(case)
        alarms.clear_of(session, case, AlarmKind.contact_overdue)
        case_file.note(session, "care.ended", actor=officer, about=case, ids={"reason": reason.value})
        case_file.tell(session, reference, f"Care for the person was ended by {officer}.")
