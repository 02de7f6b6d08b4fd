from datetime import date, datetime
from typing import Any

import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.booking import (
    PAY_BEFORE_DEPARTURE,
    Booking,
    BookingState,
    Option,
    is_live,
    name_to_send,
    own_deadline,
    rank,
    within_tolerance,
)
from models.disruption import DisruptionKind, kind_of
from models.itinerary import Itinerary, Segment, Stop
from models.money import Money
from models.travel_document import Envelope, last_day, latest_arrival, outside_envelope

AT = pendulum.datetime(2026, 11, 24, 9)


def segment(**changes: Any) -> Segment:
    flight: dict[str, Any] = {
        "carrier": "KE", "flight_number": "KE690", "origin": "KTI", "origin_name": "Techo", "origin_country": "KH",
        "origin_zone": "Asia/Phnom_Penh", "departs_local": "2026-12-01T23:55", "destination": "ICN",
        "destination_name": "Incheon", "destination_country": "KR", "destination_zone": "Asia/Seoul",
        "arrives_local": "2026-12-02T07:15",
    }  # fmt: skip
    return Segment(**{**flight, **changes})


BANGKOK = {
    "destination": "BKK", "destination_name": "Suvarnabhumi", "destination_country": "TH",
    "destination_zone": "Asia/Bangkok", "arrives_local": "2026-12-02T01:00",
}  # fmt: skip
ONWARD = {
    "origin": "BKK", "origin_name": "Suvarnabhumi", "origin_country": "TH", "origin_zone": "Asia/Bangkok",
    "departs_local": "2026-12-02T03:00", "arrives_local": "2026-12-02T10:30", "flight_number": "TG658", "carrier": "TG",
}  # fmt: skip
NONSTOP = Itinerary(segments=(segment(),))
CONNECTING = Itinerary(segments=(segment(carrier="TG", flight_number="TG585", **BANGKOK), segment(**ONWARD)))


def test_local_times_become_moments_by_the_zones_of_their_airports() -> None:
    assert NONSTOP.departs_at == pendulum.datetime(2026, 12, 1, 16, 55)
    assert NONSTOP.arrives_at == pendulum.datetime(2026, 12, 1, 22, 15)


def connecting(*, lands_at: str | None, leaves_from: str | None) -> Itinerary:
    """Two flights by Bangkok, and their terminals there."""
    first, second = CONNECTING.segments
    return Itinerary(segments=(
        first.model_copy(update={"destination_terminal": lands_at}),
        second.model_copy(update={"origin_terminal": leaves_from}),
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("agreed", "now", "became"),
    [
        (NONSTOP, Itinerary(segments=(segment(departs_local="2026-12-01T23:40"),)), None),
        (NONSTOP, Itinerary(segments=(segment(departs_local="2026-12-01T23:39"),)), DisruptionKind.schedule_change),
        (NONSTOP, Itinerary(segments=(segment(origin_terminal="2", destination_terminal="1"),)), None),
        (
            NONSTOP,
            Itinerary(segments=(segment(stops=[Stop(airport="SGN", country="VN")]),)),
            DisruptionKind.schedule_change,
        ),
        (connecting(lands_at="1", leaves_from="1"), connecting(lands_at="2", leaves_from="2"), None),
        (
            connecting(lands_at="1", leaves_from="1"),
            connecting(lands_at="1", leaves_from="2"),
            DisruptionKind.schedule_change,
        ),
        (connecting(lands_at=None, leaves_from=None), connecting(lands_at=None, leaves_from="2"), None),
    ],
)
def test_other_terminals_are_told_and_those_that_lead_through_a_border_are_asked_about(
    agreed: Itinerary, now: Itinerary, became: DisruptionKind | None
) -> None:
    assert kind_of(agreed, now) is became


def test_the_same_flights_are_recognised_after_a_new_departure_time() -> None:
    later = Itinerary(segments=(segment(departs_local="2026-12-01T23:59"),))
    next_day = Itinerary(segments=(segment(departs_local="2026-12-02T23:55"),))

    assert NONSTOP.same_flights(later)
    assert not NONSTOP.same_flights(next_day)
    assert not NONSTOP.same_flights(CONNECTING)


def test_a_connection_names_its_transit_point_and_must_leave_after_it_lands() -> None:
    missed = Itinerary(segments=(CONNECTING.segments[0], segment(**{**ONWARD, "departs_local": "2026-12-02T00:30"})))

    assert CONNECTING.transit_points == ("BKK",)
    assert CONNECTING.connects
    assert not missed.connects


ENVELOPE = Envelope(destination_country="KR", transit_countries=("TH",), latest_arrival_on=date(2026, 12, 2))


@pytest.mark.parametrize(
    ("route", "envelope", "why"),
    [
        (NONSTOP, ENVELOPE, None),
        (CONNECTING, ENVELOPE, None),
        (CONNECTING, ENVELOPE.model_copy(update={"transit_countries": ()}), "changes flights in TH"),
        (NONSTOP, ENVELOPE.model_copy(update={"destination_country": "JP"}), "ends in KR"),
        (NONSTOP, ENVELOPE.model_copy(update={"latest_arrival_on": date(2026, 12, 1)}), "after the latest day"),
    ],
)
def test_a_route_outside_the_envelope_is_refused_with_the_reason(
    route: Itinerary, envelope: Envelope, why: str | None
) -> None:
    refused = outside_envelope(route, envelope)

    assert (refused is None) if why is None else (refused is not None and why in refused)


def test_a_document_is_valid_fifteen_days_and_its_holder_arrives_two_days_before() -> None:
    assert last_day(date(2026, 12, 1)) == date(2026, 12, 15)
    assert latest_arrival(date(2026, 12, 15)) == date(2026, 12, 13)


def option(name: str, route: Itinerary, *, amount: int = 50000, is_holdable: bool = True) -> Option:
    return Option(
        offer_id=name, passenger_id="pas", itinerary=route, total=Money(amount, "USD"), expires_at=AT,
        is_holdable=is_holdable, wants_passport=True,
    )  # fmt: skip


def test_nonstop_on_a_korean_carrier_comes_first_then_nonstop_then_one_connection() -> None:
    foreign = Itinerary(segments=(segment(carrier="ZZ", flight_number="ZZ1"),))
    late = Itinerary(segments=(segment(arrives_local="2026-12-02T09:00"),))
    two_changes = Itinerary(segments=(*CONNECTING.segments, segment()))
    options = [
        option("connecting", CONNECTING, amount=1),
        option("foreign", foreign),
        option("late", late),
        option("dear", NONSTOP, amount=60000),
        option("cheap", NONSTOP),
        option("instant", NONSTOP, is_holdable=False),
        option("twice", two_changes),
    ]

    assert [o.offer_id for o in rank(options)] == ["cheap", "dear", "late", "foreign", "connecting"]


def booking(state: BookingState, pay_by: pendulum.DateTime) -> Booking:
    facts: dict[str, Any] = {"state": state, "pay_by": pay_by}
    return Booking(**facts)


MOMENTS = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2030, 1, 1)).map(  # noqa: DTZ001
    lambda naive: pendulum.instance(naive, tz="UTC")
)


@given(MOMENTS, MOMENTS)
def test_a_hold_never_outlives_its_deadline(required_by: pendulum.DateTime, departs_at: pendulum.DateTime) -> None:
    deadline = own_deadline(payment_required_by=required_by, departs_at=departs_at)

    assert deadline <= required_by
    assert deadline <= departs_at - PAY_BEFORE_DEPARTURE
    held = booking(BookingState.held, deadline)
    assert is_live(held, at=deadline.subtract(microseconds=1))
    assert not is_live(held, at=deadline)
    assert is_live(booking(BookingState.ticketed, deadline), at=deadline)


def test_a_fare_two_percent_dearer_is_within_tolerance_and_a_cent_more_is_not() -> None:
    agreed = Money(50000, "USD")

    assert within_tolerance(agreed, Money(51000, "USD"), percent=2)
    assert not within_tolerance(agreed, Money(51001, "USD"), percent=2)
    assert not within_tolerance(agreed, Money(50000, "KRW"), percent=2)


def test_a_name_for_the_airline_is_cut_at_twenty_characters_and_never_ends_in_a_hyphen() -> None:
    assert name_to_send("  JUN   MI ") == "JUN MI"
    assert name_to_send("ABCDEFGHIJKLMNOPQRS-TUV") == "ABCDEFGHIJKLMNOPQRS"


def test_a_name_takes_the_letters_the_airline_takes_and_is_cut_after_the_twentieth() -> None:
    assert name_to_send("Åse O'Neill-Žižek") == "Åse O'Neill-Žižek"
    assert name_to_send("A" * 20) == "A" * 20
    assert name_to_send("A" * 21) == "A" * 20


@pytest.mark.parametrize(
    "name", ["", "배준미", "O2", "Æsop", "Œuvre", "Þor", "Mað", "Ĳ", "A×B", "A÷B", "Ơ", "A\tB\u00ad"]
)
def test_a_name_the_airline_refuses_is_refused_here_first(name: str) -> None:
    with pytest.raises(ValueError, match="Latin letters only"):
        name_to_send(name)
