"""`homeward case clearance`: whether a patient may fly."""

from typing import Annotated

import typer

from deployments.cli.terminal import AsJson, Reference, clear, moment, on_duty, show
from models.officer import Duty
from tasks import care, doorbell


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
