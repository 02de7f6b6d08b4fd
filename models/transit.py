"""Transit: which points of a route a travel document must be accepted at, and which routes its holder may not take."""

from collections.abc import Mapping
from itertools import pairwise

from models.itinerary import ALPHA_3, Itinerary, Segment

ACCEPTED = ("ok", "conditional")
"""Answers of a rule table under which a route may be booked; `not_ok` and `unknown` are not among them."""

Point = tuple[str, str]
"""A country, ISO 3166-1 alpha-3, and what the holder does there: exit, enter, airside_transit, landside_transit."""


def points_of(route: Itinerary) -> list[Point]:
    """
    Return the points of a route in order: exit, each change of flights, entry.

    A change of airports or a night at one takes the holder through the border of the country on the way. A country
    without an alpha-3 code here stands with its alpha-2 code, for which no rule table has a rule.
    """
    first, last = route.segments[0], route.segments[-1]
    changes = [
        (_country(before.destination_country), "landside_transit" if why else "airside_transit")
        for before, why in _changes(route)
    ]
    return [(_country(first.origin_country), "exit"), *changes, (_country(last.destination_country), "enter")]


def _changes(route: Itinerary) -> list[tuple[Segment, str | None]]:
    """Return each segment that is not the last, with why its holder would have to leave the transit area."""
    found: list[tuple[Segment, str | None]] = []
    for before, after in pairwise(route.segments):
        why = None
        if before.destination != after.origin:
            why = f"lands at {before.destination} and leaves from {after.origin}"
        elif before.arrives_local.date() != after.departs_local.date():
            why = f"stays overnight at {before.destination}"
        found.append((before, why))
    return found


def _country(alpha_2: str) -> str:
    return ALPHA_3.get(alpha_2, alpha_2)


def unfit(route: Itinerary) -> str | None:
    """Return why no holder of an emergency document takes a route, in one sentence; None when they may."""
    for _, why in _changes(route):
        if why is not None:
            return f"The route {why}; with an emergency document nobody leaves the transit area."
    if not route.connects:
        return "A flight of the route leaves before the one before it has landed."
    return None


def refused_at(route: Itinerary, answers: Mapping[Point, str]) -> list[tuple[Point, str]]:
    """Return the points at which the document is not accepted for sure, with their answers; none: it may be booked."""
    found = [(point, answers.get(point, "unknown")) for point in points_of(route)]
    return [(point, answer) for point, answer in found if answer not in ACCEPTED]


def refusal_words(point: Point, answer: str) -> str:
    """Return in words what a rule table says to a point: `unknown to airside transit at VNM`."""
    country, verb = point
    return f"{answer.replace('_', ' ')} to {verb.replace('_', ' ')} at {country}"
