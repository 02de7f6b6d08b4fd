"""Booking: the seats, the deadline that is ours, which offer comes first, and what the travel officer sees."""

import re
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Column, Index, String, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from models.clearance import NOT_NEEDED
from models.columns import MinorUnits, Moment, Row, word
from models.evidence import Content, Section
from models.itinerary import Itinerary, Segment
from models.money import Money

KOREAN_CARRIERS = frozenset({"KE", "OZ", "LJ", "TW", "7C", "BX", "RS", "ZE", "YP", "RF"})
"""IATA designators of Korean airlines: aboard them Korean law holds, and a warrant takes effect on boarding."""

PAY_BEFORE_DEPARTURE = pendulum.duration(hours=3)
"""The airline may set a payment deadline after departure (seen at Duffel's test airline), so ours comes first."""

NAME_LIMIT = 20
"""Characters of a given or family name the booking interface takes. Source: Duffel API v2, passenger names."""


_NAME = re.compile(r"[A-Za-zÀ-ÖØ-öø-ſ '-]+")
_LETTERS_REFUSED = frozenset("ÆæĲĳŒœÞð")


class Lift(StrEnum):
    """How a person is carried."""

    scheduled = "scheduled"
    charter = "charter"
    manual = "manual"


class BookingState(StrEnum):
    """What has happened to the seats."""

    held = "held"
    """Seats kept unpaid until the deadline."""
    ticketed = "ticketed"
    """Carriage confirmed: paid, and ticket numbers read back."""
    lapsed = "lapsed"
    cancelled = "cancelled"


class Booking(Row, table=True):
    """One person's seats on one journey."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    intent_id: UUID = Field(foreign_key="intent.id", unique=True)
    lift: Lift = Field(default=Lift.scheduled, sa_type=word(Lift))
    state: BookingState = Field(default=BookingState.held, sa_type=word(BookingState))
    order_id: str = Field(unique=True)
    offer_id: str
    record_locator_sealed: bytes
    itinerary: dict[str, object] = Field(sa_column=Column(JSONB, nullable=False))
    amount_minor: int = Field(sa_type=MinorUnits)
    currency: str
    pay_by: pendulum.DateTime = Field(sa_type=Moment)
    """Our own deadline: the airline's, or the departure less a margin, whichever comes first."""
    price_guaranteed_until: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    names_sealed: bytes
    """Family name, given name and title as sent to the airline."""
    agreed_decision_id: UUID | None = Field(default=None, foreign_key="decision.id")
    agreed_amount_minor: int | None = Field(default=None, sa_type=MinorUnits)
    """The total the travel officer agreed to."""
    agreed_until: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    """When the clearance to fly lapses that the agreement rests on; None where it rests on none."""
    agreed_with: list[str] = Field(
        default_factory=list, sa_column=Column(ARRAY(String), nullable=False, server_default="{}")
    )
    """The cases of the person's group that had seats on the same flights when it was agreed to."""
    carrier_answer: str | None = None
    unwanted: bool = False
    """Returned or rejected: to be given back to the airline before anything else is booked."""
    ticket_numbers_sealed: bytes | None = None
    """Separated by spaces; None until the ticket was read back."""
    read_at: pendulum.DateTime = Field(sa_type=Moment)
    """When the order was last read back from the airline."""

    __table_args__ = (
        Index("one_live_booking_per_person", "person_id", unique=True,
              postgresql_where="state IN ('held', 'ticketed')"),
        Index("ix_booking_leaves", text("(((itinerary -> 'segments'::text) -> 0) ->> 'departs_local'::text)"),
              postgresql_where="state IN ('held', 'ticketed') AND NOT unwanted"),
        Index("ix_booking_lapses", "pay_by", postgresql_where="state = 'held' AND NOT unwanted"),
    )  # fmt: skip

    @property
    def total(self) -> Money:
        """The order's total as last read."""
        return Money(self.amount_minor, self.currency)

    @property
    def route(self) -> Itinerary:
        """The itinerary as a value."""
        return Itinerary.model_validate(self.itinerary)


class Condition(BaseModel):
    """Whether something may be done before departure, and what it then costs."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    is_allowed: bool
    penalty: Money | None = None
    """In a currency of its own; None: free, or not said."""


class Option(BaseModel):
    """One offer of an airline, in our words."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    offer_id: str
    passenger_id: str
    itinerary: Itinerary
    total: Money
    expires_at: pendulum.DateTime
    is_holdable: bool
    wants_passport: bool
    refund: Condition | None = None
    """None: the airline does not say, which is no refusal."""
    change: Condition | None = None


def rank(options: list[Option]) -> list[Option]:
    """
    Return holdable options in the order they should be tried.

    Nonstop on a Korean carrier first, then nonstop, then one connection or a stop on the way; two connections never for
    a holder of an emergency document. Within a class the earliest arrival, then the lower fare, then the offer id.
    """

    def place(option: Option) -> tuple[int, pendulum.DateTime, int, str]:
        segments = option.itinerary.segments
        kind = 2 if len(segments) > 1 or segments[0].stops else 0 if segments[0].carrier in KOREAN_CARRIERS else 1
        return kind, option.itinerary.arrives_at, option.total.amount_minor, option.offer_id

    return sorted((o for o in options if o.is_holdable and len(o.itinerary.segments) <= 2), key=place)


def own_deadline(*, payment_required_by: pendulum.DateTime, departs_at: pendulum.DateTime) -> pendulum.DateTime:
    """Return the moment by which a hold must be paid."""
    return min(payment_required_by, departs_at - PAY_BEFORE_DEPARTURE)


def is_live(booking: Booking, *, at: pendulum.DateTime) -> bool:
    """Return whether the seats are still ours at this moment; the deadline itself is too late for a hold."""
    return booking.state is BookingState.ticketed or (booking.state is BookingState.held and at < booking.pay_by)


def has_departed(booking: Booking | None, *, at: pendulum.DateTime) -> bool:
    """Return whether the first flight has left, by its timetable."""
    return booking is not None and at >= booking.route.departs_at


def within_tolerance(agreed: Money, now: Money, *, percent: int) -> bool:
    """Return whether a fare is so near to the agreed one that the travel officer need not be asked again."""
    if agreed.currency != now.currency:
        return False
    return now.amount_minor * 100 <= agreed.amount_minor * (100 + percent)


def name_to_send(name_latin: str) -> str:
    """
    Return a Latin name as the airline takes it: letters, spaces, hyphens and apostrophes, at most 20 characters.

    Letters are those of ASCII, Latin-1 and Latin Extended-A without Æ, Ĳ, Œ, Þ and ð. Two travellers whose names are
    cut to the same never meet in one order: each order carries one person.
    Source: Duffel API v2, passengers of an offer request.

    Raises:
        ValueError: a character the airline refuses, such as Hangul; the Latin name stands in the travel document.
    """
    name = " ".join(name_latin.split())
    if not _NAME.fullmatch(name) or _LETTERS_REFUSED & set(name):
        raise ValueError("a name for the airline has Latin letters only; take it from the travel document")
    return name[:NAME_LIMIT].rstrip(" -'")


class BookingProposal(Content):
    """What the travel officer decides on: the flights, the price, the record locator, the deadline, the names."""

    lift: Lift
    itinerary: Itinerary
    record_locator: str
    order_id: str
    total: str
    """Decimal amount in `currency`."""
    currency: str
    pay_by: str
    names_as_sent: str
    outside_envelope: str | None
    """Why the order's route is not covered by the authorisation; such an order is given back, not proposed."""
    custody: tuple[str, ...]
    """Custody and care the carrier must know of, in plain words; empty when none."""
    custody_rule: str = NOT_NEEDED
    """What the carrier asks of people in custody, with its source."""
    escorts: tuple[str, ...] = ()
    """Who sits beside the person, and how many should."""
    travel_group: str = "travels alone"
    """Whether whoever travels together is on one flight."""
    medical_clearance: str = NOT_NEEDED
    """Whether the person is cleared to fly; proposals from before this was asked do not say."""
    entered_by: str | None = None
    """The officer who booked by telephone and typed it in; None for seats held over the airline's interface."""
    told_by: str | None = None
    """Who took the booking there."""
    proof_sha256: str | None = None
    """Of the airline's confirmation as it came; None as above."""

    def sections(self) -> list[Section]:
        """Return flights in local times of both ends, price and deadline."""
        return [
            ("Flights", [line for segment in self.itinerary.segments for line in _segment_lines(segment)]),
            ("Hold", [
                ("Lift", self.lift.value),
                ("Record locator", self.record_locator),
                ("Order", self.order_id),
                ("Total", f"{self.currency} {self.total}"),
                ("Pay by", self.pay_by),
                ("Names as sent", self.names_as_sent),
                *self._by_hand(),
            ]),
            ("Checks", [
                ("Route inside the envelope", self.outside_envelope or "yes"),
                ("Custody and care", "; ".join(self.custody) or "none"),
                ("Carrier's rule of custody", self.custody_rule),
                ("Escorts", "; ".join(self.escorts) or "none"),
                ("Travels together", self.travel_group),
                ("Medical clearance", self.medical_clearance),
            ]),
        ]  # fmt: skip

    def _by_hand(self) -> list[tuple[str, str]]:
        if self.entered_by is None:
            return []
        return [
            ("Typed in by", f"{self.entered_by}, booked with {self.told_by}"),
            ("Proof SHA-256", f"{self.proof_sha256}; read it with `homeward case proof`"),
        ]


def _end(airport: str, terminal: str | None, local: datetime, zone: str) -> str:
    where = f"{airport} terminal {terminal}" if terminal else airport
    return f"{where} {local:%Y-%m-%d %H:%M} ({zone})"


def _segment_lines(segment: Segment) -> list[tuple[str, str]]:
    stops = ", ".join(f"{stop.airport} ({stop.country})" for stop in segment.stops)
    return [
        (segment.flight_number, f"operated by {segment.carrier}"),
        ("Departs", _end(segment.origin, segment.origin_terminal, segment.departs_local, segment.origin_zone)),
        *([("Stops on the way", stops)] if stops else []),
        (
            "Arrives",
            _end(segment.destination, segment.destination_terminal, segment.arrives_local, segment.destination_zone),
        ),
    ]
