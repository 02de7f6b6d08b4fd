"""The stock of numbered sheets: the database keeps its table of moves, and every sheet is accounted for."""

import random
from itertools import pairwise, product
from threading import Barrier, Thread
from uuid import uuid4

import pendulum
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from sqlmodel import Session, select, text

from models.case import RepatriationCase
from models.instrument import Instrument
from models.message import AlarmKind
from models.officer import Officer, Role
from models.stock import MOVES, LossReport, MoveReason, SheetCheck, StockMove, StockMoveRefused, StockState
from models.travel_document import StockNumber
from tasks import alarms, case_file, corrections, instruments, losses, numbers, officers, stock
from tasks.clock import now
from tasks.partners.errors import PartnerError
from tests.conftest import Server
from tests.sandbox.harness import Sandbox

WAYS: dict[StockState, tuple[StockState, ...]] = {
    StockState.received: (),
    StockState.reserved: (StockState.reserved,),
    StockState.issued: (StockState.reserved, StockState.issued),
    StockState.delivered: (StockState.reserved, StockState.issued, StockState.delivered),
    StockState.used: (StockState.reserved, StockState.issued, StockState.used),
    StockState.returned: (StockState.reserved, StockState.issued, StockState.used, StockState.returned),
    StockState.destroyed: (StockState.spoiled, StockState.destroyed),
    StockState.spoiled: (StockState.spoiled,),
    StockState.void: (StockState.void,),
    StockState.lost: (StockState.lost,),
    StockState.stolen: (StockState.stolen,),
    StockState.expired: (StockState.reserved, StockState.issued, StockState.expired),
}
"""One way to each state."""


@pytest.fixture
def keeper(case_database: Server) -> Officer:
    """A registrar."""
    del case_database
    return officers.add(name="Keeper", agency="MOFA", roles=[Role.registrar], by="test").officer


@pytest.fixture
def second(keeper: Officer) -> Officer:
    """Another officer, who witnesses."""
    del keeper
    return officers.add(name="Second", agency="MOFA", roles=[Role.issuing_officer], by="test").officer


def received(count: int, keeper: Officer) -> list[str]:
    """So many numbers, received at the mission in Cambodia."""
    taken = len(stock_numbers())
    made = [f"X{taken + i:03d}A{random.Random(taken + i).randrange(10_000):04d}" for i in range(count)]
    corrections.receive_numbers("KHM", made, officer=keeper.number)
    return made


def read_again(number: str, keeper: Officer, *, fits: bool = True, zone_read: str | None = "file") -> None:
    """Write down that a printed page was read again."""
    with case_file.transaction() as session:
        session.add(
            SheetCheck(number=number, fits=fits, zone_read=zone_read, checked_at=now(), checked_by=keeper.number)
        )


def stock_numbers() -> list[str]:
    with case_file.transaction() as session:
        return [row.number for row in session.exec(select(StockNumber))]


def moved(number: str, to: StockState, keeper: Officer, second: Officer) -> StockNumber:
    with case_file.transaction() as session:
        witness = second.number if to is StockState.destroyed else None
        return numbers.move(session, number, to, by=keeper.number, witness=witness)


def written_past_the_program(session: Session, number: str, now_: StockState, to: StockState, by: Officer) -> None:
    """A move as somebody writes it who asks no table of ours."""
    witness = session.exec(select(Officer.number).where(Officer.number != by.number)).first()
    session.add(
        StockMove(
            number=number, from_state=now_, to_state=to, moved_at=now(), moved_by=by.number, witness=witness,
            reason=MoveReason.journey,
        )
    )  # fmt: skip
    session.flush()


def test_the_database_holds_the_same_table_of_moves(keeper: Officer, second: Officer) -> None:
    pairs = list(product(StockState, repeat=2))
    fresh = received(len(pairs), keeper)
    for number in fresh:
        read_again(number, keeper)

    taken, refused = set(), set()
    for number, (now_, to) in zip(fresh, pairs, strict=True):
        for step in WAYS[now_]:
            moved(number, step, keeper, second)
        try:
            with case_file.transaction() as session:
                written_past_the_program(session, number, now_, to, keeper)
            taken.add((now_, to))
        except case_file.CaseFileConflict as conflict:
            refused.add(conflict.constraint)

    assert taken == {(now_, to) for now_, later in MOVES.items() for to in later}
    assert refused == {"number_moves_by_its_table"}
    assert stock.standing("KHM").unexplained == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stock_number SET state = 'issued'",
        "UPDATE stock_number SET mission = 'VNM'",
        "UPDATE stock_move SET reason = 'misprint'",
        "DELETE FROM stock_move",
        "DELETE FROM stock_number",
        (
            "INSERT INTO stock_number (number, mission, state, received_at, moved_at, received_by) "
            "SELECT 'X999Z9999', mission, 'issued', received_at, moved_at, received_by FROM stock_number"
        ),
    ],
)
def test_no_number_moves_without_a_row_that_says_so(keeper: Officer, statement: str) -> None:
    received(1, keeper)

    with (
        pytest.raises((case_file.CaseFileConflict, case_file.CaseFileUnavailable), match=r"number_begins|Insufficient"),
        case_file.transaction() as session,
    ):
        session.connection().execute(text(statement))

    assert stock.standing("KHM").by_state[StockState.received] == 1


def test_a_sheet_is_destroyed_before_another_officer_only(keeper: Officer, second: Officer) -> None:
    (number,) = received(1, keeper)
    stock.spoil(number, reason=MoveReason.misprint, officer=keeper.number)

    with pytest.raises(case_file.Refused, match="two officers"):
        stock.destroy(number, officer=keeper, witness=keeper)
    with pytest.raises(case_file.CaseFileConflict, match="destroyed_before"), case_file.transaction() as session:
        numbers.move(session, number, StockState.destroyed, by=keeper.number, witness=keeper.number)
    stock.destroy(number, officer=keeper, witness=second)

    last = stock.history(number)[-1]
    assert (last.to_state, last.moved_by, last.witness) == (StockState.destroyed, keeper.number, second.number)


def test_a_blank_is_not_destroyed_before_it_was_taken_out(keeper: Officer, second: Officer) -> None:
    (number,) = received(1, keeper)

    with pytest.raises(case_file.Refused, match="is received and cannot become destroyed"):
        stock.destroy(number, officer=keeper, witness=second)


@given(steps=st.lists(st.sampled_from(list(StockState)), max_size=30), seed=st.integers(0, 2**16))
@effort(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_every_number_received_is_in_one_state_and_its_history_is_legal(
    keeper: Officer, second: Officer, steps: list[StockState], seed: int
) -> None:
    mine = received(3, keeper)
    for number in mine:
        read_again(number, keeper)
    chance = random.Random(seed)

    for to in steps:
        try:
            moved(chance.choice(mine), to, keeper, second)
        except StockMoveRefused:
            continue

    stands = stock.standing("KHM")
    assert sum(stands.by_state.values()) == stands.received == len(stock_numbers())
    assert stands.unexplained == ()
    for number in mine:
        history = stock.history(number)
        assert (history[0].from_state, history[0].to_state) == (None, StockState.received)
        for before, after in pairwise(history):
            assert after.from_state is before.to_state
            assert after.to_state in MOVES[before.to_state]


def test_a_count_that_differs_is_an_alarm_until_a_count_fits(keeper: Officer, second: Officer) -> None:
    gone, *_ = received(3, keeper)
    losses.report(gone, stolen=True, lost_on=None, place=None, officer=keeper.number)

    wrong = stock.count("KHM", counted=3, officer=keeper, witness=second)
    alarmed = [alarm.subject for alarm in alarms.standing() if alarm.kind is AlarmKind.stock_differs]
    right = stock.count("KHM", counted=2, officer=keeper, witness=second)

    assert (wrong.expected, right.expected) == (2, 2)
    assert alarmed == ["KHM"]
    assert not [alarm for alarm in alarms.standing() if alarm.kind is AlarmKind.stock_differs]


def test_a_page_not_read_again_or_of_which_only_the_seal_was_is_handed_to_nobody(
    keeper: Officer, second: Officer
) -> None:
    number, misread, sealed = received(3, keeper)
    read_again(misread, keeper)
    read_again(misread, keeper, fits=False)
    read_again(sealed, keeper, zone_read=None)

    for each in (number, misread, sealed):
        moved(each, StockState.reserved, keeper, second)
        moved(each, StockState.issued, keeper, second)
        with pytest.raises(case_file.CaseFileConflict, match="delivered_after_it_was_read"):
            moved(each, StockState.delivered, keeper, second)


def test_a_sheet_that_expired_in_its_holders_hand_is_not_counted_and_one_that_never_left_is(
    keeper: Officer, second: Officer
) -> None:
    handed_over, kept, _ = received(3, keeper)
    read_again(handed_over, keeper)
    for number in (handed_over, kept):
        moved(number, StockState.reserved, keeper, second)
        moved(number, StockState.issued, keeper, second)
    moved(handed_over, StockState.delivered, keeper, second)
    for number in (handed_over, kept):
        moved(number, StockState.expired, keeper, second)

    assert stock.standing("KHM").held == 2
    stock.destroy(kept, officer=keeper, witness=second)
    assert stock.standing("KHM").held == 1


def test_a_day_without_a_count_is_one_alarm_that_stands_until_the_sheets_are_counted(
    keeper: Officer, second: Officer
) -> None:
    received(2, keeper)
    with case_file.transaction() as session:
        first = session.exec(select(StockNumber)).first()
    assert first is not None
    began = pendulum.instance(first.received_at)

    def uncounted() -> list[alarms.Open]:
        return [alarm for alarm in alarms.standing() if alarm.kind is AlarmKind.stock_not_counted]

    soon = stock.sound_uncounted(at=began.add(days=1))
    late = [stock.sound_uncounted(at=began.add(days=days)) for days in (2, 2, 3)]
    (alarm,) = uncounted()
    coordinator = officers.add(name="C", agency="MOFA", roles=[Role.coordinator], by="test").officer
    with pytest.raises(case_file.Refused, match="stands until the sheets are counted"):
        alarms.acknowledge(alarm.id, officer=coordinator)
    stock.count("KHM", counted=2, officer=keeper, witness=second)

    assert (soon, late, alarm.subject) == (0, [1, 1, 1], "KHM")
    assert uncounted() == []


def test_one_officer_alone_counts_nothing(keeper: Officer) -> None:
    with pytest.raises(case_file.Refused, match="two officers"):
        stock.count("KHM", counted=0, officer=keeper, witness=keeper)


@pytest.mark.parametrize(("stocked", "takers"), [(10, 20), (120, 200)])
def test_many_take_from_few_and_no_number_is_taken_twice(keeper: Officer, stocked: int, takers: int) -> None:
    """More takers than numbers, all at once: each number once, and a clean refusal for everybody else."""
    received(stocked, keeper)
    by = keeper.number
    case = RepatriationCase(
        reference="KHM-2026-0042", person_id=uuid4(), moved_at=now(), opened_by=by, opened_at=now(), owner=by,
        operation="khm", receiving_agency="desk",
    )  # fmt: skip
    begin, taken, refused = Barrier(takers), [], []

    def take() -> None:
        begin.wait()
        with case_file.transaction() as session:
            row = instruments.free_number(session, case, Instrument.travel_certificate)
            if row is None:
                refused.append(1)
                return
            numbers.move(session, row.number, StockState.reserved, by="run")
            taken.append(row.number)

    threads = [Thread(target=take) for _ in range(takers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    stands = stock.standing("KHM")
    assert len(taken) == len(set(taken)) == stands.by_state[StockState.reserved] == stocked
    assert len(refused) == takers - stocked
    assert sum(stands.by_state.values()) == stands.received == stocked
    assert stands.unexplained == ()


def test_a_stolen_blank_is_told_once_with_nothing_but_what_the_law_names(keeper: Officer, partnered: Sandbox) -> None:
    (number,) = received(1, keeper)
    made, waits = losses.report(number, stolen=True, lost_on=now().date(), place="Poipet", officer=keeper.number)

    assert losses.tell(made.id)
    assert losses.tell(made.id)

    told = partnered.partners.get(f"/lookouts/v1/lost-documents/{made.id}").json()
    assert waits is None
    assert {name: told[name] for name in told if name not in ("report_id", "reported_at")} == {
        "issuing_state": "KOR", "number": number, "circumstance": "stolen", "issued_on": None, "expires_on": None,
        "lost_on": now().date().isoformat(), "place": "Poipet", "reporting_office": "KHM",
    }  # fmt: skip


def test_a_report_the_dead_line_swallowed_is_told_later_and_alarmed_after_an_hour(
    keeper: Officer, partnered: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    (number,) = received(1, keeper)
    made, _ = losses.report(number, stolen=False, lost_on=None, place=None, officer=keeper.number)
    fault = {"partner": "lookouts", "method": "*", "path": "*", "kind": "status_503", "times": 1}
    partnered.control.post("/faults", json=fault).raise_for_status()

    with pytest.raises(PartnerError):
        losses.tell(made.id)
    partnered.control.post("/faults", json=fault).raise_for_status()
    monkeypatch.setattr(losses, "TOLD_WITHIN", pendulum.duration())
    still_owed = losses.tell_owed()
    alarmed = [alarm.kind for alarm in alarms.standing()]
    owed_in_the_end = losses.tell_owed()

    with case_file.transaction() as session:
        assert session.get_one(LossReport, made.id).told_at is not None
    assert (still_owed, owed_in_the_end) == (1, 0)
    assert AlarmKind.loss_not_told in alarmed
    with pytest.raises(case_file.Refused, match="cannot become"):
        losses.report(number, stolen=True, lost_on=None, place=None, officer=keeper.number)
