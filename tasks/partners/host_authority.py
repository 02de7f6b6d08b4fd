"""The host country's authority: may this person leave, and what must be paid first?"""

from dataclasses import dataclass
from uuid import UUID

import httpx
import pendulum

from models.money import Money
from tasks.partners.transport import Line, understanding
from tasks.settings import settings

PARTNER = "host authority"

_STATUSES = {status: status for status in ("pending", "granted", "refused")}
"""What it may answer; another word is an answer nobody knows."""


@dataclass(frozen=True, slots=True)
class Clearance:
    """What the host authority said about leaving."""

    status: str
    """pending, granted or refused."""
    exit_permit: str | None
    release_order: str | None
    """Only for a detained person."""
    valid_until: pendulum.DateTime | None
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
            return Clearance(
                status=_STATUSES[answer["status"]],
                exit_permit=answer["exit_permit"],
                release_order=answer["release_order"],
                valid_until=_moment(answer["valid_until"]),
                fine=fine,
            )


def _moment(text: str | None) -> pendulum.DateTime | None:
    if text is None:
        return None
    found = pendulum.parse(text)
    if not isinstance(found, pendulum.DateTime):
        raise TypeError("no moment")
    return found.in_timezone("UTC")
