"""Companions: who travels together stays together; where one loses their seats, the others are asked about anew."""

import pendulum
from sqlmodel import Session, col, func, select

from models.booking import Booking, BookingState, has_departed
from models.case import RepatriationCase, Step, Trouble
from models.message import AlarmKind
from models.person import Category
from models.travel_document import DocumentState
from tasks import alarms, case_file, decisions, doorbell, escorts
from tasks.clock import now
from tasks.rounds import Round
from tasks.trouble import NeedsPerson, Overtaken

NOT_TICKETED = "companion_not_ticketed"


def together(session: Session, booking: Booking) -> list[str]:
    """Return the cases of a person's group with live seats on the same flights, that are wanted."""
    others = escorts.seats_of_group(session, booking.reference)
    return [
        other
        for other, route in others.items()
        if route is not None and route.same_flights(booking.route) and not _seats(session, other).unwanted
    ]


def _seats(session: Session, reference: str) -> Booking:
    return case_file.require_booking(session, reference)


def parted(session: Session, booking: Booking) -> list[str]:
    """Return who was on a person's flights when these were agreed to and is not any more."""
    now_with = together(session, booking)
    return [other for other in booking.agreed_with if other not in now_with]


def look_anew(reference: str) -> None:
    """
    Have the travel officer asked anew about a person whose companions have lost their seats, or changed flights.

    Raises:
        Overtaken: it is so; the run looks where it is now.
    """
    if ask_anew(reference, at=now()):
        raise Overtaken(f"{reference}: whom the person travels with has lost their seats")


def ask_anew(reference: str, *, at: pendulum.DateTime) -> bool:
    """
    Take the agreement to a person's seats back where they would fly without those it was given with.

    The seats stay theirs: the travel officer says whether to keep them. Whoever holds a released document is an alarm
    as well, and who may be behind the border is nothing else.
    """
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        booking = case_file.live_booking(session, reference)
        if booking is None or booking.agreed_decision_id is None or case.is_closed or case.ending:
            return False
        lost = parted(session, booking)
        if not lost or has_departed(booking, at=at):
            return False
        document = case_file.open_document(session, reference)
        if document is not None and document.state is DocumentState.valid:
            alarms.sound(session, case, AlarmKind.unaccompanied, about=f"{booking.id} {' '.join(lost)}")
        if case_file.is_out_of_reach(session, reference, at=at):
            return False
        booking.agreed_decision_id, booking.agreed_amount_minor, booking.agreed_with = None, None, []
        session.add(booking)
        for step in (Step.booking, Step.release):
            decisions.withdraw(session, reference, step)
        asking = decisions.open_asking(session, reference)
        if asking is not None and asking.step is not Step.help:
            decisions.close_question(session, reference)
        words = f"{', '.join(lost)}, with whom the person travels, lost the seats; the travel officer is asked again."
        case_file.tell(session, reference, words)
        return True


def refuse_unaccompanied(session: Session, case: RepatriationCase, booking: Booking) -> None:
    """
    Refuse to release a minor whom an adult of the group accompanies, until that adult's carriage is confirmed too.

    A minor whom nobody accompanies is the carrier's desk's matter.

    Raises:
        NeedsPerson: the adult has no ticket yet.
    """
    held = case_file.categories(session, case.person_id)
    if Category.minor not in held or escorts.of_booking(session, booking):
        return
    adults = [_seats(session, other) for other in together(session, booking) if not escorts.is_minor(session, other)]
    if adults and not any(adult.state is BookingState.ticketed for adult in adults):
        raise NeedsPerson(
            NOT_TICKETED,
            f"{', '.join(adult.reference for adult in adults)}, who accompanies the person, has no ticket yet; it goes "
            "on by itself once they have, or put them together with somebody else.",
        )


def watch(*, at: pendulum.DateTime, within: Round) -> int:
    """Ask anew about everybody whose companions lost their seats, and wake who waited for theirs to be ticketed."""
    with case_file.transaction() as session:
        agreed = session.exec(
            select(Booking.reference).where(
                col(Booking.state).in_([BookingState.held, BookingState.ticketed]),
                col(Booking.agreed_decision_id).is_not(None),
                func.cardinality(Booking.agreed_with) > 0,
            )
        ).all()
        waiting = session.exec(
            select(Trouble.reference).where(Trouble.code == NOT_TICKETED, col(Trouble.resolved_at).is_(None))
        ).all()
    found = 0
    for reference in agreed:
        with within.alone(reference), case_file.lease(reference) as nobody_works_on_it:
            if nobody_works_on_it and ask_anew(reference, at=at):
                doorbell.wake(reference)
                found += 1
    for reference in waiting:
        with within.alone(reference):
            found += _goes_on(reference)
    return found


def _goes_on(reference: str) -> bool:
    with case_file.transaction() as session:
        booking = case_file.live_booking(session, reference)
        try:
            if booking is not None:
                refuse_unaccompanied(session, case_file.load(session, reference), booking)
        except NeedsPerson:
            return False
    if decisions.trouble_is_over(reference, NOT_TICKETED):
        doorbell.wake(reference)
    return True
