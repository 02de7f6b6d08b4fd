"""Numbers: every move of a document number goes through here, along its table and as a row of its own."""

from sqlmodel import Session

from models.stock import MoveReason, StockMove, StockState, require_move
from models.travel_document import StockNumber
from tasks.clock import now


def move(
    session: Session,
    number: str,
    to: StockState,
    *,
    by: str,
    reason: MoveReason = MoveReason.journey,
    witness: str | None = None,
) -> StockNumber:
    """
    Move a number, and write down who moved it and why; return it as it stands then.

    Raises:
        StockMoveRefused: the table of moves does not hold it.
    """
    row = session.get_one(StockNumber, number, with_for_update=True)
    require_move(number, row.state, to)
    session.add(
        StockMove(
            number=number,
            from_state=row.state,
            to_state=to,
            moved_at=now(),
            moved_by=by,
            witness=witness,
            reason=reason,
        )
    )
    session.flush()
    # The database moved it.
    session.refresh(row)
    return row
