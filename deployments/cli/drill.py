"""`homeward drill`: a rehearsal on a stack of its own, with a report as PDF and JSON."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from deployments.cli.terminal import BAD_INPUT, REFUSED, AsJson, clear, fail
from deployments.drill import cast, ground, rehearsal, trouble
from tasks.papers import drill_report
from tasks.settings import Mode, purpose

_MOST = 3000


@clear
def drill(
    people: Annotated[int, typer.Option(min=1, max=_MOST, help="How many synthetic people are to come home.")] = 10,
    faults: Annotated[
        int | None, typer.Option(metavar="SEED", help="Let partners fail, drawn from this seed; 0 draws one.")
    ] = None,
    kills: Annotated[int, typer.Option(min=0, max=1000, help="So many processes are killed.")] = 0,
    lose_disk: Annotated[
        bool, typer.Option("--lose-disk", help="In the middle the databases are deleted and restored from a backup.")
    ] = False,
    to: Annotated[Path, typer.Option(help="Folder for the report.")] = Path("out"),
    as_json: AsJson = False,
) -> None:
    """Rehearse: people from a field list to home on a fresh stack, by scripted officers, with a timed report."""
    if purpose() is Mode.live:
        fail("A drill makes synthetic people and kills processes; run it where HOMEWARD_MODE is drill.", REFUSED)
    seed = faults or secrets.randbelow(10**6) + 1

    def tell(line: str) -> None:
        typer.echo(line, err=as_json)

    try:
        cast.drawn(people, seed=seed)
        tell(f"Drill of {people}, seed {seed}: starting a stack of its own …")
        with ground.fresh("drill", quiet=True, archives=lose_disk) as var:
            processes = trouble.victims(var / "run")
            to_come = trouble.plan(
                seed, people=people, faults=faults is not None, kills=kills, among=processes, loses_disk=lose_disk
            )
            found = rehearsal.rehearse(people, seed=seed, to_come=to_come, processes=processes, var=var, tell=tell)
    except cast.TooFew as few:
        fail(str(few), BAD_INPUT)
    except ground.NotStarted as refused:
        raise typer.Exit(refused.code) from None
    to.mkdir(parents=True, exist_ok=True)
    text = rehearsal.as_json(found)
    (to / f"{found.operation}.json").write_text(text)
    (to / f"{found.operation}.pdf").write_bytes(drill_report.render(found))
    if as_json:
        typer.echo(text)
    else:
        typer.echo(f"\n{len(found.home_s)} of {people} home in {found.lasted_s:.0f} s, {len(found.waiting)} wait.")
        for promise in found.promises:
            typer.echo(f"  {'holds ' if promise.holds else 'BROKEN'}  {promise.words}: {promise.found}")
        typer.echo(f"\nReport: {to / found.operation}.pdf and .json")
    if not found.holds:
        raise typer.Exit(REFUSED)
