"""The clock of the seats: what lapses is given back in time, and a lost answer is looked for again by itself."""

from dataclasses import dataclass

import pendulum
from sqlmodel import Session, col, func, or_, select

from models.booking import Booking, BookingState
from models.disruption import CREATED, CREATION_FAILED, PING, AirlineEvent
from models.intent import Act, Intent, IntentState
from models.message import AlarmKind
from tasks import alarms, case_file, companions, custody, decisions, disclosures, doorbell, funding, intents
from tasks.booking.carrier import hear_desks, sound_unescorted
from tasks.booking.finding import find_lost_order, names_sent, orders_of
from tasks.booking.returning import give_back
from tasks.partners.errors import NotThereYet, PartnerError, PartnerUnavailable
from tasks.rounds import Round
from tasks.trouble import NeedsPerson

LOOKED_FOR = pendulum.duration(hours=72)
"""How long an order that was treated as not made is looked for: the airline keeps an unpaid one about so long."""

_FINDS = {Act.hold_seats: find_lost_order, Act.pay_order: funding.find_lost_payment}


@dataclass(frozen=True, slots=True)
class Kept:
    """What one round of the clock did."""

    given_back: int
    found: int
    """Orders and payments whose answer was lost."""
    heard: int
    """Desks that answered."""
    asked_anew: int = 0
    """People whose companions lost their seats, or have them now."""
    unescorted: int = 0
    """People with a released document whose escorts cannot all fly."""
    crowded: int = 0
    """Suspects with a released document on a flight that has too many, and those for whom there is a place again."""

    @property
    def words(self) -> str:
        """In words for the engine; empty when nothing was to be done."""
        done = {
            "holds given back": self.given_back,
            "lost answers found": self.found,
            "desks heard": self.heard,
            "companions looked at": self.asked_anew,
            "people without all their escorts": self.unescorted,
            "places for people in custody looked at": self.crowded,
        }
        return ", ".join(f"{number} {what}" for what, number in done.items() if number)


def keep_clocks(*, at: pendulum.DateTime, within: Round | None = None) -> Kept:
    """
    Give back what lapses, look for lost answers, hear the carriers' desks, and see that who flies together still does.

    A case that somebody works on is left alone: its run does the same at its next step.
    """
    this_round = within or Round("keeping the clocks")
    return Kept(
        given_back=_give_back_lapsed(at=at, within=this_round),
        found=_look_for_lost(at=at, within=this_round),
        heard=hear_desks(at=at, within=this_round),
        asked_anew=companions.watch(at=at, within=this_round),
        unescorted=sound_unescorted(within=this_round),
        crowded=custody.sound_crowded(within=this_round) + custody.let_go_on(within=this_round),
    )


def _give_back_lapsed(*, at: pendulum.DateTime, within: Round) -> int:
    """
    Give back every unpaid hold whose deadline has passed or that nobody wants, whatever its case waits for.

    A run that waits for its question would give it back when it is woken, and one that waits for help would not.
    """
    with case_file.transaction() as session:
        lapsed = session.exec(
            select(Booking.reference)
            .where(Booking.state == BookingState.held, or_(col(Booking.pay_by) <= at, col(Booking.unwanted).is_(True)))
            .order_by(col(Booking.pay_by))
        ).all()
    given_back = 0
    for reference in lapsed:
        with within.alone(reference):
            given_back += _give_back(reference, at=at)
    return given_back


def _give_back(reference: str, *, at: pendulum.DateTime) -> bool:
    with case_file.lease(reference) as nobody_works_on_it:
        if not nobody_works_on_it:
            return False
        with case_file.transaction() as session:
            booking = case_file.live_booking(session, reference)
            # A payment begun keeps the seats, whatever came of it.
            if booking is None or case_file.is_payment_begun(session, booking):
                return False
            if at < booking.pay_by and not booking.unwanted:
                return False
        try:
            give_back.fn(reference)
        except (PartnerError, NeedsPerson):
            # The next round tries again; the run asks a person where it comes to it.
            return False
    # A question about seats that are gone is closed; the run seeks others when it goes on.
    if decisions.close_lapsed(reference):
        doorbell.wake(reference)
    return True


def follow_hints(*, at: pendulum.DateTime, within: Round | None = None) -> int:
    """Look at once for every lost answer the airline has sent a message about since it was last looked for."""
    return _look_for_lost(at=at, within=within or Round("following the airline's messages"), only_hinted=True)


_LOST = col(Intent.state).in_([IntentState.sending, IntentState.unknown]) & col(Intent.act).in_(list(_FINDS))

_HINTED = (
    select(AirlineEvent.idempotency_key)
    .where(
        or_(
            col(AirlineEvent.offer_id) == Intent.subject,
            col(AirlineEvent.order_id) == Intent.subject,
            # It does not say what it is about: it may be about any.
            col(AirlineEvent.offer_id).is_(None)
            & col(AirlineEvent.order_id).is_(None)
            & (col(AirlineEvent.kind) != PING),
        ),
        col(AirlineEvent.heard_at) > func.coalesce(Intent.looked_at, Intent.written_at),
    )
    .exists()
)
"""A message newer than our last look. It is no more than a reason to look: what became of an act is read."""


def _look_for_lost(*, at: pendulum.DateTime, within: Round, only_hinted: bool = False) -> int:
    surfacing = (
        (col(Intent.state) == IntentState.abandoned)
        & (col(Intent.act) == Act.hold_seats)
        & (col(Intent.written_at) > at - LOOKED_FOR)
    )
    wanted = or_(_LOST, surfacing) & _HINTED if only_hinted else or_(_LOST, surfacing)
    with case_file.transaction() as session:
        lost = session.exec(select(Intent, _HINTED).where(wanted).order_by(col(Intent.written_at))).all()
    found = 0
    for intent, is_hinted in lost:
        if is_hinted or at >= intent.look_again_at():
            with within.alone(intent.reference):
                found += _look_for(intent, at=at, is_hinted=is_hinted)
    return found


def _look_for(intent: Intent, *, at: pendulum.DateTime, is_hinted: bool) -> bool:
    with case_file.lease(intent.reference) as nobody_works_on_it:
        if not nobody_works_on_it:
            return False
        with case_file.transaction() as session:
            row = session.get_one(Intent, intent.id, with_for_update=True)
            if row.state is not intent.state:
                return False
            # The lists may show an order a little later than the message about it: the waits begin anew.
            row.looked_at, row.looks = at, 0 if is_hinted else row.looks + 1
            session.add(row)
        try:
            if intent.state is IntentState.abandoned:
                _alarm_surfaced(intent)
                return False
            _FINDS[intent.act].fn(intent.reference)
        except NotThereYet:
            if not _is_said_to_have_failed(intent):
                return False
        except (PartnerUnavailable, NeedsPerson):
            return False
        if decisions.trouble_is_over(intent.reference, "outcome_unknown"):
            doorbell.wake(intent.reference)
        return True


def _is_said_to_have_failed(intent: Intent) -> bool:
    """
    Free a person for other seats where the airline signed that it made no order of an offer, and shows none either.

    The order is looked for as long as one an officer gave up: should it come to light after all, that is an alarm.
    """
    with case_file.transaction() as session:
        row = session.get_one(Intent, intent.id, with_for_update=True)
        if row.is_settled or CREATION_FAILED not in (said := _said_of(session, row)) or CREATED in said:
            return False
        words = "the airline said that it made no order, and shows none"
        intents.settle(session, row, IntentState.abandoned, words=words)
        case_file.tell(session, row.reference, "The airline made no order of the seats and shows none; went on.")
    return True


def _said_of(session: Session, intent: Intent) -> set[str]:
    heard = select(AirlineEvent.kind).where(
        AirlineEvent.offer_id == intent.subject, AirlineEvent.heard_at >= intent.written_at
    )
    return set(session.exec(heard))


def _alarm_surfaced(intent: Intent) -> None:
    """Alarm an order that came to light after an officer had decided to treat it as not made."""
    with case_file.transaction() as session:
        names = names_sent(session, intent)
    with disclosures.about(intent.reference, "booking.look_for"):
        surfaced = orders_of(intent, names)
    if surfaced:
        with case_file.transaction() as session:
            case = case_file.load(session, intent.reference, lock=True)
            alarms.sound(session, case, AlarmKind.two_orders, about=str(intent.id))
