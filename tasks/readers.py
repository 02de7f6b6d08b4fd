"""Who looked at a person, and who was told of them: read out of the audit trail, and itself written there."""

from dataclasses import dataclass

import pendulum
from sqlmodel import col, select

from models.audit import TOLD, AuditEvent, is_reading
from models.officer import Duty, Officer
from tasks import case_file


@dataclass(frozen=True, slots=True)
class Look:
    """One look of one officer at one person, or what one partner was told."""

    officer: str
    """Officer number; `run` where the journey told a partner."""
    name: str
    """Of the officer, or of the partner."""
    at: pendulum.DateTime
    action: str
    purpose: str
    """What the officer looked for, or the step that told."""
    door: str
    told: tuple[str, ...] = ()
    """Names of the fields a partner was given, in its own words."""


def who_looked(reference: str, *, reader: Officer) -> list[Look]:
    """
    Return every look at the person of a case, and all that partners were told, the first one first.

    This look itself stands in the next answer.

    Raises:
        case_file.Refused: the reader does not run the case.
    """
    case_file.refuse_without(Duty.run_the_case, reader)
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        events = session.exec(
            select(AuditEvent).where(AuditEvent.reference == reference).order_by(col(AuditEvent.seq))
        ).all()
        names = {officer.number: officer.name for officer in session.exec(select(Officer))}
        ids = {"purpose": "who looked at the person"}
        case_file.note(session, "audit.read", actor=reader.number, about=case, ids=ids)
    shown = [event for event in events if is_reading(event.action) or event.action == TOLD]
    return [_look(event, names) for event in shown]


def _look(event: AuditEvent, names: dict[str, str]) -> Look:
    told = event.action == TOLD
    return Look(
        officer=event.actor,
        name=event.fields["partner"] if told else names.get(event.actor, ""),
        at=event.at,
        action=event.action,
        purpose=event.fields["step"] if told else event.fields.get("purpose", ""),
        door=event.fields.get("door", ""),
        told=tuple(name for name in event.fields["told"].split(",") if name) if told else (),
    )
