"""Signatures: which are wanted under a proposal, which are there, and who may give the others."""

from collections.abc import Sequence
from uuid import UUID

import pendulum
from sqlmodel import Session, col, select

from models.assurance import Assessment
from models.by_hand import ManualBooking
from models.case import RepatriationCase, Step
from models.decision import Asking, Basis, Decision, Outcome, Proposal
from models.funding import PrivatePayment
from models.judgement import Bar, Question
from models.ladder import LADDERS, Escalation
from models.mandate import Delegation, Mandate, StandingAuthority, mandates_of
from models.officer import Officer, Role
from models.policy import Order, Place, Rule
from models.terms import Terms, difference, terms_of
from tasks import case_file
from tasks.clock import now
from tasks.policy import policy


def rule_of(session: Session, case: RepatriationCase, step: Step) -> Rule:
    """Return the policy's rule for a step and the person of a case."""
    in_doubt = step is Step.verification and case.reference in in_doubt_among(session, [case.reference])
    return policy().rule_for(step, case_file.categories(session, case.person_id), in_doubt=in_doubt)


def in_doubt_among(session: Session, references: Sequence[str]) -> set[str]:
    """Return which of some cases have an identity that was found to be in doubt last."""
    latest = (
        select(Assessment)
        .where(col(Assessment.reference).in_(references))
        .distinct(col(Assessment.reference))
        .order_by(Assessment.reference, col(Assessment.assessed_at).desc())
    )
    return {found.reference for found in session.exec(latest) if found.in_doubt}


def given(session: Session, proposal: Proposal) -> list[Decision]:
    """Return the approvals of exactly this proposal, the latest last."""
    return list(
        session.exec(
            select(Decision)
            .where(
                Decision.proposal_id == proposal.id,
                Decision.digest == proposal.digest,
                Decision.outcome == Outcome.approve,
            )
            .order_by(col(Decision.decided_at))
        )
    )


def wanted(proposal: Proposal, signed: list[Decision]) -> dict[int, Place]:
    """Return the signatures that may be given now; none when the approval is complete."""
    if any(decision.basis is not Basis.rule for decision in signed):
        return {}
    filled = {decision.place for decision in signed}
    missing = {number: place for number, place in enumerate(terms(proposal).places) if number not in filled}
    if proposal.signing_order is Order.sequence:
        return dict(list(missing.items())[:1])
    return missing


def terms(proposal: Proposal) -> Terms:
    """Return the terms under which a proposal was put before its deciders."""
    places = tuple(Place.model_validate(place) for place in proposal.places)
    return Terms(places, proposal.signing_order, frozenset(map(Step, proposal.kept_apart_from)))


def rule_changed(session: Session, case: RepatriationCase, proposal: Proposal) -> str | None:
    """
    Return how the rule has changed under which a proposal still waits for signatures; None where it stands.

    A complete approval stays: it was taken under the rule of its time.
    """
    signed = given(session, proposal)
    if signed and not wanted(proposal, signed):
        return None
    return difference(terms(proposal), terms_of(rule_of(session, case, proposal.step)))


def question(session: Session, case: RepatriationCase, asking: Asking, proposal: Proposal) -> Question:
    """Return what the judging rule needs to know about a question that waits."""
    signed = given(session, proposal)
    authority = _authority(session, case) if asking.step is Step.funding else None
    return Question(
        step=asking.step,
        digest=proposal.digest,
        places=wanted(proposal, signed),
        barred=barred(session, case, proposal, signed),
        valid_until=proposal.valid_until,
        authority_id=authority.id if authority else None,
        authority_signed_by=authority.signed_by if authority else None,
        standing_authority=policy().standing_authority,
        break_glass=policy().break_glass,
    )


def barred(session: Session, case: RepatriationCase, proposal: Proposal, signed: list[Decision]) -> dict[str, Bar]:
    """Return who may not sign under a proposal, and why, by the officer's number."""
    found: dict[str, Bar] = {}
    for decision in signed:
        found |= dict.fromkeys(_persons(decision), Bar.signed)
    for step in map(Step, proposal.kept_apart_from):
        bar = Bar.examiner if step is Step.verification else Bar.decider
        found |= dict.fromkeys(_deciders(session, case, step), bar)
    if proposal.step is Step.funding:
        payees = select(PrivatePayment.payer_officer).where(
            col(PrivatePayment.reference).in_(case_file.references_of(session, case.reference)),
            col(PrivatePayment.payer_officer).is_not(None),
        )
        found |= {payee: Bar.payee for payee in session.exec(payees) if payee}
    if proposal.step in (Step.booking, Step.funding):
        # Whoever typed in seats booked by telephone neither approves them nor what they cost.
        entered = select(ManualBooking.entered_by).where(
            ManualBooking.reference == case.reference, col(ManualBooking.cancelled_at).is_(None)
        )
        found |= dict.fromkeys(session.exec(entered), Bar.enterer)
    if proposal.step is not Step.help:
        # A coordinator helps along the cases they opened; anything else they opened, others decide.
        found[case.opened_by] = Bar.requester
    return found


def _deciders(session: Session, case: RepatriationCase, step: Step) -> set[str]:
    """Return who approved a step whose approval still stands for the case."""
    if step is Step.verification:
        # The approval's proposal may be superseded; the identity it confirmed is not.
        identity = case_file.identity(session, case.reference)
        stands = {session.get_one(Decision, identity.decision_id).proposal_id} if identity else set()
    else:
        stands = {_stands(session, case, step)}
    approvals = session.exec(
        select(Decision).where(col(Decision.proposal_id).in_(stands), Decision.outcome == Outcome.approve)
    )
    return {who for decision in approvals for who in _persons(decision)}


def _stands(session: Session, case: RepatriationCase, step: Step) -> UUID | None:
    """Return the proposal of a step that stands, else the last approved: what is paid may be withdrawn afterwards."""
    live = session.exec(
        select(Proposal.id).where(
            Proposal.reference == case.reference, Proposal.step == step, col(Proposal.superseded_at).is_(None)
        )
    ).first()
    approved = (
        select(Decision.proposal_id)
        .where(Decision.reference == case.reference, Decision.step == step, Decision.outcome == Outcome.approve)
        .order_by(col(Decision.decided_at).desc())
        .limit(1)
    )
    return live or session.exec(approved).first()


def _persons(decision: Decision) -> set[str]:
    return {decision.officer, decision.acting_for} if decision.acting_for else {decision.officer}


def _authority(session: Session, case: RepatriationCase) -> StandingAuthority | None:
    found = session.exec(
        select(StandingAuthority)
        .where(StandingAuthority.operation == case.operation, col(StandingAuthority.revoked_at).is_(None))
        .order_by(col(StandingAuthority.ends_at).desc())
    ).first()
    return found if found is not None and found.holds_at(now()) else None


def mandates(session: Session, officer: Officer, *, at: pendulum.DateTime) -> list[Mandate]:
    """Return what an officer may sign as at a moment: their own roles, and those delegated to them."""
    return mandates_of(officer, _delegated(session, at=at, to=officer.number).get(officer.number, []))


def _delegated(
    session: Session, *, at: pendulum.DateTime, to: str | None = None
) -> dict[str, list[tuple[Delegation, Officer]]]:
    """Return what is delegated at a moment and who delegated it, by delegate."""
    standing = (
        select(Delegation, Officer)
        .join(Officer, col(Officer.number) == Delegation.principal)
        .where(col(Delegation.revoked_at).is_(None), col(Delegation.ends_at) > at)
    )
    found: dict[str, list[tuple[Delegation, Officer]]] = {}
    for delegation, principal in session.exec(standing.where(Delegation.delegate == to) if to else standing):
        if delegation.holds_at(at):
            found.setdefault(delegation.delegate, []).append((delegation, principal))
    return found


def may_look(
    session: Session, case: RepatriationCase, asking: Asking, officer: Officer, *, at: pendulum.DateTime
) -> bool:
    """Return whether a question's evidence is for an officer: who could sign it, a coordinator, whom it went up to."""
    if officer.holds(Role.coordinator) or any(officer.holds(role) for role in _went_up_to(session, asking)):
        return True
    asked = question(session, case, asking, session.get_one(Proposal, asking.proposal_id))
    held = mandates(session, officer, at=at)
    may_force = asked.step in asked.break_glass.steps and any(m.role in asked.break_glass.roles for m in held)
    return may_force or concerns(asked, held)


def _went_up_to(session: Session, asking: Asking) -> set[Role]:
    """Return the roles a question was taken up to; the mail they got points to its evidence."""
    reached = session.exec(select(Escalation.rung).where(Escalation.question_id == asking.question_id)).all()
    return {role for rung in LADDERS[asking.step] if rung.name in reached for role in rung.roles}


def concerns(asked: Question, held: list[Mandate]) -> bool:
    """Return whether a question waits for somebody with these mandates, whether or not they are barred in this case."""
    return any(
        any(place.fits(mandate.role, mandate.agency) for place in asked.places.values())
        or (asked.authority_id is not None and mandate.role is asked.standing_authority.role)
        for mandate in held
    )


def waiting_for(
    session: Session, rows: Sequence[tuple[Asking, Proposal, RepatriationCase]], held: list[Mandate]
) -> list[Asking]:
    """Return which of some questions wait for somebody with these mandates; as many queries for one as for hundreds."""
    approvals = select(Decision).where(
        col(Decision.proposal_id).in_([proposal.id for _, proposal, _ in rows]), Decision.outcome == Outcome.approve
    )
    signed: dict[UUID, list[Decision]] = {}
    for decision in session.exec(approvals.order_by(col(Decision.decided_at))):
        if decision.proposal_id is not None:
            signed.setdefault(decision.proposal_id, []).append(decision)
    authorities: dict[str, StandingAuthority | None] = {}
    stands_alone = any(mandate.role is policy().standing_authority.role for mandate in held)
    found = []
    for asking, proposal, case in rows:
        if asking.step is Step.funding and stands_alone and case.operation not in authorities:
            authorities[case.operation] = _authority(session, case)
        authority = authorities.get(case.operation) if asking.step is Step.funding else None
        given_here = [each for each in signed.get(proposal.id, []) if each.digest == proposal.digest]
        asked = Question(
            step=asking.step,
            digest=proposal.digest,
            places=wanted(proposal, given_here),
            barred={},
            valid_until=proposal.valid_until,
            authority_id=authority.id if authority else None,
            standing_authority=policy().standing_authority,
        )
        if concerns(asked, held):
            found.append(asking)
    return found


def who_may_sign(session: Session, case: RepatriationCase, asking: Asking, *, at: pendulum.DateTime) -> list[str]:
    """Return the officers a question waits for now, by number, apart from those who may not sign in this case."""
    asked = question(session, case, asking, session.get_one(Proposal, asking.proposal_id))
    active = session.exec(select(Officer).where(col(Officer.active)).order_by(Officer.number)).all()
    delegated = _delegated(session, at=at)
    held = {officer.number: mandates_of(officer, delegated.get(officer.number, [])) for officer in active}
    return [
        number
        for number, mine in held.items()
        if concerns(asked, [mandate for mandate in mine if not any(who in asked.barred for who in mandate.persons)])
    ]
