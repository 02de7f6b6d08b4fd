"""When a thing happened, when we were told, and when it was written down are three moments, and none lies ahead."""

import pendulum
import pytest
from sqlmodel import Session, col, select
from typer.testing import CliRunner, Result

from deployments.cli.main import app
from models.case import TimelineEntry
from models.funding import PrivatePayment
from models.officer import Role
from models.person import Declaration, Whereabouts
from tasks import case_file, officers, vault
from tasks.clock import now
from tests.conftest import Server

HAPPENED, REPORTED = pendulum.datetime(2026, 11, 20, 2, 30), pendulum.datetime(2026, 11, 20, 17, 45)

WORDS = {
    "declare": ("return", "--language", "ko", "--reader", "O-01"),
    "locate": ("--place", "Phnom Penh", "--keeper", "mission", "--host-status", "released"),
    "private-payment": ("family", "12.50", "USD", "--purpose", "a bus"),
}
OPTION = {"declare": "--declared-at", "locate": "--since", "private-payment": "--paid-at"}


@pytest.fixture
def reference(case_database: Server) -> str:
    """A case, and its coordinator signed in at the command line."""
    del case_database
    number = officers.add(name="C", agency="MOFA", roles=[Role.coordinator], by="test").officer.number
    CliRunner().invoke(app, ["login", "--officer", number, "--code", officers.drill_code(number)])
    return case_file.open_case(
        country="KHM", officer=number, name_hangul="홍길동", name_latin=None, place="Poipet", keeper="centre",
        host_status="detained",
    )  # fmt: skip


def homeward(command: str, reference: str, *more: str) -> Result:
    return CliRunner().invoke(app, ["case", command, reference, *WORDS[command], *more])


def moments(session: Session, command: str) -> tuple[pendulum.DateTime | None, ...]:
    """When the last row happened, was reported, was written down."""
    if command == "declare":
        said = session.exec(select(Declaration)).one()
        return said.declared_at, said.reported_at, said.recorded_at
    if command == "locate":
        there = session.exec(select(Whereabouts).order_by(col(Whereabouts.recorded_at).desc())).first()
        assert there is not None
        assert vault.open_text(session, there.person_id, "place", there.place_sealed) == "Phnom Penh"
        return there.since, there.reported_at, there.recorded_at
    paid = session.exec(select(PrivatePayment)).one()
    return paid.paid_at, paid.reported_at, paid.noted_at


@pytest.mark.parametrize("command", WORDS)
def test_the_three_moments_are_kept_apart_in_utc_and_the_timeline_tells_the_first(reference: str, command: str) -> None:
    before = now()

    # The first in the mission's local time, the second in Seoul's.
    done = homeward(
        command, reference, OPTION[command], "2026-11-20T09:30:00+07:00", "--reported-at", "2026-11-21T02:45:00+09:00"
    )

    # The bell of the run cannot ring here, which is said; what was written down is safe.
    assert "safe" in done.stderr or done.exit_code == 0, done.stderr
    with case_file.transaction() as session:
        happened, reported, recorded = moments(session, command)
        told = session.exec(select(TimelineEntry).where(TimelineEntry.happened_at == HAPPENED)).one()
    assert (happened, reported) == (HAPPENED, REPORTED)
    assert recorded is not None
    assert recorded >= before
    assert told.recorded_at >= before


@pytest.mark.parametrize("command", WORDS)
def test_without_a_word_everything_is_now(reference: str, command: str) -> None:
    before = now()

    homeward(command, reference)

    with case_file.transaction() as session:
        assert all(moment is not None and before <= moment <= now() for moment in moments(session, command))


@pytest.mark.parametrize("command", WORDS)
@pytest.mark.parametrize(
    ("happened", "reported", "why"),
    [
        (pendulum.duration(hours=1), None, "lies in the future; correct --"),
        (pendulum.duration(hours=-2), pendulum.duration(hours=1), "not in the future"),
        (pendulum.duration(hours=-2), pendulum.duration(hours=-3), "after it happened"),
    ],
)
def test_what_cannot_have_been_is_refused_and_nothing_is_written(
    reference: str, command: str, happened: pendulum.Duration, reported: pendulum.Duration | None, why: str
) -> None:
    told = [] if reported is None else ["--reported-at", (now() + reported).to_iso8601_string()]

    done = homeward(command, reference, OPTION[command], (now() + happened).to_iso8601_string(), *told)

    assert done.exit_code == 1
    assert why in done.stderr
    with case_file.transaction() as session:
        assert session.exec(select(Declaration)).all() == []
        assert session.exec(select(PrivatePayment)).all() == []
        assert len(session.exec(select(Whereabouts)).all()) == 1


def test_the_case_shows_both_clocks(reference: str) -> None:
    shown = CliRunner().invoke(app, ["case", "show", reference]).stdout

    assert "Asia/Phnom_Penh" in shown
    assert "Seoul" in shown


@pytest.mark.parametrize("typed", ["2026-11-20T09:30:00", "2026-11-20", "09:30", "2026", "09:30+07:00"])
def test_a_moment_without_its_day_or_zone_is_not_guessed_at(reference: str, typed: str) -> None:
    done = homeward("declare", reference, "--declared-at", typed)

    assert (done.exit_code, f"{typed!r} is not a moment; write it like" in done.stderr) == (2, True)


def test_a_word_older_than_a_year_is_asked_anew(reference: str) -> None:
    done = homeward("declare", reference, "--declared-at", "1999-11-20T09:30:00+07:00")

    assert (done.exit_code, "a year old at most" in done.stderr) == (1, True)
