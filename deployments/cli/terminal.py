"""What commands share: printing for people or machines, one clear sentence for an error, and who is signed in."""

import json
import re
import sys
from collections.abc import Callable
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import Annotated, Any, NoReturn, ParamSpec, TypeVar

import pendulum
import typer
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from models.birth_date import BirthDateUnreadable
from models.decision import Door
from models.officer import DUTIES, NOT_FOR_POLICE, Duty, Officer
from models.policy import PolicyInvalid
from models.text import NOT_WRITABLE, is_writable
from tasks import case_file, officers, seals, vault
from tasks.clock import now
from tasks.decisions import AnswerRefused
from tasks.engine import EngineUnavailable
from tasks.settings import Location, SettingsUnusable

_LONGEST_LINE = 600
_LARGEST_NUMBER = 2**31 - 1
"""Of ids and counts; amounts of money are texts and have no largest."""

RED = "bold red"
"""What must not wait; it says so in words too, for who sees no colour."""

BAD_INPUT = 2
REFUSED = 1
DOOR = Door.cli.value

_REFUSALS = (
    AnswerRefused, case_file.Refused, officers.NotProved, seals.SealRefused, seals.SealerUnavailable,
)  # fmt: skip

P = ParamSpec("P")
R = TypeVar("R")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program instead of words for a person.")]
Reference = Annotated[str, typer.Argument(metavar="REF", help="Case reference, for example KHM-2026-0042.")]


def fail(sentence: str, code: int) -> NoReturn:
    """Print one sentence to standard error, in one line and without the middle of something endless, and leave."""
    line = " ".join("".join(c if c.isprintable() else " " for c in sentence).split())
    typer.echo(
        line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE // 2]} … {line[-_LONGEST_LINE // 2 :]}",
        err=True,
    )
    raise typer.Exit(code)


_EMPTY_TAKES_BACK = frozenset({"email", "notify"})
"""An empty address says that none is to be used any more."""


def clear(command: Callable[P, R]) -> Callable[P, R]:
    """Make a command answer every foreseeable error with one clear sentence and the right exit code."""
    defaults = {name: each.default for name, each in signature(command).parameters.items()}

    @wraps(command)
    def cleared(*args: P.args, **kwargs: P.kwargs) -> R:
        for name, value in kwargs.items():
            left_empty = isinstance(value, str) and not value.strip() and value != defaults[name]
            if left_empty and name not in _EMPTY_TAKES_BACK:
                fail(f"{name.replace('_', '-')} is empty; write something there, or leave it out.", BAD_INPUT)
        try:
            for value in kwargs.values():
                _refuse_unwritable(value)
            with case_file.through(Door.cli):
                return command(*args, **kwargs)
        except _REFUSALS as refused:
            fail(str(refused), REFUSED)
        except (vault.SealBroken, vault.Erased):
            fail("What is stored cannot be opened: its key was destroyed, or it was changed.", REFUSED)
        except case_file.CaseFileConflict as conflict:
            fail(f"That does not fit what is on file ({conflict.constraint}); look at the case again.", REFUSED)
        except case_file.UnknownCase as unknown:
            fail(str(unknown), BAD_INPUT)
        except (SettingsUnusable, PolicyInvalid, BirthDateUnreadable) as unusable:
            fail(str(unusable), BAD_INPUT)
        except case_file.CaseFileUnavailable:
            fail("The case database does not answer; start the stack with `homeward up`.", REFUSED)
        except EngineUnavailable as unavailable:
            fail(f"{unavailable}; what was written down is safe.", REFUSED)

    return cleared


def _refuse_unwritable(value: object) -> None:
    """Refuse what no database and no file name takes, before anybody looks for it."""
    for each in value if isinstance(value, list) else [value]:
        text = str(each) if isinstance(each, str | Path) else ""
        if not is_writable(text):
            fail(NOT_WRITABLE, BAD_INPUT)
        if isinstance(each, int) and abs(each) > _LARGEST_NUMBER:
            fail("That number is too large; nothing here has one like it.", BAD_INPUT)


def show(facts: Any, *, as_json: bool, words: str | Text | Table | Group) -> None:  # noqa: ANN401 - JSON
    """Print facts as JSON, or as words or tables."""
    if as_json:
        sys.stdout.write(json.dumps(facts, ensure_ascii=False, indent=2, default=str) + "\n")
    else:
        # Made for each print, so that it is as wide as the terminal is now.
        console = Console(highlight=False, soft_wrap=True)
        console.print(words, markup=False) if isinstance(words, str) else console.print(words)


_SAYS_ITS_ZONE = re.compile(r"^\d{4}-.*\d:\d\d.*([Zz]|[+-]\d\d:\d\d)$")
"""Without its zone a moment typed in Phnom Penh would be taken for one seven hours later."""


def moment(text: str | None) -> pendulum.DateTime:
    """Return the moment a text in RFC 3339 means, now where none is given, or leave."""
    if text is None:
        return now()
    try:
        parsed = pendulum.parse(text) if _SAYS_ITS_ZONE.search(text) else None
    except ValueError:
        parsed = None
    if not isinstance(parsed, pendulum.DateTime):
        fail(f"{text!r} is not a moment; write it like 2026-11-22T09:30:00+07:00.", BAD_INPUT)
    return parsed.in_timezone("UTC")


def table(*headings: str) -> Table:
    """Return an empty table."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        made.add_column(heading, overflow="fold")
    return made


def on_duty(duty: Duty) -> Officer:
    """Return the officer signed in at this command line whose duty this is, or leave."""
    officer = signed_in()
    if officer.police and duty in NOT_FOR_POLICE:
        fail(f"To {duty} is for officers outside the police; ask one of them.", REFUSED)
    if not officer.may(duty):
        roles = ", ".join(sorted(role.value for role in DUTIES[duty]))
        fail(f"To {duty} takes one of the roles {roles}; officer {officer.number} holds none of them.", REFUSED)
    return officer


def signed_in() -> Officer:
    """Return the officer signed in at this command line, or leave."""
    file = Location().cli_session_file
    officer = officers.signed_in(file.read_text().strip(), door=DOOR) if file.exists() else None
    if officer is None:
        fail("Nobody is signed in; sign in with `homeward login --officer O-01 --code CODE`.", REFUSED)
    return officer
