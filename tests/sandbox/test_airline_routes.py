"""Every scripted route of Duffel's test mode does what it was seen to do."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from tests.sandbox.harness import DEPARTURE, JSON, Airline, codes, vector

SCRIPTED = {
    route.strip()
    for entry in vector("duffel/observed-behaviour.json")["scripted_test_routes"]
    for route in entry["route"].split(",")
}
TESTED = {
    *("PVD-RAI", "JFK-EWR", "LHR-DXB", "DXB-AMS", "BTS-MRU", "BTS-ABV", "STN-LHR", "LGW-LHR", "LHR-STN", "LHR-LGW"),
    *("LGW-STN", "LHR-LTN", "LTN-SYD", "LTN-STN", "SEN-STN", "LCY-STN"),
}


def services(airline: Airline, offer: JSON) -> list[JSON]:
    parameters = {"return_available_services": "true"}
    sold: list[JSON] = airline.data(airline.http.get(f"/air/offers/{offer['id']}", params=parameters))[
        "available_services"
    ]
    return sold


def orders(airline: Airline, offer: JSON) -> list[JSON]:
    found: list[JSON] = airline.http.get("/air/orders", params={"offer_id": offer["id"]}).json()["data"]
    return found


def changes(airline: Airline, order: JSON) -> list[JSON]:
    found: list[JSON] = airline.http.get("/air/airline_initiated_changes", params={"order_id": order["id"]}).json()[
        "data"
    ]
    return found


def test_every_observed_route_is_tested_here() -> None:
    assert SCRIPTED == TESTED


def test_pvd_rai_has_no_offers(airline: Airline) -> None:
    assert airline.search("PVD-RAI")["offers"] == []


def test_jfk_ewr_has_only_offers_that_may_be_held(airline: Airline) -> None:
    offers = airline.search("JFK-EWR")["offers"]
    assert [offer["payment_requirements"]["requires_instant_payment"] for offer in offers] == [False]


def test_lhr_dxb_connects(airline: Airline) -> None:
    offer = airline.offer(route="LHR-DXB")
    assert len(offer["slices"][0]["segments"]) == 2


def test_dxb_ams_stops_once_within_its_flight(airline: Airline) -> None:
    # when the flight is searched
    (segment,) = airline.offer(route="DXB-AMS")["slices"][0]["segments"]
    # then it lands once on its way, for an hour, between departure and arrival in the time of that place
    (stop,) = segment["stops"]
    assert stop["airport"]["iata_code"] == "IST"
    assert datetime.fromisoformat(stop["departing_at"]) - datetime.fromisoformat(stop["arriving_at"]) == timedelta(
        hours=1
    )


@pytest.mark.parametrize(("route", "bags"), [("BTS-MRU", 0), ("BTS-ABV", 2), ("KTI-ICN", 2)])
def test_bts_mru_carries_no_bags(airline: Airline, route: str, bags: int) -> None:
    (segment,) = airline.offer(route=route)["slices"][0]["segments"]
    assert [len(passenger["baggages"]) for passenger in segment["passengers"]] == [bags]


@pytest.mark.parametrize(("route", "sold"), [("BTS-ABV", 0), ("BTS-MRU", 1), ("KTI-ICN", 1)])
def test_bts_abv_sells_no_services(airline: Airline, route: str, sold: int) -> None:
    assert len(services(airline, airline.offer(route=route))) == sold


def test_stn_lhr_times_out_while_searching(airline: Airline) -> None:
    part = {"origin": "STN", "destination": "LHR", "departure_date": DEPARTURE.isoformat()}
    reply = airline.http.post(
        "/air/offer_requests", json={"data": {"slices": [part], "passengers": [{"type": "adult"}]}}
    )
    assert (reply.status_code, codes(reply)) == (504, ["gateway_timeout_error"])
    assert reply.json()["errors"][0]["type"] == "api_error"


def test_lgw_lhr_is_gone_when_it_is_read(airline: Airline) -> None:
    # given an offer
    offer = airline.offer(route="LGW-LHR")
    # when it is read, priced or ordered
    replies = [
        airline.http.get(f"/air/offers/{offer['id']}"),
        airline.http.post(f"/air/offers/{offer['id']}/actions/price", json={"data": {}}),
        airline.order(offer),
    ]
    # then it is gone
    assert [(reply.status_code, codes(reply)) for reply in replies] == [(422, ["offer_no_longer_available"])] * 3


def test_lhr_stn_costs_ten_more_at_every_reading(airline: Airline) -> None:
    # given an offer
    offer = airline.offer(route="LHR-STN")
    # when it is read twice
    readings = [airline.data(airline.http.get(f"/air/offers/{offer['id']}")) for _ in range(2)]
    # then each reading added 10.00
    totals = [Decimal(each["total_amount"]) for each in (offer, *readings)]
    assert [totals[1] - totals[0], totals[2] - totals[1]] == [10, 10]
    # and the price paid has to be the last one
    refused = airline.order(offer)
    assert codes(refused) == ["payment_amount_does_not_match_order_amount"]
    assert orders(airline, offer) == []
    assert airline.order(readings[-1]).status_code == 201


def test_lhr_lgw_fails_at_the_airline(airline: Airline) -> None:
    # when the order is sent
    offer = airline.offer(route="LHR-LGW")
    reply = airline.order(offer)
    # then the airline fails, no order exists, and the offer is used up
    assert (reply.status_code, codes(reply)) == (502, ["airline_unknown"])
    assert reply.json()["errors"][0]["type"] == "airline_error"
    assert orders(airline, offer) == []
    assert codes(airline.order(offer)) == ["order_creation_already_attempted"]


def test_lgw_stn_finds_the_balance_too_small(airline: Airline) -> None:
    # when the order is sent
    offer = airline.offer(route="LGW-STN")
    reply = airline.order(offer)
    # then it is refused and no order exists
    assert (reply.status_code, codes(reply)) == (422, ["insufficient_balance"])
    assert orders(airline, offer) == []


def test_lhr_ltn_moves_by_an_hour_at_every_reading_of_its_changes(airline: Airline) -> None:
    # given an order
    order = airline.booked(route="LHR-LTN")
    departs = datetime.fromisoformat(order["slices"][0]["segments"][0]["departing_at"])
    # when its changes are read twice
    first, second = (changes(airline, order) for _ in range(2))
    # then each reading made one, an hour later than before, and the order shows the last one
    assert [len(first), len(second)] == [1, 2]
    moved = [datetime.fromisoformat(each["added"][0]["segments"][0]["departing_at"]) for each in second]
    assert [moment - departs for moment in moved] == [timedelta(hours=1), timedelta(hours=2)]
    shown = airline.read(order)
    assert shown["slices"] == second[-1]["added"]
    assert shown["slices"][0]["id"] != order["slices"][0]["id"]


def test_only_the_latest_change_of_lhr_ltn_can_be_accepted(airline: Airline) -> None:
    # given an order with two changes
    order = airline.booked(route="LHR-LTN")
    changes(airline, order)
    stale, latest = changes(airline, order)
    # when both are accepted
    replies = [
        airline.http.post(f"/air/airline_initiated_changes/{each['id']}/actions/accept") for each in (stale, latest)
    ]
    # then only the latest is
    assert (replies[0].status_code, codes(replies[0])) == (422, ["stale_airline_initiated_change_accept"])
    assert airline.data(replies[1])["action_taken"] == "accepted"
    assert airline.read(order)["airline_initiated_changes"][-1]["action_taken"] == "accepted"
    assert airline.cancel(order)["confirmed_at"] is not None


def test_no_other_route_is_changed_by_its_airline(airline: Airline) -> None:
    assert changes(airline, airline.booked(route="KTI-ICN")) == []


def test_ltn_syd_refunds_in_airline_credits(airline: Airline) -> None:
    # given a paid order
    order = airline.booked(route="LTN-SYD")
    # when it is cancelled
    cancelled = airline.cancel(order)
    # then one credit has the whole total
    assert cancelled["refund_to"] == "airline_credits"
    assert [credit["credit_amount"] for credit in cancelled["airline_credits"]] == [order["total_amount"]]


@pytest.mark.parametrize("route", ["LTN-STN", "SEN-STN", "LCY-STN"])
def test_card_routes_refuse_cards_and_take_the_balance(airline: Airline, route: str) -> None:
    # given an offer
    offer = airline.offer(route=route)
    # when it is paid by card and then from the balance
    card = airline.order(offer, payments=[{"type": "card", "amount": offer["total_amount"], "currency": "USD"}])
    balance = airline.order(offer)
    # then cards are not enabled, as the observer of these routes was told
    assert (card.status_code, codes(card)) == (403, ["unavailable_feature"])
    assert balance.status_code == 201
