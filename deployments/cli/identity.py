"""`homeward case check`, `referral`, `nationality`, `inform`: who the person is said to be, and who was told."""

from typing import Annotated

import typer

from deployments.cli.terminal import AsJson, Reference, clear, moment, on_duty, show
from models.assurance import Check, Result
from models.officer import Duty
from models.referral import AgencyKind, Said
from models.verification import HitKind
from tasks import assurance, doorbell, hits


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
def referral(
    reference: Reference,
    agency: Annotated[str, typer.Option(help="Which agency.")],
    kind: Annotated[AgencyKind, typer.Option(help="What it is.")],
    said: Annotated[Said, typer.Option(help="refers, vouches for the name, or denies it: knows them as another.")],
    contact: Annotated[str, typer.Option(help="Whom to ask there, and how they are reached; sealed.")],
    file: Annotated[str | None, typer.Option(help="Their own reference of the person; sealed.")] = None,
    said_at: Annotated[str | None, typer.Option(help="When, RFC 3339; now unless told.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write down what another agency says of who a person is: it is weighed, and confirms nobody."""
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
