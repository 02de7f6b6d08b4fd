"""Each officer says at the desk where mail reaches them, and nobody says it for another."""

import httpx
import pytest

from models.officer import Role
from tasks import messages
from tests.deployments.test_desk import enrol, sign_in
from tests.deployments.test_desk_decides import FORM, token


@pytest.fixture
def number(desk: httpx.Client) -> str:
    """An officer at the desk, whom no message reaches yet."""
    enrolment = enrol(Role.funding_officer)
    sign_in(desk, enrolment)
    return enrolment.officer.number


def writes(desk: httpx.Client, **typed: str) -> httpx.Response:
    return desk.post("/me", data={FORM: token(desk.get("/me")), **typed})


def test_an_officer_writes_down_where_mail_reaches_them_and_takes_it_away(desk: httpx.Client, number: str) -> None:
    assert "No message reaches you" in desk.get("/me").text
    assert 'href="/me"' in desk.get("/").text

    assert writes(desk, email="o-07@mofa.example", reports="true").headers["location"] == "/me?done=true"

    assert (messages.of(number).email, messages.is_report_reader(number)) == ("o-07@mofa.example", True)
    shown = desk.get("/me").text
    assert "o-07@mofa.example" in shown
    assert "No message reaches you" not in shown
    assert writes(desk, email="").status_code == 303
    assert (messages.of(number).email, messages.is_report_reader(number)) == (None, False)


@pytest.mark.parametrize("email", ["nobody", "a@b.example,c@d.example", "mattermost://host/token", "A <a@b.example>"])
def test_what_is_no_mail_address_is_refused_and_stays_in_the_form(desk: httpx.Client, number: str, email: str) -> None:
    reply = writes(desk, email=email)

    assert (reply.status_code, "not one plain e-mail address" in reply.text) == (409, True)
    assert messages.of(number).email is None


def test_who_is_reached_nowhere_is_not_told_of_reports(desk: httpx.Client, number: str) -> None:
    reply = writes(desk, email="", reports="true")

    assert reply.status_code == 409
    assert 'class="refused"' in reply.text
    assert not messages.is_report_reader(number)


def test_another_countrys_officer_is_offered_no_reports(desk: httpx.Client) -> None:
    sign_in(desk, enrol(Role.border_partner))

    assert 'name="reports"' not in desk.get("/me").text
    assert writes(desk, email="b-01@border.example", reports="true").status_code == 303
