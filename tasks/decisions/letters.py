"""Letters: what an officer types into the Resume form, so that nobody can give another answer in their name."""

from uuid import UUID

from sqlmodel import Session

from models.case import RepatriationCase, Stage
from models.decision import Answer, Asking, Outcome, Proposal, ReasonCode, Reply, reply_letters
from models.judgement import replies_to
from tasks import vault

_KEY = "resume form"


def of_every_reply(
    session: Session, case: RepatriationCase, asking: Asking, proposal: Proposal, *, officer: str
) -> dict[Reply, str]:
    """Return the letters of one officer for each reply to a question, in the order the form offers them."""
    key = vault.salt(session, case.person_id, _KEY)
    return {
        reply: _letters(key, reply, asking_id=asking.id, proposal=proposal, officer=officer)
        for reply in replies_to(asking.step)
    }


def wanted(session: Session, case: RepatriationCase, asking: Asking, proposal: Proposal, answer: Answer) -> str:
    """Return the letters an answer in the Resume form must bear; its words are known to fit the question."""
    reply = Reply(
        Outcome(answer.outcome), ReasonCode(answer.reason_code), Stage(answer.to_stage) if answer.to_stage else None
    )
    key = vault.salt(session, case.person_id, _KEY)
    return _letters(key, reply, asking_id=asking.id, proposal=proposal, officer=answer.officer)


def _letters(key: str, reply: Reply, *, asking_id: UUID, proposal: Proposal, officer: str) -> str:
    return reply_letters(key, reply, asking_id=asking_id, digest=proposal.digest, officer=officer)
