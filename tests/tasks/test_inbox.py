"""The inbox: the oldest question first, wherever its due time lies."""

import sys

import pytest

from models.case import Step
from models.officer import Role
from tasks import decisions, officers
from tests.conftest import Server
from tests.tasks.asked import House


@pytest.fixture
def house(case_database: Server) -> House:
    del case_database
    return House()


def listed(house: House) -> list[decisions.Waiting]:
    coordinator = next(o for o in officers.listed() if o.number == house.officers[Role.coordinator])
    return decisions.inbox(coordinator, all_roles=True)


def test_the_oldest_question_comes_first_though_another_is_due_before_it(house: House) -> None:
    oldest, sooner_due, newest = (house.asks(step) for step in (Step.verification, Step.funding, Step.booking))
    assert sooner_due.due_at < newest.due_at < oldest.due_at

    in_order = [oldest.reference, sooner_due.reference, newest.reference]
    assert [waiting.reference for waiting in listed(house)] == in_order
    assert [waiting.reference for waiting in listed(house)] == in_order


def test_a_question_asked_again_keeps_its_place(house: House) -> None:
    first, second = house.asks(Step.verification), house.asks(Step.verification)

    again = house.asks(Step.verification, reference=first.reference)

    assert again.asked_at > second.asked_at
    assert [waiting.reference for waiting in listed(house)] == [first.reference, second.reference]


def test_what_is_overdue_is_marked_and_moves_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    oldest, overdue = house.asks(Step.verification), house.asks(Step.funding)
    monkeypatch.setattr(sys.modules[decisions.inbox.__module__], "now", lambda: overdue.due_at)

    assert [(w.reference, w.overdue) for w in listed(house)] == [(oldest.reference, False), (overdue.reference, True)]
