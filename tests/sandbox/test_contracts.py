"""What all our own small partners have in common."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.sandbox.harness import JSON, Sandbox, codes

PUTS: dict[str, JSON] = {
    "/lookouts/v1/lost-documents": {
        "issuing_state": "KOR",
        "number": "M00000001",
        "circumstance": "lost",
        "lost_on": "2026-10-01",
        "place": "Bavet",
        "reporting_office": "Embassy Phnom Penh",
    },
    "/carrier-desk/v1/requests": {
        "record_locator": "ABC234",
        "carrier": "KE",
        "flight_number": "KE690",
        "departs_on": "2026-12-01",
        "codes": ["WCHR"],
        "officers": 2,
    },
    "/host-authority/v1/clearances": {
        "case_reference": "KHM-2026-0042",
        "country": "KHM",
        "status_at_border": "detained",
        "found_on": "2026-10-01",
    },
    "/treasury/v1/commitments": {
        "case_reference": "KHM-2026-0042",
        "total": {"amount": "230.00", "currency": "USD"},
        "items": [{"kind": "fare", "amount": "230.00", "currency": "USD"}],
    },
    "/receiving-agency/v1/offers": {
        "case_reference": "KHM-2026-0042",
        "agency": "Incheon Airport Police",
        "needs": ["interpreter"],
        "flight_number": "KE690",
        "arrives_at": "2026-12-01T22:10:00Z",
    },
}
OWN_PARTNERS = (
    "lookouts",
    "document-check",
    "carrier-desk",
    "host-authority",
    "border-control",
    "treasury",
    "receiving-agency",
)
READS = {
    "registry": "/registry/v1/persons/R000001?transactionId=t",
    "lookouts": "/lookouts/v1/lost-documents/x",
    "airline": "/airline/air/orders",
    "carrier-desk": "/carrier-desk/v1/requests/x",
    "host-authority": "/host-authority/v1/clearances/x",
    "border-control": "/border-control/v1/documents/x",
    "treasury": "/treasury/v1/rates?currency=USD&on=2026-12-01",
    "receiving-agency": "/receiving-agency/v1/offers/x",
}


def error_code(reply: httpx.Response) -> str:
    """Return the code of one of our own errors, whose form is checked on the way."""
    body = reply.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    return str(body["error"]["code"])


@pytest.fixture
def record(sandbox: Sandbox, collection: str) -> tuple[str, JSON]:
    """The address of a record just put, and what was answered."""
    address = f"{collection}/{uuid4()}"
    return address, sandbox.partners.put(address, json=PUTS[collection]).raise_for_status().json()


every_collection = pytest.mark.parametrize("collection", list(PUTS))


@every_collection
def test_the_same_request_again_has_the_same_answer(
    sandbox: Sandbox, collection: str, record: tuple[str, JSON]
) -> None:
    # given a record
    address, answer = record
    # when it is put again
    again = sandbox.partners.put(address, json=PUTS[collection])
    # then nothing new is answered
    assert (again.status_code, again.json()) == (200, answer)


@every_collection
def test_another_request_under_the_same_id_is_refused(
    sandbox: Sandbox, collection: str, record: tuple[str, JSON]
) -> None:
    # given a record
    address, answer = record
    # when the id comes with another body
    name = next(name for name, value in PUTS[collection].items() if isinstance(value, str))
    other = PUTS[collection] | {name: {"KHM": "THA", "KE": "OZ", "KOR": "THA"}.get(PUTS[collection][name], "other")}
    refused = sandbox.partners.put(address, json=other)
    # then it is refused and the record stays
    assert (refused.status_code, error_code(refused)) == (409, "different_body")
    assert sandbox.partners.get(address).json() == answer


@every_collection
def test_a_record_is_read_back_as_answered(sandbox: Sandbox, collection: str, record: tuple[str, JSON]) -> None:
    # given a record
    address, answer = record
    # then reading says the same
    assert sandbox.partners.get(address).json() == answer


@every_collection
def test_an_unknown_id_is_not_found(sandbox: Sandbox, collection: str) -> None:
    # when nobody has used the id
    reply = sandbox.partners.get(f"{collection}/{uuid4()}")
    # then it is not found, in our own form
    assert (reply.status_code, error_code(reply)) == (404, "not_found")


@every_collection
@pytest.mark.parametrize("change", ["missing", "unknown", "not_json"])
def test_a_body_that_does_not_fit_is_refused_without_being_quoted(
    sandbox: Sandbox, collection: str, change: str
) -> None:
    # given a body with a field too few, a field too many, or no JSON at all
    good = PUTS[collection]
    name = next(iter(good))
    body = {
        "missing": json.dumps({key: value for key, value in good.items() if key != name}),
        "unknown": json.dumps(good | {"shoe_size": "Zzyzx"}),
        "not_json": "Zzyzx",
    }[change]
    # when it is put
    reply = sandbox.partners.put(f"{collection}/{uuid4()}", content=body, headers={"content-type": "application/json"})
    # then it is refused in our own form
    assert (reply.status_code, error_code(reply)) == (422, "invalid")
    assert "Zzyzx" not in reply.text


@pytest.mark.parametrize("address", READS.values(), ids=READS)
@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic sandbox"])
def test_every_partner_wants_its_token(sandbox: Sandbox, address: str, authorization: str | None) -> None:
    # when a request comes without the token, or with another
    headers = {"Duffel-Version": "v2"} | ({"Authorization": authorization} if authorization else {})
    reply = sandbox.stranger.get(address, headers=headers)
    # then it is refused
    assert reply.status_code == 401


def test_a_refusal_has_the_form_of_the_partners_contract(sandbox: Sandbox) -> None:
    # when three partners refuse a stranger
    replies = {name: sandbox.stranger.get(READS[name]) for name in ("registry", "airline", "treasury")}
    # then each does so in its own words
    assert set(replies["registry"].json()) == {"code", "message"}
    assert codes(replies["airline"]) == ["missing_authorization_header"]
    assert error_code(replies["treasury"]) == "unauthorised"


def test_every_answer_carries_a_request_id_that_the_log_knows(sandbox: Sandbox) -> None:
    # when a partner answers
    reply = sandbox.partners.get(READS["treasury"])
    # then the log has the same id
    logged = sandbox.control.get("/requests", params={"partner": "treasury"}).json()
    assert reply.headers["x-request-id"] in [entry["request_id"] for entry in logged]


def test_the_published_contract_lists_our_own_partners_with_a_summary_for_each_address(sandbox: Sandbox) -> None:
    # when the contract is read
    contract: Any = sandbox.partners.get("/openapi.json").json()
    operations = [operation for path in contract["paths"].values() for operation in path.values()]
    # then it has exactly our own partners, every operation summed up and behind the token
    assert [tag["name"] for tag in contract["tags"]] == list(OWN_PARTNERS)
    assert {tag for operation in operations for tag in operation["tags"]} == set(OWN_PARTNERS)
    assert all(operation["summary"] and operation["security"] for operation in operations)


def test_the_published_contract_names_every_refusal_in_our_own_form(sandbox: Sandbox) -> None:
    # when the contract's refusals are read
    contract: Any = sandbox.partners.get("/openapi.json").json()
    refusals = [
        answer["content"]["application/json"]["schema"]["$ref"]
        for path in contract["paths"].values()
        for operation in path.values()
        for status, answer in operation["responses"].items()
        if status != "200"
    ]
    # then all have our error's form
    assert set(refusals) == {"#/components/schemas/ErrorAnswer"}


@pytest.mark.parametrize("partner", OWN_PARTNERS)
def test_an_address_nobody_has_is_not_found_in_our_own_form(sandbox: Sandbox, partner: str) -> None:
    reply = sandbox.partners.get(f"/{partner}/v1/nothing")
    assert (reply.status_code, error_code(reply)) == (404, "not_found")
