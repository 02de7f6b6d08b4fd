"""The person: who the field says it is, where they are tonight, what they are to the law, and what they wish."""

from datetime import date
from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from sqlalchemy import Index
from sqlmodel import Field

from models.columns import Moment, Row, word


class Sex(StrEnum):
    """Sex as a travel document states it; X is unspecified. Source: ICAO Doc 9303-3."""

    female = "F"
    male = "M"
    unspecified = "X"


class Category(StrEnum):
    """What a person is to the law and to us; one person may be several at once."""

    presumed_victim = "presumed_victim"
    confirmed_victim = "confirmed_victim"
    suspect = "suspect"
    witness = "witness"
    minor = "minor"
    patient = "patient"
    missing = "missing"
    deceased = "deceased"


VICTIMS = frozenset({Category.presumed_victim, Category.confirmed_victim})
"""Categories that protect: nobody in a police agency takes them away."""


class CategoryReason(StrEnum):
    """Why a category was added or taken away, in one word of a closed list; `models.category` says which fit."""

    reported = "reported"
    """As the field wrote it down."""
    reasonable_grounds = "reasonable_grounds"
    screening_finding = "screening_finding"
    warrant_or_notice = "warrant_or_notice"
    authority_told = "authority_told"
    birth_date = "birth_date"
    age_doubt = "age_doubt"
    medical_opinion = "medical_opinion"
    death_certified = "death_certified"
    of_age = "of_age"
    person_found = "person_found"
    proceedings_ended = "proceedings_ended"
    entered_in_error = "entered_in_error"


class HostStatus(StrEnum):
    """How the host country keeps a person."""

    detained = "detained"
    released = "released"
    rescued = "rescued"
    unknown = "unknown"


class Language(StrEnum):
    """Languages a person is spoken to in; ISO 639-1."""

    korean = "ko"
    khmer = "km"
    english = "en"


class Wish(StrEnum):
    """What the person declared about going home."""

    return_home = "return"
    refuse = "refuse"
    withdraw = "withdraw"


class ErasureReason(StrEnum):
    """Why a person is erased."""

    person_asked = "person_asked"
    retention_over = "retention_over"
    opened_in_error = "opened_in_error"


DECLARATION_WITHDRAWN = "declaration_withdrawn"
"""The code of the trouble a journey is in while the person does not wish to return."""


class Person(Row, table=True):
    """One person as the field reported them; what the registry confirms stands in `ConfirmedIdentity`."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    name_hangul: str | None = None
    name_latin: str | None = None
    """As written in the field, in any order and spelling."""
    sex: Sex | None = Field(default=None, sa_type=word(Sex))
    birth_date: str | None = None
    """As written in the field, in any form and with parts unknown; `models.birth_date` reads it."""
    birthplace: str | None = None
    passport_number_sealed: bytes | None = None
    passport_number_lookup: str | None = Field(default=None, index=True)
    """Keyed HMAC of the number, so that it can be found without being stored."""
    passport_in_hand: bool = False
    """The person holds the passport; if it is valid they travel on it, and it is not reported as stolen."""
    next_of_kin_phone_lookup: str | None = Field(default=None, index=True)
    """Keyed HMAC of the number: two reports with one number may be about one person."""
    story_sealed: bytes | None = None
    portrait_sealed: bytes | None = None
    """JPEG or PNG bytes of the portrait taken at the mission."""
    portrait_captured_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    portrait_captured_by: str | None = Field(default=None, foreign_key="officer.number")
    portrait_waiver: str | None = None
    """Why the portrait may depart from ICAO Doc 9303-3 §3.9.1, for example a bandage; the face is never edited."""
    portrait_crown: int | None = None
    portrait_chin: int | None = None
    """Where whoever stored it marked them: `HeadMarks`; None where nobody did."""
    recorded_at: pendulum.DateTime = Field(sa_type=Moment)


class PersonKey(Row, table=True):
    """The key that seals one person's data, itself wrapped; destroying it erases the person."""

    __tablename__ = "person_key"

    person_id: UUID = Field(foreign_key="person.id", primary_key=True)
    wrapped_key: bytes | None
    """AES-256 key under the key-encryption key named beside it; None once destroyed."""
    key_encryption_key_id: str
    destroyed_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)


class Whereabouts(Row, table=True):
    """Where a person was, in whose keeping, and when we must hear of them again; rows are only added."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    place_sealed: bytes
    keeper_sealed: bytes
    """Who holds or shelters the person, for example a detention centre or the mission."""
    host_status: str
    """What the person is to the host country: detained, released, rescued or unknown."""
    since: pendulum.DateTime = Field(sa_type=Moment)
    """When they came there, as far as anybody knows."""
    reported_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    """When we were told; None in rows from before this was asked."""
    next_contact_due_at: pendulum.DateTime = Field(sa_type=Moment)
    recorded_at: pendulum.DateTime = Field(sa_type=Moment)
    recorded_by: str = Field(foreign_key="officer.number")


class PersonCategory(Row, table=True):
    """One category of a person with its history: added, and perhaps removed, by whom, why and on which finding."""

    __tablename__ = "person_category"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    category: Category = Field(sa_type=word(Category))
    added_at: pendulum.DateTime = Field(sa_type=Moment)
    added_by: str = Field(foreign_key="officer.number")
    reason_code: CategoryReason = Field(sa_type=word(CategoryReason))
    screening_id: UUID | None = Field(default=None, foreign_key="screening.id")
    removed_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    removed_by: str | None = Field(default=None, foreign_key="officer.number")
    removed_reason_code: CategoryReason | None = Field(default=None, sa_type=word(CategoryReason))
    removed_screening_id: UUID | None = Field(default=None, foreign_key="screening.id")

    __table_args__ = (
        Index("one_standing_category", "person_id", "category", unique=True, postgresql_where="removed_at IS NULL"),
    )


class Declaration(Row, table=True):
    """The person's own word about returning; the latest counts, and it can stop the journey until boarding."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    wish: Wish = Field(sa_type=word(Wish))
    language: str
    """ISO 639-1 code of the language it was read out in."""
    reader: str
    """Who read it to the person: an officer number or an interpreter's role."""
    interpreter: str | None = None
    """Who interpreted, by role and never by name; None where the reader speaks the language."""
    representative_id: UUID | None = Field(default=None, foreign_key="representative.id")
    """Who spoke for a person who does not sign: a child, somebody who cannot understand, somebody who has died."""
    declared_at: pendulum.DateTime = Field(sa_type=Moment)
    """When the person said it."""
    reported_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    """When we were told; None in rows from before this was asked."""
    recorded_at: pendulum.DateTime = Field(sa_type=Moment)
    recorded_by: str = Field(foreign_key="officer.number")


class ConfirmedIdentity(Row, table=True):
    """Who the person is, as the registry knows them and a verifying officer confirmed; a correction supersedes it."""

    __tablename__ = "confirmed_identity"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    decision_id: UUID = Field(foreign_key="decision.id", unique=True)
    registry_id: str = Field(index=True)
    surname_hangul: str
    given_hangul: str
    surname_latin: str
    """From the passport record, never romanised here."""
    given_latin: str
    sex: Sex = Field(sa_type=word(Sex))
    born_on: date
    birthplace: str
    nationality: str
    """ISO 3166-1 alpha-3."""
    personal_number_sealed: bytes
    passport_number_sealed: bytes | None = None
    confirmed_at: pendulum.DateTime = Field(sa_type=Moment)
    superseded_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)


def name_shown(person: Person, identity: ConfirmedIdentity | None) -> str:
    """Return a person's name as officers read it: as confirmed, in Hangul and Latin letters, else as written down."""
    if identity is not None:
        return f"{identity.surname_hangul}{identity.given_hangul} · {identity.surname_latin} {identity.given_latin}"
    return " · ".join(name for name in (person.name_hangul, person.name_latin) if name)
