"""Rounds: what a clock does for many cases, each on its own; one that fails is told and keeps no other waiting."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from models.message import AlarmKind
from tasks import alarms, case_file, engine
from tasks.clock import now
from tasks.trouble import type_and_place

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Round:
    """One look at many cases, and what failed in it."""

    doing: str
    """What is done for each, in a word or two."""
    failed: dict[str, str] = field(default_factory=dict)
    """By case: the type and the place of the fault."""

    @contextmanager
    def alone(self, reference: str) -> Iterator[None]:
        """
        Do something for one case; if it fails, raise an alarm about that case, once a day, and go on with the others.

        Raises:
            case_file.CaseFileUnavailable, engine.EngineUnavailable: nothing answers, for no case.
        """
        try:
            yield
        except Exception as fault:
            self._note(reference, fault)

    def _note(self, reference: str, fault: Exception) -> None:
        if isinstance(fault, engine.EngineUnavailable) and not engine.answers():
            raise fault
        what = type_and_place(fault)
        self.failed[reference] = what
        _logger.error("%s of %s failed: %s", self.doing, reference, what)
        # Where the case database does not answer, this is what ends the round.
        with case_file.transaction() as session:
            case = case_file.load(session, reference)
            alarms.sound(session, case, AlarmKind.round_failed, about=f"{self.doing} {reference} {now():%Y-%m-%d}")

    @property
    def words(self) -> str:
        """What failed, in words for the engine; empty when nothing did."""
        return ", ".join(f"{reference}: {what}" for reference, what in self.failed.items())
