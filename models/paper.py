"""Papers: what the system hands out, stored as the very bytes, with their hash."""

from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from sqlalchemy import Index
from sqlmodel import Field

from models.columns import Moment, Row, word
from models.officer import OUTSIDE, Officer, Role


class PaperKind(StrEnum):
    """The papers of a case; the word is part of the address `/papers/REF/KIND`."""

    cover = "cover"
    travel_document_draft = "travel-document-draft"
    itinerary = "itinerary"
    funding_record = "funding-record"
    travel_document = "travel-document"
    handoff_receipt = "handoff-receipt"
    exit_request = "exit-request"
    declaration = "declaration"
    escort_order = "escort-order"
    fit_to_fly = "fit-to-fly"
    handoff_sheet = "handoff-sheet"
    undertaking_to_repay = "undertaking-to-repay"
    mortal_remains = "mortal-remains"

    @property
    def is_travel_document(self) -> bool:
        """Whether the paper shares the state of the case's travel document."""
        return self in (PaperKind.travel_document, PaperKind.travel_document_draft)


_EVERY_ROLE = frozenset(Role) - OUTSIDE

MAY_READ: dict[PaperKind, frozenset[Role]] = {
    PaperKind.cover: _EVERY_ROLE,
    PaperKind.travel_document_draft: frozenset(
        {Role.coordinator, Role.verifying_officer, Role.authorising_officer, Role.issuing_officer}
    ),
    PaperKind.itinerary: frozenset(
        {Role.coordinator, Role.travel_officer, Role.funding_officer, Role.issuing_officer, Role.receiving_officer}
    ),
    PaperKind.funding_record: frozenset({Role.coordinator, Role.funding_officer}),
    PaperKind.travel_document: frozenset(
        {Role.coordinator, Role.authorising_officer, Role.issuing_officer, Role.receiving_officer, Role.host_liaison}
    ),
    PaperKind.handoff_receipt: frozenset({Role.coordinator, Role.receiving_officer}),
    PaperKind.exit_request: frozenset({Role.coordinator, Role.issuing_officer, Role.host_liaison}),
    PaperKind.declaration: frozenset({Role.coordinator, Role.verifying_officer}),
    PaperKind.escort_order: frozenset({Role.coordinator, Role.travel_officer, Role.receiving_officer}),
    PaperKind.fit_to_fly: frozenset(
        {Role.coordinator, Role.verifying_officer, Role.travel_officer, Role.receiving_officer}
    ),
    PaperKind.handoff_sheet: frozenset({Role.coordinator, Role.receiving_officer}),
    PaperKind.undertaking_to_repay: frozenset({Role.coordinator, Role.funding_officer}),
    PaperKind.mortal_remains: frozenset({Role.coordinator, Role.verifying_officer}),
}
"""Who needs which paper for their duty."""


def may_read(officer: Officer, kind: PaperKind) -> bool:
    """Return whether an officer's duty needs a paper of this kind."""
    return any(officer.holds(role) for role in MAY_READ[kind])


def readable_by(officer: Officer) -> list[PaperKind]:
    """Return the kinds of paper an officer's duty needs; none for whoever compares documents alone."""
    return [kind for kind in PaperKind if may_read(officer, kind)]


class Paper(Row, table=True):
    """One version of one paper; the latest that nothing supersedes is the paper."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    person_id: UUID = Field(foreign_key="person.id")
    kind: PaperKind = Field(sa_type=word(PaperKind))
    version: int
    template: int = 1
    """Which version of the paper's template it is drawn with; drawn again, it stays with that one."""
    number_sealed: bytes | None = None
    """Document number, record locator or commitment id, where the paper has one."""
    bytes_sealed: bytes
    sha256: str
    """Of the bytes before sealing, hex."""
    made_at: pendulum.DateTime = Field(sa_type=Moment)
    superseded_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)

    __table_args__ = (
        Index("one_current_paper", "reference", "kind", unique=True, postgresql_where="superseded_at IS NULL"),
        Index("one_paper_version", "reference", "kind", "version", unique=True),
    )
