"""A report of the clock is told to whoever is set to read it; one that was not made is tried again and alarmed."""

from collections.abc import Iterator

import pendulum
import pytest
from sqlalchemy import text

from models.case import HOME_ZONE
from models.message import AlarmKind, Message, MessageKind
from models.officer import Role
from models.situation import REPORT_HOURS, last_slot
from tasks import alarms, case_file, messages, situation
from tasks.clock import now
from tasks.settings import REPOSITORY, settings
from tests.conftest import Server
from tests.mailbox import MailServer, mail_server
from tests.tasks.asked import PLANTED, House
from tests.tasks.test_messages import mails_through


@pytest.fixture
def house(case_database: Server) -> House:
    del case_database
    return House()


@pytest.fixture
def box(house: House, configured: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """A mail server that officers' mail goes through."""
    del house
    with mail_server() as running:
        mails_through(configured, running.port)
        yield running


@pytest.fixture
def readers(house: House) -> list[str]:
    """Two officers who are set to be told; all the others of the house are not."""
    found = [house.officers[Role.coordinator], house.officers[Role.head_of_consular_affairs]]
    for number in found:
        messages.read_reports(number, tell=True, by="test")
    return sorted(found)


def told(house: House) -> list[Message]:
    return house.made(kind=MessageKind.report_ready)


def missing_at() -> pendulum.DateTime:
    """A moment at which the last report of the clock is late."""
    return last_slot(now()) + situation.LATE_AFTER


def opened_long_ago(house: House) -> None:
    reference = house.opens()
    with case_file.transaction() as session:
        session.execute(
            text("UPDATE repatriation_case SET opened_at = :then WHERE reference = :reference"),
            {"then": now().subtract(days=3), "reference": reference},
        )


def test_each_reader_gets_one_mail_of_their_own_that_says_where_to_open_it(
    house: House, readers: list[str], box: MailServer
) -> None:
    house.opens()

    made = situation.make(by=case_file.RUN)
    situation.make(by=case_file.RUN)
    messages.deliver(at=now())

    assert sorted(mail.to for mail in box.arrived) == sorted([house.email(number)] for number in readers)
    for mail in box.arrived:
        at = f"{made.made_at.in_timezone(HOME_ZONE):%Y-%m-%d %H:%M} {HOME_ZONE}"
        assert mail.text.count(f"{made.name}, {at}\n{settings().desk_url}/reports/{made.number}\n") == 2
        assert not any(value in mail.text for value in PLANTED.values())
        assert "KHM-" not in mail.text


def test_a_report_an_officer_asks_for_is_told_to_nobody(house: House, readers: list[str]) -> None:
    situation.make(by=readers[0])

    assert told(house) == []


def test_whoever_is_no_longer_set_or_in_service_is_not_told(house: House, readers: list[str]) -> None:
    messages.read_reports(readers[0], tell=False, by="test")
    with case_file.transaction() as session:
        session.execute(text("UPDATE officer SET active = false WHERE number = :number"), {"number": readers[1]})

    situation.make(by=case_file.RUN)

    assert told(house) == []


def test_nobody_of_another_country_and_nobody_unreached_is_set_to_be_told(house: House) -> None:
    unreached = house.enrol(Role.coordinator, mailed=False)

    for number, why in ((house.officers[Role.host_liaison], "another country"), (unreached, "do not reach")):
        with pytest.raises(case_file.Refused, match=why):
            messages.read_reports(number, tell=True, by="test")


def test_a_mail_that_does_not_go_out_is_kept_and_tried_again(
    house: House, readers: list[str], configured: pytest.MonkeyPatch
) -> None:
    mails_through(configured, 9)
    situation.make(by=case_file.RUN)

    assert messages.deliver(at=now()).failed == len(readers)
    with mail_server() as running:
        mails_through(configured, running.port)
        messages.deliver(at=now().add(hours=2))
        assert len(running.arrived) == len(readers)


def test_a_report_nobody_made_is_made_ten_minutes_late_and_once(house: House, readers: list[str]) -> None:
    opened_long_ago(house)

    assert situation.make_missing(at=missing_at().subtract(seconds=1)) is None
    made = situation.make_missing(at=missing_at())
    assert made is not None
    assert situation.make_missing(at=missing_at().add(minutes=1)) is None
    assert len(told(house)) == len(readers)


def test_before_there_are_cases_no_report_is_missing(house: House) -> None:
    house.opens()

    assert situation.make_missing(at=missing_at()) is None


def test_a_report_that_cannot_be_made_is_alarmed_until_one_is(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    opened_long_ago(house)
    with monkeypatch.context() as broken:
        broken.setattr("tasks.board.figures", lambda **_: 1 / 0)
        for _ in range(2):
            assert situation.make_missing(at=missing_at()) is None
    assert [alarm.kind for alarm in alarms.standing()] == [AlarmKind.report_missing]

    assert situation.make_missing(at=missing_at()) is not None
    assert alarms.standing() == []


def test_the_clock_is_scheduled_at_the_hours_a_report_is_missed_at() -> None:
    hours = ",".join(str(hour) for hour in REPORT_HOURS)

    assert f'cron: "0 {hours} * * *"\n        timezone: {HOME_ZONE}' in (REPOSITORY / "prefect.yaml").read_text()
