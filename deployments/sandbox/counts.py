"""What the partners count of their own: a drill's judge looks here, never into our tables."""

from collections import Counter
from collections.abc import Iterable

from pydantic import BaseModel

from deployments.sandbox import border_control, lookouts, receiving_agency, treasury
from deployments.sandbox.airline import shelf
from deployments.sandbox.airline.wire import JSON
from deployments.sandbox.storage import Storage, decoded


class Counts(BaseModel):
    """How many of everything exist now; a traveller or holder is `FAMILY/GIVEN/born_on`."""

    orders_live: int
    orders_live_by_traveller: dict[str, int]
    orders_paid: int
    """Live and paid."""
    holds_unpaid: int
    orders_cancelled: int
    payments: int
    commitments_posted: int
    commitments_reversed: int
    documents_valid: int
    documents_valid_by_holder: dict[str, int]
    lost_reports: int
    receipts: int
    offers_accepted: int


def count(storage: Storage) -> Counts:
    """Return the counts; an order nobody can read yet counts, for the airline has it."""
    orders = shelf.every_order(storage)
    live = [order for order in orders if order["cancelled_at"] is None]
    held = [order for order in live if order["payment_status"]["awaiting_payment"]]
    documents = _answers(storage, border_control.DOCUMENTS, "valid")
    return Counts(
        orders_live=len(live),
        orders_live_by_traveller=_per_person(
            (person["family_name"], person["given_name"], person["born_on"])
            for order in live
            for person in order["passengers"]
        ),
        orders_paid=len(live) - len(held),
        holds_unpaid=len(held),
        orders_cancelled=len(orders) - len(live),
        payments=storage.number("SELECT count(*) FROM payments"),
        commitments_posted=len(_answers(storage, treasury.COMMITMENTS, "posted")),
        commitments_reversed=len(_answers(storage, treasury.COMMITMENTS, "reversed")),
        documents_valid=len(documents),
        documents_valid_by_holder=_per_person(
            (document["surname_latin"], document["given_latin"], document["born_on"]) for document in documents
        ),
        lost_reports=_size(storage, lookouts.LOST_DOCUMENTS),
        receipts=_size(storage, receiving_agency.RECEIPTS),
        offers_accepted=len(_answers(storage, receiving_agency.OFFICE.collection, "accepted")),
    )


def _answers(storage: Storage, collection: str, status: str) -> list[JSON]:
    rows = storage.rows(
        "SELECT answer FROM records WHERE collection = ? AND json_extract(answer, '$.status') = ?", collection, status
    )
    return [decoded(row["answer"]) for row in rows]


def _size(storage: Storage, collection: str) -> int:
    return storage.number("SELECT count(*) FROM records WHERE collection = ?", collection)


def _per_person(people: Iterable[tuple[str, str, str]]) -> dict[str, int]:
    return dict(Counter(f"{family.upper()}/{given.upper()}/{born_on}" for family, given, born_on in people))
