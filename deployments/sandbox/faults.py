"""Faults on demand: which requests go wrong next, and in which way."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from deployments.sandbox.storage import Storage

PARTNERS = (
    "registry",
    "lookouts",
    "airline",
    "document-check",
    "carrier-desk",
    "host-authority",
    "border-control",
    "treasury",
    "receiving-agency",
)
"""Also the first part of every partner's addresses."""

ANY = "*"


class FaultKind(StrEnum):
    """What goes wrong."""

    delay = "delay"
    """Wait, then do it and answer."""
    delay_after = "delay_after"
    """Do it, then wait, then answer: the moment in which a caller may die between act and answer."""
    status_429 = "status_429"
    """Not done; the answer says when to come back."""
    status_500 = "status_500"
    status_503 = "status_503"
    html_502 = "html_502"
    """Not done; a load balancer's page."""
    html_502_after = "html_502_after"
    """Done; a load balancer's page hides the answer."""
    plain_403 = "plain_403"
    """Not done; plain text."""
    half_json = "half_json"
    """Done; the answer is 200 with half of its body."""
    huge_body = "huge_body"
    """Not done; the answer is 50 MB of JSON."""
    gzip_bomb = "gzip_bomb"
    """Not done; half a megabyte that unpacks to half a gigabyte."""
    balance_too_small = "balance_too_small"
    """Not done; the airline says that our balance does not cover it."""
    duplicate_booking = "duplicate_booking"
    """Not done; the airline says that the passenger is booked already."""
    duplicate_booking_after = "duplicate_booking_after"
    """Done; the airline says the same."""
    drop_before = "drop_before"
    """Not done; the connection is closed without an answer."""
    drop_after = "drop_after"
    """Done; the connection is closed without an answer."""
    accepted_202 = "accepted_202"
    """An order is made, but can be read only some seconds later."""
    accepted_202_failed = "accepted_202_failed"
    """An order is accepted and never made."""


AIRLINE_SAYS = {
    FaultKind.balance_too_small: "insufficient_balance",
    FaultKind.duplicate_booking: "duplicate_booking",
    FaultKind.duplicate_booking_after: "duplicate_booking",
}
"""Faults in the airline's own words: the code of each."""


class FaultRequest(BaseModel):
    """The next `times` requests that fit get this fault."""

    model_config = ConfigDict(extra="forbid")

    partner: str
    """A partner, or `*`."""
    method: str = Field(default=ANY, pattern=r"^([A-Za-z]+|\*)$")
    path: str = Field(default=ANY, pattern=r"^(/[!-~]*|\*)$")
    """Where the address after the partner begins, or `*`."""
    kind: FaultKind
    times: int = Field(default=1, ge=1, le=1_000_000)
    seconds: float = Field(default=0, ge=0, le=30 * 24 * 3600)

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.partner not in (*PARTNERS, ANY):
            raise ValueError(f"partner is one of {', '.join(PARTNERS)} or {ANY}")
        accepted = self.kind in (FaultKind.accepted_202, FaultKind.accepted_202_failed)
        if accepted and (self.partner, self.method, self.path) != ("airline", "POST", "/air/orders"):
            raise ValueError(f"{self.kind} is for POST /air/orders of the airline")
        if self.kind in AIRLINE_SAYS and self.partner != "airline":
            raise ValueError(f"{self.kind} is the airline's")
        return self


class StandingFault(FaultRequest):
    """A fault with how often it will still happen."""

    id: int
    times: int


@dataclass(frozen=True)
class Fault:
    """The fault one request meets."""

    kind: FaultKind
    seconds: float


def order_fault(storage: Storage, wanted: FaultRequest) -> None:
    """Let the next fitting requests go wrong; the oldest order that fits comes first."""
    storage.execute(
        "INSERT INTO faults (partner, method, path, kind, seconds, times) VALUES (?, ?, ?, ?, ?, ?)",
        wanted.partner,
        wanted.method.upper(),
        wanted.path,
        wanted.kind,
        wanted.seconds,
        wanted.times,
    )


def standing(storage: Storage) -> list[StandingFault]:
    """Return the faults that are still to happen."""
    rows = storage.rows(
        "SELECT id, partner, method, path, kind, seconds, times FROM faults WHERE times > 0 ORDER BY id"
    )
    return [StandingFault.model_validate(dict(row)) for row in rows]


def clear(storage: Storage) -> int:
    """Call all faults off and return how many there were."""
    return storage.execute("DELETE FROM faults WHERE times > 0")


def take(storage: Storage, *, partner: str, method: str, path: str) -> Fault | None:
    """Return the fault this request meets, and count it."""
    row = storage.row(
        "SELECT id, kind, seconds FROM faults WHERE times > 0 AND partner IN (?, '*') AND method IN (?, '*')"
        " AND (path = '*' OR substr(?, 1, length(path)) = path) ORDER BY id LIMIT 1",
        partner,
        method,
        path,
    )
    if row is None:
        return None
    storage.execute("UPDATE faults SET times = times - 1 WHERE id = ?", row["id"])
    return Fault(FaultKind(row["kind"]), row["seconds"])
