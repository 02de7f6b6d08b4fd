"""Hearing: what the Resume form brought, or that nothing did."""

from typing import Any

from sqlmodel import Session, col, func, or_, select

from models.case import Stage
from models.decision import Answer, Asking, Decision, Door
from models.message import AlarmKind
from models.officer import Officer
from tasks import alarms, case_file
from tasks.decisions import proposals
from tasks.decisions.record import AnswerRefused, record

TOO_OFTEN = 3
"""So many answers to one question that are not taken are no officer's slip any more."""


def answer_from_form(reply: dict[str, Any]) -> Answer:
    """Return what a Resume form brought, whatever it is; judging it is `record`'s work, and nothing here raises."""

    def word(name: str) -> str:
        value = reply.get(name)
        return value.strip() if isinstance(value, str) else ""

    to_stage = word("to_stage")
    return Answer(
        officer=word("officer"),
        code=word("code"),
        seen=word("seen"),
        outcome=word("decision"),
        reason_code=word("reason_code"),
        to_stage=to_stage if to_stage in Stage.__members__ else None,
        door=Door.resume_form,
    )


def hear(reference: str, reply: dict[str, Any] | None) -> None:
    """
    Judge what woke a run: an answer in the Resume form, a decision made at another door, or nothing at all.

    An answer that is not taken is noted on its question, and the next question says why.
    """
    with case_file.transaction() as session:
        asking = proposals.open_asking(session, reference)
        if asking is None:
            if reply and not _is_recorded(session, reference, answer_from_form(reply)):
                case = case_file.load(session, reference)
                case_file.note(session, "resume.too_late", actor=case_file.RUN, about=case)
                words = "An answer in the Resume form came after the question was closed; it was not taken."
                case_file.tell(session, reference, words)
            return
    if not reply and asking.shown_at is None:
        # Nobody has been shown this question yet, so nobody has answered it badly.
        return
    refused = "The run was resumed without an answer; nothing was decided."
    if reply:
        try:
            record(reference, asking.step.value, answer_from_form(reply))
        except AnswerRefused as refusal_:
            refused = str(refusal_)
        else:
            return
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        asking = session.get_one(Asking, asking.id, with_for_update=True)
        if asking.closed_at is None:
            asking.refused = refused
            session.add(asking)
            case_file.note(session, "resume.without_decision", actor=case_file.RUN, about=case)
            case_file.tell(session, reference, f"Resumed without a valid decision: {refused}")
            if not _was_resumed(session, asking):
                return
            if not (reply and _names_an_officer(session, answer_from_form(reply))):
                alarms.sound(session, case, AlarmKind.resumed_without_answer, about=str(asking.id))
            elif _times_refused(session, asking) >= TOO_OFTEN:
                alarms.sound(session, case, AlarmKind.resumed_without_answer, about=str(asking.question_id))


def _times_refused(session: Session, asking: Asking) -> int:
    """Return how many answers to a question nobody has answered yet were not taken, this one among them."""
    same = or_(col(Asking.id) == asking.question_id, col(Asking.repeats) == asking.question_id)
    return session.exec(select(func.count()).select_from(Asking).where(same, col(Asking.refused).is_not(None))).one()


def _was_resumed(session: Session, asking: Asking) -> bool:
    """Return whether it was the run that waited with the question which woke, and not a new one in its place."""
    attempt = case_file.latest_attempt(session, asking.reference)
    return asking.shown_at is not None and attempt is not None and attempt.flow_run_id == asking.flow_run_id


def _names_an_officer(session: Session, answer: Answer) -> bool:
    """Return whether an answer is an officer's, who may have mistyped a code; anybody else was no business there."""
    return answer.officer in session.exec(select(Officer.number)).all()


def _is_recorded(session: Session, reference: str, answer: Answer) -> bool:
    """Return whether an answer that lies in the form is the decision itself: a process died before it was taken out."""
    decided = session.exec(
        select(Decision).where(Decision.reference == reference).order_by(col(Decision.decided_at).desc()).limit(1)
    ).first()
    return decided is not None and (decided.door, decided.officer) == (answer.door, answer.officer)


def is_answered(asking: Asking) -> bool:
    """Return whether a question was decided, and not only closed or overtaken."""
    with case_file.transaction() as session:
        return session.exec(select(Decision.id).where(Decision.asking_id == asking.id)).first() is not None


def last_questions(reference: str) -> list[Asking]:
    """
    Return the newest question of a case, answered or not, whose form may still lie in the engine.

    The one before it comes first while the newest was not shown yet: its form is the one that could be filled in.
    """
    with case_file.transaction() as session:
        newest = session.exec(
            select(Asking).where(Asking.reference == reference).order_by(col(Asking.asked_at).desc()).limit(2)
        ).all()
    return list(newest[:1]) if newest and newest[0].shown_at is not None else list(reversed(newest))


def newest_question(reference: str) -> Asking | None:
    """Return the newest question of a case, answered or not."""
    return next(reversed(last_questions(reference)), None)
