"""Custody: what a carrier asks before somebody in custody flies, what its desk is told, and what it answered."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID, uuid4

import pendulum
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Column, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field as ColumnField

from models.columns import Moment, Row, word
from models.person import VICTIMS, Category

OFFICERS_EACH = 2
"""Officers beside each suspect where nothing else is known of a carrier. Source: Kukmin Ilbo, 2025-10, on the flights
of Korean suspects from Cambodia; YTN and others give the same number."""


class Consent(StrEnum):
    """Whether somebody must agree beforehand; `unknown` is asked."""

    needed = "needed"
    not_needed = "not_needed"
    unknown = "unknown"


class CustodyRule(BaseModel):
    """What one carrier asks of people in custody. What nobody has told us is left out, and is unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    carrier: Annotated[str, Field(pattern=r"^[A-Z0-9]{2}$")]
    """IATA designator of who flies: custody is the operator's matter, not the seller's."""
    suspects_a_flight: int | None = Field(default=None, ge=0, le=100)
    officers_each: int | None = Field(default=None, ge=0, le=10)
    carrier_consent: Consent = Consent.unknown
    captain_consent: Consent = Consent.unknown
    source: Annotated[str, Field(min_length=1)]
    checked_on: date

    @property
    def words(self) -> str:
        """The rule in one line, with its source."""
        most = "unknown" if self.suspects_a_flight is None else str(self.suspects_a_flight)
        officers = "unknown" if self.officers_each is None else str(self.officers_each)
        return (
            f"{self.carrier}: suspects a flight {most}, officers each {officers}, carrier's consent "
            f"{self.carrier_consent.value}, captain's consent {self.captain_consent.value} ({self.source}, "
            f"checked {self.checked_on})"
        )


def rule_of(rules: tuple[CustodyRule, ...], carrier: str) -> CustodyRule | None:
    """Return what is known of a carrier; None where nothing is, and its desk says it all."""
    return next((rule for rule in rules if rule.carrier == carrier), None)


def officers_for(held: frozenset[Category], rule: CustodyRule | None) -> int:
    """Return how many officers must sit beside a person; none beside anybody who is no suspect."""
    if Category.suspect not in held:
        return 0
    return OFFICERS_EACH if rule is None or rule.officers_each is None else rule.officers_each


def is_full(rule: CustodyRule | None, *, suspects: int) -> bool:
    """Return whether a flight that so many suspects are on already takes no other; an unknown limit is the desk's."""
    return rule is not None and rule.suspects_a_flight is not None and suspects >= rule.suspects_a_flight


def codes_for(held: frozenset[Category], *, is_accompanied: bool = False) -> tuple[str, ...]:
    """
    Return the special service codes (IATA SSR) the carrier's desk must confirm for a person.

    DEPA, a deportee with escort, is for a suspect alone. Whoever is a victim too never bears DEPA, DEPU or INAD, even
    while a warrant waits for them: those codes say that a state removes the person, they go into the host's records
    and into the carrier's, and a victim is not to be punished by them. An arrest on boarding is Korea's own act and
    makes nobody a deportee. What the carrier needs for safety, the officers and their seats, it is told as OTHS.
    Source: ICAO Annex 9 chapter 5; the principle of non-punishment.

    A minor whom an adult of the journey accompanies needs no service for unaccompanied minors (UMNR).
    """
    codes = []
    if Category.patient in held:
        codes.append("MEDA")
    if Category.minor in held and not is_accompanied:
        codes.append("UMNR")
    if Category.suspect in held:
        codes.append("OTHS" if held & VICTIMS else "DEPA")
    return tuple(codes)


class DeskStatus(StrEnum):
    """What a carrier's desk said."""

    pending = "pending"
    confirmed = "confirmed"
    refused = "refused"


class DeskRequest(Row, table=True):
    """What one carrier's desk was asked about one booking, and what a person there answered."""

    __tablename__ = "desk_request"

    id: UUID = ColumnField(default_factory=uuid4, primary_key=True)
    """Also the desk's id of it: asking again under it changes nothing."""
    reference: str = ColumnField(foreign_key="repatriation_case.reference", index=True)
    booking_id: UUID = ColumnField(foreign_key="booking.id", index=True)
    flight: str
    """Number and local day of the first flight: of other flights the desk is asked anew."""
    codes: list[str] = ColumnField(sa_column=Column(ARRAY(String), nullable=False))
    officers: int
    """Escorts whose seats are asked for."""
    asked_at: pendulum.DateTime = ColumnField(sa_type=Moment)
    answer_by: pendulum.DateTime = ColumnField(sa_type=Moment)
    """From this moment on silence is an alarm."""
    status: DeskStatus = ColumnField(default=DeskStatus.pending, sa_type=word(DeskStatus))
    agent: str | None = None
    """Who answered, as the desk names itself."""
    officer_seats: list[str] = ColumnField(default_factory=list, sa_column=Column(ARRAY(String), nullable=False))
    answered_at: pendulum.DateTime | None = ColumnField(default=None, sa_type=Moment)

    @property
    def flaw(self) -> str | None:
        """Why the person cannot depart on this answer; None where they can."""
        if self.status is not DeskStatus.confirmed:
            return f"The carrier desk's answer is {self.status.value}; obtain its confirmation, then go on."
        if self.agent is None or self.answered_at is None:
            return "The carrier desk's answer names no agent or no time; ask it who confirmed, then go on."
        if len(set(self.officer_seats)) < self.officers:
            return (
                f"The carrier desk gave {len(set(self.officer_seats))} of {self.officers} seats to escorts; obtain the "
                "others, then go on."
            )
        return None
