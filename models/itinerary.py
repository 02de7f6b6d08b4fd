"""An itinerary as ticketed: segments with the local times an airline states and the zones that make them moments."""

from datetime import datetime
from itertools import pairwise

import pendulum
from pydantic import BaseModel, ConfigDict, Field

ALPHA_3: dict[str, str] = {
    "AE": "ARE", "CN": "CHN", "HK": "HKG", "JP": "JPN", "KH": "KHM", "KR": "KOR", "LA": "LAO", "MM": "MMR",
    "MY": "MYS", "PH": "PHL", "QA": "QAT", "SG": "SGP", "TH": "THA", "TW": "TWN", "VN": "VNM",
}  # fmt: skip
"""ISO 3166-1 alpha-2, which airlines write, to alpha-3, which travel documents write."""


class Stop(BaseModel):
    """A landing on the way of one flight, whoever stays aboard: a state may look at documents there."""

    model_config = ConfigDict(frozen=True)

    airport: str = Field(pattern=r"^[A-Z]{3}$")
    country: str = Field(pattern=r"^[A-Z]{2}$")
    """ISO 3166-1 alpha-2, as the airline states it."""


class Segment(BaseModel):
    """One flight between two airports."""

    model_config = ConfigDict(frozen=True)

    carrier: str = Field(pattern=r"^[A-Z0-9]{2}$")
    """IATA designator of the operating carrier; custody rules belong to who flies."""
    flight_number: str
    """Marketing designator and number as printed on a ticket, for example `KE690`."""
    origin: str = Field(pattern=r"^[A-Z]{3}$")
    origin_name: str
    origin_country: str = Field(pattern=r"^[A-Z]{2}$")
    """ISO 3166-1 alpha-2, as the airline states it."""
    origin_zone: str
    """IANA zone of the origin airport."""
    departs_local: datetime
    """Local time without offset, as the airline states it; `departs_at` is the moment."""
    destination: str = Field(pattern=r"^[A-Z]{3}$")
    destination_name: str
    destination_country: str = Field(pattern=r"^[A-Z]{2}$")
    destination_zone: str
    arrives_local: datetime
    origin_terminal: str | None = None
    """As the airline writes it; None: it has one only, or nobody says."""
    destination_terminal: str | None = None
    stops: tuple[Stop, ...] = ()

    @property
    def local_times(self) -> str:
        """Both ends with the local times an airline prints: `KTI 2026-12-01 23:40 → ICN 2026-12-02 07:10`."""
        departs, arrives = (f"{moment:%Y-%m-%d %H:%M}" for moment in (self.departs_local, self.arrives_local))
        return f"{self.origin} {departs} → {self.destination} {arrives}"

    @property
    def departs_at(self) -> pendulum.DateTime:
        """The moment of departure, UTC."""
        return pendulum.instance(self.departs_local, tz=self.origin_zone).in_timezone("UTC")

    @property
    def arrives_at(self) -> pendulum.DateTime:
        """The moment of arrival, UTC."""
        return pendulum.instance(self.arrives_local, tz=self.destination_zone).in_timezone("UTC")

    def is_same_aircraft(self, other: "Segment") -> bool:
        """
        Return whether two tickets are for one flight of one aircraft.

        A flight is sold under several carriers' numbers, and an airline moves it by hours: so either may differ, not
        both, and never who flies, between which airports, and on which local day.
        """
        return (self.carrier, self.origin, self.destination, self.departs_local.date()) == (
            other.carrier, other.origin, other.destination, other.departs_local.date(),
        ) and (self.flight_number == other.flight_number or self.departs_local == other.departs_local)  # fmt: skip


class Itinerary(BaseModel):
    """The journey of one person by air, in order; at least one segment."""

    model_config = ConfigDict(frozen=True)

    segments: tuple[Segment, ...] = Field(min_length=1)

    @property
    def departs_at(self) -> pendulum.DateTime:
        """The moment the first flight leaves, UTC."""
        return self.segments[0].departs_at

    @property
    def arrives_at(self) -> pendulum.DateTime:
        """The moment the last flight lands, UTC."""
        return self.segments[-1].arrives_at

    @property
    def origin(self) -> str:
        """IATA code of the first airport."""
        return self.segments[0].origin

    @property
    def destination(self) -> str:
        """IATA code of the last airport."""
        return self.segments[-1].destination

    @property
    def transit_points(self) -> tuple[str, ...]:
        """IATA codes of the airports between, in order; what ICAO 9303-8 §4.4.2 wants printed."""
        return tuple(segment.destination for segment in self.segments[:-1])

    @property
    def stops(self) -> tuple[Stop, ...]:
        """Landings within a flight, in order; none of them is a change of flights."""
        return tuple(stop for segment in self.segments for stop in segment.stops)

    @property
    def connects(self) -> bool:
        """Whether each flight leaves after the one before has landed, from the same airport."""
        return all(
            before.destination == after.origin and before.arrives_at < after.departs_at
            for before, after in pairwise(self.segments)
        )

    def same_flights(self, other: "Itinerary") -> bool:
        """Return whether both are the same flights on the same local dates, whatever their times now are."""

        def flights(itinerary: "Itinerary") -> list[tuple[str, str, str, object]]:
            return [(s.flight_number, s.origin, s.destination, s.departs_local.date()) for s in itinerary.segments]

        return flights(self) == flights(other)
