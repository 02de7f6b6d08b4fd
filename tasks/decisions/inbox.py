"""The inbox: what waits for an officer, the oldest question at the top."""

from dataclasses import dataclass

import pendulum
from sqlmodel import col, select

from models.case import HOME_ZONE, RepatriationCase, Step, local_zone
from models.decision import Asking, Proposal
from models.officer import Officer, Role
from tasks import case_file, reminders, signatures
from tasks.clock import now


@dataclass(frozen=True, slots=True)
class Waiting:
    """One question that waits."""

    reference: str
    step: Step
    role: Role
    asked_at: pendulum.DateTime
    due_at: pendulum.DateTime
    note: str | None
    age_s: int
    """Whole seconds since it was first asked; asked again without an answer, it is still the same question."""
    overdue: bool = False
    escalated_to: tuple[Role, ...] = ()
    """Whom it was taken up to, because nobody decided."""

    @property
    def due_words(self) -> str:
        """When it is due, by the mission's clock and by Seoul's."""
        local, seoul = (self.due_at.in_timezone(zone) for zone in (local_zone(self.reference), HOME_ZONE))
        return f"{local:%Y-%m-%d %H:%M} local · {seoul:%H:%M} Seoul"


def inbox(officer: Officer, *, all_roles: bool = False) -> list[Waiting]:
    """Return the questions for the officer's roles, or all for a coordinator who asks for them; the oldest first."""
    everything = all_roles and officer.holds(Role.coordinator)
    with case_file.transaction() as session:
        held = signatures.mandates(session, officer, at=now())
        rows = session.exec(
            select(Asking, Proposal, RepatriationCase)
            .join(Proposal, col(Proposal.id) == Asking.proposal_id)
            .join(RepatriationCase, col(RepatriationCase.reference) == Asking.reference)
            .where(col(Asking.closed_at).is_(None))
            .order_by(Asking.reference)
        ).all()
        waiting = [
            asking
            for asking, proposal, case in rows
            if everything or signatures.concerns(signatures.question(session, case, asking, proposal), held)
        ]
        escalated = reminders.escalated_to(session, [asking.question_id for asking in waiting])
        first = select(col(Asking.id), col(Asking.asked_at)).where(col(Asking.id).in_([a.question_id for a in waiting]))
        asked_at = dict(session.exec(first).all())
    at = now()
    # Asked again without an answer, a question keeps its place; what is due or overdue is marked, and moves nothing.
    waiting.sort(key=lambda asking: (asked_at[asking.question_id], asking.reference))
    return [
        Waiting(
            a.reference,
            a.step,
            a.role,
            a.asked_at,
            a.due_at,
            a.note,
            max(0, int((at - asked_at[a.question_id]).total_seconds())),
            overdue=at >= a.due_at,
            escalated_to=escalated.get(a.question_id, ()),
        )
        for a in waiting
    ]
