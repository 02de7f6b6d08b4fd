"""Meanwhile: what somebody writes down on a page counts only while nothing came into the file after it was drawn."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlmodel import Session, col, func, select

from models.case import TimelineEntry

_drawn_after: ContextVar[int | None] = ContextVar("drawn_after", default=None)


class WrittenMeanwhile(Exception):
    """Something came into a case's file after the page was drawn that somebody writes from; `lines` says what."""

    def __init__(self, reference: str, lines: tuple[str, ...]) -> None:
        super().__init__(f"{reference}: {len(lines)} lines were written meanwhile")
        self.lines = lines


def last_line(session: Session, reference: str) -> int:
    """Return the number of the newest line of a case's timeline; 0 before the first."""
    query = select(func.max(TimelineEntry.id)).where(TimelineEntry.reference == reference)
    return session.exec(query).one() or 0


@contextmanager
def unless_written_after(line: int) -> Iterator[None]:
    """
    Let the block write only while no newer line stands in the file of the case it locks first.

    So a form that was sent twice, or was open while somebody else wrote, changes nothing unseen.

    Raises:
        WrittenMeanwhile: one does.
    """
    before = _drawn_after.set(line)
    try:
        yield
    finally:
        _drawn_after.reset(before)


def refuse_if_written(session: Session, reference: str) -> None:
    """Look once, under the lock of the case: what the block itself adds afterwards is its own."""
    if (line := _drawn_after.get()) is None:
        return
    _drawn_after.set(None)
    query = select(TimelineEntry.words).where(TimelineEntry.reference == reference, col(TimelineEntry.id) > line)
    if lines := tuple(session.exec(query.order_by(col(TimelineEntry.id)))):
        raise WrittenMeanwhile(reference, lines)
