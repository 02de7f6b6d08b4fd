"""News: what was written down about a case since an officer last opened it."""

from collections.abc import Collection
from dataclasses import dataclass

import pendulum
from sqlmodel import Session, col, func, or_, select

from models.audit import AuditEvent
from models.case import TimelineEntry
from models.officer import Officer

TOLD_AT_MOST = 3
"""Sentences told of one case; how many more there are is counted."""


@dataclass(frozen=True, slots=True)
class News:
    """What an officer does not know yet of a case they have opened before."""

    looked_at: pendulum.DateTime
    """When they opened its evidence or its page last."""
    told: tuple[str, ...] = ()
    """The newest sentences of its timeline since, the newest first; they name no personal data."""
    more: int = 0
    """Sentences since that are not among them."""


def since_last_look(session: Session, officer: Officer, references: Collection[str]) -> dict[str, News]:
    """Return the news of each of some cases, by reference; cases the officer has never opened are missing."""
    fields = col(AuditEvent.fields)
    opened = or_(func.jsonb_exists(fields, "step"), func.jsonb_extract_path_text(fields, "purpose") == "overview")
    query = (
        select(AuditEvent.reference, func.max(AuditEvent.at))
        .where(
            col(AuditEvent.reference).in_(references),
            AuditEvent.actor == officer.number,
            AuditEvent.action == "person.read",
            opened,
        )
        .group_by(col(AuditEvent.reference))
    )
    looked = {reference: pendulum.instance(at) for reference, at in session.exec(query) if reference is not None}
    told: dict[str, list[str]] = {reference: [] for reference in looked}
    if looked:
        entries = (
            select(TimelineEntry.reference, TimelineEntry.recorded_at, TimelineEntry.words)
            .where(col(TimelineEntry.reference).in_(looked), col(TimelineEntry.recorded_at) > min(looked.values()))
            .order_by(col(TimelineEntry.id).desc())
        )
        for reference, recorded_at, words in session.exec(entries):
            if recorded_at > looked[reference]:
                told[reference].append(words)
    return {
        reference: News(at, tuple(told[reference][:TOLD_AT_MOST]), max(0, len(told[reference]) - TOLD_AT_MOST))
        for reference, at in looked.items()
    }
