"""
Disruption: what the airline changes after seats were sold is found, put before an officer, and never silently taken.

The airline's messages are hints and may be lost, so orders are also read again as departure comes near.
"""

import pendulum
from sqlalchemy import func, or_, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from models.booking import Booking, BookingProposal, BookingState, Lift
from models.case import CaseStatus, RepatriationCase, Step
from models.decision import Decision, Proposal
from models.disruption import (
    CHANGED,
    READ_AGAIN_NEAR,
    TELL_OF_NO_CHANGE,
    UNREADABLE,
    WORDS,
    AirlineEvent,
    Disruption,
    DisruptionKind,
    is_due_to_be_read,
    kind_of,
    with_change,
)
from models.intent import Act
from models.itinerary import Itinerary
from models.message import AlarmKind
from models.travel_document import DocumentState
from tasks import airline_changes, alarms, case_file, decisions, disclosures, doorbell, intents, vault
from tasks.calls import read_call
from tasks.clock import now
from tasks.partners.airline import Airline, AirlineChange, Order, webhook
from tasks.rounds import Round
from tasks.settings import Mode, settings
from tasks.trouble import Overtaken

READ_AT_MOST = 200
"""Orders read in one round; the rest are read in the next, those read longest ago first."""

_CLOSED = (CaseStatus.home, CaseStatus.cancelled)

_MAY_BE_ABOUT_ANY = (
    col(AirlineEvent.order_id).is_(None)
    & col(AirlineEvent.offer_id).is_(None)
    & col(AirlineEvent.kind).not_in(TELL_OF_NO_CHANGE)
)


def hear(body: bytes, signature: str | None) -> bool:
    """
    Note a message of the airline; return whether it is new. All that is believed of it is that there is reason to look.

    One in a shape we do not know is noted too, for it says that something happened, and is an alarm.

    Raises:
        webhook.NotGenuine: it is not the airline's, is old, or nobody here listens.
    """
    secret = settings().airline_webhook_secret
    if secret is None:
        raise webhook.NotGenuine("nobody listens here: HOMEWARD_AIRLINE_WEBHOOK_SECRET is not set")
    webhook.verify(body, signature, secret=secret, at=now())
    hint = webhook.hint_of(body)
    if hint.is_live is (settings().mode is not Mode.live):
        raise webhook.NotGenuine("the message is of another mode")
    with case_file.transaction() as session:
        noted = session.execute(
            insert(AirlineEvent)
            .values(
                idempotency_key=hint.idempotency_key, kind=hint.kind, order_id=hint.order_id, offer_id=hint.offer_id,
                heard_at=now(),
            )
            .on_conflict_do_nothing()
            .returning(col(AirlineEvent.idempotency_key))
        ).scalar()  # fmt: skip
    if hint.kind == UNREADABLE:
        alarms.sound_for_all(AlarmKind.message_unclear, about="airline")
    return noted is not None


def watch(*, at: pendulum.DateTime, within: Round) -> int:
    """
    Read the orders there is a hint about, and those whose turn it is; return how many were found changed.

    A message that may be about a change and does not say of which order has them all read, as many a round as may be.
    """
    hinted, until = _hinted()
    found = 0
    due = [reference for reference in _due(at=at, spoken_at=_spoken_at(until=until)) if reference not in hinted]
    for reference in [*hinted, *due[:READ_AT_MOST]]:
        with within.alone(reference):
            found += look(reference, list_changes=hinted.get(reference, False)) is not None
    # The message about an order that could not be read stands, and the next round looks again.
    unread = select(Booking.order_id).where(col(Booking.reference).in_(list(within.failed)))
    are_all_read = len(due) <= READ_AT_MOST and not within.failed
    with case_file.transaction() as session:
        session.execute(
            update(AirlineEvent)
            .where(
                col(AirlineEvent.looked_at).is_(None),
                col(AirlineEvent.heard_at) <= until,
                true() if are_all_read else ~_MAY_BE_ABOUT_ANY,
                or_(col(AirlineEvent.order_id).is_(None), col(AirlineEvent.order_id).not_in(unread)),
            )
            .values(looked_at=at)
        )
    return found


def _hinted() -> tuple[dict[str, bool], pendulum.DateTime]:
    """Return the cases messages are about, each with whether one spoke of a change, and until when they were heard."""
    until = now()
    with case_file.transaction() as session:
        waiting = session.exec(
            select(Booking.reference, AirlineEvent.kind)
            .join(AirlineEvent, col(AirlineEvent.order_id) == Booking.order_id)
            .where(col(AirlineEvent.looked_at).is_(None), col(AirlineEvent.heard_at) <= until)
            .order_by(col(AirlineEvent.heard_at))
        ).all()
    hinted: dict[str, bool] = {}
    for reference, kind in waiting:
        hinted[reference] = hinted.get(reference, False) or kind == CHANGED
    return hinted, until


def _spoken_at(*, until: pendulum.DateTime) -> pendulum.DateTime | None:
    """Return when a message was last heard that may be about any order; None where none waits."""
    with case_file.transaction() as session:
        heard = col(AirlineEvent.heard_at)
        return session.exec(
            select(func.max(heard)).where(_MAY_BE_ABOUT_ANY, col(AirlineEvent.looked_at).is_(None), heard <= until)
        ).one()


def _due(*, at: pendulum.DateTime, spoken_at: pendulum.DateTime | None) -> list[str]:
    latest = at - READ_AGAIN_NEAR
    with case_file.transaction() as session:
        bookings = session.exec(
            select(Booking)
            .join(RepatriationCase, col(RepatriationCase.reference) == Booking.reference)
            .where(
                # Seats by telephone or on a charter are no order the airline's interface knows.
                Booking.lift == Lift.scheduled,
                Booking.state == BookingState.ticketed,
                ~col(Booking.unwanted),
                col(Booking.read_at) <= (max(latest, spoken_at) if spoken_at else latest),
                col(RepatriationCase.status).not_in(_CLOSED),
            )
            .order_by(col(Booking.read_at), Booking.reference)
        )
        return [
            booking.reference
            for booking in bookings
            if is_due_to_be_read(booking, at=at) or (spoken_at is not None and booking.read_at <= spoken_at)
        ]


def look(reference: str, *, list_changes: bool = False) -> DisruptionKind | None:
    """
    Read a case's order once, and draw the consequences of what the airline changed; return what it was.

    The list of changes is read only on a hint, for reading it may make one more.
    """
    with case_file.transaction() as session:
        booking = case_file.live_booking(session, reference)
        if booking is None or booking.unwanted or booking.lift is not Lift.scheduled:
            return None
        if intents.unsettled(session, reference, Act.pay_order) is not None:
            return None
        order_id = booking.order_id
    with disclosures.about(reference, "disruption.look"), Airline() as airline:
        listed = airline.changes_by_airline(order_id) if list_changes else []
        order = airline.read_order(order_id)
    latest = _latest(order) or (listed[-1] if listed else None)
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        row = case_file.live_booking(session, reference)
        if row is None or row.order_id != order_id or row.unwanted or case.ending or case.is_closed:
            return None
        pending = latest if latest is not None and latest.action_taken is None else None
        kind = _take_note(session, case, row, order, pending)
        taken = kind is None and standing(session, row) is None
    if kind is not None:
        doorbell.wake(reference)
    elif taken and pending is not None:
        # So small that it is the flight that was agreed to. Where a later one replaced it, that is looked at in turn.
        with disclosures.about(reference, "disruption.look"):
            airline_changes.accept(reference, order_id, pending.change_id)
    return kind


def _latest(order: Order) -> AirlineChange | None:
    return max(order.changes_by_airline, key=lambda change: change.created_at, default=None)


def _take_note(
    session: Session, case: RepatriationCase, booking: Booking, order: Order, pending: AirlineChange | None
) -> DisruptionKind | None:
    booking.read_at = now()
    if order.ticket_numbers and booking.ticket_numbers_sealed is not None:
        # A changed ticket may have been issued anew, under another number.
        tickets = " ".join(order.ticket_numbers)
        booking.ticket_numbers_sealed = vault.seal_text(session, case.person_id, "ticket_numbers", tickets)
    session.add(booking)
    became = _flown(order, pending)
    kind = kind_of(_agreed_route(session, booking), became)
    if kind is None and became is not None and became != booking.route:
        kind = _take_small_change(session, case, booking, became)
    if kind is None or (order.is_cancelled and booking.state is BookingState.held and now() >= booking.pay_by):
        # A hold that lapsed is nobody's news: it is made again.
        return None
    return kind if note(session, case, booking, kind, became, change=pending) else None


def _agreed_route(session: Session, booking: Booking) -> Itinerary:
    """
    Return the flights as the travel officer agreed to them; as last known where they are asked, or were not.

    Changes are measured against these, so that many small ones do not add up to a great one nobody was asked about.
    """
    if booking.agreed_decision_id is None or standing(session, booking) is not None:
        return booking.route
    decision = session.get_one(Decision, booking.agreed_decision_id)
    content = decisions.content_of(session, session.get_one(Proposal, decision.proposal_id))
    return content.itinerary if isinstance(content, BookingProposal) else booking.route


def _take_small_change(
    session: Session, case: RepatriationCase, booking: Booking, became: Itinerary
) -> DisruptionKind | None:
    """Take flights that are nearly those agreed to; what the travel officer has yet to decide is asked anew."""
    if booking.agreed_decision_id is None:
        return DisruptionKind.schedule_change
    booking.itinerary = became.model_dump(mode="json")
    asking, document = decisions.open_asking(session, case.reference), case_file.open_document(session, case.reference)
    if document is not None and document.state is DocumentState.authorised:
        # The page that waits says other times.
        decisions.withdraw(session, case.reference, Step.release)
        if asking is not None and asking.step is Step.release:
            decisions.close_question(session, case.reference)
    times = "; ".join(f"{each.flight_number} {each.local_times}" for each in became.segments)
    case_file.note(session, "booking.moved", actor=case_file.RUN, about=case)
    case_file.tell(session, case.reference, f"The airline changed the flights by little, which was taken: {times}.")
    return None


def _flown(order: Order, pending: AirlineChange | None) -> Itinerary | None:
    if order.is_cancelled:
        return None
    return order.itinerary if pending is None else with_change(order.itinerary, pending.removed, pending.added)


def note(
    session: Session,
    case: RepatriationCase,
    booking: Booking,
    kind: DisruptionKind,
    became: Itinerary | None,
    *,
    change: AirlineChange | None = None,
) -> bool:
    """
    Write a disruption down and draw its consequences; return False for one that is written down already.

    Where the person can be reached, what was agreed lapses: other times are put before the travel officer, lost seats
    before the coordinator. Who is behind the border keeps the paper and the seats they have, and officers are paged.
    """
    before, at = standing(session, booking), now()
    told = became.model_dump(mode="json") if became else None
    if before is not None and (before.kind, before.became) == (kind, told):
        return False
    settle(session, booking)
    found = Disruption(
        reference=case.reference, booking_id=booking.id, kind=kind, change_id=change.change_id if change else None,
        was=booking.itinerary, became=told, found_at=at,
    )  # fmt: skip
    session.add(found)
    session.flush()
    case_file.note(session, "booking.disrupted", actor=case_file.RUN, about=case, ids={"kind": kind.value})
    # Whoever receives the person is told the new arrival with the offer that follows.
    decisions.withdraw(session, case.reference, Step.handoff)
    if case_file.is_out_of_reach(session, case.reference, at=at):
        if told is not None:
            booking.itinerary = told
        alarms.sound(session, case, AlarmKind.stranded, about=str(found.id))
        case_file.tell(session, case.reference, f"{WORDS[kind].partition(';')[0].rstrip('.')}; officers were paged.")
    else:
        _ask_anew(session, case, booking, kind, told)
    session.add(booking)
    session.flush()
    return True


def _ask_anew(
    session: Session, case: RepatriationCase, booking: Booking, kind: DisruptionKind, became: dict[str, object] | None
) -> None:
    booking.agreed_decision_id, booking.agreed_amount_minor = None, None
    decisions.withdraw(session, case.reference, Step.booking)
    decisions.withdraw(session, case.reference, Step.release)
    asking = decisions.open_asking(session, case.reference)
    if asking is not None and asking.step is not Step.help:
        decisions.close_question(session, case.reference)
    if kind is DisruptionKind.schedule_change and became is not None:
        booking.itinerary = became
        case_file.tell(session, case.reference, f"{WORDS[kind]} The travel officer is asked whether to take them.")
        return
    booking.unwanted = True
    if case_file.open_trouble(session, case.reference) is None:
        decisions.open_trouble(session, case, Step.booking, code=kind.value, words=WORDS[kind])
    else:
        case_file.tell(session, case.reference, WORDS[kind])


def standing(session: Session, booking: Booking) -> Disruption | None:
    """Return the disruption of a booking that nothing has settled yet."""
    return session.exec(
        select(Disruption).where(Disruption.booking_id == booking.id, col(Disruption.settled_at).is_(None))
    ).first()


def settle(session: Session, booking: Booking) -> None:
    """Note that a booking's disruption was accepted or overtaken."""
    session.execute(
        update(Disruption)
        .where(col(Disruption.booking_id) == booking.id, col(Disruption.settled_at).is_(None))
        .values(settled_at=now())
    )


@read_call
def accept_change(reference: str) -> None:
    """
    Accept at the airline the change the travel officer agreed to, if there is one; never another one.

    Accepting the same change twice is accepting it once, so after a doubt the order is read and it is sent again.

    Raises:
        Overtaken: the airline changed the flights once more; the officer is asked about those.
    """
    with case_file.transaction() as session:
        booking = case_file.require_booking(session, reference)
        disruption = standing(session, booking)
        change_id = disruption.change_id if disruption else None
    if change_id is not None and not airline_changes.accept(reference, booking.order_id, change_id):
        look(reference)
        raise Overtaken(f"{reference}: the airline changed the flights again")
    with case_file.transaction() as session:
        settle(session, case_file.require_booking(session, reference))


def retire_paper(reference: str) -> None:
    """
    Void a released paper that does not cover the flights that are agreed now, so that one is authorised anew.

    Never the paper of somebody behind the border, for whom officers are paged.
    """
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        if case_file.is_paper_outdated(session, reference, at=now()):
            for step in (Step.authorise, Step.release):
                decisions.withdraw(session, reference, step)
            decisions.void_document(session, case)


def report_off_load(reference: str, *, officer: str) -> None:
    """
    Note that the carrier did not take the person aboard: the seats are given back once a coordinator says to go on.

    Raises:
        case_file.Refused: nobody is ticketed in this case, or it was reported already.
    """
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        booking = case_file.live_booking(session, reference)
        if booking is None or booking.state is not BookingState.ticketed or booking.unwanted or case.is_closed:
            raise case_file.Refused(f"Nobody has a ticket in case {reference}, or it was reported already.")
        settle(session, booking)
        session.add(
            Disruption(
                reference=reference, booking_id=booking.id, kind=DisruptionKind.off_loaded, was=booking.itinerary,
                found_at=now(),
            )
        )  # fmt: skip
        session.flush()
        ids = {"kind": DisruptionKind.off_loaded.value}
        case_file.note(session, "booking.disrupted", actor=officer, about=case, ids=ids)
        alarms.sound(session, case, AlarmKind.stranded, about=f"off-load {booking.id}")
        decisions.withdraw(session, reference, Step.handoff)
        _ask_anew(session, case, booking, DisruptionKind.off_loaded, None)
        session.add(booking)
    doorbell.wake(reference)
