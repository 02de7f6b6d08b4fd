"""What we ask the airline, in its words."""

from datetime import date
from typing import Any

from models.booking import Option
from models.money import Money
from tasks.partners.airline.values import Hours, Seeker, Traveller
from tasks.settings import settings


def search(
    *,
    origin: str,
    destination: str,
    on: date,
    departs: Hours | None,
    arrives: Hours | None,
    seeker: Seeker,
    max_connections: int,
) -> dict[str, Any]:
    """Return a search for one traveller, one way."""
    part: dict[str, Any] = {"origin": origin, "destination": destination, "departure_date": on.isoformat()}
    for name, hours in (("departure_time", departs), ("arrival_time", arrives)):
        if hours is not None:
            part[name] = {"from": hours.since, "to": hours.until}
    who = {"age": seeker.age, "fare_type": seeker.fare_type}
    return {
        "slices": [part],
        "passengers": [{name: value for name, value in who.items() if value is not None} or {"type": "adult"}],
        "cabin_class": "economy",
        "max_connections": max_connections,
    }


def payment(amount: Money) -> dict[str, str]:
    """Return a payment of exactly this amount from the balance."""
    return {"type": "balance", "amount": f"{amount.amount:f}", "currency": amount.currency}


def passenger(option: Option, traveller: Traveller) -> dict[str, Any]:
    """Return the passenger of an order, with a document number only where the offer wants one."""
    asked: dict[str, Any] = {
        "id": option.passenger_id,
        "title": traveller.title,
        "gender": traveller.gender,
        "given_name": traveller.given_name,
        "family_name": traveller.family_name,
        "born_on": traveller.born_on.isoformat(),
        # The mission's own: the airline's mails must not reach a phone that others read.
        "email": settings().mission_email,
        "phone_number": settings().mission_phone,
    }
    if option.wants_passport and traveller.document_number and traveller.document_expires_on:
        asked["identity_documents"] = [
            {
                "type": "passport",
                "unique_identifier": traveller.document_number,
                "issuing_country_code": "KR",
                "expires_on": traveller.document_expires_on.isoformat(),
            }
        ]
    return asked
