"""What stops a case, refuses a form or leaves out a cell, as each page says it: no English word, and no command."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.desk import language
from models.person import Language
from tasks.settings import REPOSITORY
from tests.deployments.test_desk_tells import FILLED, TRANSLATED, sentences

_ENGLISH = re.compile(r"(?<![A-Za-z_:=])[a-z]{3,}(?![A-Za-z_:=])")
"""A word of English, whatever letters of another script stand beside it."""

_KEPT = {"consul", "csv", "xlsx", "khm", "name", "latin", "hangul", "found", "at"} | {
    "victim", "suspect", "witness", "minor", "patient", "missing", "deceased", "unknown", "medical", "wheelchair",
    "escort", "interpreter", "none", "incheon", "airport", "desk", "country", "source",
}  # fmt: skip
"""What must be typed letter by letter: the words of a list's cells and columns, and a receiver's short name."""

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

CANNOT_BE: dict[str, int | str] = {"ValueError": 0, "Unreadable": 0}
"""The calls that refuse what was typed of seats booked by telephone, and files."""

OF_SEATS_AND_FILES = (
    "models/money.py", "tasks/airports.py", "tasks/by_hand.py", "tasks/papers/seal/reading.py", "tasks/proofs.py",
    "tasks/typed_flights.py", "deployments/desk/by_telephone.py", "deployments/desk/stock.py",
    "tasks/document_rules.py",
)  # fmt: skip

AT_THE_DESK = (
    "models/birth_date.py", "models/judgement.py", "tasks/case_file/people.py", "tasks/case_file/runs.py",
    "tasks/decisions", "tasks/exports.py", "tasks/intake", "tasks/merging.py", "tasks/papers/portrait.py",
    "tasks/overview.py", "tasks/stock.py", "tasks/losses.py", "tasks/delivery.py",
    "tasks/by_hand.py", "tasks/escorts.py", "deployments/desk",
    "tasks/contacts.py", "tasks/representation.py", "tasks/screening.py", "tasks/mandates.py",
    "tasks/countersigning.py", "tasks/alarms.py",
    "tasks/corrections.py", "tasks/assurance.py", "tasks/care.py",
    "tasks/categories.py", "tasks/disruption.py", "tasks/hits.py", "tasks/host_clearance.py", "tasks/referrals.py",
    "tasks/triage.py", "tasks/validity.py", "tasks/exits.py", "tasks/manifests.py",
    "tasks/document_rules.py",
    "tasks/officers.py", "tasks/identities.py", "tasks/erasure.py", "tasks/messages/addresses.py",
)  # fmt: skip
"""Whose refusals the pages pass on; the others are heard at the command line alone."""

NOT_AT_THE_DESK = {
    "tasks/decisions/ruling.py", "tasks/intake/looking_up.py",
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


def as_a_sentence(said: str) -> str:
    """As a page says it, with a capital and a full stop."""
    return f"{said[:1].upper()}{said[1:].rstrip('.')}."


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
    found += [(place, as_a_sentence(said)) for place, said in made_by(CANNOT_BE, *OF_SEATS_AND_FILES)]
    assert len(found) > 150

    assert [each for each in found if left_in_english(say(each[1]))] == []


@pytest.mark.parametrize("spoken", Language)
def test_why_a_category_is_not_changed_is_said_in_the_officers_language(spoken: Language) -> None:
    returned = [each.value for each in ast.walk(ast.parse((REPOSITORY / "models/category.py").read_text()))
                if isinstance(each, ast.Return) and each.value is not None]  # fmt: skip
    found = [said for made in returned for said in sentences(made) if said.endswith(".")]
    # Which of two words fills its first blank, the sentence says itself.
    found = [each.replace(f"person {FILLED}", "person is not") for each in found]
    assert len(found) > 8

    told = [language.teller(spoken)(each) for each in found]
    assert [each for each in told if spoken in TRANSLATED and left_in_english(each)] == []
    assert [each for each in told if "homeward" in each] == []


@pytest.mark.parametrize("spoken", Language)
def test_no_sentence_at_the_desk_names_a_command_or_its_option(spoken: Language) -> None:
    say = language.teller(spoken)
    found = made_by(STOPS, "tasks", "flows") + made_by(REFUSES, *AT_THE_DESK)
    found += made_by(CANNOT_BE, *OF_SEATS_AND_FILES)

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
