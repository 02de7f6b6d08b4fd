"""The carrier's special-assistance desk: what an order cannot say is asked here and must be answered by a person."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import httpx

from tasks.partners.transport import Line, understanding
from tasks.settings import settings

PARTNER = "carrier desk"


@dataclass(frozen=True, slots=True)
class DeskAnswer:
    """What the desk said."""

    status: str
    """pending, confirmed or refused."""
    agent: str | None


class CarrierDesk(Line):
    """The carrier desk's client."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        super().__init__(PARTNER, settings().carrier_desk_url, settings().carrier_desk_token, transport=transport)

    def request(
        self,
        request_id: UUID,
        *,
        record_locator: str,
        carrier: str,
        flight_number: str,
        departs_on: date,
        codes: list[str],
        officers: int,
    ) -> DeskAnswer:
        """Ask, under an id of ours, for the special service codes (IATA SSR) of one booking."""
        body = {
            "record_locator": record_locator,
            "carrier": carrier,
            "flight_number": flight_number,
            "departs_on": departs_on.isoformat(),
            "codes": codes,
            "officers": officers,
        }
        answer = self.put(f"/v1/requests/{request_id}", json=body)
        with understanding(PARTNER):
            return DeskAnswer(status=answer["status"], agent=answer["agent"])
