"""Every page and every command that shows a person leaves an event that says who looked, what for, and where."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from sqlalchemy import func
from sqlmodel import col, select
from typer.main import get_command
from typer.testing import CliRunner

from deployments.cli.main import app
from deployments.desk.app import application
from deployments.desk.session import COOKIE
from deployments.stack.ground import write_private
from models.audit import TOLD, AuditEvent, is_reading
from models.case import Step
from models.contact import Item
from models.officer import Officer
from models.paper import PaperKind
from models.person import Language
from models.representation import Relation
from tasks import case_file, contacts, officers
from tasks.clock import now
from tasks.paperwork.pack import PACK
from tasks.settings import Location
from tests.conftest import PARTNERS
from tests.deployments.conftest import desk
from tests.journeys.story import Story, names

__all__ = ["desk"]

PAGES_THAT_SHOW_NOBODY = {
    "/health",
    "/health/live",
    "/health/ready",
    "/sign-in",
    "/sign-in/openid",
    "/sign-in/openid/return",
    "/",
    "/inbox/waiting",
    "/inbox/alarms",
    "/inbox/all",
    "/undelivered",
    "/document-rules",
    "/cases/{reference}/archive",
    "/inbox/lists",
    "/board",
    "/intake",
    "/duplicates",
    "/exports",
    "/authorities",
    "/reports",
    "/reports/{number}",
    "/cases",
    "/cases/new",
    "/cases/{reference}/acts/{name}",
    "/compare",
    "/confirm",
    "/first-case",
    "/first-case/{reference}",
    "/stock",
    "/operations",
    "/stock/{mission}",
    "/escorts",
    "/officers",
    "/officers/{number}",
    "/cases/{reference}/erase",
}
"""
The inbox and the list show references and steps, no person, and the form of an act is an empty one; a look for a name
is audited, as its own test says.
"""

PAGES_OF_SEVERAL = {
    "/duplicates/{reference}/{other}", "/exports/{number}/{form}", "/operations/{operation}", "/exits", "/manifests",
    "/manifests/{flight}/{on}/{form}",
}  # fmt: skip
"""They show several people; that each look is audited is seen by their own tests."""

PAGES_FEW_CASES_HAVE = {"/cases/{reference}/by-telephone/proof", "/signed-alone/{reference}/{step}"}
"""They show what hardly any case has; that each look is audited is seen by their own tests."""

COMMANDS_THAT_SHOW_A_PERSON: dict[str, tuple[str, ...]] = {
    "audit who": (),
    "case categories": (),
    "case export": ("--to", "case.zip"),
    "case show": (),
    "contact list": (),
    "contact phone": ("1", "alive"),
    "documents list": (),
    "documents save": ("--to", "papers"),
    "representative list": (),
    "screening form": ("--language", "km"),
    "screening show": (),
}
"""With the words after the reference."""

COMMANDS_THAT_LIST = {
    "case list",
    "case merge",
    "case proof",
    "documents exits",
    "documents manifest",
    "operation show",
    "sheets",
    "unsigned",
}
"""They show several cases, or what few have, or take no reference; every look is seen by their own tests."""

COMMANDS_THAT_SHOW_NOBODY = {
    "backup", "case off-load", "case referral", "case together", "documents validity", "drill", "operation list",
    "operation start", "report situation", "restore",
    "documents check", "documents count", "documents deliver", "documents destroy",
    "documents lost", "documents spoil", "documents status-list", "documents stock", "documents stolen", "escorts add",
    "escorts assign", "escorts end", "escorts list",
    "alarms", "audit seal", "audit verify", "authority list", "authority revoke", "authority sign",
    "case best-interest", "case book", "case cancel", "case category", "case check", "case clearance",
    "case correct", "case cost", "case declare", "case duplicates", "case end-care", "case erase", "case host",
    "case inform",
    "case locate", "case nationality", "case open", "case portrait", "case pressure", "case private-payment",
    "case receiver", "case request", "case start", "case unbook", "case unmerge", "contact add", "contact consent",
    "contact withdraw", "countersign", "decide", "documents receive", "documents rules", "documents verify", "down",
    "inbox", "intake", "login", "logout", "officers add", "officers bind", "officers code", "officers delegate",
    "officers delegations", "officers list", "officers reach", "officers unbind", "officers undelegate", "policy",
    "representative add", "representative end", "representative verify", "screening conclude", "screening record",
    "sign", "signer init", "signer list", "signer renew", "signer revoke", "signer trust", "up",
}  # fmt: skip
"""They write, or show references, steps and officers; what they write is audited where it is written."""


def latest() -> int:
    with case_file.transaction() as session:
        return session.exec(select(func.max(AuditEvent.seq))).one()


def looks_after(seq: int) -> list[AuditEvent]:
    with case_file.transaction() as session:
        events = session.exec(select(AuditEvent).where(col(AuditEvent.seq) > seq).order_by(col(AuditEvent.seq))).all()
    return [event for event in events if is_reading(event.action)]


def assert_audited(story: Story, door: str, what: str, look: Callable[[], None]) -> None:
    before = latest()
    look()
    looks = looks_after(before)
    assert looks, f"{what} shows a person and leaves no event"
    for event in looks:
        assert (event.actor, event.reference) == (story.coordinator, story.reference), what
        assert event.person_id, what
        assert event.fields["door"] == door, what
        assert event.fields["purpose"], what


@pytest.fixture
def watched(story: Story, sealing: Path) -> Story:
    """A case that waits for release, with every paper but the receipt."""
    del sealing
    story.opens()
    story.begins()
    story.comes_to(Step.release)
    coordinator = coordinator_of(story)
    contacts.add(story.reference, relation=Relation.sibling, name=None, phone="+82-10-0000-0000", officer=coordinator)
    contacts.hear(
        story.reference, 1, Item.alive, gives=True, language=Language.korean, reader=story.coordinator, said_at=now(),
        officer=coordinator,
    )  # fmt: skip
    return story


def coordinator_of(story: Story) -> Officer:
    return next(officer for officer in officers.listed() if officer.number == story.coordinator)


@pytest.fixture
def browser(watched: Story, desk: httpx.Client) -> httpx.Client:
    """A browser before the desk, in which the coordinator has signed in."""
    desk.cookies.set(COOKIE, officers.open_session(coordinator_of(watched), door="desk"))
    return desk


def test_every_page_that_shows_a_person_is_audited(watched: Story, browser: httpx.Client) -> None:
    shown = (r for r in application().routes if isinstance(r, APIRoute) and "GET" in (r.methods or ()))
    pages = {r.path for r in shown} - PAGES_THAT_SHOW_NOBODY - PAGES_OF_SEVERAL - PAGES_FEW_CASES_HAVE
    assert len(pages) >= 5

    for path in sorted(pages):
        address = path.replace("{reference}", watched.reference).replace("{kind}", "itinerary")

        def look(address: str = address) -> None:
            reply = browser.get(address)
            assert reply.status_code == 200, (address, reply.text)

        assert_audited(watched, "desk", path, look)


def test_pages_that_show_nobody_name_no_one(watched: Story, browser: httpx.Client) -> None:
    home = browser.get("/").text + browser.get("/cases").text

    assert watched.reference in home
    for part in ("surname_hangul", "given_hangul", "surname_latin", "given_latin", "personal_number"):
        # A page names its own languages, and a surname of one letter, 한, is part of 한국어.
        assert not names(home.replace("한국어", ""), watched.person[part])


def commands(command: Any, words: str = "") -> list[str]:
    inner = getattr(command, "commands", None)
    if inner is None:
        return [words]
    return [found for name, each in inner.items() for found in commands(each, f"{words} {name}".strip())]


def test_every_command_is_known_to_show_a_person_or_nobody() -> None:
    assert (
        set(commands(get_command(app)))
        == COMMANDS_THAT_SHOW_A_PERSON.keys() | COMMANDS_THAT_LIST | COMMANDS_THAT_SHOW_NOBODY
    )


def test_every_command_that_shows_a_person_is_audited(
    watched: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_private(Location().cli_session_file, officers.open_session(coordinator_of(watched), door="cli"))

    for command, more in sorted(COMMANDS_THAT_SHOW_A_PERSON.items()):

        def look(command: str = command, more: tuple[str, ...] = more) -> None:
            done = CliRunner().invoke(app, [*command.split(), watched.reference, *more])
            assert done.exit_code == 0, (command, done.stderr)

        assert_audited(watched, "cli", command, look)


def test_who_looked_is_told_with_both_clocks_and_the_asking_is_told_next_time(watched: Story) -> None:
    write_private(Location().cli_session_file, officers.open_session(coordinator_of(watched), door="cli"))
    CliRunner().invoke(app, ["case", "show", watched.reference])

    def told() -> list[dict[str, str]]:
        done = CliRunner().invoke(app, ["audit", "who", watched.reference, "--json"])
        found: list[dict[str, str]] = json.loads(done.stdout)
        return found

    first, second = told(), told()

    assert [look["what"] for look in second[len(first) :]] == ["audit.read"]
    shown = next(look for look in first if look["purpose"] == "overview")
    assert (shown["officer"], shown["name"], shown["door"]) == (watched.coordinator, "Coordinator", "cli")
    assert shown["local"].endswith("+07:00")
    assert shown["seoul"].endswith("+09:00")
    words = CliRunner().invoke(app, ["audit", "who", watched.reference]).stdout
    assert {"Officer", "Seoul", "Purpose", "Door", watched.coordinator, "overview"} <= set(words.split())


def test_who_was_told_names_every_partner_of_a_journey_with_the_fields_it_got(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_home()
    write_private(Location().cli_session_file, officers.open_session(coordinator_of(story), door="cli"))

    done = CliRunner().invoke(app, ["audit", "who", story.reference, "--json"])
    shown = [look for look in json.loads(done.stdout) if look["what"] == TOLD]

    # The carrier's desk is asked only for whom it must help.
    assert {look["name"] for look in shown} == {name.replace("_", " ") for name in PARTNERS} - {"carrier desk"}
    given: dict[tuple[str, str], set[str]] = {}
    for look in shown:
        given.setdefault((look["name"], look["purpose"]), set()).update(look["told"])
    for step, fields in {
        ("lookouts", "verification.examine"): {"surname_hangul", "born_on", "personal_number"},
        ("lookouts", "verification.report_lost_passport"): {"number", "place"},
        ("airline", "booking.hold_seats"): {"family_name", "given_name", "born_on"},
        ("border control", "travel_document.release"): {"surname_latin", "given_latin", "born_on"},
        ("treasury", "funding.commit_funds"): {"case_reference"},
        ("receiving agency", "handoff.complete"): {"document_number", "received_by"},
    }.items():
        assert fields <= given[step], (step, given)
    with case_file.transaction() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.action == TOLD)).all()
    written = " ".join(" ".join(event.fields.values()) for event in events)
    for part in ("surname_hangul", "given_hangul", "given_latin", "born_on", "personal_number", "person_id"):
        assert story.person[part] not in written, part
    words = CliRunner().invoke(app, ["audit", "who", story.reference], env={"COLUMNS": "400"}).stdout
    (held,) = [line for line in words.splitlines() if "booking.hold_seats" in line]
    assert held.startswith("airline ")
    assert "family_name" in held


def test_who_looked_is_for_the_coordinator(watched: Story) -> None:
    other = next(o for o in officers.listed() if o.number != watched.coordinator)
    write_private(Location().cli_session_file, officers.open_session(other, door="cli"))

    done = CliRunner().invoke(app, ["audit", "who", watched.reference])

    assert (done.exit_code, "takes one of the roles coordinator" in done.stderr) == (1, True)


def test_the_archive_of_a_person_who_came_home_is_whole_and_holds(story: Story, sealing: Path, tmp_path: Path) -> None:
    del sealing
    story.opens()
    story.begins()
    story.comes_home()
    write_private(Location().cli_session_file, officers.open_session(coordinator_of(story), door="cli"))

    done = CliRunner().invoke(app, ["case", "export", story.reference, "--to", str(tmp_path / "case.zip")])
    assert done.exit_code == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "case.zip") as archived:
        archived.extractall(tmp_path)
    folder = tmp_path / story.reference
    checked = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py"], cwd=folder, env={}, capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stdout
    facts = json.loads((folder / "facts.json").read_text())
    assert facts["confirmed_identity"][0]["personal_number"] == story.person["personal_number"]
    assert len(json.loads((folder / "decisions.json").read_text())) == 6
    kinds = {paper["kind"] for paper in json.loads((folder / "papers.json").read_text())}
    assert kinds == {*PaperKind} - {PaperKind.cover, *PACK}, "those are made when somebody opens the papers"
