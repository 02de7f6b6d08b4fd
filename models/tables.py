"""Every table of the case database, imported in one place for whoever needs the whole schema."""

from sqlmodel import SQLModel

from models import (
    assurance,
    audit,
    booking,
    case,
    clearance,
    contact,
    custody,
    decision,
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
    paper,
    person,
    representation,
    screening,
    sheet,
    travel_document,
    triage,
    verification,
)

MODULES = (
    assurance, audit, booking, case, clearance, contact, custody, decision, duplicate, escort, funding, handoff,
    hit, host_clearance, intake, intent, ladder, ledger, mandate, message, officer, paper, person, representation,
    screening, sheet,
    travel_document, triage, verification,
)  # fmt: skip
"""The modules whose import defines the tables."""

METADATA = SQLModel.metadata
