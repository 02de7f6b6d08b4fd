"""The commands, put together."""

from typing import Annotated

import typer

from deployments.cli import (
    alarms,
    audit,
    backup,
    by_hand,
    care,
    case,
    decide,
    documents,
    drill,
    duplicates,
    escorts,
    host,
    identity,
    intake,
    mandate,
    manifest,
    officer,
    operation,
    person,
    record,
    report,
    signer,
    stack,
    stock,
)
from deployments.cli.terminal import BAD_INPUT, DOOR, AsJson, clear, fail, show
from deployments.stack.ground import write_private
from tasks import officers
from tasks.settings import Location

app = typer.Typer(
    name="homeward", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Bring rescued citizens home.",
)  # fmt: skip
app.add_typer(case.app, name="case")
app.add_typer(documents.app, name="documents")
stock.add_to(documents.app)
app.add_typer(officer.app, name="officers")
app.add_typer(audit.app, name="audit")
app.add_typer(signer.app, name="signer")
app.add_typer(escorts.app, name="escorts")
app.add_typer(operation.app, name="operation")
app.add_typer(report.app, name="report")
case.app.command("together")(escorts.together)
case.app.command("clearance")(care.clearance)
case.app.command("pressure")(care.pressure)
case.app.command("end-care")(care.end_care)
case.app.command("book")(by_hand.book)
case.app.command("unbook")(by_hand.unbook)
case.app.command("proof")(by_hand.proof)
documents.app.command("manifest")(manifest.manifest)
app.command("intake")(intake.intake)
case.app.command("start")(intake.start)
case.app.command("duplicates")(duplicates.duplicates)
case.app.command("merge")(duplicates.merge)
case.app.command("unmerge")(duplicates.unmerge)
case.app.command("check")(identity.check)
case.app.command("inform")(identity.inform)
case.app.command("nationality")(identity.nationality)
case.app.command("referral")(identity.referral)
case.app.command("request")(identity.request)
case.app.command("host")(host.host)
case.app.command("export")(record.export)
case.app.command("erase")(record.erase)
case.app.command("category")(person.category)
case.app.command("categories")(person.categories)
case.app.command("best-interest")(person.best_interest)
app.add_typer(person.screenings, name="screening")
app.add_typer(person.contacts, name="contact")
app.add_typer(person.representatives, name="representative")
app.command("up")(stack.up)
app.command("down")(stack.down)
app.command("inbox")(decide.inbox)
app.command("decide")(decide.decide)
app.command("sheets")(decide.sheets)
app.command("sign")(decide.sign)
app.command("unsigned")(mandate.unsigned)
app.command("countersign")(mandate.countersign)
app.command("policy")(mandate.show_policy)
app.add_typer(mandate.app, name="authority")
app.command("alarms")(alarms.alarms)
app.command("drill")(drill.drill)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)


@app.command()
@clear
def login(
    officer: Annotated[str, typer.Option(help="Officer number, for example O-07.")],
    code: Annotated[str, typer.Option(help="One-time code from the officer's authenticator.")],
    as_json: AsJson = False,
) -> None:
    """Sign in at this command line for eight hours."""
    proved, _ = officers.prove(officer, code, on="sign-in")
    write_private(Location().cli_session_file, officers.open_session(proved, door=DOOR))
    facts = {"officer": proved.number, "name": proved.name, "roles": proved.roles}
    show(facts, as_json=as_json, words=f"{proved.number} {proved.name} is signed in: {', '.join(proved.roles)}.")


@app.command()
@clear
def logout(as_json: AsJson = False) -> None:
    """Sign out at this command line."""
    file = Location().cli_session_file
    if file.exists():
        officers.close_session(file.read_text().strip())
        file.unlink()
    show({"signed_in": False}, as_json=as_json, words="Signed out.")


def main() -> None:
    """Run the command line."""
    try:
        app()
    except KeyboardInterrupt:
        fail("Interrupted.", BAD_INPUT)
