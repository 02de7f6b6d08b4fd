"""Asking: the question a run puts before it suspends, and the trouble that becomes a question to a coordinator."""

from uuid import UUID

import pendulum
from sqlalchemy import update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.case import HOME_ZONE, Attempt, RepatriationCase, Step, Trouble, local_zone, next_step
from models.decision import Asking, Decision, Proposal
from models.help import HelpProposal
from models.policy import due_within
from tasks import case_file, reminders, signatures, vault
from tasks.clock import now
from tasks.decisions import proposals
from tasks.settings import settings
from tasks.trouble import Overtaken


def ask(reference: str, step: Step, *, flow_run_id: UUID) -> Asking:
    """
    Put the standing proposal of a step to its decider: a new question, a new id; an unanswered one is closed.

    Raises:
        Overtaken: another step comes first by now, or the proposal was decided or taken away.
    """
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        at = now()
        if next_step(case_file.facts(session, case, at=at)) is not step:
            raise Overtaken(f"{reference}: another step than {step} comes first")
        proposal = proposals.live(session, reference, step)
        if proposal is None:
            if step is Step.help:
                raise LookupError(f"{reference}: nothing is proposed at {step}")
            raise Overtaken(f"{reference}: what was proposed at {step} was taken away")
        if proposals.approval(session, reference, step, at=at) is not None:
            raise Overtaken(f"{reference}: {step} was decided")
        earlier = proposals.open_asking(session, reference)
        if earlier is not None:
            earlier.closed_at = at
            session.add(earlier)
            session.flush()
        note = earlier.refused if earlier is not None and earlier.step is step else None
        if (changed := signatures.rule_changed(session, case, proposal)) is not None:
            proposal = proposals.renew(session, case, proposal)
            note = f"Who decides has changed: {changed}."
            case_file.tell(session, reference, f"Who decides {step} has changed: {changed}; asked anew.")
        asking = put(session, case, proposal, flow_run_id=flow_run_id, at=at, note=note)
        case_file.note(
            session,
            "decision.asked",
            actor=case_file.RUN,
            about=case,
            ids={"step": step.value, "role": asking.role.value, "digest": proposal.digest},
        )
        if earlier is None or earlier.step is not step or earlier.role is not asking.role:
            case_file.tell(session, reference, f"Waits for the {asking.role.value}: {step.value}.")
        return asking


def put(
    session: Session,
    case: RepatriationCase,
    proposal: Proposal,
    *,
    flow_run_id: UUID,
    at: pendulum.DateTime,
    note: str | None = None,
) -> Asking:
    """Add the question for the signature that is wanted next under a proposal."""
    wanted = signatures.wanted(proposal, signatures.given(session, proposal))
    first = _first_unanswered(session, case.reference, proposal.step)
    since = first.asked_at if first else at
    asking = Asking(
        reference=case.reference,
        step=proposal.step,
        proposal_id=proposal.id,
        role=next(iter(wanted.values())).roles[0],
        flow_run_id=flow_run_id,
        asked_at=at,
        # Asked again, it is due when it was: neither a careless Resume nor a lapsed hold gives anybody more time.
        due_at=_due_at(session, case, proposal.step, at=since, valid_until=proposal.valid_until),
        repeats=first.id if first else None,
        note=note,
    )
    session.add(asking)
    session.flush()
    reminders.climb(session, case, asking, at=at)
    return asking


def _first_unanswered(session: Session, reference: str, step: Step) -> Asking | None:
    """Return the question with which a row of unanswered ones at this step began, the newest of the case among them."""
    latest = session.exec(
        select(Asking).where(Asking.reference == reference).order_by(col(Asking.asked_at).desc()).limit(1)
    ).first()
    if latest is None or latest.step is not step:
        return None
    answered = session.exec(select(Decision.id).where(Decision.asking_id == latest.id)).first() is not None
    return None if answered else session.get_one(Asking, latest.question_id)


def mark_shown(asking: Asking) -> None:
    """Note that the run has suspended with the question's form; from now on nobody needs to work on the case."""
    with case_file.transaction() as session:
        session.execute(update(Asking).where(col(Asking.id) == asking.id).values(shown_at=now()))
        session.execute(
            update(Attempt).where(col(Attempt.flow_run_id) == asking.flow_run_id, col(Attempt.strikes) > 0)
            .values(strikes=0)
        )  # fmt: skip


def lapsed() -> list[str]:
    """Return the cases with an open question whose proposal has lapsed."""
    with case_file.transaction() as session:
        return list(session.exec(_lapsed().order_by(Asking.reference)).all())


def _lapsed() -> SelectOfScalar[str]:
    return (
        select(Asking.reference)
        .join(Proposal, col(Asking.proposal_id) == Proposal.id)
        .where(col(Asking.closed_at).is_(None), col(Proposal.valid_until) <= now())
    )


def close_lapsed(reference: str) -> bool:
    """
    Take away a case's open question if its proposal has lapsed, and return whether it had, so that it is asked anew.

    Nobody may decide on what has lapsed, so nobody else would ever wake the run.
    """
    with case_file.transaction() as session:
        # Whoever holds the case may be recording a decision made in time; then there is nothing to close any more.
        case_file.load(session, reference, lock=True)
        if session.exec(_lapsed().where(Asking.reference == reference)).first() is None:
            return False
        asking = proposals.open_asking(session, reference)
        if asking is None:
            return False
        proposals.supersede(session, session.get_one(Proposal, asking.proposal_id))
        case_file.tell(session, reference, f"What was proposed at {asking.step} has lapsed; asked anew.")
        return True


def is_shown(attempt: Attempt, key: str | None) -> bool:
    """Return whether the question a suspended run shows is the open one of its case; if so, note that it is shown."""
    with case_file.transaction() as session:
        asking = proposals.open_asking(session, attempt.reference)
    if asking is None or asking.key != key:
        return False
    mark_shown(asking)
    return True


def _due_at(
    session: Session,
    case: RepatriationCase,
    step: Step,
    *,
    at: pendulum.DateTime,
    valid_until: pendulum.DateTime | None,
) -> pendulum.DateTime:
    start = at
    if step is Step.handoff:
        booking = case_file.live_booking(session, case.reference)
        start = booking.route.arrives_at if booking else at
    due = start + due_within(signatures.rule_of(session, case, step))
    return min(due, valid_until) if valid_until else due


def note_trouble(reference: str, step: Step, *, code: str, words: str) -> None:
    """Write down what stands in the way of a step; a trouble already open stays as it is."""
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        if case_file.open_trouble(session, reference) is None:
            open_trouble(session, case, step, code=code, words=words)


def open_trouble(
    session: Session, case: RepatriationCase, step: Step, *, code: str, words: str, said: str | None = None
) -> None:
    """Open a trouble and propose help to the coordinator; `said` are an officer's own words, which stay sealed."""
    at = now()
    session.add(Trouble(reference=case.reference, step=step, code=code, words=words, noted_at=at))
    session.flush()
    content = HelpProposal(
        salt=vault.salt(session, case.person_id, "help"),
        step=step.value,
        code=code,
        words=words,
        said=said,
        noted_at=at.to_iso8601_string(),
    )
    proposals.propose(session, case, Step.help, content)
    case_file.tell(session, case.reference, words)


def question_markdown(asking: Asking) -> str:
    """Return the text above the Resume form: who must decide, by when, where the evidence is, the exact command."""
    evidence = f"{settings().desk_url}/evidence/{asking.reference}"
    outcomes = "approve|return|reject" if asking.step is Step.help else "approve|return|reject|ask"
    command = (
        f"homeward decide {asking.reference} {asking.step.value} {outcomes} "
        "--officer OFFICER --code CODE --seen SEEN --reason-code REASON"
    )
    paragraphs = [
        f"**{asking.reference} · {asking.step.value}** · decides: **{asking.role.value}** · by {_both_clocks(asking)}",
        f"Evidence, and the six letters for each answer below: [{evidence}]({evidence})",
        f"`{command}`",
        "Write no names and no story here. Resuming without a valid decision only asks again.",
    ]
    # The dialog shows a few lines and scrolls, so what went wrong comes first and nothing is a table.
    return "\n\n".join([f"**{asking.note}**", *paragraphs] if asking.note else paragraphs)


def _both_clocks(asking: Asking) -> str:
    zone = local_zone(asking.reference)
    local, seoul = asking.due_at.in_timezone(zone), asking.due_at.in_timezone(HOME_ZONE)
    return f"{local:%Y-%m-%d %H:%M} {zone} · {seoul:%Y-%m-%d %H:%M} {HOME_ZONE}"


def tags_while_working(step: Step) -> list[str]:
    """Return the run's tags while nobody is waited for."""
    return [f"stage:{step.stage.value if step.stage else step.value}"]


def tags_for(asking: Asking) -> list[str]:
    """Return the run's tags while a question waits."""
    due = asking.due_at.in_timezone(local_zone(asking.reference))
    return [
        *tags_while_working(asking.step),
        f"waits:{asking.role.value}",
        f"due:{due:%Y-%m-%dT%H:%M}{due.format('Z')}",
    ]
