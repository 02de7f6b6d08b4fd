"""What flies: carriers, airports, the daily journeys home and the scripted test routes of Duffel's test mode."""

import math
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import airportsdata


@dataclass(frozen=True)
class Carrier:
    """An airline and what it asks of a booking."""

    iata_code: str
    name: str
    ticket_code: str
    """The three digits its ticket numbers begin with."""
    holds: bool
    """Whether seats may be held without payment."""
    wants_passport: bool

    def as_json(self) -> dict[str, Any]:
        """Return the airline as Duffel writes it."""
        return {
            "id": f"arl_0000{self.iata_code * 9}",
            "iata_code": self.iata_code,
            "name": self.name,
            "logo_symbol_url": None,
            "logo_lockup_url": None,
            "conditions_of_carriage_url": None,
        }


KOREAN_AIR = Carrier("KE", "Korean Air", "180", holds=True, wants_passport=True)
ASIANA = Carrier("OZ", "Asiana Airlines", "988", holds=True, wants_passport=True)
VIETNAM_AIRLINES = Carrier("VN", "Vietnam Airlines", "738", holds=False, wants_passport=True)
THAI = Carrier("TG", "Thai Airways International", "217", holds=False, wants_passport=True)
DUFFEL_AIRWAYS = Carrier("ZZ", "Duffel Airways", "888", holds=True, wants_passport=False)


class Aircraft(StrEnum):
    """IATA aircraft types that fly here."""

    a330 = "333"
    a321neo = "32Q"
    a320 = "320"
    b777 = "77W"


AIRCRAFT_NAMES = {
    Aircraft.a330: "Airbus A330-300",
    Aircraft.a321neo: "Airbus A321neo",
    Aircraft.a320: "Airbus A320",
    Aircraft.b777: "Boeing 777-300ER",
}


@dataclass(frozen=True)
class Leg:
    """One flight a day between two airports."""

    carrier: Carrier
    number: str
    origin: str
    destination: str
    departs: time
    """Local time at the origin."""
    minutes: int
    """From departure to arrival."""
    aircraft: Aircraft
    stop: str | None = None
    """Airport where the flight lands on its way, one hour on the ground."""

    def departs_on(self, day: date) -> datetime:
        """Return the local moment of departure, with its zone."""
        return datetime.combine(day, self.departs, tzinfo=ZoneInfo(place(self.origin)["time_zone"]))

    def arrives_after(self, departure: datetime) -> datetime:
        """Return the local moment of arrival, with its zone."""
        landed = departure.astimezone(ZoneInfo("UTC")) + timedelta(minutes=self.minutes)
        return landed.astimezone(ZoneInfo(place(self.destination)["time_zone"]))


@dataclass(frozen=True)
class Journey:
    """Flights sold together, at a fare that is the same for everybody who asks."""

    seller: Carrier
    base: Decimal
    """US dollars for an adult before taxes, before what the day adds."""
    legs: tuple[Leg, ...]


class Script(StrEnum):
    """What Duffel's test mode does on its fixed routes."""

    no_offers = "no_offers"
    only_holdable = "only_holdable"
    connecting = "connecting"
    one_stop = "one_stop"
    no_baggage = "no_baggage"
    no_services = "no_services"
    search_times_out = "search_times_out"
    offer_gone = "offer_gone"
    price_rises = "price_rises"
    airline_fails = "airline_fails"
    balance_too_small = "balance_too_small"
    airline_changes = "airline_changes"
    refund_in_credits = "refund_in_credits"
    cards_only_elsewhere = "cards_only_elsewhere"


SCRIPTS: dict[str, Script] = {
    "PVD-RAI": Script.no_offers,
    "JFK-EWR": Script.only_holdable,
    "LHR-DXB": Script.connecting,
    "DXB-AMS": Script.one_stop,
    "BTS-MRU": Script.no_baggage,
    "BTS-ABV": Script.no_services,
    "STN-LHR": Script.search_times_out,
    "LGW-LHR": Script.offer_gone,
    "LHR-STN": Script.price_rises,
    "LHR-LGW": Script.airline_fails,
    "LGW-STN": Script.balance_too_small,
    "LHR-LTN": Script.airline_changes,
    "LTN-SYD": Script.refund_in_credits,
    # Card payments; nobody has seen them work, and a card is refused on every route (403 unavailable_feature).
    "LTN-STN": Script.cards_only_elsewhere,
    "SEN-STN": Script.cards_only_elsewhere,
    "LCY-STN": Script.cards_only_elsewhere,
}


def _zz(number: str, route: str, departs: time, minutes: int, *, stop: str | None = None) -> Leg:
    origin, destination = route.split("-")
    return Leg(DUFFEL_AIRWAYS, number, origin, destination, departs, minutes, Aircraft.a320, stop)


SGN_ICN = Leg(VIETNAM_AIRLINES, "408", "SGN", "ICN", time(23, 45), 320, Aircraft.a321neo)

HOME: dict[str, tuple[Journey, ...]] = {
    "KTI-ICN": (
        Journey(KOREAN_AIR, Decimal(470), (Leg(KOREAN_AIR, "690", "KTI", "ICN", time(23, 40), 330, Aircraft.a330),)),
        Journey(ASIANA, Decimal(430), (Leg(ASIANA, "740", "KTI", "ICN", time(0, 35), 325, Aircraft.a321neo),)),
        Journey(
            VIETNAM_AIRLINES,
            Decimal(290),
            (Leg(VIETNAM_AIRLINES, "921", "KTI", "SGN", time(18, 30), 65, Aircraft.a321neo), SGN_ICN),
        ),
        Journey(
            THAI,
            Decimal(340),
            (
                Leg(THAI, "585", "KTI", "BKK", time(19, 10), 70, Aircraft.a320),
                Leg(THAI, "658", "BKK", "ICN", time(23, 10), 325, Aircraft.b777),
            ),
        ),
        Journey(DUFFEL_AIRWAYS, Decimal(260), (_zz("1420", "KTI-ICN", time(14, 20), 325),)),
    ),
    "SAI-ICN": (
        Journey(
            VIETNAM_AIRLINES,
            Decimal(320),
            (Leg(VIETNAM_AIRLINES, "3826", "SAI", "SGN", time(18, 10), 75, Aircraft.a321neo), SGN_ICN),
        ),
    ),
    "BKK-ICN": (
        Journey(KOREAN_AIR, Decimal(380), (Leg(KOREAN_AIR, "652", "BKK", "ICN", time(23, 30), 325, Aircraft.a330),)),
    ),
}

SCRIPTED: dict[str, tuple[Leg, ...]] = {
    "JFK-EWR": (_zz("101", "JFK-EWR", time(9, 0), 70),),
    "LHR-DXB": (_zz("102", "LHR-AMS", time(8, 0), 80), _zz("103", "AMS-DXB", time(13, 0), 400)),
    "DXB-AMS": (_zz("104", "DXB-AMS", time(9, 30), 510, stop="IST"),),
    "BTS-MRU": (_zz("105", "BTS-MRU", time(10, 0), 660),),
    "BTS-ABV": (_zz("106", "BTS-ABV", time(11, 0), 390),),
    "LGW-LHR": (_zz("107", "LGW-LHR", time(12, 0), 45),),
    "LHR-STN": (_zz("108", "LHR-STN", time(12, 30), 45),),
    "LHR-LGW": (_zz("109", "LHR-LGW", time(13, 0), 45),),
    "LGW-STN": (_zz("110", "LGW-STN", time(13, 30), 45),),
    "LHR-LTN": (_zz("111", "LHR-LTN", time(14, 0), 45),),
    "LTN-SYD": (_zz("112", "LTN-SYD", time(20, 0), 1320),),
    "LTN-STN": (_zz("113", "LTN-STN", time(15, 0), 45),),
    "SEN-STN": (_zz("114", "SEN-STN", time(15, 30), 40),),
    "LCY-STN": (_zz("115", "LCY-STN", time(16, 0), 40),),
}

SCRIPTED_BASE = Decimal(260)

CLOSED: dict[str, dict[str, Any]] = {
    # Phnom Penh closed on 2025-09-09 for KTI, Siem Reap in 2023 for SAI; old papers still name them.
    "PNH": {"icao": "VDPP", "name": "Phnom Penh International Airport", "city": "Phnom Penh", "country": "KH",
            "lat": 11.5466, "lon": 104.844, "tz": "Asia/Phnom_Penh"},
    "REP": {"icao": "VDSR", "name": "Siem Reap International Airport", "city": "Siem Reap", "country": "KH",
            "lat": 13.4107, "lon": 103.813, "tz": "Asia/Phnom_Penh"},
}  # fmt: skip

METROPOLITAN: dict[str, tuple[str, str]] = {
    "ICN": ("SEL", "Seoul"), "LHR": ("LON", "London"), "LGW": ("LON", "London"), "STN": ("LON", "London"),
    "LTN": ("LON", "London"), "LCY": ("LON", "London"), "SEN": ("LON", "London"), "JFK": ("NYC", "New York"),
    "EWR": ("NYC", "New York"),
}  # fmt: skip
"""Airports that share a city code. Source: IATA multi-airport cities, as in airportsdata."""


def journeys(route: str) -> tuple[Journey, ...]:
    """Return what is sold from the first to the second airport of a route such as `KTI-ICN`."""
    if route in SCRIPTED:
        return (Journey(DUFFEL_AIRWAYS, SCRIPTED_BASE, SCRIPTED[route]),)
    return HOME.get(route, ())


@cache
def _airports() -> dict[str, Any]:
    return {**airportsdata.load("IATA"), **CLOSED}


def is_airport(code: str) -> bool:
    """Return whether this is the IATA code of an airport, open or closed."""
    return code in _airports()


def place(code: str) -> dict[str, Any]:
    """Return the airport as Duffel writes it; raise KeyError for a code that is none."""
    airport = _airports()[code]
    country = airport["country"]
    metropolis = METROPOLITAN.get(code)
    return {
        "type": "airport",
        "id": f"arp_{code.lower()}_{country.lower()}",
        "iata_code": code,
        "icao_code": airport["icao"],
        "iata_country_code": country,
        "iata_city_code": metropolis[0] if metropolis else code,
        "name": airport["name"],
        "city_name": metropolis[1] if metropolis else airport["city"],
        "latitude": airport["lat"],
        "longitude": airport["lon"],
        "time_zone": airport["tz"],
        "city": metropolis
        and {
            "type": "city",
            "id": f"cit_{metropolis[0].lower()}_{country.lower()}",
            "iata_code": metropolis[0],
            "iata_country_code": country,
            "name": metropolis[1],
        },
    }


def distance_km(origin: str, destination: str) -> float:
    """Return the great-circle distance between two airports."""
    start, end = place(origin), place(destination)
    latitudes = math.radians(start["latitude"]), math.radians(end["latitude"])
    across = math.radians(end["longitude"] - start["longitude"])
    half = (
        math.sin((latitudes[1] - latitudes[0]) / 2) ** 2
        + math.cos(latitudes[0]) * math.cos(latitudes[1]) * math.sin(across / 2) ** 2
    )
    return 2 * 6371.0 * math.asin(math.sqrt(half))
