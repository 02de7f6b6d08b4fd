"""What the partners count of their own: a drill's judge looks here, never into our tables."""

from collections import Counter
from collections.abc import Iterable

from pydantic import BaseModel

from deployments.sandbox import border_control, lookouts, receiving_agency, treasury
from deployments.sandbox.airline import shelf
from deployments.sandbox.airline.wire import JSON
from deployments.sandbox.storage import Storage, decoded

_PAID_FOR = """
    SELECT family_name, given_name, born_on FROM payments JOIN order_passengers USING (order_id)
"""
_COMMITTED_FOR = """
    SELECT json_extract(request, '$.case_reference'), count(*) FROM records
    WHERE collection = ? AND json_extract(answer, '$.status') = 'posted' GROUP BY 1
"""
_RECEIVED_FOR = """
    SELECT json_extract(offer.request, '$.case_reference'), count(*) FROM records receipt JOIN records offer
        ON offer.collection = ? AND offer.id = json_extract(receipt.request, '$.offer_id')
    WHERE receipt.collection = ? GROUP BY 1
"""


class Counts(BaseModel):
    """How many of everything exist now; a traveller or holder is `FAMILY/GIVEN/born_on`."""

    orders_live: int
    orders_live_by_traveller: dict[str, int]
    orders_paid: int
    """Live and paid."""
    holds_unpaid: int
    holds_unpaid_by_traveller: dict[str, int]
    orders_cancelled: int
    payments: int
    payments_by_traveller: dict[str, int]
    """For orders alive or not."""
    commitments_posted: int
    commitments_posted_by_case: dict[str, int]
    commitments_reversed: int
    documents_valid: int
    documents_valid_by_holder: dict[str, int]
    documents_issued: list[str]
    """Numbers that are valid, or were until their holder was received."""
    lost_reports: int
    receipts: int
    receipts_by_case: dict[str, int]
    offers_accepted: int


def count(storage: Storage) -> Counts:
    """Return the counts; an order nobody can read yet counts, for the airline has it."""
    orders = shelf.every_order(storage)
    live = [order for order in orders if order["cancelled_at"] is None]
    held = [order for order in live if order["payment_status"]["awaiting_payment"]]
    documents = _answers(storage, border_control.DOCUMENTS, "valid")
    return Counts(
        orders_live=len(live),
        orders_live_by_traveller=_per_traveller(live),
        orders_paid=len(live) - len(held),
        holds_unpaid=len(held),
        holds_unpaid_by_traveller=_per_traveller(held),
        orders_cancelled=len(orders) - len(live),
        payments=storage.number("SELECT count(*) FROM payments"),
        payments_by_traveller=_per_person(tuple(row) for row in storage.rows(_PAID_FOR)),
        commitments_posted=len(_answers(storage, treasury.COMMITMENTS, "posted")),
        commitments_posted_by_case=_per_case(storage, _COMMITTED_FOR, treasury.COMMITMENTS),
        commitments_reversed=len(_answers(storage, treasury.COMMITMENTS, "reversed")),
        documents_valid=len(documents),
        documents_valid_by_holder=_per_person(
            (document["surname_latin"], document["given_latin"], document["born_on"]) for document in documents
        ),
        documents_issued=[
            document["number"]
            for status in ("valid", "cancelled")
            for document in _answers(storage, border_control.DOCUMENTS, status)
        ],
        lost_reports=_size(storage, lookouts.LOST_DOCUMENTS),
        receipts=_size(storage, receiving_agency.RECEIPTS),
        receipts_by_case=_per_case(
            storage, _RECEIVED_FOR, receiving_agency.OFFICE.collection, receiving_agency.RECEIPTS
        ),
        offers_accepted=len(_answers(storage, receiving_agency.OFFICE.collection, "accepted")),
    )


def _answers(storage: Storage, collection: str, status: str) -> list[JSON]:
    rows = storage.rows(
        "SELECT answer FROM records WHERE collection = ? AND json_extract(answer, '$.status') = ?", collection, status
    )
    return [decoded(row["answer"]) for row in rows]


def _size(storage: Storage, collection: str) -> int:
    return storage.number("SELECT count(*) FROM records WHERE collection = ?", collection)


def _per_traveller(orders: Iterable[JSON]) -> dict[str, int]:
    return _per_person(
        (person["family_name"], person["given_name"], person["born_on"])
        for order in orders
        for person in order["passengers"]
    )


def _per_case(storage: Storage, query: str, *collections: str) -> dict[str, int]:
    return {row[0]: row[1] for row in storage.rows(query, *collections)}


def _per_person(people: Iterable[tuple[str, str, str]]) -> dict[str, int]:
    return dict(Counter(f"{family.upper()}/{given.upper()}/{born_on}" for family, given, born_on in people))
