"""Border control at home: knows the documents the ministry registers, and tells a carrier whether to board."""

from datetime import date
from typing import Literal
from uuid import uuid4

from fastapi import APIRouter, Depends

from deployments.sandbox.contract import (
    ERRORS,
    NOT_FOUND,
    ClientId,
    Country,
    Message,
    Moment,
    People,
    Store,
    Text,
    require_token,
)
from deployments.sandbox.lookouts import reports_of
from deployments.sandbox.population import Population
from deployments.sandbox.storage import Storage, UnknownRecord

DOCUMENTS = "border document"

router = APIRouter(
    prefix="/border-control", tags=["border-control"], dependencies=[Depends(require_token)], responses={**ERRORS}
)


class Document(Message):
    """What the border must know of a document before its holder travels."""

    instrument: Literal["travel_certificate", "emergency_passport"]
    issuing_state: Country
    status: Literal["reserved", "valid", "cancelled", "void"]
    expires_on: date
    surname_latin: Text
    given_latin: Text
    born_on: date


class RegisteredDocument(Document):
    """A document as registered."""

    number: str


class PreCheckRequest(Message):
    """Who stands at the desk, with which document, for which flight."""

    document_number: Text
    surname_latin: Text
    given_latin: Text
    born_on: date
    carrier: Text
    flight_number: Text
    departs_on: date


class PreCheckAnswer(Message):
    """Whether the carrier may board the person."""

    check_id: str
    answer: Literal["ok_to_board", "no_board"]
    reason: str | None
    checked_at: Moment


@router.put("/v1/documents/{number}", summary="Register a document, or replace what is registered")
async def register(number: ClientId, body: Document, storage: Store) -> RegisteredDocument:
    """Store the document under its number, whatever was there before."""
    document = RegisteredDocument(number=number, **body.model_dump())
    storage.replace(DOCUMENTS, number, body, document)
    return document


@router.get("/v1/documents/{number}", summary="Read a document", responses={**NOT_FOUND})
async def read(number: ClientId, storage: Store) -> RegisteredDocument:
    """Return the document as registered."""
    return RegisteredDocument.model_validate(storage.answer(DOCUMENTS, number))


@router.post("/v1/pre-checks", summary="Ask whether a person may board")
async def pre_check(body: PreCheckRequest, people: People, storage: Store) -> PreCheckAnswer:
    """Return no_board with its reason, or ok_to_board."""
    reason = _objection(body, people, storage)
    return PreCheckAnswer(
        check_id=str(uuid4()),
        answer="no_board" if reason else "ok_to_board",
        reason=reason,
        checked_at=storage.now(),
    )


def _objection(body: PreCheckRequest, people: Population, storage: Storage) -> str | None:
    """
    Return why the person may not board.

    A reserved number passes: the ministry asks before it releases the paper, and registers it valid afterwards.
    """
    if reports := reports_of(storage, body.document_number):
        return f"document reported {reports[-1].circumstance}"
    person = people.with_passport(body.document_number)
    if person is not None and person.passport.status in {"lost", "stolen"}:
        return f"document reported {person.passport.status}"
    try:
        document = RegisteredDocument.model_validate(storage.answer(DOCUMENTS, body.document_number))
    except UnknownRecord:
        return "document unknown"
    if document.status in {"void", "cancelled"}:
        return f"document {document.status}"
    if document.expires_on < body.departs_on:
        return "document expired on the day of departure"
    return _difference(body, document)


def _difference(body: PreCheckRequest, document: RegisteredDocument) -> str | None:
    presented = (_letters(body.surname_latin), _letters(body.given_latin))
    if presented != (_letters(document.surname_latin), _letters(document.given_latin)):
        return "name differs from the document"
    if body.born_on != document.born_on:
        return "date of birth differs from the document"
    return None


def _letters(name: str) -> str:
    """Return the letters of a name alone, in capitals: tickets and machine-readable zones drop spaces and hyphens."""
    return "".join(letter for letter in name.upper() if letter.isalpha())
