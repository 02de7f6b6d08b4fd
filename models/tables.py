"""Every table of the case database, imported in one place for whoever needs the whole schema."""

from sqlmodel import SQLModel

from models import (
    adopted_policy,
    assurance,
    audit,
    booking,
    by_hand,
    case,
    clearance,
    contact,
    custody,
    decision,
    disruption,
    document_rule,
    duplicate,
    escort,
    funding,
    handoff,
    hit,
    host_clearance,
    intake,
    intent,
    ladder,
    ledger,
    mandate,
    message,
    officer,
    pace,
    paper,
    person,
    referral,
    representation,
    screening,
    sheet,
    stock,
    travel_document,
    triage,
    verification,
)

MODULES = (
    adopted_policy, assurance, audit, booking, by_hand, case, clearance, contact, custody, decision, disruption,
    document_rule, duplicate, escort, funding, handoff, hit, host_clearance, intake, intent, ladder, ledger, mandate,
    message, officer, pace, paper, person, referral, representation, screening, sheet, stock, travel_document, triage,
    verification,
)  # fmt: skip
"""The modules whose import defines the tables."""

METADATA = SQLModel.metadata
