"""Who is on the passenger list of a flight, who may read it, and what its three forms say."""

import csv
import io
from datetime import date
from pathlib import Path

import httpx
import pytest
from sqlmodel import col, select
from typer.testing import CliRunner

from deployments.cli.main import app
from deployments.desk.session import COOKIE
from deployments.stack.ground import write_private
from models.audit import AuditEvent
from models.case import Step
from models.officer import Officer, Role
from tasks import case_file, manifests, officers
from tasks.manifests import Form, Listed
from tasks.settings import Location
from tests.deployments.conftest import desk
from tests.journeys.story import Story
from tests.models.edifact import read
from tests.papers.reading import words_of

__all__ = ["desk"]

NEVER = ("victim", "suspect", "minor", "patient", "detain", "police", "피해", "피의", "구금", "경찰")


def flight_of(story: Story) -> tuple[str, date]:
    """The first flight of a story's seats."""
    with case_file.transaction() as session:
        first = case_file.require_booking(session, story.reference).route.segments[0]
    return first.flight_number, first.departs_local.date()


def listed(story: Story, reader: Officer | None = None) -> Listed:
    number, on = flight_of(story)
    return manifests.listed(number, on, reader=reader or story.officer(Role.travel_officer))


def orders_on(story: Story, number: str, on: date) -> set[str]:
    """Record locators of the live orders on a flight, as the airline counts them."""
    return {
        order["booking_reference"]
        for order in story.sandbox.control.get("/orders").json()
        if order["cancelled_at"] is None
        for each in order["slices"]
        for segment in each["segments"]
        if segment["marketing_carrier"]["iata_code"] + segment["marketing_carrier_flight_number"] == number
        and segment["departing_at"][:10] == on.isoformat()
    }


def comes_to_handoff(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.handoff)


def test_19_people_on_the_list_are_the_live_orders_and_the_new_documents(story: Story) -> None:
    comes_to_handoff(story)
    number, on = flight_of(story)

    found = listed(story)

    (passenger,) = [p for p in found.manifest.passengers if p.reference == story.reference]
    assert passenger.record_locator in orders_on(story, number, on)
    with case_file.transaction() as session:
        document = case_file.require_document(session, story.reference)
    assert passenger.document_number == document.number
    assert passenger.document_number != story.person["passport"]["number"]
    edi = read(manifests.rendered(found.manifest, Form.paxlst).decode())
    assert [person.documents[0][-1] for person in edi.people] == [document.number]
    assert (edi.counted, edi.people_counted) == (edi.segments, 1)
    rows = list(csv.DictReader(io.StringIO(manifests.rendered(found.manifest, Form.csv).decode("utf-8-sig"))))
    assert [row["document_number"] for row in rows] == [document.number]
    words = words_of(manifests.rendered(found.manifest, Form.pdf))
    assert document.number in words
    everything = f"{words} {rows} {manifests.rendered(found.manifest, Form.paxlst).decode()}".lower()
    assert [word for word in NEVER if word in everything] == []
    assert story.person["passport"]["number"].lower() not in everything


def test_who_is_booked_and_not_released_is_named_and_not_listed(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.release)

    with pytest.raises(case_file.Refused, match=f"{story.reference}: the travel document is not released"):
        listed(story)


def test_who_has_no_live_order_any_more_is_not_on_the_list(story: Story) -> None:
    comes_to_handoff(story)
    with case_file.transaction() as session:
        order_id = case_file.require_booking(session, story.reference).order_id
    quote = story.sandbox.airline.http.post("/air/order_cancellations", json={"data": {"order_id": order_id}}).json()
    path = f"/air/order_cancellations/{quote['data']['id']}/actions/confirm"
    story.sandbox.airline.http.post(path).raise_for_status()

    with pytest.raises(case_file.Refused, match="the airline has cancelled the order"):
        listed(story)


@pytest.mark.parametrize("role", [Role.funding_officer, Role.host_liaison, Role.issuing_officer, Role.registrar])
def test_whose_duty_does_not_need_the_list_does_not_get_it(story: Story, role: Role) -> None:
    comes_to_handoff(story)

    with pytest.raises(case_file.Refused, match="Passenger lists are for"):
        listed(story, story.officer(role))


def test_each_person_on_the_list_is_noted_with_the_reader_and_the_purpose(story: Story) -> None:
    comes_to_handoff(story)
    receiving = story.officer(Role.receiving_officer)

    listed(story, receiving)

    with case_file.transaction() as session:
        read_ = session.exec(select(AuditEvent).where(AuditEvent.action == "manifest.read")).all()
    assert [(e.reference, e.actor, e.fields["purpose"]) for e in read_] == [
        (story.reference, receiving.number, "passenger list")
    ]


def test_the_command_writes_the_three_forms_and_refuses_a_wrong_flight_and_day(story: Story, tmp_path: Path) -> None:
    comes_to_handoff(story)
    number, on = flight_of(story)
    travel = story.officer(Role.travel_officer)
    write_private(Location().cli_session_file, officers.open_session(travel, door="cli"))
    asked = ["documents", "manifest", number, "--on", on.isoformat(), "--to", str(tmp_path / "out")]

    done = CliRunner().invoke(app, asked)

    assert done.exit_code == 0, done.stderr
    assert sorted(file.suffix for file in (tmp_path / "out").iterdir()) == [".csv", ".edi", ".pdf"]
    for arguments, code in (
        (["documents", "manifest", "KE 69 O", "--on", on.isoformat()], 1),
        (["documents", "manifest", number, "--on", "tomorrow"], 2),
        (["documents", "manifest", "ZZ9999", "--on", on.isoformat()], 1),
    ):
        refused = CliRunner().invoke(app, [*arguments, "--to", str(tmp_path / "none")])
        assert (refused.exit_code, len(refused.stderr.splitlines())) == (code, 1), refused.stderr
    assert not (tmp_path / "none").exists()


def looks(action: str, purpose: str) -> list[tuple[str | None, str]]:
    with case_file.transaction() as session:
        found = session.exec(select(AuditEvent).where(AuditEvent.action == action).order_by(col(AuditEvent.seq))).all()
    return [(event.reference, event.actor) for event in found if event.fields.get("purpose") == purpose]


def test_the_desk_shows_who_is_on_a_flight_and_who_leaves_and_every_look_is_noted(
    story: Story, desk: httpx.Client
) -> None:
    comes_to_handoff(story)
    number, on = flight_of(story)
    travel, coordinator = story.officer(Role.travel_officer), story.officer(Role.coordinator)
    with case_file.transaction() as session:
        document = case_file.require_document(session, story.reference).number
    desk.cookies.set(COOKIE, officers.open_session(travel, door="desk"))

    shown = desk.get("/manifests", params={"flight": number, "on": on.isoformat()})
    files = {form: desk.get(f"/manifests/{number}/{on.isoformat()}/{form.value}") for form in Form}

    assert (shown.status_code, document in shown.text, story.person["surname_latin"] in shown.text) == (200, True, True)
    assert [reply.status_code for reply in files.values()] == [200] * len(Form)
    name = f'attachment; filename="{number}-{on.isoformat()}-manifest.csv"'
    assert files[Form.csv].headers["content-disposition"] == name
    (row,) = csv.DictReader(io.StringIO(files[Form.csv].content.decode("utf-8-sig")))
    assert row["document_number"] == document
    assert read(files[Form.paxlst].text).people_counted == 1
    assert document in words_of(files[Form.pdf].content)
    assert looks("manifest.read", "passenger list") == [(story.reference, travel.number)] * 4
    assert (desk.get("/exits").status_code, looks("person.read", "exits")) == (403, [])
    desk.cookies.set(COOKIE, officers.open_session(coordinator, door="desk"))
    assert document in desk.get("/exits").text
    assert looks("person.read", "exits") == [(story.reference, coordinator.number)]
    desk.cookies.set(COOKIE, officers.open_session(story.officer(Role.funding_officer), door="desk"))
    for address in (f"/manifests?flight={number}&on={on}", f"/manifests/{number}/{on}/csv", "/exits"):
        reply = desk.get(address)
        assert (reply.status_code, document in reply.text) == (403, False), address


def test_the_desk_says_what_is_wrong_with_a_flight_and_names_who_is_booked_and_not_released(
    story: Story, desk: httpx.Client
) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.release)
    number, on = flight_of(story)
    desk.cookies.set(COOKIE, officers.open_session(story.officer(Role.coordinator), door="desk"))
    assert desk.get("/manifests").status_code == 200

    for flight, day, said in (
        ("KE OK", on.isoformat(), "is no flight number"),
        (number, "tomorrow", "local date of departure like"),
        (number, on.isoformat(), f"{story.reference}: the travel document is not released"),
    ):
        reply = desk.get("/manifests", params={"flight": flight, "on": day})
        assert (reply.status_code, said in reply.text) == (409, True), (flight, day)
    assert desk.get(f"/manifests/{number}/{on}/xml").status_code == 404
