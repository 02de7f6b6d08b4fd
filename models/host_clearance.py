"""
The host country's leave to go: release order, exit permit, overstay fine, deportation order and ban.

Each is known from two sides, what the host authority answers and what officers write down; a no from either is a no.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from sqlmodel import Field

from models.columns import Moment, Row, word
from models.money import Money
from models.person import HostStatus


class HostItem(StrEnum):
    """What the host country may want, give or impose before a person leaves."""

    stay = "stay"
    """The permission to stay; from the day it ended a fine grows."""
    release_order = "release-order"
    """Without it nobody lets a detained person out."""
    exit_permit = "exit-permit"
    overstay_fine = "overstay-fine"
    deportation_order = "deportation-order"
    ban = "ban"
    """The person may not come back; it does not keep them from leaving."""


class HostState(StrEnum):
    """How one of these stands."""

    asked = "asked"
    granted = "granted"
    refused = "refused"
    paid = "paid"
    waived = "waived"
    issued = "issued"
    lifted = "lifted"
    ended = "ended"


_PERMISSION = (HostState.asked, HostState.granted, HostState.refused)
_MEASURE = (HostState.issued, HostState.lifted)

FITTING: dict[HostItem, tuple[HostState, ...]] = {
    HostItem.stay: (HostState.ended,),
    HostItem.release_order: _PERMISSION,
    HostItem.exit_permit: _PERMISSION,
    HostItem.overstay_fine: (HostState.asked, HostState.paid, HostState.waived),
    HostItem.deportation_order: _MEASURE,
    HostItem.ban: _MEASURE,
}
"""Which states each may be in."""


class HostRecord(Row, table=True):
    """What was heard about one of these; rows are only added, and the latest of each counts."""

    __tablename__ = "host_record"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    item: HostItem = Field(sa_type=word(HostItem))
    state: HostState = Field(sa_type=word(HostState))
    told_by: str
    """Who said so, by office: immigration at the airport, the provincial police."""
    told_at: pendulum.DateTime = Field(sa_type=Moment)
    ended_on: date | None = None
    """Of a stay: the last day of the permission, by the host country's calendar."""
    valid_until: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    """From this moment on it says nothing any more."""
    number_sealed: bytes | None = None
    recorded_at: pendulum.DateTime = Field(sa_type=Moment)
    recorded_by: str = Field(foreign_key="officer.number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A release order or an exit permit, as far as it is known."""

    state: HostState | None = None
    number: str | None = None
    valid_until: pendulum.DateTime | None = None


def together(recorded: Leave, answered: Leave) -> Leave:
    """Return what officers wrote down and what the authority answered as one; a refusal by either counts."""
    states = (recorded.state, answered.state)
    if HostState.refused in states:
        return Leave(state=HostState.refused)
    ends = [leave.valid_until for leave in (recorded, answered) if leave.valid_until is not None]
    # What is granted on paper first holds while the authority's own system still says pending.
    state = HostState.granted if HostState.granted in states else recorded.state or answered.state
    return Leave(state=state, number=recorded.number or answered.number, valid_until=min(ends, default=None))


def what_bars_leaving(
    permit: Leave, order: Leave, *, host_status: HostStatus, departs_at: pendulum.DateTime
) -> str | None:
    """Return why the person cannot leave by this departure, in one sentence that says what to do; None if they can."""
    needed = [("exit permit", permit)]
    if host_status is HostStatus.detained:
        needed.insert(0, ("release order of the detained person", order))
    for name, leave in needed:
        if leave.state is not HostState.granted or leave.number is None:
            so = leave.state.value if leave.state and leave.state is not HostState.granted else "not on record"
            return f"The {name} is {so}; obtain it, write it down with `homeward case host`, then go on."
        if leave.valid_until is not None and departs_at >= leave.valid_until:
            return f"The {name} lapses before the departure; have it extended and write that down, or change the seats."
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class FineRate:
    """What a day of overstay costs in a country, from a day on."""

    amount: Decimal
    currency: str
    source: str
    since: date


def fine_by(ended_on: date, *, leaves_on: date, rates: Sequence[FineRate]) -> Money | None:
    """
    Return the overstay fine a person has run up on the day they leave; None where no rate is known for that day.

    The last day of the permission costs nothing, the day of leaving counts. The rate of the day of leaving is taken
    for all days, since it is demanded then.
    """
    known = [rate for rate in rates if rate.since <= leaves_on]
    if not known:
        return None
    rate = max(known, key=lambda each: each.since)
    days = max(0, (leaves_on - ended_on).days)
    return Money.parse(f"{rate.amount * days:f}", rate.currency)


def fine_to_expect(state: HostState | None, *, computed: Money | None, stated: Money) -> Money | None:
    """
    Return the fine that is still to be paid by departure; None where it is paid, waived or nothing.

    What the authority states is what is due today, what we compute is what will be due: of the two the larger.
    """
    if state in (HostState.paid, HostState.waived):
        return None
    fines = [fine for fine in (computed, stated) if fine is not None and fine.amount_minor > 0]
    if len({fine.currency for fine in fines}) > 1:
        # Stated in another currency than our rate's: the authority says what it takes.
        return stated
    return max(fines, key=lambda fine: fine.amount_minor, default=None)


def words(
    permit: Leave,
    order: Leave,
    *,
    host_status: HostStatus,
    fine: Money | None,
    fine_state: HostState | None,
    imposed: Sequence[HostItem] = (),
) -> str:
    """Return the state of everything as a funding officer reads it: risks, and no condition."""
    parts = [_leave_words("exit permit", permit)]
    if host_status is HostStatus.detained:
        parts.append(_leave_words("release order", order))
    if fine is not None:
        parts.append(f"fine of {fine} by departure")
    elif fine_state is not None:
        parts.append(f"fine {fine_state.value}")
    parts += [f"{item.value.replace('-', ' ')} issued" for item in imposed]
    return "; ".join(parts)


def _leave_words(name: str, leave: Leave) -> str:
    if leave.state is not HostState.granted:
        return f"{name} {'REFUSED' if leave.state is HostState.refused else 'not granted yet'}"
    number = f" {leave.number}" if leave.number else ""
    until = f" until {leave.valid_until:%Y-%m-%d %H:%M} UTC" if leave.valid_until else ""
    return f"{name} granted{number}{until}"
