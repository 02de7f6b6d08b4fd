"""What a case's file is told in English, as a Korean or Khmer page says it: each sentence the project can write."""

import ast
import re
from collections.abc import Iterator

import pendulum
import pytest

from deployments.desk import language
from models import silence
from models.case import Step
from models.disruption import WORDS
from models.officer import Duty, Role
from models.person import Category, HostStatus, Language, Wish
from models.triage import Deadline, Pressure, Situation, triage
from tasks.settings import REPOSITORY
from tasks.takeover import _TOLD

TRANSLATED = (Language.korean, Language.khmer)
AT = pendulum.datetime(2026, 12, 5, 5, 20)
FILLED = "KR-007"
"""Stands in every blank: no language writes an officer's number otherwise."""

ELSEWHERE = {
    ("tasks/decisions/gate.py", "words"), ("tasks/intake/adding.py", "said"),
    ("tasks/reminders.py", "_words(asking, rung)"), ("tasks/disruption.py", "WORDS[kind]"),
    ("tasks/takeover.py", "_TOLD[finding]"), ("tasks/countersigning.py", "words"),
    ("tasks/merging.py", "f'{drop.reference} was {words} {keep.reference} by {officer}.'"),
}  # fmt: skip
"""Told from another place than the call: what a person must do, which is no closed list, or a sentence below."""


def sentences(made: ast.expr) -> Iterator[str]:
    """Yield what an expression can say, with its blanks filled."""
    if isinstance(made, ast.Constant):
        yield str(made.value)
    elif isinstance(made, ast.IfExp):
        yield from [*sentences(made.body), *sentences(made.orelse)]
    elif isinstance(made, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else _blank(part) for part in made.values)


def _blank(part: ast.expr) -> str:
    # The plural of English alone: 's' * (days != 1).
    return "s" if "'s' *" in ast.unparse(part) else FILLED


def told() -> list[tuple[str, str]]:
    """Return each sentence the tasks can tell a file, with the place that tells it."""
    found = []
    for file in sorted((REPOSITORY / "tasks").rglob("*.py")):
        place = file.relative_to(REPOSITORY).as_posix()
        functions = [each for each in ast.walk(ast.parse(file.read_text())) if isinstance(each, ast.FunctionDef)]
        for function in functions:
            named = {
                node.targets[0].id: node.value
                for node in ast.walk(function)
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
            }
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and ast.unparse(call.func) in {"case_file.tell", "tell", "audit.tell"}:
                    made = call.args[-1]
                    if (place, ast.unparse(made)) in ELSEWHERE or len(call.args) != 3:
                        continue
                    made = named.get(made.id, made) if isinstance(made, ast.Name) else made
                    said = list(sentences(made))
                    assert said, f"{place}: {ast.unparse(made)}"
                    found += [(place, each) for each in said]
    return found


def is_translated(sentence: str, spoken: Language) -> bool:
    """Return whether a page says it without an English word; numbers, codes and references stay."""
    said = language.teller(spoken)(sentence)
    return said != sentence and not re.search(r"\b[a-z]{2,}\b", said)


@pytest.mark.parametrize("spoken", TRANSLATED)
def test_every_sentence_a_file_is_told_is_said_in_the_officers_language(spoken: Language) -> None:
    found = told()
    assert len(found) > 60

    assert [each for each in found if not is_translated(each[1], spoken)] == []


@pytest.mark.parametrize("spoken", TRANSLATED)
def test_why_a_paper_is_not_made_is_said_in_the_officers_language_and_names_no_command(spoken: Language) -> None:
    made = ast.walk(ast.parse((REPOSITORY / "tasks/paperwork/pack.py").read_text()))
    raised = [each for each in made if isinstance(each, ast.Call) and ast.unparse(each.func) == "NotMade"]
    found = [said for call in raised for said in sentences(call.args[0])]
    assert len(found) > 5

    assert [each for each in found if not is_translated(each, spoken) or "homeward" in each] == []


@pytest.mark.parametrize("spoken", TRANSLATED)
def test_every_reason_of_urgency_is_said_in_the_officers_language(spoken: Language) -> None:
    names = ("the hold of the seats", "the travel document", "the warrant's clock", "the time the danger leaves")
    ends = tuple(Deadline(name=name, at=AT.add(hours=hours)) for name in names for hours in (-3, 5))
    worst = Situation(
        host_status=HostStatus.detained, detained_since=AT.subtract(days=3), contact_due_at=AT.subtract(hours=4),
        categories=frozenset({Category.minor}), is_unfit=True, pressures=frozenset(Pressure), deadlines=ends,
    )  # fmt: skip
    one_day = Situation(
        host_status=HostStatus.detained, detained_since=AT.subtract(days=1), contact_due_at=AT,
        categories=frozenset({Category.patient}),
    )  # fmt: skip
    unknown = Situation(contact_due_at=AT.add(hours=1))

    for situation in (worst, one_day, unknown):
        for duties in (frozenset(Duty), frozenset({Duty.look_at_cases})):
            for words in triage(situation, at=AT).words_for(duties):
                assert is_translated(words, spoken), words
    assert is_translated(silence.words(AT.add(hours=1), at=AT), spoken)
    assert is_translated(silence.words(AT, at=AT), spoken)
    assert is_translated(silence.words(AT.subtract(hours=9), at=AT), spoken)


@pytest.mark.parametrize("spoken", TRANSLATED)
def test_words_of_ours_inside_a_sentence_are_said_in_the_language_too(spoken: Language) -> None:
    for sentence in (
        "KR-001 (coordinator) decided verification: approve, in_order.",
        "KR-001 (coordinator, alone in an emergency) decided travel_document.release: approve, urgent.",
        *(f"Waits for the {role.value}: {step.value}." for role in Role for step in Step),
        "Went back from booked to verified: a stage no longer held.",
        "Overdue: funding waits for the funding-officer; told again: funding-officer and coordinator.",
        "Still undecided: travel_document.release; escalated to coordinator. Nothing is decided by waiting.",
        "KR-001 (coordinator) confirmed what KR-002 decided alone: in_order.",
        "KR-001 (coordinator) objects to what KR-002 decided alone: in_order.",
        "KHM-2026-0001 was merged into KHM-2026-0002 by KR-001.",
        "KHM-2026-0001 was separated from KHM-2026-0002 by KR-001.",
        "Taken from line 3 of a list (SHA-256 0123456789ab…).",
        "KR-001 checked the identity: known facts.",
        "The host country's word on the exit permit was recorded by KR-001.",
        *(f"The person's declaration was recorded: {wish.value}." for wish in Wish),
        *WORDS.values(),
        *_TOLD.values(),
    ):
        assert is_translated(sentence, spoken), language.teller(spoken)(sentence)


def test_a_sentence_nobody_has_translated_stays_as_it_is() -> None:
    for sentence in ("Look for {the} page.", "", "x" * 100_000, "C:\\ %s {0} {officer.number}"):
        assert language.teller(Language.korean)(sentence) == sentence


def test_what_fills_a_blank_is_never_read_as_one() -> None:
    said = language.teller(Language.korean)("Case opened by {officer.__class__}.")

    assert said == "사건을 등록함: {officer.__class__}."
