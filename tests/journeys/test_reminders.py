"""Clocks and alarms on the real engine: what is done to a run is told, and no clock decides anything."""

from collections.abc import Iterator
from typing import Any

import pendulum
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.logging.handlers import APILogWorker
from prefect.states import Cancelled, Completed
from sqlalchemy import NullPool, create_engine, update
from sqlmodel import col, select

from deployments.worker.segment import run_segment
from flows.clocks import remind
from models.case import Step
from models.decision import Asking, Decision
from models.message import ALARM_WORDS, AlarmKind, Message
from models.officer import Role
from tasks import alarms, case_file, corrections, engine, messages, takeover
from tasks.clock import now
from tasks.settings import settings
from tests.conftest import Server
from tests.journeys.story import Story
from tests.journeys.test_engine_is_blind import engine_dump
from tests.mailbox import MailServer, mail_server, notification_service


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep looks without waiting."""
    monkeypatch.setattr(takeover, "GRACE", pendulum.duration())


@pytest.fixture
def box(story: Story, configured: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """A mail server, and officers reached through it."""
    with mail_server() as running:
        configured.setenv("HOMEWARD_SMTP_HOST", "127.0.0.1")
        configured.setenv("HOMEWARD_SMTP_PORT", str(running.port))
        configured.setenv("HOMEWARD_SMTP_FROM", "desk@homeward.example")
        settings.cache_clear()
        for role, number in story.deciders.items():
            messages.reach(number, email=f"{role.value}@mofa.example", by="test")
        yield running


def ticks() -> State[None]:
    """Play the worker: run the clock as the engine's schedule does, and return its last state."""
    with get_client(sync_client=True) as client:
        run = client.create_flow_run(remind)
    ended = run_segment(remind, run)
    assert ended is not None
    return ended


def let_wait(story: Story, **by: int) -> None:
    """Let a question have waited for so long."""
    question = story.question()
    by_then = {"asked_at": question.asked_at.subtract(**by), "due_at": question.due_at.subtract(**by)}
    address = case_file.engine().url.set(username="homeward_owner")
    # The application's own role may not turn back time.
    with create_engine(address, poolclass=NullPool).begin() as owner:
        owner.execute(update(Asking).where(col(Asking.id) == question.id).values(**by_then))


def alarm_of(story: Story) -> list[AlarmKind]:
    """The alarms that stand, all of them about this case."""
    standing = alarms.standing()
    assert {alarm.reference for alarm in standing} <= {story.reference}
    return [alarm.kind for alarm in standing]


def told_to(box: MailServer, role: Role) -> str:
    """All that was mailed to one officer."""
    return "\n".join(mail.text for mail in box.arrived if mail.to == [f"{role.value}@mofa.example"])


def test_the_clock_reminds_goes_up_and_decides_nothing(story: Story, box: MailServer) -> None:
    story.opens()
    story.begins()
    assert ticks().message == "nobody to remind; 1 mails sent, 0 failed"
    let_wait(story, hours=5)

    ended = ticks()

    rungs = ", ".join(f"{story.reference}: {rung}" for rung in ("due_soon", "overdue", "escalated"))
    assert (ended.type.value, ended.message) == ("COMPLETED", f"{rungs}; 2 mails sent, 0 failed")
    assert "decision overdue" in told_to(box, Role.verifying_officer)
    assert "escalated" in told_to(box, Role.coordinator)
    assert ticks().message == "nobody to remind; 0 mails sent, 0 failed"
    assert story.waits_at() is Step.verification
    with case_file.transaction() as session:
        assert session.exec(select(Decision)).all() == []
    story.decides()
    assert story.waits_at() is Step.authorise


def test_the_clock_alarms_about_whoever_was_not_heard_of_until_somebody_was(story: Story, box: MailServer) -> None:
    story.opens()
    where: dict[str, Any] = {
        "place": "Poipet", "keeper": "the mission", "host_status": "rescued", "officer": story.coordinator,
    }  # fmt: skip
    corrections.locate(story.reference, next_contact_due_at=now().subtract(minutes=1), **where)

    assert ticks().message == "nobody to remind; 1 not heard of in time; 1 mails sent, 0 failed"

    assert alarm_of(story) == [AlarmKind.contact_overdue]
    assert ALARM_WORDS[AlarmKind.contact_overdue] in told_to(box, Role.coordinator)
    assert ticks().message == "nobody to remind; 1 not heard of in time; 0 mails sent, 0 failed"
    corrections.locate(story.reference, next_contact_due_at=now().add(hours=24), **where)
    assert alarm_of(story) == []
    assert ticks().message == "nobody to remind; 0 mails sent, 0 failed"


def test_a_resume_without_an_answer_is_an_alarm_and_gives_nobody_more_time(story: Story, box: MailServer) -> None:
    story.opens()
    story.begins()
    before = story.question()
    with get_client(sync_client=True) as client:
        client.resume_flow_run(before.flow_run_id)
    story.goes_on()

    messages.deliver(at=now())

    assert alarm_of(story) == [AlarmKind.resumed_without_answer]
    assert ALARM_WORDS[AlarmKind.resumed_without_answer] in told_to(box, Role.coordinator)
    assert (story.question().due_at, story.question().question_id) == (before.due_at, before.id)
    assert told_to(box, Role.verifying_officer).count(story.reference) == 5, (
        "told once: subject, and twice in each language"
    )


def test_a_forced_state_is_an_alarm(story: Story) -> None:
    story.opens()
    story.begins()
    assert story.run_id is not None
    engine.start_again(story.run_id)

    story.goes_on()

    assert alarm_of(story) == [AlarmKind.resumed_without_answer]


@pytest.mark.parametrize(
    ("forced", "alarm"),
    [(None, AlarmKind.run_ended), (Completed(), AlarmKind.run_ended), (Cancelled(), AlarmKind.run_cancelled)],
    ids=["deleted", "completed", "cancelled"],
)
def test_a_run_taken_away_is_told_to_the_coordinators_and_nothing_else_is(
    story: Story, box: MailServer, forced: State[None] | None, alarm: AlarmKind
) -> None:
    story.opens()
    story.begins()
    assert story.run_id is not None
    with get_client(sync_client=True) as client:
        if forced is None:
            client.delete_flow_run(story.run_id)
        else:
            client.set_flow_run_state(story.run_id, forced, force=True)

    takeover.sweep()
    story.run_id = story.newest_run()
    story.goes_on()
    messages.deliver(at=now())

    assert alarm_of(story) == [alarm]
    assert ALARM_WORDS[alarm] in told_to(box, Role.coordinator)
    assert ALARM_WORDS[alarm] not in told_to(box, Role.verifying_officer)


def test_a_lost_form_is_an_alarm(story: Story) -> None:
    story.opens()
    story.begins()
    question = story.question()
    with get_client(sync_client=True) as client:
        client.delete_flow_run_input(question.flow_run_id, f"suspended-{question.key}-description")

    takeover.sweep()
    story.goes_on()

    assert alarm_of(story) == [AlarmKind.form_lost]
    assert story.question().question_id == question.id


def test_a_case_that_moved_on_since_its_page_was_read_has_lost_no_form(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.opens()
    story.begins()
    page = case_file.waiting_runs(after="", count=takeover.PAGE)
    story.decides()
    question = story.question()
    monkeypatch.setattr(case_file, "waiting_runs", lambda **_: page)

    found, _ = takeover.compare_waiting(after="", forms=takeover.PAGE)

    assert (found, alarms.standing()) == ({}, [])
    assert story.question().id == question.id


def test_a_journey_home_sounds_no_alarm_and_leaves_nothing_unsaid(story: Story, box: MailServer) -> None:
    story.opens()
    story.begins()
    while story.waits_at() is not None:
        messages.deliver(at=now())
        takeover.sweep()
        story.decides()

    assert alarms.standing() == []
    assert len(box.arrived) == 6
    with case_file.transaction() as session:
        assert all(message.sent_at for message in session.exec(select(Message)))


def test_where_officers_are_reached_never_comes_to_the_engine(
    story: Story, box: MailServer, postgres_server: Server, capfd: pytest.CaptureFixture[str]
) -> None:
    with notification_service() as service:
        messages.reach(
            story.deciders[Role.verifying_officer],
            email="zyxwvut@mofa.example",
            notify=f"json://qponm:s3cr3tt0ken@127.0.0.1:{service.port}",
            by="test",
        )
        story.opens()
        story.begins()
        box.refuses = ["550 zyxwvut@mofa.example is unknown here"]
        service.refuses = 1
        assert ticks().message == "nobody to remind; 0 mails sent, 2 failed"
    APILogWorker.drain_all(timeout=10)

    kept, said = engine_dump(postgres_server), capfd.readouterr()
    assert "0 mails sent, 2 failed" in kept
    for secret in ("zyxwvut", "qponm", "s3cr3tt0ken"):
        assert secret not in kept
        assert secret not in said.out + said.err
