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
    facts,
    identity,
    is_payment_begun,
    is_travelling,
    live_booking,
    live_handoff,
    load,
    move,
    next_step_of,
    open_document,
    open_hits,
    open_trouble,
    require_booking,
    require_document,
    require_handoff,
    require_identity,
    seats_are_ours,
)
from tasks.case_file.people import (
    Refused,
    categories,
    declaration,
    listed,
    open_case,
    refuse_odd,
    whereabouts,
)
from tasks.case_file.runs import (
    add_strike,
    claim,
    close_attempt,
    latest_attempt,
    lease,
    not_startable,
    stalled,
    waiting_runs,
)
from tasks.case_file.wakeups import announce, announced

__all__ = [
    "RUN",
    "CaseFileConflict",
    "CaseFileUnavailable",
    "Refused",
    "UnknownCase",
    "add_strike",
    "announce",
    "announced",
    "broken_link",
    "categories",
    "claim",
    "close_attempt",
    "declaration",
    "engine",
    "facts",
    "identity",
    "is_payment_begun",
    "is_travelling",
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
    "open_case",
    "open_document",
    "open_hits",
    "open_trouble",
    "refuse_odd",
    "require_booking",
    "require_document",
    "require_handoff",
    "require_identity",
    "seats_are_ours",
    "stalled",
    "tell",
    "transaction",
    "waiting_runs",
    "whereabouts",
]
