"""The keeper of the archive: what a restore of the last so many days needs stays, whatever it is killed at."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from deployments.stack import backup, keeper, postgres
from deployments.stack.backup import Archive
from deployments.stack.ground import CannotStart, env_text, take_port
from models.message import AlarmKind
from tasks import alarms, archiving
from tasks.clock import now
from tests.conftest import PASSWORD, Server

DAYS = 30
SEED = int(os.environ.get("HOMEWARD_SEED", str(random.SystemRandom().randrange(1, 10**6))))


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


@pytest.fixture
def server(postgres_server: Server, archive: Archive) -> Iterator[backup.Server]:
    """A server whose log is streamed into the archive."""
    own = backup.Server(postgres.home(postgres_server.folder), postgres_server.port, PASSWORD)
    with subprocess.Popen(own.stream(archive), stderr=subprocess.DEVNULL) as streams:
        yield own
        streams.terminate()
    own.keeps_nothing()


@pytest.fixture
def written(postgres_server: Server) -> Iterator[psycopg.Connection[tuple[int]]]:
    """A table to write numbers in."""
    with psycopg.connect(postgres_server.superuser, autocommit=True) as connection:
        connection.execute("CREATE TABLE written (number integer)")
        yield connection
        connection.execute("DROP TABLE written")


def write(connection: psycopg.Connection[tuple[int]], number: int) -> datetime:
    """Write a number, begin another file of the log, and return a moment well after it, and well before the next."""
    connection.execute("INSERT INTO written VALUES (%s)", (number,))
    connection.execute("SELECT pg_switch_wal()")
    time.sleep(0.05)
    moment = now()
    time.sleep(0.05)
    return moment


def aged(base: Path, *, days: float) -> Path:
    """The same base, made so many days ago by its name."""
    return base.rename(base.with_name((now() - timedelta(days=days)).strftime(backup._NAMED)))


def streamed(archive: Archive, connection: psycopg.Connection[tuple[int]]) -> None:
    """Wait until all that is written is in the archive."""
    query = "SELECT restart_lsn >= pg_current_wal_flush_lsn() FROM pg_replication_slots WHERE slot_name = %s"
    deadline = time.monotonic() + 30
    while connection.execute(query, (archiving.SLOT,)).fetchone() != (True,):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def restored(archive: Archive, postgres_server: Server, tmp_path: Path, *, at: datetime | None) -> Iterator[str]:
    """A server of its own with what the archive has; its superuser's address."""
    first = postgres.home(postgres_server.folder)
    place = postgres.Home(first.folder / "restored", first.account)
    shutil.rmtree(place.folder, ignore_errors=True)
    place.folder.mkdir()
    (place.folder / ".pg0").symlink_to(first.folder / ".pg0")
    backup.restore(place, archive, replace=False, at=at)
    port = take_port(0, "postgres")
    child = postgres.start(place, port=port, logs=tmp_path, run=tmp_path)
    try:
        yield postgres.wait_ready(child, port=port, password=PASSWORD)
    finally:
        child.stop()
        shutil.rmtree(place.folder)


def numbers(address: str) -> list[int]:
    with psycopg.connect(address) as connection:
        return [number for (number,) in connection.execute("SELECT number FROM written ORDER BY number")]


def test_after_pruning_every_moment_of_the_period_is_restored_and_nothing_older_is_kept(
    server: backup.Server,
    archive: Archive,
    written: psycopg.Connection[tuple[int]],
    postgres_server: Server,
    tmp_path: Path,
) -> None:
    write(written, 1)
    oldest = aged(server.back_up(archive), days=DAYS + 10)
    write(written, 2)
    needed = aged(server.back_up(archive), days=DAYS)
    moment = write(written, 3)
    write(written, 4)
    newest = server.back_up(archive)
    write(written, 5)
    streamed(archive, written)
    before = {file.name for file in archive.log.iterdir()}

    gone = keeper.prune(server, archive, at=now(), days=DAYS)

    assert gone == [oldest.name]
    assert archive.bases() == [needed, newest]
    # Of the log, too, what only the oldest needed is gone, and it goes on from the first that stays.
    pruned = before - {file.name for file in archive.log.iterdir()}
    assert pruned
    assert max(pruned) < min(before - pruned)
    with restored(archive, postgres_server, tmp_path, at=moment) as address:
        assert numbers(address) == [1, 2, 3]
    # To look at what was takes nothing away.
    assert archive.bases() == [needed, newest]
    shutil.rmtree(newest)
    with restored(archive, postgres_server, tmp_path, at=None) as address:
        assert numbers(address) == [1, 2, 3, 4, 5]


def test_a_moment_before_every_base_is_refused_by_the_first_one_there_is(archive: Archive, tmp_path: Path) -> None:
    base = archive.folder / "base-20261128T120000Z"
    base.mkdir(parents=True)
    (base / "backup_manifest").touch()

    with pytest.raises(CannotStart, match="is of 2026-11-28T12:00:00"):
        backup.restore(
            postgres.Home(tmp_path / "postgres", None),
            archive,
            replace=False,
            at=datetime.fromisoformat("2026-11-28T11:59:59Z"),
        )


@pytest.mark.parametrize(
    ("ages", "going"),
    [
        ((), ()),
        ((400,), ()),
        ((400, 399), (400,)),
        ((30.001, 0), ()),
        ((31, 30.001, 0), (31,)),
        ((31, 30, 0), (31,)),
        # The younger one is no beginning for the first moments of the period.
        ((31, 29.999, 0), ()),
        ((50, 40, 31, 20, 10, 0), (50, 40)),
    ],
)
def test_what_begins_no_restore_of_the_period_goes_and_the_last_base_never(
    ages: tuple[float, ...], going: tuple[float, ...], archive: Archive
) -> None:
    at = datetime.fromisoformat("2026-11-28T12:00:00Z")

    def named(days: float) -> Path:
        return archive.folder / (at - timedelta(days=days)).strftime(backup._NAMED)

    found = keeper.doomed([named(days) for days in ages], at=at, days=DAYS)

    assert found == [named(days) for days in going]


def test_while_the_base_that_would_be_first_is_damaged_nothing_is_pruned(
    server: backup.Server, archive: Archive
) -> None:
    made = server.back_up(archive)
    copied = shutil.copytree(made, archive.folder / "copied")
    old, damaged = aged(made, days=DAYS + 10), aged(copied, days=DAYS + 5)
    file = next(path for path in (damaged / "base").rglob("*") if path.is_file() and path.stat().st_size)
    file.write_bytes(bytes([file.read_bytes()[0] ^ 1]) + file.read_bytes()[1:])

    with pytest.raises(CannotStart, match="Could not check the backup"):
        keeper.prune(server, archive, at=now(), days=DAYS)

    assert archive.bases() == [old, damaged]


def test_a_base_a_week_old_is_followed_by_another_one(server: backup.Server, archive: Archive, tmp_path: Path) -> None:
    just_made = server.back_up(archive)
    keeper.keep(server, archive, tmp_path, at=now(), days=DAYS)
    assert archive.bases() == [just_made]

    old = aged(just_made, days=7)
    keeper.keep(server, archive, tmp_path, at=now(), days=DAYS)

    assert archive.bases()[0] == old
    assert len(archive.bases()) == 2


@pytest.mark.usefixtures("case_database")
def test_killed_at_any_moment_the_keeper_leaves_whole_bases_and_the_log_after_them(
    server: backup.Server,
    archive: Archive,
    postgres_server: Server,
    written: psycopg.Connection[tuple[int]],
    tmp_path: Path,
) -> None:
    chance = random.Random(SEED)
    print(f"seed {SEED}")  # noqa: T201 - where it was killed
    made = server.back_up(archive)
    needed = aged(shutil.copytree(made, archive.folder / "copied"), days=DAYS)
    write(written, 1)
    files = {"stack.env": {"POSTGRES_PORT": str(postgres_server.port)},
             "secrets.env": {"POSTGRES_SUPERUSER_PASSWORD": PASSWORD}}  # fmt: skip
    for name, variables in files.items():
        (postgres_server.folder / name).write_text(env_text(variables))
    env = {**os.environ, "HOMEWARD_VAR": str(postgres_server.folder), "HOMEWARD_BACKUP_DIR": str(archive.folder)}
    made.rename(archive.folder / "whole")
    try:
        for days in (70, 60, 50, 40):
            aged(shutil.copytree(archive.folder / "whole", archive.folder / "copied"), days=days)
            for newer in archive.bases()[archive.bases().index(needed) + 1 :]:
                shutil.rmtree(newer)
            with subprocess.Popen([sys.executable, "-m", "deployments.stack.keeper"], env=env) as keeps:
                # It is at work once it takes the lock, and done some seconds later.
                at_work(archive)
                time.sleep(chance.uniform(0, 1.5))
                keeps.send_signal(signal.SIGKILL)
            assert needed in archive.bases()
            for base in archive.bases():
                server.verify(base)
    finally:
        for name in files:
            (postgres_server.folder / name).unlink()

    keeper.keep(server, archive, tmp_path, at=now(), days=DAYS)
    assert archive.bases()[0] == needed
    assert not list(archive.folder.glob("pruned-*"))
    label = (needed / "backup_label").read_text()
    assert any(file.name in label for file in archive.log.iterdir())


def test_what_failed_rests_a_while_holds_up_nothing_else_and_is_an_alarm_until_it_is_mended(
    case_database: Server,
) -> None:
    del case_database
    tried: list[str] = []
    has_room = False

    def backs_up() -> None:
        tried.append("backup")
        if not has_room:
            raise CannotStart("Could not back the databases up: no room")

    def standing() -> list[tuple[AlarmKind, str]]:
        return [(alarm.kind, alarm.subject) for alarm in alarms.standing()]

    bases = keeper._Deed("archive-bases", backs_up, 0.2)
    copies = keeper._Deed("archive-of-seals", lambda: tried.append("copy"), 0.2)
    for _ in range(2):
        bases.do()
        copies.do()
    assert tried == ["backup", "copy", "copy"]
    assert standing() == [(AlarmKind.archive_behind, "archive-bases")]

    has_room = True
    time.sleep(0.25)
    bases.do()
    assert tried[-1] == "backup"
    assert standing() == []


def at_work(archive: Archive) -> None:
    """Wait until the keeper has begun to change something."""
    deadline = time.monotonic() + 60
    while not (archive.folder / "making").exists() and not list(archive.folder.glob("pruned-*")):
        assert time.monotonic() < deadline
        time.sleep(0.002)
