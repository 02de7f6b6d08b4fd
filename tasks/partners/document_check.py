"""The document check: may a holder of this instrument pass these points? A Timatic-like contract of our own."""

from datetime import date

import httpx

from models.instrument import Instrument
from models.travel_document import Acceptance
from tasks.partners.transport import Line, understanding
from tasks.settings import settings

PARTNER = "document check"


class DocumentCheck(Line):
    """The document check's client."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        super().__init__(PARTNER, settings().document_check_url, settings().document_check_token, transport=transport)

    def check(self, instrument: Instrument, points: list[tuple[str, str]], *, travel_on: date) -> list[Acceptance]:
        """Return, per point (country alpha-3, verb), whether the instrument is accepted, with source and date."""
        body = {
            "instrument": instrument.value,
            "issuing_state": "KOR",
            "nationality": "KOR",
            "travel_on": travel_on.isoformat(),
            "points": [{"country": country, "verb": verb} for country, verb in points],
        }
        answer = self.read("POST", "/v1/checks", json=body)
        with understanding(PARTNER):
            return [Acceptance.model_validate(rule) for rule in answer["rules"]]
