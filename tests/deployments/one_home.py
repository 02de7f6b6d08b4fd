"""A person of a running stack goes home: each question is told on a line, and approved once somebody asks for it."""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from deployments.drill import walk
from models.case import CaseStatus
from models.decision import Asking
from tasks import case_file, doorbell
from tasks.engine import EngineUnavailable

T = TypeVar("T")

_TRIES = 60


def main() -> int:
    """Walk one case home; return 0 once it is."""
    reference = walk.open_example()
    if (refusal := doorbell.start(reference)) is not None:
        sys.exit(refusal)
    after = None
    while (asking := _once_it_answers(partial(walk.wait_for_question, reference, after=after))) is not None:
        sys.stdout.write(f"asks {asking.step.value}\n")
        sys.stdout.flush()
        sys.stdin.readline()
        _once_it_answers(partial(_approve, reference, asking))
        after = asking
    with case_file.transaction() as session:
        return 0 if case_file.load(session, reference).status is CaseStatus.home else 1


def _approve(reference: str, asking: Asking) -> None:
    """Approve a question that is still open; what was decided is found even where nobody could be told of it."""
    still = walk.open_question(reference)
    if still is not None and still.id == asking.id:
        with suppress(EngineUnavailable):
            walk.approve(reference, asking)


def _once_it_answers(act: Callable[[], T]) -> T:
    """Act again while the database is down, as whoever reads that it is would."""
    for _ in range(_TRIES):
        try:
            return act()
        except case_file.CaseFileUnavailable:
            time.sleep(1)
    return act()


if __name__ == "__main__":
    raise SystemExit(main())
