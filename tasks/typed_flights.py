"""
Typed flights: what an officer writes of a booking by telephone, as flights whose rules of transit can be checked.

One flight is `KE690 KTI 2026-12-01T23:40 ICN 2026-12-02T07:10`, local times at both ends; a terminal stands behind its
airport, as in `BKK/1`. Behind it may stand who operates it, and where it lands on the way: `via DAD`, or `nonstop`.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from models.itinerary import Itinerary, Segment, Stop
from models.manifest import FLIGHT
from tasks import airports

ONLY = "-"
"""Stands for the terminal of an airport that has one only."""

NONSTOP_KM_H = 700
"""Slower than jets cruise: a flight that takes longer, an hour on the ground apart, may land on the way."""

_OPERATOR = re.compile(r"[A-Z0-9]{2}")
_TERMINAL = re.compile(r"[A-Z0-9]{1,3}")


@dataclass(frozen=True, slots=True)
class _End:
    """One end of a flight as typed."""

    airport: airports.Airport
    local: datetime
    terminal: str | None
    is_terminal_said: bool


@dataclass(frozen=True, slots=True)
class _Flight:
    """One flight as typed, and what is said of it."""

    start: _End
    end: _End
    segment: Segment
    are_stops_said: bool


def itinerary_of(flights: tuple[str, ...]) -> Itinerary:
    """
    Return the flights an officer typed; airports, countries and zones come from our own table.

    Where a flight may land on the way, and at which terminals it is changed, has to be said: a state may look at
    documents there.

    Raises:
        ValueError: one sentence that says what to write.
    """
    read = [_flight(words) for words in flights]
    if not 1 <= len(read) <= 2:
        raise ValueError("Give one flight, or two with one change; more are not for an emergency document.")
    for each in read:
        if each.segment.arrives_at <= each.segment.departs_at:
            raise ValueError("A flight lands before it leaves; check its local times and dates.")
        if not each.are_stops_said and _may_land_on_the_way(each):
            raise ValueError(
                f"{each.segment.flight_number} takes longer than a nonstop flight; ask where it lands, then write "
                "'via DAD' behind it, or 'nonstop'."
            )
    if len(read) == 2 and not (read[0].end.is_terminal_said and read[1].start.is_terminal_said):
        point = read[0].end.airport.code
        raise ValueError(
            f"Ask at which terminals of {point} one lands and leaves, then write {point}/1 in both flights, or "
            f"{point}/{ONLY} where it has one only."
        )
    return Itinerary(segments=tuple(each.segment for each in read))


def _flight(words: str) -> _Flight:
    try:
        number, origin, departs, destination, arrives, *more = words.upper().replace(",", " ").split()
        leaves, lands = datetime.fromisoformat(departs), datetime.fromisoformat(arrives)
    except ValueError:
        raise ValueError(
            f"{words[:80]!r} is no flight; write it like 'KE690 KTI 2026-12-01T23:40 ICN 2026-12-02T07:10'."
        ) from None
    operator = more.pop(0) if more and _OPERATOR.fullmatch(more[0]) else number[:2]
    if FLIGHT.fullmatch(number) is None or leaves.tzinfo or lands.tzinfo:
        raise ValueError(f"{words[:80]!r}: the flight number is like KE690 and times are local, without an offset.")
    start, end = _end(origin, leaves), _end(destination, lands)
    segment = Segment(
        carrier=operator,
        flight_number=number,
        origin=start.airport.code,
        origin_name=start.airport.name,
        origin_country=start.airport.country,
        origin_zone=start.airport.zone,
        origin_terminal=start.terminal,
        departs_local=leaves,
        destination=end.airport.code,
        destination_name=end.airport.name,
        destination_country=end.airport.country,
        destination_zone=end.airport.zone,
        destination_terminal=end.terminal,
        arrives_local=lands,
        stops=_stops(more, start),
    )
    return _Flight(start, end, segment, are_stops_said=bool(more))


def _end(words: str, local: datetime) -> _End:
    code, said, terminal = words.partition("/")
    if said and terminal != ONLY and _TERMINAL.fullmatch(terminal) is None:
        raise ValueError(f"{words[:20]!r}: a terminal is written like BKK/1, or BKK/{ONLY} where it has one only.")
    airport = airports.airport(code, on=local.date())
    return _End(airport, local, terminal if said and terminal != ONLY else None, bool(said))


def _stops(more: list[str], start: _End) -> tuple[Stop, ...]:
    match more:
        case [] | ["NONSTOP"]:
            return ()
        case ["VIA", *codes] if codes:
            found = [airports.airport(code, on=start.local.date()) for code in codes]
            return tuple(Stop(airport=each.code, country=each.country) for each in found)
    raise ValueError(
        "Behind a flight stands who operates it, then 'via DAD' for each landing on the way, or 'nonstop'."
    )


def _may_land_on_the_way(flight: _Flight) -> bool:
    hours = (flight.segment.arrives_at - flight.segment.departs_at).total_hours()
    return hours > airports.kilometres(flight.start.airport, flight.end.airport) / NONSTOP_KM_H + 1
