"""Mandates: in what role an officer may sign, for themselves or for another, and what is signed afterwards."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from models.columns import Moment, Row, word
from models.decision import Door, ReasonCode
from models.officer import Officer, Role


class DelegationKind(StrEnum):
    """On what ground one officer signs for another. Source: Korea's rules on official documents, art. 10."""

    standing_delegate = "standing-delegate"
    """위임전결: the matter is theirs to decide for as long as it is delegated."""
    acting_for = "acting-for"
    """대결: they sign while the other is away."""


class Delegation(Row, table=True):
    """One officer signs for another in one role and for a time; the one who is signed for has signed this."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    principal: str = Field(foreign_key="officer.number", index=True)
    delegate: str = Field(foreign_key="officer.number", index=True)
    role: Role = Field(sa_type=word(Role))
    kind: DelegationKind = Field(sa_type=word(DelegationKind))
    begins_at: pendulum.DateTime = Field(sa_type=Moment)
    ends_at: pendulum.DateTime = Field(sa_type=Moment)
    signed_at: pendulum.DateTime = Field(sa_type=Moment)
    code_time_step: int
    revoked_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    revoked_by: str | None = Field(default=None, foreign_key="officer.number")

    __table_args__ = (
        CheckConstraint("principal <> delegate", name="delegate_is_another"),
        CheckConstraint("begins_at < ends_at", name="delegation_has_a_period"),
    )

    def holds_at(self, at: pendulum.DateTime) -> bool:
        """Return whether the delegation stands at a moment."""
        return self.begins_at <= at < self.ends_at and (self.revoked_at is None or at < self.revoked_at)


class StandingAuthority(Row, table=True):
    """Funding of one operation may be decided at any hour by one duty officer; there is no amount in it."""

    __tablename__ = "standing_authority"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    operation: str = Field(index=True)
    signed_by: str = Field(foreign_key="officer.number")
    signed_at: pendulum.DateTime = Field(sa_type=Moment)
    code_time_step: int
    ends_at: pendulum.DateTime = Field(sa_type=Moment)
    revoked_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    revoked_by: str | None = Field(default=None, foreign_key="officer.number")

    __table_args__ = (CheckConstraint("signed_at < ends_at", name="authority_has_a_period"),)

    def holds_at(self, at: pendulum.DateTime) -> bool:
        """Return whether the authority stands at a moment."""
        return self.signed_at <= at < self.ends_at and (self.revoked_at is None or at < self.revoked_at)


class Afterwards(StrEnum):
    """What the second officer says of what the first decided alone."""

    confirm = "confirm"
    object = "object"


class Countersignature(Row, table=True):
    """The later signature under a decision one officer made alone; rows are only added."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    decision_id: UUID = Field(foreign_key="decision.id", unique=True)
    first_officer: str = Field(foreign_key="officer.number")
    officer: str = Field(foreign_key="officer.number")
    role: Role = Field(sa_type=word(Role))
    acting_for: str | None = Field(default=None, foreign_key="officer.number")
    """Whose role it is, where the officer signs for another."""
    delegation_id: UUID | None = Field(default=None, foreign_key="delegation.id")
    says: Afterwards = Field(sa_type=word(Afterwards))
    reason_code: ReasonCode = Field(sa_type=word(ReasonCode))
    door: Door = Field(sa_type=word(Door))
    code_time_step: int
    signed_at: pendulum.DateTime = Field(sa_type=Moment)

    __table_args__ = (
        CheckConstraint("officer <> first_officer", name="countersigned_by_another"),
        CheckConstraint("(acting_for IS NULL) = (delegation_id IS NULL)", name="countersigned_for_by_delegation"),
        Index("one_countersignature_a_code", "officer", "code_time_step", unique=True),
    )


@dataclass(frozen=True, slots=True)
class Mandate:
    """A role an officer may sign in: their own, or another's for whom they sign."""

    officer: str
    role: Role
    agency: str
    acting_for: str | None = None
    delegation_id: UUID | None = None

    @property
    def persons(self) -> frozenset[str]:
        """Everybody whose signature this is."""
        return frozenset({self.officer} if self.acting_for is None else {self.officer, self.acting_for})

    @property
    def words(self) -> str:
        """Who signs, with both names where there are two."""
        return f"{self.officer} for {self.acting_for}" if self.acting_for else self.officer


def mandates_of(officer: Officer, delegated: list[tuple[Delegation, Officer]]) -> list[Mandate]:
    """Return what an officer may sign as: their own roles first, then those of others still in service."""
    if not officer.active:
        return []
    own = [Mandate(officer.number, Role(role), officer.agency) for role in officer.roles]
    others = [
        Mandate(officer.number, delegation.role, principal.agency, principal.number, delegation.id)
        for delegation, principal in delegated
        if principal.holds(delegation.role)
    ]
    return own + others
