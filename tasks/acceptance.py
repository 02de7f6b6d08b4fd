"""Acceptance: where along a route the instrument is accepted, asked of the document check, with source and date."""

from datetime import date

from models.document_rule import weighed
from models.itinerary import ALPHA_3
from models.transit import ACCEPTED, Point, points_of
from models.travel_document import Acceptance, Envelope, TravelDocument, latest_arrival
from tasks import case_file, document_rules
from tasks.partners.document_check import DocumentCheck
from tasks.trouble import NeedsPerson

TRANSITS_CONSIDERED = ("TH", "VN", "SG", "MY", "TW", "HK")
"""Countries with connections between South-East Asia and Korea; the document check says which may be used."""


def envelope(reference: str, document: TravelDocument) -> tuple[Envelope, list[Acceptance]]:
    """
    Return what the instrument covers before a flight is known, and where it is accepted.

    Raises:
        NeedsPerson: it is not accepted on leaving or entering, or nobody knows.
    """
    points = [(reference[:3], "exit"), ("KOR", "enter")]
    points += [(ALPHA_3[country], "airside_transit") for country in TRANSITS_CONSIDERED]
    acceptances = _checked(document, points, on=document.expires_on)
    answers = {(a.country, a.verb): a for a in acceptances}
    _refuse_unaccepted(document, points[:2], answers)
    allowed = tuple(
        country
        for country in TRANSITS_CONSIDERED
        if (point := (ALPHA_3[country], "airside_transit")) in answers and answers[point].answer in ACCEPTED
    )
    used = [a for a in acceptances if a.verb != "airside_transit" or a.answer in ACCEPTED]
    latest = latest_arrival(document.expires_on)
    return Envelope(destination_country="KR", transit_countries=allowed, latest_arrival_on=latest), used


def on_route(reference: str) -> list[Acceptance]:
    """
    Return what each country of the ticketed route says to the instrument.

    Raises:
        NeedsPerson: one of them does not accept it, or nobody knows.
    """
    with case_file.transaction() as session:
        document, route = (
            case_file.require_document(session, reference),
            case_file.require_booking(session, reference).route,
        )
    points = points_of(route)
    acceptances = _checked(document, points, on=route.segments[0].departs_local.date())
    _refuse_unaccepted(document, points, {(a.country, a.verb): a for a in acceptances})
    return acceptances


def _checked(document: TravelDocument, points: list[Point], *, on: date) -> list[Acceptance]:
    """Return what the document check says to each point, with our own rules taken into account."""
    with DocumentCheck() as check:
        said = check.check(document.instrument, points, travel_on=on)
    with case_file.transaction() as session:
        return weighed(said, document_rules.standing(session, document.instrument), on=on)


def _refuse_unaccepted(
    document: TravelDocument, points: list[tuple[str, str]], answers: dict[tuple[str, str], Acceptance]
) -> None:
    """Stop where a country refuses the instrument, or the check knows no rule: somebody asks there."""
    for country, verb in points:
        found = answers.get((country, verb))
        if found is None:
            said = "does not answer"
        elif found.answer not in ACCEPTED:
            said = f"says {found.answer.replace('_', ' ')} ({found.source}, {found.source_date})"
        else:
            continue
        what = f"{verb.replace('_', ' ')} at {country} on the {document.instrument.words}"
        raise NeedsPerson("not_accepted", f"The document check {said} to {what}; ask there, then go on.")
