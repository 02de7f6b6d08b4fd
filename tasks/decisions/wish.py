"""The person's own word: a no against returning stops the journey until boarding, whatever else is asked meanwhile."""

from sqlmodel import Session

from models.case import RepatriationCase, Step
from models.person import DECLARATION_WITHDRAWN, Wish
from tasks import case_file, screened
from tasks.clock import now
from tasks.decisions.gate import open_trouble


def stops(session: Session, case: RepatriationCase) -> bool:
    """Return whether the last word is not to return and may still stop the journey; no warrant is lifted by it."""
    declared = case_file.declaration(session, case.person_id)
    return (
        declared is not None
        and declared.wish is not Wish.return_home
        and not case.ending
        and _may_be_stopped(session, case)
        and not screened.may_need_no_word(session, case)
    )


def heed(session: Session, case: RepatriationCase, step: Step) -> None:
    """Ask the coordinator about a no that stops, unless something else is asked of them; after that it is this."""
    if stops(session, case) and case_file.open_trouble(session, case.reference) is None:
        words = "The person does not wish to return; speak with them, then go on or stop."
        open_trouble(session, case, step, code=DECLARATION_WITHDRAWN, words=words)


def _may_be_stopped(session: Session, case: RepatriationCase) -> bool:
    booking = case_file.live_booking(session, case.reference)
    document = case_file.open_document(session, case.reference)
    released = document is not None and document.paper_id is not None
    return not released or booking is None or now() < booking.route.departs_at
