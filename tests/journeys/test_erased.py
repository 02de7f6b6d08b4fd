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
from models.funding import Payer
from models.money import Money
from models.officer import Role
from models.paper import PaperKind
from tasks import case_file, corrections, officers, paperwork, seals, takeover, vault
from tasks.archive import facts
from tasks.clock import now
from tasks.settings import Location
from tests.conftest import Server
from tests.journeys.story import Story, names
from tests.journeys.test_case_database_is_sealed import case_dump

STORY = "Zyxwvut-compound-seventh-floor"
PLACE, LATER, KEEPER = "Qwertz village by the river", "Uiopas town", "Asdfgh police station"
PARTNERS_OWN = ("hold_seats", "pay_order")
"""Acts whose subject is an id of the airline's."""
PHONE = "+82-10-9999-1234"


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
        assert not stands_in(person[part], dump), part
    assert not stands_in(person["passport"]["number"], dump)


def planted(story: Story) -> dict[str, str]:
    """Everything that says who the person is or how they travelled, as it was written on the way."""
    with case_file.transaction() as session:
        case = case_file.load(session, story.reference)
        found = facts.of(session, case)
    (booking,), (document,), (receiver,) = found["booking"], found["travel_document"], found["handoff"]
    (identity,), (payment,) = found["confirmed_identity"], found["private_payment"]
    segments = booking["itinerary"]["segments"]
    assert all((booking["record_locator"], booking["ticket_numbers"], document["itinerary"], receiver["answered_by"]))
    person = story.person
    return {
        **{f"{name} of the registry": person[name] for name in (
            "surname_latin", "given_latin", "given_hangul", "born_on", "birthplace", "person_id", "personal_number",
        )},
        "name in Hangul": person["surname_hangul"] + person["given_hangul"],
        "registry id": identity["registry_id"],
        "passport number": person["passport"]["number"],
        "story": STORY, "place": PLACE, "keeper": KEEPER, "later place": LATER, "telephone": PHONE,
        "purpose of a payment": payment["purpose"].decode(),
        "record locator": booking["record_locator"].decode(),
        **{f"ticket {number}": number for number in booking["ticket_numbers"].decode().split()},
        "order": booking["order_id"], "offer": booking["offer_id"],
        **{f"flight {segment['flight_number']}": f'"{segment["flight_number"]}"' for segment in segments},
        **{f"departure {segment['departs_local']}": segment["departs_local"] for segment in segments},
        **{f"subject of {each['act']}": each["subject"] for each in found["intent"] if each["act"] in PARTNERS_OWN},
        "who received": receiver["answered_by"],
    }  # fmt: skip


def test_a_dump_after_an_erasure_shows_none_of_what_was_planted(
    story: Story, sealing: Path, postgres_server: Server
) -> None:
    del sealing
    story.opens(story=STORY, place=PLACE, keeper=KEEPER, next_of_kin_phone=PHONE)
    corrections.locate(
        story.reference, place=LATER, keeper=KEEPER, host_status="released", next_contact_due_at=now().add(days=1),
        officer=story.coordinator,
    )  # fmt: skip
    corrections.note_private_payment(
        story.reference, payer=Payer.family, payer_officer=None, amount=Money(100, "USD"),
        purpose="Jihgfed, a night in a hotel", officer=story.coordinator,
    )  # fmt: skip
    story.begins()
    story.comes_home()
    values = planted(story)
    before = case_dump(postgres_server)
    in_clear = {what for what, value in values.items() if value in before}
    assert {"born_on of the registry", "order", "name in Hangul"} <= in_clear, "the dump is the right one"
    never = {
        "place",
        "keeper",
        "later place",
        "record locator",
        "passport number",
        *(w for w in values if "ticket" in w),
    }
    assert not never & in_clear

    done = erase(story)

    assert done.exit_code == 0, done.stderr
    after = case_dump(postgres_server)
    assert story.reference in after
    assert {what for what, value in values.items() if stands_in(value, after)} == set()


def stands_in(value: str, dump: str) -> bool:
    """Whether a value stands in a row of a table: elsewhere a dump has words of SQL and a random token of its own."""
    return names("\n".join(line for line in dump.splitlines() if "\t" in line), value)


def test_every_look_at_an_erased_case_still_answers(home: Story) -> None:
    erase(home)
    sign_in(home.coordinator)

    for command in (
        ["case", "show", home.reference], ["case", "list"], ["documents", "exits"], ["inbox", "--all"],
        ["audit", "who", home.reference], ["audit", "verify"],
    ):  # fmt: skip
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, (command, done.stderr, done.exception)
    assert home.reference not in takeover.sweep()


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


def test_nobody_is_erased_by_a_guess(home: Story) -> None:
    guessed = erase(home, code="000000")

    assert (guessed.exit_code, "do not fit" in guessed.stderr) == (1, True)
    with case_file.transaction() as session:
        case = case_file.load(session, home.reference)
        assert vault.salt(session, case.person_id, "still there")


def test_nobody_is_erased_on_the_way_or_by_who_is_no_registrar(story: Story) -> None:
    story.opens()

    on_the_way = erase(story)
    sign_in(story.coordinator)
    code = officers.drill_code(story.coordinator)
    by_another = CliRunner().invoke(app, ["case", "erase", story.reference, "person_asked", "--code", code])

    assert (on_the_way.exit_code, "end the journey first" in on_the_way.stderr) == (1, True)
    assert (by_another.exit_code, "To erase a person takes" in by_another.stderr) == (
        1,
        True,
    )
    with case_file.transaction() as session:
        case = case_file.load(session, story.reference)
        assert vault.salt(session, case.person_id, "still there")
