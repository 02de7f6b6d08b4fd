"""Escorts: officers who may sit beside somebody on a flight, and who travels together."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid4

import pendulum
from sqlalchemy import Index
from sqlmodel import Field

from models.columns import Moment, Row, word
from models.itinerary import Itinerary
from models.person import Sex

ESCORTS_MISSING = "escorts_missing"
"""The trouble of a person who may not be released yet: fewer escorts can fly beside them than their custody wants."""


class Escort(Row, table=True):
    """One officer of the pool of escorts."""

    officer: str = Field(foreign_key="officer.number", primary_key=True)
    sex: Sex = Field(sa_type=word(Sex))
    passport_valid_until: date
    on_duty_from: pendulum.DateTime = Field(sa_type=Moment)
    on_duty_until: pendulum.DateTime = Field(sa_type=Moment)
    recorded_at: pendulum.DateTime = Field(sa_type=Moment)
    recorded_by: str = Field(foreign_key="officer.number")


class EscortDuty(Row, table=True):
    """One officer beside one person on the flights of one booking, with tickets out and back."""

    __tablename__ = "escort_duty"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    booking_id: UUID = Field(foreign_key="booking.id", index=True)
    officer: str = Field(foreign_key="escort.officer", index=True)
    tickets_sealed: bytes
    """Record locators of the officer's own seats, out and back, separated by a space."""
    assigned_at: pendulum.DateTime = Field(sa_type=Moment)
    assigned_by: str = Field(foreign_key="officer.number")
    ended_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)

    __table_args__ = (
        Index("one_duty_a_booking", "officer", "booking_id", unique=True, postgresql_where="ended_at IS NULL"),
    )


class TravelGroup(Row, table=True):
    """That a case travels together with others, a family above all."""

    __tablename__ = "travel_group"

    reference: str = Field(foreign_key="repatriation_case.reference", primary_key=True)
    group_id: UUID = Field(index=True)
    recorded_at: pendulum.DateTime = Field(sa_type=Moment)
    recorded_by: str = Field(foreign_key="officer.number")


def unfit(escort: Escort, route: Itinerary) -> str | None:
    """
    Return why an officer cannot escort on these flights, in one sentence; None where they can.

    The passport must hold on the day after the last arrival, for the officer travels back on it, and duty must cover
    the flights from the first departure to the last arrival.
    """
    back_on = route.arrives_at.add(days=1).date()
    if escort.passport_valid_until < back_on:
        return f"{escort.officer}'s passport is valid until {escort.passport_valid_until} and must be until {back_on}."
    if not (escort.on_duty_from <= route.departs_at and route.arrives_at <= escort.on_duty_until):
        return (
            f"{escort.officer} is on duty from {escort.on_duty_from:%Y-%m-%d %H:%M} to "
            f"{escort.on_duty_until:%Y-%m-%d %H:%M} UTC; the flights are from {route.departs_at:%Y-%m-%d %H:%M} to "
            f"{route.arrives_at:%Y-%m-%d %H:%M} UTC."
        )
    return None


def overlaps(route: Itinerary, other: Itinerary) -> bool:
    """Return whether nobody can be on both, one ending as the other begins being too near."""
    return route.departs_at <= other.arrives_at and other.departs_at <= route.arrives_at


def escort_words(escorts: Sequence[Escort], *, wanted: int, person_sex: Sex | None) -> tuple[str, ...]:
    """Return what the travel officer reads: who escorts, how many should, and whether one is of the person's sex."""
    if not escorts and not wanted:
        return ()
    lines = [f"{each.officer} ({each.sex.value}), tickets both ways" for each in escorts]
    alike = [each.officer for each in escorts if each.sex is person_sex]
    return (
        f"{len(escorts)} assigned, {wanted} wanted",
        *lines,
        f"For duties near the body: {', '.join(alike) if alike else 'NOBODY OF THE SAME SEX'}",
    )
