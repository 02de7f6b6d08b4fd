"""Our own table of where documents are accepted: loaded from a file, whole or not at all."""

import csv
import io
from datetime import date
from pathlib import Path
from typing import TypeVar

from sqlmodel import Session, col, select

from models.document_rule import DocumentRule, RuleAnswer, Verb
from models.instrument import Instrument
from models.itinerary import ALPHA_3
from models.officer import Duty, Officer
from tasks import case_file, files
from tasks.clock import now

COLUMNS = (
    "doc_class", "issuing_state", "country", "verb", "answer", "condition", "source", "source_date", "checked_by",
    "valid_until",
)  # fmt: skip

W = TypeVar("W", Instrument, Verb, RuleAnswer)

LARGEST_FILE = 5 * 2**20
_COUNTRIES = frozenset(ALPHA_3.values())


def load(file: Path, *, officer: Officer) -> int:
    """
    Load a table of rules and return how many lines it has; newer lines count before older ones.

    Raises:
        case_file.Refused: not this officer's duty.
        ValueError: the file, or one line of it, cannot be used; nothing of it is loaded.
    """
    if not officer.may(Duty.run_the_case):
        raise case_file.Refused(f"Rules are loaded by coordinators; officer {officer.number} is none.")
    at = now()
    rules = []
    for number, cells in enumerate(_rows(file), start=1):
        try:
            rules.append(_rule(cells, number, officer, at.date()))
        except (ValueError, KeyError) as wrong:
            raise ValueError(f"{file.name}, line {number + 1}: {wrong}") from None
    if not rules:
        raise ValueError(f"{file.name} has no line of rules; its columns are {', '.join(COLUMNS)}.")
    with case_file.transaction() as session:
        session.add_all(rules)
        ids = {"lines": str(len(rules)), "file": file.name[:80]}
        case_file.note(session, "document_rules.loaded", actor=officer.number, ids=ids)
    return len(rules)


def _rows(file: Path) -> list[dict[str, str]]:
    try:
        text = files.read(file, most=LARGEST_FILE, give="a CSV file in UTF-8").decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{file} cannot be read; give a CSV file in UTF-8.") from None
    reader = csv.DictReader(io.StringIO(text))
    if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
        raise ValueError(f"{file.name} lacks the columns {', '.join(missing)}.")
    return [{name: (row[name] or "").strip() for name in COLUMNS} for row in reader]


def _rule(cells: dict[str, str], line: int, officer: Officer, today: date) -> DocumentRule:
    if cells["issuing_state"] != "KOR":
        raise ValueError("issuing_state is KOR; other states' documents are not ours to issue.")
    if cells["country"] not in _COUNTRIES:
        raise ValueError(f"country is one of {', '.join(sorted(_COUNTRIES))}.")
    if not cells["source"] or not cells["checked_by"]:
        raise ValueError("source and checked_by say where the rule stands and who read it.")
    rule = DocumentRule(
        instrument=_word(Instrument, "doc_class", cells),
        country=cells["country"],
        verb=_word(Verb, "verb", cells),
        answer=_word(RuleAnswer, "answer", cells),
        condition=cells["condition"] or None,
        source=cells["source"],
        source_date=_day("source_date", cells),
        checked_by=cells["checked_by"],
        valid_until=_day("valid_until", cells),
        line=line,
        loaded_at=now(),
        loaded_by=officer.number,
    )
    if rule.source_date > today:
        raise ValueError("source_date lies in the future.")
    if (rule.answer is RuleAnswer.conditional) != (rule.condition is not None):
        raise ValueError("a conditional answer, and no other, says its condition.")
    return rule


def _word(words: type[W], name: str, cells: dict[str, str]) -> W:
    try:
        return words(cells[name])
    except ValueError:
        raise ValueError(f"{name} is one of {', '.join(each.value for each in words)}.") from None


def _day(name: str, cells: dict[str, str]) -> date:
    try:
        return date.fromisoformat(cells[name])
    except ValueError:
        raise ValueError(f"{name} is a day like 2026-12-01.") from None


def standing(session: Session, instrument: Instrument) -> list[DocumentRule]:
    """Return every line for an instrument, the oldest first; which of them count depends on the day of travel."""
    return list(
        session.exec(
            select(DocumentRule)
            .where(DocumentRule.instrument == instrument)
            .order_by(col(DocumentRule.loaded_at), col(DocumentRule.line))
        )
    )
