"""Korea's own border: documents it should know, and the pre-check a carrier makes at check-in (iPC)."""

from dataclasses import dataclass
from datetime import date

import httpx

from tasks.partners.transport import Line, understanding
from tasks.settings import settings

PARTNER = "border control"


@dataclass(frozen=True, slots=True)
class Holder:
    """A document holder as the border knows them."""

    surname_latin: str
    given_latin: str
    born_on: date

    @property
    def fields(self) -> dict[str, str]:
        """The holder's fields in the contract's words."""
        return {
            "surname_latin": self.surname_latin,
            "given_latin": self.given_latin,
            "born_on": self.born_on.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class PreCheck:
    """The border's answer at check-in."""

    check_id: str
    may_board: bool
    reason: str | None


class BorderControl(Line):
    """Border control's client."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        super().__init__(PARTNER, settings().border_control_url, settings().border_control_token, transport=transport)

    def register(self, number: str, holder: Holder, *, instrument: str, status: str, expires_on: date) -> None:
        """State what a document number is now: reserved, valid, cancelled or void. Stating it twice is harmless."""
        body = {
            "instrument": instrument,
            "issuing_state": "KOR",
            "status": status,
            "expires_on": expires_on.isoformat(),
            **holder.fields,
        }
        self.put(f"/v1/documents/{number}", json=body)

    def pre_check(self, number: str, holder: Holder, *, carrier: str, flight_number: str, departs_on: date) -> PreCheck:
        """Return what the border would say when the carrier asks at check-in."""
        body = {
            "document_number": number,
            "carrier": carrier,
            "flight_number": flight_number,
            "departs_on": departs_on.isoformat(),
            **holder.fields,
        }
        answer = self.read("POST", "/v1/pre-checks", json=body)
        with understanding(PARTNER):
            return PreCheck(str(answer["check_id"]), answer["answer"] == "ok_to_board", answer["reason"])
