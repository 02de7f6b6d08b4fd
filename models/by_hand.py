"""Seats arranged by hand: what an officer wrote down of a booking by telephone, or of a line on a charter's list."""

import re
from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from sqlalchemy import Column, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.booking import Lift
from models.columns import MinorUnits, Moment, Row, word
from models.itinerary import Itinerary
from models.money import Money

RECORD_LOCATOR = re.compile(r"[A-Z0-9]{5,8}")
"""An airline's locator has six characters, some systems' five to eight. Source: IATA Resolution 830d, practice."""

LIST_LINE = re.compile(r"[A-Z0-9][A-Z0-9/-]{0,19}")
"""A line of a charter's list, as its operator numbers it."""

TICKET = re.compile(r"[0-9]{13}")
"""Three digits of the airline, ten of the document. Source: IATA Resolution 722f."""

SUBJECT = "manual-"
"""Begins the order id of a booking by hand; no airline's order id does."""


class ProofKind(StrEnum):
    """What a proof is: the airline's confirmation as it came."""

    pdf = "pdf"
    jpeg = "jpeg"
    png = "png"


class ManualBooking(Row, table=True):
    """One person's seats as an officer wrote them down; the run makes them the case's booking."""

    __tablename__ = "manual_booking"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    person_id: UUID = Field(foreign_key="person.id")
    lift: Lift = Field(sa_type=word(Lift))
    itinerary: dict[str, object] = Field(sa_column=Column(JSONB, nullable=False))
    amount_minor: int = Field(sa_type=MinorUnits)
    currency: str
    pay_by: pendulum.DateTime = Field(sa_type=Moment)
    record_locator_sealed: bytes
    ticket_numbers_sealed: bytes
    """Separated by spaces; an empty text where the airline issues them later."""
    proof_sealed: bytes
    """The file as it came."""
    proof_kind: ProofKind = Field(sa_type=word(ProofKind))
    proof_sha256: str
    """Of the file before sealing, hex."""
    told_by: str
    """Who at the airline or the operator took the booking."""
    entered_at: pendulum.DateTime = Field(sa_type=Moment)
    entered_by: str = Field(foreign_key="officer.number")
    """Never who approves it."""
    taken_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    """When the run made it the case's booking."""
    cancelled_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    """When an officer wrote down that the seats were cancelled by telephone too."""
    cancelled_by: str | None = Field(default=None, foreign_key="officer.number")
    cancelled_told_by: str | None = None
    refund_minor: int | None = Field(default=None, sa_type=MinorUnits)
    """In the price's currency; None where the airline did not say."""

    __table_args__ = (
        Index("one_manual_booking_per_person", "person_id", unique=True, postgresql_where="cancelled_at IS NULL"),
    )

    @property
    def order_id(self) -> str:
        """The id of its booking, where an airline's order id stands for other seats."""
        return f"{SUBJECT}{self.id}"

    @property
    def total(self) -> Money:
        """The price."""
        return Money(self.amount_minor, self.currency)

    @property
    def refund(self) -> Money | None:
        """What came back; None where the airline did not say."""
        return None if self.refund_minor is None else Money(self.refund_minor, self.currency)

    @property
    def route(self) -> Itinerary:
        """The itinerary as a value."""
        return Itinerary.model_validate(self.itinerary)


def locator_fits(lift: Lift, locator: str) -> bool:
    """Return whether a text can be the record locator of this lift."""
    return (LIST_LINE if lift is Lift.charter else RECORD_LOCATOR).fullmatch(locator) is not None
