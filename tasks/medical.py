"""Fit to fly: what is on record about a case's person, and what follows for a flight and for a decision on it."""

import pendulum
from sqlmodel import Session, col, select

from models import clearance
from models.booking import Booking
from models.case import RepatriationCase
from models.clearance import MedicalClearance
from tasks import case_file
from tasks.clock import now
from tasks.policy import policy

TO_DECIDE = pendulum.duration(hours=12)
"""How much longer than the airline's own notice seats for a patient are sought ahead, so that somebody can decide."""


def latest(session: Session, reference: str) -> MedicalClearance | None:
    """Return what was found last about the person's fitness to fly."""
    return session.exec(
        select(MedicalClearance)
        .where(MedicalClearance.reference == reference)
        .order_by(col(MedicalClearance.recorded_at).desc())
        .limit(1)
    ).first()


def is_patient(session: Session, case: RepatriationCase) -> bool:
    """Return whether the person flies with a doctor's word only."""
    return clearance.is_needed(case_file.categories(session, case.person_id))


def words(
    session: Session, case: RepatriationCase, booking: Booking, *, at: pendulum.DateTime, with_source: bool = True
) -> str:
    """Return what a decider reads about the person's clearance for the booked flight."""
    found, held = latest(session, case.reference), case_file.categories(session, case.person_id)
    return clearance.words(found, held, departs_at=booking.route.departs_at, at=at, with_source=with_source)


def stands_until(session: Session, case: RepatriationCase, *, at: pendulum.DateTime) -> pendulum.DateTime | None:
    """Return when the clearance lapses that a decision made now rests on; None when it rests on none."""
    found = latest(session, case.reference)
    return found.valid_until if found is not None and is_patient(session, case) and found.clears(at=at) else None


def medif_by(session: Session, case: RepatriationCase, booking: Booking) -> pendulum.DateTime | None:
    """Return until when the airline takes the medical form for these seats; None when it wants none, or has it."""
    if booking.carrier_answer is not None or not is_patient(session, case):
        return None
    return booking.route.departs_at - notice()


def notice() -> pendulum.Duration:
    """Return how long before departure the airline wants the medical form."""
    return pendulum.duration(hours=policy().medical.medif_hours)


def earliest_departure(session: Session, case: RepatriationCase) -> pendulum.DateTime | None:
    """Return how soon seats may leave that are sought now; None when a doctor need not be asked."""
    return now() + notice() + TO_DECIDE if is_patient(session, case) else None
