"""Nobody ever holds two valid documents, whatever is issued, voided, made anew or lost. Travel documents, test 12."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from models.instrument import Instrument
from models.officer import Role
from models.paper import PaperKind
from models.stock import IN_FORCE, MOVES, StockState
from models.travel_document import DocumentState, StockNumber, TravelDocument
from tasks import case_file, corrections, numbers, officers, paperwork, stock
from tasks.clock import now
from tests.conftest import Server
from tests.owner import unguarded

REFUSED_BY = (
    "", "one_valid_document_per_person", "one_valid_document_per_registry_id", "one_open_document_per_case",
)  # fmt: skip
ACTS = ("issue", "void", "lose", "come home")


@pytest.fixture
def keeper(case_database: Server) -> str:
    """A registrar and coordinator."""
    del case_database
    return officers.add(name="K", agency="MOFA", roles=[Role.coordinator, Role.registrar], by="test").officer.number


def journeys_of_one_person(keeper: str) -> tuple[str, str]:
    """Two cases that turn out to be of one human being, who is one record in the registry."""
    first, second = (
        case_file.open_case(
            country="KHM", officer=keeper, name_hangul="홍길동", name_latin=None, place="Poipet", keeper="centre",
            host_status="detained",
        )
        for _ in range(2)
    )  # fmt: skip
    return first, second


def issued(session: Session, reference: str, registry_id: str) -> None:
    """Issue a document, past everything but what the case database says of two documents."""
    case = case_file.load(session, reference, lock=True)
    free = select(StockNumber).where(StockNumber.state == StockState.received).order_by(StockNumber.number)
    number = session.exec(free.limit(1)).one().number
    numbers.move(session, number, StockState.reserved, by="run")
    paper = paperwork.store(session, case, PaperKind.travel_document, b"%PDF-", number=number)
    today = now().date()
    session.add(
        TravelDocument(
            reference=reference, person_id=case.person_id, registry_id=registry_id, number=number,
            instrument=Instrument.travel_certificate, state=DocumentState.valid, issued_on=today, expires_on=today,
            envelope={}, paper_id=paper.id, moved_at=now(),
        )
    )  # fmt: skip
    session.flush()
    numbers.move(session, number, StockState.issued, by="run")


def ended(session: Session, document: TravelDocument, act: str) -> None:
    """End a document the way the act says."""
    states = {
        "void": (DocumentState.void, (StockState.void,)),
        "lose": (DocumentState.void, (StockState.lost,)),
        "come home": (DocumentState.cancelled, (StockState.used, StockState.returned)),
    }
    document.state, moves = states[act]
    session.add(document)
    session.flush()
    for to in moves:
        numbers.move(session, document.number, to, by="run")


def valid(session: Session, registry_id: str) -> list[TravelDocument]:
    found = select(TravelDocument).where(
        TravelDocument.registry_id == registry_id, TravelDocument.state == DocumentState.valid
    )
    return list(session.exec(found))


@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 1)), max_size=14), seed=st.integers(0, 2**32))
@effort(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_never_two_valid_documents_and_each_number_has_a_legal_past(
    keeper: str, acts: list[tuple[str, int]], seed: int
) -> None:
    with case_file.transaction() as session:
        taken = len(session.exec(select(StockNumber)).all())
    fresh = [f"X{(taken + place) // 1000:03d}B{(taken + place) % 1000:04d}" for place in range(len(acts) + 1)]
    corrections.receive_numbers("KHM", fresh, officer=keeper)
    journeys, registry_id = journeys_of_one_person(keeper), f"{seed}-{taken}"

    with unguarded("travel_document", "travel_document_begins_proposed"):
        act_after_act(acts, journeys, registry_id)

    with case_file.transaction() as session:
        documents = select(TravelDocument.number).where(TravelDocument.registry_id == registry_id)
        mine = session.exec(select(StockNumber).where(col(StockNumber.number).in_(documents))).all()
        in_force = [number.number for number in mine if number.state in IN_FORCE]
        assert [document.number for document in valid(session, registry_id)] == in_force
    for number in mine:
        history = [move.to_state for move in stock.history(number.number)]
        assert all(to in MOVES[before] for before, to in pairwise(history))


def act_after_act(acts: list[tuple[str, int]], journeys: tuple[str, str], registry_id: str) -> None:
    """Issue and end documents of one person, and see after each act that at most one is valid."""
    for act, which in acts:
        refused: str | None = ""
        with case_file.transaction() as session:
            standing = valid(session, registry_id)
        try:
            with case_file.transaction() as session:
                if act == "issue":
                    issued(session, journeys[which], registry_id)
                elif standing:
                    ended(session, session.get_one(TravelDocument, standing[0].id), act)
        except case_file.CaseFileConflict as conflict:
            refused = conflict.constraint if act == "issue" and standing else f"{act}: {conflict.constraint}"
        with case_file.transaction() as session:
            assert len(valid(session, registry_id)) <= 1
        assert refused in REFUSED_BY
        assert bool(refused) == (act == "issue" and bool(standing))
