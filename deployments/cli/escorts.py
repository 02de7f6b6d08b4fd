"""`homeward escorts …` and `homeward case together`: who sits beside whom, and who flies together."""

from datetime import date
from typing import Annotated

import typer

from deployments.cli.terminal import BAD_INPUT, AsJson, Reference, clear, fail, moment, on_duty, show, table
from models.officer import Duty
from models.person import Sex
from tasks import doorbell, escorts

app = typer.Typer(no_args_is_help=True, help="Escorts: officers who sit beside somebody on a flight.")

_Number = Annotated[str, typer.Argument(metavar="OFFICER", help="Officer number.")]


@app.command()
@clear
def add(
    number: _Number,
    sex: Annotated[Sex, typer.Option(help="F or M.")],
    passport_until: Annotated[str, typer.Option(help="Until when the passport is valid, YYYY-MM-DD.")],
    duty_from: Annotated[str, typer.Option(help="On duty as an escort from, RFC 3339.")],
    duty_until: Annotated[str, typer.Option(help="On duty as an escort until, RFC 3339.")],
    as_json: AsJson = False,
) -> None:
    """Put an officer into the pool, or write their passport and duty down anew."""
    officer = on_duty(Duty.run_the_case)
    try:
        valid_until = date.fromisoformat(passport_until)
    except ValueError:
        fail("A date is written YYYY-MM-DD; correct --passport-until.", BAD_INPUT)
    escorts.add(
        number, sex=sex, passport_valid_until=valid_until, on_duty_from=moment(duty_from),
        on_duty_until=moment(duty_until), officer=officer,
    )  # fmt: skip
    show({"escort": number}, as_json=as_json, words=f"{number} is in the pool of escorts.")


@app.command("list")
@clear
def list_(as_json: AsJson = False) -> None:
    """List the pool."""
    on_duty(Duty.look_at_cases)
    pool = escorts.listed()
    rows = table("Officer", "Sex", "Passport until", "On duty from", "until (UTC)")
    for each in pool:
        rows.add_row(
            each.officer, each.sex.value, f"{each.passport_valid_until}", f"{each.on_duty_from:%Y-%m-%d %H:%M}",
            f"{each.on_duty_until:%Y-%m-%d %H:%M}",
        )  # fmt: skip
    facts = [
        {
            "officer": each.officer,
            "sex": each.sex.value,
            "passport_valid_until": each.passport_valid_until.isoformat(),
            "on_duty_from": each.on_duty_from.to_iso8601_string(),
            "on_duty_until": each.on_duty_until.to_iso8601_string(),
        }
        for each in pool
    ]
    show(facts, as_json=as_json, words=rows if pool else "Nobody is in the pool of escorts.")


@app.command()
@clear
def assign(
    reference: Reference,
    number: _Number,
    out: Annotated[str, typer.Option(help="Record locator of the officer's seat with the person.")],
    back: Annotated[str, typer.Option(help="Record locator of the officer's seat back.")],
    as_json: AsJson = False,
) -> None:
    """Have an officer sit beside a person on the flights now booked."""
    officer = on_duty(Duty.run_the_case)
    escorts.assign(reference, number, out=out, back=back, officer=officer)
    doorbell.wake(reference)
    show({"reference": reference, "escort": number}, as_json=as_json, words=f"{number} escorts in {reference}.")


@app.command()
@clear
def end(reference: Reference, number: _Number, as_json: AsJson = False) -> None:
    """Take an escort off a case."""
    officer = on_duty(Duty.run_the_case)
    escorts.end(reference, number, officer=officer)
    doorbell.wake(reference)
    words = f"{number} no longer escorts in {reference}."
    show({"reference": reference, "escort": number}, as_json=as_json, words=words)


@clear
def together(
    references: Annotated[list[str], typer.Argument(metavar="REF REF …", help="Cases that travel together.")],
    as_json: AsJson = False,
) -> None:
    """Write down that cases travel together; seats are sought on one flight, and a difference is shown."""
    officer = on_duty(Duty.run_the_case)
    escorts.put_together(references, officer=officer)
    for reference in references:
        doorbell.wake(reference)
    show({"together": references}, as_json=as_json, words=f"They travel together: {', '.join(references)}.")
