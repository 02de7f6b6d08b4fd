"""Partners where a person answers: positive at once, unless the control port has said how the next ones go."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from deployments.sandbox.storage import Storage


@dataclass(frozen=True)
class Office:
    """What one office may say, and how its word becomes the partner's answer."""

    partner: str
    collection: str
    usual: str
    """The status of a request nobody scripted."""
    pending: str
    """The status that waits to be settled."""
    words: tuple[str, ...]
    decide: Callable[[str, dict[str, Any], str, str | None, datetime], BaseModel]
    """Record id, request, status, reason and moment in; the partner's answer out."""


class AlreadySettled(Exception):
    """Somebody has answered this request."""

    def __init__(self, collection: str, record_id: str) -> None:
        super().__init__(f"The {collection} {record_id} is already answered.")


def script(storage: Storage, office: Office, *, status: str, reason: str | None, times: int) -> None:
    """Make the office answer its next new requests in this way."""
    storage.execute(
        "INSERT INTO scripted_answers (partner, status, reason, times) VALUES (?, ?, ?, ?)",
        office.partner,
        status,
        reason,
        times,
    )


def next_word(storage: Storage, office: Office, record_id: str, request: BaseModel) -> dict[str, Any]:
    """Return the office's answer to this request, given once and then repeated."""

    def decided() -> BaseModel:
        status, reason = _take_script(storage, office)
        return office.decide(record_id, request.model_dump(mode="json"), status, reason, storage.now())

    return storage.put_once(office.collection, record_id, request, decided)


def settle(storage: Storage, office: Office, record_id: str, *, status: str, reason: str | None) -> BaseModel:
    """
    Answer a request that was left pending.

    Raises:
        UnknownRecord: no such request.
        AlreadySettled: it has an answer.
    """
    request, answer = storage.record(office.collection, record_id)
    if answer["status"] != office.pending:
        raise AlreadySettled(office.collection, record_id)
    settled = office.decide(record_id, request, status, reason, storage.now())
    storage.amend(office.collection, record_id, settled)
    return settled


def _take_script(storage: Storage, office: Office) -> tuple[str, str | None]:
    found = storage.row(
        "SELECT id, status, reason FROM scripted_answers WHERE partner = ? AND times > 0 ORDER BY id LIMIT 1",
        office.partner,
    )
    if found is None:
        return office.usual, None
    storage.execute("UPDATE scripted_answers SET times = times - 1 WHERE id = ?", found["id"])
    return found["status"], found["reason"]
