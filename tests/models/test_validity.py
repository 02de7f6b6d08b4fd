"""How long a document is valid: the journey as ticketed, two days of grace, fifteen days at most."""

from datetime import date

import pytest

from models.itinerary import Itinerary
from models.travel_document import last_day, printed_last_day
from models.validity import is_too_long
from tests.models.test_itinerary_and_booking import BANGKOK, NONSTOP, ONWARD, segment

NIGHT_IN_BANGKOK = Itinerary(
    segments=(
        segment(carrier="TG", flight_number="TG585", **BANGKOK),
        segment(**{**ONWARD, "departs_local": "2026-12-03T01:00", "arrives_local": "2026-12-03T08:30"}),
    )
)
INTO_THE_LEAP_DAY = Itinerary(
    segments=(segment(departs_local="2028-02-26T23:55", arrives_local="2028-02-27T07:15"),)
)  # fmt: skip


@pytest.mark.parametrize(
    ("route", "authorised_until", "printed"),
    [
        # Lands on 2 December by the calendar of Seoul, though it left on the first.
        (NONSTOP, date(2026, 12, 10), date(2026, 12, 4)),
        (NIGHT_IN_BANGKOK, date(2026, 12, 10), date(2026, 12, 5)),
        (NONSTOP, date(2026, 12, 4), date(2026, 12, 4)),
        (NONSTOP, date(2026, 12, 3), date(2026, 12, 3)),
        (INTO_THE_LEAP_DAY, date(2028, 3, 5), date(2028, 2, 29)),
    ],
)
def test_the_printed_last_day_is_the_arrival_and_the_grace_and_never_beyond_what_was_authorised(
    route: Itinerary, authorised_until: date, printed: date
) -> None:
    assert printed_last_day(route, authorised_until=authorised_until) == printed


def test_fifteen_days_are_counted_with_the_first_across_a_leap_day() -> None:
    assert last_day(date(2028, 2, 20)) == date(2028, 3, 5)
    assert last_day(date(2026, 2, 20)) == date(2026, 3, 6)


@pytest.mark.parametrize("days", [15, 16, 40])
def test_as_many_days_as_there_is_a_reason_for_are_not_too_long_and_one_more_is(days: int) -> None:
    first = date(2028, 2, 20)

    assert not is_too_long(first, last_day(first, days=days), days=days)
    assert is_too_long(first, last_day(first, days=days + 1), days=days)
