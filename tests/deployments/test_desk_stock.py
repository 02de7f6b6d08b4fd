"""The stock at the desk: each act writes what the command line would, with the same second officer, and only once."""

import hmac
import re

import httpx
import psycopg
import pytest
from sqlmodel import select

from deployments.desk.session import COOKIE
from models.instrument import Instrument
from models.message import AlarmKind
from models.officer import Role
from models.stock import LossReport, MoveReason, StockState
from models.travel_document import StockNumber
from tasks import alarms, case_file, officers, stock
from tests.conftest import Server
from tests.deployments.test_desk import enrol, sign_in
from tests.deployments.test_desk_decides import FORM, token
from tests.tasks.test_stock import received

PAGE = "/stock/KHM"


def code_of(number: str) -> str:
    return officers.drill_code(number)


@pytest.fixture
def registrar(desk: httpx.Client) -> officers.Enrolment:
    """A registrar at the desk, who may do everything with the stock."""
    enrolment = enrol(Role.registrar)
    sign_in(desk, enrolment)
    return enrolment


def form(desk: httpx.Client, **fields: str) -> dict[str, str]:
    return {FORM: token(desk.get(PAGE)), **fields}


def state_of(number: str) -> StockState:
    with case_file.transaction() as session:
        return session.get_one(StockNumber, number).state


def test_a_list_is_received_once_from_a_file_or_as_typed(desk: httpx.Client, registrar: officers.Enrolment) -> None:
    asked = form(desk, numbers="M123A4567\nM123A4568", instrument="emergency_passport")
    file = {"printed": ("list.txt", "\ufeffM123A4569\r\n".encode(), "text/plain")}

    done = desk.post(f"{PAGE}/receive", data=asked, files=file)
    again = desk.post(f"{PAGE}/receive", data=asked)

    assert (done.status_code, done.headers["location"]) == (303, f"{PAGE}?done=received")
    assert again.status_code == 409
    assert "2 of these numbers were received before" in again.text
    assert "M123A4567" in again.text, "what was typed stays"
    with case_file.transaction() as session:
        rows = session.exec(select(StockNumber)).all()
    assert {row.number for row in rows} == {"M123A4567", "M123A4568", "M123A4569"}
    assert {(row.instrument, row.received_by) for row in rows} == {
        (Instrument.emergency_passport, registrar.officer.number)
    }


def test_specimens_drawn_for_a_drill_are_received_once_however_often_they_are_sent(
    desk: httpx.Client, registrar: officers.Enrolment
) -> None:
    del registrar
    page = desk.get(f"{PAGE}?specimens=5").text
    drawn = re.search(r'(?s)<textarea name="numbers"[^>]*>(.*?)</textarea>', page)
    assert drawn is not None
    asked = form(desk, numbers=drawn[1], instrument="travel_certificate")
    assert len(drawn[1].split()) == 5
    assert stock.standing("KHM").received == 0, "drawing them writes nothing"

    assert [desk.post(f"{PAGE}/receive", data=asked).status_code for _ in range(2)] == [303, 409]

    assert stock.standing("KHM").received == 5


@pytest.mark.parametrize(
    ("numbers", "content", "status", "says"),
    [
        ("", b"", 422, "Give the numbers"), ("abc", b"", 409, "1 lines are not nine letters"),
        ("", b"\xff\xfe\x80", 422, "The list is no text"), ("", b"M123A4567\n" * 110_000, 422, "larger than 1 MB"),
    ],
)  # fmt: skip
def test_a_list_that_is_none_is_one_sentence_and_receives_nothing(
    desk: httpx.Client, registrar: officers.Enrolment, *, numbers: str, content: bytes, status: int, says: str
) -> None:
    del registrar
    asked = form(desk, numbers=numbers, instrument="travel_certificate")

    reply = desk.post(f"{PAGE}/receive", data=asked, files={"printed": ("a.txt", content, "text/plain")})

    assert (reply.status_code, says in reply.text) == (status, True)
    assert stock.standing("KHM").received == 0


def test_a_count_is_signed_by_a_second_officer_and_one_that_differs_is_told_in_red(
    desk: httpx.Client, registrar: officers.Enrolment
) -> None:
    received(3, registrar.officer)
    witness = enrol(Role.issuing_officer).officer.number
    code = code_of(witness)
    asked = form(desk, counted="2", witness=witness, code=code)

    done = desk.post(f"{PAGE}/count", data=asked)
    again = desk.post(f"{PAGE}/count", data=asked)

    assert done.headers["location"] == f"{PAGE}?done=differs"
    assert (again.status_code, "That code was used before" in again.text) == (409, True)
    assert 'value="2"' in again.text
    assert code not in again.text
    made = stock.last_count("KHM")
    assert made is not None
    assert (made.counted, made.expected, made.counted_by, made.witness) == (2, 3, registrar.officer.number, witness)
    assert [alarm.kind for alarm in alarms.standing()] == [AlarmKind.stock_differs]
    assert '<div class="red"><dt>Last count' in desk.get(done.headers["location"]).text


@pytest.mark.parametrize(
    ("counted", "who", "status", "says"),
    [
        ("many", "another", 422, "Write how many sheets lie there"), ("-1", "another", 422, "Write how many sheets"),
        ("1" * 10, "another", 422, "Write how many sheets"), ("0", "self", 409, "takes two officers"),
        ("0", "nobody", 409, "do not fit"),
    ],
)  # fmt: skip
def test_a_count_that_cannot_be_is_refused_in_one_sentence(
    desk: httpx.Client, registrar: officers.Enrolment, *, counted: str, who: str, status: int, says: str
) -> None:
    another = enrol(Role.issuing_officer).officer.number
    number = {"another": another, "self": registrar.officer.number, "nobody": "O-999"}[who]
    code = "000000" if who == "nobody" else code_of(number)

    reply = desk.post(f"{PAGE}/count", data=form(desk, counted=counted, witness=number, code=code))

    assert (reply.status_code, says in reply.text) == (status, True)
    assert stock.last_count("KHM") is None
    if status == 422:
        # A slip of the pen spends nobody's code.
        assert officers.prove(another, code, on="test")


def test_a_sheet_is_spoiled_once_and_destroyed_before_a_witness(
    desk: httpx.Client, registrar: officers.Enrolment
) -> None:
    (number,) = received(1, registrar.officer)
    witness = enrol(Role.issuing_officer).officer.number
    spoiling = form(desk, number=f" {number.lower()} ", reason="misprint")

    unsaid = desk.post(f"{PAGE}/spoil", data={**spoiling, "reason": "witnessed"})
    done = desk.post(f"{PAGE}/spoil", data=spoiling)
    again = desk.post(f"{PAGE}/spoil", data=spoiling)
    destroying = form(desk, number=number, witness=witness, code=code_of(witness))
    gone = desk.post(f"{PAGE}/destroy", data=destroying)

    assert [reply.status_code for reply in (unsaid, done, again, gone)] == [422, 303, 409, 303]
    assert "is spoiled and cannot become spoiled." in again.text
    assert "homeward documents" not in again.text
    assert [(m.to_state, m.reason, m.moved_by, m.witness) for m in stock.history(number)][1:] == [
        (StockState.spoiled, MoveReason.misprint, registrar.officer.number, None),
        (StockState.destroyed, MoveReason.witnessed, registrar.officer.number, witness),
    ]
    shown = desk.get(gone.headers["location"]).text
    assert f"before {witness}" in shown


def test_a_witness_whose_code_does_not_fit_or_who_is_the_keeper_destroys_nothing(
    desk: httpx.Client, registrar: officers.Enrolment
) -> None:
    (number,) = received(1, registrar.officer)
    stock.spoil(number, reason=MoveReason.misprint, officer=registrar.officer.number)
    own = registrar.officer.number

    for witness, code, says in ((own, code_of(own), "takes two officers"), ("O-02", "123456", "do not fit")):
        reply = desk.post(f"{PAGE}/destroy", data=form(desk, number=number, witness=witness, code=code))
        assert (reply.status_code, says in reply.text) == (409, True)
        assert f'value="{number}"' in reply.text

    assert state_of(number) is StockState.spoiled


def test_a_sheet_is_reported_stolen_although_the_list_does_not_answer(
    desk: httpx.Client, registrar: officers.Enrolment
) -> None:
    (number,) = received(1, registrar.officer)
    told = form(desk, number=number, how="stolen", lost_on="2026-01-02", place="Poipet")

    refused = [
        desk.post(f"{PAGE}/gone", data={**told, **wrong})
        for wrong in ({"how": ""}, {"lost_on": "soon"}, {"lost_on": "2999-01-01"}, {"number": "X"})
    ]
    done = desk.post(f"{PAGE}/gone", data=told)
    again = desk.post(f"{PAGE}/gone", data=told)

    assert [reply.status_code for reply in refused] == [422, 422, 409, 409]
    assert all('value="Poipet"' in reply.text for reply in refused)
    assert "correct the day" in refused[2].text
    assert done.headers["location"] == f"{PAGE}?done=untold&number={number}"
    assert again.status_code == 409
    with case_file.transaction() as session:
        (report,) = session.exec(select(LossReport)).all()
    assert (report.stolen, report.place, report.told_at) == (True, "Poipet", None)
    assert state_of(number) is StockState.stolen


def test_every_number_is_found_by_its_state_and_by_itself(desk: httpx.Client, registrar: officers.Enrolment) -> None:
    blank, spoiled = received(2, registrar.officer)
    stock.spoil(spoiled, reason=MoveReason.paper_damaged, officer=registrar.officer.number)

    listed = desk.get(f"{PAGE}?state=spoiled").text
    one = desk.get(f"{PAGE}?number={spoiled}").text
    unknown = desk.get(f"{PAGE}?number=nowhere")

    assert (spoiled in listed, blank in listed) == (True, False)
    assert "paper damaged" in one
    assert (unknown.status_code, "No number like this" in unknown.text) == (404, True)
    assert desk.get("/stock/XXX").status_code == 404
    assert 'href="/stock/KHM"' in desk.get("/stock").text


def test_a_number_that_is_not_where_its_moves_say_is_red(
    desk: httpx.Client, registrar: officers.Enrolment, case_database: Server
) -> None:
    (number,) = received(1, registrar.officer)
    assert 'class="alarms"' not in desk.get(PAGE).text

    tampers(case_database, number)

    for page in (PAGE, "/stock"):
        assert 'class="overdue"' in desk.get(page).text
    assert re.search(rf'(?s)class="alarms".*class="overdue">{number}<', desk.get(PAGE).text)


def tampers(server: Server, number: str) -> None:
    """Somebody with the superuser's hands moves a number past its triggers."""
    with psycopg.connect(
        server.superuser.replace("dbname=postgres", f"dbname={case_file.engine().url.database}"), autocommit=True
    ) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE stock_number SET state = 'void' WHERE number = %s", [number])


@pytest.mark.parametrize("role", [Role.travel_officer, Role.host_liaison])
def test_whoever_keeps_no_sheets_sees_and_does_nothing_here(desk: httpx.Client, role: Role) -> None:
    country = "KHM" if role is Role.host_liaison else None
    enrolment = officers.add(name="N", agency="MOFA", roles=[role], country=country, by="test")
    (number,) = received(1, enrol(Role.registrar).officer)
    sign_in(desk, enrolment)
    front = desk.get("/")
    own = {FORM: forms(desk)}

    assert 'href="/stock"' not in front.text
    for path in ("/stock", PAGE):
        assert desk.get(path).status_code == 403
    for act in ("receive", "count", "spoil", "destroy", "gone"):
        told = {**own, "number": number, "reason": "misprint", "how": "lost", "numbers": "M123A4567", "counted": "0"}
        assert desk.post(f"{PAGE}/{act}", data=told).status_code == 403
    assert state_of(number) is StockState.received


def forms(desk: httpx.Client) -> str:
    """What every form of the session carries, also where no page of the officer's shows one."""
    return hmac.digest(str(desk.cookies.get(COOKIE)).encode(), b"form", "sha256").hex()


def test_a_coordinator_keeps_the_sheets_and_receives_none(desk: httpx.Client) -> None:
    sign_in(desk, enrol(Role.coordinator))
    page = desk.get(PAGE)

    assert f'action="{PAGE}/count"' in page.text
    assert f'action="{PAGE}/receive"' not in page.text
    asked = {FORM: token(page), "numbers": "M123A4567", "instrument": "travel_certificate"}
    assert desk.post(f"{PAGE}/receive", data=asked).status_code == 403
