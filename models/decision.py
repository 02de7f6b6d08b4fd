"""Proposal, asking, decision: what was shown, who was asked, who decided, and the rule that judges an answer."""

import hashlib
import json
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import pendulum
from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from models.case import Stage, Step
from models.columns import Moment, Row, word
from models.officer import Officer, Role

DECIDES: dict[Step, Role] = {
    Step.lookout: Role.lookout_officer,
    Step.verification: Role.verifying_officer,
    Step.authorise: Role.authorising_officer,
    Step.booking: Role.travel_officer,
    Step.funding: Role.funding_officer,
    Step.release: Role.issuing_officer,
    Step.handoff: Role.receiving_officer,
    Step.help: Role.coordinator,
}
"""Who decides each step."""

NOT_THE_DECIDER_OF: dict[Step, Step] = {
    # Two persons: who examined the identity neither authorises nor issues. Source: ICAO Doc 9303-2 §4.
    Step.authorise: Step.verification,
    Step.release: Step.verification,
}
"""Steps whose decider must be another officer than the decider of the step named."""

DUE_WITHIN: dict[Step, pendulum.Duration] = {
    Step.lookout: pendulum.duration(hours=2),
    Step.verification: pendulum.duration(hours=4),
    Step.authorise: pendulum.duration(hours=4),
    Step.booking: pendulum.duration(hours=2),
    Step.funding: pendulum.duration(hours=1),
    Step.release: pendulum.duration(hours=2),
    Step.handoff: pendulum.duration(hours=2),
    Step.help: pendulum.duration(hours=1),
}
"""How soon after asking, or for handoff after landing, a step should be decided."""


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


REASONS: dict[Outcome, tuple[ReasonCode, ...]] = {
    Outcome.approve: (ReasonCode.in_order, ReasonCode.urgent, ReasonCode.try_again, ReasonCode.corrected,
                      ReasonCode.treat_as_not_done),
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
    closed_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)

    __table_args__ = (
        Index("one_open_asking", "reference", unique=True, postgresql_where="closed_at IS NULL"),
        Index("ix_asking_inbox", "role", "due_at", postgresql_where="closed_at IS NULL"),
    )

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
    requester: str = Field(foreign_key="officer.number")
    examiner: str | None = Field(default=None, foreign_key="officer.number")
    """Who decided the step this decider must differ from."""
    door: Door = Field(sa_type=word(Door))
    code_time_step: int
    """The one-time code that signed it; spent."""
    decided_at: pendulum.DateTime = Field(sa_type=Moment)

    __table_args__ = (
        CheckConstraint("officer <> requester OR role = 'coordinator'", name="decider_is_not_requester"),
        CheckConstraint("examiner IS NULL OR officer <> examiner", name="decider_is_not_examiner"),
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the judging rule needs to know about the question: all of it facts, nothing to look up."""

    step: Step
    digest: str
    requester: str
    examiner: str | None = None
    payees: frozenset[str] = frozenset()
    """Officers who paid something themselves and would be paid back."""
    valid_until: pendulum.DateTime | None = None


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
    number = int.from_bytes(hashlib.sha256(b"seen:" + digest.encode()).digest()[:8])
    letters = []
    for _ in range(6):
        number, place = divmod(number, len(_SEEN_LETTERS))
        letters.append(_SEEN_LETTERS[place])
    return "".join(letters)


def refusal(answer: Answer, question: Question, officer: Officer, *, at: pendulum.DateTime) -> str | None:
    """Return why an answer is not taken, in one sentence that says what to do; None when it fits."""
    role = DECIDES[question.step]
    checks = (
        _refused_officer(question, officer, role),
        _refused_content(answer, question, at=at),
        refused_words(answer, question.step),
    )
    return next((sentence for sentence in checks if sentence), None)


def _refused_officer(question: Question, officer: Officer, role: Role) -> str | None:
    if not officer.holds(role):
        return f"Officer {officer.number} does not hold the role {role.value}; ask an officer who does."
    if role is not Role.coordinator and officer.number == question.requester:
        return f"Officer {officer.number} opened this case and decides nothing in it; another officer must."
    if officer.number == question.examiner:
        return f"Officer {officer.number} examined the identity; another officer must decide this step."
    if question.step is Step.funding and officer.number in question.payees:
        return f"Officer {officer.number} is to be paid back in this case; another officer must decide the funding."
    return None


def _refused_content(answer: Answer, question: Question, *, at: pendulum.DateTime) -> str | None:
    if question.valid_until is not None and at >= question.valid_until:
        return "What was proposed has lapsed; look at the new proposal and decide on that."
    if answer.seen.strip().upper() != seen_code(question.digest):
        return "The seen code does not belong to the present evidence; open the evidence again and use its code."
    return None


def refused_words(answer: Answer, step: Step) -> str | None:
    """Return why the words of an answer fit no question at this step; known before anybody proves who they are."""
    allowed = [o.value for o in Outcome if o is not Outcome.cancel]
    if step is Step.help:
        # Help is where a question came back to the coordinator; asking again would leave it with nobody.
        allowed.remove(Outcome.ask.value)
    if answer.outcome not in allowed:
        return f"Choose one decision: {', '.join(allowed)}."
    reasons = [reason.value for reason in REASONS[Outcome(answer.outcome)]]
    if answer.reason_code not in reasons:
        return f"Choose a reason code that fits {answer.outcome}: {', '.join(reasons)}."
    if answer.to_stage is not None:
        earlier = stages_up_to(step)
        if answer.outcome != Outcome.return_.value or answer.to_stage not in earlier:
            return f"A stage to go back to belongs to a return and is one of: {', '.join(earlier)}."
    return None


def stages_up_to(step: Step) -> list[str]:
    """Return the stages a step's question can be returned to: its own and those before it; all for help."""
    stages = [stage.value for stage in Stage]
    if step is Step.handoff:
        # After boarding nothing is undone.
        return [Stage.handoff.value]
    return stages if step.stage is None else stages[: stages.index(step.stage.value) + 1]
