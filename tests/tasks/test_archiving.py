"""The archive of the databases: it is told when what is written no longer reaches it, and when it does again."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pendulum
import psycopg
import pytest

from deployments.stack import backup, postgres
from deployments.stack.backup import Archive
from models.message import AlarmKind
from models.officer import Role
from tasks import alarms, archiving, case_file, officers
from tasks.clock import now
from tests.conftest import PASSWORD, Server


def later() -> pendulum.DateTime:
    """A moment by which a stream that is cut now has been cut too long."""
    return now().add(minutes=30)


@pytest.fixture
def archived(case_database: Server, tmp_path: Path) -> Iterator[backup.Server]:
    """The server as its archive reaches it; no slot stays behind."""
    server = backup.Server(postgres.home(case_database.folder), case_database.port, PASSWORD)
    yield server
    server.keeps_nothing()


@contextmanager
def streaming(server: backup.Server, archive: Archive) -> Iterator[None]:
    """The log streamed into a folder, as the stack does it."""
    with subprocess.Popen(server.stream(archive), stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(streams=True)
            yield
        finally:
            process.terminate()
    wait_until(streams=False)


def wait_until(*, streams: bool) -> None:
    """Wait until somebody streams, or nobody."""
    deadline = time.monotonic() + 30
    while True:
        with case_file.transaction() as session:
            found = archiving.stream(session)
        if found is not None and (found.silent_since is None) is streams:
            return
        assert time.monotonic() < deadline
        time.sleep(0.05)


def standing() -> int:
    """How many alarms about the archive stand."""
    return sum(alarm.kind is AlarmKind.archive_behind for alarm in alarms.standing())


def test_where_no_archive_is_kept_nothing_is_said(case_database: Server) -> None:
    assert not archiving.sound_standing_still(at=later())
    assert standing() == 0


def test_an_archive_that_follows_is_no_alarm_and_one_that_was_cut_is_until_it_follows_again(
    archived: backup.Server, tmp_path: Path
) -> None:
    archive = Archive(tmp_path / "archive")

    with streaming(archived, archive):
        assert not archiving.sound_standing_still(at=later())
    # Just cut: it is started again by itself.
    assert not archiving.sound_standing_still(at=now())
    assert archiving.sound_standing_still(at=later())
    assert archiving.sound_standing_still(at=later())
    assert standing() == 1

    with streaming(archived, archive):
        assert not archiving.sound_standing_still(at=later())
    assert standing() == 0


def test_an_alarm_about_the_archive_cannot_be_put_away(archived: backup.Server, tmp_path: Path) -> None:
    with streaming(archived, Archive(tmp_path / "archive")):
        pass
    assert archiving.sound_standing_still(at=later())

    [alarm] = alarms.standing()
    coordinator = officers.add(name="C", agency="MOFA", roles=[Role.coordinator], by="test").officer
    with pytest.raises(case_file.Refused, match="stands until the archive follows again"):
        alarms.acknowledge(alarm.id, officer=coordinator)


def test_an_archive_that_falls_behind_is_told_though_it_streams() -> None:
    at_most = archiving.BEHIND_AT_MOST_BYTES
    assert archiving.Stream(at_most + 1, is_lost=False, silent_since=None).stands_still(at=later())
    assert not archiving.Stream(at_most, is_lost=False, silent_since=None).stands_still(at=later())
    assert archiving.Stream(0, is_lost=True, silent_since=None).stands_still(at=later())


def test_an_archive_that_is_no_longer_kept_holds_no_log_back(
    archived: backup.Server, case_database: Server, tmp_path: Path
) -> None:
    with streaming(archived, Archive(tmp_path / "archive")):
        pass

    assert archived.keeps_nothing()
    assert not archived.keeps_nothing()

    with psycopg.connect(case_database.superuser) as connection:
        assert connection.execute("SELECT count(*) FROM pg_replication_slots").fetchone() == (0,)
    assert not archiving.sound_standing_still(at=later())
