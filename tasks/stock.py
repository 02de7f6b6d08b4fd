"""Stock: what keepers of the numbered sheets do with them, and whether every sheet is accounted for."""

import re
from collections import Counter
from dataclasses import dataclass

import pendulum
from sqlmodel import Session, col, select

from models.case import LOCAL_ZONES
from models.message import AlarmKind
from models.officer import Officer
from models.stock import (
    SPOILS,
    MoveReason,
    StockCount,
    StockMove,
    StockMoveRefused,
    StockState,
    is_count_missed,
    lies_at_mission,
)
from models.travel_document import DocumentState, StockNumber, TravelDocument
from tasks import alarms, case_file, decisions, numbers
from tasks.clock import now


@dataclass(frozen=True, slots=True)
class Standing:
    """A mission's stock: every number ever received there, by where it is now."""

    mission: str
    received: int
    by_state: dict[StockState, int]
    held: int
    """How many sheets must lie at the mission."""
    held_since: pendulum.DateTime | None
    """When the first of those came in; None where none must lie there."""
    unexplained: tuple[str, ...]
    """Numbers whose state does not follow from their moves; there must be none."""


def standing(mission: str) -> Standing:
    """
    Return how a mission's stock stands, each number taken from its own last move.

    Raises:
        case_file.Refused: an unknown mission.
    """
    _refuse_unknown(mission)
    with case_file.transaction() as session:
        return _standing(session, mission)


def _standing(session: Session, mission: str) -> Standing:
    newest = (
        select(
            StockMove.number, col(StockMove.to_state).label("moved_to"), col(StockMove.from_state).label("came_from")
        )
        .distinct(col(StockMove.number))
        .order_by(StockMove.number, col(StockMove.id).desc())
        .subquery()
    )
    rows = session.exec(
        select(StockNumber, newest.c.moved_to, newest.c.came_from)
        .join(newest, newest.c.number == StockNumber.number, isouter=True)
        .where(StockNumber.mission == mission)
        .order_by(StockNumber.number)
    ).all()
    counts = Counter(row.state for row, _, _ in rows)
    held = [row.received_at for row, _, came_from in rows if lies_at_mission(row.state, came_from=came_from)]
    gaps = tuple(row.number for row, moved_to, _ in rows if row.state != moved_to)
    by_state = {state: counts[state] for state in StockState}
    return Standing(mission, len(rows), by_state, len(held), min(held, default=None), gaps)


def _refuse_unknown(mission: str) -> None:
    if mission not in LOCAL_ZONES:
        raise case_file.Refused(f"No mission of ours serves {mission}; choose one of {', '.join(LOCAL_ZONES)}.")


def count(mission: str, *, counted: int, officer: Officer, witness: Officer) -> StockCount:
    """
    Write down how many sheets two officers counted at a mission; a difference is an alarm until a count fits.

    Raises:
        case_file.Refused: an unknown mission, less than none, or one officer twice.
    """
    _refuse_unknown(mission)
    if counted < 0:
        raise case_file.Refused("A count is nought or more; count the sheets that lie at the mission.")
    _refuse_same(officer, witness)
    at = now()
    with case_file.transaction() as session:
        # Nothing moves between what is expected and what is written down.
        session.exec(
            select(StockNumber).where(StockNumber.mission == mission).order_by(StockNumber.number).with_for_update()
        ).all()
        stands = _standing(session, mission)
        made = StockCount(
            mission=mission,
            counted_on=at.in_timezone(LOCAL_ZONES[mission]).date(),
            expected=stands.held,
            counted=counted,
            counted_at=at,
            counted_by=officer.number,
            witness=witness.number,
        )
        session.add(made)
        session.flush()
        ids = {"mission": mission, "expected": str(made.expected), "counted": str(counted), "witness": witness.number}
        case_file.note(session, "stock.counted", actor=officer.number, ids=ids)
        if made.expected != counted or stands.unexplained:
            alarms.sound(session, None, AlarmKind.stock_differs, about=f"{mission} {made.id}")
        else:
            alarms.clear_about(session, AlarmKind.stock_differs, mission)
        alarms.clear_about(session, AlarmKind.stock_not_counted, mission)
    return made


def sound_uncounted(*, at: pendulum.DateTime) -> int:
    """Raise an alarm about each mission that let a whole day pass without a count; return how many have."""
    missed = [mission for mission in LOCAL_ZONES if _count_is_missed(mission, at=at)]
    for mission in missed:
        alarms.sound_for_all(AlarmKind.stock_not_counted, about=mission)
    return len(missed)


def _count_is_missed(mission: str, *, at: pendulum.DateTime) -> bool:
    since, last, zone = standing(mission).held_since, last_count(mission), LOCAL_ZONES[mission]
    return since is not None and is_count_missed(
        last_counted_on=last.counted_on if last else None,
        first_held_on=since.in_timezone(zone).date(),
        today=at.in_timezone(zone).date(),
    )


def spoil(number: str, *, reason: MoveReason, officer: str) -> str | None:
    """
    Take a sheet that was printed badly or damaged out of use; return the case that needs a new one, if one does.

    Raises:
        case_file.Refused: an unknown number, a reason that is none, or a sheet that cannot be spoiled any more.
    """
    if reason not in SPOILS:
        raise case_file.Refused(f"A sheet is spoiled for one of: {', '.join(SPOILS)}.")
    with case_file.transaction() as session:
        return take_out(session, number, StockState.spoiled, reason=reason, officer=officer)


def destroy(number: str, *, officer: Officer, witness: Officer) -> None:
    """
    Write down that a sheet was destroyed before a second officer.

    Raises:
        case_file.Refused: an unknown number, one officer twice, or a sheet that is not void, spoiled or taken in.
    """
    _refuse_same(officer, witness)
    with case_file.transaction() as session:
        known(session, number)
        moved(session, number, StockState.destroyed, officer.number, MoveReason.witnessed, witness=witness.number)


def take_out(session: Session, number: str, to: StockState, *, reason: MoveReason, officer: str) -> str | None:
    """
    Move a number out of use for good; a document on it that nobody travels on yet is void and asked for anew.

    Return the reference of the case whose journey has to go on with another number.
    """
    row = known(session, number)
    case = case_file.load(session, row.reference, lock=True) if row.reference else None
    document = session.exec(
        select(TravelDocument).where(
            TravelDocument.number == number,
            col(TravelDocument.state).not_in([DocumentState.void, DocumentState.cancelled]),
        )
    ).first()
    moved(session, number, to, officer, reason)
    if case is None or document is None or case.is_closed:
        return None
    case_file.tell(session, case.reference, f"The sheet's number is {to.value}, as {officer} wrote down.")
    if case_file.is_travelling(session, case.reference, at=now()):
        # After boarding nothing is undone; somebody must meet the person.
        alarms.sound(session, case, AlarmKind.sheet_gone_on_the_way, about=number)
        return None
    decisions.replace_sheet(session, case)
    return case.reference


def moved(
    session: Session, number: str, to: StockState, officer: str, reason: MoveReason, *, witness: str | None = None
) -> StockNumber:
    """Move a number as an officer says, and note it; what its table does not hold is refused."""
    try:
        row = numbers.move(session, number, to, by=officer, reason=reason, witness=witness)
    except StockMoveRefused as refused:
        raise case_file.Refused(f"{refused} See `homeward documents stock`.") from None
    ids = {"to": to.value, "reason": reason.value, **({"witness": witness} if witness else {})}
    case = case_file.load(session, row.reference) if row.reference else None
    case_file.note(session, "number.moved", actor=officer, about=case, ids=ids, values={"number": number})
    return row


def known(session: Session, number: str) -> StockNumber:
    """Return a number of our stock, or refuse."""
    row = session.get(StockNumber, number) if re.fullmatch(r"[A-Z0-9]{9}", number) else None
    if row is None:
        raise case_file.Refused("No number like this was ever received; type its nine letters and digits again.")
    return row


def history(number: str) -> list[StockMove]:
    """Return every move of a number, the first one first."""
    with case_file.transaction() as session:
        known(session, number)
        moves = select(StockMove).where(StockMove.number == number).order_by(col(StockMove.id))
        return list(session.exec(moves))


def in_state(mission: str, state: StockState, *, at_most: int) -> list[str]:
    """Return numbers of a mission that are in one state, whichever moved last first."""
    with case_file.transaction() as session:
        there = select(StockNumber.number).where(StockNumber.mission == mission, StockNumber.state == state)
        newest = there.order_by(col(StockNumber.moved_at).desc(), StockNumber.number)
        return list(session.exec(newest.limit(at_most)))


def last_count(mission: str) -> StockCount | None:
    """Return the newest count of a mission's sheets."""
    with case_file.transaction() as session:
        counts = select(StockCount).where(StockCount.mission == mission)
        return session.exec(counts.order_by(col(StockCount.counted_at).desc()).limit(1)).first()


def _refuse_same(officer: Officer, witness: Officer) -> None:
    if officer.number == witness.number:
        raise case_file.Refused("That takes two officers; have another one give their code as the witness.")
