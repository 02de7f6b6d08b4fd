"""An address that was changed: the officer is mailed where mail reached them until then, once, by nobody's name."""

from collections.abc import Iterator

import pytest

from models.officer import Role
from tasks import messages
from tasks.clock import now
from tests.conftest import Server
from tests.mailbox import MailServer, mail_server
from tests.tasks.asked import House
from tests.tasks.test_messages import mails_through


@pytest.fixture
def number(case_database: Server) -> str:
    """A coordinator who is reached by mail."""
    del case_database
    return House().officers[Role.coordinator]


@pytest.fixture
def box(number: str, configured: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """A mail server that officers' mail goes through."""
    del number
    with mail_server() as running:
        mails_through(configured, running.port)
        yield running


def recipients(box: MailServer) -> list[list[str]]:
    messages.deliver(at=now())
    return [mail.to for mail in box.arrived]


def test_whoever_was_reached_there_is_told_there(number: str, box: MailServer) -> None:
    was = House.email(number)

    messages.reach(number, email="elsewhere@mofa.example", by=number)

    assert recipients(box) == [[was]]
    said = box.arrived[0].text
    assert "If you did not ask for that, tell the registrar at once." in said
    assert "elsewhere" not in said
    assert recipients(box) == [[was]], "told once"


def test_two_changes_in_a_row_are_told_at_both_places(number: str, box: MailServer) -> None:
    was = House.email(number)

    messages.reach(number, email="second@mofa.example", by=number)
    messages.reach(number, email="third@mofa.example", by=number)

    assert sorted(recipients(box)) == sorted([[was], ["second@mofa.example"]])


@pytest.mark.parametrize("change", [{"email": ""}, {"email": "x@mofa.example", "notify": "json://127.0.0.1:9/x"}])
def test_an_address_taken_away_is_told_where_it_was(number: str, box: MailServer, change: dict[str, str]) -> None:
    was = House.email(number)

    messages.reach(number, **change, by=number)

    assert recipients(box) == [[was]]


def test_what_changes_nothing_is_not_told(number: str, box: MailServer) -> None:
    messages.reach(number, email=House.email(number), by=number)
    messages.reach(number, notify="json://127.0.0.1:9/first", by=number)

    assert recipients(box) == []


def test_without_a_mail_server_it_waits(number: str) -> None:
    messages.reach(number, email="elsewhere@mofa.example", by=number)

    assert messages.deliver(at=now()) == messages.Delivered()
    assert [stuck.reason for stuck in messages.undelivered()] == ["HOMEWARD_SMTP_HOST is not set"]
