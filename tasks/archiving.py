"""The archive of the databases: whether what is written still reaches it, as the database itself says."""

from dataclasses import dataclass

import pendulum
from sqlalchemy import text
from sqlmodel import Session

from models.message import AlarmKind
from tasks import alarms, case_file

SLOT = "homeward_archive"
"""The replication slot the log is streamed from; PostgreSQL keeps for it whatever was not streamed yet."""

BEHIND_AT_MOST_BYTES = 64 * 1024**2
"""Four files of the log. What one day of 14,400 decisions writes passes in seconds where the archive follows."""
SILENT_AT_MOST = pendulum.duration(minutes=2)
"""As long as the stream may be cut before it is told: its process is started again after a minute at most."""

_SUBJECT = "archive"


@dataclass(frozen=True, slots=True)
class Stream:
    """How far the archive is behind what is written."""

    behind_bytes: int
    is_lost: bool
    """The database no longer keeps what the archive misses, and only a new base backup helps."""
    silent_since: pendulum.DateTime | None
    """Since when nobody streams; None while somebody does."""

    def stands_still(self, *, at: pendulum.DateTime) -> bool:
        """Return whether a loss now would lose more than the last moments."""
        if self.silent_since is not None and at - self.silent_since > SILENT_AT_MOST:
            return True
        return self.is_lost or self.behind_bytes > BEHIND_AT_MOST_BYTES


def stream(session: Session) -> Stream | None:
    """Return the state of the stream; None where no archive is kept, or somebody else's means keep it."""
    query = text(
        "SELECT COALESCE(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0), COALESCE(wal_status = 'lost', false),"
        " CASE WHEN NOT active THEN COALESCE(inactive_since, pg_postmaster_start_time()) END"
        " FROM pg_replication_slots WHERE slot_name = :slot"
    )
    found = session.execute(query, {"slot": SLOT}).first()
    if found is None:
        return None
    behind, is_lost, since = found
    return Stream(int(behind), is_lost, None if since is None else pendulum.instance(since))


def sound_standing_still(*, at: pendulum.DateTime) -> bool:
    """Raise an alarm while the archive does not follow what is written, and clear it once it does; return which."""
    with case_file.transaction() as session:
        found = stream(session)
        if found is None or not found.stands_still(at=at):
            alarms.clear_about(session, AlarmKind.archive_behind, _SUBJECT)
            return False
    alarms.sound_for_all(AlarmKind.archive_behind, about=_SUBJECT)
    return True
