"""`homeward case clearance` and `pressure`: whether a patient may fly, and how soon somebody must."""

from typing import Annotated

import typer

from deployments.cli.terminal import AsJson, Reference, clear, moment, on_duty, show
from models.officer import Duty
from models.triage import Pressure
from tasks import care, doorbell, triage


@clear
def clearance(
    reference: Reference,
    valid_until: Annotated[str, typer.Option(help="Until when it holds, RFC 3339.")],
    by: Annotated[str, typer.Option(help="By what office it was found, for example: medical officer.")],
    examined_at: Annotated[str | None, typer.Option(help="When, RFC 3339; now unless told.")] = None,
    unfit: Annotated[bool, typer.Option("--unfit", help="The person must not fly.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write down whether a patient is cleared to fly, and until when."""
    officer = on_duty(Duty.attend_to_the_person)
    until = moment(valid_until)
    care.clear_to_fly(
        reference, fit=not unfit, given_by=by, examined_at=moment(examined_at), valid_until=until,
        officer=officer.number,
    )  # fmt: skip
    doorbell.wake(reference)
    said = "not fit to fly" if unfit else f"fit to fly until {until:%Y-%m-%d %H:%M} UTC"
    show({"reference": reference, "fit": not unfit}, as_json=as_json, words=f"Recorded for {reference}: {said}.")


@clear
def pressure(
    reference: Reference,
    pressure: Annotated[Pressure, typer.Argument(help="What makes the case urgent.")],
    until: Annotated[
        str | None, typer.Option(help="When it comes to a head, RFC 3339; a warrant's clock has one.")
    ] = None,
    over: Annotated[bool, typer.Option("--over", help="It presses no longer.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write down what makes a case urgent that nothing else on file says; the list of cases goes by it."""
    officer = on_duty(Duty.attend_to_the_person)
    ends = None if until is None else moment(until)
    triage.note_pressure(reference, pressure, is_over=over, until=ends, officer=officer.number)
    show({"reference": reference}, as_json=as_json, words=f"Recorded for {reference}.")
