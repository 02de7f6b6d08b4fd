"""Looking up: the registry and the lists are asked about many new cases at once, so that alerts are known at once."""

import threading
from enum import StrEnum

from models.case import CaseStatus
from models.verification import Findings, RegistryAnswer
from tasks import calls, case_file, verification
from tasks.at_once import at_once
from tasks.findings import findings_of, has_alert
from tasks.partners.errors import PartnerUnavailable
from tasks.trouble import NeedsPerson

GIVES_UP_AFTER = 3
"""So many questions without an answer, and the registry is taken to be down; the journeys ask again."""


class Found(StrEnum):
    """What is known of a new case."""

    ready = "ready"
    alert = "alert"
    """A warrant, a notice or a missing-person report: look at this one first."""
    not_found = "not found"
    """The registry knows nobody who fits; what the field wrote must be corrected."""
    unclear = "too many or too much to look at"
    """So many may be meant that not all of them were looked at: more must be known of the person."""
    not_looked_up = "not looked up yet"
    """The registry did not answer; the journey asks it again by itself."""
    under_way = "under way"
    """Taken in before, and verified, merged or over by now: nothing is to be done first."""


def look_up(references: list[str]) -> dict[str, Found]:
    """Ask about every case nobody has asked about yet, and return what is known of each."""
    down = _Down()

    def one(reference: str) -> Found:
        with case_file.lease(reference) as nobody_works_on_it:
            return _look_up(reference, down, may_ask=nobody_works_on_it)

    return dict(zip(references, at_once(one, references), strict=True))


class _Down:
    """Counts unanswered questions."""

    def __init__(self) -> None:
        self._unanswered, self._lock = 0, threading.Lock()

    def note(self, *, answered: bool) -> None:
        with self._lock:
            self._unanswered = 0 if answered else self._unanswered + 1

    @property
    def is_sure(self) -> bool:
        return self._unanswered >= GIVES_UP_AFTER


def _look_up(reference: str, down: _Down, *, may_ask: bool) -> Found:
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        if case.status is not CaseStatus.opened or case_file.standing_merge(session, reference) is not None:
            return Found.under_way
        findings = findings_of(session, reference)
    if findings is None:
        if not may_ask or down.is_sure:
            return Found.not_looked_up
        try:
            # The effect itself and not its task: outside a run there is nobody to try again.
            verification.examine.fn(reference)
            down.note(answered=True)
        except NeedsPerson as nobody:
            down.note(answered=True)
            return Found.not_found if nobody.code == RegistryAnswer.not_in_registry else Found.unclear
        except calls.ASKS_A_PERSON as failed:
            down.note(answered=not isinstance(failed, PartnerUnavailable))
            return Found.not_looked_up
        with case_file.transaction() as session:
            findings = findings_of(session, reference)
    return _judged(findings)


def _judged(findings: Findings | None) -> Found:
    if findings is not None and has_alert(findings):
        return Found.alert
    # Whoever the search does not take for the person is no candidate; how sure it is, an officer reads from the score.
    return Found.ready if findings is not None and findings.candidates else Found.not_found
