"""The carrier's special-assistance desk: what an order cannot say is asked here and must be answered by a person."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import httpx
import pendulum

from models.custody import DeskStatus
from tasks.partners.transport import Line, understanding
from tasks.settings import settings

PARTNER = "carrier desk"


@dataclass(frozen=True, slots=True)
class DeskAnswer:
    """What the desk said."""

    status: DeskStatus
    agent: str | None
    officer_seats: tuple[str, ...]
    """Seats kept for the escorts, as the carrier names them; it need not say where none were asked for."""
    answered_at: pendulum.DateTime | None


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
            answered_at = answer["answered_at"]
            return DeskAnswer(
                status=DeskStatus(answer["status"]),
                agent=answer["agent"],
                officer_seats=tuple(str(seat) for seat in answer.get("officer_seats") or ()),
                answered_at=None if answered_at is None else pendulum.instance(datetime.fromisoformat(answered_at)),
            )
