"""Handoff: the receiver who accepts, the arrival, the receipt, and the first date of the follow-up."""

from datetime import date
from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from sqlalchemy import Index
from sqlmodel import Field

from models.columns import Moment, Row, word
from models.evidence import Content, Section
from models.screening import VictimMemo

FIRST_FOLLOW_UP = pendulum.duration(days=7)
"""First contact after coming home; 30, 90 and 180 days follow."""


class HandoffState(StrEnum):
    """What the receiver has said, and what has happened."""

    offered = "offered"
    accepted = "accepted"
    refused = "refused"
    received = "received"


class Handoff(Row, table=True):
    """One offer of one person to one receiving agency, and what became of it."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    person_id: UUID = Field(foreign_key="person.id")
    intent_id: UUID = Field(foreign_key="intent.id", unique=True)
    agency: str
    state: HandoffState = Field(default=HandoffState.offered, sa_type=word(HandoffState))
    answered_by: str | None = None
    refusal_sealed: bytes | None = None
    """The receiver's own words for a refusal; they may name the person."""
    answered_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    received_by: str | None = Field(default=None, foreign_key="officer.number")
    received_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    follow_up_on: date | None = None

    __table_args__ = (
        Index("one_live_handoff", "reference", unique=True,
              postgresql_where="state IN ('offered', 'accepted', 'received')"),
    )  # fmt: skip


class HandoffProposal(Content):
    """What the receiving officer signs on landing: who stands there, off which flight, with which paper."""

    name_hangul: str
    name_latin: str
    flight_number: str
    arrives: str
    """Airport, local time and zone, in one line."""
    document_number: str
    agency: str
    needs: tuple[str, ...]
    guardian: str | None = None
    """Who takes a minor home where no agency does: name, relation and how it was verified, in one line."""
    victim_memo: VictimMemo | None = None
    """For police and prosecutors only, about a suspect who was found a victim."""

    def sections(self) -> list[Section]:
        """Return the arrival facts for this receiver only."""
        return [
            ("Person", [("Name", f"{self.name_hangul} · {self.name_latin}"), ("Document", self.document_number)]),
            ("Arrival", [("Flight", self.flight_number), ("Arrives", self.arrives), ("Agency", self.agency)]),
            ("Care", [("Needs", ", ".join(self.needs) or "none"),
                      *([("Goes with", self.guardian)] if self.guardian else [])]),
            *([("Victim memo", self.victim_memo.lines())] if self.victim_memo else []),
        ]  # fmt: skip


def too_early(*, departs_at: pendulum.DateTime, at: pendulum.DateTime) -> str | None:
    """Return why a receipt cannot be signed yet; nobody has arrived before their flight has left."""
    if at < departs_at:
        return f"The flight leaves at {departs_at.to_iso8601_string()}; sign when the person stands before you."
    return None


def follow_up_on(received_on: date) -> date:
    """Return the day of the first follow-up contact."""
    day = pendulum.date(received_on.year, received_on.month, received_on.day)
    return day + FIRST_FOLLOW_UP
