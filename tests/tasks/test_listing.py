"""What lists are ordered and searched by follows from the facts at once, and says what the rule itself would say."""

from collections.abc import Callable

import pendulum
import pytest
from sqlmodel import select

from models.case import CaseStatus, RepatriationCase, Step
from models.decision import Door
from models.listing import CaseName, CaseUrgency
from models.officer import Officer, Role
from models.person import Person
from models.triage import Pressure
from tasks import browsing, case_file, corrections, decisions, merging, officers, readers, silence, triage
from tasks.clock import now
from tests.conftest import Server
from tests.tasks.asked import House


@pytest.fixture
def house(case_database: Server) -> House:
    del case_database
    return House()


def officer(house: House, role: Role) -> Officer:
    return next(each for each in officers.listed() if each.number == house.officers[role])


def opens(house: House, name: str = "홍길동", latin: str = "HONG GILDONG") -> str:
    return case_file.open_case(
        country="KHM", officer=house.officers[Role.coordinator], name_hangul=name, name_latin=latin, place="p",
        keeper="k", host_status="detained",
    )  # fmt: skip


def as_the_rule_says() -> list[tuple[str, int, pendulum.DateTime | None]]:
    return [(r.case.reference, r.urgency.score, r.contact.due_at if r.contact else None) for r in triage.listed()]


def as_the_list_says(house: House) -> list[tuple[str, int, pendulum.DateTime | None]]:
    found = browsing.cases("", reader=officer(house, Role.coordinator))
    return [(row.case.reference, row.score, row.contact.due_at if row.contact else None) for row in found.rows]


def test_the_list_follows_each_fact_at_once_and_says_what_the_rule_says(house: House) -> None:
    first, second, third = opens(house), opens(house), opens(house)
    coordinator = house.officers[Role.coordinator]

    def hears_of(reference: str, due: pendulum.DateTime) -> None:
        corrections.locate(
            reference, place="p", keeper="k", host_status="rescued", next_contact_due_at=due, officer=coordinator
        )

    def presses(reference: str, *, is_over: bool) -> None:
        triage.note_pressure(reference, Pressure.danger, is_over=is_over, until=None, officer=coordinator)

    changes: tuple[Callable[[], object], ...] = (
        lambda: None,
        lambda: hears_of(second, now().subtract(hours=1)),
        lambda: presses(third, is_over=False),
        lambda: presses(third, is_over=True),
        lambda: hears_of(second, now().add(hours=9)),
        lambda: merging.merge(second, first, reason="same", officer=coordinator),
        lambda: _closes(second),
    )
    for change in changes:
        change()
        assert as_the_list_says(house) == as_the_rule_says()


def _closes(reference: str) -> None:
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        case_file.move(session, case, CaseStatus.cancelled)


def test_what_time_alone_changes_is_counted_anew_when_its_moment_has_come(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = opens(house)
    triage.renew_all()
    with case_file.transaction() as session:
        (row,) = session.exec(select(CaseUrgency)).all()
    assert triage.renew_all() == 0

    monkeypatch.setattr(triage, "now", lambda: row.holds_until)
    assert triage.renew_all() == 1
    with case_file.transaction() as session:
        later = session.get_one(CaseUrgency, reference)
        case = case_file.load(session, reference)
        said = triage.of(session, case, at=row.holds_until)
    assert said is not None
    assert later.score == said.score > row.score


def test_the_longest_silence_is_found_without_looking_at_every_case_and_is_the_same(house: House) -> None:
    for hours in (3, 1, 2):
        corrections.locate(
            opens(house), place="p", keeper="k", host_status="rescued",
            next_contact_due_at=now().subtract(hours=hours), officer=house.officers[Role.coordinator],
        )  # fmt: skip
    triage.renew_all()
    at = now()

    assert silence.longest_overdue(at=at, at_most=9) == silence.overdue(at=at)
    assert silence.longest_overdue(at=at, at_most=2) == silence.overdue(at=at)[:2]


def test_a_name_that_was_corrected_or_taken_out_is_found_as_it_now_stands_alone(house: House) -> None:
    reference, reader = opens(house, "배준미", "PAE JUN MI"), officer(house, Role.coordinator)

    def found(letters: str) -> bool:
        return bool(browsing.cases(letters, reader=reader).rows)

    assert [found(each) for each in ("준미", "배", "mi jun", "jun mi", "김")] == [True, True, False, True, False]
    with case_file.transaction() as session:
        person = session.get_one(Person, case_file.load(session, reference).person_id)
        person.name_hangul, person.name_latin = "김준하", None
        session.add(person)
    assert [found(each) for each in ("준미", "배", "jun mi", "김", "김준")] == [False, False, False, True, True]
    assert [found(each) for each in ("%", "_", "\\", "m")] == [False, False, False, True]
    with case_file.transaction() as session:
        person = session.get_one(Person, person.id)
        person.name_hangul = None
        session.add(person)
    with case_file.transaction() as session:
        assert [row.names for row in session.exec(select(CaseName))] == [""]


def test_the_list_is_turned_page_by_page_and_misses_nobody(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    every = {opens(house) for _ in range(5)}
    monkeypatch.setattr(browsing, "SHOWN", 2)
    reader = officer(house, Role.coordinator)

    for letters in ("", "hong", "khm"):
        leaves = [browsing.cases(letters, reader=reader, page=page) for page in range(3)]
        assert [leaf.has_more for leaf in leaves] == [True, True, False], letters
        assert [row.case.reference for leaf in leaves for row in leaf.rows] == sorted(every), letters


@pytest.mark.parametrize("top", [1, 4, 99])
@pytest.mark.parametrize("letters", ["gil", "길", "khm", "k", "khm-20", "-"])
def test_letters_that_very_many_have_are_found_in_the_same_order(
    house: House, monkeypatch: pytest.MonkeyPatch, letters: str, top: int
) -> None:
    _, *every = [opens(house, *names) for names in (("배준미", "PAE JUN MI"), *[("홍길동", "HONG GILDONG")] * 4)]
    reader = officer(house, Role.coordinator)
    few = browsing.cases(letters, reader=reader)
    monkeypatch.setattr(browsing, "COUNTED", 2)
    monkeypatch.setattr(browsing, "_FEW", 1)
    monkeypatch.setattr(browsing, "_TOP", top)
    monkeypatch.setattr(browsing, "SHOWN", 3)

    leaves = [browsing.cases(letters, reader=reader, page=page) for page in range(2)]

    shown = [row.case.reference for leaf in leaves for row in leaf.rows]
    assert shown == [row.case.reference for row in few.rows]
    assert set(every) <= set(shown)
    assert not any(leaf.is_counted for leaf in leaves)


def test_a_part_of_a_reference_is_found_wherever_it_stands_and_names_nobody(house: House) -> None:
    first, second = opens(house), opens(house)
    reader = officer(house, Role.coordinator)

    for letters, found in (
        (second, [second]), (second[-3:], [second]), (first.lower(), [first]), ("7777777", []), ("z", []),
    ):  # fmt: skip
        answer = browsing.cases(letters, reader=reader)
        assert ([row.case.reference for row in answer.rows], answer.total) == (found, len(found)), letters
        assert answer.names == {}


def test_the_look_at_each_person_of_a_page_is_an_event_of_its_own_and_the_chain_holds(house: House) -> None:
    every = [opens(house) for _ in range(3)]
    reader = officer(house, Role.coordinator)
    with case_file.transaction() as session:
        _, before = case_file.broken_link(session)

    with case_file.through(Door.desk):
        browsing.cases("길", reader=reader)

    with case_file.transaction() as session:
        fault, after = case_file.broken_link(session)
    assert (fault, after - before) == (None, 3)
    for reference in every:
        (look,) = readers.who_looked(reference, reader=reader)
        assert (look.officer, look.action, look.purpose, look.door) == (
            reader.number, "person.read", "search", "desk",
        )  # fmt: skip


@pytest.mark.parametrize("at_most", [1, 2, 9])
def test_the_first_questions_of_a_role_are_the_first_of_all_of_them(house: House, at_most: int) -> None:
    steps = (Step.verification, Step.funding, Step.booking, Step.verification, Step.lookout)
    first, *_ = [house.asks(step) for step in steps]
    house.asks(Step.verification, reference=first.reference)

    for role in Role:
        whole, first_of_all = (
            decisions.inbox(officer(house, role)),
            decisions.inbox(officer(house, role), at_most=at_most),
        )
        # Not the ages, which grow while the two are read.
        assert [(w.reference, w.step, w.asked_at) for w in first_of_all] == [
            (w.reference, w.step, w.asked_at) for w in whole[:at_most]
        ], role
        assert {reference for reference in _references() if decisions.waits_for(officer(house, role), reference)} == {
            each.reference for each in whole
        }


@pytest.mark.parametrize("leaf", [1, 2, 9])
def test_all_questions_leaf_by_leaf_are_all_questions_in_their_order(house: House, leaf: int) -> None:
    for step in (Step.verification, Step.funding, Step.booking, Step.verification, Step.lookout):
        house.asks(step)
    coordinator, lookout = officer(house, Role.coordinator), officer(house, Role.lookout_officer)
    whole = [(each.reference, each.step, each.role) for each in decisions.inbox(coordinator, all_roles=True)]
    assert len(whole) == 5

    turned = [
        (each.reference, each.step, each.role)
        for skip in range(0, len(whole) + leaf, leaf)
        for each in decisions.inbox(coordinator, all_roles=True, at_most=leaf, skip=skip)
    ]

    assert turned == whole
    # What waits for others is nobody else's.
    assert {each.step for each in decisions.inbox(lookout, all_roles=True, at_most=9)} == {Step.lookout}


def test_a_question_that_was_answered_waits_for_nobody(house: House) -> None:
    asking = house.asks(Step.lookout)
    lookout = officer(house, Role.lookout_officer)
    assert len(decisions.inbox(lookout, at_most=9)) == 1

    with case_file.transaction() as session:
        decisions.close_question(session, asking.reference)

    assert decisions.inbox(lookout, at_most=9) == []
    assert not decisions.waits_for(lookout, asking.reference)


def _references() -> list[str]:
    with case_file.transaction() as session:
        return list(session.exec(select(RepatriationCase.reference)))
