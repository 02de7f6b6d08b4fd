"""The board: every case by where it stands and for how long, and what comes next. It counts; it names nobody."""

import threading
from dataclasses import dataclass
from datetime import date
from typing import Any

import pendulum
from sqlalchemy import case as when
from sqlalchemy import func, text
from sqlmodel import Session, col, select

from models.board import (
    AMBER_AFTER,
    LAPSING_WITHIN,
    LEAVING_WITHIN,
    RED_AFTER,
    UNDER_WAY,
    Light,
    Standing,
    Took,
)
from models.booking import Booking, BookingState
from models.case import HOME_ZONE, CaseStatus, RepatriationCase
from models.duplicate import CaseMerge
from models.itinerary import Segment
from models.ledger import Entry, LedgerTransaction
from models.listing import CaseUrgency
from models.officer import Duty, Officer
from tasks import browsing, case_file, referrals, silence, triage
from tasks.clock import now
from tasks.referrals import Unanswered
from tasks.silence import NextContact

COUNTED_OVER_DAYS = 30
"""How far back the times to money and to home are counted."""

DAYS_HOME = 14
"""Days of which the board shows how many came home."""

LISTED = 20
"""Rows of each list; how many there are is said above it."""

FLIGHTS = 60
"""Flights that are listed: more have left one country in two days in no operation so far."""

GOOD_FOR_S = 15.0
"""How long counts may be shown again; the moment they were counted stands beside them."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted, at one moment."""

    at: pendulum.DateTime
    standing: tuple[Standing, ...]
    overdue: int
    """People who were not heard of in time."""
    lapsing: int
    """Unpaid holds that lapse soon."""
    home: int
    cancelled: int
    home_by_day: tuple[tuple[date, int], ...]
    """The last days by Seoul's calendar, the earliest first."""
    to_money: Took
    """From the opening of a case to the commitment of money."""
    to_home: Took

    @property
    def under_way(self) -> int:
        """Open cases."""
        return sum(each.total for each in self.standing)


@dataclass(frozen=True, slots=True)
class Lapsing:
    """An unpaid hold that lapses soon."""

    reference: str
    pay_by: pendulum.DateTime


@dataclass(frozen=True, slots=True)
class Leaving:
    """One flight with people of ours on it."""

    flight: str
    origin: str
    destination: str
    departs_at: pendulum.DateTime
    origin_zone: str
    people: int
    unpaid: int
    """Of them, whose seats are held and not paid."""


@dataclass(frozen=True, slots=True)
class Board:
    """The board as one officer sees it."""

    figures: Figures
    overdue: list[NextContact]
    unanswered: list[Unanswered]
    """Cases in which another agency's answer is overdue."""
    lapsing: list[Lapsing]
    leaving: list[Leaving]


def board(reader: Officer) -> Board:
    """
    Return the board; counts, holds and flights may be a few seconds old, whoever is silent is never an old list.

    Raises:
        case_file.Refused: the reader's duty needs no case.
    """
    if not reader.may(Duty.look_at_cases):
        raise case_file.Refused(f"Officer {reader.number} is another country's and may not look at the board.")
    at = now()
    triage.renew(at_most=browsing.RENEWED)
    counted, found = _kept.at(at)
    return Board(
        counted, silence.longest_overdue(at=at, at_most=LISTED), referrals.longest_overdue(at=at, at_most=LISTED),
        found.lapsing, found.leaving,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lists:
    """What is to come: unpaid holds about to lapse, and flights."""

    lapsing: list[Lapsing]
    leaving: list[Leaving]


def lists(*, at: pendulum.DateTime, at_most: int) -> Lists:
    """Return the first so many holds that lapse soon, and the flights of the next two days."""
    with case_file.transaction() as session:
        return Lists(_lapsing(session, at, at_most), _leaving(session, at))


class _Kept:
    """What was counted last; while one thread counts, the others show what was counted before."""

    def __init__(self) -> None:
        self._counting = threading.Lock()
        self._of: tuple[str, Figures, Lists] | None = None

    def at(self, moment: pendulum.DateTime) -> tuple[Figures, Lists]:
        """Return counts that are not too old at a moment."""
        database = str(case_file.engine().url)
        known = self._of
        if known is not None and known[0] == database:
            age = (moment - known[1].at).total_seconds()
            if 0 <= age < GOOD_FOR_S or not self._counting.acquire(blocking=age < 0 or age > 4 * GOOD_FOR_S):
                return known[1:]
        else:
            self._counting.acquire()
        try:
            counted, found = figures(at=moment), lists(at=moment, at_most=LISTED)
            self._of = (database, counted, found)
            return counted, found
        finally:
            self._counting.release()


_kept = _Kept()


def figures(*, at: pendulum.DateTime) -> Figures:
    """Return everything that is counted, at this moment."""
    with case_file.transaction() as session:
        query = (
            select(RepatriationCase.status, func.count())
            .where(col(RepatriationCase.status).in_([CaseStatus.home, CaseStatus.cancelled]))
            .group_by(col(RepatriationCase.status))
        )
        closed = {status: int(count) for status, count in session.execute(query)}
        return Figures(
            at=at,
            standing=_standing(session, at),
            overdue=_count(
                session,
                select(func.count())
                .select_from(CaseUrgency)
                .where(~col(CaseUrgency.is_closed), col(CaseUrgency.contact_due_at) <= at),
            ),
            lapsing=_count(
                session, _HELD.with_only_columns(func.count()).where(col(Booking.pay_by) <= at + LAPSING_WITHIN)
            ),
            home=closed.get(CaseStatus.home, 0),
            cancelled=closed.get(CaseStatus.cancelled, 0),
            home_by_day=_home_by_day(session, at),
            to_money=_to_money(session, at),
            to_home=_to_home(session, at),
        )


def _count(session: Session, query: Any) -> int:  # noqa: ANN401 - SQLAlchemy's select of one column
    return int(session.execute(query).scalar_one())


def _standing(session: Session, at: pendulum.DateTime) -> tuple[Standing, ...]:
    """Return the open cases by status and colour; of two merged ones the kept one stands for both."""
    moved = col(RepatriationCase.moved_at)
    colour = when((moved <= at - RED_AFTER, Light.red), (moved <= at - AMBER_AFTER, Light.amber), else_=Light.green)
    merged = select(CaseMerge.reference).where(col(CaseMerge.unmerged_at).is_(None))
    query = (
        select(RepatriationCase.status, colour.label("colour"), func.count())
        .where(col(RepatriationCase.status).in_(UNDER_WAY), col(RepatriationCase.reference).not_in(merged))
        .group_by(col(RepatriationCase.status), text("colour"))
    )
    counted = {(status, Light(shade)): number for status, shade, number in session.execute(query)}
    return tuple(
        Standing(each, **{shade.value: counted.get((each, shade), 0) for shade in Light}) for each in UNDER_WAY
    )


_HELD = select(Booking.reference, Booking.pay_by).where(
    Booking.state == BookingState.held, ~col(Booking.unwanted)
)  # fmt: skip


def _lapsing(session: Session, at: pendulum.DateTime, at_most: int) -> list[Lapsing]:
    query = _HELD.where(col(Booking.pay_by) <= at + LAPSING_WITHIN).order_by(col(Booking.pay_by), Booking.reference)
    return [Lapsing(reference, pendulum.instance(pay_by)) for reference, pay_by in session.exec(query.limit(at_most))]


_FIRST = text("booking.itinerary -> 'segments' -> 0")
_DEPARTS = "(booking.itinerary -> 'segments' -> 0 ->> 'departs_local')"


def _leaving(session: Session, at: pendulum.DateTime) -> list[Leaving]:
    """Return the flights of the next two days, the next one first; each with how many of ours are on it."""
    # Local times are compared as they are written, a day wider on each side than any zone is off, and then exactly.
    query = text(
        f"SELECT {_FIRST} AS first, count(*), count(*) FILTER (WHERE state = 'held') FROM booking "  # noqa: S608 - ours
        f"WHERE state IN ('held', 'ticketed') AND NOT unwanted AND {_DEPARTS} BETWEEN :first AND :last GROUP BY 1"
    )
    wide = pendulum.duration(hours=14)
    limits = {"first": f"{at - wide:%Y-%m-%dT%H:%M}", "last": f"{at + LEAVING_WITHIN + wide:%Y-%m-%dT%H:%M}"}
    found: dict[tuple[str, pendulum.DateTime], Leaving] = {}
    for first, counted, of_it_unpaid in session.execute(query, limits):
        leaves, people, unpaid = Segment.model_validate(first), int(counted), int(of_it_unpaid)
        if not at <= leaves.departs_at <= at + LEAVING_WITHIN:
            continue
        key = leaves.flight_number, leaves.departs_at
        if (known := found.get(key)) is not None:
            # The same flight, read from the airline in two ways.
            people, unpaid = people + known.people, unpaid + known.unpaid
        found[key] = Leaving(
            leaves.flight_number,
            leaves.origin,
            leaves.destination,
            leaves.departs_at,
            leaves.origin_zone,
            people,
            unpaid,
        )
    return sorted(found.values(), key=lambda each: (each.departs_at, each.flight))[:FLIGHTS]


def _home_by_day(session: Session, at: pendulum.DateTime) -> tuple[tuple[date, int], ...]:
    today = at.in_timezone(HOME_ZONE).date()
    first = pendulum.datetime(today.year, today.month, today.day, tz=HOME_ZONE).subtract(days=DAYS_HOME - 1)
    day = func.date(func.timezone(HOME_ZONE, col(RepatriationCase.moved_at)))
    query = (
        select(day, func.count())
        .where(RepatriationCase.status == CaseStatus.home, col(RepatriationCase.moved_at) >= first.in_timezone("UTC"))
        .group_by(day)
    )
    counted = {each: int(count) for each, count in session.execute(query)}
    days = [first.add(days=number).date() for number in range(DAYS_HOME)]
    return tuple((each, counted.get(each, 0)) for each in days)


def _to_money(session: Session, at: pendulum.DateTime) -> Took:
    committed = (
        select(LedgerTransaction.reference, func.min(LedgerTransaction.posted_at).label("at"))
        .where(LedgerTransaction.entry == Entry.commitment, col(LedgerTransaction.posted_at) >= _since(at))
        .group_by(LedgerTransaction.reference)
        .subquery()
    )
    query = select(committed.c.at - col(RepatriationCase.opened_at)).join(
        committed, committed.c.reference == RepatriationCase.reference
    )
    return _took(session, query)


def _to_home(session: Session, at: pendulum.DateTime) -> Took:
    query = select(col(RepatriationCase.moved_at) - col(RepatriationCase.opened_at)).where(
        RepatriationCase.status == CaseStatus.home, col(RepatriationCase.moved_at) >= _since(at)
    )
    return _took(session, query)


def _since(at: pendulum.DateTime) -> pendulum.DateTime:
    return at.subtract(days=COUNTED_OVER_DAYS)


def _took(session: Session, durations: Any) -> Took:  # noqa: ANN401 - SQLAlchemy's select of one column
    took = func.extract("epoch", durations.subquery().c[0])
    query = select(func.count(), *(func.percentile_cont(share).within_group(took.asc()) for share in (0.5, 0.95)))
    cases, p50, p95 = session.execute(query).one()
    return Took(cases, None if p50 is None else int(p50), None if p95 is None else int(p95))
