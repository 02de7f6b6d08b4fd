"""
The case file: the only door to the case database.

Owns connections, transactions, the audit chain, the journey's facts and what officers write down. Stage modules ask
and write through `transaction()`; nobody else opens a connection.
"""

from tasks.case_file.audit import broken_link, note, tell
from tasks.case_file.connection import CaseFileConflict, CaseFileUnavailable, engine, transaction
from tasks.case_file.journey import (
    RUN,
    UnknownCase,
    claim,
    close_attempt,
    facts,
    identity,
    latest_attempt,
    lease,
    live_booking,
    live_handoff,
    load,
    move,
    next_step_of,
    not_startable,
    open_attempts,
    open_document,
    open_hits,
    open_trouble,
    require_booking,
    require_document,
    require_handoff,
    require_identity,
)
from tasks.case_file.people import (
    Refused,
    categories,
    declaration,
    listed,
    open_case,
    whereabouts,
)

__all__ = [
    "RUN",
    "CaseFileConflict",
    "CaseFileUnavailable",
    "Refused",
    "UnknownCase",
    "broken_link",
    "categories",
    "claim",
    "close_attempt",
    "declaration",
    "engine",
    "facts",
    "identity",
    "latest_attempt",
    "lease",
    "listed",
    "live_booking",
    "live_handoff",
    "load",
    "move",
    "next_step_of",
    "not_startable",
    "note",
    "open_attempts",
    "open_case",
    "open_document",
    "open_hits",
    "open_trouble",
    "require_booking",
    "require_document",
    "require_handoff",
    "require_identity",
    "tell",
    "transaction",
    "whereabouts",
]
