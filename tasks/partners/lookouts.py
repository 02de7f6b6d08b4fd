"""Lookouts and lost documents: our own small contract, published by the sandbox as OpenAPI."""

from datetime import date
from uuid import UUID

import httpx

from models.verification import Hit, Record
from tasks.partners.errors import PartnerRefused
from tasks.partners.transport import Line, understanding
from tasks.settings import settings

PARTNER = "lookouts"


class Lookouts(Line):
    """The client of the lookout and lost-document lists."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        super().__init__(PARTNER, settings().lookouts_url, settings().lookouts_token, transport=transport)

    def check(self, record: Record) -> tuple[str, str, list[Hit]]:
        """Return the check's id, its moment, and what the lists hold on a person."""
        body = {
            "person_id": record.registry_id,
            "personal_number": record.personal_number,
            "passport_number": record.passport_number,
            "surname_hangul": record.surname_hangul,
            "given_hangul": record.given_hangul,
            "born_on": record.born_on.isoformat(),
        }
        answer = self.read("POST", "/v1/checks", json=body)
        with understanding(PARTNER):
            hits = [
                Hit(kind=hit["kind"], authority=hit["authority"], authority_reference=hit["reference"])
                for hit in answer["hits"]
            ]
            return str(answer["check_id"]), str(answer["checked_at"]), hits

    def report_lost(
        self,
        report_id: UUID,
        *,
        number: str,
        stolen: bool,
        issued_on: date | None = None,
        expires_on: date | None = None,
        lost_on: date | None,
        place: str | None,
        office: str,
    ) -> None:
        """
        Report a travel document lost or stolen, under an id of ours, so that doing it twice is doing it once.

        Exactly the facts the law lets pass on. Source: Passport Act Enforcement Decree art. 20(3). What was reported
        first stands; only another number, or another circumstance, is refused.

        Raises:
            PartnerUnavailable, PartnerRefused, PartnerAnswerUnclear: as for `read`.
        """
        body = {
            "issuing_state": "KOR",
            "number": number,
            "circumstance": "stolen" if stolen else "lost",
            "issued_on": issued_on.isoformat() if issued_on else None,
            "expires_on": expires_on.isoformat() if expires_on else None,
            "lost_on": lost_on.isoformat() if lost_on else None,
            "place": place,
            "reporting_office": office,
        }
        address = f"/v1/lost-documents/{report_id}"
        try:
            self.put(address, json=body)
        except PartnerRefused as refused:
            # Told before, in other words: the person was moved since, or came into such hands once more. The number is
            # out of use, and that is what counts.
            if refused.status != httpx.codes.CONFLICT or not self._holds(address, body):
                raise

    def _holds(self, address: str, body: dict[str, str | None]) -> bool:
        """Return whether the list has a report there, of the same number and as bad."""
        held = self.read("GET", address)
        with understanding(PARTNER):
            return all(held[name] == body[name] for name in ("issuing_state", "number", "circumstance"))
