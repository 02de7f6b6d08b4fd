"""Referrals: what another agency is asked, and what it says, about who a person is; weighed, and no confirmation."""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from sqlalchemy import Index, text
from sqlmodel import Field

from models import silence
from models.columns import Moment, Row, word


class AgencyKind(StrEnum):
    """What another agency is; a public office answers for its word, and anybody may call themselves an organisation."""

    host_police = "host-police"
    public_office = "public-office"
    mission = "mission"
    """Another mission, of ours or of another state."""
    ngo = "ngo"


PUBLIC = frozenset({AgencyKind.host_police, AgencyKind.public_office, AgencyKind.mission})


class Said(StrEnum):
    """What an agency says."""

    refers = "refers"
    """It sends the person to us, and says nothing about who they are."""
    vouches = "vouches"
    """It knows the person by the name they give."""
    denies = "denies"
    """It knows them as somebody else."""
    unknown = "unknown"
    """It does not know them; that is an answer and no evidence."""


class Withdrawn(StrEnum):
    """Why nobody waits for an answer any more."""

    identified = "identified"
    """Who the person is became clear without it."""
    asked_wrongly = "asked-wrongly"
    """Another agency should have been asked, or another question."""
    cannot_be_reached = "cannot-be-reached"
    """Asked again by every way, it answers nobody."""


class ReferralRequest(Row, table=True):
    """One request to another agency, with its clock; all that ever changes of it is how it ended."""

    __tablename__ = "referral_request"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    person_id: UUID = Field(foreign_key="person.id")
    agency: str
    kind: AgencyKind = Field(sa_type=word(AgencyKind))
    contact_sealed: bytes
    """Whom was asked there, and how they are reached again."""
    asked_by: str = Field(foreign_key="officer.number")
    asking_agency: str
    """Of the officer who asked, at the time."""
    asked_at: pendulum.DateTime = Field(sa_type=Moment)
    remind_at: pendulum.DateTime = Field(sa_type=Moment)
    due_at: pendulum.DateTime = Field(sa_type=Moment)
    """By when the policy of that time wants the answer."""
    recorded_at: pendulum.DateTime = Field(sa_type=Moment)
    ended_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    """When it was answered or withdrawn; until then its clock runs."""
    ended_by: str | None = Field(default=None, foreign_key="officer.number")
    withdrawn_for: Withdrawn | None = Field(default=None, sa_type=word(Withdrawn))
    """None where it was answered."""

    __table_args__ = (
        Index("one_open_request", "reference", text("lower(agency)"), unique=True, postgresql_where="ended_at IS NULL"),
        Index("ix_referral_request_open", "remind_at", postgresql_where="ended_at IS NULL"),
    )

    @property
    def asked_words(self) -> str:
        """Who asked whom, when, for which agency of ours; the same words at any moment."""
        asked = f"{self.agency} ({self.kind.value}) asked by {self.asked_by} of {self.asking_agency}"
        return f"{asked}, {self.asked_at:%Y-%m-%d %H:%M} UTC"

    @property
    def standing_words(self) -> str:
        """How it stands; the same words as long as nothing happens."""
        if self.withdrawn_for is not None:
            return f"withdrawn, {self.withdrawn_for.value.replace('-', ' ')}"
        return "answered" if self.ended_at is not None else f"NO ANSWER YET, due {self.due_at:%Y-%m-%d %H:%M} UTC"

    def is_overdue(self, *, at: pendulum.DateTime) -> bool:
        """Return whether the answer should have come by this moment and did not."""
        return self.ended_at is None and silence.is_overdue(self.due_at, at=at)

    def words(self, *, at: pendulum.DateTime) -> str:
        """Return how it stands at a moment, and for how long an answer has been overdue."""
        return f"NO ANSWER, {silence.words(self.due_at, at=at)}" if self.is_overdue(at=at) else self.standing_words


class Referral(Row, table=True):
    """One agency's word about one person; rows are only added, and the latest of each agency counts."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    person_id: UUID = Field(foreign_key="person.id")
    agency: str
    kind: AgencyKind = Field(sa_type=word(AgencyKind))
    said: Said = Field(sa_type=word(Said))
    request_id: UUID | None = Field(default=None, foreign_key="referral_request.id")
    """The request it answers; None of a word nobody asked for."""
    contact_sealed: bytes
    """Whom to ask there, and how they are reached."""
    file_sealed: bytes | None = None
    """Their own reference of the person, where they have one."""
    said_at: pendulum.DateTime = Field(sa_type=Moment)
    recorded_at: pendulum.DateTime = Field(sa_type=Moment)
    recorded_by: str = Field(foreign_key="officer.number")


def latest(referrals: Sequence[Referral]) -> list[Referral]:
    """Return the last word of each agency, of some in the order they were recorded in."""
    return list({referral.agency.casefold(): referral for referral in referrals}.values())
