"""Who looked at a person: read out of the audit trail, and itself written there."""

from dataclasses import dataclass

import pendulum
from sqlmodel import col, select

from models.audit import AuditEvent, is_reading
from models.officer import Officer
from tasks import case_file


@dataclass(frozen=True, slots=True)
class Look:
    """One look of one officer at one person."""

    officer: str
    name: str
    at: pendulum.DateTime
    action: str
    purpose: str
    door: str


def who_looked(reference: str, *, reader: Officer) -> list[Look]:
    """Return every look at the person of a case, the first one first; this look itself stands in the next answer."""
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        events = session.exec(
            select(AuditEvent).where(AuditEvent.reference == reference).order_by(col(AuditEvent.seq))
        ).all()
        names = {officer.number: officer.name for officer in session.exec(select(Officer))}
        ids = {"purpose": "who looked at the person"}
        case_file.note(session, "audit.read", actor=reader.number, about=case, ids=ids)
    return [
        Look(
            officer=event.actor,
            name=names.get(event.actor, ""),
            at=event.at,
            action=event.action,
            purpose=event.fields.get("purpose", ""),
            door=event.fields.get("door", ""),
        )
        for event in events
        if is_reading(event.action)
    ]
