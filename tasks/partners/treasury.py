"""The treasury: rates with their source, commitments, and their reversal."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import httpx

from models.money import Money
from tasks.partners.errors import PartnerRefused
from tasks.partners.transport import Line, understanding
from tasks.settings import settings

PARTNER = "treasury"


@dataclass(frozen=True, slots=True)
class Rate:
    """Units of KRW for one unit of a currency."""

    rate: Decimal
    source: str
    on: date


class Treasury(Line):
    """The treasury's client."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        super().__init__(PARTNER, settings().treasury_url, settings().treasury_token, transport=transport)

    def rate(self, currency: str, *, on: date) -> Rate:
        """Return the rate of a currency on a day."""
        answer = self.read("GET", "/v1/rates", params={"currency": currency, "on": on.isoformat()})
        with understanding(PARTNER):
            return Rate(Decimal(answer["rate"]), str(answer["source"]), date.fromisoformat(answer["on"]))

    def commit_funds(
        self, commitment_id: UUID, *, reference: str, total: Money, items: list[tuple[str, Money]]
    ) -> None:
        """Post a commitment under an id of ours; the same id posts it once. There is no amount it may not have."""
        body = {
            "case_reference": reference,
            "total": _money(total),
            "items": [{"kind": kind, **_money(amount)} for kind, amount in items],
        }
        self.put(f"/v1/commitments/{commitment_id}", json=body)

    def reverse_commitment(self, commitment_id: UUID) -> bool:
        """Take a commitment back; return whether there was one. Taking it back twice is harmless."""
        try:
            self.read("POST", f"/v1/commitments/{commitment_id}/reversal")
        except PartnerRefused as refused:
            if refused.status != httpx.codes.NOT_FOUND:
                raise
            return False
        return True


def _money(money: Money) -> dict[str, str]:
    return {"amount": f"{money.amount:f}", "currency": money.currency}
