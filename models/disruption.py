"""Disruption: what an airline changes after it sold seats, and what it is to the person who holds them."""

from enum import StrEnum
from itertools import pairwise
from uuid import UUID, uuid4

import pendulum
from sqlalchemy import Column, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.booking import Booking
from models.columns import Moment, Row, word
from models.itinerary import Itinerary
from models.transit import unfit

UNNOTICED = pendulum.duration(minutes=15)
"""A flight that moves by no more is the one the travel officer agreed to: it is taken and told, and nobody is asked."""

SHORTEST_CONNECTION = pendulum.duration(minutes=45)
"""A change that leaves less between two flights is taken for a connection that will be missed."""

AIRSIDE = pendulum.duration(hours=4)
"""So long before departure a released person may stand behind the border already, where no officer can reach them."""

NEAR = pendulum.duration(hours=24)
"""So near to departure an order is read often."""

READ_AGAIN = pendulum.duration(hours=6)
READ_AGAIN_NEAR = pendulum.duration(minutes=15)


CREATED = "order.created"
CREATION_FAILED = "order.creation_failed"
CHANGED = "order.airline_initiated_change_detected"
PAID = "payment.created"
PING = "ping.triggered"
"""Messages of the airline, in its words."""

UNREADABLE = "unreadable"
"""A message of the airline in a shape that is not known here, in our word."""

TELL_OF_NO_CHANGE = (CREATED, CREATION_FAILED, PAID, PING)
"""Messages after which no flights need be read for what the airline changed."""


class DisruptionKind(StrEnum):
    """What happened to agreed flights."""

    schedule_change = "schedule_change"
    """Other times, another day, or other flights."""
    missed_connection = "missed_connection"
    flight_cancelled = "flight_cancelled"
    off_loaded = "off_loaded"
    """The carrier did not take the person aboard; an officer says so, for no airline's interface does."""


WORDS: dict[DisruptionKind, str] = {
    DisruptionKind.schedule_change: "The airline changed the flights.",
    DisruptionKind.missed_connection: (
        "The airline changed the flights and the connection would be missed; go on to seek other seats, or stop."
    ),
    DisruptionKind.flight_cancelled: "The airline cancelled the flight; go on to seek other seats, or stop.",
    DisruptionKind.off_loaded: "The carrier did not take the person aboard; go on to seek other seats, or stop.",
}
"""In words that fit every case."""


class Disruption(Row, table=True):
    """One change of a booking that nobody here asked for."""

    __tablename__ = "disruption"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    booking_id: UUID = Field(foreign_key="booking.id", index=True)
    kind: DisruptionKind = Field(sa_type=word(DisruptionKind))
    change_id: str | None = None
    """The airline's, where it names one; only the latest of an order can be accepted."""
    was: dict[str, object] = Field(sa_column=Column(JSONB, nullable=False))
    """The flights as they were agreed, or last known."""
    became: dict[str, object] | None = Field(default=None, sa_column=Column(JSONB))
    """None: nothing is flown instead."""
    found_at: pendulum.DateTime = Field(sa_type=Moment)
    settled_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    """When it was accepted, or overtaken by a later one or by other seats."""


class AirlineEvent(Row, table=True):
    """One signed message of the airline: a hint to look, and no fact."""

    __tablename__ = "airline_event"

    idempotency_key: str = Field(primary_key=True)
    kind: str
    """In the airline's words, also ones we do not know."""
    order_id: str | None = None
    """None, as is the offer: it does not say what it is about, and whatever it may be about is read."""
    offer_id: str | None = None
    heard_at: pendulum.DateTime = Field(sa_type=Moment)
    looked_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)

    __table_args__ = (Index("ix_airline_event_waiting", "heard_at", postgresql_where="looked_at IS NULL"),)


def kind_of(agreed: Itinerary, now: Itinerary | None) -> DisruptionKind | None:
    """Return what became of agreed flights; None where they are flown as agreed, or nearly."""
    if now is None:
        return DisruptionKind.flight_cancelled
    if _misses(now) and not _misses(agreed):
        return DisruptionKind.missed_connection
    return None if _as_agreed(agreed, now) else DisruptionKind.schedule_change


def _as_agreed(agreed: Itinerary, now: Itinerary) -> bool:
    # Another landing on the way may be in a country that does not take the document, and other terminals may lead
    # through its border.
    return (
        agreed.same_flights(now)
        and agreed.stops == now.stops
        and (unfit(now) is None or unfit(agreed) is not None)
        and all(
            abs(after.departs_at - before.departs_at) <= UNNOTICED
            and abs(after.arrives_at - before.arrives_at) <= UNNOTICED
            for before, after in zip(agreed.segments, now.segments, strict=True)
        )
    )


def _misses(itinerary: Itinerary) -> bool:
    segments = itinerary.segments
    return any(
        before.destination != after.origin or after.departs_at - before.arrives_at < SHORTEST_CONNECTION
        for before, after in pairwise(segments)
    )


def is_at_the_border(route: Itinerary, *, at: pendulum.DateTime) -> bool:
    """Return whether a released person is, or may be, where no officer of ours can hand them anything."""
    return route.departs_at - AIRSIDE <= at


def is_due_to_be_read(booking: Booking, *, at: pendulum.DateTime) -> bool:
    """Return whether an order should be read again, because the message about a change may have been lost."""
    route = booking.route
    if at > route.arrives_at + NEAR:
        return False
    return at - booking.read_at >= (READ_AGAIN_NEAR if route.departs_at - at <= NEAR else READ_AGAIN)


def with_change(ordered: Itinerary, removed: Itinerary | None, added: Itinerary | None) -> Itinerary | None:
    """
    Return an order's flights with a change of the airline's applied, whether or not the order shows it yet.

    None: the flights are gone, and nothing is flown instead.
    """
    if added is None:
        kept = [s for s in ordered.segments if removed is None or s not in removed.segments]
        return Itinerary(segments=tuple(kept)) if kept and len(kept) == len(ordered.segments) else None
    if removed is None or any(segment in ordered.segments for segment in added.segments):
        return ordered
    if not all(segment in ordered.segments for segment in removed.segments):
        return added
    place = ordered.segments.index(removed.segments[0])
    rest = [s for s in ordered.segments if s not in removed.segments]
    return Itinerary(segments=(*rest[:place], *added.segments, *rest[place:]))
