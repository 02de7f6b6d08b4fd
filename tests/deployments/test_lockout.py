"""Wrong answers lock the way in at which they were given, and somebody is told."""

import httpx
import pytest

from models.message import AlarmKind
from models.officer import LOCKED_AFTER, Role, WrongAnswers
from tasks import alarms, case_file, lockout, officers
from tasks.clock import now
from tests.deployments.test_desk import enrol

WAYS = (None, lockout.RESUME_FORM, lockout.SIGN_IN, lockout.WITNESS)


@pytest.fixture
def enrolment(case_database: object) -> officers.Enrolment:
    """An officer who may sign in."""
    del case_database
    return enrol(Role.coordinator)


def guesses(number: str, way: str | None, times: int = LOCKED_AFTER) -> None:
    for _ in range(times):
        with pytest.raises(officers.NotProved, match="do not fit"):
            officers.prove(number, "000000", on="decision", way=way)


@pytest.mark.parametrize("locked", WAYS)
def test_what_locks_one_way_in_locks_no_other(enrolment: officers.Enrolment, locked: str | None) -> None:
    number = enrolment.officer.number

    guesses(number, locked)

    with pytest.raises(officers.NotProved, match="try again in"):
        officers.prove(number, officers.drill_code(number), on="decision", way=locked)
    for way in set(WAYS) - {locked}:
        assert officers.prove(number, officers.drill_code(number), on="decision", way=way)


def test_the_coordinators_are_told_once_of_a_row_of_wrong_answers(enrolment: officers.Enrolment) -> None:
    number = enrolment.officer.number
    guesses(number, lockout.RESUME_FORM, LOCKED_AFTER - 1)
    assert alarms.standing() == []

    guesses(number, lockout.RESUME_FORM, 1)
    unlock(number)
    guesses(number, lockout.RESUME_FORM, 1)

    assert [(alarm.kind, alarm.subject) for alarm in alarms.standing()] == [(AlarmKind.officer_locked, number)]
    unlock(number)
    assert officers.prove(number, officers.drill_code(number), on="decision", way=lockout.RESUME_FORM)
    guesses(number, lockout.RESUME_FORM)
    assert len(alarms.standing()) == 2


def unlock(number: str) -> None:
    """The time an officer had to wait is over."""
    with case_file.transaction() as session:
        counted = session.get_one(WrongAnswers, (number, lockout.RESUME_FORM))
        counted.locked_until = now().subtract(seconds=1)
        session.add(counted)


def test_a_stranger_keeps_nobody_out_of_the_browser_they_use(desk: httpx.Client) -> None:
    enrolment = enrol(Role.coordinator)
    number = enrolment.officer.number
    right = {"officer": number, "password": enrolment.password}
    assert desk.post("/sign-in", data={**right, "code": officers.drill_code(number)}).status_code == 303
    name = f"homeward_known_{number}"
    mark = desk.cookies[name]

    with httpx.Client(base_url=desk.base_url, timeout=60) as stranger:
        for _ in range(LOCKED_AFTER):
            guess = {"officer": number, "password": "guess", "code": "000000"}
            assert stranger.post("/sign-in", data=guess).status_code == 401
        assert "try again in" in stranger.post("/sign-in", data={**right, "code": officers.drill_code(number)}).text
        for forged in ("", "00", f"{'0' * 16}.{'0' * 64}", mark + "0"):
            stranger.cookies.set(name, forged)
            reply = stranger.post("/sign-in", data={**right, "code": officers.drill_code(number)})
            assert "try again in" in reply.text

    # Another officer has used the same machine meanwhile.
    other = enrol(Role.coordinator)
    typed = {"officer": other.officer.number, "password": other.password}
    desk.post("/sign-in", data={**typed, "code": officers.drill_code(other.officer.number)})
    desk.cookies.delete("homeward_session")
    assert desk.post("/sign-in", data={**right, "code": officers.drill_code(number)}).status_code == 303


def test_the_mark_of_one_officer_is_no_other_officers(case_database: object) -> None:
    del case_database
    mark = lockout.mark_of("O-01")

    assert lockout.way_of_browser("O-01", mark) == f"sign-in {mark.partition('.')[0]}"
    assert lockout.way_of_browser("O-02", mark) == lockout.SIGN_IN
    for altered in (None, "", mark.upper(), mark[:3] + " " + mark[3:], mark[:3].swapcase() + mark[3:] + " "):
        assert lockout.way_of_browser("O-01", altered) == lockout.SIGN_IN
