import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import NullPool, create_engine, text
from sqlmodel import Session, col, select

from models.audit import AuditEvent
from models.case import Attempt
from models.intent import Act, Intent
from models.ledger import Account, Entry, LedgerPosting, LedgerTransaction
from models.officer import Role
from models.person import Person
from models.tables import METADATA
from tasks import case_file, officers
from tasks.clock import now
from tests.conftest import Server


@pytest.fixture
def coordinator(case_database: Server) -> str:
    del case_database
    return officers.add(name="C", agency="MOFA", roles=[Role.coordinator], by="test").officer.number


def open_case(officer: str, **changes: str | None) -> str:
    facts: dict[str, str | None] = {"name_hangul": "홍길동", "name_latin": None, **changes}
    return case_file.open_case(
        country="KHM", officer=officer, place="Poipet", keeper="centre", host_status="detained",
        name_hangul=facts["name_hangul"], name_latin=facts["name_latin"],
    )  # fmt: skip


def test_the_migrations_make_exactly_the_tables_of_the_models(postgres_server: Server) -> None:
    address = postgres_server.address("homeward_owner", "homeward")
    with create_engine(address, poolclass=NullPool).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        differences = compare_metadata(context, METADATA)
    # What only the migrations know: one constraint that links a state to stored bytes.
    assert [d for d in differences if d[0] != "remove_constraint"] == []


def test_references_run_on_without_a_gap_or_a_double_when_many_open_at_once(coordinator: str) -> None:
    opened: list[str] = []
    threads = [threading.Thread(target=lambda: opened.append(open_case(coordinator))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    year = now().in_timezone("Asia/Phnom_Penh").year
    assert sorted(opened) == [f"KHM-{year}-{n:04d}" for n in range(1, 13)]
    with case_file.transaction() as session:
        assert case_file.broken_link(session)[0] is None


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ({"name_hangul": None}, "needs a name"),
        ({"name_hangul": "HONG"}, "Hangul syllables only"),
        ({"name_hangul": None, "name_latin": "홍길동"}, "A-Z"),
        ({"name_hangul": None, "name_latin": "<script>"}, "A-Z"),
        ({"name_hangul": "가" * 41}, "at most forty"),
    ],
)
def test_a_name_that_no_paper_could_carry_is_refused_when_it_is_written_down(
    coordinator: str, names: dict[str, str | None], why: str
) -> None:
    with pytest.raises(case_file.Refused, match=why):
        open_case(coordinator, **names)
    assert case_file.listed() == []


def test_the_database_refuses_an_unbalanced_transaction_whoever_writes_it(coordinator: str) -> None:
    reference = open_case(coordinator)

    def post_one_side() -> None:
        with case_file.transaction() as session:
            post(session)

    def post(session: Session) -> None:
        case = case_file.load(session, reference)
        intent = Intent(
            reference=reference, person_id=case.person_id, act=Act.commit_funds, subject="x", written_at=now()
        )
        session.add(intent)
        session.flush()
        transaction = LedgerTransaction(
            reference=reference, entry=Entry.commitment, intent_id=intent.id, posted_at=now()
        )
        session.add(transaction)
        session.flush()
        session.add(
            LedgerPosting(
                transaction_id=transaction.id, line=1, account=Account.cash, item="fare", amount_minor=1, currency="USD"
            )
        )

    with pytest.raises(case_file.CaseFileConflict, match="ledger_balances"):
        post_one_side()


def test_an_error_of_the_database_never_repeats_a_value(coordinator: str) -> None:
    del coordinator
    with pytest.raises(case_file.CaseFileConflict) as failed, case_file.transaction() as session:
        session.execute(text("INSERT INTO person (id, name_hangul) VALUES (NULL, '홍길동')"))

    error: BaseException | None = failed.value
    while error is not None:
        assert "홍길동" not in str(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_names_in_the_audit_trail_are_keyed_hashes(coordinator: str) -> None:
    open_case(coordinator)

    with case_file.transaction() as session:
        event = session.exec(select(AuditEvent).where(col(AuditEvent.action) == "case.opened")).one()
        person = session.exec(select(Person)).one()
    assert "홍길동" not in str(event.fields)
    assert len(event.fields["name_hangul"]) == 64
    assert event.person_id == str(person.id)


def test_a_changed_event_is_found_even_when_the_owner_changed_it(case_database: Server, coordinator: str) -> None:
    for _ in range(5):
        open_case(coordinator)
    name = str(case_file.engine().url.database)
    address = case_database.superuser.replace("dbname=postgres", f"dbname={name}")
    with psycopg.connect(address, autocommit=True) as owner:
        owner.execute("UPDATE audit_event SET actor = 'O-99' WHERE seq = 3")

    with case_file.transaction() as session:
        fault, _ = case_file.broken_link(session)
    assert fault is not None
    assert fault.words == "event 3 was changed: what it says is not what was recorded"


def _tried(reference: str) -> bool:
    with case_file.lease(reference) as held:
        return held


def test_a_lease_is_held_by_one_and_let_go_when_its_process_leaves(coordinator: str) -> None:
    reference = open_case(coordinator)

    def somebody_else_may() -> bool:
        with ThreadPoolExecutor(1) as elsewhere:
            return elsewhere.submit(_tried, reference).result()

    with case_file.lease(reference) as first, case_file.lease(reference) as the_same_again:
        assert (first, the_same_again, somebody_else_may()) == (True, True, False)
    assert somebody_else_may()


def test_the_door_and_the_run_it_began_may_claim_a_case_at_one_moment(coordinator: str, case_database: Server) -> None:
    reference, run = open_case(coordinator), uuid4()

    def claimed() -> str | None:
        return case_file.claim(reference, run, is_alive=lambda *_: True)

    with ThreadPoolExecutor(2) as both:
        with case_file.transaction() as session:
            case_file.load(session, reference, lock=True)
            # Both have read that nobody has claimed it yet, and wait here.
            answers = [both.submit(claimed) for _ in range(2)]
            with psycopg.connect(case_database.superuser, autocommit=True) as watching:
                while watching.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone() != (2,):
                    assert not any(answer.done() for answer in answers)
        assert [answer.result() for answer in answers] == [None, None]

    with case_file.transaction() as session:
        assert [attempt.flow_run_id for attempt in session.exec(select(Attempt))] == [run]


def test_a_refused_transaction_leaves_nothing_behind(coordinator: str) -> None:
    def fail_half_way() -> None:
        with case_file.transaction() as session:
            session.add(Person(name_hangul="홍길동", recorded_at=now()))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()

    with case_file.transaction() as session:
        assert session.exec(select(Person)).all() == []
