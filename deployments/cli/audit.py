"""`homeward audit …`."""

import re
from typing import Annotated

import typer
from rich.console import Group

from deployments.cli.terminal import BAD_INPUT, REFUSED, AsJson, Reference, clear, fail, on_duty, show, table
from models.audit import TOLD
from models.case import HOME_ZONE, local_zone
from models.officer import Duty
from tasks import readers, seals
from tasks.readers import Look

app = typer.Typer(no_args_is_help=True, help="The audit trail.")


@app.command()
@clear
def verify(
    key: Annotated[
        str | None, typer.Option(metavar="KEY", help="A public key of the sealer, as the ministry published it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check the whole chain and its seals, and name the first broken link."""
    if key is not None and not re.fullmatch(r"\s*[0-9A-Fa-f]{64}\s*", key):
        fail("A public key of the sealer is 64 hexadecimal digits; copy it whole.", BAD_INPUT)
    found = seals.check(expected_key=key)
    facts = {
        "events": found.events,
        "seals": found.seals,
        "sealed_to": found.sealed_to,
        "first_broken": found.first_broken,
        "fault": found.fault,
    }
    sealed = f"{found.seals} seals fit it, up to event {found.sealed_to}" if found.seals else "nothing is sealed yet"
    if as_json or found.fault is None:
        show(facts, as_json=as_json, words=f"The chain of {found.events} events holds; {sealed}.")
    if found.fault is not None:
        fail(f"The chain is broken: {found.fault}.", REFUSED)


@app.command()
@clear
def seal(as_json: AsJson = False) -> None:
    """Have the newest event sealed now, as happens by itself every night."""
    officer = on_duty(Duty.run_the_case)
    made = seals.seal_chain(actor=officer.number)
    facts = {"seq": made.seq, "hash": made.hash, "sealed_at": made.sealed_at}
    show(facts, as_json=as_json, words=f"Sealed up to event {made.seq}.")


@app.command()
@clear
def who(reference: Reference, as_json: AsJson = False) -> None:
    """Show who looked at this person, when, what for and through which door, and what partners were told; audited."""
    officer = on_duty(Duty.run_the_case)
    looks = readers.who_looked(reference, reader=officer)
    facts = [
        {
            "officer": look.officer,
            "name": look.name,
            "at": look.at.to_iso8601_string(),
            "local": look.at.in_timezone(local_zone(reference)).to_iso8601_string(),
            "seoul": look.at.in_timezone(HOME_ZONE).to_iso8601_string(),
            "what": look.action,
            "purpose": look.purpose,
            "door": look.door,
            "told": list(look.told),
        }
        for look in looks
    ]
    nobody = f"Nobody has looked at the person of {reference} yet."
    show(facts, as_json=as_json, words=_tables(reference, looks) if looks else nobody)


def _tables(reference: str, looks: list[Look]) -> Group:
    """Return who looked, and below it what partners were told."""
    seen = table("Officer", "Name", "Local time", "Seoul", "What", "Purpose", "Door")
    given = table("Partner", "Local time", "Seoul", "Step", "Fields given")
    for look in looks:
        when = [f"{look.at.in_timezone(zone):%Y-%m-%d %H:%M}" for zone in (local_zone(reference), HOME_ZONE)]
        if look.action == TOLD:
            given.add_row(look.name, *when, look.purpose, ", ".join(look.told))
        else:
            seen.add_row(look.officer, look.name, *when, look.action, look.purpose, look.door)
    return Group(*(rows for rows in (seen, given) if rows.row_count))
