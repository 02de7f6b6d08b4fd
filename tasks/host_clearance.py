"""
The host country's clearance to leave: what its authority answers, and what officers hear and write down.

It is asked under one id a case and host status, so that asking again reads.
"""

from dataclasses import dataclass
from datetime import date
from uuid import NAMESPACE_URL, uuid5

import pendulum
from sqlmodel import Session, col, select

from models import host_clearance
from models.case import RepatriationCase, Step, local_zone
from models.host_clearance import FITTING, HostItem, HostRecord, HostState, Leave
from models.money import Money
from models.person import HostStatus
from models.travel_document import DocumentState
from tasks import case_file, decisions, vault
from tasks.clock import now
from tasks.partners.host_authority import Clearance, HostAuthority
from tasks.policy import policy
from tasks.trouble import NeedsPerson

_NUMBERED = (HostItem.release_order, HostItem.exit_permit)
CLOCKS_DIFFER = pendulum.duration(minutes=5)


def ask(reference: str) -> Clearance:
    """Return how the host authority's clearance stands."""
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        host_status = case_file.whereabouts(session, case.person_id).host_status
    with HostAuthority() as authority:
        clearance_id = uuid5(NAMESPACE_URL, f"homeward:clearance:{reference}:{host_status}")
        return authority.clearance(clearance_id, reference=reference, host_status=host_status)


@dataclass(frozen=True, slots=True)
class Standing:
    """How everything stands, for the seats as booked."""

    permit: Leave
    order: Leave
    host_status: HostStatus
    fine: Money | None
    """What is to be paid by departure."""
    words: str


def standing(session: Session, case: RepatriationCase, answered: Clearance) -> Standing:
    """Return what the authority answered together with what officers wrote down."""
    recorded = latest(session, case.reference)
    departs_at = case_file.require_booking(session, case.reference).route.departs_at
    host_status = HostStatus(case_file.whereabouts(session, case.person_id).host_status)
    permit, order = (
        host_clearance.together(_leave(session, case, recorded.get(item)), answer)
        for item, answer in (
            (HostItem.exit_permit, _answered(answered, answered.exit_permit)),
            (HostItem.release_order, _answered(answered, answered.release_order)),
        )
    )
    fine_state = recorded[HostItem.overstay_fine].state if HostItem.overstay_fine in recorded else None
    computed = computed_fine(recorded, case, departs_at=departs_at)
    fine = host_clearance.fine_to_expect(fine_state, computed=computed, stated=answered.fine)
    measures = (HostItem.deportation_order, HostItem.ban)
    imposed = [item for item in measures if item in recorded and recorded[item].state is HostState.issued]
    return Standing(
        permit, order, host_status, fine,
        host_clearance.words(
            permit, order, host_status=host_status, fine=fine, fine_state=fine_state, imposed=imposed
        ),
    )  # fmt: skip


def require_leave(session: Session, case: RepatriationCase, answered: Clearance) -> Standing:
    """
    Return how everything stands, if the person may leave by the booked departure.

    Raises:
        NeedsPerson: the release order of a detained person, or the exit permit, is missing, refused or too short.
    """
    found = standing(session, case, answered)
    departs_at = case_file.require_booking(session, case.reference).route.departs_at
    barred = host_clearance.what_bars_leaving(
        found.permit, found.order, host_status=found.host_status, departs_at=departs_at
    )
    if barred is not None:
        raise NeedsPerson("exit_not_cleared", barred)
    return found


def _answered(answered: Clearance, number: str | None) -> Leave:
    state = {"pending": HostState.asked, "granted": HostState.granted, "refused": HostState.refused}[answered.status]
    if state is HostState.granted and number is None:
        return Leave()
    return Leave(state=state, number=number, valid_until=answered.valid_until)


def _leave(session: Session, case: RepatriationCase, record: HostRecord | None) -> Leave:
    if record is None:
        return Leave()
    sealed = record.number_sealed
    number = vault.open_text(session, case.person_id, "host_number", sealed) if sealed else None
    return Leave(state=record.state, number=number, valid_until=record.valid_until)


def computed_fine(
    recorded: dict[HostItem, HostRecord], case: RepatriationCase, *, departs_at: pendulum.DateTime
) -> Money | None:
    """Return the overstay fine by the day of departure, at the policy's rate; None where either is not known."""
    stay = recorded.get(HostItem.stay)
    if stay is None or stay.ended_on is None:
        return None
    leaves_on = departs_at.in_timezone(local_zone(case.reference)).date()
    rates = [each.as_rate for each in policy().overstay if each.country == case.reference[:3]]
    return host_clearance.fine_by(stay.ended_on, leaves_on=leaves_on, rates=rates)


def latest(session: Session, reference: str) -> dict[HostItem, HostRecord]:
    """Return what was heard last about each item."""
    rows = session.exec(
        select(HostRecord).where(HostRecord.reference == reference).order_by(col(HostRecord.recorded_at))
    )
    return {row.item: row for row in rows}


def record(
    reference: str,
    item: HostItem,
    *,
    state: HostState,
    told_by: str,
    told_at: pendulum.DateTime,
    ended_on: date | None = None,
    valid_until: pendulum.DateTime | None = None,
    number: str | None = None,
    officer: str,
) -> None:
    """
    Write down what the host country said about one item, by whom and when; what was proposed without it is asked anew.

    Raises:
        case_file.Refused: facts that do not belong together, or cannot be, or that a later word overrules.
    """
    _refuse_odd(item, state, told_by=told_by, ended_on=ended_on, valid_until=valid_until, number=number)
    if told_at > now() + CLOCKS_DIFFER:
        raise case_file.Refused("Nobody told us in the future; correct --told-at.")
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        case_file.refuse_closed(case)
        last = latest(session, reference).get(item)
        if last is not None and told_at < last.told_at:
            # The last line written counts: an old grant must not take the place of the refusal that came after it.
            what, told_last = item.value.replace("-", " "), f"{last.told_at:%Y-%m-%d %H:%M} UTC"
            raise case_file.Refused(
                f"What was told of the {what} on {told_last} is later and stands; ask the office again, or correct "
                "--told-at."
            )
        session.add(
            HostRecord(
                reference=reference, item=item, state=state, told_by=told_by.strip(), told_at=told_at,
                ended_on=ended_on, valid_until=valid_until, recorded_at=now(), recorded_by=officer,
                number_sealed=vault.seal_text(session, case.person_id, "host_number", number) if number else None,
            )
        )  # fmt: skip
        session.flush()
        ids = {"item": item.value, "state": state.value}
        case_file.note(session, "host.recorded", actor=officer, about=case, ids=ids, values={"number": number})
        words = f"The host country's word on the {item.value.replace('-', ' ')} was recorded by {officer}."
        case_file.tell(session, reference, words, happened_at=told_at)
        decisions.withdraw(session, reference, Step.funding)
        decisions.withdraw(session, reference, Step.release)
        if item is HostItem.deportation_order and _is_proposed(session, reference):
            # The law's table may lead to another document now.
            decisions.withdraw(session, reference, Step.authorise)
        if item in _NUMBERED and state is HostState.refused:
            _stop_before_boarding(session, case, item)


def _is_proposed(session: Session, reference: str) -> bool:
    document = case_file.open_document(session, reference)
    return document is not None and document.state is DocumentState.proposed


def _stop_before_boarding(session: Session, case: RepatriationCase, item: HostItem) -> None:
    """Ask the coordinator at once where a released document would send the person to a border that stays shut."""
    document = case_file.open_document(session, case.reference)
    if document is None or document.paper_id is None or case_file.is_travelling(session, case.reference, at=now()):
        return
    if case_file.open_trouble(session, case.reference) is None:
        step = decisions.close_question(session, case.reference) or Step.release
        words = f"The host country refuses the {item.value.replace('-', ' ')} after release; obtain it, then go on."
        decisions.open_trouble(session, case, step, code="exit_not_cleared", words=words)


def is_deported(session: Session, reference: str) -> bool:
    """Return whether a deportation order stands on record."""
    order = latest(session, reference).get(HostItem.deportation_order)
    return order is not None and order.state is HostState.issued


def _refuse_odd(
    item: HostItem,
    state: HostState,
    *,
    told_by: str,
    ended_on: date | None,
    valid_until: pendulum.DateTime | None,
    number: str | None,
) -> None:
    if state not in FITTING[item]:
        raise case_file.Refused(f"A {item.value} is {', '.join(FITTING[item])}; give one of these with --state.")
    if not told_by.strip() or len(told_by) > 80:
        raise case_file.Refused("Say in a few words which office said so, such as airport immigration: --told-by.")
    if (item is HostItem.stay) != (ended_on is not None):
        raise case_file.Refused("The last day of the permission belongs to a stay, and a stay has one: --ended-on.")
    granted = item in _NUMBERED and state is HostState.granted
    if granted != (number is not None):
        raise case_file.Refused("A granted permit or order has a number on it, and nothing else has: --number.")
    if number is not None and (not number.strip() or len(number) > 40):
        raise case_file.Refused("A number has one to forty characters; write it as it stands on the paper.")
    if valid_until is not None and (not granted or valid_until <= now()):
        raise case_file.Refused("Only a granted permit or order that still holds has an end; correct --valid-until.")
