"""`homeward documents manifest`: the passenger list of one flight."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from deployments.cli.terminal import BAD_INPUT, AsJson, clear, fail, on_duty, show
from models.officer import Duty
from models.paxlst import NotWritable
from tasks import manifests
from tasks.manifests import Form
from tasks.partners.errors import PartnerError


@clear
def manifest(
    flight: Annotated[str, typer.Argument(metavar="FLIGHT", help="Flight number, for example KE690.")],
    on: Annotated[str, typer.Option(help="Local date of departure, for example 2026-12-01.")],
    to: Annotated[Path, typer.Option(help="Folder the list is written to.")] = Path("out"),
    form: Annotated[
        list[Form] | None, typer.Option("--format", help="pdf, csv or edi (UN/EDIFACT PAXLST); all unless told.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the passenger list of one flight, for whoever flies it and whoever meets it."""
    officer = on_duty(Duty.read_manifests)
    try:
        day = date.fromisoformat(on)
    except ValueError:
        fail(f"{on!r} is not a day; write it like 2026-12-01.", BAD_INPUT)
    try:
        found = manifests.listed(flight, day, reader=officer)
        files = {each: manifests.rendered(found.manifest, each) for each in form or list(Form)}
    except PartnerError as failed:
        fail(f"The {failed}, so nobody knows who is on the flight; try again.", 1)
    except NotWritable as wrong:
        fail(f"PAXLST cannot be written. {wrong} Leave edi out with --format pdf --format csv.", 1)
    saved = []
    try:
        to.mkdir(parents=True, exist_ok=True)
        for each, content in files.items():
            file = to / f"{found.manifest.flight_number}-{day.isoformat()}-manifest.{each.value}"
            part = file.with_name(f"{file.name}.part")
            part.write_bytes(content)
            part.replace(file)
            saved.append(str(file))
    except OSError as failed:
        fail(f"{to} cannot be written to ({failed.strerror}); choose another folder with --to.", BAD_INPUT)
    people = len(found.manifest.passengers)
    words = [f"{people} on {found.manifest.flight_number} of {day.isoformat()}:", *saved]
    words += [f"NOT on the list: {each.reference}, {each.why}" for each in found.absent]
    facts = {
        "flight": found.manifest.flight_number,
        "on": day.isoformat(),
        "passengers": [each.reference for each in found.manifest.passengers],
        "absent": [{"reference": each.reference, "why": each.why} for each in found.absent],
        "files": saved,
    }
    show(facts, as_json=as_json, words="\n".join(words))
