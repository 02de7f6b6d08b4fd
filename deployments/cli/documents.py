"""`homeward documents …`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from deployments.cli.terminal import BAD_INPUT, AsJson, Reference, clear, fail, on_duty, show, signed_in, table
from deployments.cli.verify import verify
from deployments.stack.first_day import specimen_numbers
from models.instrument import Instrument
from models.officer import Duty
from tasks import corrections, document_rules, exits, paperwork
from tasks.document_rules import COLUMNS
from tasks.settings import Mode, settings

app = typer.Typer(no_args_is_help=True, help="Papers of a case, and the stock of document numbers.")
app.command("verify")(verify)


class Bears(StrEnum):
    """What bears a number, as typed."""

    sheet = "travel-certificate"
    booklet = "emergency-passport"


_INSTRUMENTS = {Bears.sheet: Instrument.travel_certificate, Bears.booklet: Instrument.emergency_passport}


@app.command("list")
@clear
def list_(reference: Reference, as_json: AsJson = False) -> None:
    """List the papers of a case: kind, number, SHA-256, status."""
    officer = signed_in()
    papers = paperwork.listed_for(officer, reference)
    status = paperwork.document_status(reference)
    rows = table("Kind", "Number", "Version", "SHA-256", "Status")
    facts = []
    for paper in papers:
        state = status if paper.kind.is_travel_document else "current"
        rows.add_row(paper.kind.value, paper.number or "", str(paper.version), paper.sha256[:16], state)
        facts.append(
            {
                "kind": paper.kind.value,
                "number": paper.number,
                "version": paper.version,
                "sha256": paper.sha256,
                "status": state,
            }
        )
    for kind, why in paperwork.not_made(officer, reference).items():
        rows.add_row(kind.value, "", "", "", why)
    show(
        facts,
        as_json=as_json,
        words=rows if rows.row_count else f"Case {reference} has no paper for {officer.number} yet.",
    )


@app.command()
@clear
def save(
    reference: Reference,
    to: Annotated[Path, typer.Option(help="Folder the papers are written to.")] = Path("out"),
    as_json: AsJson = False,
) -> None:
    """Write every paper of a case that the officer's duty needs as a PDF."""
    officer = signed_in()
    saved = []
    for paper in paperwork.listed_for(officer, reference):
        found = paperwork.read(reference, paper.kind, officer=officer)
        if found is None:
            continue
        file = to / f"{reference}-{paper.kind.value}.pdf"
        try:
            to.mkdir(parents=True, exist_ok=True)
            part = file.with_suffix(".part")
            part.write_bytes(found[1])
            part.replace(file)
        except OSError as failed:
            fail(f"{file} cannot be written ({failed.strerror}); choose another folder with --to.", BAD_INPUT)
        saved.append({"kind": paper.kind.value, "file": str(file), "sha256": paper.sha256})
    words = "\n".join(each["file"] for each in saved) or f"Case {reference} has no paper for {officer.number} yet."
    show(saved, as_json=as_json, words=words)


@app.command("exits")
@clear
def exits_(as_json: AsJson = False) -> None:
    """List who leaves the host country when, and on which document; for host liaisons and coordinators."""
    found = exits.exits(signed_in())
    rows = table("Departs", "Port", "Flight", "Document", "Case")
    for leaving in found:
        rows.add_row(leaving.local_words, leaving.port, leaving.flight, leaving.document, leaving.reference)
    facts = [
        {
            "reference": leaving.reference,
            "document": leaving.document,
            "flight": leaving.flight,
            "port": leaving.port,
            "departs_at": leaving.departs_at.to_iso8601_string(),
        }
        for leaving in found
    ]
    show(facts, as_json=as_json, words=rows if found else "Nobody leaves on a released document now.")


@app.command()
@clear
def rules(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=f"CSV with the columns {', '.join(COLUMNS)}.")],
    as_json: AsJson = False,
) -> None:
    """Load where documents are accepted, with source and date; it counts beside the document check from now on."""
    officer = on_duty(Duty.run_the_case)
    try:
        loaded = document_rules.load(file, officer=officer)
    except ValueError as wrong:
        fail(str(wrong), BAD_INPUT)
    show({"loaded": loaded}, as_json=as_json, words=f"{loaded} rules are loaded.")


@app.command()
@clear
def receive(
    mission: Annotated[str, typer.Option(help="Country of the mission, for example KHM.")],
    numbers: Annotated[Path | None, typer.Option(help="File with one document number a line.")] = None,
    specimens: Annotated[int, typer.Option(min=0, max=10_000, help="In a drill: make so many specimen numbers.")] = 0,
    instrument: Annotated[
        Bears, typer.Option(help="What bears them: sheets, or booklets for emergency passports.")
    ] = Bears.sheet,
    as_json: AsJson = False,
) -> None:
    """Receive document numbers into a mission's stock; in live mode they come from the printer's list."""
    officer = on_duty(Duty.enrol)
    if (numbers is None) == (specimens == 0):
        fail("Give either --numbers FILE or, in a drill, --specimens COUNT.", BAD_INPUT)
    if numbers is None and settings().mode is Mode.live:
        fail("Specimen numbers are for drills; give the printer's list with --numbers FILE.", BAD_INPUT)
    try:
        received = specimen_numbers(specimens) if numbers is None else set(numbers.read_text().split())
    except (OSError, UnicodeDecodeError):
        fail(f"{numbers} cannot be read; give a text file with one number a line.", BAD_INPUT)
    added = corrections.receive_numbers(
        mission, sorted(received), instrument=_INSTRUMENTS[instrument], officer=officer.number
    )
    facts = {"mission": mission, "instrument": instrument.value, "received": added}
    words = f"{added} numbers for a {instrument.value.replace('-', ' ')} are in stock at {mission}."
    show(facts, as_json=as_json, words=words)
