"""An operation: many people brought home together, and where each of them is."""

from enum import StrEnum

from models.case import CaseStatus


class Stand(StrEnum):
    """Where a person of an operation stands, as a head-count tells it."""

    not_started = "not started"
    """The case is open and nobody began its journey."""
    on_file = "on file"
    """The journey goes on, still in the host country."""
    to_depart = "to depart"
    """With a released document and a ticket, before the first flight leaves."""
    under_way = "under way"
    """Between the departure of the first flight and the arrival of the last, by its timetable."""
    landed = "landed"
    """Due to have landed; nobody has signed for the person yet."""
    home = "home"
    stopped = "stopped"
    """The journey ended; the person stays in their owner's charge."""


def stand(status: CaseStatus, *, has_begun: bool, has_left: bool, has_landed: bool) -> Stand:
    """Return where a person stands by the case's status and the timetable of the flights they are ticketed on."""
    if status is CaseStatus.home:
        return Stand.home
    if status is CaseStatus.cancelled:
        return Stand.stopped
    if status is CaseStatus.released:
        return Stand.landed if has_landed else Stand.under_way if has_left else Stand.to_depart
    return Stand.on_file if has_begun else Stand.not_started
