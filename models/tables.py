"""Every table of the case database, imported in one place for whoever needs the whole schema."""

from sqlmodel import SQLModel

from models import (
    audit,
    booking,
    case,
    clearance,
    contact,
    decision,
    duplicate,
    funding,
    handoff,
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
    audit, booking, case, clearance, contact, decision, duplicate, funding, handoff, intake, intent, ladder, ledger,
    mandate, message, officer, paper, person, representation, screening, sheet, travel_document, triage, verification,
)  # fmt: skip
"""The modules whose import defines the tables."""

METADATA = SQLModel.metadata
