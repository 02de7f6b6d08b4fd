"""The carrier's desk: custody and care no order can carry are asked there, and a person's answer is kept."""

import pendulum
from sqlmodel import Session, col, select

from models.booking import PAY_BEFORE_DEPARTURE, Booking, BookingState, has_departed
from models.case import CaseStatus, RepatriationCase, Step
from models.custody import (
    DeskRequest,
    DeskStatus,
    codes_for,
    officers_for,
)
from models.decision import Decision, Outcome, Proposal, ReasonCode
from models.escort import ESCORTS_MISSING, escort_words, unfit
from models.help import HelpProposal
from models.message import AlarmKind
from models.person import Category
from tasks import alarms, case_file, custody, decisions, disclosures, doorbell, escorts
from tasks.calls import read_call
from tasks.clock import now
from tasks.partners.carrier_desk import CarrierDesk
from tasks.partners.errors import PartnerError
from tasks.policy import policy
from tasks.rounds import Round
from tasks.trouble import NeedsPerson


def assistance(session: Session, case: RepatriationCase) -> tuple[str, ...]:
    """Return the special service codes the carrier must confirm; a victim never bears a deportee's."""
    held = frozenset(case_file.categories(session, case.person_id))
    return codes_for(held, is_accompanied=escorts.is_accompanied(session, case))


def custody_words(session: Session, case: RepatriationCase, booking: Booking) -> str:
    """Return the carrier's rule as the travel officer reads it, and how many suspects are on the flight."""
    if Category.suspect not in case_file.categories(session, case.person_id):
        return "not needed"
    rule, others = (
        custody.rule(booking.route),
        custody.suspects_aboard(session, booking.route.segments[0], apart_from=case.reference),
    )
    known = rule.words if rule else f"{booking.route.segments[0].carrier}: nothing is known; its desk must say it all"
    return f"{known}. Other suspects on the flight: {others}"


def escort_words_of(session: Session, case: RepatriationCase, booking: Booking) -> tuple[str, ...]:
    """Return who escorts a person on these seats and how many should, as the travel officer reads it."""
    return escort_words(
        escorts.of_booking(session, booking),
        wanted=_officers(session, case, booking),
        person_sex=case_file.require_identity(session, case.reference).sex,
    )


@read_call
def settle_with_carrier(reference: str) -> None:
    """
    Ask the carrier's desk for the custody and care the person needs, and go on only with a person's whole yes.

    Raises:
        NeedsPerson: no answer yet, a no, or a yes without agent, time or the escorts' seats.
    """
    request = _written(reference)
    if request is None:
        return
    answered = _ask(request)
    if answered.flaw is not None:
        raise NeedsPerson("carrier_desk", answered.flaw)


def _written(reference: str) -> DeskRequest | None:
    """Return what the desk is to be asked, written down before it is; None where it need not be."""
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        booking, codes = case_file.require_booking(session, reference), assistance(session, case)
        if not codes:
            return None
        if (standing := _standing(session, case, booking)) is not None:
            return standing
        at = now()
        latest = booking.route.departs_at - PAY_BEFORE_DEPARTURE
        wanted = booking.route.departs_at - pendulum.duration(hours=policy().carrier_desk.answer_hours)
        request = DeskRequest(
            reference=reference,
            booking_id=booking.id,
            flight=_flight(booking),
            codes=list(codes),
            officers=_officers(session, case, booking),
            asked_at=at,
            answer_by=wanted if at < wanted else latest,
        )
        session.add(request)
        return request


def _officers(session: Session, case: RepatriationCase, booking: Booking) -> int:
    return officers_for(frozenset(case_file.categories(session, case.person_id)), custody.rule(booking.route))


def _flight(booking: Booking) -> str:
    first = booking.route.segments[0]
    return f"{first.flight_number} {first.departs_local.date()}"


def _standing(session: Session, case: RepatriationCase, booking: Booking) -> DeskRequest | None:
    """Return the newest request of a booking that asked for what the person needs now."""
    return session.exec(
        select(DeskRequest)
        .where(
            DeskRequest.booking_id == booking.id,
            DeskRequest.flight == _flight(booking),
            DeskRequest.codes == list(assistance(session, case)),
            DeskRequest.officers == _officers(session, case, booking),
            DeskRequest.status != DeskStatus.refused,
        )
        .order_by(col(DeskRequest.asked_at).desc())
    ).first()


def _ask(request: DeskRequest) -> DeskRequest:
    with case_file.transaction() as session:
        booking = session.get_one(Booking, request.booking_id)
        locator = case_file.record_locator(session, booking)
    first = booking.route.segments[0]
    with CarrierDesk() as desk:
        answer = desk.request(
            request.id,
            record_locator=locator,
            carrier=first.carrier,
            flight_number=first.flight_number,
            departs_on=first.departs_local.date(),
            codes=request.codes,
            officers=request.officers,
        )
    with case_file.transaction() as session:
        row = session.get_one(DeskRequest, request.id, with_for_update=True)
        is_news = row.status is not answer.status
        row.status, row.agent, row.answered_at = answer.status, answer.agent, answer.answered_at
        row.officer_seats = list(answer.officer_seats)
        session.add(row)
        if is_news:
            case = case_file.load(session, row.reference)
            ids = {"request": str(row.id), "status": row.status.value, "officers": str(row.officers)}
            case_file.note(session, "desk.answered", actor=case_file.RUN, about=case, ids=ids)
        if is_news and row.flaw is None:
            held = session.get_one(Booking, row.booking_id, with_for_update=True)
            held.carrier_answer = f"confirmed by {row.agent}"
            session.add(held)
            # What it was asked for tells of care or custody, and every role reads the timeline.
            case_file.tell(session, row.reference, "The carrier desk confirmed what it was asked for.")
        return row


def refuse_unanswered(session: Session, case: RepatriationCase, booking: Booking) -> None:
    """
    Refuse to let anybody depart whose custody or care no person at the carrier has confirmed for these seats.

    Raises:
        NeedsPerson: the desk's whole yes is not on file.
    """
    if not assistance(session, case):
        return
    standing = _standing(session, case, booking)
    if standing is None or standing.flaw is not None:
        words = "The carrier's desk was not asked about what the person is now; go on and it is."
        raise NeedsPerson("carrier_desk", standing.flaw if standing and standing.flaw else words)


def refuse_unescorted(session: Session, case: RepatriationCase, booking: Booking) -> None:
    """
    Refuse to let anybody depart beside whom fewer escorts can fly than their custody and the carrier want.

    Raises:
        NeedsPerson: escorts are missing, and no officer has let the person go with those there are.
    """
    words = _missing_escorts(session, case, booking)
    if words is not None and not _is_let_go(session, case, words):
        raise NeedsPerson(ESCORTS_MISSING, words)


def _missing_escorts(session: Session, case: RepatriationCase, booking: Booking) -> str | None:
    wanted = _officers(session, case, booking)
    if not wanted:
        return None
    # Flights, duties and passports may have changed since an officer was assigned.
    found = {each.officer: unfit(each, booking.route) for each in escorts.of_booking(session, booking)}
    fit = [number for number, why in found.items() if why is None]
    if len(fit) >= wanted:
        return None
    there = f"{len(fit)} of {wanted} escorts can fly beside the person on {_flight(booking)}"
    why = " ".join(each for each in found.values() if each is not None)
    return f"{there}. {why + ' ' if why else ''}Assign others with `homeward escorts assign`, then go on."


def _is_let_go(session: Session, case: RepatriationCase, words: str) -> bool:
    """Return whether an officer the policy names saw that these very escorts are missing, and let the person go."""
    given = session.exec(
        select(Decision).where(
            Decision.reference == case.reference,
            Decision.step == Step.help,
            Decision.outcome == Outcome.approve,
            Decision.reason_code == ReasonCode.fewer_escorts,
        )
    )
    if not policy().escorts.fewer_allowed_by:
        return False
    seen = (decisions.content_of(session, session.get_one(Proposal, each.proposal_id)) for each in given)
    return any(isinstance(each, HelpProposal) and each.words == words for each in seen)


def release_escort_words(session: Session, case: RepatriationCase, booking: Booking) -> tuple[str, ...]:
    """Return who escorts a person as the issuing officer reads it, and that fewer do than wanted where it is so."""
    missing = _missing_escorts(session, case, booking)
    fewer = ("DEPARTS WITH FEWER THAN WANTED, by an officer's decision",) if missing else ()
    return (*escort_words_of(session, case, booking), *fewer)


def sound_unescorted(*, within: Round) -> int:
    """Alarm every person with a released document whose escorts cannot all fly any more; return how many there are."""
    with case_file.transaction() as session:
        released = session.exec(
            select(Booking)
            .join(RepatriationCase, col(RepatriationCase.reference) == Booking.reference)
            .where(RepatriationCase.status == CaseStatus.released, Booking.state == BookingState.ticketed)
        ).all()
    sounded = 0
    for booking in released:
        with within.alone(booking.reference), case_file.transaction() as session:
            case = case_file.load(session, booking.reference, lock=True)
            words = None if has_departed(booking, at=now()) else _missing_escorts(session, case, booking)
            if words is not None and not _is_let_go(session, case, words):
                alarms.sound(session, case, AlarmKind.unaccompanied, about=f"{booking.id} {words}")
                sounded += 1
    return sounded


def hear_desks(*, at: pendulum.DateTime, within: Round) -> int:
    """Ask again at every desk that owes an answer; wake the case that has one, and alarm where it is overdue."""
    with case_file.transaction() as session:
        owed = session.exec(
            select(DeskRequest)
            .join(Booking, col(Booking.id) == col(DeskRequest.booking_id))
            .where(
                DeskRequest.status == DeskStatus.pending,
                col(Booking.state).in_([BookingState.held, BookingState.ticketed]),
            )
            .order_by(col(DeskRequest.answer_by))
        ).all()
    heard = 0
    for request in owed:
        with within.alone(request.reference):
            heard += _hear(request, at=at)
    return heard


def _hear(request: DeskRequest, *, at: pendulum.DateTime) -> bool:
    with case_file.lease(request.reference) as nobody_works_on_it:
        if not nobody_works_on_it:
            return False
        try:
            with disclosures.about(request.reference, "booking.hear_desks"):
                answered = _ask(request)
        except PartnerError:
            # As good as no answer: the deadline counts, and the next round asks again.
            answered = request
        if answered.status is DeskStatus.pending:
            if at >= request.answer_by:
                with case_file.transaction() as session:
                    case = case_file.load(session, request.reference, lock=True)
                    alarms.sound(session, case, AlarmKind.desk_silent, about=str(request.id))
            return False
        if decisions.trouble_is_over(request.reference, "carrier_desk"):
            doorbell.wake(request.reference)
        return True
