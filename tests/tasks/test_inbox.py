"""The inbox: the oldest question first, wherever its due time lies."""

import sys

import pytest

from models.case import Step
from models.officer import Officer, Role
from tasks import case_file, decisions, officers
from tests.conftest import Server
from tests.tasks.asked import House


@pytest.fixture
def house(case_database: Server) -> House:
    del case_database
    return House()


def listed(house: House) -> list[decisions.Waiting]:
    return decisions.inbox(named(house, Role.coordinator), all_roles=True)


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


def test_what_is_overdue_is_marked_and_comes_first_at_the_desk_alone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    oldest, overdue = house.asks(Step.verification), house.asks(Step.funding)
    monkeypatch.setattr(sys.modules[decisions.inbox.__module__], "now", lambda: overdue.due_at)

    marked = {oldest.reference: False, overdue.reference: True}
    assert [(w.reference, w.overdue) for w in listed(house)] == list(marked.items())
    first = decisions.inbox(named(house, Role.coordinator), all_roles=True, overdue_first=True)
    assert [(w.reference, w.overdue) for w in first] == list(marked.items())[::-1]


def test_what_happened_since_an_officer_opened_a_case_stands_beside_its_question(house: House) -> None:
    asking = house.asks()
    reader, somebody_else = (named(house, role) for role in (Role.lookout_officer, Role.coordinator))
    assert [each.news for each in decisions.inbox(reader)] == [None]

    decisions.evidence(asking.reference, reader=reader, purpose="decision")
    (before,) = decisions.inbox(reader)
    tells(asking.reference, *"abcde")
    (after,) = decisions.inbox(reader)

    assert before.news is not None
    assert (before.news.told, before.news.more) == ((), 0)
    assert after.news is not None
    assert (after.news.told, after.news.more) == (("e", "d", "c"), 2)
    # What one officer has read is new to another.
    assert [each.news for each in decisions.inbox(somebody_else, all_roles=True)] == [None]
    decisions.evidence(asking.reference, reader=reader, purpose="decision")
    assert [each.news and each.news.told for each in decisions.inbox(reader)] == [()]


def test_being_found_in_a_search_is_no_look_at_a_case(house: House) -> None:
    asking, reader = house.asks(Step.verification), named(house, Role.verifying_officer)

    with case_file.transaction() as session:
        case = case_file.load(session, asking.reference)
        case_file.note(session, "person.read", actor=reader.number, about=case, ids={"purpose": "search"})

    assert [each.news for each in decisions.inbox(reader)] == [None]


def named(house: House, role: Role) -> Officer:
    return next(officer for officer in officers.listed() if officer.number == house.officers[role])


def tells(reference: str, *sentences: str) -> None:
    for words in sentences:
        with case_file.transaction() as session:
            case_file.tell(session, reference, words)
