"""`homeward case host`: what the host country says about leaving."""

from datetime import date
from typing import Annotated

import typer

from deployments.cli.terminal import BAD_INPUT, AsJson, Reference, clear, fail, moment, on_duty, show
from models.host_clearance import HostItem, HostState
from models.officer import Duty
from tasks import doorbell, host_clearance


@clear
def host(
    reference: Reference,
    item: Annotated[HostItem, typer.Argument(help="What it is about.")],
    state: Annotated[HostState, typer.Option(help="How it stands.")],
    told_by: Annotated[str, typer.Option(help="Which office said so.")],
    told_at: Annotated[str | None, typer.Option(help="When, RFC 3339; now unless told.")] = None,
    valid_until: Annotated[str | None, typer.Option(help="Until when a permit or order holds, RFC 3339.")] = None,
    number: Annotated[str | None, typer.Option(help="Number on a granted permit or order; kept sealed.")] = None,
    ended_on: Annotated[str | None, typer.Option(help="Of a stay: its last day, 2026-10-01.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write down what the host country says about leaving: permits, orders, the fine, a ban."""
    officer = on_duty(Duty.run_the_case)
    host_clearance.record(
        reference, item, state=state, told_by=told_by, told_at=moment(told_at), number=number,
        valid_until=None if valid_until is None else moment(valid_until), ended_on=_day(ended_on),
        officer=officer.number,
    )  # fmt: skip
    doorbell.wake(reference)
    words = f"Recorded for {reference}: {item.value} {state.value}."
    show({"reference": reference, "item": item.value, "state": state.value}, as_json=as_json, words=words)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail("The last day of a stay is written like 2026-10-01.", BAD_INPUT)
