from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.sandbox.harness import DEPARTURE, JSON, Airline, Sandbox, codes

NEXT_DAY = DEPARTURE + timedelta(days=1)


def flights(offer: JSON) -> list[tuple[str, str, str, str, str]]:
    return [
        (
            segment["marketing_carrier"]["iata_code"] + segment["marketing_carrier_flight_number"],
            segment["origin"]["iata_code"],
            segment["departing_at"],
            segment["destination"]["iata_code"],
            segment["arriving_at"],
        )
        for segment in offer["slices"][0]["segments"]
    ]


def test_the_journeys_home_from_phnom_penh(airline: Airline) -> None:
    # when seats from Phnom Penh to Seoul are searched
    offers = {offer["owner"]["iata_code"]: flights(offer) for offer in airline.search("KTI-ICN")["offers"]}
    # then all five ways home are on sale, in the local times of each airport
    day, after = DEPARTURE.isoformat(), NEXT_DAY.isoformat()
    assert offers == {
        "KE": [("KE690", "KTI", f"{day}T23:40:00", "ICN", f"{after}T07:10:00")],
        "OZ": [("OZ740", "KTI", f"{day}T00:35:00", "ICN", f"{day}T08:00:00")],
        "VN": [
            ("VN921", "KTI", f"{day}T18:30:00", "SGN", f"{day}T19:35:00"),
            ("VN408", "SGN", f"{day}T23:45:00", "ICN", f"{after}T07:05:00"),
        ],
        "TG": [
            ("TG585", "KTI", f"{day}T19:10:00", "BKK", f"{day}T20:20:00"),
            ("TG658", "BKK", f"{day}T23:10:00", "ICN", f"{after}T06:35:00"),
        ],
        "ZZ": [("ZZ1420", "KTI", f"{day}T14:20:00", "ICN", f"{day}T21:45:00")],
    }


@pytest.mark.parametrize(
    ("route", "carriers"), [("SAI-ICN", ["VN", "VN"]), ("BKK-ICN", ["KE"]), ("PNH-ICN", []), ("CDG-ICN", [])]
)
def test_the_other_journeys_home(airline: Airline, route: str, carriers: list[str]) -> None:
    # when another origin is searched, closed Phnom Penh International among them
    offers = airline.search(route)["offers"]
    # then its own flights are on sale, or nothing
    assert [flight[0][:2] for offer in offers for flight in flights(offer)] == carriers


def test_an_airport_is_described_as_it_is(airline: Airline) -> None:
    # when Techo airport is an origin
    airport = airline.search("KTI-ICN")["slices"][0]["origin"]
    # then it is the one near Phnom Penh, with its zone and country
    assert (airport["name"], airport["icao_code"]) == ("Techo International Airport", "VDTI")
    assert (airport["time_zone"], airport["iata_country_code"]) == ("Asia/Phnom_Penh", "KH")


def test_fares_are_the_same_for_the_same_day_and_ids_are_new(airline: Airline) -> None:
    # when the same search is made twice
    first, second = (airline.search("KTI-ICN")["offers"] for _ in range(2))
    # then prices repeat and nothing else is shared
    assert [offer["total_amount"] for offer in first] == [offer["total_amount"] for offer in second]
    assert not {offer["id"] for offer in first} & {offer["id"] for offer in second}
    assert first[0]["passengers"][0]["id"] != second[0]["passengers"][0]["id"]


@pytest.mark.parametrize("days", range(5))
def test_fares_home_stay_within_reason(airline: Airline, days: int) -> None:
    # when a day is searched
    for offer in airline.search("KTI-ICN", on=DEPARTURE + timedelta(days=days))["offers"]:
        total, base, tax = (Decimal(offer[f"{part}_amount"]) for part in ("total", "base", "tax"))
        # then base and tax make the total, between 280 and 620 dollars
        assert base + tax == total
        assert 280 <= total <= 620
        assert offer["total_currency"] == "USD"


@pytest.mark.parametrize("owner", ["KE", "OZ", "ZZ"])
def test_seats_that_may_be_held_say_until_when(airline: Airline, owner: str) -> None:
    # when an offer of an airline that holds is made
    offer = airline.offer(owner)
    # then payment is due 72 hours after the search and the price stands for 48
    created = datetime.fromisoformat(offer["created_at"])
    requirements = offer["payment_requirements"]
    assert requirements["requires_instant_payment"] is False
    assert datetime.fromisoformat(requirements["payment_required_by"]) - created == timedelta(hours=72)
    assert datetime.fromisoformat(requirements["price_guarantee_expires_at"]) - created == timedelta(hours=48)


@pytest.mark.parametrize("owner", ["VN", "TG"])
def test_some_airlines_want_their_money_at_once(airline: Airline, owner: str) -> None:
    assert airline.offer(owner)["payment_requirements"] == {
        "requires_instant_payment": True,
        "payment_required_by": None,
        "price_guarantee_expires_at": None,
    }


@pytest.mark.parametrize(
    ("owner", "required", "types"),
    [*((owner, True, ["passport"]) for owner in ("KE", "OZ", "VN", "TG")), ("ZZ", False, [])],
)
def test_an_offer_says_which_documents_it_takes(airline: Airline, owner: str, required: bool, types: list[str]) -> None:  # noqa: FBT001
    offer = airline.offer(owner)
    assert offer["passenger_identity_documents_required"] is required
    assert offer["supported_passenger_identity_document_types"] == types


def test_an_offer_lives_for_half_an_hour(ageing: Sandbox) -> None:
    # given an offer
    offer = ageing.airline.offer()
    lives = datetime.fromisoformat(offer["expires_at"]) - datetime.fromisoformat(offer["created_at"])
    assert lives == timedelta(minutes=30)
    # when that time has passed
    ageing.advance(minutes=30)
    # then it can be neither read nor bought
    assert codes(ageing.airline.http.get(f"/air/offers/{offer['id']}")) == ["offer_no_longer_available"]
    assert codes(ageing.airline.order(offer)) == ["offer_expired"]


@pytest.mark.parametrize(
    ("window", "owners"),
    [
        ({"departure_time": {"from": "14:20", "to": "18:30"}}, {"ZZ", "VN"}),
        ({"departure_time": {"from": "14:21", "to": "18:29"}}, set()),
        ({"arrival_time": {"from": "07:00", "to": "07:10"}}, {"KE", "VN"}),
        ({"departure_time": None, "arrival_time": None}, {"KE", "OZ", "VN", "TG", "ZZ"}),
    ],
)
def test_a_search_keeps_to_the_hours_asked_for(airline: Airline, window: JSON, owners: set[str]) -> None:
    offers = airline.search("KTI-ICN", **window)["offers"]
    assert {offer["owner"]["iata_code"] for offer in offers} == owners


def test_a_search_without_connections_has_none(airline: Airline) -> None:
    offers = airline.search("KTI-ICN", max_connections=0)["offers"]
    assert {offer["owner"]["iata_code"] for offer in offers} == {"KE", "OZ", "ZZ"}


@pytest.mark.parametrize("days", [-1, -400])
def test_a_flight_that_has_left_is_not_sold(airline: Airline, days: int) -> None:
    assert airline.search("KTI-ICN", on=datetime.now(UTC).date() + timedelta(days=days))["offers"] == []


def test_children_pay_less_and_infants_least(airline: Airline) -> None:
    # when an adult travels alone, with a child, with an infant
    parties: list[list[JSON]] = [
        [{"type": "adult"}],
        [{"fare_type": "humanitarian"}, {"age": 8}],
        [{"age": 30}, {"age": 1}],
    ]
    base = [Decimal(airline.offer("KE", passengers=party)["base_amount"]) for party in parties]
    # then a child adds three quarters of the fare and an infant a tenth
    assert base[1:] == [base[0] * Decimal("1.75"), base[0] * Decimal("1.1")]


def test_offers_may_come_with_the_search_or_later(airline: Airline) -> None:
    # when a search is made without its offers
    body = {
        "slices": [{"origin": "KTI", "destination": "ICN", "departure_date": DEPARTURE.isoformat()}],
        "passengers": [{"type": "adult"}],
    }
    parameters = {"return_offers": "false", "supplier_timeout": "1"}
    made = airline.data(airline.http.post("/air/offer_requests", params=parameters, json={"data": body}))
    # then they are listed, and read with the search, afterwards
    listed = airline.http.get("/air/offers", params={"offer_request_id": made["id"]}).json()["data"]
    read = airline.data(airline.http.get(f"/air/offer_requests/{made['id']}"))
    assert "offers" not in made
    assert len(listed) == 5
    assert listed == read["offers"]


@pytest.mark.parametrize("limit", [1, 2, 5, 200])
def test_every_page_of_a_searchs_offers_together_is_the_whole(airline: Airline, limit: int) -> None:
    # given a search
    made = airline.search("KTI-ICN")
    cheapest_first = sorted(made["offers"], key=lambda offer: Decimal(offer["total_amount"]))
    # when its offers are read page by page, forwards and then backwards
    parameters = {"offer_request_id": made["id"], "sort": "total_amount", "limit": limit}
    pages = [airline.http.get("/air/offers", params=parameters).json()]
    while cursor := pages[-1]["meta"]["after"]:
        pages.append(airline.http.get("/air/offers", params={**parameters, "after": cursor}).json())
    back = [pages[-1]]
    while cursor := back[-1]["meta"]["before"]:
        back.append(airline.http.get("/air/offers", params={**parameters, "before": cursor}).json())
    # then both ways meet every offer once, in order
    expected = [offer["id"] for offer in cheapest_first]
    assert [offer["id"] for page in pages for offer in page["data"]] == expected
    assert {offer["id"] for page in back for offer in page["data"]} == set(expected)
    assert all(page["meta"]["limit"] == limit for page in pages)


def test_a_list_can_leave_connections_out(airline: Airline) -> None:
    made = airline.search("KTI-ICN")
    parameters = {"offer_request_id": made["id"], "max_connections": 0, "sort": "-total_duration"}
    listed = airline.http.get("/air/offers", params=parameters).json()["data"]
    assert [len(offer["slices"][0]["segments"]) for offer in listed] == [1, 1, 1]


def test_a_price_includes_the_services_intended(airline: Airline) -> None:
    # given an offer and the bag it sells
    offer = airline.offer("KE")
    shown = airline.data(airline.http.get(f"/air/offers/{offer['id']}", params={"return_available_services": "true"}))
    (bag,) = shown["available_services"]
    # when it is priced with the bag
    intended = {
        "intended_payment_methods": [{"type": "balance"}],
        "intended_services": [{"id": bag["id"], "quantity": 1}],
    }
    priced = airline.data(airline.http.post(f"/air/offers/{offer['id']}/actions/price", json={"data": intended}))
    # then the total has both
    assert Decimal(priced["total_amount"]) == Decimal(offer["total_amount"]) + Decimal(bag["total_amount"])
    assert priced["intended_services"] == intended["intended_services"]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"intended_payment_methods": 5}, "validation_type"),
        ({"intended_services": [{"id": ["ase"], "quantity": 1}]}, "ancillary_service_not_available"),
    ],
)
def test_a_price_for_something_senseless_is_refused(airline: Airline, wanted: JSON, code: str) -> None:
    offer = airline.offer("KE")
    reply = airline.http.post(f"/air/offers/{offer['id']}/actions/price", json={"data": wanted})
    assert codes(reply) == [code]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"slices": []}, "validation_length"),
        ({"slices": [{"origin": "XXX", "destination": "ICN", "departure_date": "2030-01-01"}]}, "validation_inclusion"),
        ({"slices": [{"origin": "KTI", "destination": 5, "departure_date": "2030-01-01"}]}, "validation_inclusion"),
        ({"slices": [{"origin": "KTI", "destination": "ICN", "departure_date": "tomorrow"}]}, "validation_format"),
        ({"passengers": []}, "validation_length"),
        ({"passengers": [{"type": "adult"}] * 10}, "validation_length"),
        ({"passengers": [{}]}, "validation_required"),
        ({"passengers": [{"age": "old"}]}, "validation_required"),
        ({"max_connections": 3}, "validation_inclusion"),
        ({"cabin_class": "cargo"}, "validation_inclusion"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(airline: Airline, change: JSON, code: str) -> None:
    # when a part of a good search is replaced
    good = {
        "slices": [{"origin": "KTI", "destination": "ICN", "departure_date": DEPARTURE.isoformat()}],
        "passengers": [{"type": "adult"}],
    }
    reply = airline.http.post("/air/offer_requests", json={"data": good | change})
    # then the airline says what is wrong, and where
    assert (reply.status_code, codes(reply)) == (422, [code])
    assert reply.json()["errors"][0]["source"]["pointer"].startswith("/data/")


@pytest.mark.parametrize(
    "path", ["/air/offer_requests/orq_x", "/air/offers/off_x", "/air/offers?offer_request_id=orq_x"]
)
def test_what_was_never_offered_is_not_found(airline: Airline, path: str) -> None:
    assert codes(airline.http.get(path)) == ["not_found"]
