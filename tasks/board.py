"""The board: every case by where it stands and for how long, and what comes next. It counts; it names nobody."""

import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

import pendulum
from sqlalchemy import ColumnElement, bindparam, func, text
from sqlalchemy.dialects.postgresql import ARRAY
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
from models.columns import Moment
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

GOOD_FOR_S = 10.0
"""How long counts may be shown again; the moment they were counted stands beside them."""

COUNTED_EVERY_S = 5.0
"""How often a process that keeps the board counts, so that whoever looks does not wait for it."""

WATCHED_FOR_S = 60.0
"""How long it goes on after the last look; an open page asks again three times in it."""


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
    """What was counted last; one thread counts at a time, and the others wait for it where they need it."""

    def __init__(self) -> None:
        self._counting = threading.Lock()
        self._watched = threading.Event()
        self._looked_at = 0.0
        self._of: tuple[str, Figures, Lists] | None = None

    def at(self, moment: pendulum.DateTime) -> tuple[Figures, Lists]:
        """Return counts that are not too old at a moment."""
        self._looked_at = time.monotonic()
        self._watched.set()
        if (known := self._known(moment)) is not None:
            return known
        with self._counting:
            # Whoever counted meanwhile did it for everybody who waited.
            return self._known(moment) or self._count(max(moment, now()))

    def keep(self) -> None:
        """Count again and again while somebody looks, for as long as the process lives."""
        while True:
            self._watched.wait()
            if time.monotonic() - self._looked_at > WATCHED_FOR_S:
                self._watched.clear()
                continue
            # Whoever looks next counts, and is told what is wrong.
            with suppress(case_file.CaseFileUnavailable), self._counting:
                self._count(now())
            time.sleep(COUNTED_EVERY_S)

    def _known(self, moment: pendulum.DateTime) -> tuple[Figures, Lists] | None:
        known = self._of
        if known is None or known[0] != str(case_file.engine().url):
            return None
        # Counted a moment after a look began is as good; a clock that was set back is not.
        return known[1:] if abs((moment - known[1].at).total_seconds()) < GOOD_FOR_S else None

    def _count(self, at: pendulum.DateTime) -> tuple[Figures, Lists]:
        counted, found = figures(at=at), lists(at=at, at_most=LISTED)
        self._of = (str(case_file.engine().url), counted, found)
        return counted, found


_kept = _Kept()


def keep_counting() -> None:
    """Have this process count by itself while the board is looked at; called once, by a process that serves it."""
    threading.Thread(target=_kept.keep, name="board", daemon=True).start()


def figures(*, at: pendulum.DateTime) -> Figures:
    """Return everything that is counted, at this moment."""
    with case_file.transaction() as session:
        # Helpers would take the second core from the pages that are asked for meanwhile.
        session.execute(text("SET LOCAL max_parallel_workers_per_gather = 0"))
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
    counted = _by_colour(session, at)
    merged = select(CaseMerge.reference).where(col(CaseMerge.unmerged_at).is_(None))
    # Taken off afterwards, and not left out: an index alone counts the cases then, and very few are merged.
    counted.subtract(_by_colour(session, at, col(RepatriationCase.reference).in_(merged)))
    return tuple(Standing(each, **{shade.value: counted[each, shade] for shade in Light}) for each in UNDER_WAY)


def _by_colour(
    session: Session, at: pendulum.DateTime, *among: ColumnElement[bool]
) -> Counter[tuple[CaseStatus, Light]]:
    moved = col(RepatriationCase.moved_at)
    query = (
        select(
            RepatriationCase.status,
            func.count(),
            func.count().filter(moved <= at - AMBER_AFTER),
            func.count().filter(moved <= at - RED_AFTER),
        )
        .where(col(RepatriationCase.status).in_(UNDER_WAY), *among)
        .group_by(col(RepatriationCase.status))
    )
    counted: Counter[tuple[CaseStatus, Light]] = Counter()
    for status, every, stood, long_stood in session.execute(query):
        counted[status, Light.green] = every - stood
        counted[status, Light.amber] = stood - long_stood
        counted[status, Light.red] = long_stood
    return counted


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
    days = [first.add(days=number) for number in range(DAYS_HOME)]
    moved = col(RepatriationCase.moved_at)
    begun = bindparam("days", [day.in_timezone("UTC") for day in days], type_=ARRAY(Moment))
    day = func.width_bucket(moved, begun)
    query = select(day, func.count()).where(RepatriationCase.status == CaseStatus.home, moved >= days[0]).group_by(day)
    counted = {int(number): int(count) for number, count in session.execute(query)}
    return tuple((each.date(), counted.get(number, 0)) for number, each in enumerate(days, start=1))


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
    # Not `extract`, whose numbers of any precision take three times as long to sort.
    took = func.date_part("epoch", durations.subquery().c[0])
    query = select(func.count(), *(func.percentile_cont(share).within_group(took.asc()) for share in (0.5, 0.95)))
    cases, p50, p95 = session.execute(query).one()
    return Took(cases, None if p50 is None else int(p50), None if p95 is None else int(p95))
