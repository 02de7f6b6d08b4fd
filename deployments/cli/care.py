"""`homeward case clearance`, `pressure` and `end-care`: fit to fly, how soon, and when nobody waits any more."""

from typing import Annotated

import typer

from deployments.cli.terminal import AsJson, Reference, clear, moment, on_duty, show
from models.case import CareEnd
from models.officer import Duty
from models.triage import Pressure
from tasks import aftercare, care, doorbell, triage


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


@clear
def end_care(
    reference: Reference,
    reason: Annotated[CareEnd, typer.Argument(help="Why nothing more is to be done.")],
    as_json: AsJson = False,
) -> None:
    """After a journey was stopped: nobody waits to hear of the person any more, and why."""
    officer = on_duty(Duty.run_the_case)
    aftercare.end_care(reference, reason=reason, officer=officer.number)
    show({"reference": reference, "reason": reason.value}, as_json=as_json, words=f"Care for {reference} has ended.")
