"""Exports: a list that leaves the house; asked for with a purpose, released by a second officer, capped and marked."""

import re
from uuid import UUID, uuid4

import pendulum
from sqlalchemy import ARRAY, CheckConstraint, Column, String
from sqlmodel import Field

from models.columns import Moment, Row
from models.officer import Officer, Role

MOST_ROWS = 150
"""Rows of one export: a charter and its reserve. A list of 18,714 lines once left a ministry where 150 were meant."""

SHORTEST_PURPOSE = 10
LONGEST_PURPOSE = 200

OPEN_FOR = pendulum.duration(hours=24)
"""How long a request waits for its release, and a released export can be fetched."""

RELEASES = frozenset({Role.coordinator, Role.head_of_consular_affairs})
"""Roles whose holder may release what another officer asked for."""


class ExportRequest(Row, table=True):
    """One list somebody asked for: exactly these cases, for this purpose; only its release is noted later."""

    __tablename__ = "export_request"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    number: int = Field(unique=True)
    asked_by: str = Field(foreign_key="officer.number")
    purpose: str
    """In the officer's words; of the work, never of a person."""
    operation: str
    references: list[str] = Field(sa_column=Column("cases", ARRAY(String), nullable=False))
    asked_at: pendulum.DateTime = Field(sa_type=Moment)
    released_by: str | None = Field(default=None, foreign_key="officer.number")
    released_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)

    __table_args__ = (CheckConstraint("released_by <> asked_by", name="released_by_another"),)

    @property
    def name(self) -> str:
        """Its number as it is printed in the file: `EX-0003`."""
        return f"EX-{self.number:04d}"

    def is_open(self, *, at: pendulum.DateTime) -> bool:
        """Return whether it may still be released, or fetched; the end itself is too late."""
        return at < (self.released_at or self.asked_at) + OPEN_FOR


def may_release(officer: Officer, request: ExportRequest) -> bool:
    """Return whether an officer may let a list go out: never the one who asked for it."""
    return officer.number != request.asked_by and any(officer.holds(role) for role in RELEASES)


_FORMULA = re.compile(r"[\s\ufeff\u200b-\u200f\u202a-\u202e\u2066-\u2069]*[=+\-@|%＝＋－＠\t\r\n]")


def plain_cell(text: str) -> str:
    r"""
    Return a cell that no spreadsheet takes for a formula: where one might begin, an apostrophe stands before it.

    Line breaks, tabs and what cannot be seen become blanks, so that nothing begins a cell of its own.
    Source: OWASP, CSV Injection.

    >>> plain_cell('=HYPERLINK("http://x")')
    '\'=HYPERLINK("http://x")'
    """
    flat = "".join(c if c.isprintable() else " " for c in text).strip()
    return f"'{flat}" if _FORMULA.match(text) or _FORMULA.match(flat) else flat
