"""Funding: estimate, commit, pay once, and read the ticket numbers back. Whatever the amount, it may be approved."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from models import ledger
from models.booking import Booking, BookingState, Lift
from models.case import HOME_ZONE, CaseStatus, RepatriationCase, Step
from models.funding import BOOK_CURRENCY, Cost, CostKind, FundingProposal, NotedCost, Payer, PrivatePayment, total
from models.intent import Act, Intent, IntentState
from models.ledger import Account, Entry, LedgerPosting, LedgerTransaction, Posting
from models.money import Money
from models.officer import Duty, Officer
from tasks import by_hand, case_file, decisions, host_clearance, intents, paperwork, representation, vault
from tasks.calls import commit_call, read_call
from tasks.clock import now
from tasks.host_clearance import Standing
from tasks.partners.airline import Airline, Cancellation, Order
from tasks.partners.errors import NotThereYet, OutcomeUnknown, PartnerAlreadyDone, PartnerRefused, PartnerUnavailable
from tasks.partners.treasury import Rate, Treasury
from tasks.trouble import NeedsPerson

AS_VOUCHER = frozenset({"airline_credits", "voucher"})
"""Where a refund goes that does not come back as money. Source: Duffel, order cancellations, `refund_to`."""

_PRICE_MOVED = frozenset({"price_changed", "payment_amount_does_not_match_order_amount"})


@read_call
def propose_costs(reference: str) -> None:
    """Read the order, the host's fine and the rates, and put every item before the funding officer."""
    representation.refuse_passenger(reference, Step.funding)
    with case_file.transaction() as session:
        booking = case_file.require_booking(session, reference)
    order = _order(booking)
    clearance = host_clearance.ask(reference)
    with case_file.transaction() as session:
        leave = host_clearance.standing(session, case_file.load(session, reference), clearance)
        items = _items(session, reference, order, leave)
    rates = _rates({amount.currency for _, amount in items})
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        booking = _read_back(session, reference, order)
        costs = tuple(_cost(kind, amount, rates[amount.currency]) for kind, amount in items)
        content = FundingProposal(
            salt=vault.salt(session, case.person_id, "funding"),
            costs=costs,
            total=f"{total(costs).amount:f}",
            order_id=order.order_id,
            pay_by=booking.pay_by.to_iso8601_string(),
            host_clearance=leave.words,
            private_payments=tuple(_private_payments(session, reference)),
        )
        # What the seats were agreed on may lapse before they are to be paid; then they are asked about first.
        lapses = booking.agreed_until if booking.agreed_until and now() < booking.agreed_until else booking.pay_by
        decisions.propose(session, case, Step.funding, content, valid_until=min(booking.pay_by, lapses))


def _order(booking: Booking) -> Order:
    """Return the order of a booking as it is now, at the airline or as an officer wrote it down."""
    if booking.lift is not Lift.scheduled:
        return by_hand.order(booking)
    with Airline() as airline:
        return airline.read_order(booking.order_id)


def _items(session: Session, reference: str, order: Order, leave: Standing) -> list[tuple[CostKind, Money]]:
    items = [(CostKind.fare, order.total)]
    if leave.fine is not None:
        items.append((CostKind.exit_fine, leave.fine))
    noted = standing_costs(session, reference)
    return items + [(_as_told(cost.kind), Money(cost.amount_minor, cost.currency)) for cost in noted]


def _as_told(kind: CostKind) -> CostKind:
    """Return what a cost is for as whoever pays is told: not that somebody is ill, which the treasury keeps too."""
    return CostKind.other if kind is CostKind.medical else kind


def standing_costs(session: Session, reference: str) -> list[NotedCost]:
    """Return the noted costs that were not taken back, oldest first."""
    noted = session.exec(
        select(NotedCost)
        .where(col(NotedCost.reference).in_(case_file.references_of(session, reference)))
        .order_by(col(NotedCost.noted_at))
    ).all()
    withdrawn = {cost.withdraws_id for cost in noted}
    return [cost for cost in noted if cost.withdraws_id is None and cost.id not in withdrawn]


def costs_for(session: Session, reference: str, *, reader: Officer) -> list[tuple[CostKind, Money]]:
    """Return the standing costs of a journey item by item for whoever may know of them; to nobody else is any told."""
    if not reader.may(Duty.know_of_costs):
        return []
    knows = reader.may(Duty.know_of_health)
    return [
        (cost.kind if knows else _as_told(cost.kind), Money(cost.amount_minor, cost.currency))
        for cost in standing_costs(session, reference)
    ]


def _rates(currencies: set[str]) -> dict[str, Rate]:
    today = now().in_timezone(HOME_ZONE).date()
    rates = {BOOK_CURRENCY: Rate(Decimal(1), "book currency", today)}
    with Treasury() as treasury:
        for currency in sorted(currencies - {BOOK_CURRENCY}):
            rates[currency] = treasury.rate(currency, on=today)
    return rates


def _cost(kind: CostKind, amount: Money, rate: Rate) -> Cost:
    return Cost(
        kind=kind,
        payer=Payer.ministry,
        amount=f"{amount.amount:f}",
        currency=amount.currency,
        rate=f"{rate.rate:f}",
        rate_source=rate.source,
        rate_on=rate.on,
    )


def _private_payments(session: Session, reference: str) -> list[str]:
    payments = session.exec(
        select(PrivatePayment)
        .where(col(PrivatePayment.reference).in_(case_file.references_of(session, reference)))
        .order_by(col(PrivatePayment.noted_at))
    )
    return [
        f"{payment.payer.value}{f' {payment.payer_officer}' if payment.payer_officer else ''}: "
        f"{Money(payment.amount_minor, payment.currency)}"
        for payment in payments
    ]


def _read_back(session: Session, reference: str, order: Order) -> Booking:
    """Write down what the order costs now."""
    booking = case_file.require_booking(session, reference)
    if booking.total != order.total:
        case_file.tell(session, reference, "The airline changed the price; only the funding decision is affected.")
    booking.amount_minor, booking.currency, booking.read_at = order.total.amount_minor, order.total.currency, now()
    session.add(booking)
    return booking


@read_call
def commit_funds(reference: str) -> None:
    """Post the commitment at the treasury and in the ledger; an earlier one for other figures is taken back first."""
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        proposal_id, content = _approved(session, reference)
        _refuse_stopped(session, case)
        stale = [intent for intent in _commitments(session, reference) if intent.subject != str(proposal_id)]
        intent = (
            intents.done(session, reference, Act.commit_funds, str(proposal_id))
            or intents.unsettled(session, reference, Act.commit_funds, str(proposal_id))
            or intents.write(session, case, Act.commit_funds, str(proposal_id))
        )
    for earlier in stale:
        reverse_commitment(reference, earlier.id)
    if intent.is_settled:
        return
    costs = [(cost.kind.value, cost.money) for cost in content.costs]
    with Treasury() as treasury:
        treasury.commit_funds(intent.id, reference=reference, total=total(content.costs), items=costs)
    with case_file.transaction() as session:
        row = session.get_one(Intent, intent.id, with_for_update=True)
        if not row.is_settled:
            _post(session, row, Entry.commitment, ledger.commitment(costs))
            intents.settle(session, row, IntentState.done, result_id=str(row.id))
            case_file.tell(session, reference, "The funds were committed.")


def _commitments(session: Session, reference: str) -> list[Intent]:
    """Return the commitments that stand at the treasury, or may."""
    may_stand = col(Intent.state).in_([IntentState.done, IntentState.sending, IntentState.unknown])
    return list(
        session.exec(select(Intent).where(Intent.reference == reference, Intent.act == Act.commit_funds, may_stand))
    )


def reverse_commitment(reference: str, intent_id: UUID) -> None:
    """Take a commitment back at the treasury and, as far as it is not spent, in the ledger."""
    with Treasury() as treasury:
        stood = treasury.reverse_commitment(intent_id)
    with case_file.transaction() as session:
        intent = session.get_one(Intent, intent_id, with_for_update=True)
        if intent.state is IntentState.undone:
            return
        if not stood:
            intents.settle(session, intent, IntentState.refused, words="the treasury has no such commitment")
            return
        if outstanding := _outstanding(session, reference):
            _post(session, intent, Entry.commitment_reversed, ledger.reversed_(ledger.commitment(outstanding)))
        intents.settle(session, intent, IntentState.undone)
        case_file.tell(session, reference, "The commitment was reversed.")


def _outstanding(session: Session, reference: str) -> list[tuple[str, Money]]:
    """Return what is committed and not spent, by item and currency."""
    rows = session.exec(
        select(LedgerPosting.item, LedgerPosting.currency, func.sum(LedgerPosting.amount_minor))
        .join(LedgerTransaction)
        .where(LedgerTransaction.reference == reference, LedgerPosting.account == Account.encumbrances)
        .group_by(LedgerPosting.item, LedgerPosting.currency)
        .order_by(LedgerPosting.item, LedgerPosting.currency)
    )
    return [(item, Money(int(minor), currency)) for item, currency, minor in rows if minor]


def refund(session: Session, booking: Booking, given_back: Cancellation | None) -> None:
    """Post what the airline gave back for a paid order, as money or as its own vouchers; what it left open is told."""
    payment = intents.done(session, booking.reference, Act.pay_order, booking.order_id)
    if payment is None:
        return
    refunded = given_back.refund if given_back is not None else None
    if given_back is None or refunded is None:
        case_file.tell(session, booking.reference, "The airline did not say what it refunds; claim it.")
    elif refunded.amount_minor:
        post = ledger.credit if given_back.refund_to in AS_VOUCHER else ledger.refund
        _post(session, payment, Entry.refund, post(CostKind.fare.value, refunded))
        case_file.tell(session, booking.reference, f"The airline gave back {given_back.words}.")
    intents.settle(session, payment, IntentState.undone)


def reverse_commitments(reference: str) -> None:
    """Take back every commitment of a journey that ends."""
    with case_file.transaction() as session:
        committed = [intent.id for intent in _commitments(session, reference)]
    for intent_id in committed:
        reverse_commitment(reference, intent_id)


def _post(session: Session, intent: Intent, entry: Entry, postings: list[Posting]) -> None:
    if not ledger.is_balanced(postings):
        raise AssertionError("a transaction that does not balance must never reach the ledger")
    transaction = LedgerTransaction(reference=intent.reference, entry=entry, intent_id=intent.id, posted_at=now())
    session.add(transaction)
    session.flush()
    session.add_all(
        LedgerPosting(
            transaction_id=transaction.id,
            line=line,
            account=p.account,
            item=p.item,
            amount_minor=p.amount.amount_minor,
            currency=p.amount.currency,
        )
        for line, p in enumerate(postings, start=1)
    )
    session.flush()


def _approved(session: Session, reference: str) -> tuple[UUID, FundingProposal]:
    proposal = decisions.live(session, reference, Step.funding)
    if proposal is None or decisions.approval(session, reference, Step.funding, at=now()) is None:
        raise NeedsPerson("no_decision", "The funding was not decided by an officer; go on and one will be asked.")
    content = decisions.content_of(session, proposal)
    if not isinstance(content, FundingProposal):
        raise TypeError("a funding proposal holds something else")
    return proposal.id, content


def _refuse_stopped(session: Session, case: RepatriationCase) -> None:
    """Look once more, under the lock of the case, before money moves: a partner may have kept the run waiting."""
    if case.ending or case_file.open_trouble(session, case.reference) is not None:
        raise NeedsPerson("stopped", "The journey was stopped before the money moved; nothing more was paid.")


@read_call
def price_still_holds(reference: str) -> bool:
    """Read the order again before paying; another price or order than approved takes the funding proposal away."""
    with case_file.transaction() as session:
        booking = case_file.require_booking(session, reference)
        if booking.state is BookingState.ticketed or _payment(session, booking) is not None:
            return True
    order = _order(booking)
    with case_file.transaction() as session:
        case_file.load(session, reference, lock=True)
        _, approved = _approved(session, reference)
        fare = next(cost.money for cost in approved.costs if cost.kind is CostKind.fare)
        _read_back(session, reference, order)
        holds = order.total == fare and order.order_id == approved.order_id
        if not holds:
            decisions.withdraw(session, reference, Step.funding)
        return holds


def _payment(session: Session, booking: Booking) -> Intent | None:
    return intents.done(session, booking.reference, Act.pay_order, booking.order_id) or intents.unsettled(
        session, booking.reference, Act.pay_order, booking.order_id
    )


def is_payment_begun(reference: str) -> bool:
    """Return whether a payment of the live order is done or may be."""
    with case_file.transaction() as session:
        return _payment(session, case_file.require_booking(session, reference)) is not None


def is_payment_unsettled(reference: str) -> bool:
    """Return whether nobody knows yet what became of a payment."""
    with case_file.transaction() as session:
        return intents.unsettled(session, reference, Act.pay_order) is not None


@commit_call
def pay_once(reference: str) -> None:
    """Pay the order with the approved amount: intent first, one POST, and a lost answer left for reading."""
    representation.refuse_passenger(reference, Step.funding)
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        booking = case_file.require_booking(session, reference)
        _approved(session, reference)
        _refuse_stopped(session, case)
        if booking.lift is not Lift.scheduled:
            by_hand.note_payment(session, case, booking)
            return
        intent = intents.write(session, case, Act.pay_order, booking.order_id)
        amount = booking.total
    try:
        with Airline() as airline:
            airline.pay(booking.order_id, amount=amount)
    except PartnerAlreadyDone as earlier:
        _settle_payment(intent, IntentState.done, words=str(earlier))
    except PartnerRefused as refused:
        _settle_payment(intent, IntentState.refused, words=str(refused))
        if refused.code == "insufficient_balance":
            raise NeedsPerson(
                "insufficient_balance",
                "The balance at the airline does not cover the order; have it topped up, then go on.",
            ) from refused
        if refused.code not in _PRICE_MOVED:
            raise
        with case_file.transaction() as session:
            case_file.load(session, reference, lock=True)
            decisions.withdraw(session, reference, Step.funding)
    except PartnerUnavailable as unsent:
        _settle_payment(intent, IntentState.refused, words=str(unsent))
        raise
    except OutcomeUnknown as unknown:
        _settle_payment(intent, IntentState.unknown, words=str(unknown))
    else:
        _settle_payment(intent, IntentState.done, words=None)


def _settle_payment(intent: Intent, state: IntentState, *, words: str | None) -> None:
    with case_file.transaction() as session:
        row = session.get_one(Intent, intent.id, with_for_update=True)
        intents.settle(session, row, state, words=words)
        if words:
            case_file.tell(session, intent.reference, f"The {words} to the payment.")


@read_call
def find_lost_payment(reference: str) -> None:
    """
    Settle a payment whose answer was lost by reading the order and its payments; it is not sent again.

    Raises:
        NotThereYet: neither shows it yet; read again later.
        NeedsPerson: the order was paid twice.
    """
    with case_file.transaction() as session:
        intent = intents.unsettled(session, reference, Act.pay_order)
    if intent is None:
        return
    with Airline() as airline:
        order = airline.read_order(intent.subject)
        payments = airline.payments_of(intent.subject)
    if payments > 1:
        raise NeedsPerson("paid_twice", "The airline shows two payments of the order; have one returned, then go on.")
    is_paid = order.is_paid or payments == 1
    if not is_paid and not order.is_cancelled:
        raise NotThereYet("airline", "shows no payment yet")
    with case_file.transaction() as session:
        row = session.get_one(Intent, intent.id, with_for_update=True)
        if not is_paid:
            # A hold that lapsed unpaid awaits no payment either, so only the moment of payment proves one.
            intents.settle(session, row, IntentState.refused, words="the order was cancelled unpaid")
            _mark_unwanted(session, intent.subject)
            case_file.tell(session, reference, "The order was cancelled unpaid; other seats are sought.")
            return
        intents.settle(session, row, IntentState.done, words="found by reading")
        case_file.tell(session, reference, "The payment was found by reading; nothing was paid twice; went on.")


def _mark_unwanted(session: Session, order_id: str) -> None:
    booking = session.exec(select(Booking).where(Booking.order_id == order_id).with_for_update()).one()
    booking.unwanted = True
    session.add(booking)


@read_call
def confirm_carriage(reference: str) -> None:
    """Read the ticket numbers back, post the expense, and record that carriage is confirmed."""
    with case_file.transaction() as session:
        booking = case_file.require_booking(session, reference)
    order = _order(booking)
    # Seats by hand are confirmed by their record locator with proof, a charter's by its list.
    if not order.ticket_numbers and booking.lift is Lift.scheduled:
        raise PartnerUnavailable("airline", "shows no ticket number yet")
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        row = session.get_one(Booking, booking.id, with_for_update=True)
        tickets = " ".join(order.ticket_numbers)
        row.ticket_numbers_sealed = vault.seal_text(session, case.person_id, "ticket_numbers", tickets)
        row.state, row.read_at = BookingState.ticketed, now()
        session.add(row)
        payment = intents.done(session, reference, Act.pay_order, booking.order_id)
        if payment is None:
            raise NeedsPerson("paid_elsewhere", "The order is paid, but not by us; find out by whom, then go on.")
        _post(session, payment, Entry.payment, ledger.payment(CostKind.fare.value, order.total))
        case_file.note(
            session,
            "carriage.confirmed",
            actor=case_file.RUN,
            about=case,
            values={"order_id": row.order_id},
        )
        case_file.tell(
            session,
            reference,
            "Paid once; the ticket number was read back." if order.ticket_numbers else "Paid; carriage is confirmed.",
        )
        paperwork.store_itinerary(session, case, row)
        paperwork.store_funding_record(session, case, row)
        case_file.move(session, case, CaseStatus.funded)
