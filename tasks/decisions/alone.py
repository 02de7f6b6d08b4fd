"""Alone: whoever must know that one officer decided by themselves is told at once, and whoever signs after them."""

from sqlmodel import Session

from models.case import RepatriationCase
from models.decision import Basis, Decision
from models.message import MessageKind
from models.officer import OUTSIDE, Role
from tasks import messages

_AFTERWARDS = {
    Basis.standing_authority: MessageKind.countersign_due,
    Basis.break_glass: MessageKind.review_due,
}


def tell(session: Session, case: RepatriationCase, decision: Decision) -> None:
    """Write the messages a decision made alone calls for; none for one made by the policy's rule."""
    if decision.countersigned_by is None:
        return
    about = str(decision.id)

    def make(kind: MessageKind, to: list[str]) -> None:
        messages.make(
            session, kind, about=about, reference=case.reference, to=[each for each in to if each != decision.officer],
            step=decision.step, role=decision.countersigned_by, due_at=decision.countersign_due_at,
        )  # fmt: skip

    make(_AFTERWARDS[decision.basis], messages.holders(session, (decision.countersigned_by,)))
    if decision.basis is Basis.break_glass:
        make(MessageKind.break_glass, messages.holders(session, frozenset(Role) - OUTSIDE))
