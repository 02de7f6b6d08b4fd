"""What is on file about a case, read out of every table that knows it, with what is sealed opened."""

import base64
import json
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, select
from sqlmodel import Session

from models.case import RepatriationCase
from models.decision import canonical
from models.tables import METADATA
from tasks import case_file, contacts, vault

SEALED_AS = {
    "best_interest.reasons_sealed": "best_interest",
    "booking.names_sealed": "names_sent",
    "booking.record_locator_sealed": "record_locator",
    "booking.ticket_numbers_sealed": "ticket_numbers",
    "case_merge.reason_sealed": "merge_reason",
    "contact.name_sealed": "contact_name",
    "contact.phone_sealed": case_file.CONTACT_PHONE,
    "confirmed_identity.passport_number_sealed": "registered_passport",
    "confirmed_identity.personal_number_sealed": "personal_number",
    "decision.reason_sealed": "reason",
    "escort_duty.tickets_sealed": "escort_tickets",
    "examination.content_sealed": "findings",
    "handoff.refusal_sealed": "refusal",
    "host_record.number_sealed": "host_number",
    "intake_row.row_sealed": "intake_row",
    "intent.payload_sealed": "intent:{act}",
    "longer_validity.words_sealed": "validity",
    "loss_report.place_sealed": "place of loss",
    "manual_booking.proof_sealed": "booking_proof",
    "manual_booking.record_locator_sealed": "record_locator",
    "manual_booking.ticket_numbers_sealed": "ticket_numbers",
    "paper.bytes_sealed": "paper:{kind}",
    "paper.number_sealed": "paper_number",
    "person.passport_number_sealed": "passport_number",
    "person.portrait_sealed": "portrait",
    "person.story_sealed": "story",
    "private_payment.purpose_sealed": "private_payment",
    "proposal.content_sealed": "proposal:{step}",
    "referral.contact_sealed": "referral_contact",
    "referral.file_sealed": "referral_file",
    "referral_request.contact_sealed": "referral_contact",
    "representative.name_sealed": "representative",
    "screening.content_sealed": "screening",
    "whereabouts.keeper_sealed": "keeper",
    "whereabouts.place_sealed": "place",
}
"""Under which field of the person each sealed column was sealed; the names in braces are columns of the same row."""

_LEFT_OUT = frozenset({"person_key", "audit_event", "case_urgency", "case_name"})
"""A key leaves the house in no archive; events have a file of their own; and what only follows from facts is none."""

Row = dict[str, Any]


def of(session: Session, case: RepatriationCase) -> dict[str, list[Row]]:
    """
    Return every row about a case and its person by table, as values that JSON knows; sealed bytes stay bytes, opened.

    What stands in cases merged into it counts for it, and comes with it. After an erasure what was sealed is None.
    """
    references = case_file.references_of(session, case.reference)
    persons = {each: case_file.load(session, each).person_id for each in references}
    found = {}
    for table in METADATA.sorted_tables:
        condition = _about(table, persons)
        if condition is None or table.name in _LEFT_OUT:
            continue
        rows = session.execute(select(table).where(condition).order_by(*table.primary_key)).mappings()
        found[table.name] = [_opened(session, persons, table.name, dict(row)) for row in rows]
    return found


def _about(table: Table, persons: dict[str, UUID]) -> ColumnElement[bool] | None:
    columns = table.columns
    if "reference" in columns:
        return columns["reference"].in_(persons)
    if "person_id" in columns:
        return columns["person_id"].in_(persons.values())
    if table.name == "person":
        return columns["id"].in_(persons.values())
    return _through(table, persons)


def _through(table: Table, persons: dict[str, UUID]) -> ColumnElement[bool] | None:
    """Return the condition of a table that is about a case by way of another one; None of one that is about none."""
    columns = table.columns
    if table.name == "ledger_posting":
        entries = METADATA.tables["ledger_transaction"].columns
        return columns["transaction_id"].in_(select(entries["id"]).where(entries["reference"].in_(persons)))
    if table.name in ("stock_move", "sheet_check"):
        stock = METADATA.tables["stock_number"].columns
        return columns["number"].in_(select(stock["number"]).where(stock["reference"].in_(persons)))
    if table.name == "intake_list":
        rows = METADATA.tables["intake_row"].columns
        return columns["id"].in_(select(rows["list_id"]).where(rows["reference"].in_(persons)))
    return None


def _opened(session: Session, persons: dict[str, UUID], table: str, row: Row) -> Row:
    owner = row.get("person_id") or (row["id"] if table == "person" else persons.get(row.get("reference", "")))
    opened = {}
    for name, value in row.items():
        if not name.endswith("_sealed"):
            opened[name] = _plain(value)
            continue
        if table == "contact" and not contacts.items_agreed(session, row["id"], of=persons.values()):
            # Nobody reads who a relative is and how to reach them without the person's word, in an archive either.
            opened[name.removesuffix("_sealed")] = None
            continue
        field = SEALED_AS[f"{table}.{name}"].format(**row)
        try:
            clear = None if value is None or owner is None else vault.open_(session, owner, field, value)
        except vault.Erased:
            clear = None
        opened[name.removesuffix("_sealed")] = clear
    return opened


def _plain(value: Any) -> Any:  # noqa: ANN401 - a column of any type
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    return int(value) if isinstance(value, Decimal) else value


def as_json(rows: Any) -> bytes:  # noqa: ANN401 - JSON
    """Return rows as JSON a person can read; bytes that are text as text."""
    return json.dumps(rows, ensure_ascii=False, indent=2, sort_keys=True, default=_text).encode() + b"\n"


def _text(value: object) -> str:
    if not isinstance(value, bytes):
        raise TypeError(f"{type(value).__name__} has no form in JSON")
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()


def proposal_bytes(content: bytes) -> bytes:
    """Return the very bytes whose SHA-256 is a proposal's digest."""
    return canonical(json.loads(content))
