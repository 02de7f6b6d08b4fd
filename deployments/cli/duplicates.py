"""`homeward case duplicates`, `merge` and `unmerge`: two cases that may be one person's."""

from dataclasses import asdict
from typing import Annotated

import typer

from deployments.cli.terminal import AsJson, Reference, clear, on_duty, show, table
from models.officer import Duty
from tasks import doorbell, engine, merging
from tasks import duplicates as found

_Kept = Annotated[str, typer.Argument(metavar="KEEP", help="The case that goes on.")]
_Dropped = Annotated[str, typer.Argument(metavar="DROP", help="The case that becomes another report of the person.")]


@clear
def duplicates(as_json: AsJson = False) -> None:
    """List open cases that may be of one person; look at two with `homeward case merge KEEP DROP`."""
    on_duty(Duty.run_the_case)
    pairs = found.proposed()
    rows = table("Case", "May be", "Because")
    for pair in pairs:
        rows.add_row(pair.second, pair.first, ", ".join(pair.signs))
    facts = [{"case": pair.second, "may_be": pair.first, "because": list(pair.signs)} for pair in pairs]
    show(facts, as_json=as_json, words=rows if pairs else "No two open cases look like one person.")


@clear
def merge(
    kept: _Kept,
    dropped: _Dropped,
    reason: Annotated[
        str | None, typer.Option(help="Why they are one person; kept sealed. Without it both are only shown.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show two cases side by side and, with --reason, let the facts of the second count for the first."""
    officer = on_duty(Duty.run_the_case)
    sides = merging.side_by_side(kept, dropped, reader=officer.number)
    if reason is not None:
        running = merging.merge(kept, dropped, reason=reason, officer=officer.number)
        if running is not None:
            # Its run wakes, finds that the case is merged, and ends.
            engine.ring(running)
        doorbell.wake(kept)
    if as_json:
        show(
            {"kept": asdict(sides[0]), "dropped": asdict(sides[1]), "merged": reason is not None},
            as_json=True,
            words="",
        )
        return
    rows = table("", f"{kept} ({sides[0].status})", f"{dropped} ({sides[1].status})", "")
    for caption, fact in sides[0].facts.items():
        other = sides[1].facts[caption]
        rows.add_row(caption, fact or "–", other or "–", "differs" if fact and other and fact != other else "")
    show(None, as_json=False, words=rows)
    merged = f"{dropped} is merged into {kept}; `homeward case unmerge {dropped}` undoes it."
    asked = f"If they are one person: `homeward case merge {kept} {dropped} --reason …`"
    show(None, as_json=False, words=asked if reason is None else merged)


@clear
def unmerge(reference: Reference, as_json: AsJson = False) -> None:
    """Let a merged case be one of its own again, exactly as it was; a journey it had begun begins again."""
    officer = on_duty(Duty.run_the_case)
    kept, had_journey = merging.unmerge(reference, officer=officer.number)
    doorbell.wake(kept)
    if had_journey:
        doorbell.start(reference)
    facts = {"reference": reference, "separated_from": kept, "started": had_journey}
    show(facts, as_json=as_json, words=f"{reference} is a case of its own again, separated from {kept}.")
