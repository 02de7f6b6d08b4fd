"""What the airline asks of an order before it sells: rules over the request and the offer, without storage."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from deployments.sandbox.airline.errors import Flaw
from deployments.sandbox.airline.wire import JSON, text_flaws

TITLES = ("mr", "ms", "mrs", "miss", "dr")

NAME_LETTERS = "A-Za-zÀ-ÖØ-öø-ſ"
"""ASCII, Latin-1 and Latin Extended-A; the ligatures and letters of `NAME_EXCEPTIONS` are refused all the same."""
NAME = re.compile(rf"[ \-'{NAME_LETTERS}]+")
NAME_EXCEPTIONS = frozenset("ÆæĲĳŒœÞð")
NAME_LENGTH = 20

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
E164 = re.compile(r"\+[1-9]\d{6,14}")

METADATA_PAIRS = 50
METADATA_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")
METADATA_VALUE_LENGTH = 500


def order_flaws(data: JSON, offer: JSON) -> Iterator[Flaw]:
    """Say everything the request gets wrong that needs neither price nor storage to see."""
    kind = data.get("type")
    if kind not in ("instant", "hold"):
        yield Flaw("validation_inclusion", "Field 'type' must be 'instant' or 'hold'", "/data/type")
    elif kind == "hold" and offer["payment_requirements"]["requires_instant_payment"]:
        yield Flaw("invalid_order_create_type", "This offer cannot be held; it needs instant payment.", "/data/type")
    if kind == "hold" and data.get("payments"):
        yield Flaw("validation_inclusion", "A hold is made without payments", "/data/payments")
    yield from _passengers_flaws(data.get("passengers"), offer)
    yield from metadata_flaws(data.get("metadata"))


def metadata_flaws(metadata: Any) -> Iterator[Flaw]:  # noqa: ANN401  as the client sent it
    """Say what is wrong with a metadata map; none at all is fine."""
    pointer = "/data/metadata"
    if metadata is None:
        return
    if not isinstance(metadata, dict):
        yield Flaw("validation_type", "Field 'metadata' must be an object", pointer)
        return
    if len(metadata) > METADATA_PAIRS:
        yield Flaw("validation_length", f"Field 'metadata' may have {METADATA_PAIRS} pairs", pointer)
    for key, value in metadata.items():
        if not METADATA_KEY.fullmatch(key):
            yield Flaw("validation_format", "A key of 'metadata' is 1 to 40 of A-Z a-z 0-9 _ -", pointer)
        if not isinstance(value, str):
            yield Flaw("validation_type", "A value of 'metadata' must be a string", pointer)
        elif len(value) > METADATA_VALUE_LENGTH:
            yield Flaw("validation_length", f"A value of 'metadata' has at most {METADATA_VALUE_LENGTH}", pointer)


def payment_flaws(payment: Any, *, amount: str, currency: str, pointer: str) -> Iterator[Flaw]:  # noqa: ANN401
    """Say what is wrong with one payment that has to equal this amount, as a string."""
    if not isinstance(payment, dict):
        yield Flaw("validation_required", "A payment is needed", pointer)
        return
    if payment.get("type") == "card":
        yield Flaw("unavailable_feature", "Card payments are not enabled for this organisation.", f"{pointer}/type")
        return
    if payment.get("type") != "balance":
        yield Flaw("validation_inclusion", "Field 'type' must be 'balance' or 'card'", f"{pointer}/type")
    if payment.get("currency") != currency:
        yield Flaw(
            "payment_currency_does_not_match_order_currency", f"The order is in {currency}.", f"{pointer}/currency"
        )
    elif payment.get("amount") != amount:
        yield Flaw(
            "payment_amount_does_not_match_order_amount", f"The order costs {amount} {currency}.", f"{pointer}/amount"
        )


def _passengers_flaws(passengers: Any, offer: JSON) -> Iterator[Flaw]:  # noqa: ANN401  as the client sent it
    pointer = "/data/passengers"
    if not isinstance(passengers, list) or not all(isinstance(passenger, dict) for passenger in passengers):
        yield Flaw("validation_required", "Field 'passengers' can't be blank", pointer)
        return
    searched = {passenger["id"]: passenger for passenger in offer["passengers"]}
    if sorted(str(passenger.get("id")) for passenger in passengers) != sorted(searched):
        yield Flaw(
            "order_passengers_incompatible_with_offer", "The passengers are not those of the offer request.", pointer
        )
        return
    for number, passenger in enumerate(passengers):
        yield from _passenger_flaws(passenger, searched[passenger["id"]], offer, f"{pointer}/{number}")
    names = Counter(
        (str(passenger.get("family_name")).casefold(), str(passenger.get("given_name")).casefold())
        for passenger in passengers
    )
    if max(names.values()) > 1:
        yield Flaw("duplicate_passenger_name", "Two passengers of one order have the same name.", pointer)
    infants = sorted(each["id"] for each in searched.values() if each["type"] == "infant_without_seat")
    if sorted(str(each["infant_passenger_id"]) for each in passengers if each.get("infant_passenger_id")) != infants:
        yield Flaw(
            "order_passengers_incompatible_with_offer",
            "Each infant travels with exactly one adult who names it.",
            pointer,
        )


def _passenger_flaws(passenger: JSON, searched: JSON, offer: JSON, pointer: str) -> Iterator[Flaw]:
    fields = ("title", "gender", "given_name", "family_name", "born_on", "email", "phone_number")
    missing = text_flaws(passenger, fields, pointer)
    yield from missing
    if missing:
        return
    if passenger["title"] not in TITLES:
        yield Flaw("invalid_passenger_title", f"A title is one of {', '.join(TITLES)}", f"{pointer}/title")
    if passenger["gender"] not in ("m", "f"):
        yield Flaw("validation_inclusion", "Field 'gender' must be 'm' or 'f'", f"{pointer}/gender")
    for field in ("given_name", "family_name"):
        yield from _name_flaws(passenger[field], f"{pointer}/{field}")
    if not EMAIL.fullmatch(passenger["email"]):
        yield Flaw("invalid_email_address", "Field 'email' is not an address", f"{pointer}/email")
    if not E164.fullmatch(passenger["phone_number"]):
        yield Flaw(
            "invalid_phone_number", "Field 'phone_number' must be E.164, like +8221002000", f"{pointer}/phone_number"
        )
    yield from _birth_flaws(passenger["born_on"], searched, offer, f"{pointer}/born_on")
    yield from _document_flaws(passenger.get("identity_documents"), offer, f"{pointer}/identity_documents")


def _name_flaws(name: str, pointer: str) -> Iterator[Flaw]:
    if not NAME.fullmatch(name) or NAME_EXCEPTIONS & set(name):
        yield Flaw("invalid_passenger_name", "A name has Latin letters, spaces, hyphens and apostrophes only.", pointer)
    elif len(name) > NAME_LENGTH:
        yield Flaw("validation_length", f"A name has at most {NAME_LENGTH} characters.", pointer)


def _birth_flaws(born_on: str, searched: JSON, offer: JSON, pointer: str) -> Iterator[Flaw]:
    try:
        born = date.fromisoformat(born_on)
    except ValueError:
        yield Flaw("validation_format", "Field 'born_on' must be a date", pointer)
        return
    departs = date.fromisoformat(offer["slices"][-1]["segments"][0]["departing_at"][:10])
    age = departs.year - born.year - ((departs.month, departs.day) < (born.month, born.day))
    if age < 0 or (searched["age"] is not None and age != searched["age"]):
        yield Flaw(
            "order_passengers_incompatible_with_offer", "The date of birth does not fit the age searched for.", pointer
        )


def _document_flaws(documents: Any, offer: JSON, pointer: str) -> Iterator[Flaw]:  # noqa: ANN401  as the client sent it
    supported = offer["supported_passenger_identity_document_types"]
    if not documents:
        if offer["passenger_identity_documents_required"]:
            yield Flaw("validation_required", "Field 'identity_documents' can't be blank", pointer)
        return
    if not supported:
        yield Flaw("validation_inclusion", "This offer takes no identity documents", pointer)
        return
    if not isinstance(documents, list) or len(documents) > 1 or not isinstance(documents[0], dict):
        yield Flaw("validation_length", "A passenger has at most one identity document", pointer)
        return
    document = documents[0]
    missing = text_flaws(document, ("type", "unique_identifier", "issuing_country_code", "expires_on"), f"{pointer}/0")
    yield from missing
    if missing:
        return
    if document["type"] not in supported:
        yield Flaw("validation_inclusion", f"Field 'type' must be one of {', '.join(supported)}", f"{pointer}/0/type")
    if not re.fullmatch(r"[A-Z]{2}", document["issuing_country_code"]):
        yield Flaw("validation_format", "Field 'issuing_country_code' is ISO 3166-1 alpha-2", f"{pointer}/0")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", document["expires_on"]):
        yield Flaw("validation_format", "Field 'expires_on' must be a date", f"{pointer}/0/expires_on")
