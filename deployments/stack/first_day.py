"""The first day of a drill: three officers who between them may decide everything, and a stock of specimen numbers."""

import secrets
import string

from sqlmodel import select

from models.officer import Officer, Role
from models.travel_document import StockNumber
from tasks import case_file, officers
from tasks.clock import now
from tasks.settings import Mode, settings

MISSION = "KHM"
STOCK = 200

OFFICERS = (
    ("Coordinator", "Ministry of Foreign Affairs", (Role.coordinator, Role.registrar)),
    (
        "Consul",
        "Embassy in Phnom Penh",
        (
            Role.verifying_officer,
            Role.lookout_officer,
            Role.travel_officer,
            Role.receiving_officer,
            Role.duty_officer,
            Role.screening_officer,
        ),
    ),
    (
        "Deputy head of consular affairs",
        "Ministry of Foreign Affairs",
        (
            Role.authorising_officer,
            Role.funding_officer,
            Role.issuing_officer,
            Role.reviewing_officer,
            Role.head_of_consular_affairs,
        ),
    ),
)
"""Three suffice: the requester, the examiner, and one who is neither."""


def enrol() -> list[officers.Enrolment]:
    """Add the three officers and the stock where a drill has none; return what is to be told once."""
    if settings().mode is not Mode.drill:
        return []
    with case_file.transaction() as session:
        if session.exec(select(Officer).limit(1)).first() is not None:
            return []
        session.add_all(
            StockNumber(number=number, mission=MISSION, received_at=now(), moved_at=now())
            for number in specimen_numbers(STOCK)
        )
    return [
        officers.add(name=name, agency=agency, roles=list(roles), by="first-day") for name, agency, roles in OFFICERS
    ]


def specimen_numbers(count: int) -> set[str]:
    """
    Return random numbers of the specimen range: X, three digits, a letter, four digits.

    The pattern is that of Korea's new passport numbers, whose first letter names the kind; none begins with X.
    """
    numbers: set[str] = set()
    while len(numbers) < count:
        letter = secrets.choice(string.ascii_uppercase)
        numbers.add(f"X{secrets.randbelow(1000):03d}{letter}{secrets.randbelow(10000):04d}")
    return numbers
