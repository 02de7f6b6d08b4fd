import json
from typing import Any
from uuid import uuid4

import pytest

from tests.sandbox.harness import JSON, ROOT, Sandbox

PEOPLE: list[JSON] = [
    json.loads(line)
    for line in (ROOT / "deployments" / "sandbox" / "data" / "registry.jsonl").read_text(encoding="utf-8").splitlines()
]
NOBODY = {"surname_hangul": "없", "given_hangul": "음"}
DOCUMENT_KINDS = {"lost": "lost_document", "stolen": "stolen_document"}


def someone(**wanted: Any) -> JSON:
    return next(
        person
        for person in PEOPLE
        if all(
            person["passport" if name == "status" else name] == value
            for name, value in wanted.items()
            if name != "status"
        )
        and wanted.get("status", person["passport"]["status"]) == person["passport"]["status"]
    )


def hits(sandbox: Sandbox, **keys: object) -> list[JSON]:
    reply = sandbox.partners.post("/lookouts/v1/checks", json={**NOBODY, **keys})
    found: list[JSON] = reply.raise_for_status().json()["hits"]
    return found


def keys_of(person: JSON) -> dict[str, dict[str, str]]:
    return {
        "person_id": {"person_id": person["person_id"]},
        "personal_number": {"person_id": "R999999", "personal_number": person["personal_number"]},
        "passport_number": {"personal_number": "unknown", "passport_number": person["passport"]["number"]},
        "names": {field: person[field] for field in ("surname_hangul", "given_hangul", "born_on")},
    }


def report(sandbox: Sandbox, number: str, circumstance: str) -> str:
    report_id = str(uuid4())
    body = {
        "issuing_state": "KOR",
        "number": number,
        "circumstance": circumstance,
        "lost_on": None,
        "place": None,
        "reporting_office": "Embassy Phnom Penh",
    }
    sandbox.partners.put(f"/lookouts/v1/lost-documents/{report_id}", json=body).raise_for_status()
    return report_id


@pytest.mark.parametrize("kind", ["arrest_warrant", "red_notice", "reported_missing"])
@pytest.mark.parametrize("key", ["person_id", "personal_number", "passport_number", "names"])
def test_a_lookout_hits_whichever_key_finds_the_person(sandbox: Sandbox, kind: str, key: str) -> None:
    # given somebody with a lookout
    person = someone(lookout=kind, status="valid")
    # when they are checked by one key
    found = hits(sandbox, **keys_of(person)[key])
    # then exactly that lookout hits
    assert [hit["kind"] for hit in found] == [kind]
    assert all(found[0][field] for field in ("authority", "reference", "recorded_on"))


@pytest.mark.parametrize("status", list(DOCUMENT_KINDS))
def test_a_passport_no_longer_in_hand_hits(sandbox: Sandbox, status: str) -> None:
    # given somebody whose passport is lost or stolen
    person = someone(lookout=None, status=status)
    # then the check says so
    assert [hit["kind"] for hit in hits(sandbox, person_id=person["person_id"])] == [DOCUMENT_KINDS[status]]


def test_several_entries_about_one_person_all_hit(sandbox: Sandbox) -> None:
    # given somebody wanted whose passport was stolen
    person = someone(lookout="arrest_warrant", status="stolen")
    # then both hit
    found = hits(sandbox, person_id=person["person_id"])
    assert [hit["kind"] for hit in found] == ["arrest_warrant", "stolen_document"]


@pytest.mark.parametrize("status", ["valid", "expired"])
def test_somebody_without_entries_is_clear(sandbox: Sandbox, status: str) -> None:
    person = someone(lookout=None, status=status)
    assert hits(sandbox, person_id=person["person_id"]) == []


def test_a_name_alone_finds_nobody(sandbox: Sandbox) -> None:
    # given somebody wanted
    person = someone(lookout="red_notice")
    # when only the name is known, without a birth date
    found = hits(sandbox, surname_hangul=person["surname_hangul"], given_hangul=person["given_hangul"])
    # then nobody is accused
    assert found == []


def test_the_same_check_has_the_same_hits(sandbox: Sandbox) -> None:
    # given somebody wanted
    key = {"person_id": someone(lookout="arrest_warrant")["person_id"]}
    # then references and dates do not change between checks
    assert hits(sandbox, **key) == hits(sandbox, **key)


@pytest.mark.parametrize("circumstance", list(DOCUMENT_KINDS))
def test_a_reported_number_hits_from_then_on(sandbox: Sandbox, circumstance: str) -> None:
    # given a number that is clear
    number = f"M{uuid4().hex[:8]}"
    assert hits(sandbox, passport_number=number) == []
    # when it is reported
    report_id = report(sandbox, number, circumstance)
    # then it hits under the report's id
    found = hits(sandbox, passport_number=number)
    assert [(hit["kind"], hit["reference"]) for hit in found] == [(DOCUMENT_KINDS[circumstance], report_id)]


def test_a_reported_passport_hits_when_its_holder_is_checked(sandbox: Sandbox) -> None:
    # given somebody clear, whose passport is then reported
    person = someone(lookout=None, status="valid", sex="F")
    report(sandbox, person["passport"]["number"], "lost")
    # then checking the person by id hits
    assert [hit["kind"] for hit in hits(sandbox, person_id=person["person_id"])] == ["lost_document"]
