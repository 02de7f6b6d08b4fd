"""Which policy counts: all that processes were started under, the newest last; who reads an older one stands aside."""

import pendulum
from sqlmodel import Field

from models.columns import Moment, Row


class AdoptedPolicy(Row, table=True):
    """One policy a process was first started under; rows are only added."""

    __tablename__ = "adopted_policy"

    seq: int | None = Field(default=None, primary_key=True)
    version: str = Field(unique=True)
    """As the file names it; a changed file has a new one."""
    sha256: str = Field(unique=True)
    """Over what the file says, whatever its comments and order."""
    adopted_at: pendulum.DateTime = Field(sa_type=Moment)


def refused(version: str, sha256: str, adopted: list[AdoptedPolicy]) -> str | None:
    """
    Return why a process may not start under a policy, in one sentence; None when it is the newest, or new.

    `adopted` is every policy taken so far, the newest last.
    """
    if not adopted or adopted[-1].sha256 == sha256:
        return None
    newest = adopted[-1]
    if any(each.sha256 == sha256 for each in adopted):
        when = f"{newest.adopted_at:%Y-%m-%d %H:%M} UTC"
        return (
            f"Policy {version} was replaced by {newest.version} on {when}; use the newer file here, or give this one a "
            "new version to bring it back."
        )
    if any(each.version == version for each in adopted):
        return f"Policy {version} says something else here than where it was first used; give the file a new version."
    return None
