"""The situation report: what is counted at a moment, and how it differs from the report before."""

from datetime import date

import pendulum
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.board import Standing, Took
from models.case import HOME_ZONE, CaseStatus
from models.columns import Moment, Row


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)


class Named(_Value):
    """A case in the annex, and the moment that matters about it: never a name."""

    reference: str
    at: str
    """UTC, ISO 8601."""


class Flight(_Value):
    """A flight in the annex."""

    flight: str
    way: str
    """`KTI → ICN`."""
    departs_at: str
    zone: str
    people: int
    unpaid: int


class Situation(_Value):
    """Everything one report says; kept as it was counted, so that the next one can name the difference."""

    opened: int
    """Cases that were ever opened."""
    home: int
    cancelled: int
    merged: int
    """Open cases that count for another one, because both are about one person."""
    standing: tuple[Standing, ...]
    overdue: int
    lapsing: int
    home_by_day: tuple[tuple[date, int], ...]
    to_money: Took
    to_home: Took
    silent: tuple[Named, ...]
    holds: tuple[Named, ...]
    flights: tuple[Flight, ...]

    @property
    def under_way(self) -> int:
        """People on their way: each once, whatever cases there are of them."""
        return self.opened - self.home - self.cancelled - self.merged


class SituationReport(Row, table=True):
    """One report; rows are only added."""

    __tablename__ = "situation_report"

    number: int | None = Field(default=None, primary_key=True)
    made_at: pendulum.DateTime = Field(sa_type=Moment)
    made_by: str
    """An officer's number, or the clock."""
    figures: dict[str, object] = Field(sa_column=Column(JSONB, nullable=False))
    before: int | None = Field(default=None, foreign_key="situation_report.number")
    """The report it names the difference to; None of the first."""


class Change(_Value):
    """One reason why the number of people on their way is another one than before."""

    kind: str
    """`opened`, `home`, `cancelled`, `merged` or `separated`."""
    count: int


def changes(before: Situation, after: Situation) -> tuple[Change, ...]:
    """
    Return why the number on their way changed; what they add up to is exactly the difference.

    `opened` and `separated` add people, the others take them away.
    """
    merged = after.merged - before.merged
    found = (
        ("home", after.home - before.home),
        ("cancelled", after.cancelled - before.cancelled),
        ("merged", merged),
        ("separated", -merged),
        ("opened", after.opened - before.opened),
    )
    return tuple(Change(kind=kind, count=count) for kind, count in found if count > 0)


def moved(before: Situation, after: Situation) -> dict[CaseStatus, tuple[int, int]]:
    """Return of each status how many stood there before and stand there now."""
    then = {each.status: each.total for each in before.standing}
    return {each.status: (then.get(each.status, 0), each.total) for each in after.standing}


REPORT_HOURS = (8, 18)
"""Hours of the day in Seoul at which the clock makes a report, as `prefect.yaml` schedules it."""


def last_slot(at: pendulum.DateTime) -> pendulum.DateTime:
    """
    Return the last moment up to `at` at which the clock was to make a report.

    >>> last_slot(pendulum.datetime(2026, 12, 5, 8, 59)).to_iso8601_string()
    '2026-12-04T23:00:00Z'
    >>> last_slot(pendulum.datetime(2026, 12, 5, 9, 0)).to_iso8601_string()
    '2026-12-05T09:00:00Z'
    """
    today = at.in_timezone(HOME_ZONE).start_of("day")
    slots = [day.add(hours=hour) for day in (today.subtract(days=1), today) for hour in REPORT_HOURS]
    return max(slot for slot in slots if slot <= at).in_timezone("UTC")
