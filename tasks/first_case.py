"""The first case at the desk: how far one is, what waits in it, and who may do it; read from the case file alone."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import col, select

from models.case import CaseStatus, Reached, RepatriationCase, Step
from models.first_case import BY_THE_COORDINATOR, DECIDES, Lesson, Standing, lessons
from models.officer import Duty, Officer, Role
from models.person import Person
from models.policy import Rule
from tasks import case_file, decisions, signatures
from tasks.clock import now
from tasks.policy import policy

SHOWN = 5
"""Cases to go on with, the newest first."""


@dataclass(frozen=True, slots=True)
class FirstCase:
    """How far a case is with everything a newcomer does in it."""

    reference: str
    status: CaseStatus
    reached: dict[Lesson, Reached]
    waits: Step | None
    """The question that waits; None while the run works by itself, and before it begins."""
    roles: dict[Lesson, tuple[Role, ...]]
    """Who does each, by the policy for this person."""
    officers: tuple[str, ...]
    """Who may answer what waits, by number; whoever opened the case is not among them."""


def recent() -> list[str]:
    """Return the references of the cases opened last."""
    with case_file.transaction() as session:
        found = select(RepatriationCase.reference).order_by(col(RepatriationCase.opened_at).desc()).limit(SHOWN)
        return list(session.exec(found))


def roles() -> dict[Lesson, tuple[Role, ...]]:
    """Return who does each lesson, by the policy for anybody."""
    return _roles(lambda step: policy().rule_for(step, ()))


def _roles(rule_of: Callable[[Step], Rule]) -> dict[Lesson, tuple[Role, ...]]:
    decide = {
        lesson: tuple(dict.fromkeys(role for place in rule_of(step).places for role in place.roles))
        for lesson, step in DECIDES.items()
    }
    return {**dict.fromkeys(BY_THE_COORDINATOR, (Role.coordinator,)), **decide}


def of(reference: str, *, reader: Officer) -> FirstCase:
    """
    Return how far a case is; nothing about the person is read but whether a portrait and their own word are on file.

    Raises:
        case_file.Refused: the reader's duty needs no case.
    """
    if not reader.may(Duty.look_at_cases):
        raise case_file.Refused(f"Officer {reader.number} is another country's and may not open cases.")
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        asking = decisions.open_asking(session, reference)
        standing = Standing(
            status=case.status,
            has_portrait=session.get_one(Person, case.person_id).portrait_sealed is not None,
            has_declaration=case_file.declaration(session, case.person_id) is not None,
            is_started=case_file.latest_attempt(session, reference) is not None,
        )
        return FirstCase(
            reference=reference,
            status=case.status,
            reached=lessons(standing),
            waits=asking.step if asking else None,
            roles=_roles(lambda step: signatures.rule_of(session, case, step)),
            officers=tuple(signatures.who_may_sign(session, case, asking, at=now())) if asking else (),
        )
