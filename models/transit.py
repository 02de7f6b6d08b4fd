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
    Return the points of a route in order: exit, each landing on the way, entry.

    A change of airports or terminals, or a night, takes the holder through the border of the country on the way. A stop
    of a flight counts as a transit too, though nobody gets off: a flight may end there, and a state may come aboard; in
    the country that is left or entered anyway it is no further point. A country without an alpha-3 code here stands
    with its alpha-2 code, for which no rule table has a rule.
    """
    first, last = route.segments[0], route.segments[-1]
    at_home = (first.origin_country, last.destination_country)
    changes = {id(before): why for before, why in _changes(route)}
    between: list[Point] = []
    for segment in route.segments:
        between += [(_country(s.country), "airside_transit") for s in segment.stops if s.country not in at_home]
        if segment is not last:
            verb = "landside_transit" if changes[id(segment)] else "airside_transit"
            between.append((_country(segment.destination_country), verb))
    return [(_country(first.origin_country), "exit"), *between, (_country(last.destination_country), "enter")]


def _changes(route: Itinerary) -> list[tuple[Segment, str | None]]:
    """Return each segment that is not the last, with why its holder would have to leave the transit area."""
    found: list[tuple[Segment, str | None]] = []
    for before, after in pairwise(route.segments):
        why = None
        if before.destination != after.origin:
            why = f"lands at {before.destination} and leaves from {after.origin}"
        elif (
            before.destination_terminal
            and after.origin_terminal
            and (before.destination_terminal != after.origin_terminal)
        ):
            # Some airports join their terminals behind the border; which, nobody states, so it is taken for a no.
            why = (
                f"changes from terminal {before.destination_terminal} to {after.origin_terminal} at "
                f"{before.destination}"
            )
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
