from uuid import uuid4

import pytest

from tests.sandbox.harness import JSON, Sandbox
from tests.sandbox.test_lookouts import report, someone

DOCUMENT: JSON = {
    "instrument": "travel_certificate",
    "issuing_state": "KOR",
    "status": "valid",
    "expires_on": "2027-01-01",
    "surname_latin": "HONG",
    "given_latin": "GIL-DONG",
    "born_on": "1995-01-01",
}


@pytest.fixture
def number(sandbox: Sandbox) -> str:
    """The number of a valid document."""
    made = f"R{uuid4().hex[:8]}"
    register(sandbox, made)
    return made


def register(sandbox: Sandbox, number: str, **changes: str) -> JSON:
    reply = sandbox.partners.put(f"/border-control/v1/documents/{number}", json=DOCUMENT | changes)
    registered: JSON = reply.raise_for_status().json()
    return registered


def pre_check(sandbox: Sandbox, number: str, **changes: str) -> tuple[str, str | None]:
    body = {
        "document_number": number,
        "surname_latin": "HONG",
        "given_latin": "GIL-DONG",
        "born_on": "1995-01-01",
        "carrier": "KE",
        "flight_number": "KE690",
        "departs_on": "2026-12-01",
    }
    answer = sandbox.partners.post("/border-control/v1/pre-checks", json=body | changes).raise_for_status().json()
    return answer["answer"], answer["reason"]


def test_a_document_put_again_is_replaced(sandbox: Sandbox, number: str) -> None:
    # given a valid document
    # when it is put as cancelled
    replaced = register(sandbox, number, status="cancelled")
    # then that is what is registered
    assert replaced == {"number": number, **DOCUMENT, "status": "cancelled"}
    assert sandbox.partners.get(f"/border-control/v1/documents/{number}").json() == replaced


@pytest.mark.parametrize("status", ["valid", "reserved"])
def test_the_holder_of_a_good_document_may_board(sandbox: Sandbox, number: str, status: str) -> None:
    # given a document, or one whose paper is about to be released
    register(sandbox, number, status=status)
    # then its holder may board
    assert pre_check(sandbox, number) == ("ok_to_board", None)


def test_hyphens_spaces_and_case_do_not_make_another_person(sandbox: Sandbox, number: str) -> None:
    assert pre_check(sandbox, number, surname_latin="Hong", given_latin="Gil Dong") == ("ok_to_board", None)


@pytest.mark.parametrize("status", ["void", "cancelled"])
def test_nobody_boards_with_a_document_taken_back(sandbox: Sandbox, number: str, status: str) -> None:
    register(sandbox, number, status=status)
    assert pre_check(sandbox, number) == ("no_board", f"document {status}")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"surname_latin": "KIM"}, "name differs from the document"),
        ({"given_latin": "GIL"}, "name differs from the document"),
        ({"born_on": "1995-01-02"}, "date of birth differs from the document"),
    ],
)
def test_nobody_boards_as_somebody_else(sandbox: Sandbox, number: str, change: dict[str, str], reason: str) -> None:
    assert pre_check(sandbox, number, **change) == ("no_board", reason)


@pytest.mark.parametrize(("expires_on", "answer"), [("2026-12-01", "ok_to_board"), ("2026-11-30", "no_board")])
def test_a_document_is_good_until_the_end_of_its_last_day(
    sandbox: Sandbox, number: str, expires_on: str, answer: str
) -> None:
    register(sandbox, number, expires_on=expires_on)
    assert pre_check(sandbox, number)[0] == answer


def test_nobody_boards_with_a_number_nobody_registered(sandbox: Sandbox) -> None:
    assert pre_check(sandbox, f"R{uuid4().hex[:8]}") == ("no_board", "document unknown")


@pytest.mark.parametrize("circumstance", ["lost", "stolen"])
def test_a_report_stops_a_valid_document_at_the_border(sandbox: Sandbox, number: str, circumstance: str) -> None:
    # given a valid document
    # when the lookouts hear that it is gone
    report(sandbox, number, circumstance)
    # then nobody boards with it
    assert pre_check(sandbox, number) == ("no_board", f"document reported {circumstance}")


def test_a_passport_the_register_calls_stolen_is_stopped(sandbox: Sandbox) -> None:
    # given a stolen passport of the registry
    stolen = someone(status="stolen")["passport"]["number"]
    # then it is stopped for that reason, though nobody registered it here
    assert pre_check(sandbox, stolen) == ("no_board", "document reported stolen")
