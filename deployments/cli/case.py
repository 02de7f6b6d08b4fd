"""`homeward case …`."""

from pathlib import Path
from typing import Annotated, NoReturn

import pendulum
import typer
from rich.text import Text

from deployments.cli.terminal import (
    BAD_INPUT,
    RED,
    AsJson,
    Reference,
    clear,
    fail,
    moment,
    on_duty,
    show,
    signed_in,
    table,
)
from models.case import HOME_ZONE, local_zone
from models.decision import REASONS, Door, Outcome
from models.funding import CostKind, Payer
from models.money import Money
from models.officer import Duty
from models.person import Category, HostStatus, Language, Sex, Wish
from models.portrait import NOT_MEASURED, age_warning, head_warning, head_words
from models.representation import incapacity_of
from models.verification import RegistryAnswer
from tasks import case_file, corrections, decisions, disruption, doorbell, merging, overview, portraits, triage
from tasks.clock import now

app = typer.Typer(no_args_is_help=True, help="Cases: open, start, look at, correct, cancel.")

_Reported = Annotated[str | None, typer.Option(help="When we were told, RFC 3339; now unless told.")]
_BirthDate = Annotated[str | None, typer.Option(help="Birth date as told: 1999-04-27, 27/4/1999, 1999-04, 1999.")]


def _money(amount: str, currency: str) -> Money:
    try:
        return Money.parse(amount, currency)
    except ValueError as wrong:
        fail(str(wrong), BAD_INPUT)


def _refuse_wrong(wrong: ValueError) -> NoReturn:
    fail(str(wrong), BAD_INPUT)


@app.command("open")
@clear
def open_(
    name_hangul: Annotated[str | None, typer.Option(help="Name in Hangul.")] = None,
    name_latin: Annotated[str | None, typer.Option(help="Name in Latin letters, in any order.")] = None,
    sex: Annotated[Sex | None, typer.Option(help="F, M or X.")] = None,
    born_on: _BirthDate = None,
    birthplace: Annotated[str | None, typer.Option(help="Birthplace as told.")] = None,
    passport: Annotated[str | None, typer.Option(help="Passport number, if remembered.")] = None,
    next_of_kin_phone: Annotated[
        str | None, typer.Option(help="Kept sealed as contact 1; nobody is called without consent.")
    ] = None,
    story: Annotated[str | None, typer.Option(help="What the person told; kept sealed.")] = None,
    place: Annotated[str, typer.Option(help="Where the person is.")] = "",
    keeper: Annotated[str, typer.Option(help="Who holds or shelters the person.")] = "",
    host_status: Annotated[HostStatus, typer.Option(help="How the host country keeps them.")] = HostStatus.unknown,
    category: Annotated[list[Category] | None, typer.Option(help="A category; once for each.")] = None,
    country: Annotated[str, typer.Option(help="Country of rescue, ISO 3166-1 alpha-3.")] = "KHM",
    operation: Annotated[str | None, typer.Option(help="The operation it belongs to; else the country.")] = None,
    declared_in: Annotated[Language | None, typer.Option(help="Language the wish to return was declared in.")] = None,
    as_json: AsJson = False,
) -> None:
    """Open a case for one person."""
    officer = on_duty(Duty.run_the_case)
    if not place or not keeper:
        fail("Say where the person is and who keeps them: --place and --keeper.", BAD_INPUT)
    opened_as = case_file.categories_at_opening(category or [], born_on)
    if declared_in and incapacity_of(frozenset(opened_as), cannot_understand=False) is not None:
        fail(
            "This person does not sign for themselves; leave --declared-in out, then record what their representative "
            "says with `homeward case declare`.",
            BAD_INPUT,
        )
    reference = case_file.open_case(
        country=country,
        officer=officer.number,
        name_hangul=name_hangul,
        name_latin=name_latin,
        sex=sex,
        birth_date=born_on,
        birthplace=birthplace,
        passport_number=passport,
        next_of_kin_phone=next_of_kin_phone,
        story=story,
        place=place,
        keeper=keeper,
        host_status=host_status,
        categories=category or [],
        operation=operation,
    )
    if declared_in:
        corrections.declare(
            reference, wish=Wish.return_home, language=declared_in, reader=officer.number, declared_at=now(),
            officer=officer.number,
        )  # fmt: skip
    show({"reference": reference}, as_json=as_json, words=f"Case {reference} is open.")


@app.command("list")
@clear
def list_(as_json: AsJson = False) -> None:
    """List all cases, whose must be looked at first on top, with the reasons your roles may see."""
    officer, listed, at = on_duty(Duty.look_at_cases), triage.listed(), now()
    reasons, merged = triage.read_reasons(listed, reader=officer), merging.standing()
    rows = table("Case", "Score", "Status", "Since", "Owner", "Contact", "Why first")
    for each in listed:
        case, contact = each.case, each.contact
        late = contact is not None and contact.is_overdue(at=at)
        since, why = f"{case.moved_at:%Y-%m-%d %H:%M} UTC", "; ".join(reasons[case.reference])
        hear_by = Text(contact.words(at=at) if contact else "", style=RED if late else "")
        kept = merged.get(case.reference)
        status = f"merged into {kept}" if kept else case.status.value
        rows.add_row(case.reference, str(each.urgency.score), status, since, case.owner, hear_by, why)
    facts = [
        {
            "reference": each.case.reference,
            "status": each.case.status.value,
            "since": each.case.moved_at.to_iso8601_string(),
            "owner": each.case.owner,
            "score": each.urgency.score,
            "reasons": reasons[each.case.reference],
            "contact_due_at": each.contact and each.contact.due_at.to_iso8601_string(),
            "contact_overdue": each.contact is not None and each.contact.is_overdue(at=at),
            **({"merged_into": merged[each.case.reference]} if each.case.reference in merged else {}),
        }
        for each in listed
    ]
    show(facts, as_json=as_json, words=rows if listed else "No case is open; open one with `homeward case open`.")


@app.command("show")
@clear
def show_(reference: Reference, as_json: AsJson = False) -> None:
    """Show a case: where it is, what has happened, and the evidence that waits for you with its seen code."""
    officer = signed_in()
    seen = overview.of(reference, reader=officer)
    if as_json:
        show(seen.as_facts(), as_json=True, words="")
        return
    zone = local_zone(reference)
    lines: list[str | Text] = [
        f"{reference}  {seen.name}",
        f"Status {seen.status}; next {seen.next_step or 'nothing'}; owner {seen.owner}",
        *_safe_tonight(seen),
        *([f"Registry: {_ANSWERS[seen.registry.answer]}"] if seen.registry else []),
    ]
    lines += ["", f"  {zone:<16}  Seoul"]
    lines += [
        f"  {entry.at.in_timezone(zone):%Y-%m-%d %H:%M}  {entry.at.in_timezone(HOME_ZONE):%d %H:%M}  {entry.words}"
        for entry in seen.timeline
    ]
    if seen.evidence is not None:
        due = seen.evidence.due_at
        lines += ["", f"{seen.evidence.step.value} waits for the {seen.evidence.role.value}"]
        lines += [
            f"  decide by {due.in_timezone(zone):%Y-%m-%d %H:%M} {zone} · {due.in_timezone(HOME_ZONE):%H:%M} Seoul"
        ]
        lines += [f"  changed: {change}" for change in seen.evidence.changes]
        for heading, captions in seen.evidence.sections:
            lines += ["", f"  {heading}", *(f"    {caption:<24} {value}" for caption, value in captions)]
        lines += ["", f"  seen code  {seen.evidence.seen}"]
    show(None, as_json=False, words=Text("\n").join(Text(line) if isinstance(line, str) else line for line in lines))


_ANSWERS = {
    RegistryAnswer.found: "somebody fits; the candidates stand in the evidence and in --json",
    RegistryAnswer.not_in_registry: "NOT THERE; whoever is registered as was written was looked at, and nobody fits",
    RegistryAnswer.too_many_fit: "TOO MANY FIT to look at; add a birth date or a passport number",
    RegistryAnswer.calls_ran_out: "NOT LOOKED THROUGH; the calls for one person were spent too early",
}


def _safe_tonight(seen: overview.Overview) -> list[str | Text]:
    """Return where the person is, as far as the reader may know, and when they must be heard of, late ones in red."""
    place = f"{seen.place}, kept by {seen.keeper}; " if seen.place else ""
    lines: list[str | Text] = (
        [f"At {place}{seen.host_status}"] if place else [f"In the host country {seen.host_status}"]
    )
    if seen.contact is not None:
        at = now()
        late = seen.contact.is_overdue(at=at)
        lines.append(Text(f"Contact {seen.contact.words(at=at)}", style=RED if late else ""))
    for request in seen.requests:
        at = now()
        words = f"{request.asked_words}: {request.words(at=at)}"
        lines.append(Text(words, style=RED if request.is_overdue(at=at) else ""))
    if seen.score is not None:
        lines.append(f"Triage {seen.score}: {'; '.join(seen.reasons) or 'nothing presses'}")
    return lines


@app.command()
@clear
def cancel(
    reference: Reference,
    code: Annotated[str, typer.Option(help="One-time code; it signs the cancellation and is spent.")],
    reason_code: Annotated[str, typer.Option(help=f"Why: {', '.join(REASONS[Outcome.cancel])}.")],
    officer: Annotated[str | None, typer.Option(help="Officer number; else the one signed in.")] = None,
    as_json: AsJson = False,
) -> None:
    """Stop a journey before boarding; what was done is undone, and the person stays in charge."""
    number = officer or signed_in().number
    decisions.cancel(reference, officer_number=number, code=code, reason_code=reason_code, door=Door.cli)
    if not doorbell.wake(reference):
        doorbell.start(reference)
    show({"reference": reference, "cancelled": True}, as_json=as_json, words=f"{reference} is being undone.")


@app.command()
@clear
def portrait(
    reference: Reference,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JPEG or PNG.")],
    captured_at: Annotated[str | None, typer.Option(help="When it was taken, RFC 3339; now unless told.")] = None,
    waiver: Annotated[str | None, typer.Option(help="Why it departs from the rules, for example a bandage.")] = None,
    crown: Annotated[
        str | None, typer.Option(help="Where the crown is, from the top edge of FILE: pixels, or 12%.")
    ] = None,
    chin: Annotated[str | None, typer.Option(help="Where the chin is, likewise.")] = None,
    as_json: AsJson = False,
) -> None:
    """Store a portrait taken at the mission; with crown and chin marked, the head is measured."""
    officer = on_duty(Duty.attend_to_the_person)
    taken = moment(captured_at)
    try:
        picture = portraits.read(file)
        image = portraits.checked_bytes(picture)
        head = portraits.head_marks(picture, crown=crown, chin=chin)
    except ValueError as wrong:
        _refuse_wrong(wrong)
    corrections.set_portrait(
        reference, image=image, captured_at=taken, officer=officer.number, waiver=waiver, head=head
    )
    doorbell.wake(reference)
    said = [f"Crown to chin: {head_words(head, by=officer.number)}.", NOT_MEASURED]
    if head is not None and (small := head_warning(head)) is not None:
        said.insert(1, small)
    if (old := age_warning(taken.date(), on=now().date())) is not None:
        said.insert(0, f"The portrait is {old.lower()}.")
    measured = None if head is None else float(head.percent)
    facts = {"reference": reference, "portrait": True, "crown_to_chin_percent": measured, "warnings": said}
    show(facts, as_json=as_json, words=" ".join([f"The portrait of {reference} is stored.", *said]))


def _moment_if(text: str | None) -> pendulum.DateTime | None:
    return None if text is None else moment(text)


@app.command()
@clear
def declare(
    reference: Reference,
    wish: Annotated[Wish, typer.Argument(help="return, refuse or withdraw.")],
    language: Annotated[Language, typer.Option(help="Language it was read in.")],
    reader: Annotated[str, typer.Option(help="Who read it to the person.")],
    interpreter: Annotated[str | None, typer.Option(help="Who interpreted, by role and not by name.")] = None,
    representative: Annotated[int | None, typer.Option(help="Who says it for a person who does not sign.")] = None,
    declared_at: Annotated[str | None, typer.Option(help="When, RFC 3339; now unless told.")] = None,
    reported_at: _Reported = None,
    as_json: AsJson = False,
) -> None:
    """Write down the person's own word about returning; it can stop the journey until boarding."""
    officer = on_duty(Duty.attend_to_the_person)
    corrections.declare(
        reference, wish=wish, language=language, reader=reader, declared_at=moment(declared_at),
        reported_at=_moment_if(reported_at), interpreter=interpreter, representative=representative,
        officer=officer.number,
    )  # fmt: skip
    doorbell.wake(reference)
    show(
        {"reference": reference, "wish": wish.value}, as_json=as_json, words=f"Recorded for {reference}: {wish.value}."
    )


@app.command()
@clear
def locate(
    reference: Reference,
    place: Annotated[str, typer.Option(help="Where the person is now.")],
    keeper: Annotated[str, typer.Option(help="Who holds or shelters them.")],
    host_status: Annotated[HostStatus, typer.Option(help="How the host country keeps them.")],
    since: Annotated[str | None, typer.Option(help="Since when, RFC 3339; now unless told.")] = None,
    reported_at: _Reported = None,
    next_contact_hours: Annotated[
        int, typer.Option(min=1, max=168, help="Hours until we must hear of them again.")
    ] = 24,
    as_json: AsJson = False,
) -> None:
    """Write down where the person is now and when we must hear of them again."""
    officer = on_duty(Duty.attend_to_the_person)
    due = now().add(hours=next_contact_hours)
    corrections.locate(
        reference, place=place, keeper=keeper, host_status=host_status, next_contact_due_at=due,
        since=_moment_if(since), reported_at=_moment_if(reported_at), officer=officer.number,
    )  # fmt: skip
    show(
        {"reference": reference},
        as_json=as_json,
        words=f"Recorded; hear of {reference} again by {due:%Y-%m-%d %H:%M} UTC.",
    )


@app.command()
@clear
def cost(
    reference: Reference,
    kind: Annotated[CostKind, typer.Argument(help="What it is for.")],
    amount: Annotated[str, typer.Argument(help="Like 412.30.")],
    currency: Annotated[str, typer.Argument(help="ISO 4217, like USD.")],
    take_back: Annotated[bool, typer.Option("--take-back", help="Take back a cost noted in error.")] = False,
    as_json: AsJson = False,
) -> None:
    """Note a cost the journey will have; there is no amount that is too large."""
    officer = on_duty(Duty.run_the_case)
    change = corrections.take_back_cost if take_back else corrections.note_cost
    change(reference, kind=kind, amount=_money(amount, currency), officer=officer.number)
    doorbell.wake(reference)
    done = "Taken back" if take_back else "Noted"
    show({"reference": reference}, as_json=as_json, words=f"{done} for {reference}: {kind.value} {amount} {currency}.")


@app.command()
@clear
def correct(
    reference: Reference,
    name_hangul: Annotated[str | None, typer.Option(help="Name in Hangul.")] = None,
    name_latin: Annotated[str | None, typer.Option(help="Name in Latin letters, in any order.")] = None,
    sex: Annotated[Sex | None, typer.Option(help="F, M or X.")] = None,
    born_on: _BirthDate = None,
    birthplace: Annotated[str | None, typer.Option(help="Birthplace as told.")] = None,
    passport: Annotated[str | None, typer.Option(help="Passport number, if remembered.")] = None,
    passport_in_hand: Annotated[
        bool | None,
        typer.Option("--passport-in-hand/--passport-gone", help="Whether the person holds their passport."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Correct what the field wrote down about the person; the registry is asked again."""
    officer = on_duty(Duty.run_the_case)
    corrections.correct_person(
        reference,
        name_hangul=name_hangul,
        name_latin=name_latin,
        sex=sex,
        birth_date=born_on,
        birthplace=birthplace,
        passport_number=passport,
        passport_in_hand=passport_in_hand,
        officer=officer.number,
    )
    doorbell.wake(reference)
    show({"reference": reference}, as_json=as_json, words=f"Corrected in {reference}; the registry is asked again.")


@app.command("private-payment")
@clear
def private_payment(
    reference: Reference,
    payer: Annotated[Payer, typer.Argument(help="Who paid.")],
    amount: Annotated[str, typer.Argument(help="Like 412.30.")],
    currency: Annotated[str, typer.Argument(help="ISO 4217, like USD.")],
    purpose: Annotated[str, typer.Option(help="What for; kept sealed.")],
    payer_officer: Annotated[str | None, typer.Option(help="Officer number, if an officer paid.")] = None,
    paid_at: Annotated[str | None, typer.Option(help="When it was paid, RFC 3339; now unless told.")] = None,
    reported_at: _Reported = None,
    as_json: AsJson = False,
) -> None:
    """Note what somebody paid from their own pocket, so that it can be paid back."""
    officer = on_duty(Duty.run_the_case)
    corrections.note_private_payment(
        reference, payer=payer, payer_officer=payer_officer, amount=_money(amount, currency), purpose=purpose,
        paid_at=_moment_if(paid_at), reported_at=_moment_if(reported_at), officer=officer.number,
    )  # fmt: skip
    doorbell.wake(reference)
    show(
        {"reference": reference},
        as_json=as_json,
        words=f"Noted for {reference}: {payer.value} paid {amount} {currency}.",
    )


@app.command("off-load")
@clear
def off_load(reference: Reference, as_json: AsJson = False) -> None:
    """Write down that the carrier did not take the person aboard."""
    officer = on_duty(Duty.run_the_case)
    disruption.report_off_load(reference, officer=officer.number)
    words = f"{reference}: the coordinators are paged and asked; other seats are sought once they say so."
    show({"reference": reference, "kind": "off_loaded"}, as_json=as_json, words=words)


@app.command()
@clear
def receiver(
    reference: Reference,
    agency: Annotated[str, typer.Argument(help="Short name, for example incheon-airport-desk.")],
    as_json: AsJson = False,
) -> None:
    """Choose the agency that will be asked to receive the person."""
    officer = on_duty(Duty.run_the_case)
    corrections.choose_receiver(reference, agency=agency, officer=officer.number)
    show(
        {"reference": reference, "agency": agency},
        as_json=as_json,
        words=f"{agency} will be asked to receive {reference}.",
    )
