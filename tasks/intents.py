"""Intents: written before an act, settled after it, and found again after a crash."""

import json
from typing import Any

from sqlmodel import Session, col, select

from models.case import RepatriationCase
from models.intent import Act, Intent, IntentState
from models.itinerary import Itinerary
from tasks import case_file, vault
from tasks.clock import now


def write(
    session: Session,
    case: RepatriationCase,
    act: Act,
    subject: str,
    *,
    registry_id: str | None = None,
    payload: dict[str, Any] | None = None,
    route: Itinerary | None = None,
) -> Intent:
    """
    Write down an act about to happen; commit before acting.

    Raises:
        case_file.CaseFileConflict: at commit, when the same act is under way or done.
    """
    intent = Intent(
        reference=case.reference,
        person_id=case.person_id,
        registry_id=registry_id,
        act=act,
        subject=subject,
        itinerary=route.model_dump(mode="json") if route else None,
        written_at=now(),
    )
    if payload is not None:
        intent.payload_sealed = vault.seal(
            session, case.person_id, f"intent:{act}", json.dumps(payload, sort_keys=True).encode()
        )
    session.add(intent)
    session.flush()
    case_file.note(
        session,
        "intent.written",
        actor=case_file.RUN,
        about=case,
        ids={"act": act.value, "intent_id": str(intent.id)},
        values={"subject": subject},
    )
    return intent


def settle(
    session: Session, intent: Intent, state: IntentState, *, result_id: str | None = None, words: str | None = None
) -> None:
    """Write down what became of an act."""
    intent.state, intent.settled_at = state, now()
    intent.result_id = result_id or intent.result_id
    intent.words = words or intent.words
    session.add(intent)
    session.flush()
    case_file.note(
        session,
        "intent.settled",
        actor=case_file.RUN,
        about=intent,
        ids={"act": intent.act.value, "intent_id": str(intent.id), "state": state.value},
    )


def unsettled(session: Session, reference: str, act: Act, subject: str | None = None) -> Intent | None:
    """Return an act of a case whose outcome is not known; one found in `sending` is the trace of a crash."""
    query = select(Intent).where(
        Intent.reference == reference,
        Intent.act == act,
        col(Intent.state).in_([IntentState.sending, IntentState.unknown]),
    )
    if subject is not None:
        query = query.where(Intent.subject == subject)
    return session.exec(query.with_for_update()).first()


def done(session: Session, reference: str, act: Act, subject: str) -> Intent | None:
    """Return an act that was done and not taken back."""
    return session.exec(
        select(Intent).where(
            Intent.reference == reference,
            Intent.act == act,
            Intent.subject == subject,
            Intent.state == IntentState.done,
        )
    ).first()
