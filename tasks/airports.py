"""Airports: codes, countries and zones from a table of our own side, against which an airline's answer is held."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from math import asin, cos, radians, sin, sqrt
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import airportsdata

from models.itinerary import Itinerary

SUCCEEDED: dict[str, tuple[str, date]] = {
    "PNH": ("KTI", date(2025, 9, 9)),
    "REP": ("SAI", date(2023, 10, 16)),
}
"""Closed airports that old papers still name, the airport that took their place, and its first day."""


@dataclass(frozen=True, slots=True)
class Airport:
    """One airport that is open."""

    code: str
    """IATA."""
    name: str
    country: str
    """ISO 3166-1 alpha-2."""
    zone: str
    """IANA."""
    latitude: float
    """Degrees, north is positive."""
    longitude: float
    """Degrees, east is positive."""


@cache
def _table() -> dict[str, Airport]:
    rows = airportsdata.load("IATA")
    return {
        code: Airport(code, row["name"], row["country"], row["tz"], row["lat"], row["lon"])
        for code, row in rows.items()
    }


def airport(code: str, *, on: date) -> Airport:
    """
    Return the airport of an IATA code; for one that had closed by that day the one that took its place.

    Raises:
        ValueError: no airport has this code.
    """
    code = code.strip().upper()
    successor = SUCCEEDED.get(code)
    if successor is not None and on >= successor[1]:
        code = successor[0]
    found = _table().get(code)
    if found is None:
        raise ValueError(f"{code[:10]!r} is no airport's IATA code; write it like KTI.")
    return found


def kilometres(start: Airport, end: Airport) -> float:
    """Return the great-circle distance of two airports, on a globe of 6371 km radius."""
    north, south = radians(start.latitude), radians(end.latitude)
    east = radians(end.longitude - start.longitude)
    half = sin((south - north) / 2) ** 2 + cos(north) * cos(south) * sin(east / 2) ** 2
    return 2 * 6371 * asin(sqrt(half))


def disagreement(route: Itinerary) -> str | None:
    """Return what an airline says of an airport and our table does not, in one sentence; None where they agree."""
    for each in route.segments:
        ends = (
            (each.origin, each.origin_country, each.origin_zone, each.departs_local),
            (each.destination, each.destination_country, each.destination_zone, each.arrives_local),
        )
        for code, country, zone, local in ends:
            if (wrong := _disagreement(code, country, zone, local)) is not None:
                return wrong
        for stop in each.stops:
            ours = _table().get(stop.airport)
            if ours is None or ours.country != stop.country:
                return f"The airline puts a stop at {stop.airport} in {stop.country}; our table of airports does not."
    return None


def _disagreement(code: str, country: str, zone: str, local: datetime) -> str | None:
    closed = SUCCEEDED.get(code)
    if closed is not None and local.date() >= closed[1]:
        return f"{code} is closed since {closed[1]}; flights use {closed[0]}."
    ours = _table().get(code)
    if ours is None:
        return f"{code} is in no table of airports."
    if ours.country != country:
        return f"The airline puts {code} in {country}; it lies in {ours.country}."
    # Zones have more than one name; what counts is the clock they give.
    if _offset(local, ours.zone) != _offset(local, zone):
        return f"The airline gives {code} the clock of {zone}; it goes by {ours.zone}."
    return None


def _offset(local: datetime, zone: str) -> timedelta | None:
    try:
        return local.replace(tzinfo=ZoneInfo(zone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError):
        return None
