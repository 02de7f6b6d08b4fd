"""`homeward officers …`."""

import io
from typing import Annotated

import segno
import typer

from deployments.cli.terminal import BAD_INPUT, AsJson, clear, fail, on_duty, show, signed_in, table
from models.officer import Duty, OfficerIdentity, Role
from tasks import identities, messages, officers
from tasks.settings import openid

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


@app.command()
@clear
def bind(
    number: Annotated[str, typer.Argument(metavar="OFFICER", help="Officer number.")],
    account: Annotated[str, typer.Option(help="Identifier of the account, as the provider gives it.")],
    as_json: AsJson = False,
) -> None:
    """Say which account at the identity provider is an officer's; the first time they confirm it with a code."""
    registrar = on_duty(Duty.enrol)
    identities.bind(number, account, by=registrar.number)
    words = f"The account is bound to {number}; it signs them in once they have confirmed it with a code."
    show({"number": number, "account": "bound"}, as_json=as_json, words=words)


@app.command()
@clear
def unbind(
    number: Annotated[str, typer.Argument(metavar="OFFICER", help="Officer number.")],
    as_json: AsJson = False,
) -> None:
    """Take an officer's account at the identity provider away; they are signed out of the desk."""
    registrar = on_duty(Duty.enrol)
    identities.unbind(number, by=registrar.number)
    words = f"No account signs {number} in any more; password and code still do."
    show({"number": number, "account": None}, as_json=as_json, words=words)


def _account(identity: OfficerIdentity | None) -> str | None:
    """Return how far an officer's account is: bound by a registrar, or confirmed by the officer too."""
    if identity is None:
        return None
    return "bound" if identity.agreed_at is None else "confirmed"


@app.command("list")
@clear
def list_(as_json: AsJson = False) -> None:
    """List the officers with their roles and by which ways messages reach them."""
    # Only where there is a provider: elsewhere nobody has heard of accounts.
    bound = identities.bound() if openid() is not None else None
    rows = table("Officer", "Name", "Agency", "Roles", "Reached by", *(["Account"] if bound is not None else []))
    found, reached = officers.listed(), messages.reached_by()
    for officer in found:
        ways = ", ".join(reached.get(officer.number, []))
        serves = f"{officer.agency} ({officer.country})" if officer.country else officer.agency
        account = [_account(bound.get(officer.number)) or ""] if bound is not None else []
        rows.add_row(officer.number, officer.name, serves, ", ".join(officer.roles), ways, *account)
    facts = [
        {"number": o.number, "name": o.name, "agency": o.agency, "country": o.country, "roles": o.roles,
         "reached_by": reached.get(o.number, []),
         **({"account": _account(bound.get(o.number))} if bound is not None else {})}
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
