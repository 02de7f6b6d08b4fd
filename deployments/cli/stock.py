"""`homeward documents stock|count|spoil|destroy|lost|stolen|check|deliver|validity`: the life of the sheets."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from deployments.cli.terminal import BAD_INPUT, REFUSED, AsJson, Reference, clear, fail, on_duty, show, table
from models.officer import Duty, Officer
from models.stock import SPOILS, MoveReason
from models.validity import LONGEST_DAYS, VALID_FOR_DAYS, LongerReason
from tasks import delivery, doorbell, lockout, losses, officers, signing, stock, validity
from tasks.papers.seal.reading import Unreadable, read_file
from tasks.partners.errors import PartnerError
from tasks.trouble import NeedsPerson

Mission = Annotated[str, typer.Argument(metavar="MISSION", help="Country of the mission, for example KHM.")]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="Number of the sheet, nine letters and digits.")]
Witness = Annotated[str, typer.Option(help="Number of the second officer, who stands beside you.")]
WitnessCode = Annotated[str, typer.Option("--code", help="One-time code of the second officer.")]
On = Annotated[str | None, typer.Option("--on", metavar="YYYY-MM-DD", help="Day of the loss, where it is known.")]
Place = Annotated[str | None, typer.Option(help="Place of the loss, where it is known.")]


def add_to(app: typer.Typer) -> None:
    """Put the commands beside the others about documents."""
    app.command("stock")(show_stock)
    app.command("count")(count)
    app.command("spoil")(spoil)
    app.command("destroy")(destroy)
    app.command("lost")(lost)
    app.command("stolen")(stolen)
    app.command("check")(check)
    app.command("deliver")(deliver)
    app.command("status-list")(status_list)
    app.command("validity")(longer)


@clear
def show_stock(mission: Mission, as_json: AsJson = False) -> None:
    """Show where every number of a mission is; unexplained gaps end with exit code 1."""
    on_duty(Duty.keep_sheets)
    stands, last = stock.standing(mission), stock.last_count(mission)
    rows = table("State", "Numbers")
    for state, count in stands.by_state.items():
        rows.add_row(state.value, str(count))
    rows.add_row("received in all", str(stands.received))
    rows.add_row("must lie at the mission", str(stands.held))
    rows.add_row("unexplained", ", ".join(stands.unexplained) or "none")
    rows.add_row("last count", f"{last.counted_on}: {last.counted} of {last.expected}" if last else "never")
    facts = {
        "mission": mission,
        "received": stands.received,
        "states": {state.value: count for state, count in stands.by_state.items()},
        "held": stands.held,
        "unexplained": list(stands.unexplained),
        "last_count": {"on": last.counted_on, "counted": last.counted, "expected": last.expected} if last else None,
    }
    show(facts, as_json=as_json, words=rows)
    if stands.unexplained:
        raise typer.Exit(REFUSED)


@clear
def count(
    mission: Mission,
    counted: Annotated[int, typer.Option(min=0, help="How many sheets lie at the mission.")],
    witness: Witness,
    code: WitnessCode,
    as_json: AsJson = False,
) -> None:
    """Write down the day's count, made by two officers; a difference is an alarm and ends with exit code 1."""
    officer = on_duty(Duty.keep_sheets)
    made = stock.count(mission, counted=counted, officer=officer, witness=_witness(witness, code, "count"))
    facts = {"mission": mission, "on": made.counted_on, "counted": made.counted, "expected": made.expected}
    fits = made.counted == made.expected
    words = f"{made.counted} sheets counted, {made.expected} must lie there"
    show(facts, as_json=as_json, words=f"{words}: they fit." if fits else f"{words}. The coordinators are alarmed.")
    if not fits:
        raise typer.Exit(REFUSED)


@clear
def spoil(
    number: Number,
    reason_code: Annotated[MoveReason, typer.Option(help=f"One of {', '.join(SPOILS)}.")],
    as_json: AsJson = False,
) -> None:
    """Take a sheet out of use that was printed badly or damaged; a journey that needs one gets another number."""
    officer = on_duty(Duty.keep_sheets)
    waits = stock.spoil(number, reason=reason_code, officer=officer.number)
    _go_on(waits)
    words = f"{number} is spoiled; destroy it before a witness with `homeward documents destroy {number}`."
    show({"number": number, "state": "spoiled", "case": waits}, as_json=as_json, words=words + _next(waits))


@clear
def destroy(number: Number, witness: Witness, code: WitnessCode, as_json: AsJson = False) -> None:
    """Write down that a void, spoiled or cancelled sheet was destroyed before a second officer."""
    officer = on_duty(Duty.keep_sheets)
    second = _witness(witness, code, "destruction")
    stock.destroy(number, officer=officer, witness=second)
    facts = {"number": number, "state": "destroyed", "witness": second.number}
    show(facts, as_json=as_json, words=f"{number} is destroyed, before {second.number}.")


@clear
def lost(number: Number, on: On = None, place: Place = None, as_json: AsJson = False) -> None:
    """Report a sheet lost; it is good for nothing from now on, and the lost-document list is told."""
    _gone(number, on, place, stolen=False, as_json=as_json)


@clear
def stolen(number: Number, on: On = None, place: Place = None, as_json: AsJson = False) -> None:
    """Report a sheet stolen; it is good for nothing from now on, and the lost-document list is told."""
    _gone(number, on, place, stolen=True, as_json=as_json)


def _gone(number: str, on: str | None, place: str | None, *, stolen: bool, as_json: bool) -> None:
    officer = on_duty(Duty.keep_sheets)
    made, waits = losses.report(number, stolen=stolen, lost_on=_day(on), place=place, officer=officer.number)
    try:
        told = losses.tell(made.id)
    except PartnerError:
        told = False
    _go_on(waits)
    circumstance = "stolen" if stolen else "lost"
    heard = "The list was told." if told else "The list did not answer; it is told as soon as it does."
    facts = {"number": number, "state": circumstance, "report": str(made.id), "told": told, "case": waits}
    show(facts, as_json=as_json, words=f"{number} is {circumstance} and good for nothing. {heard}{_next(waits)}")


@clear
def check(
    reference: Reference,
    scan: Annotated[Path, typer.Option(metavar="FILE", help="Scan of the printed page: PNG, JPEG or PDF, 300 dpi.")],
    zone: Annotated[
        tuple[str, str] | None, typer.Option(metavar="LINE1 LINE2", help="The two printed lines, typed by you.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read the printed page again before it is handed over; one that fails is spoiled and asked for anew."""
    officer = on_duty(Duty.keep_sheets)
    try:
        found = delivery.check(reference, scan.name, read_file(scan), officer=officer.number, typed=zone)
    except Unreadable as odd:
        fail(str(odd), BAD_INPUT)
    facts = {
        "number": found.number,
        "fits": found.fault is None,
        "fault": found.fault,
        "zone_read": found.zone_read,
        "case": found.waits,
    }
    if found.fault is not None:
        _go_on(found.waits)
        words = f"{found.number} cannot be handed over: {found.fault}. The sheet is spoiled."
        show(facts, as_json=as_json, words=words + _next(found.waits))
        raise typer.Exit(REFUSED)
    handed = "its two lines. Hand it over with `homeward documents deliver`."
    typed = "not its two lines; check it again with --zone LINE1 LINE2 as they are printed, before it is handed over."
    words = f"{found.number} fits: its seal was read, and {handed if found.zone_read else typed}"
    show(facts, as_json=as_json, words=words)


@clear
def deliver(reference: Reference, as_json: AsJson = False) -> None:
    """Write down that the holder was handed the page that was read again."""
    officer = on_duty(Duty.keep_sheets)
    number = delivery.deliver(reference, officer=officer.number)
    words = f"{number} is in its holder's hand."
    show({"number": number, "state": "delivered", "reference": reference}, as_json=as_json, words=words)


@clear
def longer(
    reference: Reference,
    days: Annotated[int, typer.Option(help=f"Days it may be valid, {VALID_FOR_DAYS} to {LONGEST_DAYS}.")],
    reason_code: Annotated[LongerReason, typer.Option(help="Why the usual days are too few.")],
    reason: Annotated[str, typer.Option(help="Why, in your own words; kept sealed, shown to who decides.")],
    as_json: AsJson = False,
) -> None:
    """Write down why the document must be valid for more than the usual days; what was decided is asked anew."""
    officer = on_duty(Duty.run_the_case)
    validity.record(reference, days=days, reason=reason_code, words=reason, officer=officer.number)
    doorbell.wake(reference)
    words = f"The document of {reference} may be valid for up to {days} days, once an officer authorises it so."
    show({"reference": reference, "days": days, "reason": reason_code.value}, as_json=as_json, words=words)


@clear
def status_list(
    to: Annotated[Path, typer.Option(metavar="FILE", help="Where the list is written.")], as_json: AsJson = False
) -> None:
    """Write the signed list of numbers that are good for nothing, for checks without a line; it tells no number."""
    on_duty(Duty.keep_sheets)
    try:
        content = signing.signed_status_list()
    except (PartnerError, NeedsPerson) as problem:
        fail(f"No list was made: {problem}.", REFUSED)
    try:
        part = to.with_name(f".{to.name}.part")
        part.write_bytes(content)
        part.replace(to)
    except OSError as failed:
        fail(f"{to} cannot be written ({failed.strerror}); choose another file with --to.", BAD_INPUT)
    show({"file": str(to), "bytes": len(content)}, as_json=as_json, words=f"{to} is good for seven days.")


def _witness(number: str, code: str, on: str) -> Officer:
    second, _ = officers.prove(number, code, on=on, way=lockout.WITNESS)
    return second


def _go_on(reference: str | None) -> None:
    if reference is not None:
        doorbell.wake(reference)


def _next(reference: str | None) -> str:
    return f" Case {reference} goes on with another number." if reference else ""


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"{text[:40]!r} is not a day; write it like 2026-11-20.", BAD_INPUT)
