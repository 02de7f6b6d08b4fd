"""What partners are told: noted before it is sent, by names of fields alone, and never forgotten."""

import pkgutil
from collections.abc import Callable
from importlib import import_module

import httpx
import pytest
from pydantic import SecretStr
from sqlmodel import select

from models.audit import TOLD, AuditEvent
from models.matching.plan import Criterion
from models.officer import Role
from tasks import case_file, disclosures, officers, partners
from tasks.partners.registry import Registry
from tasks.partners.transport import Line, Told, Unaccounted, telling
from tests.conftest import PARTNERS

CALLS: dict[str, Callable[[Line], object]] = {
    "read": lambda line: line.read("GET", "/x"),
    "put": lambda line: line.put("/x", json={"born_on": "1999-04-27"}),
    "commit": lambda line: line.commit("POST", "/x", json={}),
}


def clients() -> list[type[Line]]:
    """The client of every partner, found by its module."""
    for module in pkgutil.iter_modules(partners.__path__):
        import_module(f"{partners.__name__}.{module.name}")
    return sorted(Line.__subclasses__(), key=lambda client: client.__name__)


def test_every_partner_speaks_through_the_line() -> None:
    assert len(clients()) == len(PARTNERS)


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("client", clients())
def test_nothing_is_sent_to_any_partner_that_nobody_notes(client: type[Line], call: str) -> None:
    sent = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={})

    def refuses(told: Told) -> None:
        raise case_file.CaseFileUnavailable(told.call)

    line = client(transport=httpx.MockTransport(answer))  # type: ignore[call-arg]  # every client takes one
    with pytest.raises(Unaccounted):
        CALLS[call](line)
    with pytest.raises(case_file.CaseFileUnavailable), telling(refuses):
        CALLS[call](line)
    assert sent == []
    noted: list[Told] = []
    with telling(noted.append):
        CALLS[call](line)
    assert (len(sent), [told.partner for told in noted]) == (1, [line.partner])


def a_line() -> Line:
    made = httpx.MockTransport(lambda _: httpx.Response(200, json=[]))
    return Line("a partner", "http://partner.test", SecretStr("x"), transport=made)


def test_names_are_noted_however_deep_and_no_value_is() -> None:
    noted: list[Told] = []
    body = {"data": {"passengers": [{"born_on": "1999-04-27", "phone": None}], "codes": ["WCHR"], "none": []}}

    with telling(noted.append):
        a_line().read("POST", "/air/orders/ord_00009/actions/confirm", params={"limit": 3}, json=body)

    assert noted == [Told("a partner", "POST /air/orders/{id}/actions/confirm", ("born_on", "codes", "limit", "none"))]


@pytest.mark.usefixtures("configured")
def test_a_search_in_the_registry_names_what_was_searched_by() -> None:
    noted: list[Told] = []
    registry = Registry(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=[])))

    with telling(noted.append):
        query = frozenset({Criterion("surname_hangul", "=", "홍"), Criterion("born_on", "=", "1999-04-27")})
        registry.find_persons(query, limit=50)

    assert noted == [Told("registry", "POST /v1/persons", ("dateOfBirth", "lastNameHangul"))]


@pytest.mark.usefixtures("case_database")
def test_the_same_call_of_one_step_is_noted_once_and_again_the_next_time() -> None:
    number = officers.add(name="C", agency="MOFA", roles=[Role.coordinator], by="test").officer.number
    reference = case_file.open_case(
        country="KHM", officer=number, name_hangul="홍길동", name_latin=None, place="Poipet", keeper="centre",
        host_status="detained",
    )  # fmt: skip
    for _ in range(2):
        with disclosures.about(reference, "booking.hold_seats"):
            for _ in range(3):
                a_line().read("POST", "/v1/checks", json={"born_on": "1999-04-27"})

    with case_file.transaction() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.action == TOLD)).all()
    assert [(event.actor, event.reference, event.fields) for event in events] == 2 * [
        ("run", reference, {
            "partner": "a partner", "call": "POST /v1/checks", "told": "born_on", "step": "booking.hold_seats",
        })
    ]  # fmt: skip
