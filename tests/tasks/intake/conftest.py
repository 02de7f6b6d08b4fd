"""A coordinator, and ways to write and take in a list."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deployments.cli.main import app
from models.officer import Role
from tasks import officers
from tasks.intake import Intake, read_list, remembered, take_in
from tests.tasks.intake.lists import HEADER, text_of

Take = Callable[..., Intake]


@pytest.fixture
def coordinator(case_database: object) -> str:
    """A coordinator signed in at the command line."""
    del case_database
    number = officers.add(name="C", agency="MOFA", roles=[Role.coordinator, Role.registrar], by="test").officer.number
    done = CliRunner().invoke(app, ["login", "--officer", number, "--code", officers.drill_code(number)])
    assert done.exit_code == 0, done.stderr
    return number


@pytest.fixture
def take(coordinator: str, tmp_path: Path) -> Take:
    """Take in rows as a list of the usual columns, or a file."""

    def take_rows(
        rows: Sequence[Sequence[str]] | Path, *, header: Sequence[str] = HEADER, dry_run: bool = False
    ) -> Intake:
        file = rows if isinstance(rows, Path) else tmp_path / "list.csv"
        if not isinstance(rows, Path):
            file.write_text(text_of([header, *rows]))
        return take_in(
            read_list(file, remembered=remembered), country="KHM", operation="op-1", officer=coordinator,
            dry_run=dry_run,
        )  # fmt: skip

    return take_rows
