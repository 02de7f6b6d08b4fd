"""Receiving agencies: offer a person, hear yes or no with a reason, and send the signed receipt."""

from dataclasses import dataclass
from uuid import UUID

import httpx
import pendulum

from tasks.partners.transport import Line, understanding
from tasks.settings import settings

PARTNER = "receiving agency"


@dataclass(frozen=True, slots=True)
class ReceiverAnswer:
    """What the agency said to an offer."""

    status: str
    """offered, accepted or refused."""
    answered_by: str | None
    refusal_reason: str | None


class ReceivingAgency(Line):
    """The receiving agencies' client."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        super().__init__(
            PARTNER, settings().receiving_agency_url, settings().receiving_agency_token, transport=transport
        )

    def offer(
        self,
        offer_id: UUID,
        *,
        reference: str,
        agency: str,
        needs: list[str],
        flight_number: str,
        arrives_at: pendulum.DateTime,
    ) -> ReceiverAnswer:
        """Offer a person by case reference under an id of ours, or read how the offer stands."""
        body = {
            "case_reference": reference,
            "agency": agency,
            "needs": needs,
            "flight_number": flight_number,
            "arrives_at": arrives_at.in_timezone("UTC").to_iso8601_string(),
        }
        answer = self.put(f"/v1/offers/{offer_id}", json=body)
        with understanding(PARTNER):
            return ReceiverAnswer(answer["status"], answer["answered_by"], answer["refusal_reason"])

    def send_receipt(
        self, receipt_id: UUID, *, offer_id: UUID, received_by: str, received_at: pendulum.DateTime, number: str
    ) -> None:
        """Send the signed receipt under an id of ours; sending it twice is sending it once."""
        body = {
            "offer_id": str(offer_id),
            "received_by": received_by,
            "received_at": received_at.in_timezone("UTC").to_iso8601_string(),
            "document_number": number,
        }
        self.put(f"/v1/receipts/{receipt_id}", json=body)
