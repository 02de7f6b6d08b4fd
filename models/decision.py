"""Proposal, asking, decision: what was shown, who was asked, who decided, and the rule that judges an answer."""

import hashlib
import hmac
import json
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import pendulum
from sqlalchemy import ARRAY, CheckConstraint, Column, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.case import Stage, Step
from models.columns import Moment, Row, word
from models.officer import Role
from models.policy import Order


class Outcome(StrEnum):
    """What an officer answered."""

    approve = "approve"
    return_ = "return"
    reject = "reject"
    ask = "ask"
    cancel = "cancel"


class ReasonCode(StrEnum):
    """Why, in one word of a closed list, so that no story is needed where others may read it."""

    in_order = "in_order"
    urgent = "urgent"
    try_again = "try_again"
    corrected = "corrected"
    treat_as_not_done = "treat_as_not_done"
    """A named officer looked and decided that an act nobody can find did not happen; only as help."""
    fewer_escorts = "fewer_escorts"
    """A named officer lets a person depart with fewer escorts than wanted; only where the policy lets them."""
    wrong_person = "wrong_person"
    none_of_these = "none_of_these"
    wrong_details = "wrong_details"
    wrong_route = "wrong_route"
    wrong_cost = "wrong_cost"
    not_a_citizen = "not_a_citizen"
    not_present = "not_present"
    person_declined = "person_declined"
    other_means = "other_means"
    duplicate_case = "duplicate_case"
    opened_in_error = "opened_in_error"
    evidence_missing = "evidence_missing"
    evidence_unclear = "evidence_unclear"
    life_at_risk = "life_at_risk"
    deadline_passing = "deadline_passing"
    nobody_reachable = "nobody_reachable"


FORCES = (ReasonCode.life_at_risk, ReasonCode.deadline_passing, ReasonCode.nobody_reachable)
"""Why an officer breaks the glass."""

REASONS: dict[Outcome, tuple[ReasonCode, ...]] = {
    Outcome.approve: (ReasonCode.in_order, ReasonCode.urgent, ReasonCode.try_again, ReasonCode.corrected,
                      ReasonCode.treat_as_not_done, ReasonCode.fewer_escorts, *FORCES),
    Outcome.return_: (
        ReasonCode.wrong_person, ReasonCode.none_of_these, ReasonCode.wrong_details, ReasonCode.wrong_route,
        ReasonCode.wrong_cost,
    ),
    Outcome.reject: (
        ReasonCode.not_a_citizen, ReasonCode.not_present, ReasonCode.person_declined, ReasonCode.other_means,
        ReasonCode.duplicate_case,
    ),
    Outcome.ask: (ReasonCode.evidence_missing, ReasonCode.evidence_unclear),
    Outcome.cancel: (
        ReasonCode.person_declined, ReasonCode.other_means, ReasonCode.duplicate_case, ReasonCode.opened_in_error,
    ),
}  # fmt: skip
"""Which reasons fit which outcome."""


class Basis(StrEnum):
    """On what ground an officer could sign."""

    rule = "rule"
    """The policy's rule for the step."""
    standing_authority = "standing-authority"
    """Funding decided at any hour by one duty officer; another signs after them."""
    break_glass = "break-glass"
    """One officer alone in an emergency; another reviews it."""


class Door(StrEnum):
    """Through which door an answer came."""

    cli = "cli"
    resume_form = "resume_form"
    desk = "desk"


class Proposal(Row, table=True):
    """What a decider will see for one step: its own facts, sealed, and their digest."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    person_id: UUID = Field(foreign_key="person.id")
    step: Step = Field(sa_type=word(Step))
    digest: str
    """SHA-256, hex, of the canonical content."""
    policy_version: str
    places: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    """The signatures the policy wanted when this was prepared; a later policy counts for later proposals."""
    signing_order: Order = Field(sa_type=word(Order))
    kept_apart_from: list[str] = Field(sa_column=Column(ARRAY(String), nullable=False))
    """Steps whose deciders may not sign here."""
    content_sealed: bytes
    prepared_at: pendulum.DateTime = Field(sa_type=Moment)
    valid_until: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    """After this moment nobody may decide on it, and a decision on it no longer holds."""
    superseded_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)

    __table_args__ = (
        Index("one_live_proposal", "reference", "step", unique=True, postgresql_where="superseded_at IS NULL"),
    )


class Asking(Row, table=True):
    """One question put to an officer; a new asking has a new random id, and that is its key in the engine."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    step: Step = Field(sa_type=word(Step))
    proposal_id: UUID = Field(foreign_key="proposal.id")
    role: Role = Field(sa_type=word(Role))
    flow_run_id: UUID
    asked_at: pendulum.DateTime = Field(sa_type=Moment)
    due_at: pendulum.DateTime = Field(sa_type=Moment)
    note: str | None = None
    """Why the answer before was not taken; the first line of the form."""
    refused: str | None = None
    """Why an answer to this question was not taken; the note of the next one."""
    shown_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    """When the run had suspended with its form; until then a process is at work on it, or has died."""
    repeats: UUID | None = Field(default=None, foreign_key="asking.id", index=True)
    """The first of a row of questions at one step that nobody answered: its clock goes on."""
    closed_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)

    __table_args__ = (
        Index("one_open_asking", "reference", unique=True, postgresql_where="closed_at IS NULL"),
        Index("ix_asking_inbox", "role", "due_at", postgresql_where="closed_at IS NULL"),
    )

    @property
    def question_id(self) -> UUID:
        """The id reminders go by: asked again without an answer, it is still the same question."""
        return self.repeats or self.id

    @property
    def key(self) -> str:
        """The engine's key of this question: lower case and hyphens, never used twice."""
        return f"{self.reference}-{self.step.value.replace('.', '-').replace('_', '-')}-{self.id.hex[:12]}".lower()


class Decision(Row, table=True):
    """One officer's answer to one asking; rows are only added."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    asking_id: UUID | None = Field(default=None, foreign_key="asking.id", unique=True)
    """None for a cancellation, which answers no question."""
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    step: Step = Field(sa_type=word(Step))
    proposal_id: UUID | None = Field(default=None, foreign_key="proposal.id")
    digest: str | None = None
    outcome: Outcome = Field(sa_type=word(Outcome))
    reason_code: ReasonCode = Field(sa_type=word(ReasonCode))
    reason_sealed: bytes | None = None
    """Free words, taken only at the command line and the desk."""
    to_stage: Stage | None = Field(default=None, sa_type=word(Stage))
    officer: str = Field(foreign_key="officer.number")
    role: Role = Field(sa_type=word(Role))
    acting_for: str | None = Field(default=None, foreign_key="officer.number")
    """Whose role it is, where the officer signs for another."""
    delegation_id: UUID | None = Field(default=None, foreign_key="delegation.id")
    place: int = 0
    """Which of the wanted signatures this is."""
    basis: Basis = Field(default=Basis.rule, sa_type=word(Basis))
    authority_id: UUID | None = Field(default=None, foreign_key="standing_authority.id")
    countersigned_by: Role | None = Field(default=None, sa_type=word(Role))
    """The role that signs afterwards, where one officer decided alone."""
    countersign_due_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    requester: str = Field(foreign_key="officer.number")
    door: Door = Field(sa_type=word(Door))
    code_time_step: int
    """The one-time code that signed it; spent."""
    sheet_id: UUID | None = Field(default=None, foreign_key="signed_sheet.id")
    """The list it was signed on."""
    decided_at: pendulum.DateTime = Field(sa_type=Moment)

    __table_args__ = (
        CheckConstraint("officer <> requester OR role = 'coordinator'", name="decider_is_not_requester"),
        CheckConstraint("acting_for <> requester OR role = 'coordinator'", name="principal_is_not_requester"),
        CheckConstraint("(acting_for IS NULL) = (delegation_id IS NULL)", name="acting_for_by_delegation"),
        CheckConstraint(
            "(basis = 'rule') = (countersigned_by IS NULL) AND (basis = 'rule') = (countersign_due_at IS NULL)",
            name="alone_is_countersigned",
        ),
        CheckConstraint(
            "basis = 'rule' OR outcome = 'approve' AND (basis = 'break-glass' OR authority_id IS NOT NULL)",
            name="alone_only_approves",
        ),
        Index("made_alone", "countersign_due_at", "reference", postgresql_where="countersigned_by IS NOT NULL"),
        Index("one_decision_a_code", "officer", "code_time_step", unique=True, postgresql_where="sheet_id IS NULL"),
        Index("one_signature_a_place", "proposal_id", "place", unique=True, postgresql_where="outcome = 'approve'"),
        Index("one_signature_a_person", "proposal_id", "officer", unique=True, postgresql_where="outcome = 'approve'"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came through a door, before anybody believed it."""

    officer: str
    code: str
    seen: str
    outcome: str
    reason_code: str
    door: Door
    reason: str | None = None
    to_stage: str | None = None
    breaks_glass: bool = False
    """The officer forces the step alone and knows that everybody is told."""


def canonical(content: dict[str, Any]) -> bytes:
    """
    Return the one byte string of a proposal: JSON with sorted keys, no spaces, text in Unicode NFC, UTF-8.

    The digest is taken over these bytes, so the same facts give the same digest wherever they are prepared.
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return unicodedata.normalize("NFC", text).encode()


def digest_of(content: dict[str, Any]) -> str:
    """Return the SHA-256, in hex, of a proposal's canonical content."""
    return hashlib.sha256(canonical(content)).hexdigest()


_SEEN_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
# No vowels, so that no code spells a word, and no Y, which is read as V on a bad screen.


def seen_code(digest: str) -> str:
    """
    Return the six letters an evidence view shows and every door asks for.

    >>> seen_code("00" * 32)
    'WVVBMV'
    """
    return _six_letters(hashlib.sha256(b"seen:" + digest.encode()).digest())


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer that can be given to a question: what is decided, why, and with a return to which stage."""

    outcome: Outcome
    reason_code: ReasonCode
    to_stage: Stage | None = None
    """None where the question's own stage is meant."""


def reply_letters(key: str, reply: Reply, *, asking_id: UUID, digest: str, officer: str) -> str:
    """
    Return the six letters with which one officer gives one reply to one question in the Resume form.

    What is typed there lies in the engine until a run hears it, where whoever has the engine's password reads it and
    may put something else in its place. These letters fit no other reply, no other hand and no other question. `key`
    is a secret of the case; the letters are taken from HMAC-SHA-256 (RFC 2104).
    """
    said = {
        "asking": str(asking_id),
        "digest": digest,
        "officer": officer,
        "outcome": reply.outcome.value,
        "reason_code": reply.reason_code.value,
        "to_stage": reply.to_stage.value if reply.to_stage else None,
    }
    return _six_letters(hmac.digest(key.encode(), canonical(said), "sha256"))


def _six_letters(digest: bytes) -> str:
    number = int.from_bytes(digest[:8])
    letters = []
    for _ in range(6):
        number, place = divmod(number, len(_SEEN_LETTERS))
        letters.append(_SEEN_LETTERS[place])
    return "".join(letters)
