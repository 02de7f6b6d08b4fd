"""`homeward case book`, `unbook` and `proof`: seats booked by telephone."""

from pathlib import Path
from typing import Annotated

import typer

from deployments.cli.terminal import BAD_INPUT, REFUSED, AsJson, Reference, clear, fail, moment, on_duty, show
from models.booking import Lift
from models.money import Money
from models.officer import Duty
from tasks import by_hand, doorbell, proofs
from tasks.partners.errors import PartnerError


@clear
def book(
    reference: Reference,
    flight: Annotated[
        list[str],
        typer.Option(
            help="'KE690 KTI 2026-12-01T23:40 ICN 2026-12-02T07:10', local times; a terminal as BKK/1, landings on the "
            "way behind it as 'via DAD'; once for each flight."
        ),
    ],
    locator: Annotated[str, typer.Option(help="Record locator; of a charter the line on its list.")],
    price: Annotated[str, typer.Option(help="Whole price as the airline said it; no price is too high.")],
    currency: Annotated[str, typer.Option(help="ISO 4217, for example USD.")],
    proof: Annotated[Path, typer.Option(help="The airline's confirmation: PDF, JPEG or PNG.")],
    told_by: Annotated[str, typer.Option(help="Who took the booking there.")],
    ticket: Annotated[list[str] | None, typer.Option(help="Ticket number of 13 digits; once for each.")] = None,
    pay_by: Annotated[str | None, typer.Option(help="The airline's deadline to pay, RFC 3339.")] = None,
    charter: Annotated[bool, typer.Option("--charter", help="A line on a charter's list.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write down seats booked by telephone; another officer approves them, and nothing is booked twice."""
    officer = on_duty(Duty.book_by_hand)
    try:
        kind, content = proofs.checked(proof)
        typed = by_hand.Typed(
            lift=Lift.charter if charter else Lift.manual,
            flights=tuple(flight),
            record_locator="".join(locator.split()).upper(),
            ticket_numbers=tuple(number.replace("-", "").replace(" ", "") for number in ticket or []),
            total=Money.parse(price, currency),
            pay_by=moment(pay_by) if pay_by else None,
            proof_kind=kind,
            proof=content,
            told_by=told_by,
        )
        entry = by_hand.enter(reference, typed, officer=officer)
    except ValueError as wrong:
        fail(str(wrong), BAD_INPUT)
    except PartnerError as failed:
        fail(f"The {failed}; nothing was written down, try again.", REFUSED)
    doorbell.wake(reference)
    legs = "; ".join(f"{each.flight_number} {each.local_times}" for each in entry.route.segments)
    show(
        {"reference": reference, "lift": entry.lift.value, "flights": legs, "proof_sha256": entry.proof_sha256},
        as_json=as_json,
        words=f"Seats of {reference} are written down: {legs}. Another officer approves them.",
    )


@clear
def unbook(
    reference: Reference,
    told_by: Annotated[str, typer.Option(help="Who cancelled the seats there.")],
    refund: Annotated[str | None, typer.Option(help="What comes back, in the price's currency.")] = None,
    currency: Annotated[str | None, typer.Option(help="Currency of the refund.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write down that seats booked by telephone were cancelled there too."""
    officer = on_duty(Duty.book_by_hand)
    if (refund is None) != (currency is None):
        fail("Give --refund and --currency together, or neither where the airline did not say.", BAD_INPUT)
    try:
        amount = Money.parse(refund, currency) if refund is not None and currency is not None else None
    except ValueError as wrong:
        fail(str(wrong), BAD_INPUT)
    by_hand.cancel(reference, told_by=told_by, refund=amount, officer=officer)
    doorbell.wake(reference)
    show({"reference": reference}, as_json=as_json, words=f"The seats of {reference} are cancelled.")


@clear
def proof(
    reference: Reference,
    to: Annotated[Path, typer.Option(help="Folder the file is written to.")] = Path("out"),
    as_json: AsJson = False,
) -> None:
    """Write the proof of seats booked by telephone to a file, as it came."""
    kind, content = by_hand.proof(reference, reader=on_duty(Duty.read_proofs))
    file = to / f"{reference}-proof.{kind.value}"
    try:
        to.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f"{file.name}.part")
        part.write_bytes(content)
        part.replace(file)
    except OSError as failed:
        fail(f"{file} cannot be written ({failed.strerror}); choose another folder with --to.", BAD_INPUT)
    show({"reference": reference, "file": str(file)}, as_json=as_json, words=str(file))
