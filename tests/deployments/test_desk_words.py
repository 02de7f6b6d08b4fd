"""What stops a case, refuses a form or leaves out a cell, as each page says it: no English word, and no command."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.desk import language
from models.person import Language
from tasks.settings import REPOSITORY
from tests.deployments.test_desk_tells import TRANSLATED, sentences

_ENGLISH = re.compile(r"(?<![A-Za-z_:=])[a-z]{3,}(?![A-Za-z_:=])")
"""A word of English, whatever letters of another script stand beside it."""

_KEPT = {"consul", "csv", "xlsx", "khm", "name", "latin", "hangul", "found", "at"} | {
    "victim", "suspect", "witness", "minor", "patient", "missing", "deceased", "unknown", "medical", "wheelchair",
    "escort", "interpreter", "none",
}  # fmt: skip
"""What must be typed letter by letter: the words of a list's cells and columns."""

STOPS: dict[str, int | str] = {
    "NeedsPerson": 1,
    "open_trouble": "words",
    "note_trouble": "words",
    "ask_quietly": "words",
    "ask_about_seats_anew": "words",
    "_ask_for_help": "words",
    "_turn_down": "words",
}
"""The calls that stop a case before a coordinator, and where their sentence stands."""

REFUSES: dict[str, int | str] = {
    "Refused": 0,
    "AnswerRefused": 0,
    "NotProved": 0,
    "BirthDateUnreadable": 0,
    "ListUnreadable": 0,
    "_Unusable": 0,
    "fault": 1,
    "NoPortrait": 0,
}
"""The calls that refuse what was asked or typed."""

AT_THE_DESK = (
    "models/birth_date.py", "models/judgement.py", "tasks/case_file/people.py", "tasks/case_file/runs.py",
    "tasks/decisions", "tasks/exports.py", "tasks/intake", "tasks/merging.py", "tasks/papers/portrait.py",
    "tasks/overview.py", "tasks/contacts.py", "tasks/representation.py", "tasks/screening.py", "tasks/mandates.py",
    "deployments/desk",
)  # fmt: skip
"""Whose refusals the pages pass on; the others are heard at the command line alone."""

NOT_AT_THE_DESK = {
    "tasks/decisions/cancelling.py", "tasks/decisions/ruling.py", "tasks/intake/looking_up.py",
}  # fmt: skip


def modules(*places: str) -> Iterator[tuple[str, ast.Module]]:
    for place in places:
        here = REPOSITORY / place
        for file in sorted(here.rglob("*.py")) if here.is_dir() else [here]:
            name = file.relative_to(REPOSITORY).as_posix()
            if name not in NOT_AT_THE_DESK:
                yield name, ast.parse(Path(file).read_text())


def made_by(calls: dict[str, int | str], *places: str) -> list[tuple[str, str]]:
    """Return every sentence these calls are given, with the module: written there, or under a name there."""
    found = []
    for place, tree in modules(*places):
        named = {
            node.targets[0].id: node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call) or (where := calls.get(ast.unparse(call.func).split(".")[-1])) is None:
                continue
            given = {each.arg: each.value for each in call.keywords}
            made = given.get(where) if isinstance(where, str) else next(iter(call.args[where : where + 1]), None)
            made = named.get(made.id, made) if isinstance(made, ast.Name) else made
            found += [(place, said) for said in sentences(made) if " " in said] if made is not None else []
    return found


def left_in_english(said: str) -> list[str]:
    return [word for word in _ENGLISH.findall(said) if word not in _KEPT]


@pytest.mark.parametrize("spoken", TRANSLATED)
def test_what_stops_a_case_is_said_in_the_officers_language(spoken: Language) -> None:
    say, found = language.teller(spoken), made_by(STOPS, "tasks", "flows")
    assert len(found) > 45

    assert [each for each in found if left_in_english(say(each[1]))] == []


@pytest.mark.parametrize("spoken", TRANSLATED)
def test_what_a_page_refuses_is_said_in_the_officers_language(spoken: Language) -> None:
    say, found = language.teller(spoken), made_by(REFUSES, *AT_THE_DESK)
    assert len(found) > 90

    assert [each for each in found if left_in_english(say(each[1]))] == []


@pytest.mark.parametrize("spoken", Language)
def test_no_sentence_at_the_desk_names_a_command_or_its_option(spoken: Language) -> None:
    say = language.teller(spoken)
    found = made_by(STOPS, "tasks", "flows") + made_by(REFUSES, *AT_THE_DESK)

    assert [each for each in found if re.search(r"homeward |(^|\s)--[a-z]|HOMEWARD_", say(each[1]))] == []


@pytest.mark.parametrize("spoken", Language)
def test_a_translation_fills_every_blank_and_no_other(spoken: Language) -> None:
    blanks = re.compile(r"\{(\w+)\}")

    for (_, english), said in language.catalogue(spoken).items():
        assert set(blanks.findall(said)) <= set(blanks.findall(english)), english


@pytest.mark.parametrize("spoken", TRANSLATED)
def test_what_an_officer_wrote_is_left_as_it_is(spoken: Language) -> None:
    for written in (
        "she answered no",
        "He said: beaten, sold; moved to Poipet (twice).",
        "Immigration detention centre",
        "blanket; food, water",
    ):
        assert language.teller(spoken)(written) == written
