"""A case at a glance, for an officer who may look: where it is, what has happened, what waits."""

from dataclasses import dataclass
from typing import Any

import pendulum
from sqlmodel import Session, col, select

from models.case import CaseStatus, RepatriationCase, Step, TimelineEntry, next_step
from models.funding import CostKind
from models.money import Money
from models.officer import Duty, Officer, Role
from models.person import Person, Whereabouts, name_shown
from models.referral import ReferralRequest
from models.verification import Candidate, masked
from tasks import case_file, decisions, funding, referrals, silence, triage, vault, verification
from tasks.clock import now

_IDENTIFYING = (Step.lookout, Step.verification)
"""The questions whose deciders need to know who else it may be."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the timeline."""

    at: pendulum.DateTime
    words: str


@dataclass(frozen=True, slots=True)
class Portrait:
    """That a portrait is stored, and of when; the picture itself is asked for apart."""

    captured_at: pendulum.DateTime | None
    captured_by: str | None


@dataclass(frozen=True, slots=True)
class Overview:
    """A case at a glance."""

    reference: str
    name: str
    status: CaseStatus
    next_step: Step | None
    owner: str
    host_status: str
    place: str | None
    """Where the person is and who keeps them, for whoever attends to the person; for nobody else."""
    keeper: str | None
    portrait: Portrait | None
    """For whoever attends to the person, like the place; None without one."""
    costs: list[tuple[CostKind, Money]]
    """What the journey is noted to cost, for whoever may know of costs; empty for nobody else."""
    contact: silence.NextContact | None
    """When the person must be heard of; None once they are home, or care has ended."""
    requests: list[ReferralRequest]
    """Which other agencies were asked who the person is; for whoever attends to the person, like the place."""
    score: int | None
    reasons: list[str]
    timeline: list[Happened]
    evidence: decisions.Evidence | None
    """What waits, when it waits for this officer or a coordinator looks."""
    registry: verification.RegistryLook | None
    """Whom the registry may know the person as; for coordinators, and for whoever decides who it is."""

    def as_facts(self) -> dict[str, Any]:
        """Return the overview as plain JSON values."""
        waiting = self.evidence
        return {
            "reference": self.reference,
            "name": self.name,
            "status": self.status.value,
            "next_step": self.next_step.value if self.next_step else None,
            "owner": self.owner,
            "candidates": [_as_facts(candidate) for candidate in self.registry.candidates] if self.registry else [],
            "registry": self.registry and _looked(self.registry),
            "host_status": self.host_status,
            "place": self.place,
            "keeper": self.keeper,
            "contact_due_at": self.contact and self.contact.due_at.to_iso8601_string(),
            "contact_overdue": self.contact is not None and self.contact.is_overdue(at=now()),
            "portrait": self.portrait
            and {
                "captured_at": self.portrait.captured_at and self.portrait.captured_at.to_iso8601_string(),
                "captured_by": self.portrait.captured_by,
            },
            "costs": [
                {"kind": kind.value, "amount": f"{amount.amount:f}", "currency": amount.currency}
                for kind, amount in self.costs
            ],
            "requests": [_asked(request) for request in self.requests],
            "score": self.score,
            "reasons": self.reasons,
            "timeline": [{"at": h.at.to_iso8601_string(), "words": h.words} for h in self.timeline],
            "waiting": waiting
            and {
                "step": waiting.step.value,
                "role": waiting.role.value,
                "due_at": waiting.due_at.to_iso8601_string(),
                "seen": waiting.seen,
                "digest": waiting.digest,
                "changes": waiting.changes,
                "evidence": [
                    {"heading": heading, "lines": [{"caption": c, "value": v} for c, v in lines]}
                    for heading, lines in waiting.sections
                ],
                "content": waiting.content,
            },
        }


def _looked(registry: verification.RegistryLook) -> dict[str, Any]:
    """Return what the registry said all in all, and how far it could be looked through."""
    return {
        "answer": registry.answer.value,
        "asked_at": registry.asked_at.to_iso8601_string(),
        "looked": registry.coverage.words if registry.coverage else None,
        **(registry.coverage.model_dump() if registry.coverage else {}),
    }


def _asked(request: ReferralRequest) -> dict[str, Any]:
    return {
        "agency": request.agency,
        "kind": request.kind.value,
        "asked_by": request.asked_by,
        "asking_agency": request.asking_agency,
        "asked_at": request.asked_at.to_iso8601_string(),
        "due_at": request.due_at.to_iso8601_string(),
        "standing": request.standing_words,
        "overdue": request.is_overdue(at=now()),
    }


def _as_facts(candidate: Candidate) -> dict[str, Any]:
    record = candidate.record
    return {
        "registry_id": record.registry_id,
        "score": candidate.score,
        "name": f"{record.name_hangul} · {record.name_latin}",
        "sex": record.sex,
        "born_on": record.born_on.isoformat(),
        "birthplace": record.birthplace,
        "passport_number": masked(record.passport_number),
        "differences": [
            {"fact": fact.name, "field": fact.reported, "registry": fact.registered, "note": fact.note}
            for fact in candidate.differences
        ],
    }


def of(reference: str, *, reader: Officer) -> Overview:
    """
    Return a case at a glance; the reading is audited.

    Raises:
        case_file.Refused: the reader's duty needs no case.
    """
    if not reader.may(Duty.look_at_cases):
        raise case_file.Refused(f"Officer {reader.number} is another country's and may not open cases.")
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        asking = decisions.open_asking(session, reference)
        ids = {"purpose": "overview"}
        case_file.note(session, "person.read", actor=reader.number, about=case, ids=ids)
        timeline = session.exec(
            select(TimelineEntry).where(TimelineEntry.reference == reference).order_by(col(TimelineEntry.id))
        )
        happened = [Happened(entry.happened_at, entry.words) for entry in timeline]
        may_look = asking is not None and decisions.may_look(session, case, asking, reader, at=now())
        may_compare = reader.holds(Role.coordinator) or (
            may_look and asking is not None and asking.step in _IDENTIFYING
        )
        registry = verification.last_look(session, case, reader=reader) if may_compare else None
        where = case_file.whereabouts(session, case.person_id)
        attends = reader.may(Duty.attend_to_the_person)
        place, keeper = _place(session, where) if attends else (None, None)
        portrait_ = _portrait(session.get_one(Person, case.person_id)) if attends else None
        requests = referrals.of(session, reference) if attends else []
        costs = funding.costs_for(session, reference, reader=reader)
        urgency = triage.of(session, case, at=now())
        contact = silence.due_among(session, [reference]).get(reference)
        step, name = next_step(case_file.facts(session, case, at=now())), _name(session, case)
    return Overview(
        reference=reference,
        name=name,
        status=case.status,
        next_step=step,
        owner=case.owner,
        host_status=where.host_status,
        place=place,
        keeper=keeper,
        portrait=portrait_,
        costs=costs,
        contact=contact,
        requests=requests,
        score=urgency.score if urgency else None,
        reasons=urgency.words_for(reader.duties) if urgency else [],
        timeline=happened,
        evidence=decisions.evidence(reference, reader=reader, purpose="overview") if may_look else None,
        registry=registry,
    )


def portrait(reference: str, *, reader: Officer) -> bytes | None:
    """
    Return the portrait of a case's person as JPEG, for whoever attends to them; None without one. The look is audited.

    Raises:
        case_file.Refused: the reader does not attend to the person.
    """
    case_file.refuse_without(Duty.attend_to_the_person, reader)
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        person = session.get_one(Person, case.person_id)
        if person.portrait_sealed is None:
            return None
        ids = {"purpose": "portrait of the case"}
        case_file.note(session, "portrait.read", actor=reader.number, about=case, ids=ids)
        return vault.open_(session, person.id, "portrait", person.portrait_sealed)


def _portrait(person: Person) -> Portrait | None:
    if person.portrait_sealed is None:
        return None
    return Portrait(person.portrait_captured_at, person.portrait_captured_by)


def _place(session: Session, where: Whereabouts) -> tuple[str | None, str | None]:
    """Return place and keeper; neither once the person is erased."""
    try:
        return (
            vault.open_text(session, where.person_id, "place", where.place_sealed),
            vault.open_text(session, where.person_id, "keeper", where.keeper_sealed),
        )
    except vault.Erased:
        return None, None


def _name(session: Session, case: RepatriationCase) -> str:
    person = session.get_one(Person, case.person_id)
    return name_shown(person, case_file.identity(session, case.reference))
