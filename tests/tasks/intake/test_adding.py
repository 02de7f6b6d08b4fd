"""Each row becomes one case, once, whatever happens in between; and every case says where it came from."""

import hashlib
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func
from sqlmodel import select
from typer.testing import CliRunner, Result

from deployments.cli import intake as intake_command
from deployments.cli.main import app
from models.audit import AuditEvent
from models.case import RepatriationCase, TimelineEntry
from models.category import Age
from models.duplicate import Pair, Sign
from models.funding import Payer, PrivatePayment
from models.intake import IntakeList, IntakeRow, Meaning
from models.person import Category, Person, Whereabouts
from tasks import case_file, categories, clock, duplicates, vault
from tasks.case_file import people
from tasks.clock import now
from tasks.intake import Outcome, adding, read_list, remembered
from tests.sandbox.harness import VECTORS
from tests.tasks.intake.conftest import Take
from tests.tasks.intake.lists import HEADER, text_of

FOUND = VECTORS / "operation" / "found.csv"
KIM, PAK = ("1", "KIM MINSU", "Poipet", "1999", "M11111111"), ("2", "PAK JIN", "Bavet", "", "")


def cases() -> int:
    with case_file.transaction() as session:
        return session.exec(select(func.count()).select_from(RepatriationCase)).one()


def outcomes(intake: adding.Intake) -> list[str]:
    return [row.outcome.value for row in intake.rows]


def homeward(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def test_the_list_of_the_operation_becomes_72_cases_and_read_again_none(take: Take) -> None:
    first, again = take(FOUND), take(FOUND)

    assert outcomes(first) == ["added"] * 72
    assert outcomes(again) == ["known"] * 72
    assert again.references == first.references
    assert cases() == 72
    assert [(flaw.line, flaw.column) for flaw in first.flaws] == [(65, "needs"), (71, "needs"), (72, "needs")]


def test_who_was_born_today_is_taken_in_while_it_is_yesterday_in_utc(
    take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = now().replace(hour=20)
    for module in (adding, people, clock):
        monkeypatch.setattr(module, "now", lambda: night)
    born = night.in_timezone("Asia/Phnom_Penh").date().isoformat()

    taken = take([("1", "KIM MINSU", "Poipet", born, ""), PAK])

    assert (outcomes(taken), taken.flaws) == (["added", "added"], [])
    with case_file.transaction() as session:
        case = case_file.load(session, str(taken.rows[0].reference))
        assert case_file.categories(session, case.person_id) == [Category.minor]
        assert categories.age(session, case) is Age.child


def test_a_case_says_where_it_came_from_and_keeps_the_row_sealed(take: Take) -> None:
    reference = take(FOUND).rows[5].reference

    with case_file.transaction() as session:
        row = session.exec(select(IntakeRow).where(IntakeRow.reference == reference)).one()
        list_ = session.get_one(IntakeList, row.list_id)
        case = session.get_one(RepatriationCase, reference)
        where = session.exec(select(Whereabouts).where(Whereabouts.person_id == case.person_id)).one()
        paid = session.exec(select(PrivatePayment).where(PrivatePayment.reference == reference)).one()
        held = case_file.categories(session, case.person_id)
        assert row.row_sealed is not None
        place = vault.open_text(session, case.person_id, "place", where.place_sealed)
        written = json.loads(vault.open_(session, case.person_id, "intake_row", row.row_sealed))
        said = [
            entry.words for entry in session.exec(select(TimelineEntry).where(TimelineEntry.reference == reference))
        ]
    assert (list_.file_name, list_.sha256) == ("found.csv", hashlib.sha256(FOUND.read_bytes()).hexdigest())
    assert (row.line, written["ref"], written["name_hangul"]) == (7, "F0006", "백민희")
    assert case.operation == "op-1"
    # Midnight in Cambodia.
    assert where.since.to_iso8601_string() == "2025-10-02T17:00:00Z"
    assert (place, where.host_status) == ("Poipet", "detained")
    assert held == [Category.presumed_victim]
    assert (paid.payer, paid.amount_minor, paid.currency, paid.paid_at) == (Payer.diplomat, 41200, "USD", None)
    assert any(words.startswith("Taken from line 7 of a list") for words in said)


def test_no_word_of_a_row_stands_in_the_audit_trail_the_timeline_or_in_clear_beside_it(take: Take) -> None:
    take([("1", "", "Qwertyplace", "1999", "M77777777"), ("7", "ZYXWVU MINSU", "Poipet", "31.31.1999", "M?1?")])

    with case_file.transaction() as session:
        everything = [*session.exec(select(AuditEvent)), *session.exec(select(TimelineEntry)),
                      *session.exec(select(IntakeRow)), *session.exec(select(IntakeList))]  # fmt: skip
        flaws = session.exec(select(IntakeRow.flaws).where(IntakeRow.line == 3)).one()
    text = " ".join(str(row.model_dump()) for row in everything)
    assert flaws == ["born_on", "passport_number"]
    for word in ("Qwertyplace", "M77777777", "ZYXWVU", "31.31", "M?1?"):
        assert word not in text


def test_a_corrected_file_adds_what_was_refused_and_names_what_changed(take: Take) -> None:
    first = take([KIM, ("2", "", "Bavet", "", "")])
    again = take([("1", "KIM MINSOO", "Poipet", "1999-04-27", "M11111111"), PAK, ("3", "YI", "Bokor", "", "")])

    assert outcomes(first) == ["added", "refused"]
    assert outcomes(again) == ["changed", "added", "added"]
    assert again.rows[0].reference == first.rows[0].reference
    assert cases() == 3


def test_another_list_that_counts_from_one_too_is_about_other_people(take: Take) -> None:
    take([KIM, PAK])

    assert outcomes(take([("1", "CHOE HANA", "Poipet", "", ""), ("2", "JEONG UNBI", "Bavet", "", "")])) == ["added"] * 2


def test_a_row_of_the_same_number_and_telephone_about_somebody_else_is_not_taken_for_a_change(take: Take) -> None:
    header, phone = ("ref", "name_latin", "found_at", "next_of_kin_phone"), "+82-10-0029-2746"
    take([("3", "KIM MINSU", "Poipet", phone)], header=header)

    assert outcomes(take([("3", "HONG GILDONG", "Bavet", phone)], header=header)) == ["added"]
    assert outcomes(take([("3", "MINSU KIM", "Bavet", phone)], header=header)) == ["changed"]


def test_two_rows_without_a_number_that_say_the_same_may_be_two_people_and_stay_two(take: Take) -> None:
    rows = [("KIM", "Poipet"), ("KIM", "Poipet")]

    assert outcomes(take(rows, header=("name", "place"))) == ["added", "added"]
    assert outcomes(take(rows, header=("name", "place"))) == ["known", "known"]
    assert outcomes(take([*rows, rows[0]], header=("name", "place"))) == ["known", "known", "added"]


def test_one_numbered_row_pasted_twice_is_one_person(take: Take) -> None:
    assert outcomes(take([KIM, KIM])) == ["added", "known"]


def test_two_rows_with_one_passport_number_both_go_in_and_are_proposed_as_one_person(take: Take) -> None:
    rows = [KIM, ("9", "MINSU KIM", "Bavet", "", "m 1111-1111")]

    planned = take(rows, dry_run=True)
    taken = take(rows)

    assert [(pair.first, pair.second) for pair in planned.possible_duplicates] == [("line 2", "line 3")]
    assert outcomes(taken) == ["added", "added"]


def test_one_name_and_birth_date_in_two_lists_are_proposed_as_one_person_though_no_number_is_known(take: Take) -> None:
    take([("1", "KIM MINSU", "Poipet", "1999-04-27", ""), ("2", "KIM MINSU", "Poipet", "1999-04", "")])

    again = take([("7", "Min-Su Kim", "Bavet", "27 APR 1999", "")])

    first, second = case_file.listed()[0].reference, again.rows[0].reference
    assert duplicates.proposed() == [Pair(first, str(second), (Sign.born,))]


def test_a_dry_run_writes_nothing_at_all(take: Take) -> None:
    planned = take([KIM, PAK, KIM, ("4", "", "", "", "")], dry_run=True)

    assert outcomes(planned) == ["added", "added", "known", "refused"]
    with case_file.transaction() as session:
        assert session.exec(select(IntakeList)).all() == []
        assert session.exec(select(IntakeRow)).all() == []
    assert cases() == 0


def test_a_refused_row_is_noted_once_and_nothing_of_it_is_kept(take: Take) -> None:
    take([("4", "", "Poipet", "1999", "")])
    take([("4", "", "Poipet", "1999", "")])

    with case_file.transaction() as session:
        row = session.exec(select(IntakeRow)).one()
        assert session.exec(select(Person)).all() == []
    assert (row.reference, row.person_id, row.row_sealed, row.line) == (None, None, None, 2)


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_list_stopped_in_the_middle_goes_on_where_it_stopped(
    take: Take, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    rows = [(str(n), f"KIM {'ABCDE'[n] * 5}", "Poipet", "", "") for n in range(5)]
    left, real = after, case_file.note

    def note(*args: object, **kwargs: object) -> None:
        nonlocal left
        # The last thing written of a row: the case is there already, uncommitted.
        if args[1] == "row.taken_in" and (left := left - 1) < 0:
            raise Killed
        real(*args, **kwargs)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(case_file, "note", note)
        with pytest.raises(Killed):
            take(rows)
    assert cases() == after

    assert outcomes(take(rows)) == ["known"] * after + ["added"] * (5 - after)
    assert cases() == 5


def test_two_officers_who_take_in_one_list_at_once_open_each_case_once(take: Take, tmp_path: Path) -> None:
    rows = [(str(n), f"KIM {'ABCDEFGH'[n] * 5}", "Poipet", "", "") for n in range(8)]
    file = tmp_path / "both.csv"
    file.write_text(text_of([HEADER, *rows]))

    with ThreadPoolExecutor(2) as pool:
        both = [each.result() for each in [pool.submit(take, file), pool.submit(take, file)]]

    assert cases() == 8
    assert sum(intake.count(Outcome.added) for intake in both) == 8
    assert both[0].references == both[1].references


def test_named_columns_are_remembered_for_a_list_with_the_same_header(coordinator: str, tmp_path: Path) -> None:
    del coordinator
    file = tmp_path / "list.csv"
    file.write_text("wer,wo\nKIM,Poipet\n")
    words = ("intake", str(file), "--column", "name=wer", "--column", "found_at=wo")

    assert "No column is" in homeward("intake", str(file)).stderr
    assert homeward(*words, "--json").exit_code == 0
    file.write_text("WER,wo \nPAK,Bavet\n")

    assert read_list(file, remembered=remembered).columns == {Meaning.name: 0, Meaning.found_at: 1}
    assert "1 added" in homeward("intake", str(file)).stdout


def test_the_command_shows_flaws_with_their_values_and_what_to_do_first(coordinator: str, tmp_path: Path) -> None:
    del coordinator
    file = tmp_path / "list.csv"
    rows = [("1", "김민수", "Poipet", "sometime"), ("2", "박진", "Bavet", "1999-04-27")]
    file.write_text(text_of([("ref", "name", "found_at", "born_on"), *rows]))

    done = homeward("intake", str(file))

    assert done.exit_code == 0
    assert "sometime" in done.stdout
    assert "2 rows: 2 added." in done.stdout
    # Nobody answers for the registry here: nothing is lost, and it is said.
    assert done.stdout.splitlines()[-1] == "0 ready, 2 not looked up yet."
    assert done.stderr == ""


@pytest.mark.usefixtures("coordinator")
@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("intake", "none.csv"), 2, "There is no file"),
        (("intake", str(FOUND), "--column", "born"), 2, "names no column"),
        (("intake", str(FOUND), "--column", "name=a", "--column", "name=b"), 2, "given twice"),
        (("intake", str(FOUND), "--country", "FRA"), 1, "No mission of ours serves FRA"),
        (("intake", str(FOUND), "--operation", "an operation"), 1, "short name"),
        (("intake", str(FOUND), "--sheet", "x"), 2, "Only a workbook has sheets"),
        (("case", "start"), 2, "Name the cases, or give --all"),
        (("case", "start", "KHM-2026-0001", "--all"), 2, "Name the cases"),
        (("case", "start", "KHM-2026-0001", "--operation", "x"), 2, "Name the cases"),
    ],
)
def test_bad_input_gets_one_sentence_and_nothing_is_written(words: tuple[str, ...], code: int, why: str) -> None:
    done = homeward(*words)

    assert (done.exit_code, done.stdout) == (code, "")
    assert why in done.stderr
    assert done.stderr.count("\n") == 1
    assert cases() == 0


def test_a_list_of_which_no_row_can_be_taken_in_is_refused(coordinator: str, tmp_path: Path) -> None:
    del coordinator
    file = tmp_path / "list.csv"
    file.write_text(text_of([HEADER, ("1", "", "Poipet", "", "")]))

    assert homeward("intake", str(file)).exit_code == 1


def test_the_last_line_counts_in_the_words_a_coordinator_works_by() -> None:
    of_all = Counter({"ready": 61, "possible duplicate": 4, "not found": 5, "alert": 2})
    of_few = Counter({"possible duplicate": 1, "alert": 1})

    assert intake_command._summary(of_all) == "61 ready, 4 possible duplicates, 5 not found, 2 alerts."
    assert intake_command._summary(of_few) == "0 ready, 1 possible duplicate, 1 alert."
