import base64
import io
import json
from functools import cache
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft7Validator, FormatChecker
from PIL import Image

from tests.sandbox.harness import ROOT, VECTORS, Sandbox

PEOPLE = [
    json.loads(line)
    for line in (ROOT / "deployments" / "sandbox" / "data" / "registry.jsonl").read_text(encoding="utf-8").splitlines()
]

Criterion = tuple[str, str, object]


def find(sandbox: Sandbox, *criteria: Criterion, **query: object) -> httpx.Response:
    expressions = [dict(zip(("attributeName", "operator", "value"), each, strict=True)) for each in criteria]
    parameters = {"transactionId": "t1", **{name: str(value).lower() for name, value in query.items()}}
    return sandbox.partners.post("/registry/v1/persons", params=parameters, json=expressions)


def read(sandbox: Sandbox, path: str) -> httpx.Response:
    return sandbox.partners.get(f"/registry/v1/persons/{path}", params={"transactionId": "t1"})


@cache
def contract() -> Any:
    return yaml.safe_load((VECTORS / "osia" / "pr.yaml").read_text(encoding="utf-8"))


def check(value: object, schema: dict[str, Any]) -> None:
    """Fail unless the value satisfies a schema of the published contract."""
    whole = {**schema, "components": contract()["components"]}
    Draft7Validator(whole, format_checker=FormatChecker()).validate(value)


def answer_schema(path: str, method: str) -> dict[str, Any]:
    content: dict[str, Any] = contract()["paths"][path][method]["responses"]["200"]["content"]
    schema: dict[str, Any] = content["application/json"]["schema"]
    return schema


def test_a_person_is_found_by_every_indexed_attribute(sandbox: Sandbox) -> None:
    # given somebody
    person = PEOPLE[1234]
    # when each index is asked for them
    for name, value in (
        ("personalNumber", person["personal_number"]),
        ("passportNumber", person["passport"]["number"]),
        ("lastNameHangul", person["surname_hangul"]),
        ("lastName", person["surname_latin"]),
        ("dateOfBirth", person["born_on"]),
    ):
        found = find(sandbox, (name, "=", value), limit=500, group=True).json()
        # then they are among those found
        assert {"personId": person["person_id"]} in found


@pytest.mark.parametrize(
    ("operator", "holds"),
    [
        ("<", lambda a, b: a < b),
        (">", lambda a, b: a > b),
        ("<=", lambda a, b: a <= b),
        (">=", lambda a, b: a >= b),
        ("=", lambda a, b: a == b),
        ("!=", lambda a, b: a != b),
    ],
)
def test_all_criteria_hold_for_everybody_found(sandbox: Sandbox, operator: str, holds: Any) -> None:
    # given everybody of one surname and a birth date that one of them has
    family = [person for person in PEOPLE if person["surname_hangul"] == "홍"]
    born_on = family[5]["born_on"]
    # when the dates are compared in each way
    reply = find(sandbox, ("lastNameHangul", "=", "홍"), ("dateOfBirth", operator, born_on), group=True)
    # then exactly those are found, ordered by id
    expected = sorted(person["person_id"] for person in family if holds(person["born_on"], born_on))
    assert [each["personId"] for each in reply.json()] == expected


def test_every_page_of_a_query_together_is_the_whole(sandbox: Sandbox) -> None:
    # given the most frequent surname
    everybody = sorted(person["person_id"] for person in PEOPLE if person["surname_hangul"] == "김")
    # when it is read page by page until one is empty
    pages: list[str] = []
    while page := find(sandbox, ("lastNameHangul", "=", "김"), offset=len(pages), limit=499).json():
        pages += [each["personId"] for each in page]
    # then nobody is missing and nobody comes twice
    assert pages == everybody


def test_the_identity_is_named_unless_people_are_grouped(sandbox: Sandbox) -> None:
    # given one person
    criterion = ("personalNumber", "=", PEOPLE[0]["personal_number"])
    # when they are sought both ways
    single = find(sandbox, criterion, reference=True).json()
    grouped = find(sandbox, criterion, group=True).json()
    # then only the first answer has the identity, and both fit the contract
    identity_id = read(sandbox, "R000001/identities").json()[0]["identityId"]
    assert single == [{"personId": "R000001", "identityId": identity_id}]
    assert grouped == [{"personId": "R000001"}]
    for answer in (single, grouped):
        check(answer, answer_schema("/v1/persons", "post"))


@pytest.mark.parametrize(
    "criteria",
    [
        (),
        (("gender", "=", "M"),),
        (("lastName", "!=", "KIM"),),
        (("dateOfBirth", ">", "1900-01-01"), ("nationality", "=", "KOR")),
    ],
)
def test_a_query_that_would_read_everybody_is_not_allowed(sandbox: Sandbox, criteria: tuple[Criterion, ...]) -> None:
    # when no index can answer
    reply = find(sandbox, *criteria)
    # then the registry refuses
    assert reply.status_code == 403
    assert "Query not allowed" in reply.json()["message"]


def test_a_query_without_a_body_is_not_allowed(sandbox: Sandbox) -> None:
    # when nothing at all is asked
    reply = sandbox.partners.post("/registry/v1/persons", params={"transactionId": "t1"})
    # then the registry refuses
    assert reply.status_code == 403


@pytest.mark.parametrize(
    ("criteria", "query"),
    [
        ((("lastName", "=", "KIM"), ("shoeSize", "=", "43")), {}),
        ((("lastName", "~", "KIM"),), {}),
        ((("lastName", "=", 5),), {}),
        ((("lastName", "=", "KIM"),), {"limit": 501}),
        ((("lastName", "=", "KIM"),), {"offset": -1}),
    ],
)
def test_a_query_that_does_not_fit_the_contract_is_a_bad_request(
    sandbox: Sandbox, criteria: tuple[Criterion, ...], query: dict[str, int]
) -> None:
    # when it asks for what the registry does not know
    reply = find(sandbox, *criteria, **query)
    # then it answers 400 with OSIA's error
    assert reply.status_code == 400
    check(reply.json(), contract()["components"]["schemas"]["Error"])


@pytest.mark.parametrize("path", ["", "/R000001", "/R000001/identities"])
def test_every_request_needs_a_transaction(sandbox: Sandbox, path: str) -> None:
    # when the transaction's id is left out
    method = "GET" if path else "POST"
    reply = sandbox.partners.request(method, f"/registry/v1/persons{path}")
    # then it is a bad request in OSIA's form
    assert reply.status_code == 400
    check(reply.json(), contract()["components"]["schemas"]["Error"])


def test_a_person_on_record_is_active_and_alive(sandbox: Sandbox) -> None:
    # when a person is read
    person = read(sandbox, "R000001").json()
    # then the answer fits the contract
    assert person == {"personId": "R000001", "status": "ACTIVE", "physicalStatus": "ALIVE"}
    check(person, answer_schema("/v1/persons/{personId}", "get"))


@pytest.mark.parametrize("path", ["R999999", "R999999/identities"])
def test_somebody_unknown_is_not_found(sandbox: Sandbox, path: str) -> None:
    assert read(sandbox, path).status_code == 404


@pytest.mark.parametrize("number", [0, 2550, 5099])
def test_an_identity_fits_the_published_contract(sandbox: Sandbox, number: int) -> None:
    # when somebody's identities are read
    identities = read(sandbox, f"{PEOPLE[number]['person_id']}/identities").json()
    # then there is one, and it satisfies OSIA's schema
    check(identities, answer_schema("/v1/persons/{personId}/identities", "get"))
    assert [identity["status"] for identity in identities] == ["VALID"]


def test_an_identity_says_everything_the_registry_knows(sandbox: Sandbox) -> None:
    # given somebody
    person = PEOPLE[42]
    # when their identity is read
    known = read(sandbox, f"{person['person_id']}/identities").json()[0]["biographicData"]
    # then it is what the file says
    assert known == {
        "lastName": person["surname_latin"],
        "firstName": person["given_latin"],
        "lastNameHangul": person["surname_hangul"],
        "firstNameHangul": person["given_hangul"],
        "gender": person["sex"],
        "dateOfBirth": person["born_on"],
        "placeOfBirth": person["birthplace"],
        "nationality": "KOR",
        "personalNumber": person["personal_number"],
        "passportNumber": person["passport"]["number"],
        "passportIssuedOn": person["passport"]["issued_on"],
        "passportExpiresOn": person["passport"]["expires_on"],
        "passportStatus": person["passport"]["status"],
        "nextOfKinRelation": person["next_of_kin"]["relation"],
        "nextOfKinPhone": person["next_of_kin"]["phone"],
    }


def attributes(sandbox: Sandbox, person_id: str, wanted: object) -> httpx.Response:
    return sandbox.partners.post(f"/registry/v1/attributes/{person_id}", params={"transactionId": "t1"}, json=wanted)


def test_only_the_attributes_asked_for_are_read_and_no_portrait_is(sandbox: Sandbox) -> None:
    # given somebody
    person = PEOPLE[42]
    # when three of their attributes are read
    answer = attributes(
        sandbox, person["person_id"], {"outputBiographicData": ["lastName", "dateOfBirth", "physicalStatus"]}
    ).json()
    # then nothing else is in the answer, which fits the contract
    assert answer == {
        "biographicData": {
            "lastName": person["surname_latin"], "dateOfBirth": person["born_on"], "physicalStatus": "ALIVE",
        }
    }  # fmt: skip
    third_parties = yaml.safe_load((VECTORS / "osia" / "3rdparty.yaml").read_text(encoding="utf-8"))
    whole = {"$ref": "#/components/schemas/AttributeSet", "components": third_parties["components"]}
    Draft7Validator(whole, format_checker=FormatChecker()).validate(answer)


@pytest.mark.parametrize(
    ("person_id", "wanted", "status"),
    [
        ("R999999", {"outputBiographicData": ["lastName"]}, 404),
        ("R000001", {"outputBiographicData": ["shoeSize"]}, 400),
        ("R000001", {"outputBiographicData": ["lastName"], "outputBiometricData": [{"biometricType": "FACE"}]}, 400),
        ("R000001", {}, 400),
    ],
)
def test_attributes_nobody_may_have_are_refused_in_the_contracts_form(
    sandbox: Sandbox, person_id: str, wanted: dict[str, object], status: int
) -> None:
    reply = attributes(sandbox, person_id, wanted)
    assert reply.status_code == status
    check(reply.json(), contract()["components"]["schemas"]["Error"])


def portrait(sandbox: Sandbox, number: int) -> bytes:
    face = read(sandbox, f"{PEOPLE[number]['person_id']}/identities").json()[0]["biometricData"][0]
    assert (face["width"], face["height"], face["mimeType"]) == (413, 531, "image/jpeg")
    return base64.b64decode(face["image"], validate=True)


def test_a_portrait_is_a_photograph_ready_for_print(sandbox: Sandbox) -> None:
    # when a portrait is opened
    with Image.open(io.BytesIO(portrait(sandbox, 7))) as picture:
        # then it is a JPEG of 413 × 531 pixels at 300 dpi
        assert (picture.format, picture.size, picture.mode) == ("JPEG", (413, 531), "RGB")
        assert [round(float(dpi)) for dpi in picture.info["dpi"]] == [300, 300]


def test_a_person_always_has_the_same_portrait_and_nobody_elses(sandbox: Sandbox) -> None:
    # when thirteen people are read, one of them twice
    portraits = [portrait(sandbox, number) for number in range(12)]
    # then each has a face of their own
    assert portrait(sandbox, 3) == portraits[3]
    assert len(set(portraits)) == 12


def test_a_head_fills_three_quarters_of_a_portrait(sandbox: Sandbox) -> None:
    # given the middle column of several portraits, whose background is light
    for number in range(6):
        with Image.open(io.BytesIO(portrait(sandbox, number))) as picture:
            column = picture.convert("L").crop((203, 0, 210, 531)).resize((1, 531)).tobytes()
        # when the crown is sought as the first row that is no background, the chin being drawn at row 448
        crown = next(row for row, light in enumerate(column) if light < 200)
        # then crown to chin is three quarters of the height, within two per cent of it
        assert abs((448 - crown) / 531 - 0.75) < 0.02
