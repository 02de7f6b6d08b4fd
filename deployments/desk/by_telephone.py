"""Seats booked by telephone, at the desk: an officer types them in with the airline's word, and later cancels them."""

from typing import Annotated

import pendulum
from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from pydantic import BaseModel

from deployments.desk.local_time import moment
from deployments.desk.pages import go_to, page
from deployments.desk.session import OwnForm, SignedIn, on_duty
from models.booking import Lift
from models.by_hand import ProofKind
from models.case import local_zone
from models.money import EXPONENTS, Money
from models.officer import Duty, Officer
from tasks import by_hand, case_file, doorbell, proofs
from tasks.partners.errors import PartnerError

router = APIRouter(prefix="/cases/{reference}/by-telephone")

_FILE = "The file"
"""What a sentence calls the proof, whatever its sender called it."""

_TYPES = {ProofKind.pdf: "application/pdf", ProofKind.jpeg: "image/jpeg", ProofKind.png: "image/png"}
_DONE = {
    "booked": "The seats are written down; another officer approves them.",
    "unbooked": "It is written down that the seats were cancelled.",
}


class Leg(BaseModel):
    """One flight as it stands in the form."""

    number: str = ""
    origin: str = ""
    departs: str = ""
    destination: str = ""
    arrives: str = ""
    operator: str = ""
    stops: str = ""
    """Airports where it lands on the way, or `nonstop`."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return not any(value.strip() for value in self.model_dump().values())

    @property
    def words(self) -> str:
        """The flight as `tasks.typed_flights` reads it."""
        stops = self.stops.strip().upper()
        lands = stops if stops in ("", "NONSTOP") else f"VIA {stops.removeprefix('VIA ')}"
        told = (self.number, self.origin, self.departs, self.destination, self.arrives, self.operator, lands)
        return " ".join(part.strip() for part in told if part.strip())


class Typed(BaseModel):
    """What stands in the form, as typed; a file has to be chosen again."""

    legs: tuple[Leg, Leg] = (Leg(), Leg())
    locator: str = ""
    tickets: str = ""
    charter: str = ""
    price: str = ""
    currency: str = "USD"
    pay_by: str = ""
    told_by: str = ""

    def booked(self, reference: str, proof: bytes) -> by_hand.Typed:
        """
        Return what was typed as the case file takes it.

        Raises:
            ValueError: something cannot be read; one sentence.
        """
        return by_hand.Typed(
            lift=Lift.charter if self.charter else Lift.manual,
            flights=tuple(leg.words for leg in self.legs if not leg.is_empty),
            record_locator="".join(self.locator.split()).upper(),
            ticket_numbers=tuple(self.tickets.replace("-", "").replace(",", " ").split()),
            total=Money.parse(self.price.strip(), self.currency),
            pay_by=_by_the_missions_clock(self.pay_by, reference),
            proof_kind=proofs.kind_of(proof, _FILE),
            proof=proof,
            told_by=self.told_by,
        )


def _by_the_missions_clock(text: str, reference: str) -> pendulum.DateTime | None:
    if not text.strip():
        return None
    if (said := moment(text, zone=local_zone(reference))) is None:
        raise ValueError("The deadline to pay is no moment; write it like 2026-11-22T09:30, by the mission's clock.")
    return said


def _typed(
    *,
    number1: Annotated[str, Form()] = "",
    origin1: Annotated[str, Form()] = "",
    departs1: Annotated[str, Form()] = "",
    destination1: Annotated[str, Form()] = "",
    arrives1: Annotated[str, Form()] = "",
    operator1: Annotated[str, Form()] = "",
    stops1: Annotated[str, Form()] = "",
    number2: Annotated[str, Form()] = "",
    origin2: Annotated[str, Form()] = "",
    departs2: Annotated[str, Form()] = "",
    destination2: Annotated[str, Form()] = "",
    arrives2: Annotated[str, Form()] = "",
    operator2: Annotated[str, Form()] = "",
    stops2: Annotated[str, Form()] = "",
    locator: Annotated[str, Form()] = "",
    tickets: Annotated[str, Form()] = "",
    charter: Annotated[str, Form()] = "",
    price: Annotated[str, Form()] = "",
    currency: Annotated[str, Form()] = "",
    pay_by: Annotated[str, Form()] = "",
    told_by: Annotated[str, Form()] = "",
) -> Typed:
    """Gather the fields one by one: FastAPI takes no model of a form beside a file."""
    first = Leg(number=number1, origin=origin1, departs=departs1, destination=destination1, arrives=arrives1,
                operator=operator1, stops=stops1)  # fmt: skip
    then = Leg(number=number2, origin=origin2, departs=departs2, destination=destination2, arrives=arrives2,
               operator=operator2, stops=stops2)  # fmt: skip
    return Typed(
        legs=(first, then), locator=locator, tickets=tickets, charter=charter, price=price, currency=currency,
        pay_by=pay_by, told_by=told_by,
    )  # fmt: skip


@router.get("")
def by_telephone(request: Request, reference: str, officer: SignedIn, done: str = "") -> Response:
    """Show the seats by telephone that stand, or the form to write some down."""
    return _shown(request, reference, officer, done=_DONE.get(done, ""))


@router.post("", dependencies=[OwnForm])
def book(
    request: Request,
    reference: str,
    officer: SignedIn,
    typed: Annotated[Typed, Depends(_typed)],
    proof: Annotated[UploadFile, File()],
) -> Response:
    """Write down seats booked by telephone with their proof; another officer approves them."""
    on_duty(officer, Duty.book_by_hand)
    content = proof.file.read(proofs.LARGEST_FILE + 1)
    _refuse_unknown(reference)
    try:
        by_hand.enter(reference, typed.booked(reference, content), officer=officer)
    except ValueError as wrong:
        return _shown(request, reference, officer, typed=typed, status=422, refused=_sentence(wrong))
    except case_file.Refused as refused:
        return _shown(request, reference, officer, typed=typed, status=409, refused=str(refused))
    except PartnerError:
        words = "The document check does not answer; nothing was written down, try again soon."
        return _shown(request, reference, officer, typed=typed, status=409, refused=words)
    doorbell.wake(reference)
    return go_to(f"/cases/{reference}/by-telephone?done=booked")


class Cancelled(BaseModel):
    """Seats that were cancelled by telephone too."""

    told_by: str = ""
    refund: str = ""
    currency: str = ""


@router.post("/cancelled", dependencies=[OwnForm])
def unbook(request: Request, reference: str, officer: SignedIn, given: Annotated[Cancelled, Form()]) -> Response:
    """Write down that the seats were cancelled there too, and what comes back."""
    on_duty(officer, Duty.book_by_hand)
    _refuse_unknown(reference)
    try:
        refund = Money.parse(given.refund.strip(), given.currency) if given.refund.strip() else None
    except ValueError as wrong:
        return _shown(request, reference, officer, given=given, status=422, refused=_sentence(wrong))
    try:
        by_hand.cancel(reference, told_by=given.told_by, refund=refund, officer=officer)
    except case_file.Refused as refused:
        return _shown(request, reference, officer, given=given, status=409, refused=str(refused))
    doorbell.wake(reference)
    return go_to(f"/cases/{reference}/by-telephone?done=unbooked")


@router.get("/proof")
def proof_of_seats(reference: str, officer: SignedIn) -> Response:
    """Stream the proof as it came; the reading is audited."""
    kind, content = by_hand.proof(reference, reader=officer)
    headers = {"Content-Disposition": f'inline; filename="{reference}-proof.{kind.value}"'}
    return Response(content, media_type=_TYPES[kind], headers=headers)


def _refuse_unknown(reference: str) -> None:
    """Refuse what is no case's reference: without a country there is no clock a time could be by."""
    with case_file.transaction() as session:
        case_file.load(session, reference)


def _sentence(wrong: ValueError) -> str:
    words = str(wrong).rstrip(".")
    return f"{words[:1].upper()}{words[1:]}."


def _shown(
    request: Request,
    reference: str,
    officer: Officer,
    *,
    status: int = 200,
    typed: Typed | None = None,
    given: Cancelled | None = None,
    refused: str = "",
    done: str = "",
) -> Response:
    written = by_hand.written(reference, reader=officer)
    return page(
        request, "by_telephone.html", status=status, reference=reference, written=written, typed=typed or Typed(),
        given=given or Cancelled(), refused=refused, done=done, books=officer.may(Duty.book_by_hand),
        reads=officer.may(Duty.read_proofs), currencies=tuple(EXPONENTS), charter=Lift.charter,
        largest=proofs.LARGEST_FILE // 2**20,
    )  # fmt: skip
