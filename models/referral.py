"""Referrals: what another agency says about who a person is. It is a word to be weighed, and never a confirmation."""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from sqlmodel import Field

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


class Referral(Row, table=True):
    """One agency's word about one person; rows are only added, and the latest of each agency counts."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    person_id: UUID = Field(foreign_key="person.id")
    agency: str
    kind: AgencyKind = Field(sa_type=word(AgencyKind))
    said: Said = Field(sa_type=word(Said))
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
