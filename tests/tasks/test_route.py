"""Routes a person may really travel: a rule table, nights on the way, closed airports, the clocks of both ends."""

import json
import os
import random
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pendulum
import pytest

from models.booking import Option, rank
from models.document_rule import DocumentRule, RuleAnswer, Verb
from models.instrument import Instrument
from models.itinerary import ALPHA_3, Itinerary, Segment, Stop
from models.money import Money
from models.travel_document import Envelope
from tasks import airports, route
from tasks.partners.airline import Airline, Traveller
from tasks.partners.document_check import DocumentCheck
from tasks.partners.errors import PartnerAnswerUnclear
from tasks.partners.transport import telling
from tests.papers.contents import at

ON = date(2026, 12, 1)
HUBS = ("BKK", "DMK", "SGN", "HAN", "SIN", "KUL", "HKG", "TPE", "PVG", "MNL", "NRT", "VTE", "LHR", "SAI")
ANSWERS = ("ok", "conditional", "not_ok", "unknown")


@pytest.fixture(autouse=True)
def accounted(configured: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody asks here what a partner is told."""
    del configured
    with telling(lambda told: None):
        yield


def segment(origin: str, destination: str, departs: datetime, minutes: int, flight: str = "KE690") -> Segment:
    start, end = airports.airport(origin, on=ON), airports.airport(destination, on=ON)
    landed = departs.replace(tzinfo=ZoneInfo(start.zone)).astimezone(ZoneInfo("UTC")) + timedelta(minutes=minutes)
    return Segment(
        carrier=flight[:2], flight_number=flight, origin=origin, origin_name=start.name, origin_country=start.country,
        origin_zone=start.zone, departs_local=departs, destination=destination, destination_name=end.name,
        destination_country=end.country, destination_zone=end.zone,
        arrives_local=landed.astimezone(ZoneInfo(end.zone)).replace(tzinfo=None),
    )  # fmt: skip


def option(itinerary: Itinerary) -> Option:
    return Option(
        offer_id=f"off_{uuid4().hex}", passenger_id="pas_1", itinerary=itinerary, total=Money(40000, "USD"),
        expires_at=pendulum.datetime(2026, 11, 30), is_holdable=True, wants_passport=True,
    )  # fmt: skip


def table(rules: dict[tuple[str, str, str], str]) -> DocumentCheck:
    """A document check that answers from a table of (instrument, country, verb)."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        found = [
            {
                "country": point["country"], "verb": point["verb"], "condition": None, "source": "test",
                "source_date": "2026-11-01",
                "answer": rules.get((asked["instrument"], point["country"], point["verb"]), "unknown"),
            }
            for point in asked["points"]
        ]  # fmt: skip
        return httpx.Response(200, json={"rules": found})

    return DocumentCheck(transport=httpx.MockTransport(answer))


WIDE = Envelope(destination_country="KR", transit_countries=tuple(ALPHA_3), latest_arrival_on=date(2026, 12, 31))
FINE = {
    (instrument.value, country, verb): "ok"
    for instrument in Instrument
    for country, verb in (("KHM", "exit"), ("THA", "airside_transit"), ("VNM", "airside_transit"), ("KOR", "enter"))
}


def bookable(options: list[Option], table_: dict[tuple[str, str, str], str], **more: Any) -> list[Option]:
    facts: dict[str, Any] = {
        "envelope": WIDE, "instrument": Instrument.travel_certificate, "on": ON, "rules": (),
        "refusals": route.Refusals(), **more,
    }  # fmt: skip
    with table(table_) as check:
        return route.bookable(options, check, **facts)


def _any_itinerary(drawn: random.Random) -> Itinerary:
    stops = drawn.sample(HUBS, drawn.choice([0, 1, 1, 2]))
    airports_on_way = [drawn.choice(["KTI", "SAI", "BKK"]), *stops, drawn.choice(["ICN", "ICN", "PUS", "NRT"])]
    departs = at("2026-12-01 00:00") + timedelta(minutes=drawn.randrange(6 * 1440))
    segments: list[Segment] = []
    for landed, end in pairwise(airports_on_way):
        # Now and then the next flight leaves from the city's other airport.
        start = {"BKK": "DMK"}.get(landed, landed) if segments and drawn.random() < 0.1 else landed
        flown = segment(start, end, departs, drawn.randrange(60, 400), f"VN{len(segments) + 100}")
        segments.append(flown.model_copy(update=_more_of_a_flight(drawn)))
        departs = segments[-1].arrives_local + timedelta(minutes=drawn.randrange(-30, 900))
    return Itinerary(segments=tuple(segments))


def _more_of_a_flight(drawn: random.Random) -> dict[str, Any]:
    """Now and then a flight lands on the way, and says at which terminals it begins and ends."""
    stops = tuple(
        Stop(airport=hub, country=airports.airport(hub, on=ON).country)
        for hub in drawn.sample(HUBS, drawn.choice([0, 0, 0, 1]))
    )
    terminals = {name: drawn.choice([None, None, "1", "2"]) for name in ("origin_terminal", "destination_terminal")}
    return {"stops": stops, **terminals}


def _touches(itinerary: Itinerary) -> Iterator[tuple[str, str]]:
    """What the holder does in which country: an own reading of the route, apart from the product's."""
    legs = itinerary.segments
    yield ALPHA_3.get(legs[0].origin_country, "?"), "exit"
    for leg in legs:
        for stop in leg.stops:
            if stop.country not in {legs[0].origin_country, legs[-1].destination_country}:
                yield ALPHA_3.get(stop.country, "?"), "airside_transit"
    for number in range(len(legs) - 1):
        same_place = legs[number].destination == legs[number + 1].origin
        same_day = f"{legs[number].arrives_local:%j}" == f"{legs[number + 1].departs_local:%j}"
        ends = {legs[number].destination_terminal, legs[number + 1].origin_terminal} - {None}
        verb = "airside_transit" if same_place and same_day and len(ends) < 2 else "landside_transit"
        yield ALPHA_3.get(legs[number].destination_country, "?"), verb
    yield ALPHA_3.get(legs[-1].destination_country, "?"), "enter"


def _our_line(drawn: random.Random, instrument: Instrument) -> DocumentRule:
    return DocumentRule(
        instrument=instrument, country=drawn.choice([*ALPHA_3.values()]), verb=drawn.choice([*Verb]),
        answer=drawn.choice([*RuleAnswer]), source="test", source_date=ON, checked_by="O-01",
        valid_until=ON + timedelta(days=drawn.choice([-1, 0, 30])), line=1,
        loaded_at=pendulum.datetime(2026, 11, 1), loaded_by="O-01",
    )  # fmt: skip


def test_11_no_booked_itinerary_touches_a_state_that_says_no_or_nobody_knows() -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - to repeat the very same routes
    drawn = random.Random(seed)
    booked = 0
    for _ in range(100):
        rules = {
            (instrument.value, country, verb): drawn.choices(ANSWERS, weights=(6, 2, 1, 1))[0]
            for instrument in Instrument
            for country in ALPHA_3.values()
            for verb in ("exit", "enter", "airside_transit", "landside_transit")
            if drawn.random() < 0.9
        }
        instrument = drawn.choice(list(Instrument))
        ours = [_our_line(drawn, instrument) for _ in range(12)]
        options = [option(_any_itinerary(drawn)) for _ in range(100)]
        for each in bookable(rank(options), rules, instrument=instrument, rules=ours):
            booked += 1
            for touched in _touches(each.itinerary):
                said = rules.get((instrument.value, *touched), "unknown")
                added = [r.answer.value for r in ours if (r.country, r.verb.value) == touched and r.valid_until >= ON]
                fine = {"ok", "conditional"}
                assert said != "not_ok", (seed, each.itinerary, touched)
                assert set(added[-1:]) <= fine, (seed, each.itinerary, touched)
                assert said in fine or added, (seed, each.itinerary, touched)
            assert "landside_transit" not in [verb for _, verb in _touches(each.itinerary)], seed
    assert booked > 100, "so few routes could be booked that nothing was tried"


def test_an_unknown_answer_blocks_and_is_what_a_person_is_asked_about() -> None:
    refusals = route.Refusals()
    over_bangkok = Itinerary(segments=(
        segment("KTI", "BKK", at("2026-12-01 19:00"), 70, "TG585"),
        segment("BKK", "ICN", at("2026-12-01 23:00"), 325, "TG658"),
    ))  # fmt: skip
    without_thailand = {key: answer for key, answer in FINE.items() if key[1] != "THA"}

    assert bookable([option(over_bangkok)], FINE) != []
    assert bookable([option(over_bangkok)], without_thailand, refusals=refusals) == []

    assert refusals.words == "unknown to airside transit at THA"


@pytest.mark.parametrize("minutes", [59, 60])
def test_a_change_of_flights_that_goes_on_after_midnight_is_a_night_and_not_booked(minutes: int) -> None:
    lands = segment("KTI", "BKK", at("2026-12-01 21:50"), 70, "TG585")
    assert lands.arrives_local == at("2026-12-01 23:00")
    leaves = segment("BKK", "ICN", lands.arrives_local + timedelta(minutes=minutes), 325, "TG658")

    found = bookable([option(Itinerary(segments=(lands, leaves)))], FINE)

    assert bool(found) is (minutes < 60)


def with_a_stop(hub: str) -> Itinerary:
    """One flight with one number that lands on the way."""
    stop = Stop(airport=hub, country=airports.airport(hub, on=ON).country)
    flown = segment("KTI", "ICN", at("2026-12-01 18:00"), 480, "VN820")
    return Itinerary(segments=(flown.model_copy(update={"stops": (stop,)}),))


@pytest.mark.parametrize(("answer", "is_booked"), [("ok", True), ("not_ok", False), ("unknown", False)])
def test_a_flight_that_lands_on_the_way_is_booked_where_that_country_takes_the_document(
    answer: str, *, is_booked: bool
) -> None:
    refusals = route.Refusals()
    rules = FINE | {("travel_certificate", "VNM", "airside_transit"): answer}

    found = bookable([option(with_a_stop("SGN"))], rules, refusals=refusals)

    assert bool(found) is is_booked
    assert bool(refusals.words) is not is_booked


def test_a_stop_outside_the_envelope_is_not_booked_and_one_in_the_country_that_is_left_is() -> None:
    narrow = Envelope(destination_country="KR", transit_countries=("TH",), latest_arrival_on=date(2026, 12, 31))

    assert bookable([option(with_a_stop("SGN"))], FINE, envelope=narrow) == []
    assert bookable([option(with_a_stop("SAI"))], FINE, envelope=narrow) != []


def test_a_flight_that_lands_on_the_way_comes_after_one_that_does_not() -> None:
    direct = Itinerary(segments=(segment("KTI", "ICN", at("2026-12-01 23:40"), 330, "VN998"),))

    ranked = rank([option(with_a_stop("SGN")), option(direct)])

    assert [each.itinerary.segments[0].flight_number for each in ranked] == ["VN998", "VN820"]


@pytest.mark.parametrize(
    ("lands_at", "leaves_from", "is_booked"),
    [("1", "1", True), ("1", "2", False), (None, "2", True), ("1", None, True)],
)
def test_a_change_of_terminals_is_through_the_border_and_not_booked(
    lands_at: str | None, leaves_from: str | None, *, is_booked: bool
) -> None:
    first = segment("KTI", "BKK", at("2026-12-01 10:00"), 70, "TG585")
    second = segment("BKK", "ICN", at("2026-12-01 18:00"), 325, "TG658")
    itinerary = Itinerary(segments=(
        first.model_copy(update={"destination_terminal": lands_at}),
        second.model_copy(update={"origin_terminal": leaves_from}),
    ))  # fmt: skip

    assert bool(bookable([option(itinerary)], FINE)) is is_booked


def test_another_airport_of_the_same_city_is_through_the_border_and_not_booked() -> None:
    itinerary = Itinerary(segments=(
        segment("KTI", "BKK", at("2026-12-01 10:00"), 70, "TG585"),
        segment("DMK", "ICN", at("2026-12-01 18:00"), 325, "TG658"),
    ))  # fmt: skip

    assert bookable([option(itinerary)], FINE | {("travel_certificate", "THA", "landside_transit"): "ok"}) == []


@pytest.mark.parametrize(
    "change",
    [{"origin_zone": "Asia/Seoul"}, {"origin_country": "TH"}, {"origin": "PNH"}, {"origin": "QQQ"}],
)
def test_an_offer_that_disagrees_with_the_table_of_airports_is_left_out_and_all_of_them_are_an_alarm(
    change: dict[str, str],
) -> None:
    right = segment("KTI", "ICN", at("2026-12-01 23:40"), 330)
    wrong = option(Itinerary(segments=(right.model_copy(update=change),)))
    good = option(Itinerary(segments=(right,)))

    assert bookable([wrong, good], FINE) == [good]
    with pytest.raises(PartnerAnswerUnclear):
        bookable([wrong], FINE)


def test_another_name_of_the_same_clock_is_no_disagreement() -> None:
    right = segment("SGN", "ICN", at("2026-12-01 23:45"), 320, "VN408")

    assert airports.disagreement(Itinerary(segments=(right.model_copy(update={"origin_zone": "Asia/Saigon"}),))) is None


@pytest.mark.parametrize(
    ("code", "on", "now_called"),
    [
        ("PNH", date(2025, 9, 9), "KTI"),
        ("PNH", date(2026, 12, 1), "KTI"),
        ("REP", date(2026, 12, 1), "SAI"),
        ("kti", date(2026, 12, 1), "KTI"),
    ],
)
def test_an_old_paper_s_airport_is_the_one_that_took_its_place(code: str, on: date, now_called: str) -> None:
    assert airports.airport(code, on=on).code == now_called


def test_no_airport_is_no_guess() -> None:
    with pytest.raises(ValueError, match="no airport's IATA code"):
        airports.airport("XX1", on=ON)


def test_nonstop_on_a_korean_carrier_comes_first_then_nonstop_then_one_connection() -> None:
    ke = option(Itinerary(segments=(segment("KTI", "ICN", at("2026-12-02 23:40"), 330),)))
    zz = option(Itinerary(segments=(segment("KTI", "ICN", at("2026-12-02 14:20"), 325, "ZZ1420"),)))
    over = option(Itinerary(segments=(
        segment("KTI", "BKK", at("2026-12-01 06:00"), 70, "KE901"),
        segment("BKK", "ICN", at("2026-12-01 09:00"), 325, "KE902"),
    )))  # fmt: skip

    assert bookable(rank([over, zz, ke]), FINE) == [ke, zz, over]


def test_local_times_and_moments_are_those_of_the_airports_whatever_the_clock_of_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "America/St_Johns")
    time.tzset()
    try:
        flight = Segment(
            carrier="KE", flight_number="KE690", origin="KTI", origin_name="Techo", origin_country="KH",
            origin_zone="Asia/Phnom_Penh", departs_local="2026-12-01T23:55", destination="ICN",
            destination_name="Incheon", destination_country="KR", destination_zone="Asia/Seoul",
            arrives_local="2026-12-02T07:25",
        )  # fmt: skip
        assert flight.departs_at == pendulum.datetime(2026, 12, 1, 16, 55)
        assert flight.arrives_at == pendulum.datetime(2026, 12, 1, 22, 25)
        assert flight.local_times == "KTI 2026-12-01 23:55 → ICN 2026-12-02 07:25"
        assert airports.disagreement(Itinerary(segments=(flight,))) is None
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()
    assert "TZ" not in os.environ


LOST, NEW = "M16371324", "X40071183"


@pytest.mark.parametrize("wants_passport", [True, False])
def test_the_bytes_sent_name_the_new_document_only_where_the_offer_asks_and_the_lost_one_never(
    wants_passport: bool,  # noqa: FBT001 - pytest passes it by name
) -> None:
    sent: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return httpx.Response(422, json={"errors": [{"code": "offer_no_longer_available"}]})

    seats = option(Itinerary(segments=(segment("KTI", "ICN", at("2026-12-01 23:40"), 330),)))
    traveller = Traveller(
        title="ms", gender="f", given_name="JUN MI", family_name="PAE", born_on=date(1999, 4, 27),
        document_number=NEW, document_expires_on=date(2026, 12, 15),
    )  # fmt: skip
    with Airline(transport=httpx.MockTransport(answer)) as airline, pytest.raises(Exception, match="422"):
        airline.hold(seats.model_copy(update={"wants_passport": wants_passport}), traveller, intent_id=uuid4())

    (body,) = sent
    assert (NEW.encode() in body) is wants_passport
    assert LOST.encode() not in body
    if wants_passport:
        (document,) = json.loads(body)["data"]["passengers"][0]["identity_documents"]
        assert (document["unique_identifier"], document["issuing_country_code"]) == (NEW, "KR")
        assert document["expires_on"] > seats.itinerary.segments[-1].arrives_local.date().isoformat()
