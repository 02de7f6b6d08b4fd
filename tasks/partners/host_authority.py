"""The host country's authority: may this person leave, and what must be paid first?"""

from dataclasses import dataclass
from uuid import UUID

import httpx

from models.money import Money
from tasks.partners.transport import Line, understanding
from tasks.settings import settings

PARTNER = "host authority"


@dataclass(frozen=True, slots=True)
class Clearance:
    """What the host authority said about leaving."""

    status: str
    """pending, granted or refused."""
    exit_permit: str | None
    fine: Money
    """Overstay fine."""


class HostAuthority(Line):
    """The host authority's client."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        super().__init__(PARTNER, settings().host_authority_url, settings().host_authority_token, transport=transport)

    def clearance(self, clearance_id: UUID, *, reference: str, host_status: str) -> Clearance:
        """Ask for exit clearance under an id of ours, or read how it stands; asking twice is asking once."""
        body = {
            "case_reference": reference,
            "country": reference[:3],
            "status_at_border": host_status,
            "found_on": None,
        }
        answer = self.put(f"/v1/clearances/{clearance_id}", json=body)
        with understanding(PARTNER):
            fine = Money.parse(answer["fine"]["amount"], answer["fine"]["currency"])
            return Clearance(status=answer["status"], exit_permit=answer["exit_permit"], fine=fine)
