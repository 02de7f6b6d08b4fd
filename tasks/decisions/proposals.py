"""Proposals: what was put before a decider, sealed and digested, and the view of it with its `seen` code."""

import json
from dataclasses import dataclass
from typing import Any

import pendulum
from sqlmodel import Session, col, select

from models.booking import BookingProposal
from models.case import RepatriationCase, Step
from models.decision import Asking, Decision, Proposal, Reply, digest_of, seen_code
from models.evidence import Content, Section
from models.funding import FundingProposal
from models.handoff import HandoffProposal
from models.help import HelpProposal
from models.officer import Officer, Role
from models.person import Person
from models.terms import difference
from models.travel_document import AuthorisationProposal, ReleaseProposal
from models.verification import LookoutProposal, VerificationProposal, masked
from tasks import case_file, signatures, vault
from tasks.clock import now
from tasks.decisions import letters
from tasks.policy import policy

CONTENTS: dict[Step, type[Content]] = {
    Step.lookout: LookoutProposal,
    Step.verification: VerificationProposal,
    Step.authorise: AuthorisationProposal,
    Step.booking: BookingProposal,
    Step.funding: FundingProposal,
    Step.release: ReleaseProposal,
    Step.handoff: HandoffProposal,
    Step.help: HelpProposal,
}
"""What each step's proposal consists of."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an officer looks at before deciding."""

    reference: str
    step: Step
    role: Role
    due_at: pendulum.DateTime
    sections: list[Section]
    changes: list[str]
    """What differs from the proposal before, one line a change."""
    seen: str
    letters: dict[Reply, str]
    """What the reader types into the Resume form instead, for each reply; another officer's are others."""
    digest: str
    content: dict[str, Any]
    """The same facts as plain JSON values, without the salt."""
    has_portrait: bool


def propose(
    session: Session,
    case: RepatriationCase,
    step: Step,
    content: Content,
    *,
    valid_until: pendulum.DateTime | None = None,
) -> Proposal:
    """
    Put a proposal before the decider of a step, and return it.

    The same facts keep the proposal that stands and every decision on it. Other facts supersede both, and the
    question about the old ones is closed; so do the same facts after it has lapsed, when no decision on it holds.
    """
    said = content.canonical_content()
    digest = digest_of(said)
    before = live(session, case.reference, step)
    has_lapsed = before is not None and before.valid_until is not None and now() >= before.valid_until
    if before is not None and before.digest == digest and not has_lapsed:
        before.valid_until = valid_until
        session.add(before)
        return before
    if before is not None:
        supersede(session, before)
    sealed = vault.seal(session, case.person_id, f"proposal:{step}", json.dumps(said, ensure_ascii=False).encode())
    return _put(session, case, step, digest=digest, sealed=sealed, valid_until=valid_until)


def renew(session: Session, case: RepatriationCase, proposal: Proposal) -> Proposal:
    """Put the same facts before the deciders the policy names now; what was signed under the earlier rule falls."""
    supersede(session, proposal)
    return _put(
        session, case, proposal.step, digest=proposal.digest, sealed=proposal.content_sealed,
        valid_until=proposal.valid_until,
    )  # fmt: skip


def _put(
    session: Session,
    case: RepatriationCase,
    step: Step,
    *,
    digest: str,
    sealed: bytes,
    valid_until: pendulum.DateTime | None,
) -> Proposal:
    rule = signatures.rule_of(session, case, step)
    proposal = Proposal(
        reference=case.reference,
        person_id=case.person_id,
        step=step,
        digest=digest,
        content_sealed=sealed,
        prepared_at=now(),
        valid_until=valid_until,
        policy_version=policy().version,
        places=[place.model_dump(mode="json") for place in rule.places],
        signing_order=rule.order,
        kept_apart_from=sorted(step.value for step in rule.kept_apart_from),
    )
    session.add(proposal)
    session.flush()
    case_file.note(
        session,
        "proposal.prepared",
        actor=case_file.RUN,
        about=case,
        ids={"step": step.value, "digest": digest, "policy": proposal.policy_version},
    )
    return proposal


def live(session: Session, reference: str, step: Step) -> Proposal | None:
    """Return the proposal that stands for a step."""
    return session.exec(
        select(Proposal).where(
            Proposal.reference == reference, Proposal.step == step, col(Proposal.superseded_at).is_(None)
        )
    ).first()


def supersede(session: Session, proposal: Proposal) -> None:
    """Take a proposal away: no decision on it holds any more, and its open question is closed."""
    at = now()
    proposal.superseded_at = at
    session.add(proposal)
    asking = open_asking(session, proposal.reference)
    if asking is not None and asking.proposal_id == proposal.id:
        asking.closed_at = at
        session.add(asking)
    session.flush()


def withdraw(session: Session, reference: str, step: Step) -> None:
    """Take away the proposal that stands for a step, if one does, so that a new one is made and asked."""
    proposal = live(session, reference, step)
    if proposal is not None:
        supersede(session, proposal)


def close_question(session: Session, reference: str) -> Step | None:
    """Close the open question of a case without an answer, and return its step."""
    asking = open_asking(session, reference)
    if asking is None:
        return None
    asking.closed_at = now()
    session.add(asking)
    session.flush()
    return asking.step


def open_asking(session: Session, reference: str) -> Asking | None:
    """Return the question of a case that waits for an answer; there is at most one."""
    return session.exec(select(Asking).where(Asking.reference == reference, col(Asking.closed_at).is_(None))).first()


def content_of(session: Session, proposal: Proposal) -> Content:
    """Return what a proposal says."""
    opened = vault.open_(session, proposal.person_id, f"proposal:{proposal.step}", proposal.content_sealed)
    return CONTENTS[proposal.step].model_validate_json(opened)


def approval(session: Session, reference: str, step: Step, *, at: pendulum.DateTime) -> Decision | None:
    """Return the approval that fits what stands now: same step, same digest, not lapsed."""
    proposal = live(session, reference, step)
    if proposal is None or (proposal.valid_until is not None and at >= proposal.valid_until):
        return None
    return approval_of(session, proposal)


def approval_of(session: Session, proposal: Proposal) -> Decision | None:
    """Return the last signature under exactly this proposal, lapsed or not; None while one is missing."""
    signed = signatures.given(session, proposal)
    return signed[-1] if signed and not signatures.wanted(proposal, signed) else None


def is_proposed(reference: str, step: Step) -> bool:
    """Return whether a proposal stands for a step and has not lapsed, so that nothing need be prepared again."""
    with case_file.transaction() as session:
        proposal = live(session, reference, step)
        return proposal is not None and (proposal.valid_until is None or now() < proposal.valid_until)


def fitting(reference: str, step: Step) -> Decision | None:
    """Return the approval a run may act on."""
    with case_file.transaction() as session:
        return approval(session, reference, step, at=now())


def evidence(reference: str, *, reader: Officer, purpose: str) -> Evidence | None:
    """Return what waits for a decision in a case, for an officer who may look; None when nothing waits."""
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        asking = open_asking(session, reference)
        proposal = session.get(Proposal, asking.proposal_id) if asking else None
        if asking is None or proposal is None:
            return None
        if not signatures.may_look(session, case, asking, reader, at=now()):
            raise case_file.Refused(
                f"This question is for the role {asking.role.value}; officer {reader.number} does not hold it."
            )
        content = content_of(session, proposal)
        case_file.note(
            session,
            "person.read",
            actor=reader.number,
            about=case,
            ids={"purpose": purpose, "step": asking.step.value},
        )
        return Evidence(
            reference=reference,
            step=asking.step,
            role=asking.role,
            due_at=asking.due_at,
            sections=content.sections(),
            changes=_changes(session, proposal, content),
            seen=seen_code(proposal.digest),
            letters=letters.of_every_reply(session, case, asking, proposal, officer=reader.number),
            digest=proposal.digest,
            content=_masked({k: v for k, v in content.canonical_content().items() if k != "salt"}),
            has_portrait=session.get_one(Person, case.person_id).portrait_sealed is not None,
        )


def portrait(reference: str, *, reader: Officer) -> bytes | None:
    """Return the portrait taken at the mission as JPEG, for an officer who may see what waits; None without one."""
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        asking = open_asking(session, reference)
        if asking is None:
            return None
        if not signatures.may_look(session, case, asking, reader, at=now()):
            raise case_file.Refused(
                f"The portrait is for the {asking.role.value} now; officer {reader.number} is none."
            )
        person = session.get_one(Person, case.person_id)
        if person.portrait_sealed is None:
            return None
        ids = {"purpose": "portrait beside the evidence", "step": asking.step.value}
        case_file.note(session, "portrait.read", actor=reader.number, about=case, ids=ids)
        return vault.open_(session, person.id, "portrait", person.portrait_sealed)


_MASKED = frozenset({"personal_number", "passport_number", "next_of_kin_phone"})


def _masked(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return JSON with the numbers by which a person can be found elsewhere masked, as on the screen."""
    if isinstance(value, dict):
        return {
            key: masked(inner) if key in _MASKED and isinstance(inner, str) else _masked(inner)
            for key, inner in value.items()
        }
    return [_masked(inner) for inner in value] if isinstance(value, list) else value


def _changes(session: Session, proposal: Proposal, content: Content) -> list[str]:
    before = session.exec(
        select(Proposal)
        .where(Proposal.reference == proposal.reference, Proposal.step == proposal.step, Proposal.id != proposal.id)
        .order_by(col(Proposal.prepared_at).desc())
        .limit(1)
    ).first()
    if before is None:
        return []
    old = _flat(content_of(session, before))
    new = _flat(content)
    changed = [
        f"{place}: {old.get(place, 'nothing')} → {value}" for place, value in new.items() if old.get(place) != value
    ]
    changed += [f"{place}: {value} → nothing" for place, value in old.items() if place not in new]
    rule = difference(signatures.terms(before), signatures.terms(proposal))
    return [f"Who decides: {rule}", *changed] if rule else changed


def _flat(content: Content) -> dict[str, str]:
    lines: dict[str, str] = {}
    for heading, section in content.sections():
        for caption, value in section:
            place = f"{heading} · {caption}"
            lines[place] = f"{lines[place]}; {value}" if place in lines else value
    return lines
