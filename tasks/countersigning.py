"""Countersigning: what one officer decided alone is signed by another afterwards, by its own clock."""

from dataclasses import dataclass

import pendulum
from sqlmodel import Session, col, select

from models.case import RepatriationCase, Step
from models.decision import Basis, Decision, Door, Proposal, ReasonCode, seen_code
from models.evidence import Section
from models.mandate import Afterwards, Countersignature, Mandate
from models.message import AlarmKind, MessageKind
from models.officer import Officer, Role
from tasks import alarms, case_file, decisions, mandates, messages, signatures
from tasks.clock import now
from tasks.rounds import Round

REASONS = (ReasonCode.in_order, ReasonCode.wrong_cost, ReasonCode.wrong_details, ReasonCode.evidence_missing)
"""The first confirms; the others object."""


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A decision one officer made alone, which another has not signed yet."""

    reference: str
    step: Step
    basis: Basis
    reason_code: ReasonCode
    officer: str
    role: Role
    """Who signs afterwards."""
    decided_at: pendulum.DateTime
    due_at: pendulum.DateTime
    decision_id: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What was decided alone, as its decider saw it."""

    unsigned: Unsigned
    sections: list[Section]
    seen: str


def unsigned(*, officer: Officer | None = None) -> list[Unsigned]:
    """Return what still wants its later signature, the one due first at the top; for one officer's roles, or all."""
    with case_file.transaction() as session:
        held = decisions.mandates(session, officer, at=now()) if officer else []
        return [
            _as_unsigned(decision)
            for decision in _alone(session)
            if officer is None or any(m.role is decision.countersigned_by for m in held)
        ]


def _alone(session: Session) -> list[Decision]:
    signed = select(Countersignature.id).where(Countersignature.decision_id == Decision.id)
    rows = session.exec(
        select(Decision)
        .where(col(Decision.countersigned_by).is_not(None), ~signed.exists())
        .order_by(col(Decision.countersign_due_at), Decision.reference)
    )
    return list(rows)


def _as_unsigned(decision: Decision) -> Unsigned:
    role, due_at = decision.countersigned_by, decision.countersign_due_at
    if role is None or due_at is None:
        raise ValueError("the decision was not made alone")
    return Unsigned(
        reference=decision.reference,
        step=decision.step,
        basis=decision.basis,
        reason_code=decision.reason_code,
        officer=decision.officer,
        role=role,
        decided_at=decision.decided_at,
        due_at=due_at,
        decision_id=str(decision.id),
    )


def shown(reference: str, step: Step, *, reader: Officer) -> Shown:
    """
    Return what an officer decided alone, for whoever signs afterwards; the reading is audited.

    Raises:
        case_file.Refused: nothing wants a later signature, or it is not for the reader's roles.
    """
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        decision = next((d for d in _alone(session) if (d.reference, d.step) == (reference, step)), None)
        if decision is None or decision.proposal_id is None or decision.digest is None:
            raise case_file.Refused(f"Nothing at {step.value} of case {reference} wants a later signature.")
        if not any(m.role is decision.countersigned_by for m in decisions.mandates(session, reader, at=now())):
            raise case_file.Refused(_not_second(reader, decision, has_role=False))
        content = decisions.content_of(session, session.get_one(Proposal, decision.proposal_id))
        ids = {"purpose": "later signature", "step": step.value}
        case_file.note(session, "person.read", actor=reader.number, about=case, ids=ids)
        return Shown(_as_unsigned(decision), content.sections(), seen_code(decision.digest))


def countersign(
    reference: str,
    step: Step,
    *,
    officer_number: str,
    code: str,
    seen: str,
    says: Afterwards,
    reason_code: ReasonCode,
    door: Door,
) -> Countersignature:
    """
    Put the later signature under what an officer decided alone; an objection is an alarm and undoes nothing.

    Raises:
        case_file.Refused: wrong code or role, nothing that wants a signature, or the first officer's own hand.
    """
    if (says is Afterwards.confirm) != (reason_code is ReasonCode.in_order) or reason_code not in REASONS:
        objections = ", ".join(reason.value for reason in REASONS[1:])
        raise case_file.Refused(f"A confirmation's reason is in_order; an objection's one of {objections}.")
    officer, time_step = mandates.proved(officer_number, code, on="countersignature")
    at = now()
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        decision = next((d for d in _alone(session) if (d.reference, d.step) == (reference, step)), None)
        if decision is None:
            raise case_file.Refused(f"Nothing at {step.value} of case {reference} wants a later signature.")
        if seen.strip().upper() != seen_code(decision.digest or ""):
            raise case_file.Refused("The seen code does not belong to what was decided; look at it again.")
        signs_as = next(
            (m for m in decisions.mandates(session, officer, at=at) if m.role is decision.countersigned_by), None
        )
        first = {decision.officer, decision.acting_for}
        if signs_as is None or first & signs_as.persons or case.opened_by in signs_as.persons:
            raise case_file.Refused(_not_second(officer, decision, has_role=signs_as is not None))
        _refuse_barred(session, case, decision, signs_as)
        countersignature = Countersignature(
            reference=reference,
            decision_id=decision.id,
            first_officer=decision.officer,
            officer=officer.number,
            role=signs_as.role,
            acting_for=signs_as.acting_for,
            delegation_id=signs_as.delegation_id,
            says=says,
            reason_code=reason_code,
            door=door,
            code_time_step=time_step,
            signed_at=at,
        )
        session.add(countersignature)
        session.flush()
        ids = {
            "decision_id": str(decision.id),
            "step": step.value,
            "says": says.value,
            "reason_code": reason_code.value,
            **({"acting_for": signs_as.acting_for} if signs_as.acting_for else {}),
        }
        case_file.note(session, "decision.countersigned", actor=officer.number, about=case, ids=ids)
        verb = "confirmed" if says is Afterwards.confirm else "objects to"
        words = f"{signs_as.words} ({signs_as.role.value}) {verb} what {decision.officer} decided alone: {reason_code}."
        case_file.tell(session, reference, words)
        if says is Afterwards.object:
            alarms.sound(session, case, AlarmKind.countersign_objected, about=str(decision.id))
        return countersignature


def _refuse_barred(session: Session, case: RepatriationCase, decision: Decision, signs_as: Mandate) -> None:
    """Refuse whoever could not have decided the step either: who would be paid back, examined or typed in the seats."""
    barred = signatures.barred(session, case, session.get_one(Proposal, decision.proposal_id), [])
    if at_fault := sorted(signs_as.persons & barred.keys()):
        raise case_file.Refused(f"Officer {at_fault[0]} {barred[at_fault[0]]}.")


def _not_second(officer: Officer, decision: Decision, *, has_role: bool) -> str:
    if not has_role:
        role = decision.countersigned_by
        return f"Officer {officer.number} does not hold the role {role}; ask an officer who does."
    return f"Officer {officer.number} decided that or opened the case; another officer must sign afterwards."


def sound_overdue(*, at: pendulum.DateTime, within: Round | None = None) -> int:
    """Raise an alarm, once, for each decision made alone that nobody signed in time; return how many are overdue."""
    this_round, overdue = within or Round("reminding"), [each for each in unsigned() if at >= each.due_at]
    for each in overdue:
        with this_round.alone(each.reference), case_file.transaction() as session:
            case = case_file.load(session, each.reference, lock=True)
            alarms.sound(session, case, AlarmKind.countersign_overdue, about=each.decision_id)
            to = messages.holders(session, (each.role, Role.head_of_consular_affairs))
            messages.make(
                session, MessageKind.countersign_overdue, about=each.decision_id, reference=each.reference, to=to,
                step=each.step, role=each.role, due_at=each.due_at,
            )  # fmt: skip
    return len(overdue)
