"""The host country: what it says about leaving."""

from pydantic import BaseModel

from deployments.desk.acts.act import Act, Group
from deployments.desk.blanks import Day, LocalMoment, blank
from models.host_clearance import HostItem, HostState
from models.officer import Duty, Officer
from tasks import host_clearance
from tasks.clock import now


class Said(BaseModel):
    """What an office of the host country said."""

    item: HostItem = blank("What it is about")
    state: HostState = blank(
        "How it stands",
        hint="a permit or release order is asked, granted or refused; a fine asked, paid or waived; an order or a ban "
        "issued or lifted; a stay ended",
    )
    told_by: str = blank("Which office said so", longest=80)
    told_at: LocalMoment | None = blank("When, by the mission's clock; empty means now", optional=True)
    number: str | None = blank("Number on a granted permit or order; sealed", optional=True, longest=40)
    valid_until: LocalMoment | None = blank("Until when a granted permit or order holds, likewise", optional=True)
    ended_on: Day | None = blank("Of a stay: its last day", optional=True)


def _record(reference: str, typed: Said, officer: Officer) -> None:
    host_clearance.record(
        reference, typed.item, state=typed.state, told_by=typed.told_by, told_at=typed.told_at or now(),
        number=typed.number, valid_until=typed.valid_until, ended_on=typed.ended_on, officer=officer.number,
    )  # fmt: skip


ACTS = (
    Act(
        name="host", group=Group.host_country, heading="Permits, orders, the fine, a ban", duty=Duty.run_the_case,
        form=Said, help="What the host country says about leaving; a refusal before boarding stops the journey.",
        carry_out=_record,
    ),
)  # fmt: skip
