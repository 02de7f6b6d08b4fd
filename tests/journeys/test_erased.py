"""A person is erased: nothing about them can be read any more, and the record of what was done still holds."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner, Result

from deployments.cli.main import app
from deployments.stack.ground import write_private
from models.audit import AuditEvent
from models.officer import Role
from models.paper import PaperKind
from tasks import case_file, officers, paperwork, seals, vault
from tasks.settings import Location
from tests.conftest import Server
from tests.journeys.story import Story
from tests.journeys.test_case_database_is_sealed import case_dump

STORY = "Zyxwvut-compound-seventh-floor"


def sign_in(number: str) -> None:
    officer = next(each for each in officers.listed() if each.number == number)
    write_private(Location().cli_session_file, officers.open_session(officer, door="cli"))


def erase(story: Story, *, code: str | None = None) -> Result:
    registrar = story.deciders[Role.registrar]
    sign_in(registrar)
    fresh = code or officers.drill_code(registrar)
    return CliRunner().invoke(app, ["case", "erase", story.reference, "person_asked", "--code", fresh])


@pytest.fixture
def home(story: Story, sealing: Path) -> Story:
    """Somebody who came home."""
    del sealing
    story.opens(story=STORY)
    story.begins()
    story.comes_home()
    return story


def test_nothing_about_an_erased_person_can_be_found_or_opened(home: Story, postgres_server: Server) -> None:
    coordinator = next(officer for officer in officers.listed() if officer.number == home.coordinator)

    done = erase(home)

    assert done.exit_code == 0, done.stderr
    with pytest.raises(vault.Erased):
        paperwork.read(home.reference, PaperKind.travel_document, officer=coordinator)
    dump = case_dump(postgres_server)
    assert home.reference in dump
    person = home.person
    for part in ("surname_latin", "given_latin", "given_hangul", "born_on", "person_id", "personal_number"):
        assert person[part] not in dump, part
    assert person["passport"]["number"] not in dump


def test_chain_and_archive_of_an_erased_person_still_hold(home: Story, tmp_path: Path) -> None:
    erase(home)
    sign_in(home.coordinator)

    made = CliRunner().invoke(app, ["case", "export", home.reference, "--to", str(tmp_path / "case.zip")])

    assert made.exit_code == 0, made.stderr
    assert seals.check().fault is None
    with zipfile.ZipFile(tmp_path / "case.zip") as archived:
        archived.extractall(tmp_path)
    folder = tmp_path / home.reference
    checked = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py"], cwd=folder, env={}, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
    assert "the person was erased" in checked.stdout
    assert len(json.loads((folder / "decisions.json").read_text())) == 6
    assert not (folder / "papers").exists()
    assert STORY not in "".join(path.read_text() for path in folder.iterdir())


def test_an_erasure_is_audited_and_happens_once(home: Story) -> None:
    erase(home)

    again = erase(home)

    assert (again.exit_code, "was erased at" in again.stderr) == (1, True)
    with case_file.transaction() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.action == "person.erased")).all()
    assert [(e.actor, e.reference, e.fields["reason"], e.fields["door"]) for e in events] == [
        (home.deciders[Role.registrar], home.reference, "person_asked", "cli")
    ]


def test_nobody_is_erased_on_the_way_by_a_guess_or_by_who_is_no_registrar(story: Story) -> None:
    story.opens()

    on_the_way, guessed = erase(story), erase(story, code="000000")
    sign_in(story.coordinator)
    code = officers.drill_code(story.coordinator)
    by_another = CliRunner().invoke(app, ["case", "erase", story.reference, "person_asked", "--code", code])

    assert (on_the_way.exit_code, "end the journey first" in on_the_way.stderr) == (1, True)
    assert (guessed.exit_code, "do not fit" in guessed.stderr) == (1, True)
    assert (by_another.exit_code, "To erase a person takes" in by_another.stderr) == (
        1,
        True,
    )
    with case_file.transaction() as session:
        case = case_file.load(session, story.reference)
        assert vault.salt(session, case.person_id, "still there")
