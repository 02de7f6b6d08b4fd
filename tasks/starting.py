"""Starting many: the journeys of all cases that were opened and never started, but for those that may be duplicates."""

from dataclasses import dataclass

from sqlmodel import col, select

from models.case import Attempt, CaseStatus, RepatriationCase
from models.duplicate import CaseMerge, Pair
from tasks import case_file, doorbell, duplicates


@dataclass(frozen=True, slots=True)
class Started:
    """What came of starting many journeys."""

    begun: list[str]
    refused: dict[str, str]
    """Why a case was not started, in one sentence, by its reference."""
    held: list[Pair]
    """The cases that wait for a word about a duplicate: the second of each pair."""


def ready(operation: str | None = None) -> tuple[list[str], list[Pair]]:
    """Return the cases to start, of one operation if named, and the pairs whose second waits for a word first."""
    waiting = _never_started(operation)
    held = {second: pair for second, pair in duplicates.held(duplicates.proposed()).items() if second in waiting}
    return [reference for reference in waiting if reference not in held], list(held.values())


def start_all(operation: str | None = None) -> Started:
    """Start every case that is opened and has never had a run, of one operation if named."""
    ready_ones, held = ready(operation)
    return _started(doorbell.start_each(ready_ones), held=held)


def start_named(references: list[str]) -> Started:
    """Start some cases, each once, possible duplicates too: whoever names one has looked at it."""
    return _started(doorbell.start_each(list(dict.fromkeys(references))), held=[])


def _started(answers: dict[str, str | None], *, held: list[Pair]) -> Started:
    return Started(
        begun=[reference for reference, refusal in answers.items() if refusal is None],
        refused={reference: refusal for reference, refusal in answers.items() if refusal is not None},
        held=held,
    )


def _never_started(operation: str | None) -> list[str]:
    dropped = select(CaseMerge.reference).where(col(CaseMerge.unmerged_at).is_(None))
    opened = (
        select(RepatriationCase.reference)
        .where(
            RepatriationCase.status == CaseStatus.opened,
            col(RepatriationCase.ending).is_(False),
            col(RepatriationCase.reference).not_in(select(Attempt.reference)),
            col(RepatriationCase.reference).not_in(dropped),
        )
        .order_by(col(RepatriationCase.opened_at), col(RepatriationCase.reference))
    )
    if operation is not None:
        opened = opened.where(RepatriationCase.operation == operation)
    with case_file.transaction() as session:
        return list(session.exec(opened))
