import time

import pyotp
import pytest

from models.officer import LOCKED_AFTER, Officer, Role
from tasks import case_file, officers
from tasks.clock import now
from tests.conftest import Server


@pytest.fixture
def enrolment(case_database: Server) -> officers.Enrolment:
    del case_database
    return officers.add(name="Consul", agency="Embassy", roles=[Role.verifying_officer], by="test")


def test_an_officer_proves_who_they_are_with_their_authenticator(enrolment: officers.Enrolment) -> None:
    code = pyotp.TOTP(enrolment.totp_secret).now()

    officer, _ = officers.prove("O-01", code, on="decision")

    assert officer.number == "O-01"
    assert enrolment.provisioning_uri.startswith("otpauth://totp/")


def test_a_code_is_spent_by_being_used_once(enrolment: officers.Enrolment) -> None:
    code = pyotp.TOTP(enrolment.totp_secret).now()
    officers.prove("O-01", code, on="sign-in")

    with pytest.raises(officers.NotProved, match="used before"):
        officers.prove("O-01", code, on="decision")


@pytest.mark.parametrize("drift_s", [-30, 30])
def test_a_clock_half_a_minute_off_is_forgiven(enrolment: officers.Enrolment, drift_s: int) -> None:
    code = pyotp.TOTP(enrolment.totp_secret).at(time.time() + drift_s)

    assert officers.prove("O-01", code, on="decision")


def test_a_clock_two_minutes_off_is_not(enrolment: officers.Enrolment) -> None:
    code = pyotp.TOTP(enrolment.totp_secret).at(time.time() - 120)

    with pytest.raises(officers.NotProved):
        officers.prove("O-01", code, on="decision")


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "１２３４５６", "1234567890" * 50])
def test_what_is_no_code_is_refused_and_never_fatal(enrolment: officers.Enrolment, code: str) -> None:
    del enrolment
    with pytest.raises(officers.NotProved, match="do not fit"):
        officers.prove("O-01", code, on="decision")


def test_who_guesses_has_to_wait_even_with_the_right_code(enrolment: officers.Enrolment) -> None:
    for _ in range(LOCKED_AFTER):
        with pytest.raises(officers.NotProved, match="do not fit"):
            officers.prove("O-01", "000000", on="decision")

    with pytest.raises(officers.NotProved, match="try again in"):
        officers.prove("O-01", pyotp.TOTP(enrolment.totp_secret).now(), on="decision")
    with case_file.transaction() as session:
        officer = session.get_one(Officer, "O-01")
        officer.locked_until = now().subtract(seconds=1)
        session.add(officer)
    assert officers.prove("O-01", pyotp.TOTP(enrolment.totp_secret).now(), on="decision")


def test_the_desk_wants_the_password_too(enrolment: officers.Enrolment) -> None:
    totp = pyotp.TOTP(enrolment.totp_secret)

    with pytest.raises(officers.NotProved, match="do not fit"):
        officers.prove("O-01", totp.now(), on="sign-in", password="wrong")
    assert officers.prove("O-01", totp.now(), on="sign-in", password=enrolment.password)


def test_a_session_opens_one_door_and_ends(enrolment: officers.Enrolment) -> None:
    token = officers.open_session(enrolment.officer, door="desk")

    assert officers.signed_in(token, door="desk") is not None
    assert officers.signed_in(token, door="cli") is None
    assert officers.signed_in("guess", door="desk") is None
    officers.close_session(token)
    assert officers.signed_in(token, door="desk") is None


def test_an_officer_taken_out_of_service_is_out_at_once(enrolment: officers.Enrolment) -> None:
    token = officers.open_session(enrolment.officer, door="desk")
    with case_file.transaction() as session:
        officer = session.get_one(Officer, "O-01")
        officer.active = False
        session.add(officer)

    assert officers.signed_in(token, door="desk") is None
    with pytest.raises(officers.NotProved):
        officers.prove("O-01", pyotp.TOTP(enrolment.totp_secret).now(), on="decision")
