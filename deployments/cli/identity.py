"""`homeward case check`, `request`, `referral`, `nationality`, `inform`: who is asked and told."""

from typing import Annotated

import typer

from deployments.cli.terminal import BAD_INPUT, AsJson, Reference, clear, fail, moment, on_duty, show
from models.assurance import Check, Result
from models.officer import Duty
from models.referral import AgencyKind, Said, Withdrawn
from models.verification import HitKind
from tasks import assurance, doorbell, hits, referrals


@clear
def check(
    reference: Reference,
    check: Annotated[Check, typer.Argument(help="What was compared.")],
    result: Annotated[Result, typer.Option(help="What came of it.")],
    as_json: AsJson = False,
) -> None:
    """Write down what came of a check of the identity; where it leaves doubt, two officers examine."""
    officer = on_duty(Duty.attend_to_the_person)
    assurance.record_check(reference, check, result, officer=officer.number)
    doorbell.wake(reference)
    words = f"Recorded for {reference}: {check.value} {result.value}."
    show({"reference": reference, "check": check.value, "result": result.value}, as_json=as_json, words=words)


@clear
def request(
    reference: Reference,
    agency: Annotated[str, typer.Option(help="Which agency.")],
    kind: Annotated[AgencyKind | None, typer.Option(help="What it is.")] = None,
    contact: Annotated[str | None, typer.Option(help="Whom you asked there, and how they are reached; sealed.")] = None,
    asked_at: Annotated[str | None, typer.Option(help="When, RFC 3339; now unless told.")] = None,
    withdraw: Annotated[Withdrawn | None, typer.Option(help="Nobody waits for its answer any more, and why.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write down that another agency was asked who the person is; its answer is waited for, and reminded of."""
    officer = on_duty(Duty.attend_to_the_person)
    if withdraw is not None:
        referrals.withdraw(reference, agency=agency, because=withdraw, officer=officer.number)
        doorbell.wake(reference)
        facts: dict[str, object] = {"reference": reference, "agency": agency, "withdrawn": withdraw.value}
        show(facts, as_json=as_json, words=f"Recorded for {reference}: nobody waits for {agency}.")
        return
    if kind is None or contact is None:
        fail("Say what agency it is and whom you asked there: --kind and --contact.", BAD_INPUT)
    due_at = referrals.ask(
        reference, agency=agency, kind=kind, contact=contact, asked_at=moment(asked_at), officer=officer
    )
    doorbell.wake(reference)
    facts = {"reference": reference, "agency": agency, "due_at": due_at.to_iso8601_string()}
    words = f"Recorded for {reference}: {agency} has until {due_at:%Y-%m-%d %H:%M} UTC to answer."
    show(facts, as_json=as_json, words=words)


@clear
def referral(
    reference: Reference,
    agency: Annotated[str, typer.Option(help="Which agency.")],
    kind: Annotated[AgencyKind, typer.Option(help="What it is.")],
    said: Annotated[Said, typer.Option(help="refers, vouches for the name, denies it, or knows nothing: unknown.")],
    contact: Annotated[str, typer.Option(help="Whom to ask there, and how they are reached; sealed.")],
    file: Annotated[str | None, typer.Option(help="Their own reference of the person; sealed.")] = None,
    said_at: Annotated[str | None, typer.Option(help="When, RFC 3339; now unless told.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write down what another agency says of who a person is, asked or not: it is weighed, and confirms nobody."""
    officer = on_duty(Duty.attend_to_the_person)
    assurance.record_referral(
        reference, agency=agency, kind=kind, said=said, contact=contact, file=file, said_at=moment(said_at),
        officer=officer.number,
    )  # fmt: skip
    doorbell.wake(reference)
    facts = {"reference": reference, "agency": agency, "said": said.value}
    show(facts, as_json=as_json, words=f"Recorded for {reference}: {agency} {said.value}.")


@clear
def nationality(
    reference: Reference,
    country: Annotated[str, typer.Argument(help="ISO 3166-1 alpha-3, besides ours.")],
    withdraw: Annotated[bool, typer.Option("--withdraw", help="The person has it not.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write down another nationality the person has or says they have; that state may be involved."""
    officer = on_duty(Duty.attend_to_the_person)
    assurance.note_nationality(reference, country, is_withdrawn=withdraw, officer=officer.number)
    doorbell.wake(reference)
    show({"reference": reference}, as_json=as_json, words=f"Recorded for {reference}.")


@clear
def inform(
    reference: Reference,
    hit: Annotated[HitKind, typer.Argument(help="Because of which entry.")],
    agency: Annotated[str | None, typer.Option(help="Which agency; the one that holds the entry unless named.")] = None,
    told_at: Annotated[str | None, typer.Option(help="When, RFC 3339; now unless told.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write down that an agency was told of the person because of a lookout entry."""
    officer = on_duty(Duty.tell_of_hits)
    told = hits.inform(reference, hit, agency=agency, told_at=moment(told_at), officer=officer.number)
    doorbell.wake(reference)
    show({"reference": reference, "told": told}, as_json=as_json, words=f"Recorded for {reference}.")
