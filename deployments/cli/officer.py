"""`homeward officers …`."""

import io
from typing import Annotated

import segno
import typer

from deployments.cli.terminal import BAD_INPUT, AsJson, clear, fail, on_duty, show, signed_in, table
from models.officer import Duty, Role
from tasks import messages, officers

Email = Annotated[str | None, typer.Option(help="Mail address messages go to; empty takes it away.")]
Notify = Annotated[
    str | None, typer.Option(help="Notification address of apprise, for example tgram://…; empty takes it away.")
]

app = typer.Typer(no_args_is_help=True, help="Officers: who may decide what.")


@app.command()
@clear
def add(
    name: Annotated[str, typer.Option(help="Name, or the desk the officer number stands for.")],
    agency: Annotated[str, typer.Option(help="Agency, for example Ministry of Foreign Affairs.")],
    role: Annotated[list[Role], typer.Option(help="A role; give the option once for each.")],
    country: Annotated[
        str | None, typer.Option(help="Of a host liaison: the country they serve, for example KHM.")
    ] = None,
    police: Annotated[bool, typer.Option("--police", help="An agency that investigates or prosecutes.")] = False,
    email: Email = None,
    notify: Notify = None,
    as_json: AsJson = False,
) -> None:
    """Add an officer; the password and the enrolment code are shown once, now."""
    first = not officers.listed()
    if first and set(role) != {Role.registrar}:
        fail("The first officer is a registrar, who enrols the others; give --role registrar alone.", BAD_INPUT)
    by = "first-officer" if first else on_duty(Duty.enrol).number
    messages.refuse_odd(email=email, notify=notify)
    enrolment = officers.add(name=name, agency=agency, roles=role, country=country, police=police, by=by)
    if email or notify:
        messages.reach(enrolment.officer.number, email=email, notify=notify, by=by)
    facts = {
        "number": enrolment.officer.number,
        "password": enrolment.password,
        "enrolment_code": enrolment.totp_secret,
        "provisioning_uri": enrolment.provisioning_uri,
    }
    words = (
        f"{enrolment.officer.number} {name}: {', '.join(enrolment.officer.roles)}\n"
        f"  password        {enrolment.password}\n"
        f"  enrolment code  {enrolment.totp_secret}\n"
        "Shown once. Type the enrolment code into an authenticator, or have it read this:\n"
        f"{_qr(enrolment.provisioning_uri)}"
    )
    show(facts, as_json=as_json, words=words)


def _qr(address: str) -> str:
    """Return a QR code as half blocks, which a telephone reads off a dark screen as off a light one."""
    drawn = io.StringIO()
    segno.make(address, error="m").terminal(drawn, compact=True, border=2)
    return drawn.getvalue()


@app.command()
@clear
def reach(
    number: Annotated[str, typer.Argument(metavar="OFFICER", help="Officer number.")],
    email: Email = None,
    notify: Notify = None,
    reports: Annotated[
        bool | None, typer.Option("--reports/--no-reports", help="Tell them when a situation report is ready, or not.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say where messages reach an officer: by a registrar, or by the officer for themselves."""
    if email is None and notify is None and reports is None:
        fail("Give --email, --notify or --reports.", BAD_INPUT)
    officer = signed_in()
    by = officer if officer.number == number else on_duty(Duty.enrol)
    if email is not None or notify is not None:
        messages.reach(number, email=email, notify=notify, by=by.number)
    if reports is not None:
        messages.read_reports(number, tell=reports, by=by.number)
    ways = messages.reached_by().get(number, [])
    words = f"{number} is reached by {' and '.join(ways)}." if ways else f"Messages do not reach {number}."
    show({"number": number, "reached_by": ways}, as_json=as_json, words=words)


@app.command("list")
@clear
def list_(as_json: AsJson = False) -> None:
    """List the officers with their roles and by which ways messages reach them."""
    rows = table("Officer", "Name", "Agency", "Roles", "Reached by")
    found, reached = officers.listed(), messages.reached_by()
    for officer in found:
        ways = ", ".join(reached.get(officer.number, []))
        serves = f"{officer.agency} ({officer.country})" if officer.country else officer.agency
        rows.add_row(officer.number, officer.name, serves, ", ".join(officer.roles), ways)
    facts = [
        {"number": o.number, "name": o.name, "agency": o.agency, "country": o.country, "roles": o.roles,
         "reached_by": reached.get(o.number, [])}
        for o in found
    ]  # fmt: skip
    show(facts, as_json=as_json, words=rows)


@app.command()
@clear
def code(
    number: Annotated[str, typer.Argument(metavar="OFFICER", help="Officer number.")],
    as_json: AsJson = False,
) -> None:
    """Show a fresh code of a synthetic officer; in a drill only."""
    fresh = officers.drill_code(number)
    show({"officer": number, "code": fresh}, as_json=as_json, words=fresh)
