"""What sealer and signer remember goes into the archive without a key, and comes back to whoever has an older one."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deployments.cli.main import app
from deployments.sealer import Sealer
from deployments.stack import public, sealing
from deployments.stack.ground import CannotStart
from models.audit import GENESIS
from tasks import seals
from tests.tasks.test_seals import something_happens


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder whose sealer and signer have no accounts of their own."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    for name in ("sealer", "signer/signed"):
        (tmp_path / "var" / name).mkdir(parents=True)
    return tmp_path / "var"


def seal(folder: Path, *seqs: int) -> bytes:
    """Have the sealer of a folder seal these events; return its log."""
    sealer = Sealer(folder)
    for seq in seqs:
        last = sealer.seals[-1] if sealer.seals else None
        standing = {"seq": last.seq, "hash": last.hash} if last else {"seq": 0, "hash": GENESIS}
        head = {"seq": seq, "hash": f"{seq:064x}", "at": "2026-11-24T00:05:00+00:00"}
        assert "seals" in sealer.answer({"want": "seal", "head": head, "standing": standing})
    sealer.close()
    return (folder / "seals.log").read_bytes()


def rotated(folder: Path) -> None:
    sealer = Sealer(folder)
    sealer.rotate()
    sealer.close()


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "archive" / "public"


def older(var: Path, tmp_path: Path) -> Path:
    """A copy of a state folder as it is now, which falls behind."""
    return shutil.copytree(var, tmp_path / "older")


def test_an_older_keys_file_is_given_the_seals_and_documents_made_since(var: Path, kept: Path, tmp_path: Path) -> None:
    seal(var / "sealer", 3)
    before = older(var, tmp_path)
    (var / "signer" / "signed" / "M12345678.json").write_text('{"number": "M12345678"}')
    (var / "signer" / "signed" / ".M12345679.json.part").write_text("half of one")
    log = seal(var / "sealer", 7, 9)

    public.keep(var, kept)
    public.bring(before, kept)

    assert (before / "sealer" / "seals.log").read_bytes() == log
    assert [file.name for file in (before / "signer" / "signed").iterdir()] == ["M12345678.json"]
    assert seal(before / "sealer", 12).startswith(log)


@pytest.mark.usefixtures("case_database")
def test_audit_verify_holds_after_a_restore_with_a_keys_file_older_than_the_last_seal(
    sealing: Path, own_sealer: Sealer, var: Path, kept: Path, tmp_path: Path
) -> None:
    something_happens()
    seals.seal_chain(actor="run")
    shutil.copytree(sealing, var / "sealer", dirs_exist_ok=True)
    before = older(var, tmp_path)
    something_happens()
    seals.seal_chain(actor="run")
    shutil.copytree(sealing, var / "sealer", dirs_exist_ok=True)
    public.keep(var, kept)

    def verified() -> tuple[int, str]:
        # The sealer of the older keys file answers in the place of the one that was lost.
        brought = Sealer(before / "sealer")
        own_sealer.seals, own_sealer.keys = brought.seals, brought.keys
        brought.close()
        done = CliRunner().invoke(app, ["audit", "verify"])
        return done.exit_code, done.output

    code, words = verified()
    assert code == 1
    assert "the sealer never made it" in words
    public.bring(before, kept)
    code, words = verified()
    assert (code, "2 seals fit it" in words) == (0, True), words


def test_nothing_private_is_copied(var: Path, kept: Path) -> None:
    seal(var / "sealer", 3)
    rotated(var / "sealer")
    seal(var / "sealer", 7)
    (var / "signer" / "csca.key").write_text("private")
    (var / "signer" / "seal-0001.key").write_text("private")

    public.keep(var, kept)

    assert sorted(path.name for path in kept.iterdir()) == ["keys.log", "seals.log", "signed"]
    assert list((kept / "signed").iterdir()) == []
    key = (var / "sealer" / "key").read_text()
    assert not any(key in path.read_text() for path in kept.iterdir() if path.is_file())


def test_keys_saved_before_the_sealer_changed_its_own_are_refused_and_nothing_is_changed(
    var: Path, kept: Path, tmp_path: Path
) -> None:
    log = seal(var / "sealer", 3)
    before = older(var, tmp_path)
    rotated(var / "sealer")
    seal(var / "sealer", 7)
    public.keep(var, kept)

    with pytest.raises(CannotStart, match="key was changed after these keys were saved"):
        public.bring(before, kept)

    assert (before / "sealer" / "seals.log").read_bytes() == log


def test_seals_somebody_changed_in_the_archive_are_refused(var: Path, kept: Path, tmp_path: Path) -> None:
    seal(var / "sealer", 3)
    before = older(var, tmp_path)
    seal(var / "sealer", 7)
    public.keep(var, kept)
    lines = [json.loads(line) for line in (kept / "seals.log").read_text().splitlines()]
    lines[-1]["hash"] = "a" * 64
    (kept / "seals.log").write_text("".join(json.dumps(line) + "\n" for line in lines))

    with pytest.raises(CannotStart, match="do not hold: the seal of event 7"):
        public.bring(before, kept)


def test_what_the_sealer_has_and_the_archive_not_stays(var: Path, kept: Path) -> None:
    seal(var / "sealer", 3)
    public.keep(var, kept)
    log = seal(var / "sealer", 7)

    public.bring(var, kept)

    assert (var / "sealer" / "seals.log").read_bytes() == log


def test_another_sealers_log_is_never_written_over(var: Path, kept: Path) -> None:
    seal(var / "sealer", 3)
    public.keep(var, kept)
    log = (kept / "keys.log").read_bytes()
    shutil.rmtree(var / "sealer")
    (var / "sealer").mkdir()
    seal(var / "sealer", 4, 8)

    with pytest.raises(CannotStart, match="another sealer's"):
        public.keep(var, kept)

    assert (kept / "keys.log").read_bytes() == log


def test_where_nobody_ever_sealed_nothing_is_brought(var: Path, kept: Path, tmp_path: Path) -> None:
    seal(var / "sealer", 3)
    public.keep(var, kept)
    empty = tmp_path / "empty"
    (empty / "sealer").mkdir(parents=True)

    public.bring(empty, kept)

    assert list((empty / "sealer").iterdir()) == []
    assert sealing.place(empty).folder == empty / "sealer"
