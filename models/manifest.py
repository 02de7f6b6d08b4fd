"""The passenger list of one flight: what its three forms say of each person, and nothing of what a person is."""

import re
from datetime import date

import pendulum
from pydantic import BaseModel, ConfigDict, Field

from models.itinerary import Itinerary, Segment

FLIGHT = re.compile(r"(?P<carrier>[A-Z][A-Z0-9]|[0-9][A-Z])(?P<number>[0-9]{1,4})(?P<suffix>[A-Z]?)")
"""A flight designator: two characters of the airline, up to four digits, perhaps a letter. Source: IATA SSIM."""


class Passenger(BaseModel):
    """One person on the list."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    reference: str
    """Of the case."""
    surname_latin: str
    given_latin: str
    """Empty for whoever has one name only."""
    name_hangul: str
    sex: str
    """`M`, `F` or `X`."""
    born_on: date
    nationality: str
    """ISO 3166-1 alpha-3, as all countries here."""
    document_number: str
    """Of the released travel document, never of a lost passport."""
    document_expires_on: date
    issuing_state: str = "KOR"
    record_locator: str
    ticket_numbers: tuple[str, ...]


class Manifest(BaseModel):
    """The list of one flight; who is on it travels on a released document with carriage confirmed."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, arbitrary_types_allowed=True)

    flight_number: str = Field(pattern=rf"^{FLIGHT.pattern}$")
    legs: tuple[Segment, ...] = Field(min_length=1)
    """The flight's own legs in order; a charter may call at a second airport on its way out."""
    passengers: tuple[Passenger, ...]
    made_at: pendulum.DateTime
    specimen: bool

    @property
    def carrier(self) -> str:
        """The airline's designator, as in the flight's."""
        return self.flight_number[:2]

    @property
    def departs_on(self) -> date:
        """The local date of departure."""
        return self.legs[0].departs_local.date()


def leg_of(route: Itinerary, flight_number: str, on: date) -> Segment | None:
    """Return the segment of a route that is this flight on this local date of departure; None when none is."""
    return next((s for s in route.segments if s.flight_number == flight_number and s.departs_local.date() == on), None)


def in_order(passengers: list[Passenger]) -> tuple[Passenger, ...]:
    """Return passengers as lists print them: by surname, given name, then case."""
    return tuple(sorted(passengers, key=lambda p: (p.surname_latin, p.given_latin, p.reference)))
