"""The command line as a user types it: one clear sentence, the right exit code, nothing half-written."""

import json
import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from sqlmodel import col, select
from typer.testing import CliRunner, Result

from deployments.cli.main import app
from models.audit import AuditEvent
from models.case import Step
from models.decision import Proposal, seen_code
from models.message import AlarmKind
from models.officer import Role
from models.person import Person
from tasks import alarms, case_file, decisions, officers, reminders
from tasks.settings import settings
from tests.conftest import Server
from tests.papers.contents import synthetic_portrait
from tests.tasks.asked import House


def homeward(*words: str) -> Result:
    """Run a command in this process, which saves the second a new one takes to start."""
    settings.cache_clear()
    return CliRunner().invoke(app, words)


@pytest.fixture
def coordinator(case_database: Server) -> str:
    """A coordinator signed in at the command line."""
    del case_database
    number = officers.add(name="C", agency="MOFA", roles=[Role.coordinator, Role.registrar], by="test").officer.number
    done = homeward("login", "--officer", number, "--code", officers.drill_code(number))
    assert done.exit_code == 0, done.stderr
    return number


OPEN = ("case", "open", "--name-hangul", "배준미", "--place", "Poipet", "--keeper", "centre")


def test_the_installed_command_runs_and_says_what_to_do(configured: pytest.MonkeyPatch) -> None:
    del configured
    command = str(Path(sys.executable).with_name("homeward"))

    done = subprocess.run([command, "inbox"], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr == "Nobody is signed in; sign in with `homeward login --officer O-01 --code CODE`.\n"
    assert done.stdout == ""


def test_a_case_is_opened_listed_and_shown_as_json(coordinator: str) -> None:
    opened = json.loads(homeward(*OPEN, "--born-on", "1999-04-27", "--json").stdout)
    listed = json.loads(homeward("case", "list", "--json").stdout)
    shown = json.loads(homeward("case", "show", opened["reference"], "--json").stdout)

    assert [case["reference"] for case in listed] == [opened["reference"]]
    assert shown["owner"] == coordinator
    assert shown["next_step"] == "verification"
    assert shown["waiting"] is None


@pytest.mark.usefixtures("coordinator")
@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("case", "show", "KHM-2026-9999"), 2, "No case has the reference KHM-2026-9999"),
        (("case", "show", "nonsense"), 2, "one looks like KHM-2026-0042"),
        ((*OPEN, "--born-on", "27.4.99"), 2, "write it like 1999-04-27"),
        (("case", "open", "--name-hangul", "배준미"), 2, "--place and --keeper"),
        ((*OPEN, "--country", "FRA"), 1, "No mission of ours serves FRA"),
        ((*OPEN[:2], "--place", "x", "--keeper", "y"), 1, "A person needs a name"),
        (("case", "start", "KHM-2026-9999"), 1, "No case KHM-2026-9999 exists"),
        (("case", "cost", "KHM-2026-9999", "medical", "1.234", "USD"), 2, "not an amount of USD"),
        (("case", "portrait", "KHM-2026-9999", "/nowhere.jpg"), 2, "give a JPEG or PNG"),
        (
            ("case", "category", "KHM-2026-9999", "add", "minor", "--reason-code", "age_doubt"),
            2,
            "No case has the reference",
        ),
        (("case", "clearance", "KHM-2026-9999", "--valid-until", "soon", "--by", "x"), 2, "'soon' is not a moment"),
        (("documents", "receive", "--mission", "KHM"), 2, "--numbers FILE"),
        (("audit", "verify", "--nonsense"), 2, "No such option"),
        (
            (
                "decide",
                "KHM-2026-9999",
                "booking",
                "approve",
                "--code",
                "1",
                "--seen",
                "X",
                "--reason-code",
                "in_order",
            ),
            2,
            "No case has the reference",
        ),
    ],
)
def test_bad_input_gets_one_clear_sentence_and_the_right_exit_code(words: tuple[str, ...], code: int, why: str) -> None:
    done = homeward(*words)

    assert done.exit_code == code, done.stderr
    assert why in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert case_file.listed() == []


@pytest.mark.usefixtures("coordinator")
def test_a_portrait_that_is_no_picture_is_refused_and_nothing_is_stored(tmp_path: Path) -> None:
    reference = json.loads(homeward(*OPEN, "--json").stdout)["reference"]
    fake = tmp_path / "portrait.jpg"
    fake.write_bytes(b"%PDF-1.7 not a picture")

    done = homeward("case", "portrait", reference, str(fake))

    assert done.exit_code == 2
    assert "not a readable JPEG or PNG" in done.stderr
    with case_file.transaction() as session:
        assert session.exec(select(Person)).one().portrait_sealed is None


@pytest.mark.usefixtures("coordinator")
def test_crown_and_chin_are_marked_in_pixels_or_per_cent_and_a_small_head_is_refused(tmp_path: Path) -> None:
    reference = json.loads(homeward(*OPEN, "--json").stdout)["reference"]
    face = tmp_path / "face.png"
    face.write_bytes(synthetic_portrait(1062, 1062))
    stores = ("case", "portrait", reference, str(face))

    half = homeward(*stores, "--crown", "106")
    small = homeward(*stores, "--crown", "20%", "--chin", "84%")
    stored = json.loads(homeward(*stores, "--crown", "106.2", "--chin", "84%", "--json").stdout)

    assert (half.exit_code, "both or neither" in half.stderr) == (2, True)
    assert (small.exit_code, "the head is 64 % of the picture's height" in small.stderr) == (1, True)
    assert stored["crown_to_chin_percent"] == 74
    assert stored["warnings"][0].startswith("Crown to chin: 74 % (70 to 80 %), marked by O-")
    unmarked = json.loads(homeward(*stores, "--json").stdout)
    assert unmarked["crown_to_chin_percent"] is None
    assert "NOT MEASURED" in unmarked["warnings"][0]


def test_nobody_signed_in_is_told_how_to_sign_in(case_database: Server) -> None:
    del case_database
    done = homeward("inbox")

    assert done.exit_code == 1
    assert "homeward login" in done.stderr


def test_a_replayed_code_does_not_sign_in_again(case_database: Server) -> None:
    del case_database
    number = officers.add(name="C", agency="MOFA", roles=[Role.coordinator], by="test").officer.number
    code = officers.drill_code(number)

    first = homeward("login", "--officer", number, "--code", code)
    second = homeward("login", "--officer", number, "--code", code)

    assert (first.exit_code, second.exit_code) == (0, 1)
    assert "used before" in second.stderr


def test_without_a_stack_a_command_says_how_to_start_one(configured: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("HOMEWARD_")]:
        configured.delenv(name)
    configured.setenv("HOMEWARD_VAR", str(tmp_path / "none"))

    done = homeward("inbox")

    assert done.exit_code in (1, 2)
    assert "homeward" in done.stderr


def test_the_session_file_is_readable_by_its_owner_alone(coordinator: str, tmp_path: Path) -> None:
    del coordinator
    assert (tmp_path / "cli-session").stat().st_mode & 0o777 == 0o600


def test_a_code_is_not_shown_in_live_mode(case_database: Server, configured: pytest.MonkeyPatch) -> None:
    del case_database
    number = officers.add(name="C", agency="MOFA", roles=[Role.coordinator], by="test").officer.number
    for name in list(os.environ):
        if name.startswith("HOMEWARD_") and name.endswith("_TOKEN"):
            configured.setenv(name, "duffel_live_1" if "AIRLINE" in name else "real")
    configured.setenv("HOMEWARD_MODE", "live")

    done = homeward("officers", "code", number)

    assert done.exit_code == 1
    assert "in a drill only" in done.stderr


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"HOMEWARD_MODE": "live"}, "live mode needs real partners; set HOMEWARD_REGISTRY_TOKEN"),
        ({"HOMEWARD_AIRLINE_TOKEN": "duffel_live_1"}, "a drill must not hold a live airline token"),
        ({"HOMEWARD_MODE": "rehearsal"}, "mode"),
    ],
)
def test_drill_and_live_are_never_mixed(
    case_database: Server, configured: pytest.MonkeyPatch, changes: dict[str, str], why: str
) -> None:
    del case_database
    for name, value in changes.items():
        configured.setenv(name, value)

    done = homeward("officers", "code", "O-01")

    assert done.exit_code == 2
    assert why in done.stderr
    assert "sandbox" not in done.stderr


def unfolded(shown: str) -> str:
    """Return the words of the last column, however narrow the terminal folds them."""
    return "".join(shown.split())


def test_an_officer_says_where_messages_reach_them_and_nobody_elses_business_it_is(coordinator: str) -> None:
    added = ("officers", "add", "--name", "T", "--agency", "MOFA", "--role", "travel-officer")
    refused = homeward(*added, "--email", "a@b.example,c@d.example")
    other = json.loads(homeward(*added, "--email", "t@mofa.example", "--json").stdout)["number"]
    own = homeward("officers", "reach", coordinator, "--email", "c@mofa.example", "--notify", "json://127.0.0.1:9")
    told_of_reports = homeward("officers", "reach", coordinator, "--reports")
    homeward("login", "--officer", other, "--code", officers.drill_code(other))
    anothers = homeward("officers", "reach", coordinator, "--email", "evil@mofa.example")
    mine = homeward("officers", "reach", other, "--email", "")

    assert (refused.exit_code, refused.stderr) == (
        1, "That is not one plain e-mail address; write it like o-07@mofa.example.\n",
    )  # fmt: skip
    assert own.stdout == f"{coordinator} is reached by email and notify.\n"
    assert anothers.exit_code == 1
    assert "registrar" in anothers.stderr
    assert mine.stdout == f"Messages do not reach {other}.\n"
    listed = homeward("officers", "list", "--json").stdout
    assert [o["reached_by"] for o in json.loads(listed)] == [["email", "notify"], []]
    assert "mofa.example" not in listed
    assert homeward("officers", "reach", other).exit_code == 2
    assert homeward("officers", "reach", other, "--reports").exit_code == 1, "no message reaches them"
    assert homeward("officers", "reach", coordinator, "--no-reports").exit_code == 1, "it is another officer's"
    assert told_of_reports.exit_code == 0


def test_open_alarms_stand_above_the_coordinators_inbox_until_they_are_acknowledged(coordinator: str) -> None:
    reference = json.loads(homeward(*OPEN, "--json").stdout)["reference"]
    with case_file.transaction() as session:
        alarms.sound(session, case_file.load(session, reference), AlarmKind.run_ended, about="run-1")

    shown = homeward("inbox", "--all").stdout
    own = homeward("inbox").stdout
    listed = json.loads(homeward("alarms", "--json").stdout)
    number = str(listed["alarms"][0]["number"])
    acknowledged = homeward("alarms", "--acknowledge", number)
    again = homeward("alarms", "--acknowledge", number)

    assert reference in shown
    assert "deletedorendedfromoutside" in unfolded(shown)
    assert shown.endswith("Nothing waits for anybody.\n")
    assert own == f"Nothing waits for {coordinator}.\n"
    assert listed["alarms"][0]["kind"] == "run_ended"
    assert listed["undelivered"] == [
        {
            "officer": coordinator,
            "reason": "no address; see `homeward officers reach`",
            "count": 1,
            "oldest_at": listed["undelivered"][0]["oldest_at"],
        }
    ]
    assert acknowledged.stdout == f"Alarm {number} of {reference} is acknowledged.\n"
    assert (again.exit_code, "No open alarm" in again.stderr) == (1, True)
    assert json.loads(homeward("alarms", "--json").stdout)["alarms"] == []
    assert homeward("inbox", "--all").stdout == "Nothing waits for anybody.\n"


def test_what_is_overdue_is_shown_with_whom_it_went_up_to(coordinator: str) -> None:
    reference = json.loads(homeward(*OPEN, "--json").stdout)["reference"]
    decisions.note_trouble(reference, Step.verification, code="test", words="Something stands in the way.")
    asking = decisions.ask(reference, Step.help, flow_run_id=uuid4())
    waiting = json.loads(homeward("inbox", "--all", "--json").stdout)
    reminders.remind(at=asking.due_at.add(days=1))

    (after,) = json.loads(homeward("inbox", "--all", "--json").stdout)

    assert [(each["overdue"], each["escalated_to"]) for each in waiting] == [(False, [])]
    assert after["escalated_to"] == ["coordinator", "head-of-consular-affairs"]
    shown = unfolded(homeward("inbox").stdout)
    assert "Overdue" in shown
    assert "Wentupto" in shown
    assert "head-of-consular-affairs." in shown
    del coordinator


def test_the_inbox_for_a_program_opens_ones_own_questions_unless_told_not_to_and_says_who_looked(
    case_database: Server,
) -> None:
    del case_database
    house = House()
    first, second = house.asks(), house.asks()
    signs_in(house.officers[Role.lookout_officer])

    closed = json.loads(homeward("inbox", "--json", "--closed").stdout)
    nobody_looked = reads_of_evidence()
    opened = json.loads(homeward("inbox", "--json").stdout)

    assert [each["reference"] for each in closed] == [first.reference, second.reference]
    assert all("evidence" not in each and each["age_s"] >= 0 for each in closed)
    assert nobody_looked == []
    with case_file.transaction() as session:
        digests = [session.get_one(Proposal, asking.proposal_id).digest for asking in (first, second)]
    assert [each["evidence"]["digest"] for each in opened] == digests
    assert [each["evidence"]["seen"] for each in opened] == [seen_code(digest) for digest in digests]
    assert "W-1" in json.dumps(opened[0]["evidence"]["sections"])
    assert opened[0]["evidence"]["changes"] == []
    looked = [(house.officers[Role.lookout_officer], reference) for reference in (first.reference, second.reference)]
    assert reads_of_evidence() == looked


def test_a_coordinators_inbox_opens_nothing_that_others_decide(case_database: Server) -> None:
    del case_database
    house = House()
    house.asks()
    signs_in(house.officers[Role.coordinator])

    (shown,) = json.loads(homeward("inbox", "--all", "--json").stdout)

    assert "evidence" not in shown
    assert reads_of_evidence() == []


def test_a_question_asked_again_keeps_its_age(case_database: Server, configured: pytest.MonkeyPatch) -> None:
    del case_database
    house = House()
    first = house.asks()
    again = house.asks(reference=first.reference)
    signs_in(house.officers[Role.lookout_officer])
    configured.setattr(sys.modules["tasks.decisions.inbox"], "now", lambda: first.asked_at.add(hours=3))

    (shown,) = json.loads(homeward("inbox", "--json").stdout)

    assert again.id != first.id
    assert shown["age_s"] == 3 * 3600


def test_what_is_never_open_cannot_be_closed(coordinator: str) -> None:
    del coordinator
    done = homeward("inbox", "--closed")

    assert done.exit_code == 2
    assert "leave --closed out" in done.stderr


def signs_in(number: str) -> None:
    """Sign an officer in at the command line."""
    done = homeward("login", "--officer", number, "--code", officers.drill_code(number))
    assert done.exit_code == 0, done.stderr


def reads_of_evidence() -> list[tuple[str, str | None]]:
    """Who opened the evidence of which case."""
    with case_file.transaction() as session:
        read = select(AuditEvent).where(AuditEvent.action == "person.read").order_by(col(AuditEvent.seq))
        return [(each.actor, each.reference) for each in session.exec(read) if each.fields.get("purpose") == "inbox"]
