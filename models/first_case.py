"""The first case: what a newcomer does to bring one synthetic person home, and how far a case is with it."""

from dataclasses import dataclass
from enum import StrEnum

from models.case import CaseStatus, Reached, Step


class Lesson(StrEnum):
    """What is done for one person, in its order; the words are those of the desk's pages."""

    intake = "intake"
    portrait = "portrait"
    declaration = "declaration"
    start = "start"
    verification = "verification"
    travel_document = "travel_document"
    booking = "booking"
    funding = "funding"
    release = "release"
    handoff = "handoff"


BY_THE_COORDINATOR = (Lesson.intake, Lesson.portrait, Lesson.declaration, Lesson.start)
"""Done on the page of the case; every later one is an officer's decision on what the run puts before them."""

DECIDES: dict[Lesson, Step] = {
    Lesson.verification: Step.verification,
    Lesson.travel_document: Step.authorise,
    Lesson.booking: Step.booking,
    Lesson.funding: Step.funding,
    Lesson.release: Step.release,
    Lesson.handoff: Step.handoff,
}
"""The decision each of the others is."""

_ORDER = (
    CaseStatus.opened, CaseStatus.verified, CaseStatus.documented, CaseStatus.booked, CaseStatus.funded,
    CaseStatus.released, CaseStatus.home,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """What the case file says of one case."""

    status: CaseStatus
    has_portrait: bool
    has_declaration: bool
    is_started: bool


def lessons(standing: Standing | None) -> dict[Lesson, Reached]:
    """
    Return how far a case is with each lesson; None stands for a case nobody has opened yet.

    The first that is not done is the present one, so what was passed over, or came undone when a stage was reopened,
    comes first again. A cancelled case has none that is next.
    """
    done = _done(standing) if standing is not None else set()
    is_over = standing is not None and standing.status is CaseStatus.cancelled
    present = None if is_over else next((lesson for lesson in Lesson if lesson not in done), None)
    return {
        lesson: Reached.done if lesson in done else Reached.now if lesson is present else Reached.later
        for lesson in Lesson
    }


def _done(standing: Standing) -> set[Lesson]:
    done = {Lesson.intake}
    facts = {
        Lesson.portrait: standing.has_portrait,
        Lesson.declaration: standing.has_declaration,
        Lesson.start: standing.is_started,
    }
    done |= {lesson for lesson, holds in facts.items() if holds}
    if standing.status in _ORDER:
        # Each decision that was carried out moves the case on by one status.
        done |= set(list(DECIDES)[: _ORDER.index(standing.status)])
    return done
