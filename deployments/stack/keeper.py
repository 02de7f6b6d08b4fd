"""
The keeper of an archive: a new base backup every week, nothing older than a restore needs, and what others remember.

    python -m deployments.stack.keeper

It may be killed anywhere: a base counts once it is whole and checked, and goes by its name before its files go.
"""

import logging
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from deployments.stack import postgres, public
from deployments.stack.backup import Archive, Server, made_at
from deployments.stack.ground import BackupSettings, CannotStart, read_env
from models.message import AlarmKind
from tasks import alarms, case_file, journal
from tasks.clock import now
from tasks.settings import Location

BASE_EVERY = timedelta(days=7)
"""A restore replays the log of a week at most; a base a day would fill the disk with what hardly differs."""
_LOOKS_EVERY_S = 10.0
_COPY_AGAIN_S, _KEEP_AGAIN_S = 30.0, 600.0
"""What failed, for a disk that is full say, is tried again after so long; a backup that fails holds up no copy."""
_GOING = "pruned-"

_logger = logging.getLogger(__name__)


def doomed(bases: list[Path], *, at: datetime, days: int) -> list[Path]:
    """
    Return the bases no restore to a moment of the last so many days begins with.

    A moment is reached from the newest base before it, so one that is older than the first of them stays.
    """
    older = [base for base in bases if made_at(base) <= at - timedelta(days=days)]
    return older[:-1]


def prune(server: Server, archive: Archive, *, at: datetime, days: int) -> list[str]:
    """
    Take away the bases no restore of the last so many days begins with, and the log before those that stay.

    Return the names of what went.

    Raises:
        CannotStart: the base that would then be the first does not match its manifest; nothing is taken away.
    """
    with archive.changing():
        bases = archive.bases()
        going = doomed(bases, at=at, days=days)
        staying = bases[len(going) :]
        # Those that had their name before, and are not gone, because it was killed.
        if not going and not list(archive.folder.glob(f"{_GOING}*")):
            return []
        if going:
            server.verify(staying[0])
        for base in going:
            base.rename(base.with_name(_GOING + base.name))
        for base in archive.folder.glob(f"{_GOING}*"):
            shutil.rmtree(base)
        if staying and archive.log.exists():
            server.forget_log_before(staying[0], archive)
    return [base.name for base in going]


def keep(server: Server, archive: Archive, var: Path, *, at: datetime, days: int) -> None:
    """
    Do whatever is due at a moment.

    Raises:
        CannotStart, OSError: something cannot be done now.
    """
    # First, since a disk that is full has no room for another one.
    for name in prune(server, archive, at=at, days=days):
        _logger.info("Pruned: %s", name)
    bases = archive.bases()
    if bases and at - made_at(bases[-1]) >= BASE_EVERY:
        base = server.back_up(archive, var=var)
        _logger.info("Backed up: %s", base.name)


def main() -> None:
    """Keep the archive of the stack in `HOMEWARD_VAR` until told to end."""
    journal.begin("keeper")
    where, asked = Location(), BackupSettings()
    if asked.backup_dir is None:
        raise SystemExit("No archive is kept; set HOMEWARD_BACKUP_DIR.")
    archive, secrets = Archive(asked.backup_dir), read_env(where.secrets_file)
    port = int(read_env(where.stack_file)["POSTGRES_PORT"])
    server = Server(postgres.home(where.var), port, secrets["POSTGRES_SUPERUSER_PASSWORD"])
    copies = _Deed("archive-of-seals", lambda: public.keep(where.var, archive.public), _COPY_AGAIN_S)
    keeps = _Deed(
        "archive-bases", lambda: keep(server, archive, where.var, at=now(), days=asked.backup_days), _KEEP_AGAIN_S
    )
    while True:
        copies.do()
        keeps.do()
        time.sleep(_LOOKS_EVERY_S)


@dataclass
class _Deed:
    """Something done again and again, and after a failure not at once; a failure is alarmed until it is mended."""

    subject: str
    """What the alarm is about."""
    act: Callable[[], None]
    again_s: float
    rests_until: float = 0.0
    was_told: bool | None = None
    """Whether it was last told that it fails; None while nothing was told since the start."""

    def do(self) -> None:
        if time.monotonic() < self.rests_until:
            return
        try:
            self.act()
        except (CannotStart, OSError, subprocess.TimeoutExpired) as failed:
            _logger.error("The archive is not kept: %s", failed)  # noqa: TRY400 - the sentence says it
            self.rests_until = time.monotonic() + self.again_s
            self._tell(fails=True)
        else:
            self._tell(fails=False)

    def _tell(self, *, fails: bool) -> None:
        if self.was_told is fails:
            return
        try:
            if fails:
                alarms.sound_for_all(AlarmKind.archive_behind, about=self.subject)
            else:
                with case_file.transaction() as session:
                    alarms.clear_about(session, AlarmKind.archive_behind, self.subject)
        except case_file.CaseFileUnavailable:
            # Its tables may not be made yet; told with the next look.
            return
        self.was_told = fails


if __name__ == "__main__":
    main()
