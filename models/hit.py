"""A routed hit: which agency holds the entry, which one decided, and who was told of the person by when."""

from uuid import UUID, uuid4

import pendulum
from sqlmodel import Field

from models.columns import Moment, Row
from models.verification import HitKind, LookoutHit

TELL_WITHIN = pendulum.duration(hours=24)
"""How soon after the decision whoever holds the entry must be told of the person."""


class HitRouting(Row, table=True):
    """Who decided on one entry, for which agency, and by when they see to it that its holder is told; only added."""

    __tablename__ = "hit_routing"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    hit_id: UUID = Field(foreign_key="lookout_hit.id", unique=True)
    decision_id: UUID = Field(foreign_key="decision.id")
    owner: str = Field(foreign_key="officer.number")
    """Who decided; telling the holder is theirs to do."""
    agency: str
    """Theirs, at the time."""
    tell_by: pendulum.DateTime = Field(sa_type=Moment)
    routed_at: pendulum.DateTime = Field(sa_type=Moment)


class HitNotice(Row, table=True):
    """An agency that was told of the person because of an entry; rows are only added."""

    __tablename__ = "hit_notice"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    hit_id: UUID = Field(foreign_key="lookout_hit.id", index=True)
    agency: str
    told_at: pendulum.DateTime = Field(sa_type=Moment)
    recorded_at: pendulum.DateTime = Field(sa_type=Moment)
    recorded_by: str = Field(foreign_key="officer.number")


def is_holder_told(hit: LookoutHit, notices: list[HitNotice]) -> bool:
    """Return whether the agency that holds the entry itself knows of the person; that another does is not enough."""
    return any(notice.agency == hit.authority for notice in notices)


def told_words(hit: LookoutHit, notices: list[HitNotice]) -> list[str]:
    """Return who was told because of an entry and when, and what is still to be done, one line each."""
    lines = [f"{notice.agency}, {notice.told_at:%Y-%m-%d %H:%M} UTC, by {notice.recorded_by}" for notice in notices]
    if is_holder_told(hit, notices):
        return lines
    if hit.kind is HitKind.reported_missing:
        return [*lines, f"{hit.authority}: NOT TOLD YET that the person is found; the family only if the person agrees"]
    return [*lines, f"{hit.authority}: NOT TOLD YET"]


def routed_words(routing: HitRouting, hit: LookoutHit, notices: list[HitNotice]) -> str:
    """Return in one line which agency decided on an entry, which one holds it, and whether that one knows."""
    known = "told" if is_holder_told(hit, notices) else f"to be told by {routing.tell_by:%Y-%m-%d %H:%M} UTC"
    return f"{routing.decision_id} by {routing.owner} of {routing.agency}; {hit.authority} {known}"
