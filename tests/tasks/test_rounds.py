"""A round over many cases: the one that fails is told, and keeps no other waiting."""

from collections.abc import Iterator
from typing import Any

import pendulum
import pytest
from sqlmodel import Session

from models.case import RepatriationCase
from models.decision import Asking
from models.message import ALARM_WORDS, AlarmKind
from models.officer import Officer, Role
from tasks import alarms, case_file, engine, messages, reminders
from tasks.clock import now
from tasks.messages import words
from tasks.rounds import Round
from tasks.settings import settings
from tests.conftest import Server
from tests.mailbox import MailServer, mail_server
from tests.tasks.asked import House

PERSONAL = "배준미 was told"


@pytest.fixture
def house(case_database: Server) -> House:
    """Officers of every role."""
    del case_database
    return House()


@pytest.fixture
def box(configured: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """A mail server."""
    with mail_server() as running:
        configured.setenv("HOMEWARD_SMTP_HOST", "127.0.0.1")
        configured.setenv("HOMEWARD_SMTP_PORT", str(running.port))
        configured.setenv("HOMEWARD_SMTP_FROM", "desk@homeward.example")
        settings.cache_clear()
        yield running


def told() -> list[tuple[AlarmKind, str | None]]:
    return [(alarm.kind, alarm.reference) for alarm in alarms.standing()]


def test_one_question_whose_reminding_fails_keeps_no_other_waiting(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second, third = house.asks(), house.asks(), house.asks()
    real = reminders.climb

    def failing(session: Session, case: RepatriationCase, asking: Asking, *, at: pendulum.DateTime) -> Any:
        if asking.id == second.id:
            raise ZeroDivisionError(PERSONAL)
        return real(session, case, asking, at=at)

    monkeypatch.setattr(reminders, "climb", failing)
    rounds = [Round("reminding"), Round("reminding")]

    reminded = [reminders.remind(at=first.due_at.add(days=1), within=each) for each in rounds]

    assert [{each.reference for each in these} for these in reminded] == [{first.reference, third.reference}, set()]
    assert [list(each.failed) for each in rounds] == [[second.reference]] * 2
    assert rounds[0].words.startswith(f"{second.reference}: ZeroDivisionError at tests.tasks.test_rounds:")
    assert told() == [(AlarmKind.round_failed, second.reference)], "once a day, not once a round"
    assert PERSONAL not in rounds[0].words + caplog.text
    assert second.reference in caplog.text


def test_where_nothing_answers_the_round_ends_and_raises_no_alarm_about_a_case(house: House) -> None:
    reference = house.opens()

    # The engine's address is one where nobody listens.
    with pytest.raises(engine.EngineUnavailable), Round("setting going").alone(reference):
        raise engine.EngineUnavailable("the engine did not answer")

    assert told() == []


def test_a_database_that_gives_way_ends_the_round(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = house.opens()
    this_round = Round("setting going")

    def gone() -> Any:
        raise case_file.CaseFileUnavailable

    def do() -> None:
        with this_round.alone(reference):
            monkeypatch.setattr(case_file, "transaction", gone)
            raise ZeroDivisionError

    with pytest.raises(case_file.CaseFileUnavailable):
        do()

    assert list(this_round.failed) == [reference], "that it failed is not hidden either"


def test_a_mail_that_cannot_be_written_stops_nobody_elses_and_is_shown(
    house: House, box: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty, another = house.officers[Role.lookout_officer], house.enrol(Role.lookout_officer)
    house.asks()
    real = words.body

    def failing(these: Any, kinds: Any) -> str:
        if these[0].officer == faulty:
            raise UnicodeError(PERSONAL)
        return real(these, kinds)

    monkeypatch.setattr(words, "body", failing)
    for later in range(3):
        messages.deliver(at=now().add(hours=later))

    assert [arrived.to for arrived in box.arrived] == [[house.email(another)]]
    (stuck,) = messages.undelivered()
    assert (stuck.officer, stuck.reason, stuck.tried) == (faulty, "UnicodeError", True)


def test_an_alarm_about_all_cases_is_listed_mailed_and_acknowledged(house: House, box: MailServer) -> None:
    with case_file.transaction() as session:
        alarms.sound(session, None, AlarmKind.round_failed, about="repatriate/homeward 2026-11-23")
        coordinator = session.get_one(Officer, house.officers[Role.coordinator])

    messages.deliver(at=now())
    (alarm,) = alarms.standing()
    alarms.acknowledge(alarm.id, officer=coordinator)

    assert (alarm.reference, alarm.subject) == (None, "repatriate/homeward")
    (mail,) = [mail for mail in box.arrived if mail.to == [house.email(coordinator.number)]]
    assert "All cases" in mail.text
    assert ALARM_WORDS[AlarmKind.round_failed] in mail.text
    assert "None" not in mail.text
    assert alarms.standing() == []
