"""PostgreSQL out of its wheel: whole or not at all, also when several unpack at one moment."""

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deployments.stack import postgres
from deployments.stack.ground import CannotStart
from tests.conftest import kept


def test_several_that_unpack_at_one_moment_all_have_their_programs() -> None:
    with kept() as folder:
        folder.chmod(0o711)
        places = [place(folder / f"unpacked-{number}") for number in range(3)]
        with ThreadPoolExecutor(len(places)) as pool:
            list(pool.map(postgres.unpack, places))
        for each in places:
            program = [str(each.programs / "postgres"), "--version"]
            told = subprocess.run(program, env=postgres.environment(each), capture_output=True, check=True)
            assert told.stdout.startswith(b"postgres (PostgreSQL) 18")
            assert not (each.folder / "unpacking").exists()


def test_an_interrupted_unpacking_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with kept() as folder:
        folder.chmod(0o711)
        home = place(folder / "unpacked-0")
        with monkeypatch.context() as stopped:
            stopped.setattr(postgres, "_UNPACK_S", 0.05)
            with pytest.raises(CannotStart, match=r"^Could not unpack PostgreSQL within 0.05 s\.$"):
                postgres.unpack(home)
        assert not (home.programs / "postgres").exists()
        postgres.unpack(home)
        assert (home.programs / "postgres").exists()


def place(folder: Path) -> postgres.Home:
    """A home where nothing has been unpacked."""
    folder.mkdir(exist_ok=True)
    home = postgres.home(folder)
    shutil.rmtree(home.folder, ignore_errors=True)
    return home
