"""Lookouts and lost documents: who is wanted or missed, and which papers are no longer good."""

import hashlib
from datetime import date, timedelta
from typing import Literal
from uuid import uuid4

from fastapi import APIRouter, Depends

from deployments.sandbox.contract import (
    DIFFERENT_BODY,
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
from deployments.sandbox.population import Person, Population
from deployments.sandbox.storage import Storage

LOST_DOCUMENTS = "lost-document report"

router = APIRouter(prefix="/lookouts", tags=["lookouts"], dependencies=[Depends(require_token)], responses={**ERRORS})

HitKind = Literal["arrest_warrant", "red_notice", "reported_missing", "lost_document", "stolen_document"]
Circumstance = Literal["lost", "stolen"]

AUTHORITIES: dict[HitKind, str] = {
    "arrest_warrant": "Korean National Police Agency, warrants",
    "red_notice": "INTERPOL National Central Bureau Seoul",
    "reported_missing": "Korean National Police Agency, missing persons",
    "lost_document": "Ministry of Foreign Affairs, passport register",
    "stolen_document": "Ministry of Foreign Affairs, passport register",
}
DOCUMENT_HITS: dict[str, HitKind] = {"lost": "lost_document", "stolen": "stolen_document"}


class CheckRequest(Message):
    """Who to look for; the first key that finds somebody decides, in the order of the fields."""

    person_id: Text | None = None
    personal_number: Text | None = None
    passport_number: Text | None = None
    surname_hangul: str
    given_hangul: str
    born_on: date | None = None


class Hit(Message):
    """One entry of one authority."""

    kind: HitKind
    authority: str
    reference: str
    recorded_on: date


class CheckAnswer(Message):
    """Everything that is held against or about the person; an empty list is a clear answer."""

    check_id: str
    checked_at: Moment
    hits: list[Hit]


class LostDocument(Message):
    """A report that a document is no longer in its holder's hands."""

    issuing_state: Country
    number: Text
    circumstance: Circumstance
    issued_on: date | None = None
    expires_on: date | None = None
    lost_on: date | None = None
    place: Text | None = None
    reporting_office: Text


class LostDocumentReport(LostDocument):
    """A report as recorded."""

    report_id: str
    reported_at: Moment


@router.post("/v1/checks", summary="Look a person up in every list")
async def check(body: CheckRequest, people: People, storage: Store) -> CheckAnswer:
    """Return the hits of the person found, and of the passport number asked about."""
    found = _found(body, people)
    numbers = {person.passport.number for person in found}
    if body.passport_number is not None:
        numbers.add(body.passport_number)
    hits = [hit for person in found for hit in _registered_hits(person)]
    hits += [_reported_hit(report) for number in sorted(numbers) for report in reports_of(storage, number)]
    return CheckAnswer(check_id=str(uuid4()), checked_at=storage.now(), hits=hits)


@router.put("/v1/lost-documents/{report_id}", summary="Report a document lost or stolen", responses={**DIFFERENT_BODY})
async def report(report_id: ClientId, body: LostDocument, storage: Store) -> LostDocumentReport:
    """Record the report; from now on the number hits here and at the border."""

    def recorded() -> LostDocumentReport:
        return LostDocumentReport(report_id=report_id, reported_at=storage.now(), **body.model_dump())

    return LostDocumentReport.model_validate(storage.put_once(LOST_DOCUMENTS, report_id, body, recorded))


@router.get("/v1/lost-documents/{report_id}", summary="Read a report", responses={**NOT_FOUND})
async def read_report(report_id: ClientId, storage: Store) -> LostDocumentReport:
    """Return the report as recorded."""
    return LostDocumentReport.model_validate(storage.answer(LOST_DOCUMENTS, report_id))


def reports_of(storage: Storage, number: str) -> list[LostDocumentReport]:
    """Return every report about the document with this number, oldest first."""
    rows = storage.rows(
        "SELECT answer FROM records WHERE collection = ? AND json_extract(answer, '$.number') = ? ORDER BY rowid",
        LOST_DOCUMENTS,
        number,
    )
    return [LostDocumentReport.model_validate_json(row["answer"]) for row in rows]


def _found(body: CheckRequest, people: Population) -> list[Person]:
    keys = (
        body.person_id and people.person(body.person_id),
        body.personal_number and people.with_personal_number(body.personal_number),
        body.passport_number and people.with_passport(body.passport_number),
    )
    for person in keys:
        if isinstance(person, Person):
            return [person]
    return people.named(body.surname_hangul, body.given_hangul, body.born_on) if body.born_on else []


def _registered_hits(person: Person) -> list[Hit]:
    kinds = [person.lookout, DOCUMENT_HITS.get(person.passport.status)]
    return [_registered_hit(person, kind) for kind in kinds if kind is not None]


def _registered_hit(person: Person, kind: HitKind) -> Hit:
    """Return the entry; the registry file has neither reference nor date, so both follow from the person and kind."""
    digest = hashlib.sha256(f"{person.person_id} {kind}".encode()).hexdigest()
    return Hit(
        kind=kind,
        authority=AUTHORITIES[kind],
        reference=digest[:10].upper(),
        recorded_on=date(2025, 1, 1) + timedelta(days=int(digest[10:14], 16) % 280),
    )


def _reported_hit(report: LostDocumentReport) -> Hit:
    return Hit(
        kind=DOCUMENT_HITS[report.circumstance],
        authority=report.reporting_office,
        reference=report.report_id,
        recorded_on=report.reported_at.date(),
    )
