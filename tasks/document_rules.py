"""Our own table of where documents are accepted: loaded from a file, whole or not at all."""

import csv
import hashlib
import io
from datetime import date
from pathlib import Path
from typing import TypeVar

from sqlmodel import Session, col, select

from models.document_rule import DocumentRule, RuleAnswer, Verb
from models.instrument import Instrument
from models.itinerary import ALPHA_3
from models.officer import Duty, Officer
from models.text import NOT_WRITABLE, is_writable
from tasks import case_file, files
from tasks.clock import now

COLUMNS = (
    "doc_class", "issuing_state", "country", "verb", "answer", "condition", "source", "source_date", "checked_by",
    "valid_until",
)  # fmt: skip

W = TypeVar("W", Instrument, Verb, RuleAnswer)

LARGEST_FILE = 5 * 2**20
LONGEST_CELL = 500
"""Letters of a condition or a source, which stand on one line where rules are shown."""
_COUNTRIES = frozenset(ALPHA_3.values())


def load(file: Path, *, officer: Officer) -> int:
    """
    Load a table of rules from a file, as `take_up`.

    Raises:
        case_file.Refused: not this officer's duty.
        ValueError: the file, or one line of it, cannot be used; nothing of it is loaded.
    """
    return take_up(files.read(file, most=LARGEST_FILE, give="a CSV file in UTF-8"), name=file.name, officer=officer)


def take_up(content: bytes, *, name: str, officer: Officer) -> int:
    """
    Load a table of rules and return how many lines it has; newer lines count before older ones.

    `name` is what sentences call it.

    Raises:
        case_file.Refused: not this officer's duty.
        ValueError: the table, or one line of it, cannot be used; nothing of it is loaded.
    """
    if not officer.may(Duty.run_the_case):
        raise case_file.Refused(f"Rules are loaded by coordinators; officer {officer.number} is none.")
    at = now()
    rules = []
    for number, cells in enumerate(_rows(content, name), start=1):
        try:
            rules.append(_rule(cells, number, officer, at.date()))
        except ValueError as wrong:
            raise ValueError(f"{name}, line {number + 1}: {wrong}") from None
    if not rules:
        raise ValueError(f"{name} has no line of rules; its columns are {', '.join(COLUMNS)}.")
    with case_file.transaction() as session:
        session.add_all(rules)
        ids = {"lines": str(len(rules)), "file": name[:80], "sha256": hashlib.sha256(content).hexdigest()}
        case_file.note(session, "document_rules.loaded", actor=officer.number, ids=ids)
    return len(rules)


def _rows(content: bytes, name: str) -> list[dict[str, str]]:
    if len(content) > LARGEST_FILE:
        raise ValueError(f"{name} is larger than {LARGEST_FILE // 2**20} MB; save it smaller.")
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
        if missing := [column for column in COLUMNS if column not in (reader.fieldnames or ())]:
            raise ValueError(f"{name} lacks the columns {', '.join(missing)}.")
        return [{column: (row[column] or "").strip() for column in COLUMNS} for row in reader]
    except (UnicodeDecodeError, csv.Error):
        raise ValueError(f"{name} cannot be read; give a CSV file in UTF-8.") from None


def _rule(cells: dict[str, str], line: int, officer: Officer, today: date) -> DocumentRule:
    if not all(is_writable(cell) for cell in cells.values()):
        raise ValueError(NOT_WRITABLE)
    if any(len(cell) > LONGEST_CELL for cell in cells.values()):
        raise ValueError(f"A cell is longer than {LONGEST_CELL} letters; write it shorter.")
    if cells["issuing_state"] != "KOR":
        raise ValueError("The column issuing_state holds KOR; other states' documents are not ours to issue.")
    if cells["country"] not in _COUNTRIES:
        raise ValueError(f"The column country holds one of {', '.join(sorted(_COUNTRIES))}.")
    if not cells["source"] or not cells["checked_by"]:
        raise ValueError("The columns source and checked_by say where the rule stands and who read it.")
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
        raise ValueError("The day in source_date lies in the future.")
    if (rule.answer is RuleAnswer.conditional) != (rule.condition is not None):
        raise ValueError("A conditional answer, and no other, says its condition.")
    return rule


def _word(words: type[W], column: str, cells: dict[str, str]) -> W:
    try:
        return words(cells[column])
    except ValueError:
        # In quotes, because they are to be typed letter by letter, whatever language the sentence is said in.
        known = ", ".join(f"'{each.value}'" for each in words)
        raise ValueError(f"The column {column} holds one of {known}.") from None


def _day(column: str, cells: dict[str, str]) -> date:
    try:
        return date.fromisoformat(cells[column])
    except ValueError:
        raise ValueError(f"The column {column} holds a day like 2026-12-01.") from None


def in_force(reader: Officer, *, on: date) -> list[DocumentRule]:
    """
    Return the lines that count on a day: of each instrument, country and verb the newest that has not ended.

    Raises:
        case_file.Refused: the reader's duty needs no case.
    """
    case_file.refuse_without(Duty.look_at_cases, reader)
    key = col(DocumentRule.country), col(DocumentRule.instrument), col(DocumentRule.verb)
    with case_file.transaction() as session:
        return list(
            session.exec(
                select(DocumentRule)
                .where(col(DocumentRule.valid_until) >= on)
                .distinct(*key)
                .order_by(*key, col(DocumentRule.loaded_at).desc(), col(DocumentRule.line).desc())
            )
        )


def standing(session: Session, instrument: Instrument) -> list[DocumentRule]:
    """Return every line for an instrument, the oldest first; which of them count depends on the day of travel."""
    return list(
        session.exec(
            select(DocumentRule)
            .where(DocumentRule.instrument == instrument)
            .order_by(col(DocumentRule.loaded_at), col(DocumentRule.line))
        )
    )
