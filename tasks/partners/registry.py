"""
The population registry, over OSIA's Population Registry interface.

Source: Open Standards Identity API 7.1, `pr.yaml` 1.5.0: findPersons, readPerson, readIdentities.
"""

import base64
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import httpx

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

PAGE = 50
"""Records asked for at once; a query that fits more people than this is too wide to help an officer."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """A face image of the registry."""

    image: bytes
    captured_on: date


class Registry(Line):
    """The registry's client."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        super().__init__(PARTNER, settings().registry_url, settings().registry_token, transport=transport)

    def find_persons(self, **equal: str) -> list[str]:
        """Return the ids of at most 50 persons whose attributes, in our words, equal the values given."""
        body = [
            {"attributeName": ATTRIBUTES[name], "operator": "=", "value": value}
            for name, value in sorted(equal.items())
        ]
        params = {"transactionId": str(uuid4()), "group": "true", "offset": 0, "limit": PAGE}
        tells = tuple(sorted(ATTRIBUTES[name] for name in equal))
        found = self.read("POST", "/v1/persons", params=params, json=body, tells=tells)
        with understanding(PARTNER):
            return [str(person["personId"]) for person in found]

    def read_record(self, registry_id: str) -> Record:
        """Return one person's record: whether alive, and the first valid identity."""
        person = self.read("GET", f"/v1/persons/{registry_id}", params={"transactionId": str(uuid4())})
        identity = self._identity(registry_id)
        with understanding(PARTNER):
            biographic = identity["biographicData"]
            facts = {ours: biographic.get(theirs) for ours, theirs in ATTRIBUTES.items()}
            return Record(registry_id=registry_id, alive=person["physicalStatus"] == "ALIVE", **facts)

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
