"""
The population registry: `findPersons`, `readPerson` and `readIdentities` of OSIA's population registry interface 1.5,
and `readAttributes` of its third party services interface 1.2.

Source: OSIA 7.1, `pr.yaml` and `3rdparty.yaml`. Copyright © Secure Identity Alliance (2022), https://github.com/SecureIdentityAlliance/osia
It publishes its own contract, so it stays out of ours at /openapi.json.
"""

import base64
from collections import defaultdict
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, StrictStr

from deployments.sandbox.contract import require_token
from deployments.sandbox.population import Person, Population
from deployments.sandbox.portrait import DPI, HEIGHT_PX, WIDTH_PX, portrait

router = APIRouter(prefix="/registry", dependencies=[Depends(require_token)], include_in_schema=False)

INDEXED = ("personalNumber", "passportNumber", "lastNameHangul", "lastName", "dateOfBirth")
"""Attributes a query may start from; a registry of 50 million refuses to read everybody."""

Operator = Literal["<", ">", "=", ">=", "<=", "!="]


class OsiaRefused(Exception):
    """An answer of the registry that is not a success; `status` doubles as the code OSIA's Error asks for."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Expression(BaseModel):
    """One criterion; every attribute here is text, so a value of another type can match nobody."""

    model_config = ConfigDict(extra="forbid")

    attributeName: str  # noqa: N815  OSIA's own spelling
    operator: Operator
    value: StrictStr

    def holds(self, attributes: dict[str, str]) -> bool:
        """Return whether the attributes satisfy it; dates are ISO 8601, so they compare as text."""
        actual = attributes[self.attributeName]
        match self.operator:
            case "=":
                return actual == self.value
            case "!=":
                return actual != self.value
            case "<":
                return actual < self.value
            case "<=":
                return actual <= self.value
            case ">":
                return actual > self.value
            case ">=":
                return actual >= self.value


class Register:
    """The people as OSIA attributes, with the indexes a query must use."""

    def __init__(self, people: Population) -> None:
        self._attributes = {person.person_id: biographic_data(person) for person in people}
        self._index: dict[tuple[str, str], list[str]] = defaultdict(list)
        for person_id, attributes in self._attributes.items():
            for name in INDEXED:
                self._index[name, attributes[name]].append(person_id)

    def matching(self, expressions: list[Expression]) -> list[str]:
        """
        Return the ids of everybody who satisfies all expressions, in a stable order.

        Raises:
            OsiaRefused: 400 for an attribute the registry does not know, 403 for a query that no index can answer.
        """
        for expression in expressions:
            if expression.attributeName not in ATTRIBUTES:
                raise OsiaRefused(400, f"Unknown attribute {expression.attributeName[:40]!r}.")
        starts = [
            self._index.get((expression.attributeName, expression.value), [])
            for expression in expressions
            if expression.operator == "=" and expression.attributeName in INDEXED
        ]
        if not starts:
            raise OsiaRefused(403, "Query not allowed: it needs an equality on " + ", ".join(INDEXED) + ".")
        return [
            person_id
            for person_id in min(starts, key=len)
            if all(expression.holds(self._attributes[person_id]) for expression in expressions)
        ]


ATTRIBUTES: dict[str, Callable[[Person], str]] = {
    "lastName": lambda person: person.surname_latin,
    "firstName": lambda person: person.given_latin,
    "lastNameHangul": lambda person: person.surname_hangul,
    "firstNameHangul": lambda person: person.given_hangul,
    "gender": lambda person: person.sex,
    "dateOfBirth": lambda person: person.born_on.isoformat(),
    "placeOfBirth": lambda person: person.birthplace,
    "nationality": lambda person: person.nationality,
    "personalNumber": lambda person: person.personal_number,
    "passportNumber": lambda person: person.passport.number,
    "passportIssuedOn": lambda person: person.passport.issued_on.isoformat(),
    "passportExpiresOn": lambda person: person.passport.expires_on.isoformat(),
    "passportStatus": lambda person: person.passport.status,
    "nextOfKinRelation": lambda person: person.next_of_kin.relation,
    "nextOfKinPhone": lambda person: person.next_of_kin.phone,
}
"""Everything the registry knows of a person, in OSIA's spelling where it has one."""


def biographic_data(person: Person) -> dict[str, str]:
    """Return the attributes of one person."""
    return {name: read(person) for name, read in ATTRIBUTES.items()}


PHYSICAL_STATUS = "physicalStatus"
"""Read as an attribute too, though nobody can be sought by it."""


class Wanted(BaseModel):
    """OSIA's OutputAttributeSet; faces and credentials are not given to third parties here."""

    model_config = ConfigDict(extra="forbid")

    outputBiographicData: list[StrictStr]  # noqa: N815  OSIA's own spelling


async def _register_of(request: Request) -> Register:
    register: Register = request.app.state.register
    return register


def _known(request: Request, person_id: str) -> Person:
    population: Population = request.app.state.population
    person = population.person(person_id)
    if person is None:
        raise OsiaRefused(404, "Unknown record.")
    return person


TransactionId = Annotated[str, Query(alias="transactionId", min_length=1)]


@router.post("/v1/persons")
async def find_persons(
    *,
    transaction_id: TransactionId,
    register: Annotated[Register, Depends(_register_of)],
    expressions: Annotated[list[Expression] | None, Body()] = None,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    group: bool = False,
    reference: bool = False,
) -> list[dict[str, str]]:
    """
    Return the ids of the matching people, with the id of their identity unless they are grouped.

    `reference` changes nothing: everybody has one identity, and it is the reference.
    """
    found = register.matching(expressions or [])[offset : offset + limit]
    if group:
        return [{"personId": person_id} for person_id in found]
    return [{"personId": person_id, "identityId": _identity_id(person_id)} for person_id in found]


@router.get("/v1/persons/{person_id}")
async def read_person(person_id: str, transaction_id: TransactionId, request: Request) -> dict[str, str]:
    """Return that the person is on record and alive."""
    person = _known(request, person_id)
    return {"personId": person.person_id, "status": "ACTIVE", "physicalStatus": "ALIVE"}


@router.post("/v1/attributes/{identifier}")
async def read_attributes(
    identifier: str, transaction_id: TransactionId, wanted: Wanted, request: Request
) -> dict[str, dict[str, str]]:
    """Return the attributes of one person that are asked for, and no others."""
    known = {**biographic_data(_known(request, identifier)), PHYSICAL_STATUS: "ALIVE"}
    strange = [name for name in wanted.outputBiographicData if name not in known]
    if strange:
        raise OsiaRefused(400, f"Unknown attribute {strange[0][:40]!r}.")
    return {"biographicData": {name: known[name] for name in wanted.outputBiographicData}}


@router.get("/v1/persons/{person_id}/identities")
def read_identities(person_id: str, transaction_id: TransactionId, request: Request) -> list[dict[str, Any]]:
    """
    Return the one identity of the person, with the portrait of the last passport.

    Not a coroutine: drawing takes some 80 ms, and it reads nothing but the population, so it runs in a thread.
    """
    person = _known(request, person_id)
    captured = f"{person.passport.issued_on.isoformat()}T00:00:00Z"
    return [
        {
            "identityId": _identity_id(person_id),
            "identityType": "CITIZEN",
            "status": "VALID",
            "biographicData": biographic_data(person),
            "biometricData": [
                {
                    "biometricType": "FACE",
                    "biometricSubType": "PORTRAIT",
                    "identityId": _identity_id(person_id),
                    "image": base64.b64encode(portrait(person)).decode("ascii"),
                    "mimeType": "image/jpeg",
                    "compression": "JPEG",
                    "width": WIDTH_PX,
                    "height": HEIGHT_PX,
                    "resolution": DPI,
                    "captureDate": captured,
                }
            ],
            "documentData": [
                {
                    "documentType": "PASSPORT",
                    "instance": person.passport.number,
                    "parts": [{"pages": [2], "captureDate": captured}],
                }
            ],
        }
    ]


def _identity_id(person_id: str) -> str:
    return f"{person_id}-1"
