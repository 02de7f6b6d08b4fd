"""The emergency travel document: its instrument in law, its envelope, its stock of numbers, and what is decided."""

from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Column, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.clearance import NOT_NEEDED
from models.columns import Moment, Row, word
from models.evidence import Content, Section
from models.instrument import Instrument, LegalGround, Rule
from models.itinerary import Itinerary
from models.portrait import NOT_MEASURED, HeadMarks, age_warning, head_warning, head_words
from models.stock import StockState
from models.validity import VALID_FOR_DAYS

GRACE_DAYS = 2
"""Days of grace after the arrival. Source: Directive (EU) 2019/997 art. 6."""


class Envelope(BaseModel):
    """What the authorised document covers: where to, through where, until when."""

    model_config = ConfigDict(frozen=True)

    destination_country: str
    """ISO 3166-1 alpha-2."""
    transit_countries: tuple[str, ...]
    """Countries that let a holder of this instrument change flights; ISO 3166-1 alpha-2."""
    latest_arrival_on: date


def outside_envelope(itinerary: Itinerary, envelope: Envelope) -> str | None:
    """Return why a route is not covered, in one sentence; None when it is."""
    last = itinerary.segments[-1]
    if last.destination_country != envelope.destination_country:
        return f"The route ends in {last.destination_country}; the document is for {envelope.destination_country}."
    for segment in itinerary.segments[:-1]:
        if segment.destination_country not in envelope.transit_countries:
            return f"The route changes flights in {segment.destination_country}, which the document does not cover."
    for stop in itinerary.stops:
        if stop.country not in (
            *envelope.transit_countries,
            itinerary.segments[0].origin_country,
            last.destination_country,
        ):
            return f"The flight stops at {stop.airport} in {stop.country}, which the document does not cover."
    if last.arrives_local.date() > envelope.latest_arrival_on:
        return f"The route arrives on {last.arrives_local.date()}, after the latest day {envelope.latest_arrival_on}."
    return None


def last_day(authorised_on: date, *, days: int = VALID_FOR_DAYS) -> date:
    """Return the last day of validity of a document authorised on a local day, which counts as the first."""
    return authorised_on + timedelta(days=days - 1)


def printed_last_day(route: Itinerary, *, authorised_until: date) -> date:
    """
    Return the last day of validity as printed: the journey as ticketed, with its nights on the way, and the grace.

    The arrival counts by the calendar of the place of arrival. It never passes what was authorised.
    """
    arrives_on = route.segments[-1].arrives_local.date()
    return min(arrives_on + timedelta(days=GRACE_DAYS), authorised_until)


def latest_arrival(expires_on: date) -> date:
    """Return the latest day of arrival for a document, its grace days before it expires."""
    return expires_on - timedelta(days=GRACE_DAYS)


class StockNumber(Row, table=True):
    """One number that existed before any person was entered on it. Source: ICAO Doc 9303-8 §4.3.2."""

    __tablename__ = "stock_number"

    number: str = Field(primary_key=True)
    """Nine characters; random, not sequential. A specimen's begins with X and cannot pass for a real one."""
    mission: str
    """ISO 3166-1 alpha-3 of the country of the mission that holds it."""
    instrument: Instrument = Field(default=Instrument.travel_certificate, sa_type=word(Instrument))
    """What bears it: a sheet, or a booklet for an emergency passport."""
    state: StockState = Field(default=StockState.received, sa_type=word(StockState))
    """Follows its newest `StockMove`; the database lets nobody set it otherwise."""
    received_at: pendulum.DateTime = Field(sa_type=Moment)
    received_by: str = "first-day"
    """Number of the officer; a drill's specimens are there from the first day."""
    reference: str | None = Field(default=None, foreign_key="repatriation_case.reference")
    moved_at: pendulum.DateTime = Field(sa_type=Moment)

    __table_args__ = (Index("ix_stock_free", "mission", postgresql_where="state = 'received'"),)


class DocumentState(StrEnum):
    """What has happened to a travel document."""

    proposed = "proposed"
    authorised = "authorised"
    """Decided, number reserved; nothing valid exists."""
    valid = "valid"
    cancelled = "cancelled"
    """Used and taken in at the handoff."""
    void = "void"


class TravelDocument(Row, table=True):
    """One travel document of one person."""

    __tablename__ = "travel_document"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    registry_id: str
    number: str = Field(foreign_key="stock_number.number", unique=True)
    instrument: Instrument = Field(sa_type=word(Instrument))
    state: DocumentState = Field(default=DocumentState.proposed, sa_type=word(DocumentState))
    issued_on: date | None = None
    """Local day printed on it; None until release."""
    expires_on: date
    envelope: dict[str, object] = Field(sa_column=Column(JSONB, nullable=False))
    border_status: str | None = None
    """What border control was last told of the number, or was about to be: reserved, valid, cancelled or void."""
    rule: Rule = Field(default=Rule.urgent, sa_type=word(Rule))
    """The row of the law's table by which the instrument was chosen."""
    authorised_by: str | None = Field(default=None, foreign_key="officer.number")
    replaces_id: UUID | None = Field(default=None, foreign_key="travel_document.id")
    """The void document of the same case it was made instead of; why, the old number's last move says."""
    itinerary: dict[str, object] | None = Field(default=None, sa_column=Column(JSONB))
    """The route as printed; a route that is no longer the ticketed one needs a new sheet."""
    paper_id: UUID | None = Field(default=None, foreign_key="paper.id")
    """The stored bytes; a document is valid only when this is set."""
    moved_at: pendulum.DateTime = Field(sa_type=Moment)

    __table_args__ = (
        # No person holds more than one valid emergency travel document. Source: ICAO Doc 9303-8 §4.1.5.
        Index("one_valid_document_per_person", "person_id", unique=True, postgresql_where="state = 'valid'"),
        Index("one_valid_document_per_registry_id", "registry_id", unique=True, postgresql_where="state = 'valid'"),
        Index(
            "one_open_document_per_case", "reference", unique=True,
            postgresql_where="state IN ('proposed', 'authorised', 'valid')",
        ),
    )  # fmt: skip


class Acceptance(BaseModel):
    """What the document check said about one point of the way."""

    model_config = ConfigDict(frozen=True)

    country: str
    verb: str
    answer: str
    condition: str | None
    source: str
    source_date: str


def _acceptance_lines(acceptances: tuple[Acceptance, ...]) -> list[tuple[str, str]]:
    return [
        (f"{a.country} {a.verb.replace('_', ' ')}", (f"{a.answer}{f', {a.condition}' if a.condition else ''}"
         f" ({a.source}, {a.source_date})"))
        for a in acceptances
    ]  # fmt: skip


def _longer_lines(because: str | None) -> list[tuple[str, str]]:
    return [(f"Longer than {VALID_FOR_DAYS} days", because)] if because else []


def _head_lines(head: HeadMarks | None, *, by: str | None) -> list[tuple[str, str]]:
    small = head_warning(head) if head else None
    return [("Crown to chin", head_words(head, by=by)), *([("Portrait's head", small)] if small else [])]


_NO_PASSPORT = "ALERT: NONE ON RECORD, look twice (ICAO Doc 9303-8 §4.1.2)"


class AuthorisationProposal(Content):
    """What the authorising officer decides on: who, which instrument and why, which number, how far it reaches."""

    name_hangul: str
    name_latin: str
    sex: str
    born_on: date
    nationality: str
    instrument: Instrument
    legal_ground: LegalGround
    because: str = ""
    """Why the law's table leads to this instrument; proposals from before this was asked do not say."""
    number: str
    expires_on: date
    envelope: Envelope
    acceptances: tuple[Acceptance, ...]
    longer_because: str | None = None
    """For how many days more than usual it may be valid and why; proposals from before this was asked do not say."""
    previous_passport_on_record: bool
    """Without one an alert flag is set and a second look is due. Source: ICAO Doc 9303-8 §4.1.2."""
    head: HeadMarks | None = None
    """Where crown and chin of the portrait were marked; None where they were not, or it was not asked yet."""
    portrait_captured_by: str | None = None
    """Who stored the portrait and marked it; proposals from before this was asked do not say."""
    portrait_waiver: str | None = None
    """As above."""

    def sections(self) -> list[Section]:
        """Return identity, instrument and envelope."""
        transit = ", ".join(self.envelope.transit_countries) or "none"
        return [
            ("Holder", [
                ("Name", f"{self.name_hangul} · {self.name_latin}"),
                ("Born on", f"{self.born_on.isoformat()}, {self.sex}, {self.nationality}"),
                ("Earlier passport", "on record" if self.previous_passport_on_record else _NO_PASSPORT),
            ]),
            ("Portrait", [
                *_head_lines(self.head, by=self.portrait_captured_by),
                *([("Portrait waiver", self.portrait_waiver)] if self.portrait_waiver else []),
            ]),
            ("Document", [
                ("Instrument", self.instrument.words),
                ("Legal ground", f"{self.legal_ground.en} / {self.legal_ground.ko}"),
                *([("Because", self.because)] if self.because else []),
                ("Number", self.number),
                ("Last day of validity", self.expires_on.isoformat()),
                *_longer_lines(self.longer_because),
            ]),
            ("Envelope", [
                ("Destination", self.envelope.destination_country),
                ("Transit allowed", transit),
                ("Latest arrival", self.envelope.latest_arrival_on.isoformat()),
                *_acceptance_lines(self.acceptances),
            ]),
        ]  # fmt: skip


class ReleaseProposal(Content):
    """What the issuing officer decides on: the page as it will be printed, and everything that must be true first."""

    instrument: Instrument = Instrument.travel_certificate
    """Proposals from before this was asked are of sheets."""
    number: str
    name_hangul: str
    name_latin: str
    sex: str
    born_on: date
    birthplace: str
    nationality: str
    legal_ground: LegalGround
    issued_on: date
    expires_on: date
    rendered_at: str
    """The moment printed on the page, RFC 3339; the same moment gives the same bytes."""
    longer_because: str | None = None
    """As for the authorisation."""
    page_sha256: str
    """Of the page with its empty seal place."""
    portrait_sha256: str
    portrait_captured_on: date
    portrait_captured_by: str | None = None
    portrait_waiver: str | None = None
    """Why it may depart from the rules; proposals from before this was asked do not say."""
    head: HeadMarks | None = None
    """As for the authorisation."""
    authorised_by: str
    itinerary: Itinerary
    record_locator: str
    ticket_numbers: tuple[str, ...]
    exit_permit: str
    release_order: str | None = None
    """Of a detained person; proposals from before this was asked do not say."""
    pre_check_id: str
    acceptances: tuple[Acceptance, ...]
    receiving_agency: str
    received_by: str
    """Who at the agency accepted."""
    declaration: str
    medical_clearance: str = NOT_NEEDED
    """Whether the person is cleared to fly; proposals from before this was asked do not say."""
    escorts: tuple[str, ...] = ()
    """Who sits beside the person; proposals from before this was asked do not say."""
    travel_group: str = "travels alone"
    """Who flies with them; as above."""

    def sections(self) -> list[Section]:
        """Return the page's content and the preconditions."""
        return [
            ("Page as it will be printed", [
                ("Instrument", self.instrument.words),
                ("Number", self.number),
                ("Name", f"{self.name_hangul} · {self.name_latin}"),
                ("Born on", f"{self.born_on.isoformat()}, {self.birthplace}, {self.sex}, {self.nationality}"),
                ("Legal ground", self.legal_ground.en),
                ("Issued on, last day", f"{self.issued_on.isoformat()}, {self.expires_on.isoformat()}"),
                *_longer_lines(self.longer_because),
                ("Portrait taken on", f"{self.portrait_captured_on.isoformat()} (SHA-256 {self.portrait_sha256[:16]})"),
                *self._portrait_lines(),
                ("Page SHA-256", self.page_sha256),
            ]),
            ("Carriage", [
                *((segment.flight_number, segment.local_times) for segment in self.itinerary.segments),
                ("Record locator", self.record_locator),
                ("Tickets", ", ".join(self.ticket_numbers) or "none; a record locator with proof"),
                *_acceptance_lines(self.acceptances),
            ]),
            ("Before release", [
                ("Host exit permit", self.exit_permit),
                *([("Host release order", self.release_order)] if self.release_order else []),
                ("Border pre-check", self.pre_check_id),
                ("Receiver", f"{self.receiving_agency}, accepted by {self.received_by}"),
                ("Declaration", self.declaration),
                ("Medical clearance", self.medical_clearance),
                *([("Escorts", "; ".join(self.escorts))] if self.escorts else []),
                ("Travels together", self.travel_group),
            ]),
        ]  # fmt: skip

    def _portrait_lines(self) -> list[tuple[str, str]]:
        said = (
            *_head_lines(self.head, by=self.portrait_captured_by),
            ("Portrait taken by", self.portrait_captured_by),
            ("Portrait age", age_warning(self.portrait_captured_on, on=self.issued_on)),
            ("Portrait waiver", self.portrait_waiver),
            ("Portrait's face", NOT_MEASURED),
        )
        return [(caption, words) for caption, words in said if words]
