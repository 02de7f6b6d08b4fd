"""Orders: seats bought at once or held without payment, found again, and their metadata."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from deployments.sandbox.airline import events, shelf
from deployments.sandbox.airline.booking import metadata_flaws, order_flaws, payment_flaws
from deployments.sandbox.airline.errors import AirlineRefused, refused
from deployments.sandbox.airline.ids import new_id, new_record_locator
from deployments.sandbox.airline.network import SCRIPTS, Script
from deployments.sandbox.airline.offers import chosen_services, price_of, services_of
from deployments.sandbox.airline.shelf import ShelvedOffer, ShelvedOrder
from deployments.sandbox.airline.ticketing import issue
from deployments.sandbox.airline.wire import CURRENCY, JSON, Data, Page, cents, page, utc
from deployments.sandbox.contract import Store
from deployments.sandbox.faults import Fault, FaultKind
from deployments.sandbox.storage import Storage

router = APIRouter()


@router.post("/air/orders", status_code=201, response_model=None)
async def create(data: Data, request: Request, storage: Store) -> JSON | JSONResponse:
    """Sell one offer; where a fault asks for it, only accept the request and let an event tell how it ended."""
    offer = _orderable(data, storage)
    flaws = list(order_flaws(data, offer.body))
    if flaws:
        raise AirlineRefused(flaws)
    services = chosen_services(data.get("services"), services_of(offer.body, offer.route))
    total = cents(Decimal(offer.body["total_amount"]) + price_of(services))
    if data["type"] == "instant":
        _check_payments(data, total)
    _run_script(storage, offer)

    fault: Fault | None = request.state.fault
    match fault:
        case Fault(kind=FaultKind.accepted_202_failed):
            _fail(storage, offer, told_at=storage.now() + timedelta(seconds=fault.seconds))
            return _accepted()
        case Fault(kind=FaultKind.accepted_202):
            order = _order_body(data, offer, services, total, storage.now())
            _sell(storage, offer, order, told_at=storage.now() + timedelta(seconds=fault.seconds))
            return _accepted()
        case _:
            order = _order_body(data, offer, services, total, storage.now())
            _sell(storage, offer, order, told_at=storage.now())
            return {"data": order}


@router.get("/air/orders")
async def list_orders(
    *,
    window: Page,
    storage: Store,
    offer_id: str | None = None,
    booking_reference: str | None = None,
    awaiting_payment: bool | None = None,
    user_id: str | None = None,
    passenger_names: Annotated[list[str] | None, Query(alias="passenger_name[]")] = None,
) -> JSON:
    """Return one page of the orders that fit all filters, the newest first; nobody here books for a customer user."""
    ids = shelf.order_ids(
        storage,
        offer_id=offer_id,
        booking_reference=booking_reference,
        awaiting_payment=awaiting_payment,
        passenger_names=passenger_names or [],
    )
    chosen, meta = page([] if user_id else ids, window)
    return {"data": [_shown(shelf.order(storage, order_id), storage) for order_id in chosen], "meta": meta}


@router.get("/air/orders/{order_id}")
async def read(order_id: str, storage: Store) -> JSON:
    """Return one order as it stands."""
    return {"data": _shown(shelf.order(storage, order_id), storage)}


@router.patch("/air/orders/{order_id}")
async def update(order_id: str, data: Data, storage: Store) -> JSON:
    """Replace the whole metadata of an order; nothing else can be changed this way."""
    order = shelf.order(storage, order_id)
    if data.get("metadata") is None:
        raise refused("validation_required", "Field 'metadata' can't be blank", "/data/metadata")
    flaws = list(metadata_flaws(data["metadata"]))
    if flaws:
        raise AirlineRefused(flaws)
    order.body["metadata"] = data["metadata"]
    shelf.update_order(storage, order)
    return {"data": _shown(order, storage)}


def _sell(storage: Storage, offer: ShelvedOffer, order: JSON, *, told_at: datetime) -> None:
    """Make the order, paid at once if it is instant; it can be read, and its events are seen, from `told_at` on."""
    shelved = ShelvedOrder(offer.route, order)
    with storage.transaction():
        shelf.use_up(storage, offer)
        shelf.put_order(storage, shelved, visible_at=told_at)
        if order["type"] == "instant":
            issue(storage, shelved, told_at=told_at)
        events.record(
            storage,
            "order.created",
            about={"id": order["id"], "offer_id": offer.offer_id},
            idempotency_key=order["id"],
            occurs_at=told_at,
        )


def _fail(storage: Storage, offer: ShelvedOffer, *, told_at: datetime) -> None:
    """Use the offer up without an order; the event about it is seen from `told_at` on."""
    with storage.transaction():
        shelf.use_up(storage, offer)
        events.record(
            storage,
            "order.creation_failed",
            about={"offer_id": offer.offer_id},
            idempotency_key=offer.offer_id,
            occurs_at=told_at,
        )


def _shown(order: ShelvedOrder, storage: Storage) -> JSON:
    return {**order.body, "synced_at": utc(storage.now())}


def _accepted() -> JSONResponse:
    message = "The order was accepted and is being created; a webhook will tell its outcome. Do not retry this request."
    return JSONResponse({"data": {"message": message}}, status_code=202)


def _orderable(data: JSON, storage: Storage) -> ShelvedOffer:
    """Return the offer selected, or refuse one that is gone, expired or used."""
    selected = data.get("selected_offers")
    if not isinstance(selected, list) or len(selected) != 1:
        raise refused("validation_length", "Exactly one offer must be selected", "/data/selected_offers")
    offer = shelf.offer(storage, str(selected[0]))
    if offer is None or SCRIPTS.get(offer.route) is Script.offer_gone:
        raise refused("offer_no_longer_available", "The offer is no longer available; search again.")
    if offer.attempted_at is not None:
        raise refused("order_creation_already_attempted", "An order was already attempted with this offer.")
    if shelf.is_booked(storage, offer.request_id):
        raise refused("offer_request_already_booked", "Another offer of this search is already booked.")
    if offer.has_expired(storage.now()):
        raise refused("offer_expired", "The offer has expired; search again.")
    return offer


def _check_payments(data: JSON, total: str) -> None:
    payments = data.get("payments")
    if not isinstance(payments, list) or len(payments) != 1:
        raise refused("validation_required", "An instant order needs exactly one payment", "/data/payments")
    flaws = list(payment_flaws(payments[0], amount=total, currency=CURRENCY, pointer="/data/payments/0"))
    if flaws:
        raise AirlineRefused(flaws)


def _run_script(storage: Storage, offer: ShelvedOffer) -> None:
    """Fail as the scripted routes do; the attempt uses the offer up, and no order exists afterwards."""
    script = SCRIPTS.get(offer.route)
    if script is Script.airline_fails:
        shelf.use_up(storage, offer)
        raise refused("airline_unknown", "The airline responded with an unexpected error, please contact support")
    if script is Script.balance_too_small:
        shelf.use_up(storage, offer)
        raise refused("insufficient_balance", "The balance does not cover this order.")


def _order_body(data: JSON, offer: ShelvedOffer, services: list[tuple[JSON, int]], total: str, at: datetime) -> JSON:
    """Return a new order, not paid yet, as Duffel writes it."""
    body = offer.body
    hold = data["type"] == "hold"
    requirements = body["payment_requirements"]
    return {
        "id": new_id("ord"),
        "live_mode": False,
        "type": data["type"],
        "content": "managed",
        "offer_id": body["id"],
        "created_at": utc(at),
        "synced_at": utc(at),
        "cancelled_at": None,
        "booking_reference": new_record_locator(),
        "owner": body["owner"],
        "base_amount": cents(Decimal(body["base_amount"]) + price_of(services)),
        "base_currency": body["base_currency"],
        "tax_amount": body["tax_amount"],
        "tax_currency": body["tax_currency"],
        "total_amount": total,
        "total_currency": body["total_currency"],
        "conditions": body["conditions"],
        "payment_status": {
            "awaiting_payment": hold,
            "payment_required_by": requirements["payment_required_by"] if hold else None,
            "price_guarantee_expires_at": requirements["price_guarantee_expires_at"] if hold else None,
            "paid_at": None,
        },
        "available_actions": ["cancel", "update"],
        "documents": [],
        "cancellation": None,
        "changes": [],
        "airline_initiated_changes": [],
        "metadata": data.get("metadata") or {},
        "passengers": [_passenger(passenger) for passenger in data["passengers"]],
        "services": [_service(service, quantity) for service, quantity in services],
        "slices": [_slice(part) for part in body["slices"]],
    }


def _passenger(sent: JSON) -> JSON:
    """Return the passenger as an order shows it: without type and link to an infant (observed-behaviour.json)."""
    shown = ("id", "title", "gender", "given_name", "family_name", "born_on", "email", "phone_number")
    return {**{field: sent[field] for field in shown}, "loyalty_programme_accounts": []}


def _service(sold: JSON, quantity: int) -> JSON:
    shown = ("type", "passenger_ids", "segment_ids", "total_currency", "metadata")
    return {
        "id": new_id("ser"),
        "quantity": quantity,
        "total_amount": cents(price_of([(sold, quantity)])),
        **{field: sold[field] for field in shown},
    }


def _slice(offered: JSON) -> JSON:
    """Return a slice as an order shows it: without what only helps to choose."""
    shown = ("id", "fare_brand_name", "origin_type", "origin", "destination_type", "destination", "duration")
    return {
        **{field: offered[field] for field in shown},
        "changeable": False,
        "conditions": {"change_before_departure": offered["conditions"]["change_before_departure"]},
        "segments": [
            {
                **segment,
                "passengers": [
                    {
                        field: passenger[field]
                        for field in ("passenger_id", "cabin_class", "cabin_class_marketing_name", "baggages")
                    }
                    for passenger in segment["passengers"]
                ],
            }
            for segment in offered["segments"]
        ],
    }
