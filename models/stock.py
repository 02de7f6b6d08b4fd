"""Stock: the life of every numbered sheet, its table of moves, the daily count, and the report when one is gone."""

from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from sqlalchemy import CheckConstraint
from sqlmodel import Field

from models.columns import Moment, Row, word


class StockState(StrEnum):
    """What has happened last to one number; a number is never used again. Source: ICAO Doc 9303-2 §4.3, A.5.7.1."""

    received = "received"
    reserved = "reserved"
    """A person was entered on it; nothing valid exists."""
    issued = "issued"
    """Sealed, signed, printed; it lies at the mission."""
    delivered = "delivered"
    """Read once more, and in the holder's hand."""
    used = "used"
    """The holder has come home on it."""
    returned = "returned"
    """Taken in and cancelled."""
    destroyed = "destroyed"
    spoiled = "spoiled"
    """Printed badly, or could not be read again."""
    void = "void"
    lost = "lost"
    stolen = "stolen"
    expired = "expired"
    """Its last day passed and nobody travelled on it."""


_GONE = frozenset({StockState.lost, StockState.stolen})

MOVES: dict[StockState, frozenset[StockState]] = {
    StockState.received: frozenset({StockState.reserved, StockState.spoiled, StockState.void}) | _GONE,
    StockState.reserved: frozenset({StockState.issued, StockState.spoiled, StockState.void}) | _GONE,
    # used: the holder came home on it and nobody wrote the delivery down, which was an alarm
    StockState.issued: frozenset(
        {StockState.delivered, StockState.used, StockState.spoiled, StockState.void, StockState.expired}
    )
    | _GONE,
    StockState.delivered: frozenset({StockState.used, StockState.returned, StockState.void, StockState.expired})
    | _GONE,
    StockState.used: frozenset({StockState.returned}) | _GONE,
    # destroyed: it never left the mission, or was brought back there
    StockState.expired: frozenset({StockState.returned, StockState.destroyed}) | _GONE,
    # a sheet that was declared void may still be lying about, and may be lost
    StockState.void: frozenset({StockState.destroyed}) | _GONE,
    StockState.spoiled: frozenset({StockState.destroyed}) | _GONE,
    StockState.returned: frozenset({StockState.destroyed}) | _GONE,
    # found again: it stays reported, and can only be destroyed
    StockState.lost: frozenset({StockState.destroyed}),
    StockState.stolen: frozenset({StockState.destroyed}),
    StockState.destroyed: frozenset(),
}
"""The table of moves; the database holds the same one."""

_HELD = frozenset({StockState.received, StockState.reserved, StockState.issued, StockState.spoiled})
_HELD_UNLESS_DELIVERED = frozenset({StockState.void, StockState.expired})


def lies_at_mission(state: StockState, *, came_from: StockState | None) -> bool:
    """
    Return whether a sheet in this state lies at its mission, where it is counted every day.

    One that became void or expired in its holder's hand does not.

    >>> lies_at_mission(StockState.void, came_from=StockState.issued)
    True
    >>> lies_at_mission(StockState.void, came_from=StockState.delivered)
    False
    """
    return state in _HELD or (state in _HELD_UNLESS_DELIVERED and came_from is not StockState.delivered)


def is_count_missed(*, last_counted_on: date | None, first_held_on: date, today: date) -> bool:
    """
    Return whether a mission that has sheets let a whole day of theirs pass without a count; all are its local days.

    The day the first of them came in needs none, and today is not over yet. Source: ICAO Doc 9303-2 §4.3, a daily
    reconciliation.
    """
    yesterday = today - timedelta(days=1)
    return first_held_on < yesterday and (last_counted_on is None or last_counted_on < yesterday)


IN_FORCE = frozenset({StockState.issued, StockState.delivered})
"""States in which a document may be good for a journey."""

NEVER_ISSUED = frozenset({StockState.received, StockState.reserved})


class MoveReason(StrEnum):
    """Why a number moved."""

    delivery = "delivery"
    """The printer's list was received."""
    carried_over = "carried-over"
    """It stood so before moves were written down."""
    journey = "journey"
    """The case's own course."""
    misprint = "misprint"
    paper_damaged = "paper-damaged"
    failed_reading = "failed-reading"
    """The printed page could not be read again, or says something else."""
    handed_over = "handed-over"
    last_day_passed = "last-day-passed"
    reported = "reported"
    """Lost or stolen."""
    witnessed = "witnessed"
    """Destroyed before a second officer."""


SPOILS = (MoveReason.misprint, MoveReason.paper_damaged, MoveReason.failed_reading)
"""Reasons an officer may spoil a sheet for."""


class StockMoveRefused(Exception):
    """A number cannot move so; the text says where it stands."""

    def __init__(self, number: str, now: StockState, to: StockState) -> None:
        super().__init__(f"Number {number} is {now.value} and cannot become {to.value}.")
        self.number, self.now, self.to = number, now, to


def require_move(number: str, now: StockState, to: StockState) -> None:
    """
    Refuse what the table of moves does not hold.

    Raises:
        StockMoveRefused: the number cannot move so.
    """
    if to not in MOVES[now]:
        raise StockMoveRefused(number, now, to)


class StockMove(Row, table=True):
    """One move of one number; to write it is to move the number, and none is ever changed."""

    __tablename__ = "stock_move"

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(foreign_key="stock_number.number", index=True)
    from_state: StockState | None = Field(default=None, sa_type=word(StockState))
    """None when it was received."""
    to_state: StockState = Field(sa_type=word(StockState))
    moved_at: pendulum.DateTime = Field(sa_type=Moment)
    moved_by: str
    """Number of the officer, `run` for the journey itself, `first-day` for a drill's specimens."""
    witness: str | None = Field(default=None, foreign_key="officer.number")
    reason: MoveReason = Field(sa_type=word(MoveReason))

    __table_args__ = (
        CheckConstraint(
            "to_state <> 'destroyed' OR (witness IS NOT NULL AND witness <> moved_by)",
            name="destroyed_before_a_witness",
        ),
    )


class StockCount(Row, table=True):
    """One count of the sheets that lie at a mission, made by two officers."""

    __tablename__ = "stock_count"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    mission: str
    counted_on: date
    """Local day."""
    expected: int
    counted: int
    counted_at: pendulum.DateTime = Field(sa_type=Moment)
    counted_by: str = Field(foreign_key="officer.number")
    witness: str = Field(foreign_key="officer.number")

    __table_args__ = (CheckConstraint("witness <> counted_by", name="counted_by_two"),)


class LossReport(Row, table=True):
    """
    One report that a number is lost or stolen, to be told to the lost-document list until it has been.

    What is passed on is number, issue date, expiry, date and place of loss, and the office that took the report.
    Source: Passport Act Enforcement Decree (여권법 시행령) art. 20(3).
    """

    __tablename__ = "loss_report"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    """Also the id it is told under, so that telling it twice is telling it once."""
    number: str = Field(foreign_key="stock_number.number", unique=True)
    reference: str | None = Field(default=None, foreign_key="repatriation_case.reference")
    """The case whose journey tells it; none for a blank."""
    stolen: bool
    issued_on: date | None = None
    expires_on: date | None = None
    lost_on: date | None = None
    place: str | None = None
    """Of a blank; where a person lost it is sealed for them."""
    place_sealed: bytes | None = None
    office: str
    reported_at: pendulum.DateTime = Field(sa_type=Moment)
    reported_by: str = Field(foreign_key="officer.number")
    told_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    """When the list took it; None while it is owed."""


class SheetCheck(Row, table=True):
    """One reading of a printed page before it is handed over."""

    __tablename__ = "sheet_check"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    number: str = Field(foreign_key="stock_number.number", index=True)
    fits: bool
    zone_read: str | None = None
    """How the two lines were read: `file`, `ocr` or `typed`; None when only the seal was."""
    checked_at: pendulum.DateTime = Field(sa_type=Moment)
    checked_by: str = Field(foreign_key="officer.number")
