"""Where the airline keeps what it has offered and sold: the JSON it shows, with columns for what is looked for."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from sqlite3 import Row

from deployments.sandbox.airline.errors import refused
from deployments.sandbox.airline.wire import JSON, cents, utc
from deployments.sandbox.storage import Storage, decoded


@dataclass(frozen=True)
class ShelvedOffer:
    """An offer, whether it can still be bought, and the route it was searched for."""

    request_id: str
    route: str
    expires_at: str
    attempted_at: str | None
    """When an order was first attempted with it; an offer is used once."""
    body: JSON

    @property
    def offer_id(self) -> str:
        """The airline's id."""
        return str(self.body["id"])

    def has_expired(self, at: datetime) -> bool:
        """Return whether it can no longer be bought; the last moment itself is too late."""
        return self.expires_at <= utc(at)


@dataclass(frozen=True)
class ShelvedOrder:
    """An order and the route it flies."""

    route: str
    body: JSON

    @property
    def order_id(self) -> str:
        """The airline's id."""
        return str(self.body["id"])


_NAMED = "instr(casefold(given_name || ' ' || family_name || ' ' || given_name), ?)"
"""Part of the name, in either order of given and family name."""


def put_search(storage: Storage, body: JSON, offers: Sequence[JSON], *, route: str) -> None:
    """Keep a search and everything it offered."""
    with storage.transaction():
        storage.execute("INSERT INTO offer_requests VALUES (?, ?)", body["id"], json.dumps(body))
        for offer in offers:
            storage.execute(
                "INSERT INTO offers (id, offer_request_id, route, expires_at, body) VALUES (?, ?, ?, ?, ?)",
                offer["id"],
                body["id"],
                route,
                offer["expires_at"],
                json.dumps(offer),
            )


def search(storage: Storage, request_id: str) -> JSON:
    """Return a search; raise AirlineRefused for an id never given."""
    row = storage.row("SELECT body FROM offer_requests WHERE id = ?", request_id)
    if row is None:
        raise refused("not_found", "There is no offer request with this id.")
    return decoded(row["body"])


def offers_of(storage: Storage, request_id: str) -> list[ShelvedOffer]:
    """Return a search's offers that have not expired, in the order they were made."""
    rows = storage.rows(
        "SELECT * FROM offers WHERE offer_request_id = ? AND expires_at > ? ORDER BY seq",
        request_id,
        utc(storage.now()),
    )
    return [_offer(row) for row in rows]


def offer(storage: Storage, offer_id: str) -> ShelvedOffer | None:
    """Return one offer, expired or not."""
    row = storage.row("SELECT * FROM offers WHERE id = ?", offer_id)
    return _offer(row) if row else None


def update_offer(storage: Storage, changed: ShelvedOffer) -> None:
    """Keep a changed price."""
    storage.execute("UPDATE offers SET body = ? WHERE id = ?", json.dumps(changed.body), changed.offer_id)


def use_up(storage: Storage, attempted: ShelvedOffer) -> None:
    """Keep that an order was attempted with the offer."""
    storage.execute("UPDATE offers SET attempted_at = ? WHERE id = ?", utc(storage.now()), attempted.offer_id)


def is_booked(storage: Storage, request_id: str) -> bool:
    """Return whether any offer of the search has become an order."""
    return bool(
        storage.number(
            "SELECT count(*) FROM orders JOIN offers ON offers.id = orders.offer_id WHERE offer_request_id = ?",
            request_id,
        )
    )


def put_order(storage: Storage, order: ShelvedOrder, *, visible_at: datetime) -> None:
    """Keep a new order; until `visible_at` nobody can read it."""
    storage.execute(
        "INSERT INTO orders (id, offer_id, route, visible_at, booking_reference, awaiting_payment, payment_required_by,"
        " cancelled_at, body) VALUES (?, ?, ?, ?, ?, 0, NULL, NULL, '')",
        order.order_id,
        order.body["offer_id"],
        order.route,
        utc(visible_at),
        order.body["booking_reference"],
    )
    for passenger in order.body["passengers"]:
        storage.execute(
            "INSERT INTO order_passengers VALUES (?, ?, ?, ?)",
            order.order_id,
            passenger["family_name"],
            passenger["given_name"],
            passenger["born_on"],
        )
    update_order(storage, order)


def update_order(storage: Storage, changed: ShelvedOrder) -> None:
    """Keep a changed order; the columns follow its body."""
    status = changed.body["payment_status"]
    storage.execute(
        "UPDATE orders SET awaiting_payment = ?, payment_required_by = ?, cancelled_at = ?, body = ? WHERE id = ?",
        status["awaiting_payment"],
        status["payment_required_by"],
        changed.body["cancelled_at"],
        json.dumps(changed.body),
        changed.order_id,
    )


def order(storage: Storage, order_id: str) -> ShelvedOrder:
    """Return one order as it stands now; raise AirlineRefused for one that does not exist or is not visible yet."""
    lapse_holds(storage)
    row = storage.row("SELECT * FROM orders WHERE id = ? AND visible_at <= ?", order_id, utc(storage.now()))
    if row is None:
        raise refused("not_found", "There is no order with this id.")
    return _order(row)


def order_ids(
    storage: Storage,
    *,
    offer_id: str | None,
    booking_reference: str | None,
    awaiting_payment: bool | None,
    passenger_names: Sequence[str],
) -> list[str]:
    """Return the ids of the visible orders that fit all filters, the newest first."""
    lapse_holds(storage)
    conditions = ["visible_at <= ?"]
    values: list[object] = [utc(storage.now())]
    for column, wanted in (
        ("offer_id", offer_id),
        ("booking_reference", booking_reference),
        ("awaiting_payment", awaiting_payment),
    ):
        if wanted is not None:
            conditions.append(f"{column} = ?")
            values.append(wanted)
    if passenger_names:
        named = " OR ".join([_NAMED] * len(passenger_names))
        conditions.append(f"id IN (SELECT order_id FROM order_passengers WHERE {named})")  # noqa: S608  placeholders only
        values += [name.casefold() for name in passenger_names]
    sql = f"SELECT id FROM orders WHERE {' AND '.join(conditions)} ORDER BY seq DESC"  # noqa: S608  our own words only
    return [row["id"] for row in storage.rows(sql, *values)]


def every_order(storage: Storage) -> list[JSON]:
    """Return all orders, visible or not, the oldest first: what the control port counts."""
    lapse_holds(storage)
    return [decoded(row["body"]) for row in storage.rows("SELECT body FROM orders ORDER BY seq")]


def lapse_holds(storage: Storage) -> None:
    """Cancel every unpaid hold whose deadline has come, as of its deadline."""
    rows = storage.rows("SELECT * FROM orders WHERE awaiting_payment AND payment_required_by <= ?", utc(storage.now()))
    for row in rows:
        lapsed = _order(row)
        status = lapsed.body["payment_status"]
        status["awaiting_payment"] = False
        lapsed.body["cancelled_at"] = status["payment_required_by"]
        lapsed.body["available_actions"] = ["update"]
        update_order(storage, lapsed)


def raise_held_prices(storage: Storage, by: Decimal) -> int:
    """Make every unpaid hold dearer and take back its price guarantee; return how many there were."""
    lapse_holds(storage)
    rows = storage.rows("SELECT * FROM orders WHERE awaiting_payment")
    with storage.transaction():
        for row in rows:
            held = _order(row)
            for field in ("base_amount", "total_amount"):
                held.body[field] = cents(Decimal(held.body[field]) + by)
            held.body["payment_status"]["price_guarantee_expires_at"] = None
            update_order(storage, held)
    return len(rows)


def _offer(row: Row) -> ShelvedOffer:
    return ShelvedOffer(
        request_id=row["offer_request_id"],
        route=row["route"],
        expires_at=row["expires_at"],
        attempted_at=row["attempted_at"],
        body=decoded(row["body"]),
    )


def _order(row: Row) -> ShelvedOrder:
    return ShelvedOrder(route=row["route"], body=decoded(row["body"]))
