"""The judge of a drill counts for each person what the partners themselves have, and the report names who has two."""

from collections.abc import Iterator
from typing import Any

import pendulum
import psycopg
import pytest

from deployments.drill import judging
from models.case import CaseStatus
from models.officer import Role
from models.rehearsal import Promise, Rehearsal
from tasks import case_file, officers
from tasks.papers import drill_report
from tests.conftest import Server
from tests.papers.reading import words_of
from tests.sandbox.harness import Sandbox
from tests.sandbox.test_border_control import register
from tests.sandbox.test_contracts import PUTS
from tests.sandbox.test_offices import receipt_for

PEOPLE = [{"surname_latin": "HONG", "given_latin": name, "born_on": "1995-01-01"} for name in ("GIL DONG", "CHUL SOO")]


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox nobody has used."""
    with Sandbox(tmp_path_factory.mktemp("sandbox") / "judged.sqlite") as running:
        yield running


@pytest.fixture
def home(case_database: Server) -> list[str]:
    """Two people who are home, by the case database."""
    officer = officers.add(name="C", agency="MOFA", roles=[Role.coordinator], by="test").officer.number
    references = [
        case_file.open_case(
            country="KHM", officer=officer, place="Poipet", keeper="centre", host_status="detained",
            name_hangul=name, name_latin=None,
        )
        for name in ("홍길동", "홍철수")
    ]  # fmt: skip
    address = case_database.superuser.replace("dbname=postgres", f"dbname={case_file.engine().url.database}")
    with psycopg.connect(address) as almighty:
        almighty.execute("SET session_replication_role = replica")
        almighty.execute("UPDATE repatriation_case SET status = %s", (CaseStatus.home.value,))
    return references


def committed(sandbox: Sandbox, reference: str, commitment_id: str) -> None:
    body = {**PUTS["/treasury/v1/commitments"], "case_reference": reference}
    sandbox.partners.put(f"/treasury/v1/commitments/{commitment_id}", json=body).raise_for_status()


def received(sandbox: Sandbox, reference: str, number: str) -> None:
    offer = {**PUTS["/receiving-agency/v1/offers"], "case_reference": reference}
    sandbox.partners.put(f"/receiving-agency/v1/offers/{number}", json=offer).raise_for_status()
    sandbox.partners.put(f"/receiving-agency/v1/receipts/{number}", json=receipt_for(number)).raise_for_status()


def judged(sandbox: Sandbox, references: list[str]) -> dict[str, Promise]:
    """The promises by their words."""
    control = str(sandbox.control.base_url).rstrip("/")
    return {each.words: each for each in judging.promises(references, PEOPLE, control=control)}


def test_one_for_each_holds(fresh: Sandbox, home: list[str]) -> None:
    for number, reference in enumerate(home):
        committed(fresh, reference, f"c{number}")
        received(fresh, reference, f"r{number}")

    found = judged(fresh, home)

    for words in ("One commitment for each funded journey", "One receipt for each person home"):
        assert found[words].holds, found[words]


def test_a_doubled_and_a_missing_one_break_the_promise_in_the_report_though_the_sum_is_right(
    fresh: Sandbox, home: list[str]
) -> None:
    doubled, lacking = home
    for number in range(2):
        committed(fresh, doubled, f"c{number}")
        received(fresh, doubled, f"r{number}")

    found = judged(fresh, home)

    for words, what in (
        ("One commitment for each funded journey", "2 commitments"),
        ("One receipt for each person home", "2 receipts"),
    ):
        assert not found[words].holds
        assert found[words].found == f"{what}, {doubled} has 2, {lacking} has 0"
    text = words_of(drill_report.render(report(tuple(found.values()))))
    assert "BROKEN" in text
    for reference, has in ((doubled, 2), (lacking, 0)):
        assert f"{reference} has {has}" in " ".join(text.split())


def test_two_orders_of_one_traveller_and_a_document_nobody_has_on_file_are_named(
    fresh: Sandbox, home: list[str]
) -> None:
    for _ in range(2):
        fresh.airline.booked()
    register(fresh, "R1")

    found = judged(fresh, home)

    orders = found["One live order for each traveller at most"]
    # The harness' traveller is of a name that is none of ours.
    assert (orders.holds, orders.found) == (False, "2 live orders, 2 of nobody here")
    known = found["Border control knows one document of each"]
    assert (known.holds, known.found) == (
        False,
        f"1 documents at border control, {home[0]} has 0, {home[1]} has 0, 1 of nobody here",
    )


def report(promises: tuple[Promise, ...], **more: Any) -> Rehearsal:
    at = pendulum.datetime(2026, 11, 28)
    facts: dict[str, Any] = {
        "operation": "drill-20261128-000000", "seed": 1, "people": 2, "began_at": at, "ended_at": at.add(minutes=3),
        "opened_s": 1.0, "home_s": (60.0, 61.0), "waiting": (), "decisions": (), "steps": (), "processes": (),
        "struck": (), "alarms": (),
    }  # fmt: skip
    return Rehearsal(**facts, **more, promises=promises)
