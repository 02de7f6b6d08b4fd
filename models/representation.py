"""Representation: who speaks for a person who does not sign, and into whose hands such a person may be given."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.columns import Moment, Row, word
from models.person import Category


class Incapacity(StrEnum):
    """Why a person does not sign for themselves. Source: IOM, return declarations (RR-01)."""

    minor = "minor"
    cannot_understand = "cannot_understand"
    deceased = "deceased"


class Relation(StrEnum):
    """What a representative or a contact is to the person."""

    parent = "parent"
    spouse = "spouse"
    child = "child"
    sibling = "sibling"
    relative = "relative"
    court_appointed = "court_appointed"
    child_agency = "child_agency"
    friend = "friend"
    not_said = "not_said"


class Proof(StrEnum):
    """How it was verified that somebody may speak for the person."""

    family_register = "family_register"
    court_order = "court_order"
    agency_letter = "agency_letter"
    notarised_authority = "notarised_authority"


PROOFS: dict[Relation, tuple[Proof, ...]] = {
    Relation.parent: (Proof.family_register, Proof.court_order),
    Relation.spouse: (Proof.family_register, Proof.court_order, Proof.notarised_authority),
    Relation.child: (Proof.family_register, Proof.court_order, Proof.notarised_authority),
    Relation.sibling: (Proof.family_register, Proof.court_order, Proof.notarised_authority),
    Relation.relative: (Proof.court_order, Proof.notarised_authority),
    Relation.court_appointed: (Proof.court_order,),
    Relation.child_agency: (Proof.agency_letter, Proof.court_order),
}
"""Who may represent, and what proves it; a friend cannot, who may have been the recruiter."""


class Interest(StrEnum):
    """What was found to be best for a child."""

    return_home = "return"
    stay_for_now = "stay"


class Representative(Row, table=True):
    """Somebody who speaks for a person; only how they were verified and their end may be noted later."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    number: int
    """1, 2, 3 … for each person."""
    name_sealed: bytes
    relation: Relation = Field(sa_type=word(Relation))
    because: Incapacity = Field(sa_type=word(Incapacity))
    added_at: pendulum.DateTime = Field(sa_type=Moment)
    added_by: str = Field(foreign_key="officer.number")
    proof: Proof | None = Field(default=None, sa_type=word(Proof))
    verified_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    verified_by: str | None = Field(default=None, foreign_key="officer.number")
    ended_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    ended_by: str | None = Field(default=None, foreign_key="officer.number")

    __table_args__ = (UniqueConstraint("person_id", "number"),)

    @property
    def stands(self) -> bool:
        """Whether they may speak for the person: verified, and not ended."""
        return self.verified_at is not None and self.ended_at is None


class BestInterest(Row, table=True):
    """What was found best for a child, and why; the latest counts, rows are only added."""

    __tablename__ = "best_interest"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    interest: Interest = Field(sa_type=word(Interest))
    reasons_sealed: bytes
    recorded_at: pendulum.DateTime = Field(sa_type=Moment)
    recorded_by: str = Field(foreign_key="officer.number")


def incapacity_of(held: frozenset[Category], *, cannot_understand: bool) -> Incapacity | None:
    """Return why a person does not sign for themselves; None when they do."""
    if Category.deceased in held:
        return Incapacity.deceased
    if Category.minor in held:
        return Incapacity.minor
    return Incapacity.cannot_understand if cannot_understand else None


def refused_signature(why: Incapacity | None, by: Representative | None, *, number: int | None = None) -> str | None:
    """
    Return why a word is not taken from the person, or from the one who speaks for them.

    `number` is by what officers name the representative where it is not their own: in a case theirs is merged into.
    """
    if why is None:
        return None if by is None else "The person signs for themselves; leave --representative out."
    if by is None:
        return (
            f"The person does not sign ({why.value}); their representative does: give --representative, after "
            "`homeward representative add` and `verify`."
        )
    named = f"Representative {number or by.number}"
    if by.because is not why:
        return f"{named} speaks for the person as {by.because.value}, not as {why.value}; add one."
    if not by.stands:
        return f"{named} is not verified, or has ended; use `homeward representative verify` first."
    return None


GUARDIAN = "verified-guardian"
"""The receiver's name where a minor is handed to their verified guardian and to no agency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """What the rule needs to know about who receives whom: all of it facts, nothing to look up."""

    minor: bool
    interest: Interest | None
    to_child_agency: bool
    to_guardian: bool
    guardian_stands: bool
    suspected: bool
    to_police: bool
    screened: bool


def missing_for(reception: Reception) -> list[str]:
    """Return what must be on file before this receiver may take the person, one sentence each; none when all is."""
    missing = []
    if reception.minor:
        if reception.interest is None:
            missing.append("A minor's best interest was not examined; record it with `homeward case best-interest`.")
        elif reception.interest is Interest.stay_for_now:
            # Council of Europe Convention on Action against Trafficking, art. 16(7).
            missing.append("Return was found not to be in the minor's best interest; nobody is returned against it.")
        if not reception.to_child_agency and not reception.to_guardian:
            missing.append(
                f"A minor goes to a child agency or to {GUARDIAN} only; choose with `homeward case receiver`."
            )
        elif reception.to_guardian and not reception.guardian_stands:
            missing.append(
                "No guardian of the minor is verified; use `homeward representative verify`, or choose a child agency."
            )
    elif reception.to_guardian:
        missing.append(f"Only a minor goes to {GUARDIAN}; choose an agency with `homeward case receiver`.")
    if reception.suspected and reception.to_police and not reception.screened:
        missing.append("A suspect is screened before the police receive them; use `homeward screening record`.")
    return missing
