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
    export,
    funding,
    handoff,
    hit,
    host_clearance,
    intake,
    intent,
    ladder,
    ledger,
    listing,
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
    situation,
    stock,
    travel_document,
    triage,
    validity,
    verification,
)

MODULES = (
    adopted_policy, assurance, audit, booking, by_hand, case, clearance, contact, custody, decision, disruption,
    document_rule, duplicate, escort, export, funding, handoff, hit, host_clearance, intake, intent, ladder, ledger,
    listing, mandate, message, officer, pace, paper, person, referral, representation, screening, sheet, situation,
    stock, travel_document, triage, validity, verification,
)  # fmt: skip
"""The modules whose import defines the tables."""

METADATA = SQLModel.metadata
