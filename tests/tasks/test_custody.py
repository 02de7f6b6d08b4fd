"""How many people in custody a flight has is exact, however many cases reach for its last places at one moment."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pendulum
import pytest
from sqlalchemy import text
from sqlmodel import select

from models.intent import Act, Intent, IntentState
from models.itinerary import Itinerary, Segment
from models.officer import Role
from models.person import Category, CategoryReason
from tasks import case_file, categories, custody, intents, officers
from tasks.trouble import NeedsPerson
from tests.conftest import Server

AT_MOST = 2
"""Suspects a flight of a national carrier, as the policy that comes with the program says."""


def route(number: str = "KE690", *, hour: int = 23, carrier: str = "KE", day: int = 1) -> Itinerary:
    """One flight from Phnom Penh."""
    leaves = pendulum.naive(2027, 3, day, hour, 40)
    return Itinerary(segments=(
        Segment(
            carrier=carrier, flight_number=number, origin="KTI", origin_name="Techo", origin_country="KH",
            origin_zone="Asia/Phnom_Penh", departs_local=leaves, destination="ICN", destination_name="Incheon",
            destination_country="KR", destination_zone="Asia/Seoul", arrives_local=leaves + timedelta(hours=7),
        ),
    ))  # fmt: skip


def opens(category: Category = Category.suspect) -> str:
    """A case of a person."""
    coordinator = officers.add(name="C", agency="MOFA", roles=[Role.coordinator], by="test").officer.number
    return case_file.open_case(
        country="KHM", officer=coordinator, name_hangul="홍길동", name_latin=None, place="Poipet", keeper="centre",
        host_status="detained", categories=(category,),
    )  # fmt: skip


def claims(reference: str, way: Itinerary, *, waits_ms: int = 0) -> bool:
    """Reach for seats as the booking does: the place is claimed and the intent written in one transaction."""
    with case_file.transaction() as session:
        session.execute(text(f"SET LOCAL lock_timeout = {waits_ms}"))
        case = case_file.load(session, reference, lock=True)
        if not custody.claim_place(session, case, way):
            return False
        intents.write(session, case, Act.hold_seats, f"off_{reference}", route=way)
        return True


def settles(reference: str, state: IntentState) -> None:
    """What became of a case's hold is written down."""
    with case_file.transaction() as session:
        row = session.exec(select(Intent).where(Intent.reference == reference)).one()
        intents.settle(session, row, state)


def test_of_many_suspects_who_reach_for_one_flight_at_once_no_more_are_booked_than_it_takes(
    case_database: Server,
) -> None:
    # given ten suspects and three victims who want the same flight, sold under two numbers
    del case_database
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201  shown where it fails
    draw = random.Random(seed)
    suspects, victims = [opens() for _ in range(10)], [opens(Category.presumed_victim) for _ in range(3)]
    everybody = [*suspects, *victims]
    draw.shuffle(everybody)
    numbers = {reference: draw.choice(("KE690", "DL7890")) for reference in everybody}
    barrier = threading.Barrier(len(everybody))

    def reaches(reference: str) -> bool:
        barrier.wait()
        return claims(reference, route(numbers[reference]))

    # when they reach for it at one moment
    with ThreadPoolExecutor(len(everybody)) as threads:
        booked = dict(zip(everybody, threads.map(reaches, everybody), strict=True))

    # then as many suspects as the carrier takes have seats, and every victim
    assert sum(booked[reference] for reference in suspects) == AT_MOST
    assert all(booked[reference] for reference in victims)


def test_a_place_counts_until_it_is_known_that_no_order_was_made(case_database: Server) -> None:
    del case_database
    first, second, third = opens(), opens(), opens()
    assert claims(first, route())
    assert claims(second, route())
    settles(first, IntentState.unknown)
    assert not claims(third, route())

    settles(first, IntentState.refused)

    assert claims(third, route())


@pytest.mark.parametrize(
    ("other", "is_counted"),
    [
        (route("DL7890"), True),  # the same aircraft under another carrier's number
        (route("KE690", hour=22), True),  # an hour earlier since
        (route("KE692", hour=8), False),
        (route("KE690", day=2), False),
        (route("KE690", carrier="OZ"), False),
    ],
)
def test_a_flight_is_known_by_who_flies_it_where_and_when(
    case_database: Server, other: Itinerary, *, is_counted: bool
) -> None:
    del case_database
    for _ in range(AT_MOST):
        assert claims(opens(), route())

    assert claims(opens(), other) is not is_counted


def becomes_a_suspect(reference: str) -> None:
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        categories.add(session, case, Category.suspect, reason=CategoryReason.authority_told, by=case.owner)


def may_leave(reference: str, way: Itinerary) -> bool:
    """Whether a person with seats on a flight may go on with them."""
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        try:
            custody.refuse_crowded(session, case, way)
        except NeedsPerson:
            return False
        return True


def test_who_becomes_a_suspect_last_finds_no_place_and_those_who_came_before_keep_theirs(case_database: Server) -> None:
    # given a flight with a victim who was booked first, and as many suspects as it takes
    del case_database
    last, first, second = opens(Category.presumed_victim), opens(), opens()
    assert all(claims(reference, route()) for reference in (last, first, second))
    assert all(may_leave(reference, route()) for reference in (last, first, second))

    # when the victim becomes a suspect too
    becomes_a_suspect(last)

    # then they are one too many, until somebody gives a place back
    assert [may_leave(reference, route()) for reference in (first, second, last)] == [True, True, False]
    settles(first, IntentState.refused)
    assert may_leave(last, route())


def test_nobody_is_booked_onto_a_flight_while_a_suspect_is_released_onto_it(case_database: Server) -> None:
    del case_database
    leaving, coming = opens(), opens()
    assert claims(leaving, route())

    with case_file.transaction() as session:
        case = case_file.load(session, leaving, lock=True)
        custody.refuse_crowded(session, case, route())

        with pytest.raises(case_file.CaseFileUnavailable, match="LockNotAvailable"):
            claims(coming, route("DL7890"), waits_ms=300)

    assert claims(coming, route())
