"""
Listing: what lists are ordered and searched by, kept beside the facts it follows from.

Nothing here is a fact of its own. The database marks a row whenever one of its facts changes (`0021_desk`), and
`tasks.triage` counts a marked row anew, so that a page of fifty costs the same among fifty cases and a
hundred thousand.
"""

from uuid import UUID

import pendulum
from sqlalchemy import Index, text
from sqlmodel import Field

from models.columns import Moment, Row


class CaseUrgency(Row, table=True):
    """How soon one case must be looked at, as it was counted last, and until when that stays right by itself."""

    __tablename__ = "case_urgency"

    reference: str = Field(primary_key=True, foreign_key="repatriation_case.reference")
    is_closed: bool
    """Whether nobody waits for the person any more: home, or care has ended."""
    score: int
    """From 0 to 100; 0 of a closed case."""
    contact_due_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    """When the person must be heard of; None of a closed case, and of one that is merged into another."""
    holds_until: pendulum.DateTime = Field(sa_type=Moment)
    """From this moment on it is to be counted anew; 1970 once a fact has changed."""

    __table_args__ = (
        Index("ix_case_urgency_order", "is_closed", text("score DESC"), "reference"),
        Index("ix_case_urgency_lapsed", "holds_until", postgresql_where=text("NOT is_closed")),
        Index("ix_case_urgency_contact", "contact_due_at", postgresql_where=text("NOT is_closed")),
    )


class CaseName(Row, table=True):
    """Every spelling of the name of a case's person, in small letters, a line each; written by the database alone."""

    __tablename__ = "case_name"

    reference: str = Field(primary_key=True, foreign_key="repatriation_case.reference")
    names: str

    __table_args__ = tuple(
        # Written at once: what waits to be written is read through by every search.
        Index(
            f"ix_case_name_{of}_groups",
            text(f"letter_groups({of})"),
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        )
        for of in ("names", "reference")
    )


class AskingPlace(Row, table=True):
    """One role that may sign under a question that waits; written by the database alone."""

    __tablename__ = "asking_place"

    asking_id: UUID = Field(primary_key=True, foreign_key="asking.id")
    role: str = Field(primary_key=True)
    """A role's word; `standing-authority` for whoever decides funding alone where an authority stands."""
    first_asked_at: pendulum.DateTime = Field(sa_type=Moment)
    """When the question was first asked; asked again without an answer, it is still the same question."""
    is_closed: bool

    __table_args__ = (
        Index("ix_asking_place_waiting", "role", "first_asked_at", "asking_id", postgresql_where=text("NOT is_closed")),
    )


STANDING_AUTHORITY = "standing-authority"
"""In the place of a role: whoever the policy lets decide funding alone."""
