"""Safe tonight: whoever was not heard of in time is an alarm, once, until somebody hears of them."""

import json
from typing import Any

import pendulum
import pytest
from rich.console import Console
from sqlmodel import select
from typer.testing import CliRunner

from deployments.cli import terminal
from deployments.cli.main import app
from deployments.stack.ground import write_private
from models.audit import AuditEvent
from models.case import CareEnd, CaseStatus, TimelineEntry
from models.category import Change
from models.message import AlarmKind, MessageKind
from models.officer import Officer, Role
from models.person import Category, CategoryReason
from models.triage import Pressure
from tasks import aftercare, alarms, case_file, categories, corrections, officers, silence, triage
from tasks.clock import now
from tasks.settings import Location
from tests.conftest import Server
from tests.tasks.asked import House

SECOND = pendulum.duration(seconds=1)


@pytest.fixture
def house(case_database: Server) -> House:
    del case_database
    return House()


def due_of(reference: str) -> pendulum.DateTime:
    found = silence.due_in(reference)
    assert found is not None
    return found.due_at


def heard_of(house: House, reference: str, **changes: Any) -> None:
    facts: dict[str, Any] = {
        "place": "Poipet", "keeper": "the mission", "host_status": "rescued",
        "officer": house.officers[Role.coordinator], "next_contact_due_at": now().add(hours=24), **changes,
    }  # fmt: skip
    corrections.locate(reference, **facts)


def silent(house: House) -> str:
    """A case whose person should have been heard of an hour ago."""
    reference = house.opens()
    heard_of(house, reference, next_contact_due_at=now().subtract(hours=1))
    return reference


def standing() -> list[tuple[AlarmKind, str | None]]:
    return [(alarm.kind, alarm.reference) for alarm in alarms.standing()]


def acting(house: House, role: Role) -> None:
    number = house.officers[role]
    officer = next(o for o in officers.listed() if o.number == number)
    write_private(Location().cli_session_file, officers.open_session(officer, door="cli"))


def typed(*words: str) -> str:
    done = CliRunner().invoke(app, [*words])
    assert done.exit_code == 0, done.stderr
    return done.stdout


def test_the_alarm_sounds_at_the_due_moment_once_and_to_the_coordinator(house: House) -> None:
    reference = house.opens()
    due_at = due_of(reference)

    assert silence.sound_overdue(at=due_at - SECOND) == 0
    assert standing() == []
    assert [silence.sound_overdue(at=due_at) for _ in range(3)] == [1, 1, 1]

    assert standing() == [(AlarmKind.contact_overdue, reference)]
    (told,) = house.made(kind=MessageKind.alarm)
    assert (told.officer, told.reference) == (house.officers[Role.coordinator], reference)
    assert sum("was to be heard of by" in words for words in house.timeline(reference)) == 1


def test_a_new_contact_clears_it_and_the_next_due_time_is_another_alarm(house: House) -> None:
    reference = house.opens()
    silence.sound_overdue(at=due_of(reference))

    heard_of(house, reference)

    assert standing() == []
    assert silence.sound_overdue(at=due_of(reference) - SECOND) == 0
    silence.sound_overdue(at=due_of(reference))
    assert standing() == [(AlarmKind.contact_overdue, reference)]
    assert len(house.made(kind=MessageKind.alarm)) == 2


def test_nobody_puts_it_away_before_somebody_heard_of_the_person(house: House) -> None:
    reference = house.opens()
    silence.sound_overdue(at=due_of(reference))
    (alarm,) = alarms.standing()
    coordinator = next(o for o in officers.listed() if o.holds(Role.coordinator))

    with pytest.raises(case_file.Refused, match="stands until somebody hears of the person"):
        alarms.acknowledge(alarm.id, officer=coordinator)

    assert standing() == [(AlarmKind.contact_overdue, reference)]


def test_a_seal_does_not_clear_it(house: House) -> None:
    reference = house.opens()
    silence.sound_overdue(at=due_of(reference))

    with case_file.transaction() as session:
        alarms.clear(session)

    assert standing() == [(AlarmKind.contact_overdue, reference)]


def stopped(house: House) -> str:
    reference = house.opens()
    with case_file.transaction() as session:
        case_file.move(session, case_file.load(session, reference, lock=True), CaseStatus.cancelled)
    return reference


def test_whose_journey_was_stopped_is_waited_for_until_somebody_says_why_no_more(house: House) -> None:
    # given a journey that was stopped, whose person nobody has heard of since
    reference = stopped(house)
    late = due_of(reference)
    triage.renew_all()
    assert [each.reference for each in silence.longest_overdue(at=late, at_most=9)] == [reference]
    assert [row.case.reference for row in triage.listed() if row.contact] == [reference]

    # when the clock goes round, it is an alarm, and a word of them clears it until the next
    assert silence.sound_overdue(at=late) == 1
    assert standing() == [(AlarmKind.contact_overdue, reference)]
    heard_of(house, reference)
    assert standing() == []
    assert silence.sound_overdue(at=now().add(days=9)) == 1

    # then only the end of care, with its reason, ends it
    aftercare.end_care(reference, reason=CareEnd.contact_declined, officer=house.officers[Role.coordinator])
    assert standing() == []
    assert silence.sound_overdue(at=now().add(days=9)) == 0
    triage.renew_all()
    assert silence.longest_overdue(at=now().add(days=9), at_most=9) == []
    with pytest.raises(case_file.Refused, match="Nobody waits for the person"):
        heard_of(house, reference)


def test_who_is_home_is_waited_for_no_longer(house: House) -> None:
    reference = house.opens()
    silence.sound_overdue(at=due_of(reference))
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        case.status = CaseStatus.released
        case_file.move(session, case, CaseStatus.home)

    assert silence.sound_overdue(at=now().add(days=9)) == 0

    assert standing() == []
    assert silence.due() == {}


def test_care_ends_once_and_not_while_a_journey_goes_on(house: House) -> None:
    coordinator = house.officers[Role.coordinator]
    with pytest.raises(case_file.Refused, match="was not stopped"):
        aftercare.end_care(house.opens(), reason=CareEnd.deceased, officer=coordinator)
    reference = stopped(house)
    with pytest.raises(case_file.Refused, match="homeward case erase"):
        aftercare.end_care(reference, reason=CareEnd.erased, officer=coordinator)

    aftercare.end_care(reference, reason=CareEnd.deceased, officer=coordinator)

    with pytest.raises(case_file.Refused, match="has ended already"):
        aftercare.end_care(reference, reason=CareEnd.not_entitled, officer=coordinator)
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        assert (case.care_ended_by, case.care_ended_for) == (coordinator, CareEnd.deceased)
        assert "Care for the person was ended" in "".join(
            words for words in session.exec(select(TimelineEntry.words).where(TimelineEntry.reference == reference))
        )


def test_it_is_red_in_the_list_the_case_and_the_inbox(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    red_and_wide = Console(force_terminal=True, color_system="standard", width=400)
    monkeypatch.setattr(terminal, "Console", lambda **_: red_and_wide)
    reference = silent(house)
    acting(house, Role.coordinator)
    red = "\x1b[1;31m"

    for words in (("case", "list"), ("case", "show", reference), ("inbox", "--all")):
        lines = [line for line in typed(*words).splitlines() if "OVERDUE for 1 h" in line]
        assert lines, words
        assert any(red in line for line in lines), words

    heard_of(house, reference)
    for words in (("case", "list"), ("case", "show", reference), ("inbox", "--all")):
        assert red not in typed(*words), words


def test_the_list_is_sorted_by_urgency_and_says_so_to_programs(house: House) -> None:
    calm, urgent = house.opens(), house.opens()
    for reference in (calm, urgent):
        heard_of(house, reference)
    triage.note_pressure(urgent, Pressure.danger, is_over=False, until=None, officer=house.officers[Role.coordinator])
    acting(house, Role.coordinator)

    rows = json.loads(typed("case", "list", "--json"))

    assert [(row["reference"], row["score"], row["reasons"]) for row in rows] == [
        (urgent, 40, ["in danger"]), (calm, 0, []),
    ]  # fmt: skip
    triage.note_pressure(urgent, Pressure.danger, is_over=True, until=None, officer=house.officers[Role.coordinator])
    assert [row["score"] for row in json.loads(typed("case", "list", "--json"))] == [0, 0]


def test_what_a_person_is_shows_only_to_roles_that_may_know_and_the_look_is_audited(house: House) -> None:
    reference = house.opens()
    heard_of(house, reference)
    with case_file.transaction() as session:
        coordinator = session.get_one(Officer, house.officers[Role.coordinator])
    categories.change(reference, Change.add, Category.minor, reason=CategoryReason.age_doubt, officer=coordinator)
    end = now().add(hours=5)
    triage.note_pressure(
        reference, Pressure.warrant_clock, is_over=False, until=end, officer=house.officers[Role.coordinator]
    )

    told = {}
    for role in (Role.coordinator, Role.travel_officer, Role.lookout_officer, Role.funding_officer):
        acting(house, role)
        (row,) = json.loads(typed("case", "list", "--json"))
        told[role] = row["reasons"]

    assert told[Role.coordinator] == ["a minor", "the warrant's clock ends in 4 h"]
    assert told[Role.travel_officer] == ["a minor", "1 more, for other roles"]
    assert told[Role.lookout_officer] == ["the warrant's clock ends in 4 h", "1 more, for other roles"]
    assert told[Role.funding_officer] == ["2 more, for other roles"]
    with case_file.transaction() as session:
        looks = [e for e in session.exec(select(AuditEvent)) if e.fields.get("purpose") == "triage"]
    assert {event.actor for event in looks} == {
        house.officers[role] for role in (Role.coordinator, Role.travel_officer, Role.lookout_officer)
    }


def test_place_and_keeper_are_for_whoever_attends_to_the_person(house: House) -> None:
    reference = house.opens()
    shown = {}
    for role in (Role.verifying_officer, Role.funding_officer):
        acting(house, role)
        shown[role] = json.loads(typed("case", "show", reference, "--json"))

    assert shown[Role.verifying_officer]["place"] == "Quixotepet"
    assert shown[Role.funding_officer]["place"] is None
    assert "Quixotepet" not in json.dumps(shown[Role.funding_officer], ensure_ascii=False)
    assert shown[Role.funding_officer]["contact_overdue"] is False


def test_detention_counts_from_its_first_day_wherever_the_person_was_moved(house: House) -> None:
    reference = house.opens()
    for days, status in ((9, "detained"), (5, "rescued"), (4, "detained"), (1, "detained")):
        heard_of(house, reference, host_status=status, since=now().subtract(days=days))
    acting(house, Role.coordinator)

    (row,) = json.loads(typed("case", "list", "--json"))

    assert row["reasons"] == ["detained for 4 days"]


@pytest.mark.parametrize(
    ("noted", "why"),
    [
        ({"pressure": Pressure.warrant_clock, "is_over": False, "until": None}, "has an end"),
        ({"pressure": Pressure.danger, "is_over": False, "until": -1}, "no end to come"),
        ({"pressure": Pressure.danger, "is_over": True, "until": 1}, "no end to come"),
    ],
)
def test_a_pressure_that_cannot_be_is_refused(house: House, noted: dict[str, Any], why: str) -> None:
    reference, hours = house.opens(), noted["until"]

    with pytest.raises(case_file.Refused, match=why):
        triage.note_pressure(reference, **{**noted, "until": hours and now().add(hours=hours)}, officer="O-01")
