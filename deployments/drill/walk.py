"""Walking one case: what scripted officers do, through the same functions as every door."""

import time
from collections.abc import Callable

from sqlmodel import col, select

from deployments.drill import example
from models.case import RepatriationCase, Step
from models.decision import Answer, Asking, Decision, Door, Outcome, ReasonCode
from models.officer import Officer, Role
from models.paper import PaperKind
from models.person import Wish
from tasks import case_file, corrections, decisions, delivery, disclosures, doorbell, officers, paperwork
from tasks.clock import now
from tasks.papers.portrait import printable_portrait
from tasks.partners.registry import Registry

QUESTION_WITHIN_S = 180
_POLL_S = 0.2


class Stalled(Exception):
    """The case did not come to its next question in time."""


def officer_for(role: Role) -> Officer:
    """Return the first officer who holds a role."""
    return next(officer for officer in officers.listed() if officer.holds(role))


def open_example() -> str:
    """Open the example's case as a coordinator would: the person, their word, and a portrait."""
    coordinator = officer_for(Role.coordinator)
    reference = case_file.open_case(
        country=example.COUNTRY,
        officer=coordinator.number,
        name_hangul=example.NAME_HANGUL,
        name_latin=example.NAME_LATIN,
        sex=example.SEX,
        birth_date=example.BIRTH_DATE,
        passport_number=example.PASSPORT,
        place=example.PLACE,
        keeper=example.KEEPER,
        host_status=example.HOST_STATUS,
        categories=[example.CATEGORY],
    )
    corrections.declare(
        reference,
        wish=Wish.return_home,
        language="ko",
        reader=coordinator.number,
        declared_at=now(),
        officer=coordinator.number,
    )
    with disclosures.about(reference, "drill.portrait"), Registry() as registry:
        # The sandbox draws a face for each of its people; it stands in for the photograph taken at the mission.
        portrait = registry.read_portrait(example.REGISTRY_ID)
    if portrait is None:
        raise Stalled("the sandbox has no face for the example person")
    corrections.set_portrait(
        reference,
        image=printable_portrait(portrait.image),
        captured_at=now(),
        officer=coordinator.number,
        head=example.HEAD,
    )
    return reference


def wait_for_question(reference: str, *, after: Asking | None = None) -> Asking | None:
    """
    Return the next open question of a case; None when the journey is over.

    Raises:
        Stalled: neither comes in time.
    """
    deadline = time.monotonic() + QUESTION_WITHIN_S
    while time.monotonic() < deadline:
        with case_file.transaction() as session:
            case: RepatriationCase = case_file.load(session, reference)
        asking = open_question(reference)
        if asking is not None and (after is None or asking.id != after.id):
            return asking
        if case.is_closed:
            return None
        time.sleep(_POLL_S)
    raise Stalled(f"case {reference} did not come to its next question within {QUESTION_WITHIN_S} s")


def open_question(reference: str) -> Asking | None:
    """Return the question of a case that waits."""
    with case_file.transaction() as session:
        return decisions.open_asking(session, reference)


def decider_of(asking: Asking) -> Officer:
    """Return the scripted officer who decides a question."""
    return officer_for(asking.role)


def last_decision(reference: str) -> Decision | None:
    """Return the newest decision in a case."""
    with case_file.transaction() as session:
        return session.exec(
            select(Decision).where(Decision.reference == reference).order_by(col(Decision.decided_at).desc()).limit(1)
        ).first()


def approve(reference: str, asking: Asking) -> Decision:
    """Have the officer of the question's role look at the evidence and approve it, signed with a fresh code."""
    officer = decider_of(asking)
    evidence = decisions.evidence(reference, reader=officer, purpose="decision in a drill")
    if evidence is None:
        raise Stalled(f"case {reference} shows no evidence for {asking.step}")
    reason = ReasonCode.try_again if asking.step is Step.help else ReasonCode.in_order
    answer = Answer(
        officer=officer.number,
        code=fresh_code(officer.number),
        seen=evidence.seen,
        outcome=Outcome.approve.value,
        reason_code=reason.value,
        door=Door.cli,
    )
    if asking.step is Step.handoff:
        hand_over(reference)
    recorded = decisions.record(reference, asking.step.value, answer)
    doorbell.wake(reference)
    return recorded.decision


def hand_over(reference: str) -> None:
    """Have the issuing officer read the page again and hand it over; a drill prints none, so its file is read."""
    officer = officer_for(Role.issuing_officer)
    found = paperwork.read(reference, PaperKind.travel_document, officer=officer)
    if found is None or delivery.is_delivered(reference):
        return
    delivery.check(reference, "the printed page", found[1], officer=officer.number)
    delivery.deliver(reference, officer=officer.number)


def fresh_code(number: str) -> str:
    """Return an unspent code of a synthetic officer, waiting for the next one if need be."""
    while True:
        try:
            return officers.drill_code(number)
        except case_file.Refused:
            time.sleep(1)


def walk_home(reference: str, *, tell: Callable[[Asking, Decision, float], None], after: Asking | None = None) -> None:
    """Approve every question of a case as it comes, until the journey is over."""
    began = time.monotonic()
    while (asking := wait_for_question(reference, after=after)) is not None:
        waited_s = time.monotonic() - began
        decision = approve(reference, asking)
        tell(asking, decision, waited_s)
        began, after = time.monotonic(), asking
