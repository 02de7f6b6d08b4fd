"""The policy in force: read once a process from the file the settings name, else from the one beside the decisions."""

import hashlib
import json
from functools import cache
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session, col, select

from models.adopted_policy import AdoptedPolicy, refused
from models.officer import Officer
from models.policy import Policy, PolicyInvalid, can_examine_in_doubt, read_policy, refuse_unstaffed
from tasks import case_file
from tasks.clock import now
from tasks.settings import settings

DEFAULT = Path(__file__).parent / "decisions" / "policy.toml"


@cache
def policy() -> Policy:
    """
    Return the policy in force.

    Raises:
        PolicyInvalid: the file cannot be read, or does not hold.
    """
    return stated_in(settings().policy_file or DEFAULT)


def stated_in(file: Path) -> Policy:
    """
    Return the policy a file states.

    Raises:
        PolicyInvalid: the file cannot be read, or does not hold.
    """
    try:
        return read_policy(file.read_text())
    except (OSError, UnicodeDecodeError) as failed:
        raise PolicyInvalid(f"The policy {file} cannot be read: {type(failed).__name__}; name a TOML file.") from None


def lacks_second_examiner(stated: Policy) -> bool:
    """
    Return whether an identity in doubt could not be examined by two of the officers enrolled.

    It keeps nothing from starting, since most identities are not in doubt; where one is, it is an alarm.
    """
    with case_file.transaction() as session:
        officers = session.exec(select(Officer)).all()
    return bool(officers) and not can_examine_in_doubt(stated, officers)


TO_ADD_OFFICERS = "To add officers, start the database alone with `homeward up --enrol`."
"""What follows wherever a start is refused for its policy."""


def refuse_unworkable(stated: Policy | None = None) -> None:
    """
    Refuse a policy, else the one in force, that leaves a step to nobody among the officers enrolled.

    Before anybody is enrolled there is nobody to open a case either, so only a file that does not hold is refused.

    Raises:
        PolicyInvalid: one sentence that names the step.
    """
    wanted = stated or policy()
    with case_file.transaction() as session:
        officers = session.exec(select(Officer)).all()
    if officers:
        refuse_unstaffed(wanted, officers)
        if stated is None:
            _adopt(wanted)


def _adopt(wanted: Policy) -> None:
    """
    Write down that a process starts under a policy, so that those with an older file stand aside.

    Raises:
        PolicyInvalid: a newer one has been used since, or this version says something else elsewhere.
    """
    with case_file.transaction() as session:
        # Two machines that start at once under two new files: the second one sees the first.
        session.connection().execute(text("SELECT pg_advisory_xact_lock(hashtext('adopted_policy'))"))
        adopted = _adopted(session)
        if (why := refused(wanted.version, _sha256(wanted), adopted)) is not None:
            raise PolicyInvalid(why)
        if not adopted or adopted[-1].sha256 != _sha256(wanted):
            session.add(AdoptedPolicy(version=wanted.version, sha256=_sha256(wanted), adopted_at=now()))
            ids = {"policy": wanted.version}
            case_file.note(session, "policy.adopted", actor=case_file.RUN, ids=ids)


def outdated(session: Session) -> str | None:
    """
    Return why this process may neither ask anew nor record a decision: others follow a newer policy; else None.

    While machines are restarted one after another, those that still read the older file would otherwise ask under it
    again what the others had asked under the newer one.
    """
    adopted = _adopted(session)
    if not adopted or adopted[-1].sha256 == _sha256(policy()):
        return None
    return (
        f"Policy {adopted[-1].version} counts now, and this process still follows {policy().version}; start it again."
    )


def _adopted(session: Session) -> list[AdoptedPolicy]:
    return list(session.exec(select(AdoptedPolicy).order_by(col(AdoptedPolicy.seq))))


def _sha256(stated: Policy) -> str:
    return hashlib.sha256(json.dumps(stated.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()
