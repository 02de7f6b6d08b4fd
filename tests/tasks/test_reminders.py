import threading
from concurrent.futures import ThreadPoolExecutor

import pendulum
import pytest
from sqlalchemy import update
from sqlmodel import col, select

from models.case import Step
from models.decision import Asking, Decision, Proposal
from models.ladder import LADDERS, Escalation
from models.message import Alarm, AlarmKind, MessageKind
from models.officer import Officer, Role
from tasks import alarms, case_file, decisions, messages, reminders
from tasks.clock import now
from tests.conftest import Server
from tests.plain_policy import DECIDES, DUE_WITHIN
from tests.tasks.asked import House, later

SECOND = pendulum.duration(seconds=1)
LADDER = LADDERS[Step.lookout]


@pytest.fixture
def house(case_database: Server) -> House:
    del case_database
    return House()


def rungs_of(asking: Asking) -> list[str]:
    """The rungs a question has reached, in their order."""
    with case_file.transaction() as session:
        found = session.exec(
            select(Escalation).where(Escalation.question_id == asking.question_id).order_by(col(Escalation.reached_at))
        ).all()
    return [escalation.rung for escalation in found]


def test_whoever_decides_is_told_with_the_question(house: House) -> None:
    asking = house.asks()

    (told,) = house.made()
    assert (told.officer, told.kind) == (house.officers[Role.lookout_officer], MessageKind.question_waits)
    assert (told.reference, told.step, told.role, told.due_at) == (
        asking.reference, asking.step, asking.role, asking.due_at,
    )  # fmt: skip
    assert rungs_of(asking) == ["asked"]


def test_each_rung_is_climbed_at_its_moment_once_and_not_before(house: House) -> None:
    asking = house.asks()

    for place, rung in enumerate(LADDER[1:], start=1):
        moment = rung.reached_at(asked_at=asking.asked_at, due_at=asking.due_at)
        assert reminders.remind(at=moment - SECOND) == []
        assert reminders.remind(at=moment) == [reminders.Reminded(asking.reference, rung.name)]
        assert reminders.remind(at=moment) == []
        told = [message.officer for message in house.made(about=f"{asking.id}:{rung.name}")]
        roles = {*rung.roles, *([asking.role] if rung.tells_deciders else [])}
        assert sorted(told) == sorted(house.officers[role] for role in roles)
        assert rungs_of(asking) == [each.name for each in LADDER[: place + 1]]
    assert reminders.remind(at=later(asking.due_at, days=365)) == []


def test_going_up_stands_in_the_timeline_the_trail_and_the_inbox(house: House) -> None:
    asking = house.asks()
    coordinator = next(o for o in everybody() if o.holds(Role.coordinator))
    assert [(w.overdue, w.escalated_to) for w in decisions.inbox(coordinator, all_roles=True)] == [(False, ())]

    for rung in LADDER:
        reminders.remind(at=rung.reached_at(asked_at=asking.asked_at, due_at=asking.due_at))

    both = "coordinator and head-of-consular-affairs"
    assert house.timeline(asking.reference)[-3:] == [
        "Overdue: verification.lookout waits for the lookout-officer; told again: lookout-officer and coordinator.",
        "Still undecided: verification.lookout; escalated to coordinator. Nothing is decided by waiting.",
        f"Still undecided: verification.lookout; escalated to {both}. Nothing is decided by waiting.",
    ]
    (waiting,) = decisions.inbox(coordinator, all_roles=True)
    assert waiting.escalated_to == (Role.coordinator, Role.head_of_consular_affairs)
    with case_file.transaction() as session:
        assert case_file.broken_link(session)[0] is None


def everybody() -> list[Officer]:
    """All officers."""
    with case_file.transaction() as session:
        return list(session.exec(select(Officer)))


def test_no_clock_ever_decides_anything(house: House) -> None:
    askings = [house.asks() for _ in range(3)]
    before = [house.again(asking) for asking in askings]

    for days in (0, 1, 30, 365):
        reminders.remind(at=later(askings[-1].due_at, days=days))
        messages.tidy()
        messages.deliver(at=later(askings[-1].due_at, days=days))

    assert [house.again(asking) for asking in askings] == before
    with case_file.transaction() as session:
        assert session.exec(select(Decision)).all() == []


def test_a_question_answered_meanwhile_is_not_reminded_of(house: House) -> None:
    asking = house.asks()
    house.answers(asking)

    assert reminders.remind(at=later(asking.due_at, days=1)) == []
    assert rungs_of(asking) == ["asked"]


def test_two_clocks_at_one_moment_climb_once(house: House) -> None:
    askings = [house.asks() for _ in range(4)]
    at, together = later(askings[-1].due_at, hours=1), threading.Barrier(3)

    def tick(_: int) -> list[reminders.Reminded]:
        together.wait()
        return reminders.remind(at=at)

    with ThreadPoolExecutor(3) as clocks:
        climbed = [each for done in clocks.map(tick, range(3)) for each in done]

    assert sorted((c.reference, c.rung) for c in climbed) == sorted(
        (asking.reference, name) for asking in askings for name in ("due_soon", "overdue", "escalated")
    )
    for asking in askings:
        about = [m.about for m in house.made(reference=asking.reference)]
        assert len(about) == len(
            set(zip(about, [m.officer for m in house.made(reference=asking.reference)], strict=True))
        )
        assert sum("Overdue" in line for line in house.timeline(asking.reference)) == 1


def test_after_a_clock_stood_still_an_officer_is_told_of_the_highest_rung_only(house: House) -> None:
    asking = house.asks()

    reminders.remind(at=later(asking.due_at, days=1))

    told = {m.officer: m.about.rpartition(":")[2] for m in house.made() if m.kind is not MessageKind.question_waits}
    assert told == {
        house.officers[Role.lookout_officer]: "overdue",
        house.officers[Role.coordinator]: "at_the_top",
        house.officers[Role.head_of_consular_affairs]: "at_the_top",
    }
    assert set(rungs_of(asking)) == {rung.name for rung in LADDER}


def test_asked_again_without_an_answer_a_question_stays_due_and_is_not_told_again(house: House) -> None:
    first = house.asks()
    reminders.remind(at=first.due_at)
    told = len(house.made())

    again = house.asks(reference=first.reference)
    once_more = house.asks(reference=first.reference)

    assert again.id != first.id
    assert (again.due_at, again.question_id, once_more.question_id) == (first.due_at, first.id, first.id)
    assert reminders.remind(at=first.due_at) == []
    assert len(house.made()) == told
    assert len(reminders.remind(at=later(first.due_at, hours=1))) == 1


def test_what_lapses_again_and_again_still_goes_up_the_ladder(house: House) -> None:
    first = house.asks()
    for place, rung in enumerate(LADDER):
        with case_file.transaction() as session:
            session.execute(update(Proposal).values(valid_until=now().subtract(seconds=1)))
        assert [each for each in decisions.lapsed() if decisions.close_lapsed(each)] == [first.reference]
        messages.tidy()
        again = house.asks(reference=first.reference)
        assert again.proposal_id != first.proposal_id
        assert (again.question_id, again.due_at) == (first.id, first.due_at)

        reminders.remind(at=rung.reached_at(asked_at=first.asked_at, due_at=first.due_at))

        assert rungs_of(first) == [each.name for each in LADDER[: place + 1]]
    assert [message.dropped_at for message in house.made() if message.dropped_at] == []


def test_a_question_taken_over_by_another_is_not_told_any_more(house: House) -> None:
    first = house.asks()
    with case_file.transaction() as session:
        decisions.withdraw(session, first.reference, first.step)
    house.asks(Step.verification, reference=first.reference)

    messages.tidy()

    assert {message.step: bool(message.dropped_at) for message in house.made()} == {
        Step.lookout: True, Step.verification: False,
    }  # fmt: skip


def test_asked_again_after_an_answer_a_question_has_its_time_and_is_told(house: House) -> None:
    first = house.asks()
    house.answers(first, outcome="ask", reason="evidence_missing")

    again = house.asks(reference=first.reference)

    assert again.question_id == again.id
    assert again.due_at == again.asked_at + DUE_WITHIN[again.step]
    assert len(house.made(kind=MessageKind.question_waits)) == 2


def test_a_role_nobody_holds_is_an_alarm_and_the_coordinators_are_told(house: House) -> None:
    with case_file.transaction() as session:
        decider = session.get_one(Officer, house.officers[DECIDES[Step.lookout]])
        decider.active = False
        session.add(decider)

    asking = house.asks()
    house.asks(reference=asking.reference)

    (alarm,) = alarms.standing()
    assert (alarm.kind, alarm.reference) == (AlarmKind.nobody_decides, asking.reference)
    assert {(m.officer, m.kind) for m in house.made()} == {
        (house.officers[Role.coordinator], MessageKind.question_waits),
        (house.officers[Role.coordinator], MessageKind.alarm),
    }


def test_an_alarm_sounds_once_and_stays_until_a_coordinator_has_looked(house: House) -> None:
    reference = house.opens()
    for _ in range(2):
        with case_file.transaction() as session:
            alarms.sound(session, case_file.load(session, reference), AlarmKind.run_ended, about="run-1")
    (alarm,) = alarms.standing()
    with case_file.transaction() as session:
        coordinator = session.get_one(Officer, house.officers[Role.coordinator])
        other = session.get_one(Officer, house.officers[Role.travel_officer])

    with pytest.raises(case_file.Refused, match="for coordinators"):
        alarms.acknowledge(alarm.id, officer=other)
    alarms.acknowledge(alarm.id, officer=coordinator)
    with pytest.raises(case_file.Refused, match="No open alarm"):
        alarms.acknowledge(alarm.id, officer=coordinator)

    assert alarms.standing() == []
    messages.tidy()
    assert [bool(message.dropped_at) for message in house.made()] == [True]
    with case_file.transaction() as session:
        assert session.exec(select(Alarm)).one().acknowledged_by == coordinator.number
