"""
The population registry, over OSIA's Population Registry and Third Party Services interfaces.

Source: Open Standards Identity API 7.1, `pr.yaml` 1.5.0: findPersons, readIdentities; `3rdparty.yaml` 1.2.0:
readAttributes, which opens the facts asked for and no portrait.
"""

import base64
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import httpx

from models.matching.plan import Query
from models.verification import Record
from tasks.partners.transport import Line, understanding
from tasks.settings import settings

PARTNER = "registry"

# Our words to the attribute names of biographicData; OSIA leaves them to the country.
ATTRIBUTES = {
    "surname_hangul": "lastNameHangul",
    "given_hangul": "firstNameHangul",
    "surname_latin": "lastName",
    "given_latin": "firstName",
    "sex": "gender",
    "born_on": "dateOfBirth",
    "birthplace": "placeOfBirth",
    "nationality": "nationality",
    "personal_number": "personalNumber",
    "passport_number": "passportNumber",
    "passport_expires_on": "passportExpiresOn",
    "passport_status": "passportStatus",
}

NEXT_OF_KIN = {"next_of_kin_phone": "nextOfKinPhone"}
"""Asked for only where the field wrote one down."""

STATUS = "physicalStatus"


@dataclass(frozen=True, slots=True)
class Portrait:
    """A face image of the registry."""

    image: bytes
    captured_on: date


class Registry(Line):
    """The registry's client."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        super().__init__(PARTNER, settings().registry_url, settings().registry_token, transport=transport)

    def find_persons(self, query: Query, *, limit: int) -> list[str]:
        """Return the ids of the people who fit a query, at most so many."""
        names = ATTRIBUTES | NEXT_OF_KIN
        body = [
            {"attributeName": names[criterion.attribute], "operator": criterion.operator, "value": criterion.value}
            for criterion in sorted(query)
        ]
        params = {"transactionId": str(uuid4()), "group": "true", "offset": 0, "limit": limit}
        tells = tuple(sorted({names[criterion.attribute] for criterion in query}))
        found = self.read("POST", "/v1/persons", params=params, json=body, tells=tells)
        with understanding(PARTNER):
            return [str(person["personId"]) for person in found]

    def read_record(self, registry_id: str, *, with_next_of_kin: bool) -> Record:
        """Return one person's record: the facts that are compared, and whether they are alive."""
        names = ATTRIBUTES | NEXT_OF_KIN if with_next_of_kin else ATTRIBUTES
        wanted = {"outputBiographicData": [*names.values(), STATUS]}
        params = {"transactionId": str(uuid4())}
        answer = self.read("POST", f"/v1/attributes/{registry_id}", params=params, json=wanted)
        with understanding(PARTNER):
            biographic = answer["biographicData"]
            facts = {ours: biographic.get(theirs) for ours, theirs in names.items()}
            return Record(registry_id=registry_id, alive=biographic[STATUS] == "ALIVE", **facts)

    def read_portrait(self, registry_id: str) -> Portrait | None:
        """Return the person's face image, if the registry has one."""
        identity = self._identity(registry_id)
        with understanding(PARTNER):
            for biometric in identity.get("biometricData") or []:
                if biometric["biometricType"] == "FACE" and biometric.get("image"):
                    image = base64.b64decode(biometric["image"], validate=True)
                    return Portrait(image, date.fromisoformat(biometric["captureDate"][:10]))
        return None

    def _identity(self, registry_id: str) -> dict[str, Any]:
        identities = self.read("GET", f"/v1/persons/{registry_id}/identities", params={"transactionId": str(uuid4())})
        with understanding(PARTNER):
            return next(identity for identity in identities if identity["status"] == "VALID")
