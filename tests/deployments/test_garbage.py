"""
Whatever is typed into a command or sent to a page: one sentence, the right code, and nothing written.

The commands and the routes are walked, so that a new one is covered without anybody thinking of it.
"""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer import testing
from typer.main import get_command
from typer.testing import CliRunner

from deployments.cli.main import app
from deployments.stack.ground import write_private
from models.officer import Role
from tasks import case_file, officers
from tasks.policy import policy
from tasks.settings import Location, settings
from tests.conftest import Server

LONG = "가" * 20_000
GARBAGE: dict[str, str] = {
    "nothing": "",
    "spaces": " \t ",
    "very long": LONG,
    "control characters": "a\x00b\x1b[31m\x07",
    "lone surrogate": "a\ud800b",
    "unusual": "\u202e\U0001d518\u200b\ufdfa\U0001f3f3\ufe0f\u200d\U0001f308e\u0338\u031b",
    "negative": "-1",
    "a huge number": "9" * 400,
    "no number": "NaN",
    "a query": "' OR 1=1; DROP TABLE decision; --",
    "a path": "../../../../etc/passwd",
    "an unknown reference": "KHM-2026-9999",
    "an unknown officer": "O-99",
    "a file that is none": "/dev/null/at/all",
    "braces": "{0.__class__} %s %n [bold]x[/]",
    "a reference with more": "KHM-2026-0001\n",
}
"""What stands in every place of every command and page, one after another."""

WELL_FORMED: tuple[tuple[str, str], ...] = (
    (r"reference", "KHM-2026-0001"),
    (r"officer|number|to$", "O-99"),
    (r"^code$", "123456"),
    (r"seen", "BCDFGH"),
    (r"reason_code", "in_order"),
    (r"until|begins|_at$|since", "2030-01-01T09:00"),
    (r"amount", "12.30"),
    (r"currency", "USD"),
    (r"step", "funding"),
    (r"mission|country|operation", "KHM"),
    (r"born_on", "1999-04-27"),
)
"""What is right by its form, for the places beside the one that holds garbage; nothing of it exists."""

STARTS_PROCESSES = {"up", "drill"}
"""Little is typed into them but flags; what they read from their surroundings, and refuse, has tests of its own."""


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with the words that lead to it."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, each in inner.items():
        yield from commands(each, (*path, name))


BUILT = get_command(app)
COMMANDS = dict(commands(BUILT))


def takes_text(parameter: Any) -> bool:
    """Whether something is typed into it."""
    return not getattr(parameter, "is_flag", False) and parameter.name not in ("help", "as_json")


def well_formed(parameter: Any) -> str:
    """Something of the right form."""
    annotation = parameter.type_descriptor.annotation
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return next(iter(annotation)).value
    name = parameter.name or ""
    return next((value for pattern, value in WELL_FORMED if re.search(pattern, name)), "x")


def typed(command: Any, wrong: Any, garbage: str, code: str) -> list[str]:
    """The words of a command with garbage in one place, and the places that must be filled filled rightly."""
    words, arguments = [], []
    for parameter in command.params:
        if not takes_text(parameter) or not (parameter.required or parameter is wrong):
            continue
        value = garbage if parameter is wrong else code if parameter.name == "code" else well_formed(parameter)
        if parameter.param_type_name == "argument":
            arguments.append(value)
        else:
            words.append(f"{parameter.opts[0]}={value}")
    # So that what begins with a dash is taken for what it is.
    return [*words, "--", *arguments]


ALSO: dict[str, tuple[str, ...]] = {
    "case open": ("--place=Poipet", "--keeper=centre", "--name-hangul=배준미"),
    "officers reach": (),
    "case request": ("--kind=ngo", "--contact=Ms Sok"),
}
"""What a command asks for besides, so that the garbage is looked at at all."""

LEFT_BY_A_REFUSAL = {"audit_event", "spent_code", "wrong_answers"}
"""A code is spent even when what it should sign is refused, and a wrong one is counted."""


@dataclass
class CaseDatabase:
    """The case database as its owner sees it."""

    owner: psycopg.Connection[Any]

    def counts(self) -> dict[str, int]:
        """How many rows each table holds."""
        named = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        tables = sorted({name for (name,) in self.owner.execute(named).fetchall()} - LEFT_BY_A_REFUSAL)
        counted = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in tables)  # noqa: S608
        return dict(self.owner.execute(counted).fetchall())

    def forgives(self) -> None:
        """Let codes be used again, and nobody have to wait: so many wrong answers are given here."""
        self.owner.execute("DELETE FROM spent_code")
        self.owner.execute("UPDATE officer SET failures = 0, locked_until = NULL")
        self.owner.execute("UPDATE wrong_answers SET failures = 0, locked_until = NULL")


@pytest.fixture
def case_file_of_all(case_database: Server) -> Iterator[CaseDatabase]:
    """The case database, with what its owner may do."""
    del case_database
    address = case_file.engine().url.set(username="homeward_owner").render_as_string(hide_password=False)
    with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as owner:
        yield CaseDatabase(owner)


@pytest.fixture
def officer(case_file_of_all: CaseDatabase) -> str:
    """Somebody signed in who may do much, with a case."""
    del case_file_of_all
    added = officers.add(name="C", agency="MOFA", roles=[Role.coordinator, Role.registrar], by="test").officer
    write_private(Location().cli_session_file, officers.open_session(added, door="cli"))
    case_file.open_case(
        country="KHM", officer=added.number, name_hangul="배준미", name_latin=None, place="Poipet", keeper="centre",
        host_status="detained",
    )  # fmt: skip
    return added.number


ACCEPTED = {
    "unsigned reference", "unsigned step", "case open name_latin", "case open birthplace", "case open passport",
    "case open next_of_kin_phone", "case open story", "case open place", "case open keeper", "case open operation",
    "case declare reader", "case locate place", "case locate keeper", "case correct name_hangul",
    "case correct name_latin", "case correct birthplace", "case correct passport", "case private-payment purpose",
    "documents save to", "officers undelegate to", "case declare interpreter", "case best-interest reasons",
    "representative add name", "signer init folder", "signer renew folder", "signer list folder",
    "signer trust folder", "backup keys", "case request agency", "case request contact",
    "case referral agency", "case referral contact", "case referral file", "operation show operation",
}  # fmt: skip
"""Where words are free, so that anything that can be written down is taken."""


def test_garbage_in_any_place_of_any_command_is_one_sentence_and_writes_nothing(
    officer: str,
    case_file_of_all: CaseDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    subtests: pytest.Subtests,
) -> None:
    monkeypatch.chdir(tmp_path)
    # Built once: it takes longer than most commands.
    monkeypatch.setattr(testing, "_get_command", lambda _app: BUILT)
    settings.cache_clear()
    for path, command in COMMANDS.items():
        if path[0] in STARTS_PROCESSES:
            continue
        for place in [each for each in command.params if takes_text(each)]:
            name = f"{' '.join(path)} {place.name}"
            with subtests.test(name):
                code = officers.drill_code(officer)
                for kind, garbage in GARBAGE.items():
                    before = case_file_of_all.counts()
                    words = [*path, *ALSO.get(" ".join(path), ()), *typed(command, place, garbage, code)]
                    done = CliRunner().invoke(app, words)
                    case_file_of_all.forgives()

                    what = (name, kind, done.exit_code, done.stderr[-300:], repr(done.exception))
                    if done.exit_code == 0:
                        assert name in ACCEPTED, what
                        continue
                    assert done.exit_code in (1, 2), what
                    assert isinstance(done.exception, SystemExit), what
                    assert is_one_sentence(done.stderr), what
                    assert case_file_of_all.counts() == before, what


def is_one_sentence(said: str) -> bool:
    """Whether that is one sentence for a person: ours in a line, or the usage and a box where no command was found."""
    ours = said.strip()
    if "does not answer" in ours and "database" in ours:
        # It answers; whoever reads that would look in the wrong place.
        return False
    if ours.startswith("Usage:"):
        return "Traceback" not in ours
    return bool(ours) and "Traceback" not in ours and "\n" not in ours and len(ours) < 2000


@pytest.mark.parametrize("flags", [(), ("--detach",), ("--enrol",)], ids=lambda flags: " ".join(flags) or "in front")
@pytest.mark.parametrize(
    ("setting", "kinds"),
    [
        ("HOMEWARD_PREFECT_PORT", GARBAGE), ("HOMEWARD_POSTGRES_PORT", {"too large": "65536"}),
        ("HOMEWARD_MODE", GARBAGE), ("HOMEWARD_WORKERS", GARBAGE), ("HOMEWARD_POLICY_FILE", GARBAGE),
        ("HOMEWARD_VAR", {"a file": "/dev/null", "under a file": "/dev/null/x"}),
    ],
)  # fmt: skip
def test_a_start_with_garbage_around_it_is_one_sentence_and_starts_nothing(
    configured: pytest.MonkeyPatch,
    tmp_path: Path,
    subtests: pytest.Subtests,
    *,
    flags: tuple[str, ...],
    setting: str,
    kinds: dict[str, str],
) -> None:
    started: list[object] = []
    configured.setattr(subprocess.Popen, "__init__", lambda *words, **_: started.append(words))
    for kind, garbage in kinds.items():
        if "\x00" in garbage or "\ud800" in garbage or not garbage.strip():
            # No surroundings hold the first two; the third is as if nothing were set.
            continue
        with subtests.test(f"{setting} {kind}"):
            started.clear()
            configured.setenv("HOMEWARD_VAR", str(tmp_path / "var"))
            configured.setenv(setting, garbage)
            settings.cache_clear()
            policy.cache_clear()
            done = CliRunner().invoke(app, ["up", *flags])

            what = (setting, kind, done.exit_code, done.stderr[-300:], repr(done.exception))
            assert done.exit_code == 2, what
            assert isinstance(done.exception, SystemExit), what
            assert is_one_sentence(done.stderr), what
            assert started == [], what
