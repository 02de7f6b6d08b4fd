"""The inbox: what waits for an officer, the oldest question at the top."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import pendulum
from sqlalchemy import union_all
from sqlmodel import Session, col, select

from models.case import HOME_ZONE, RepatriationCase, Step, local_zone
from models.decision import Asking, Proposal
from models.listing import STANDING_AUTHORITY, AskingPlace
from models.officer import Officer, Role
from tasks import case_file, reminders, signatures
from tasks.clock import now
from tasks.news import News, since_last_look
from tasks.policy import policy


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
    news: News | None = None
    """What happened since the officer opened the case last; None where they never did."""

    @property
    def due_words(self) -> str:
        """When it is due, by the mission's clock and by Seoul's."""
        local, seoul = (self.due_at.in_timezone(zone) for zone in (local_zone(self.reference), HOME_ZONE))
        return f"{local:%Y-%m-%d %H:%M} local · {seoul:%H:%M} Seoul"


_ROWS = (
    select(Asking, Proposal, RepatriationCase)
    .join(Proposal, col(Proposal.id) == Asking.proposal_id)
    .join(RepatriationCase, col(RepatriationCase.reference) == Asking.reference)
    .where(col(Asking.closed_at).is_(None))
)


def inbox(
    officer: Officer,
    *,
    all_roles: bool = False,
    at_most: int | None = None,
    skip: int = 0,
    overdue_first: bool = False,
) -> list[Waiting]:
    """
    Return the questions for the officer's roles, or all for a coordinator who asks for them; the oldest first.

    `at_most` is the first so many, found without looking at the others; `skip` of all of them were seen before.
    """
    with case_file.transaction() as session:
        held = signatures.mandates(session, officer, at=now())
        everything = all_roles and officer.holds(Role.coordinator)
        among = _all_of_them if everything else partial(signatures.waiting_for, session, held=held)
        if at_most is not None:
            roles = {role.value for role in Role} if everything else {mandate.role.value for mandate in held}
            waiting = _first(session, roles, among, at_most, skip=skip if everything else 0)
        else:
            waiting = among(session.exec(_ROWS.order_by(Asking.reference)).all())
        escalated = reminders.escalated_to(session, [asking.question_id for asking in waiting])
        first = select(col(Asking.id), col(Asking.asked_at)).where(col(Asking.id).in_([a.question_id for a in waiting]))
        asked_at = dict(session.exec(first).all())
        known = since_last_look(session, officer, {asking.reference for asking in waiting})
    at = now()
    # Asked again without an answer, a question keeps its age.
    waiting.sort(key=lambda a: (overdue_first and at < a.due_at, asked_at[a.question_id], a.reference))
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
            news=known.get(a.reference),
        )
        for a in waiting
    ]


def waits_for(officer: Officer, reference: str) -> bool:
    """Return whether the question of one case is for the officer's roles."""
    with case_file.transaction() as session:
        rows = session.exec(_ROWS.where(Asking.reference == reference)).all()
        return bool(rows and signatures.waiting_for(session, rows, signatures.mandates(session, officer, at=now())))


_Rows = Sequence[tuple[Asking, Proposal, RepatriationCase]]


def _all_of_them(rows: _Rows) -> list[Asking]:
    return [asking for asking, _, _ in rows]


def _first(
    session: Session, roles: set[str], among: Callable[[_Rows], list[Asking]], at_most: int, *, skip: int
) -> list[Asking]:
    """Return the first questions that wait for these roles, a few more being read than are wanted at a time."""
    if policy().standing_authority.role.value in roles:
        roles.add(STANDING_AUTHORITY)
    found: list[Asking] = []
    passed = skip
    # A place may be signed already, or another agency's, so that some rows of the index are not for this officer.
    while roles and len(found) < at_most:
        batch = at_most + 1
        # A read for each role: every one walks its part of the index in order and stops.
        oldest = union_all(
            *(
                select(col(AskingPlace.asking_id), col(AskingPlace.first_asked_at))
                .where(AskingPlace.role == role, ~col(AskingPlace.is_closed))
                .order_by(col(AskingPlace.first_asked_at), col(AskingPlace.asking_id))
                .limit(passed + batch)
                .subquery()
                .select()
                for role in sorted(roles)
            )
        ).subquery()
        chosen = (
            select(oldest.c.asking_id)
            .distinct()
            .add_columns(oldest.c.first_asked_at)
            .order_by(oldest.c.first_asked_at, oldest.c.asking_id)
            .offset(passed)
            .limit(batch)
            .subquery()
        )
        rows = session.exec(
            _ROWS.join(chosen, chosen.c.asking_id == Asking.id).order_by(chosen.c.first_asked_at, Asking.reference)
        ).all()
        found += among(rows)
        passed += batch
        if len(rows) < batch:
            break
    return found[:at_most]
