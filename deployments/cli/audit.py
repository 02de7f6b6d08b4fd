"""`homeward audit …`."""

import typer

from deployments.cli.terminal import REFUSED, AsJson, clear, fail, on_duty, show
from models.officer import Duty
from tasks import seals

app = typer.Typer(no_args_is_help=True, help="The audit trail.")


@app.command()
@clear
def verify(as_json: AsJson = False) -> None:
    """Check the whole chain and its seals, and name the first broken link."""
    found = seals.check()
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
