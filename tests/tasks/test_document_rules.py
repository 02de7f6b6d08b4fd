"""The ministry's own table of accepted documents: loaded whole or not at all, the newest line counts, and each ends."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from models.document_rule import RuleAnswer, together, weighed
from models.instrument import Instrument
from models.officer import Officer, Role
from models.travel_document import Acceptance
from tasks import case_file, document_rules, officers
from tests.conftest import Server

HEAD = ",".join(document_rules.COLUMNS)
LINE = "travel_certificate,KOR,VNM,airside_transit,ok,,MOFA table,2025-02-01,O-03,2099-12-31"
ON = date(2026, 12, 1)


@pytest.fixture
def coordinator(case_database: Server) -> Officer:
    del case_database
    return officers.add(name="C", agency="MOFA", roles=[Role.coordinator], by="test").officer


def table(folder: Path, *lines: str, head: str = HEAD) -> Path:
    file = folder / "rules.csv"
    file.write_text("\n".join([head, *lines]) + "\n")
    return file


def answer_for(checked: str, on: date = ON) -> str:
    said = Acceptance(
        country="VNM", verb="airside_transit", answer=checked, condition=None, source="check", source_date="2026-11-01"
    )
    with case_file.transaction() as session:
        return weighed([said], document_rules.standing(session, Instrument.travel_certificate), on=on)[0].answer


def test_a_loaded_line_answers_where_the_check_does_not_know_until_it_ends(
    coordinator: Officer, tmp_path: Path
) -> None:
    assert answer_for("unknown") == "unknown"

    assert document_rules.load(table(tmp_path, LINE.replace("2099-12-31", "2026-12-01")), officer=coordinator) == 1

    assert answer_for("unknown") == "ok"
    assert answer_for("unknown", ON + timedelta(days=1)) == "unknown"
    assert answer_for("not_ok") == "not_ok"


def test_the_newest_line_counts(coordinator: Officer, tmp_path: Path) -> None:
    document_rules.load(table(tmp_path, LINE), officer=coordinator)
    document_rules.load(table(tmp_path, LINE, LINE.replace(",ok,", ",not_ok,")), officer=coordinator)

    assert answer_for("ok") == "not_ok"


@pytest.mark.parametrize(
    ("checked", "ours", "counts"),
    [
        ("ok", None, "ok"),
        ("ok", RuleAnswer.ok, "ok"),
        ("ok", RuleAnswer.conditional, "conditional"),
        ("conditional", RuleAnswer.ok, "conditional"),
        ("ok", RuleAnswer.not_ok, "not_ok"),
        ("ok", RuleAnswer.unknown, "unknown"),
        ("unknown", RuleAnswer.unknown, "unknown"),
        ("unknown", RuleAnswer.conditional, "conditional"),
        ("unknown", None, "unknown"),
        ("not_ok", RuleAnswer.ok, "not_ok"),
        ("not_ok", RuleAnswer.unknown, "not_ok"),
    ],
)
def test_a_no_or_a_doubt_of_either_counts(checked: str, ours: RuleAnswer | None, counts: str) -> None:
    assert together(checked, ours) == counts


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("travel_certificate", "passport"), ("KOR", "USA"), ("VNM", "Vietnam"), ("airside_transit", "transit"),
        (",ok,,", ",yes,,"), (",ok,,", ",conditional,,"), ("2025-02-01", "2999-01-01"), ("2099-12-31", "soon"),
        ("MOFA table", ""), ("MOFA table", "x" * 501), ("MOFA table", "a\x01b"),
    ],
)  # fmt: skip
def test_one_wrong_line_loads_nothing_and_is_named(coordinator: Officer, tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(ValueError, match=r"rules\.csv, line 3: "):
        document_rules.load(table(tmp_path, LINE, LINE.replace(old, new, 1)), officer=coordinator)

    assert answer_for("unknown") == "unknown"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x80", "The table cannot be read; give a CSV file in UTF-8."),
        (f"{HEAD}\n{'x' * 200_000}".encode(), "The table cannot be read; give a CSV file in UTF-8."),
        (b"x" * (document_rules.LARGEST_FILE + 1), "The table is larger than 5 MB; save it smaller."),
        (b"", f"The table lacks the columns {', '.join(document_rules.COLUMNS)}."),
        (HEAD.encode(), f"The table has no line of rules; its columns are {', '.join(document_rules.COLUMNS)}."),
    ],
    ids=["bytes", "an endless cell", "large", "empty", "a head alone"],
)
def test_what_is_no_table_is_refused_in_one_sentence(coordinator: Officer, content: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        document_rules.take_up(content, name="The table", officer=coordinator)


def test_the_lines_that_count_are_the_newest_that_have_not_ended(coordinator: Officer, tmp_path: Path) -> None:
    ended = LINE.replace("2099-12-31", "2026-11-30").replace(",ok,", ",not_ok,")
    other = LINE.replace("airside", "landside")
    document_rules.load(table(tmp_path, LINE.replace(",ok,", ",unknown,"), other), officer=coordinator)
    document_rules.load(table(tmp_path, LINE, ended), officer=coordinator)

    found = document_rules.in_force(coordinator, on=ON)

    assert [(each.verb.value, each.answer.value) for each in found] == [
        ("airside_transit", "ok"), ("landside_transit", "ok"),
    ]  # fmt: skip
    assert document_rules.in_force(coordinator, on=date(2026, 11, 30))[0].answer is RuleAnswer.not_ok
    abroad = officers.add(name="B", agency="x", roles=[Role.border_partner], by="test").officer
    with pytest.raises(case_file.Refused):
        document_rules.in_force(abroad, on=ON)


def test_a_file_without_its_columns_and_a_stranger_are_refused(coordinator: Officer, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="lacks the columns"):
        document_rules.load(table(tmp_path, LINE, head=HEAD.replace("checked_by", "who")), officer=coordinator)
    stranger = officers.add(name="T", agency="MOFA", roles=[Role.travel_officer], by="test").officer
    with pytest.raises(case_file.Refused):
        document_rules.load(table(tmp_path, LINE), officer=stranger)


@pytest.mark.parametrize("endless", [Path("/dev/zero"), Path("/dev")], ids=["device", "folder"])
def test_a_table_is_an_ordinary_file(coordinator: Officer, endless: Path) -> None:
    with pytest.raises(ValueError, match="no ordinary file; give a CSV file in UTF-8"):
        document_rules.load(endless, officer=coordinator)
