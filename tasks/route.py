"""The route: which offers a person may really travel on, with the document they will hold."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from models.booking import Option
from models.document_rule import DocumentRule, weighed
from models.instrument import Instrument
from models.itinerary import Itinerary
from models.transit import Point, points_of, refusal_words, refused_at, unfit
from models.travel_document import Envelope, outside_envelope
from tasks import airports
from tasks.partners.airline.answers import PARTNER
from tasks.partners.document_check import DocumentCheck
from tasks.partners.errors import PartnerAnswerUnclear

ALTERNATIVES: dict[str, tuple[str, ...]] = {
    "KHM": ("SAI",),
    "LAO": ("LPQ",),
    "THA": ("DMK", "CNX"),
    "VNM": ("DAD", "HAN"),
    "MMR": ("MDL",),
    "PHL": ("CRK", "CEB"),
    "MYS": ("PEN",),
    "CHN": ("CAN",),
}
"""
Airports tried after the mission's usual one, nearest first, within the same country: the person gets there by land.

Siem Reap (SAI) is far from most who are found in the west of Cambodia and has no scheduled flight to Korea, only
connections, so it never comes first. Source: timetables of October 2025.
"""


@dataclass
class Refusals:
    """Why offers were left out; asked of a person when none is left."""

    points: list[tuple[Point, str]] = field(default_factory=list)

    @property
    def words(self) -> str:
        """What the document check said, each point once, in a stable order; empty when it refused nothing."""
        return "; ".join(sorted({refusal_words(point, answer) for point, answer in self.points}))


def bookable(
    options: list[Option],
    check: DocumentCheck,
    *,
    envelope: Envelope,
    instrument: Instrument,
    on: date,
    rules: Sequence[DocumentRule],
    refusals: Refusals,
) -> list[Option]:
    """
    Return the offers a holder of the instrument may travel on, in their order; `unknown` is no yes.

    Raises:
        PartnerAnswerUnclear: the airline and our table of airports disagree about every offer.
        PartnerUnavailable: the document check does not answer.
    """
    agreed = [option for option in options if airports.disagreement(option.itinerary) is None]
    if options and not agreed:
        raise PartnerAnswerUnclear(PARTNER, "states airports, countries or time zones that are not those of the world")
    fit = [o for o in agreed if outside_envelope(o.itinerary, envelope) is None and unfit(o.itinerary) is None]
    answers = answers_for([option.itinerary for option in fit], check, instrument=instrument, on=on, rules=rules)
    allowed = []
    for option in fit:
        refused = refused_at(option.itinerary, answers)
        refusals.points += refused
        if not refused:
            allowed.append(option)
    return allowed


def answers_for(
    routes: list[Itinerary], check: DocumentCheck, *, instrument: Instrument, on: date, rules: Sequence[DocumentRule]
) -> dict[Point, str]:
    """Return what counts at every point of these routes: the document check's answers, and our own lines."""
    asked = sorted({point for route in routes for point in points_of(route) if len(point[0]) == 3})
    if not asked:
        return {}
    said = weighed(check.check(instrument, asked, travel_on=on), rules, on=on)
    return {(each.country, each.verb): each.answer for each in said}


def objection(route: Itinerary, *, envelope: Envelope) -> str | None:
    """Return why a route that was sold is not one the person may travel on, without asking anybody; None if it is."""
    return outside_envelope(route, envelope) or unfit(route) or airports.disagreement(route)
