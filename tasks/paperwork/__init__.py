"""
Paperwork: the case's facts into each paper's content, and the paper's bytes onto the shelf.

Owns what a paper says of a case and that "stored" means sealed, hashed and readable. Does not own how a paper looks
(`tasks.papers`).
"""

from tasks.paperwork.front import listed, listed_for, not_made, read
from tasks.paperwork.pack import NotMade
from tasks.paperwork.records import store_funding_record, store_handoff_receipt, store_itinerary
from tasks.paperwork.shelf import address, current, document_status, store
from tasks.paperwork.travel_document import (
    TravelDocumentPage,
    approved_page,
    portrait_of,
    store_draft,
    travel_document_page,
)

__all__ = [
    "NotMade",
    "TravelDocumentPage",
    "address",
    "approved_page",
    "current",
    "document_status",
    "listed",
    "listed_for",
    "not_made",
    "portrait_of",
    "read",
    "store",
    "store_draft",
    "store_funding_record",
    "store_handoff_receipt",
    "store_itinerary",
    "travel_document_page",
]
