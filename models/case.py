"""The case: one journey of one person, its table of moves, and the rule that says which step comes next."""

import re
from enum import StrEnum
from typing import Annotated
from uuid import UUID, uuid4

import pendulum
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from models.columns import Moment, Row, word

REFERENCE_PATTERN = r"^[A-Z]{3}-\d{4}-\d{4,6}$"
CaseReference = Annotated[str, StringConstraints(pattern=REFERENCE_PATTERN)]
"""Country of rescue (ISO 3166-1 alpha-3), year of opening, running number: `KHM-2026-0042`."""

LOCAL_ZONES: dict[str, str] = {
    "CHN": "Asia/Shanghai", "KHM": "Asia/Phnom_Penh", "LAO": "Asia/Vientiane", "MMR": "Asia/Yangon",
    "MYS": "Asia/Kuala_Lumpur", "PHL": "Asia/Manila", "THA": "Asia/Bangkok", "VNM": "Asia/Ho_Chi_Minh",
}  # fmt: skip
"""IANA zone of the mission in each country where a case may be opened."""

HOME_ZONE = "Asia/Seoul"

OPERATION_PATTERN = r"^[A-Za-z0-9-]{2,40}$"
"""A short name of an operation, `khm-2026-11`, or a country's code."""


def is_reference(text: str) -> bool:
    """Return whether a text has the form of a case reference in a country we serve."""
    return bool(re.fullmatch(REFERENCE_PATTERN, text)) and text[:3] in LOCAL_ZONES


def local_zone(reference: CaseReference) -> str:
    """Return the IANA zone of the mission that opened the case."""
    return LOCAL_ZONES[reference[:3]]


class Stage(StrEnum):
    """The five stages, in the order of the journey."""

    verification = "verification"
    travel_document = "travel_document"
    booking = "booking"
    funding = "funding"
    handoff = "handoff"


class Step(StrEnum):
    """What the run may have to do next; each of the first seven ends in a named officer's decision."""

    lookout = "verification.lookout"
    verification = "verification"
    authorise = "travel_document.authorise"
    booking = "booking"
    funding = "funding"
    release = "travel_document.release"
    handoff = "handoff"
    help = "help"
    """Something stands in the way of the step: a coordinator says try again, go back, or stop."""
    ending = "ending"
    """The journey was rejected or cancelled: undo, in reverse order, what was done for it."""

    @property
    def stage(self) -> Stage | None:
        """The stage the step belongs to; none for help and ending."""
        word = self.value.split(".", maxsplit=1)[0]
        return Stage(word) if word in Stage.__members__ else None


class CaseStatus(StrEnum):
    """What has happened last in the journey."""

    opened = "opened"
    verified = "verified"
    documented = "documented"
    booked = "booked"
    funded = "funded"
    released = "released"
    home = "home"
    cancelled = "cancelled"


REACHED: dict[CaseStatus, Step | None] = {
    CaseStatus.opened: None,
    CaseStatus.verified: Step.verification,
    CaseStatus.documented: Step.authorise,
    CaseStatus.booked: Step.booking,
    CaseStatus.funded: Step.funding,
    CaseStatus.released: Step.release,
    CaseStatus.home: Step.handoff,
}
"""The step whose being done each status states."""

_BEFORE_HOME = tuple(status for status in REACHED if status is not CaseStatus.home)

MOVES: dict[CaseStatus, frozenset[CaseStatus]] = {
    # One step forward; back to any earlier status, because a stage whose facts no longer hold comes first again;
    # cancelled until boarding, which the ending step checks.
    status: frozenset(
        {*_BEFORE_HOME[:place], tuple(REACHED)[place + 1], CaseStatus.cancelled},
    )
    for place, status in enumerate(_BEFORE_HOME)
} | {
    # A person who needs another journey gets another case; these two stay as they are.
    CaseStatus.home: frozenset(),
    CaseStatus.cancelled: frozenset(),
}


class CareEnd(StrEnum):
    """Why nothing more is to be done for somebody whose journey was stopped."""

    home_by_other_means = "home_by_other_means"
    another_journey = "another_journey"
    in_other_care = "in_other_care"
    contact_declined = "contact_declined"
    not_entitled = "not_entitled"
    deceased = "deceased"
    erased = "erased"
    """By the erasure itself, and by nothing else."""


class MoveRefused(Exception):
    """A status change that the table of moves does not know."""

    def __init__(self, now: CaseStatus, to: CaseStatus) -> None:
        super().__init__(f"a case that is {now} cannot become {to}")
        self.now, self.to = now, to


class RepatriationCase(Row, table=True):
    """One journey of one person, from opening to handoff."""

    __tablename__ = "repatriation_case"

    reference: str = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    status: CaseStatus = Field(default=CaseStatus.opened, sa_type=word(CaseStatus))
    moved_at: pendulum.DateTime = Field(sa_type=Moment)
    opened_by: str = Field(foreign_key="officer.number")
    """The requester: this officer decides nothing in the case."""
    opened_at: pendulum.DateTime = Field(sa_type=Moment)
    owner: str = Field(foreign_key="officer.number")
    """Who is in charge of the person, also after the journey ended."""
    operation: str
    """The operation the journey belongs to, for example `khm-2026-11`; the country's code where none was named."""
    receiving_agency: str
    """The agency that will be asked to receive the person, by its short name."""
    ending: bool = False
    """Rejected or cancelled, but not everything is undone yet."""
    care_ended_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    """Since when nobody here waits any more for somebody whose journey was stopped; None while somebody does."""
    care_ended_by: str | None = Field(default=None, foreign_key="officer.number")
    care_ended_for: CareEnd | None = Field(default=None, sa_type=word(CareEnd))

    __table_args__ = (
        CheckConstraint(
            "num_nulls(care_ended_at, care_ended_by, care_ended_for) IN (0, 3) "
            "AND (care_ended_at IS NULL OR status = 'cancelled')",
            name="care_ended_whole",
        ),
        Index("ix_repatriation_case_stands", "status", "moved_at"),
        Index("ix_repatriation_case_figures", "status", "ending"),
        Index(
            "ix_repatriation_case_home",
            "moved_at",
            postgresql_include=["opened_at"],
            postgresql_where="status = 'home'",
        ),
    )

    def move_to(self, status: CaseStatus, *, at: pendulum.DateTime) -> None:
        """
        Change the status, the one way it may change.

        Raises:
            MoveRefused: the table of moves does not know this change.
        """
        if status not in MOVES[self.status]:
            raise MoveRefused(self.status, status)
        self.status, self.moved_at = status, at

    @property
    def is_closed(self) -> bool:
        """Whether the journey is over: nothing of it will ever run again."""
        return not MOVES[self.status]

    @property
    def is_in_care(self) -> bool:
        """Whether the person is to be heard of: until they are home, and after a stop until care is ended."""
        return self.status is not CaseStatus.home and self.care_ended_at is None


class CaseCounter(Row, table=True):
    """The last running number given to a case of one country in one year."""

    __tablename__ = "case_counter"

    country: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    last: int


class Attempt(Row, table=True):
    """One engine run that worked, or works, on a case; the latest open one is the run that counts."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    number: int
    flow_run_id: UUID
    started_at: pendulum.DateTime = Field(sa_type=Moment)
    ended_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    strikes: int = 0
    """How often its process ended under it since it last asked a question."""

    __table_args__ = (
        UniqueConstraint("reference", "number"),
        Index("one_open_attempt", "reference", unique=True, postgresql_where="ended_at IS NULL"),
    )


class TimelineEntry(Row, table=True):
    """One line of what happened, in plain words without personal data."""

    __tablename__ = "timeline_entry"

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    happened_at: pendulum.DateTime = Field(sa_type=Moment)
    recorded_at: pendulum.DateTime = Field(sa_type=Moment)
    words: str


class Trouble(Row, table=True):
    """What stands in the way of a step and needs a person: try again, go back, or stop."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    step: Step = Field(sa_type=word(Step))
    code: str
    """A short word for the kind of trouble, for example `airline_unavailable` or `returned`."""
    words: str
    """One sentence without personal data: what stands in the way and what to do."""
    noted_at: pendulum.DateTime = Field(sa_type=Moment)
    resolved_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)

    __table_args__ = (Index("one_open_trouble", "reference", unique=True, postgresql_where="resolved_at IS NULL"),)


class Reached(StrEnum):
    """How far a journey is with one stage."""

    done = "done"
    now = "now"
    later = "later"


def progress(status: CaseStatus, step: Step | None) -> dict[Stage, Reached]:
    """
    Return how far a journey is with each stage, in their order.

    The travel document is authorised before booking and released after funding, so its stage comes twice: at the
    release it is the present one again, between two that are done.
    """
    order = [each for each in REACHED.values() if each is not None]
    reached = REACHED.get(status)
    place = order.index(reached) + 1 if reached else 0
    if step in order:
        # A step may be over before the status says so, and may come again after it did.
        place = order.index(step)
    closed = status in (CaseStatus.home, CaseStatus.cancelled)
    present = order[place].stage if place < len(order) and not closed else None
    done = {each.stage for each in order[:place]}
    return {
        stage: Reached.now if stage is present else Reached.done if stage in done else Reached.later for stage in Stage
    }


class JourneyFacts(BaseModel):
    """What the rule of the next step looks at; each fact is true only as long as it still holds."""

    model_config = ConfigDict(frozen=True)

    closed: bool = False
    ending: bool = False
    in_trouble: bool = False
    lookout_open: bool = False
    """A warrant, notice or missing-person hit that no routed decision covers."""
    identity_holds: bool = False
    authorisation_holds: bool = False
    seats_hold: bool = False
    """Seats live at the airline and agreed by the travel officer, or carriage confirmed."""
    carriage_confirmed: bool = False
    document_released: bool = False
    handed_over: bool = False


def next_step(facts: JourneyFacts) -> Step | None:
    """Return the earliest step whose facts or decision do not hold; None when nothing is left to do."""
    journey = (
        # What stands in the way comes first, also of an undoing: else it would be tried for ever and nobody asked.
        (Step.help, not facts.in_trouble),
        (Step.ending, not facts.ending),
        (Step.lookout, not facts.lookout_open),
        (Step.verification, facts.identity_holds),
        (Step.authorise, facts.authorisation_holds),
        (Step.booking, facts.seats_hold),
        (Step.funding, facts.carriage_confirmed),
        (Step.release, facts.document_released),
        (Step.handoff, facts.handed_over),
    )
    if facts.closed:
        return None
    return next((step for step, holds in journey if not holds), None)
