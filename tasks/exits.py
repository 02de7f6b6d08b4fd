"""Exits: who leaves the host country when, and on which paper; all that its officers at a joint desk may see."""

from dataclasses import dataclass

import pendulum
from sqlmodel import select

from models.booking import Booking
from models.case import RepatriationCase, local_zone
from models.itinerary import Itinerary
from models.officer import Duty, Officer, Role
from models.travel_document import DocumentState, TravelDocument
from tasks import case_file
from tasks.clock import now


@dataclass(frozen=True, slots=True)
class Exit:
    """One departure on a released document."""

    reference: str
    document: str
    """Number of the travel document, whose paper the reader may open."""
    flight: str
    port: str
    departs_at: pendulum.DateTime

    @property
    def local_words(self) -> str:
        """When it leaves, by the host country's clock."""
        return f"{self.departs_at.in_timezone(local_zone(self.reference)):%Y-%m-%d %H:%M} local"


def exits(reader: Officer) -> list[Exit]:
    """
    Return the departures on released documents, the next one first; the reading is audited.

    A document that is for other flights than are booked now takes nobody out. A host liaison sees the departures from
    their own country only.

    Raises:
        case_file.Refused: no duty of the reader needs them, or they are the liaison of no country.
    """
    if not reader.may(Duty.watch_exits):
        raise case_file.Refused(f"Exits are for host liaisons and coordinators; officer {reader.number} is neither.")
    if reader.holds(Role.host_liaison) and reader.country is None:
        raise case_file.Refused(
            f"Officer {reader.number} is the liaison of no country; have a registrar enrol them anew with --country."
        )
    with case_file.transaction() as session:
        rows = session.exec(
            select(TravelDocument, RepatriationCase)
            .join(RepatriationCase)
            .where(TravelDocument.state == DocumentState.valid)
            .order_by(RepatriationCase.reference)
        ).all()
        found = []
        for document, case in rows:
            if not reader.sees_cases_of(case.reference[:3]):
                continue
            if case_file.is_paper_outdated(session, case.reference, at=now()):
                continue
            case_file.note(session, "person.read", actor=reader.number, about=case, ids={"purpose": "exits"})
            way = _way(document, case_file.live_booking(session, case.reference))
            flight = way.segments[0].flight_number
            found.append(Exit(case.reference, document.number, flight, way.origin, way.departs_at))
    return sorted(found, key=lambda leaving: (leaving.departs_at, leaving.reference))


def _way(document: TravelDocument, booking: Booking | None) -> Itinerary:
    """Return the printed flights, with the hours they are booked at now: those may move without a new document."""
    printed = Itinerary.model_validate(document.itinerary)
    return booking.route if booking is not None and printed.same_flights(booking.route) else printed
