"""Verification: how well a registry record fits what the field reported, and what the verifying officer sees."""

from datetime import date
from enum import StrEnum
from typing import Literal
from uuid import UUID, uuid4

import pendulum
from pydantic import BaseModel, ConfigDict
from sqlmodel import Field

from models.birth_date import BirthDate
from models.columns import Moment, Row, word
from models.evidence import Content, Section
from models.screening import VictimMemo

SHOWN_CANDIDATES = 5
"""A candidate list shows at most so many people; a longer one is a leak and no help."""


class HitKind(StrEnum):
    """What a lookout or lost-document list may hold on a person."""

    arrest_warrant = "arrest_warrant"
    red_notice = "red_notice"
    reported_missing = "reported_missing"
    lost_document = "lost_document"
    stolen_document = "stolen_document"


ROUTED_HITS = frozenset({HitKind.arrest_warrant, HitKind.red_notice, HitKind.reported_missing})
"""Hits that need a decision of their own before any document; a lost passport only says which number is dead."""


class Examination(Row, table=True):
    """What the registry and the lists answered about one person, sealed; a new one supersedes it."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    person_id: UUID = Field(foreign_key="person.id")
    content_sealed: bytes
    made_at: pendulum.DateTime = Field(sa_type=Moment)
    superseded_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)


class LookoutHit(Row, table=True):
    """One entry on a lookout list; it stays open until a routed decision covers it."""

    __tablename__ = "lookout_hit"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    person_id: UUID = Field(foreign_key="person.id")
    kind: HitKind = Field(sa_type=word(HitKind))
    authority: str
    authority_reference: str
    found_at: pendulum.DateTime = Field(sa_type=Moment)
    decision_id: UUID | None = Field(default=None, foreign_key="decision.id")
    superseded_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    """Taken away with the examination that found it: the next one may find another person."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Reported(_Value):
    """What the field wrote down about a person."""

    name_hangul: str | None = None
    name_latin: str | None = None
    sex: str | None = None
    birth_date: BirthDate | None = None
    birthplace: str | None = None
    passport_number: str | None = None
    next_of_kin_phone: str | None = None
    """Compared with the registry's; nobody is called, for the next of kin may be the recruiter."""


class Record(_Value):
    """What the population registry holds about a person."""

    registry_id: str
    alive: bool
    surname_hangul: str
    given_hangul: str
    surname_latin: str
    given_latin: str
    sex: Literal["F", "M", "X"]
    born_on: date
    birthplace: str
    nationality: str
    personal_number: str
    passport_number: str | None
    passport_expires_on: date | None
    passport_status: str | None
    next_of_kin_phone: str | None = None
    """Read only where the field has one to compare."""

    @property
    def name_hangul(self) -> str:
        """Surname and given name in Hangul, written together as Koreans do."""
        return self.surname_hangul + self.given_hangul

    @property
    def name_latin(self) -> str:
        """Surname and given name as in the passport record."""
        return f"{self.surname_latin} {self.given_latin}"


class Fact(_Value):
    """One fact compared: what the field wrote, what the registry holds, and how alike they are (0 to 1)."""

    name: str
    reported: str
    """Numbers are masked on both sides."""
    registered: str
    likeness: float
    note: str = ""
    """What differs, in words; empty where nothing does."""

    @property
    def agrees(self) -> bool:
        """Whether the two say the same but for spelling."""
        return self.likeness >= 0.85


class Candidate(_Value):
    """A registry record beside the field's facts."""

    record: Record
    score: float
    """From 0 (nothing fits) to 1 (several independent facts agree, and nobody else fits as well)."""
    facts: tuple[Fact, ...]
    weight: float = 0.0
    """How much likelier the facts are seen with this person than with a stranger, as a power of ten."""

    @property
    def differences(self) -> tuple[Fact, ...]:
        """The compared facts that differ, be it in one letter."""
        return tuple(fact for fact in self.facts if fact.note or not fact.agrees)


class Hit(_Value):
    """A list entry as shown to a decider."""

    kind: HitKind
    authority: str
    authority_reference: str


class RegistryAnswer(StrEnum):
    """What the population registry said of a person, all in all."""

    found = "found"
    not_in_registry = "not_in_registry"
    """Everybody registered as they were written, in any likely reading, would have been looked at, and nobody fits."""
    too_many_fit = "too_many_fit"
    """So many fit what is known that they were not looked at: the person may be among them."""
    calls_ran_out = "calls_ran_out"
    """The calls for one person were spent before all was asked and looked at: the person may be there."""


class Coverage(_Value):
    """How far the registry could be looked through for one person, which a registry's limits keep short."""

    queries: int
    records: int
    """People whose record was opened."""
    too_wide: int
    """Queries whose answer held too many people to look at."""
    unread: int
    """People of an answer for whom no call was left."""
    unasked: int
    """Likely readings of what was written that no answered query covers."""

    def answer(self, *, anybody: bool) -> RegistryAnswer:
        """Return what the registry said, all in all; `anybody` says that somebody fits."""
        if anybody:
            return RegistryAnswer.found
        if not (self.unread or self.unasked):
            return RegistryAnswer.not_in_registry
        return RegistryAnswer.too_many_fit if self.too_wide else RegistryAnswer.calls_ran_out

    @property
    def words(self) -> str:
        """Say in one line whether everybody who may be meant was looked at, and if not why."""
        left = [
            (self.too_wide, "answer held too many people to look at", "answers held too many people to look at"),
            (self.unread, "person who came up was not looked at", "people who came up were not looked at"),
            (self.unasked, "likely reading was not covered", "likely readings were not covered"),
        ]
        if not (self.unread or self.unasked):
            return "everybody registered as they were written was looked at"
        said = [f"{count} {one if count == 1 else many}" for count, one, many in left if count]
        return f"not everybody who may be meant was looked at: {', '.join(said)}"

    def section(self) -> Section:
        """Return what the examiners read."""
        return "Registry search", [
            ("Asked", f"{self.queries} question{'s' * (self.queries != 1)}"),
            ("Looked at", f"{self.records} record{'s' * (self.records != 1)}"),
            ("So", self.words),
        ]


class Findings(_Value):
    """Everything one examination found; sealed into the case database."""

    candidates: tuple[Candidate, ...]
    hits: tuple[Hit, ...]
    lookout_check_id: str | None
    """None where nobody fits, so that there was nobody to check."""
    checked_at: str
    coverage: Coverage | None = None
    """Examinations from before this was kept do not say."""

    @property
    def answer(self) -> RegistryAnswer:
        """What the registry said, all in all."""
        if self.coverage is None:
            return RegistryAnswer.found if self.candidates else RegistryAnswer.not_in_registry
        return self.coverage.answer(anybody=bool(self.candidates))


def masked(number: str | None) -> str:
    """Return a number with its middle hidden, enough to compare by eye and too little to use."""
    if not number:
        return "none"
    return number[:2] + "•" * max(0, len(number) - 4) + number[-2:]


class LookoutProposal(Content):
    """What the lookout officer decides on: the hits, and who they seem to be about."""

    registry_id: str
    name_hangul: str
    born_on: date
    hits: tuple[Hit, ...]
    screening: str = "NOT SCREENED"
    """Whether anybody asked if the person was trafficked, and what was found, in one line."""
    victim_memo: VictimMemo | None = None
    told: tuple[str, ...] = ()
    """Which agencies were told of the person, when and by whom, and which were not yet."""

    def sections(self) -> list[Section]:
        """Return the hits with their authorities, who was told, and what speaks for the person."""
        person = [
            ("Registry id", self.registry_id), ("Name", self.name_hangul), ("Born on", self.born_on.isoformat()),
        ]  # fmt: skip
        return [
            ("Person", person),
            ("Hits", [(h.kind.value, f"{h.authority} {h.authority_reference}") for h in self.hits]),
            *([("Agencies told", [("Told", line) for line in self.told])] if self.told else []),
            ("Screening", [("State", self.screening)]),
            *([("Victim memo", self.victim_memo.lines())] if self.victim_memo else []),
        ]


class VerificationProposal(Content):
    """What the verifying officer decides on: the proposed person, the others considered, hits, and the declaration."""

    reported: Reported
    candidates: tuple[Candidate, ...]
    """Best first; approving confirms the first, none of these is a return."""
    hits: tuple[Hit, ...]
    lookout_check_id: str
    routed_decisions: tuple[str, ...]
    declaration: str
    """The person's wish with language, reader and moment, in one line."""
    screening: str = "NOT SCREENED"
    """Whether anybody asked if the person was trafficked, and what was found, in one line."""
    assurance: Section | None = None
    """How sure the identity is, and why; proposals from before this was asked do not say."""
    coverage: Coverage | None = None
    """How far the registry could be looked through; likewise."""
    referrals: tuple[str, ...] = ()
    """What other agencies say of the person, one line each."""

    def sections(self) -> list[Section]:
        """Return the person as reported, every candidate with its differences, the hits and the declaration."""
        reported = [
            (
                name.replace("_", " ").capitalize(),
                masked(value) if name in ("passport_number", "next_of_kin_phone") else str(value),
            )
            for name, value in self.reported
            if value
        ]
        sections: list[Section] = [("Reported by the field", reported)]
        if self.assurance is not None:
            sections.append(self.assurance)
        if self.referrals:
            sections.append(("Referrals", [("Agency", line) for line in self.referrals]))
        if self.coverage is not None:
            sections.append(self.coverage.section())
        for place, candidate in enumerate(self.candidates, start=1):
            sections.append((f"Candidate {place}{' (proposed)' if place == 1 else ''}", _candidate_lines(candidate)))
        hits = [(h.kind.value, f"{h.authority} {h.authority_reference}") for h in self.hits] or [("Hits", "none")]
        routed = [("Routed decision", decision) for decision in self.routed_decisions]
        sections.append(("Lookouts and lost documents", [("Check", self.lookout_check_id), *hits, *routed]))
        sections.append(("Declaration to return", [("Declared", self.declaration)]))
        sections.append(("Screening", [("State", self.screening)]))
        return sections


def _candidate_lines(candidate: Candidate) -> list[tuple[str, str]]:
    record = candidate.record
    lines = [
        ("Registry id", record.registry_id),
        ("Score", f"{candidate.score:.2f}"),
        ("Name", f"{record.name_hangul} · {record.name_latin}"),
        ("Born on", f"{record.born_on.isoformat()}, {record.birthplace}, {record.sex}"),
        ("Nationality", record.nationality),
        ("Personal number", masked(record.personal_number)),
        ("Passport", f"{masked(record.passport_number)} ({record.passport_status or 'none'})"),
        ("Registered as", "alive" if record.alive else "dead"),
    ]
    differences = [
        (
            f"Differs: {fact.name.replace('_', ' ')}",
            f"field {fact.reported} · registry {_registered(fact)}{_note(fact)}",
        )
        for fact in candidate.differences
    ]
    return lines + differences


def _registered(fact: Fact) -> str:
    # Findings sealed before numbers were masked when compared.
    return masked(fact.registered) if fact.name == "passport_number" and "•" not in fact.registered else fact.registered


def _note(fact: Fact) -> str:
    return f" · {fact.note}" if fact.note else ""
