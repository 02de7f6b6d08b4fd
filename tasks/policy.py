"""The policy in force: read once a process from the file the settings name, else from the one beside the decisions."""

from functools import cache
from pathlib import Path

from sqlmodel import select

from models.officer import Officer
from models.policy import Policy, PolicyInvalid, can_examine_in_doubt, read_policy, refuse_unstaffed
from tasks import case_file
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
