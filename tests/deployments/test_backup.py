"""Backups of the embedded stack: what stops one, and keys that stay apart; the drill restores one in its middle."""

import stat
import tarfile
from pathlib import Path

import pytest

from deployments.stack import backup, postgres
from deployments.stack.backup import Archive
from deployments.stack.ground import CannotStart, write_private
from deployments.stack.postgres import Home
from tasks.settings import Location
from tests.conftest import PASSWORD, Server
from tests.deployments.test_stack import homeward


@pytest.fixture
def kept(tmp_path: Path) -> Location:
    """A stack's state with secrets in it."""
    where = Location(var=tmp_path / "var")
    where.var.mkdir()
    write_private(where.secrets_file, 'HOMEWARD_LOOKUP_KEY="synthetic"\n')
    sealer = backup._KEPT["sealer"](where.var).folder
    sealer.mkdir(parents=True)
    (sealer / "key.pem").write_text("synthetic key")
    return where


def test_keys_are_saved_for_their_owner_only_and_never_over_others(kept: Location, tmp_path: Path) -> None:
    file = tmp_path / "keys.tar"

    backup.save_keys(kept, file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(CannotStart, match="never written over"):
        backup.save_keys(kept, file)


def test_saved_keys_are_brought_to_a_new_machine_and_to_no_stack_that_has_some(kept: Location, tmp_path: Path) -> None:
    file, elsewhere = tmp_path / "keys.tar", Location(var=tmp_path / "elsewhere")
    elsewhere.var.mkdir()
    backup.save_keys(kept, file)

    backup.bring_keys(elsewhere, file)

    assert elsewhere.secrets_file.read_text() == kept.secrets_file.read_text()
    assert (backup._KEPT["sealer"](elsewhere.var).folder / "key.pem").read_text() == "synthetic key"
    with pytest.raises(CannotStart, match="There are keys in"):
        backup.bring_keys(elsewhere, file)


def test_a_file_that_holds_no_keys_is_told(tmp_path: Path) -> None:
    (tmp_path / "no.tar").write_text("no keys")

    with pytest.raises(CannotStart, match="holds no keys of a stack"):
        backup.bring_keys(Location(var=tmp_path), tmp_path / "no.tar")


@pytest.mark.parametrize("name", ["sealer/../../elsewhere", "/etc/elsewhere", "elsewhere", "signer"])
def test_a_file_whose_names_lead_elsewhere_writes_nothing(tmp_path: Path, name: str) -> None:
    file, where = tmp_path / "odd.tar", Location(var=tmp_path / "var")
    where.var.mkdir()
    with tarfile.open(file, "w") as tar:
        for each in ("secrets.env", "sealer/key.pem", name):
            tar.addfile(tarfile.TarInfo(each))

    with pytest.raises(CannotStart, match="holds no keys of a stack"):
        backup.bring_keys(where, file)

    assert list(where.var.iterdir()) == []


def test_a_folder_without_a_whole_backup_is_told_and_nothing_is_moved(tmp_path: Path) -> None:
    place = Home(tmp_path / "postgres", None)
    place.data.mkdir(parents=True)
    (tmp_path / "archive" / "base-20261128T000000Z").mkdir(parents=True)

    with pytest.raises(CannotStart, match="There is no whole backup"):
        backup.restore(place, Archive(tmp_path / "archive"), replace=True)

    assert place.data.exists()


def test_databases_that_are_there_are_replaced_only_when_asked(tmp_path: Path) -> None:
    place, base = Home(tmp_path / "postgres", None), tmp_path / "archive" / "base-20261128T000000Z"
    place.data.mkdir(parents=True)
    base.mkdir(parents=True)
    (base / "backup_manifest").touch()

    with pytest.raises(CannotStart, match="add --replace to move it aside"):
        backup.restore(place, Archive(tmp_path / "archive"), replace=False)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("backup", "--to", "anywhere"), "There is no stack in"),
        (("restore", "anywhere"), "Without its keys nothing sealed in a backup opens again; give --keys FILE."),
        (("restore", "anywhere", "--keys", "nowhere.tar"), "holds no keys of a stack"),
        (("restore", "anywhere", "--at", "yesterday"), "is not a moment"),
    ],
)
def test_a_command_that_cannot_be_carried_out_says_why(words: tuple[str, ...], why: str, tmp_path: Path) -> None:
    refused = homeward(*words, var=tmp_path / "var")

    assert (refused.returncode, refused.stdout) == (2, "")
    assert why in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_a_backup_that_was_changed_is_not_restored(postgres_server: Server, tmp_path: Path) -> None:
    place = postgres.home(postgres_server.folder)
    archive = Archive(tmp_path / "archive")
    base = backup.Server(place, postgres_server.port, PASSWORD).back_up(archive)
    assert archive.bases() == [base]
    changed = next(path for path in (base / "base").rglob("*") if path.is_file() and path.stat().st_size)
    changed.write_bytes(bytes([changed.read_bytes()[0] ^ 1]) + changed.read_bytes()[1:])

    with pytest.raises(CannotStart, match="Could not check the backup"):
        backup.restore(replaced(place, tmp_path), archive, replace=False)

    assert not (tmp_path / "postgres" / "data").exists()


def replaced(place: Home, folder: Path) -> Home:
    """The same programs in another place."""
    other = Home(folder / "postgres", place.account)
    (folder / "postgres").mkdir()
    (folder / "postgres" / ".pg0").symlink_to(place.folder / ".pg0")
    return other


def test_an_archive_the_log_does_not_join_is_put_aside_and_begun_anew(postgres_server: Server, tmp_path: Path) -> None:
    server = backup.Server(postgres.home(postgres_server.folder), postgres_server.port, PASSWORD)
    archive = Archive(tmp_path / "archive")
    alone = server.back_up(archive)
    try:
        # Nothing was kept between that backup and the log that is streamed from now on.
        server.stream(archive)
        assert archive.bases() == []
        assert [path.name for path in archive.folder.glob("before-*/base-*")] == [alone.name]

        joined = server.back_up(archive)
        server.stream(archive)

        assert archive.bases() == [joined]
    finally:
        assert server.keeps_nothing()


def test_an_interrupted_restore_never_becomes_an_empty_database(tmp_path: Path) -> None:
    place = Home(tmp_path, None)
    place.restoring.mkdir()

    with pytest.raises(CannotStart, match="A restore was interrupted; run `homeward restore` again"):
        postgres.initialise(place, PASSWORD)

    assert not place.data.exists()
