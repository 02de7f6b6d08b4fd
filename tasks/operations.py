"""Operations: whose journeys belong together, who of them is where, and beginning them in one action."""

import re
from collections import Counter
from dataclasses import dataclass
from uuid import UUID

import pendulum
from sqlmodel import col, func, select

from models.booking import Booking, BookingState
from models.case import OPERATION_PATTERN, Attempt, RepatriationCase, Step
from models.decision import Asking
from models.duplicate import CaseMerge
from models.message import AlarmKind
from models.officer import Duty, Officer, Role
from models.operation import Stand, stand
from models.person import ConfirmedIdentity, Person, name_shown
from tasks import alarms, case_file, doorbell, engine, starting, vault
from tasks.clock import now


@dataclass(frozen=True, slots=True)
class Counted:
    """One person of an operation."""

    reference: str
    name: str
    """As confirmed, else as the field wrote it down."""
    stand: Stand
    owner: str
    """Officer number of who is in charge of the person."""
    waits_at: Step | None
    waits_for: Role | None
    """Whose answer the journey waits for; None where nobody's."""
    since: pendulum.DateTime
    """Since when it waits, or when its status last changed."""


@dataclass(frozen=True, slots=True)
class HeadCount:
    """Everybody of an operation, by name, at one moment."""

    operation: str
    at: pendulum.DateTime
    people: tuple[Counted, ...]

    @property
    def totals(self) -> dict[Stand, int]:
        """How many stand where, in the order of the journey; none that is empty."""
        counted = Counter(each.stand for each in self.people)
        return {each: counted[each] for each in Stand if counted[each]}

    @property
    def words(self) -> str:
        """Return the count in one line: `73 people: 2 to depart, 71 home`."""
        parts = ", ".join(f"{count} {where.value}" for where, count in self.totals.items())
        return f"{len(self.people)} {'person' if len(self.people) == 1 else 'people'}: {parts}"


def refuse_unnamed(operation: str) -> None:
    """
    Refuse what is no name of an operation.

    Raises:
        case_file.Refused: one has another form.
    """
    if not re.fullmatch(OPERATION_PATTERN, operation):
        raise case_file.Refused("An operation has a short name like khm-2026-11: letters, digits and hyphens.")


def listed() -> dict[str, int]:
    """Return the operations there are, with how many cases each has, by name."""
    counted = select(RepatriationCase.operation, func.count()).group_by(col(RepatriationCase.operation))
    with case_file.transaction() as session:
        return dict(session.exec(counted.order_by(col(RepatriationCase.operation))).all())


def head_count(operation: str, *, reader: Officer) -> HeadCount:
    """
    Return who of an operation is where, the cases by reference; the look at each person is audited.

    Of two cases merged into one the person is counted once.

    Raises:
        case_file.Refused: the reader's duty needs no case, or there is no such operation.
    """
    if not reader.may(Duty.look_at_cases):
        raise case_file.Refused(f"Officer {reader.number} is another country's and may not open cases.")
    refuse_unnamed(operation)
    at = now()
    dropped = select(CaseMerge.reference).where(col(CaseMerge.unmerged_at).is_(None))
    with case_file.transaction() as session:
        rows = session.exec(
            select(RepatriationCase, Person, ConfirmedIdentity)
            .join(Person, col(Person.id) == RepatriationCase.person_id)
            .outerjoin(
                ConfirmedIdentity,
                (col(ConfirmedIdentity.reference) == RepatriationCase.reference)
                & col(ConfirmedIdentity.superseded_at).is_(None),
            )
            .where(RepatriationCase.operation == operation, col(RepatriationCase.reference).not_in(dropped))
            .order_by(col(RepatriationCase.reference))
        ).all()
        if not rows:
            raise case_file.Refused(
                f"No case belongs to an operation {operation}; `homeward operation list` shows all."
            )
        mine = select(RepatriationCase.reference).where(RepatriationCase.operation == operation)
        begun = set(session.exec(select(Attempt.reference).where(col(Attempt.reference).in_(mine))))
        asked = {
            asking.reference: asking
            for asking in session.exec(
                select(Asking).where(
                    col(Asking.reference).in_(mine), col(Asking.closed_at).is_(None), col(Asking.shown_at).is_not(None)
                )
            )
        }
        routes = {
            booking.reference: booking.route
            for booking in session.exec(
                select(Booking).where(col(Booking.reference).in_(mine), Booking.state == BookingState.ticketed)
            )
        }
        people = []
        for case, person, identity in rows:
            case_file.note(session, "person.read", actor=reader.number, about=case, ids={"purpose": "head-count"})
            route, asking = routes.get(case.reference), asked.get(case.reference)
            people.append(
                Counted(
                    reference=case.reference,
                    name=name_shown(person, identity),
                    stand=stand(
                        case.status,
                        has_begun=case.reference in begun,
                        has_left=route is not None and route.departs_at <= at,
                        has_landed=route is not None and route.arrives_at <= at,
                    ),
                    owner=case.owner,
                    waits_at=asking.step if asking else None,
                    waits_for=asking.role if asking else None,
                    since=asking.asked_at if asking else case.moved_at,
                )
            )
    return HeadCount(operation, at, tuple(people))


def begin(reference: str) -> None:
    """
    Begin the journey of one case.

    Begun twice, it is still one run: the engine knows the key.

    Raises:
        case_file.Refused: it cannot be begun, and nobody else began it.
    """
    if (refusal := doorbell.start(reference)) is None:
        return
    with case_file.transaction() as session:
        if case_file.latest_attempt(session, reference) is None:
            raise case_file.Refused(refusal)


def ready(operation: str, *, after: str | None = None) -> tuple[list[str], int]:
    """
    Return the references of an operation whose journeys can begin, and how many wait for a word about a duplicate.

    They are in the order of the alphabet, those up to `after` left out.

    Raises:
        case_file.Refused: that is no name of an operation.
    """
    refuse_unnamed(operation)
    references, held = starting.ready(operation)
    return sorted(each for each in references if after is None or each > after), len(held)


def go_on(operation: str, *, after: str, run_id: str) -> UUID:
    """Have those of an operation begun who come after a case; a run has one next, however often it asks for it."""
    return engine.start_operation(operation, after=after, key=vault.keyed_hash("run", f"{run_id}:next"))


def alarm_not_begun(operation: str) -> None:
    """Tell the coordinators that some of an operation were not begun; beginning it again begins only those."""
    alarms.sound_for_all(AlarmKind.not_begun, about=operation)


def start(operation: str) -> UUID:
    """
    Have the engine begin the journeys of everybody in an operation; return the id of its run.

    Raises:
        case_file.Refused: there is no such operation, or nobody in it waits to begin.
    """
    references, held = ready(operation)
    if operation not in listed():
        raise case_file.Refused(f"No case belongs to an operation {operation}; `homeward operation list` shows all.")
    if not references:
        because = f"; {held} wait for a word about a duplicate, see `homeward case duplicates`" if held else ""
        raise case_file.Refused(f"Nobody in {operation} waits to begin{because}.")
    return engine.start_operation(operation)
