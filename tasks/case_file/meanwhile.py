"""Meanwhile: what somebody writes down on a page counts only while nothing came into the file after it was drawn."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from models.audit import AuditEvent
from models.case import RepatriationCase, TimelineEntry
from models.person import Declaration, Whereabouts
from tasks.case_file.merged import persons_of

PORTRAIT_STORED = "portrait.recorded"
"""The action by which a person gets a portrait."""

_drawn_after: ContextVar[int | None] = ContextVar("drawn_after", default=None)


class WrittenMeanwhile(Exception):
    """Something came into a case's file after the page was drawn that somebody writes from; `lines` says what."""

    def __init__(self, reference: str, lines: tuple[str, ...]) -> None:
        super().__init__(f"{reference}: {len(lines)} lines were written meanwhile")
        self.lines = lines


@dataclass(frozen=True, slots=True)
class OnFile:
    """How much a case's file has of what is written down on its page; a form says what its page knew."""

    words: int
    """About returning."""
    notes: int
    """Of where the person is."""
    portraits: int
    """That were ever stored; the newest stands."""


def on_file(session: Session, case: RepatriationCase) -> OnFile:
    """Return how much a case's file has now."""
    theirs = persons_of(session, case.person_id)
    words, notes = (
        session.exec(select(func.count()).select_from(of).where(col(of.person_id).in_(theirs))).one()
        for of in (Declaration, Whereabouts)
    )
    stored = select(func.count()).where(AuditEvent.action == PORTRAIT_STORED, AuditEvent.reference == case.reference)
    return OnFile(words, notes, session.exec(stored).one())


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


def refuse_if_written(session: Session, reference: str, *, looks_again: bool = False) -> None:
    """
    Look once, under the lock of the case: what the block itself adds afterwards is its own.

    Who `looks_again` only asks beforehand, so that a one-time code is not spent on a form that is too late.
    """
    if (line := _drawn_after.get()) is None:
        return
    if not looks_again:
        _drawn_after.set(None)
    query = select(TimelineEntry.words).where(TimelineEntry.reference == reference, col(TimelineEntry.id) > line)
    if lines := tuple(session.exec(query.order_by(col(TimelineEntry.id)))):
        raise WrittenMeanwhile(reference, lines)
