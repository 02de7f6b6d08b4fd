"""
Care: whether a person is fit to fly, as officers write it down later, and seats that are asked about anew.

Each takes away what was proposed on the fact that changed and is not carried out; the door then rings the run's bell.
"""

import pendulum
from sqlmodel import Session

from models.case import RepatriationCase, Step
from models.clearance import MedicalClearance
from tasks import case_file, decisions, medical, representation
from tasks.clock import now
from tasks.policy import policy


def clear_to_fly(
    reference: str,
    *,
    fit: bool,
    given_by: str,
    examined_at: pendulum.DateTime,
    valid_until: pendulum.DateTime,
    officer: str,
) -> None:
    """
    Write down what was found about a patient's fitness to fly, and until when it holds.

    Raises:
        case_file.Refused: the person is no patient, or the period cannot be.
    """
    at, longest = now(), pendulum.duration(days=policy().medical.clearance_days)
    if not given_by.strip() or len(given_by) > 80:
        raise case_file.Refused("Say in a few words by what office it was found, such as medical officer: --by.")
    if examined_at > at:
        raise case_file.Refused("Nobody was examined in the future; correct --examined-at.")
    if valid_until <= at:
        raise case_file.Refused("That clearance has lapsed already; correct --valid-until, or have one made anew.")
    if valid_until > examined_at + longest:
        raise case_file.Refused(
            f"A clearance holds for {longest.days} days from the examination at most; give an earlier --valid-until."
        )
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        case_file.refuse_closed(case)
        if not medical.is_patient(session, case):
            raise case_file.Refused(f"The person is no patient; first `homeward case category {reference} patient`.")
        session.add(
            MedicalClearance(
                reference=reference, fit=fit, given_by=given_by.strip(), examined_at=examined_at,
                valid_until=valid_until, recorded_at=at, recorded_by=officer,
            )
        )  # fmt: skip
        session.flush()
        case_file.note(session, "clearance.recorded", actor=officer, about=case, values={"fit": str(fit)})
        # Every role reads the timeline, and that a doctor looked tells of a patient.
        words = f"What is on file about the person was changed by {officer}."
        case_file.tell(session, reference, words, happened_at=examined_at)
        if fit:
            _propose_anew(session, case)
        else:
            ask_about_seats_anew(session, case, said=_UNFIT)


def _propose_anew(session: Session, case: RepatriationCase) -> None:
    """Take away what was proposed under the old clearance, where it is not carried out."""
    booking = case_file.live_booking(session, case.reference)
    if booking is None or not case_file.is_agreed(session, booking, at=now()):
        decisions.withdraw(session, case.reference, Step.booking)
    decisions.withdraw(session, case.reference, Step.release)


_UNFIT = "A doctor does not let the person fly now; wait for a new clearance or change the seats, then go on."


def ask_about_seats_anew(session: Session, case: RepatriationCase, *, said: str) -> None:
    """
    Have the travel officer decide on the seats anew; once they are paid, the coordinator, until boarding.

    Why, `said` tells the coordinator alone, sealed: every role reads what stands in the way of a case.
    """
    booking = case_file.live_booking(session, case.reference)
    paid = booking is not None and case_file.is_payment_begun(session, booking)
    if booking is not None and not paid:
        booking.agreed_until = now()
        session.add(booking)
        # The question that waits may be a later step's; the seats come first again.
        decisions.close_question(session, case.reference)
        decisions.withdraw(session, case.reference, Step.booking)
    decisions.withdraw(session, case.reference, Step.release)
    if paid and not case_file.is_travelling(session, case.reference, at=now()):
        step = decisions.close_question(session, case.reference) or Step.release
        words = representation.INCOMPLETE
        representation.ask_quietly(session, case, step, code="file_incomplete", words=words, said=said)
