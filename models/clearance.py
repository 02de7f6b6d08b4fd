"""Clearance to fly: what a doctor says of a patient, until when it holds, and how a decider reads it."""

from uuid import UUID, uuid4

import pendulum
from sqlmodel import Field

from models.columns import Moment, Row
from models.person import Category

NOT_NEEDED = "not needed"


class MedicalClearance(Row, table=True):
    """What was found about a patient's fitness to fly; rows are only added, and the latest recorded counts."""

    __tablename__ = "medical_clearance"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    fit: bool
    given_by: str
    """Who found it, by office: a medical officer, a hospital."""
    examined_at: pendulum.DateTime = Field(sa_type=Moment)
    valid_until: pendulum.DateTime = Field(sa_type=Moment)
    """From this moment on it says nothing any more."""
    recorded_at: pendulum.DateTime = Field(sa_type=Moment)
    recorded_by: str = Field(foreign_key="officer.number")

    def clears(self, *, at: pendulum.DateTime) -> bool:
        """Return whether the person may fly by it at a moment; its last moment is too late."""
        return self.fit and at < self.valid_until


def is_needed(categories: list[Category]) -> bool:
    """Return whether a person of these categories flies with a doctor's word only."""
    return Category.patient in categories


def words(
    clearance: MedicalClearance | None,
    categories: list[Category],
    *,
    departs_at: pendulum.DateTime,
    at: pendulum.DateTime,
    with_source: bool = True,
) -> str:
    """Return what a decider reads about the clearance for a flight, with who found it and when, or without."""
    if not is_needed(categories):
        return NOT_NEEDED
    if clearance is None:
        return "NEEDED, NONE ON RECORD"
    by = f" ({clearance.given_by}, examined {clearance.examined_at:%Y-%m-%d %H:%M} UTC)" if with_source else ""
    if not clearance.fit:
        return f"NOT FIT TO FLY{by}"
    until = f"{clearance.valid_until:%Y-%m-%d %H:%M} UTC"
    if at >= clearance.valid_until:
        return f"NEEDED, LAPSED {until}{by}"
    covers = "covers the departure" if clearance.clears(at=departs_at) else "LAPSES BEFORE THE DEPARTURE"
    return f"fit to fly until {until}, {covers}{by}"
