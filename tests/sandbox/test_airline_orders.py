from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from tests.sandbox.harness import JSON, Airline, Sandbox, codes, order_request, traveller

COUPLE = ({"type": "adult"}, {"type": "adult"})


def listed(airline: Airline, **filters: str | bool | list[str]) -> list[str]:
    """Return the ids of the orders a filter finds, read page by page."""
    pages = [airline.http.get("/air/orders", params={"limit": 3, **filters}).raise_for_status().json()]
    while cursor := pages[-1]["meta"]["after"]:
        pages.append(airline.http.get("/air/orders", params={"limit": 3, **filters, "after": cursor}).json())
    return [order["id"] for page in pages for order in page["data"]]


@pytest.mark.parametrize("owner", ["KE", "OZ", "VN", "TG", "ZZ"])
def test_an_instant_order_is_paid_and_ticketed_at_once(airline: Airline, owner: str) -> None:
    # when an offer is bought
    order = airline.booked(owner)
    # then it is paid, and every passenger has a ticket of 13 digits
    assert order["payment_status"]["awaiting_payment"] is False
    assert order["payment_status"]["paid_at"] is not None
    (ticket,) = order["documents"]
    assert (ticket["type"], len(ticket["unique_identifier"])) == ("electronic_ticket", 13)
    assert ticket["unique_identifier"].isdigit()
    assert ticket["passenger_ids"] == [order["passengers"][0]["id"]]
    assert len(order["booking_reference"]) == 6


@pytest.mark.parametrize("owner", ["KE", "OZ", "ZZ"])
def test_a_hold_waits_for_its_payment(airline: Airline, owner: str) -> None:
    # when seats are held
    offer = airline.offer(owner)
    order = airline.data(airline.order(offer, kind="hold"))
    # then nothing is paid or ticketed, and the terms are the offer's
    assert order["payment_status"] == {
        "awaiting_payment": True,
        "payment_required_by": offer["payment_requirements"]["payment_required_by"],
        "price_guarantee_expires_at": offer["payment_requirements"]["price_guarantee_expires_at"],
        "paid_at": None,
    }
    assert order["documents"] == []


@pytest.mark.parametrize("owner", ["VN", "TG"])
def test_seats_that_cannot_be_held_are_not(airline: Airline, owner: str) -> None:
    assert codes(airline.order(airline.offer(owner), kind="hold")) == ["invalid_order_create_type"]


@pytest.mark.parametrize("number", [0, 1])
def test_an_offer_is_used_once(airline: Airline, number: int) -> None:
    # given a search one of whose offers is booked
    offers = airline.search("KTI-ICN")["offers"]
    airline.order(offers[0]).raise_for_status()
    # when the same offer, or another one of that search, is ordered
    reply = airline.order(offers[number])
    # then it is refused, and the code says that an order may exist
    assert codes(reply) == [("order_creation_already_attempted", "offer_request_already_booked")[number]]
    assert len(listed(airline, offer_id=offers[number]["id"])) == 1 - number


def test_an_offer_ordered_eight_times_at_once_is_sold_once(airline: Airline) -> None:
    # given an offer
    offer = airline.offer()
    # when eight clients order it at the same time
    with ThreadPoolExecutor(8) as clients:
        replies = list(clients.map(lambda _: airline.order(offer), range(8)))
    # then one gets it
    assert sorted(reply.status_code for reply in replies) == [201, *[422] * 7]
    assert len(listed(airline, offer_id=offer["id"])) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"given_name": "길동"}, "invalid_passenger_name"),
        ({"family_name": "Hong1"}, "invalid_passenger_name"),
        ({"family_name": "Æble"}, "invalid_passenger_name"),
        ({"family_name": "A" * 21}, "validation_length"),
        ({"given_name": ""}, "validation_required"),
        ({"title": "sir"}, "invalid_passenger_title"),
        ({"gender": "x"}, "validation_inclusion"),
        ({"email": "desk"}, "invalid_email_address"),
        ({"phone_number": "02-2100-2000"}, "invalid_phone_number"),
        ({"born_on": "1.1.1995"}, "validation_format"),
        ({"born_on": "2999-01-01"}, "order_passengers_incompatible_with_offer"),
        ({"born_on": None}, "validation_required"),
        ({"id": "pas_0000somebodyelse00000"}, "order_passengers_incompatible_with_offer"),
        ({"identity_documents": []}, "validation_required"),
        ({"identity_documents": [{"type": "passport"}] * 2}, "validation_length"),
        ({"identity_documents": [{"type": "passport"}]}, "validation_required"),
    ],
)
def test_a_passenger_the_airline_cannot_carry_is_refused(airline: Airline, changes: JSON, code: str) -> None:
    # given an offer that wants a passport
    offer = airline.offer("KE")
    # when one detail of its passenger does not fit
    reply = airline.order(offer, passengers=[traveller(offer, **changes)])
    # then the first error says so, nothing is booked, and the offer can still be used
    assert reply.status_code == 422
    assert codes(reply)[0] == code
    assert listed(airline, offer_id=offer["id"]) == []
    assert airline.order(offer).status_code == 201


@pytest.mark.parametrize("name", ["A", "O'Neill-De la Cruz", "Żółć", "A" * 20])
def test_a_latin_name_of_up_to_twenty_letters_is_carried(airline: Airline, name: str) -> None:
    offer = airline.offer()
    order = airline.data(airline.order(offer, passengers=[traveller(offer, family_name=name)]))
    assert order["passengers"][0]["family_name"] == name


def test_a_document_is_refused_where_none_is_taken(airline: Airline) -> None:
    # given an offer that takes no documents
    offer = airline.offer("ZZ")
    # when one is sent all the same
    documents = traveller(airline.offer("KE"))["identity_documents"]
    reply = airline.order(offer, passengers=[traveller(offer, identity_documents=documents)])
    # then it is refused at that field
    assert codes(reply) == ["validation_inclusion"]
    assert reply.json()["errors"][0]["source"]["field"] == "identity_documents"


def test_two_passengers_of_the_same_name_do_not_fit_into_one_order(airline: Airline) -> None:
    # given two people of one name
    offer = airline.offer(passengers=COUPLE)
    passengers = [traveller(offer, number, given_name=name) for number, name in enumerate(("Minsoo", "MINSOO"))]
    # then they need two orders
    assert codes(airline.order(offer, passengers=passengers)) == ["duplicate_passenger_name"]


def test_a_birth_date_fits_the_age_searched_for(airline: Airline) -> None:
    # given a search for a child of eight
    offer = airline.offer(passengers=[{"type": "adult"}, {"age": 8}])
    departs = datetime.fromisoformat(offer["slices"][0]["segments"][0]["departing_at"]).date()
    # when the child turns nine on the day of departure, or the day after
    replies = [
        airline.order(offer, passengers=[traveller(offer), traveller(offer, 1, born_on=born.isoformat())])
        for born in (departs.replace(year=departs.year - 9), departs.replace(year=departs.year - 9) + timedelta(days=1))
    ]
    # then only the second is still eight
    assert codes(replies[0]) == ["order_passengers_incompatible_with_offer"]
    assert replies[1].status_code == 201


def test_an_infant_travels_on_the_lap_of_exactly_one_adult(airline: Airline) -> None:
    # given an adult and an infant
    offer = airline.offer(passengers=[{"type": "adult"}, {"type": "infant_without_seat"}])
    infant = traveller(offer, 1, born_on="2026-01-01")
    # when nobody carries the infant, and then the adult does
    alone = airline.order(offer, passengers=[traveller(offer), infant])
    carried = airline.order(offer, passengers=[traveller(offer, infant_passenger_id=infant["id"]), infant])
    # then only the second is booked
    assert codes(alone) == ["order_passengers_incompatible_with_offer"]
    assert carried.status_code == 201


@pytest.mark.parametrize(
    ("payments", "code"),
    [
        ([], "validation_required"),
        ([{"type": "balance", "amount": "1.00", "currency": "USD"}], "payment_amount_does_not_match_order_amount"),
        ([{"type": "balance", "amount": "TOTAL", "currency": "EUR"}], "payment_currency_does_not_match_order_currency"),
        ([{"type": "airline_credit", "amount": "TOTAL", "currency": "USD"}], "validation_inclusion"),
        ([{"type": "card", "amount": "TOTAL", "currency": "USD"}], "unavailable_feature"),
        ([{"type": "balance", "amount": 412.3, "currency": "USD"}], "payment_amount_does_not_match_order_amount"),
    ],
)
def test_a_payment_equals_the_total_to_the_letter(airline: Airline, payments: list[JSON], code: str) -> None:
    # given an offer
    offer = airline.offer()
    paid = [
        {**each, "amount": offer["total_amount"] if each["amount"] == "TOTAL" else each["amount"]} for each in payments
    ]
    # when it is paid in any other way
    reply = airline.order(offer, payments=paid)
    # then nothing is booked
    assert codes(reply) == [code]
    assert listed(airline, offer_id=offer["id"]) == []


def test_a_hold_takes_no_payment(airline: Airline) -> None:
    offer = airline.offer()
    payment = {"type": "balance", "amount": offer["total_amount"], "currency": "USD"}
    assert codes(airline.order(offer, kind="hold", payments=[payment])) == ["validation_inclusion"]


@pytest.mark.parametrize("kind", ["pay_later", "", None])
def test_an_order_is_instant_or_a_hold(airline: Airline, kind: str | None) -> None:
    offer = airline.offer()
    reply = airline.http.post("/air/orders", json={"data": order_request(offer, kind="hold") | {"type": kind}})
    assert codes(reply) == ["validation_inclusion"]


@pytest.mark.parametrize("selected", [None, [], ["off_x", "off_y"]])
def test_exactly_one_offer_is_selected(airline: Airline, selected: list[str] | None) -> None:
    assert codes(airline.order(airline.offer(), selected_offers=selected)) == ["validation_length"]


def test_an_offer_nobody_made_is_no_longer_available(airline: Airline) -> None:
    assert codes(airline.order(airline.offer(), selected_offers=["off_x"])) == ["offer_no_longer_available"]


def test_several_flaws_are_all_said(airline: Airline) -> None:
    # given an order with two flaws
    offer = airline.offer()
    reply = airline.order(offer, passengers=[traveller(offer, title="sir", email="desk")])
    # then both are in the answer, each with its place
    assert codes(reply) == ["invalid_passenger_title", "invalid_email_address"]
    assert [error["source"]["pointer"] for error in reply.json()["errors"]] == [
        "/data/passengers/0/title",
        "/data/passengers/0/email",
    ]


def test_a_bag_is_bought_with_the_order(airline: Airline) -> None:
    # given an offer, its bag and the price of both
    offer = airline.offer("KE")
    shown = airline.data(airline.http.get(f"/air/offers/{offer['id']}", params={"return_available_services": "true"}))
    (bag,) = shown["available_services"]
    total = str(Decimal(offer["total_amount"]) + Decimal(bag["total_amount"]))
    # when both are ordered
    order = airline.data(
        airline.order(
            offer,
            services=[{"id": bag["id"], "quantity": 1}],
            payments=[{"type": "balance", "amount": total, "currency": "USD"}],
        )
    )
    # then the order has the bag and costs both
    assert order["total_amount"] == total
    assert [service["passenger_ids"] for service in order["services"]] == [bag["passenger_ids"]]


@pytest.mark.parametrize("wanted", [{"id": "ase_x", "quantity": 1}, {"quantity": 1}, "bag"])
def test_a_service_the_offer_does_not_sell_is_refused(airline: Airline, wanted: object) -> None:
    assert codes(airline.order(airline.offer(), services=[wanted])) == ["ancillary_service_not_available"]


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ({"k" * 41: "v"}, "validation_format"),
        ({"a key": "v"}, "validation_format"),
        ({"k": "v" * 501}, "validation_length"),
        ({"k": 1}, "validation_type"),
        ({f"k{number}": "v" for number in range(51)}, "validation_length"),
        (["k"], "validation_type"),
    ],
)
def test_metadata_has_limits(airline: Airline, metadata: object, code: str) -> None:
    # when metadata goes past a limit, at booking and later
    booking = airline.order(airline.offer(), metadata=metadata)
    order = airline.booked()
    update = airline.http.patch(f"/air/orders/{order['id']}", json={"data": {"metadata": metadata}})
    # then it is refused both times
    assert codes(booking) == codes(update) == [code]


def test_metadata_at_its_limits_is_kept(airline: Airline) -> None:
    metadata = {f"{number:040}": "v" * 500 for number in range(50)}
    assert airline.read(airline.booked(metadata=metadata))["metadata"] == metadata


def test_an_update_replaces_the_whole_metadata_and_nothing_else(airline: Airline) -> None:
    # given an order with metadata
    order = airline.booked(metadata={"intent_id": "1", "case_id": "2"})
    # when one pair is sent, along with something that cannot be changed
    update = {"metadata": {"intent_id": "3"}, "booking_reference": "AAAAAA"}
    airline.http.patch(f"/air/orders/{order['id']}", json={"data": update}).raise_for_status()
    # then that pair is all there is, and the rest is as it was
    assert {**airline.read(order), "synced_at": None} == {**order, "synced_at": None, "metadata": {"intent_id": "3"}}


def test_an_update_without_metadata_is_refused(airline: Airline) -> None:
    order = airline.booked()
    reply = airline.http.patch(f"/air/orders/{order['id']}", json={"data": {"options": {}}})
    assert codes(reply) == ["validation_required"]


def test_an_order_is_found_by_its_offer_its_locator_and_its_passengers(airline: Airline) -> None:
    # given an order of somebody with a rare name among others
    offer = airline.offer()
    order = airline.data(airline.order(offer, passengers=[traveller(offer, family_name="Żyx", given_name="Quill Ada")]))
    airline.booked()
    # then each filter finds exactly that one, a name also by a part of it, in either order and in any case
    for filters in (
        {"offer_id": offer["id"]},
        {"booking_reference": order["booking_reference"]},
        {"passenger_name[]": "żyx"},
        {"passenger_name[]": "Quill Ada Żyx"},
        {"passenger_name[]": "ŻYX QUILL"},
        {"passenger_name[]": ["nobody", "Żyx"]},
        {"passenger_name[]": "Żyx", "offer_id": offer["id"], "awaiting_payment": False},
    ):
        assert listed(airline, **filters) == [order["id"]], filters


@pytest.mark.parametrize(
    "filters",
    [
        {"passenger_name[]": "nobody"},
        {"offer_id": "off_x"},
        {"booking_reference": "0"},
        {"user_id": "icu_x"},
        {"passenger_name[]": "%"},
    ],
)
def test_a_filter_that_fits_nothing_finds_nothing(airline: Airline, filters: dict[str, str]) -> None:
    airline.booked()
    assert listed(airline, **filters) == []


def test_every_page_of_a_list_together_is_the_whole_while_it_grows(ageing: Sandbox) -> None:
    # given eight orders, two of them holds
    airline = ageing.airline
    before = listed(airline)
    made = [airline.booked(kind="hold" if number % 4 == 0 else "instant")["id"] for number in range(8)]
    # when the first page is read, one more order is made, and the rest is read
    first = airline.http.get("/air/orders", params={"limit": 3}).json()
    airline.booked()
    read = [order["id"] for order in first["data"]]
    cursor = first["meta"]["after"]
    while cursor:
        page = airline.http.get("/air/orders", params={"limit": 3, "after": cursor}).json()
        read += [order["id"] for order in page["data"]]
        cursor = page["meta"]["after"]
    # then the eight came once each, the newest first
    assert read == [*reversed(made), *before]
    assert listed(airline, awaiting_payment=True)[:2] == [made[4], made[0]]


def test_an_order_nobody_made_is_not_found(airline: Airline) -> None:
    assert codes(airline.http.get("/air/orders/ord_x")) == ["not_found"]
