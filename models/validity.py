"""How long a document is valid: the days at most, and on record why one must be valid for longer."""

from datetime import date
from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from sqlalchemy import CheckConstraint
from sqlmodel import Field

from models.columns import Moment, Row, word

VALID_FOR_DAYS = 15
"""Calendar days a single-journey document is valid at most. Source: Directive (EU) 2019/997 art. 6, as a model."""

LONGEST_DAYS = 365
"""Days beyond which no reason reaches: a year. Source: Passport Act (여권법) art. 14; ICAO Doc 9303-8 §4.4.2."""


class LongerReason(StrEnum):
    """Why a document must be valid for more than the usual days."""

    medical = "medical"
    """A doctor lets the person fly later only, or with a rest on the way."""
    no_flight = "no-flight"
    """Nothing flies, or no seat is to be had, within the usual days."""
    host_clearance = "host-clearance"
    """The host country lets the person leave later only."""
    long_way = "long-way"
    """The journey itself takes longer, by land or sea or with long stops."""
    other = "other"


class LongerValidity(Row, table=True):
    """Why a case's document may be valid for longer; the latest counts, rows are only added."""

    __tablename__ = "longer_validity"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    days: int
    """How many days at most, the first and the last counted."""
    reason: LongerReason = Field(sa_type=word(LongerReason))
    words_sealed: bytes
    recorded_at: pendulum.DateTime = Field(sa_type=Moment)
    recorded_by: str = Field(foreign_key="officer.number")

    __table_args__ = (CheckConstraint(f"days BETWEEN {VALID_FOR_DAYS} AND {LONGEST_DAYS}", name="days_of_validity"),)


def is_too_long(issued_on: date, expires_on: date, *, days: int) -> bool:
    """
    Return whether a document's days, the first and the last counted, are more than so many.

    >>> is_too_long(date(2026, 12, 1), date(2026, 12, 15), days=15)
    False
    >>> is_too_long(date(2026, 12, 1), date(2026, 12, 16), days=15)
    True
    """
    return (expires_on - issued_on).days + 1 > days
