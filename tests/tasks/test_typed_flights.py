"""What an officer types of a flight becomes one whose transit can be checked, or one sentence says what to write."""

import pytest

from models.itinerary import Stop
from models.transit import points_of, unfit
from tasks.typed_flights import itinerary_of

NONSTOP = "KE690 KTI 2099-12-01T23:40 ICN 2099-12-02T07:10"
SLOW = "KE690 KTI 2099-12-01T20:40 ICN 2099-12-02T07:10"
TO_BANGKOK = "TG585 KTI 2099-12-01T10:00 BKK{} 2099-12-01T11:10"
FROM_BANGKOK = "TG658 BKK{} 2099-12-01T14:00 ICN/1 2099-12-01T21:30 OZ nonstop"


def test_a_flight_is_nonstop_as_far_as_its_time_allows_and_as_it_is_said() -> None:
    (plain,) = itinerary_of((NONSTOP,)).segments
    (said,) = itinerary_of((f"{SLOW} nonstop",)).segments

    assert (plain.carrier, plain.stops, plain.origin_terminal) == ("KE", (), None)
    assert said.stops == ()
    assert points_of(itinerary_of((NONSTOP,))) == [("KHM", "exit"), ("KOR", "enter")]


def test_landings_on_the_way_are_points_of_the_route_in_their_order() -> None:
    way = itinerary_of((f"{SLOW} OZ via DAD,bkk",))

    assert way.segments[0].carrier == "OZ"
    assert way.stops == (Stop(airport="DAD", country="VN"), Stop(airport="BKK", country="TH"))
    assert points_of(way)[1:-1] == [("VNM", "airside_transit"), ("THA", "airside_transit")]


@pytest.mark.parametrize(
    ("lands", "leaves", "why"),
    [("/1", "/1", None), ("/-", "/-", None), ("/1", "/2", "changes from terminal 1 to 2 at BKK")],
)
def test_a_change_of_flights_has_its_terminals(lands: str, leaves: str, why: str | None) -> None:
    way = itinerary_of((TO_BANGKOK.format(lands), FROM_BANGKOK.format(leaves)))

    assert way.segments[1].destination_terminal == "1"
    assert (unfit(way) is None) is (why is None)
    assert why is None or why in str(unfit(way))


@pytest.mark.parametrize(
    ("flights", "says"),
    [
        ((), "Give one flight"),
        ((NONSTOP,) * 3, "Give one flight"),
        (("KE690",), "is no flight"),
        ((f"{NONSTOP}+09:00",), "without an offset"),
        ((SLOW,), "takes longer than a nonstop flight"),
        ((f"{NONSTOP} via",), "Behind a flight stands"),
        ((f"{NONSTOP} KE OZ",), "Behind a flight stands"),
        ((f"{NONSTOP} via QQQ",), "no airport's IATA code"),
        ((NONSTOP.replace("ICN", "ICN/"),), "a terminal is written like"),
        ((TO_BANGKOK.format("/1"), FROM_BANGKOK.format("")), "Ask at which terminals of BKK"),
        ((TO_BANGKOK.format(""), FROM_BANGKOK.format("/1")), "Ask at which terminals of BKK"),
    ],
)
def test_what_is_not_said_is_asked_in_one_sentence(flights: tuple[str, ...], says: str) -> None:
    with pytest.raises(ValueError, match=says) as refused:
        itinerary_of(flights)

    assert "\n" not in str(refused.value)
