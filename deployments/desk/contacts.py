"""Contacts at the desk: whom the person lets be told what, and a number where they have agreed to its use."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from deployments.desk.pages import go_to, page
from deployments.desk.session import OwnToken, SignedIn, on_duty
from deployments.desk.typed import local_moment, seen_before, unfit, whole_number
from models.contact import Item
from models.officer import Duty, Officer
from models.person import Language
from models.representation import Relation
from tasks import case_file
from tasks import contacts as persons

router = APIRouter(prefix="/cases/{reference}/contacts")

SAYS = {"yes": True, "no": False}
"""What the person says about one contact and one item."""

_DONE = {
    "added": "The contact is kept; ask the person what they may know.",
    "heard": "The person's word was written down.",
}


class Contact(BaseModel):
    """Somebody close to the person, as typed."""

    relation: str = ""
    name: str = ""
    phone: str = ""
    after: str = ""
    """How many contacts stood on the page."""


class Word(BaseModel):
    """What the person said about one contact and one item, as it was heard."""

    contact: str = ""
    """Its number in the list."""
    item: str = ""
    says: str = ""
    spoken: str = ""
    """The language it was read to them in."""
    reader: str = ""
    said_at: str = ""
    representative: str = ""
    after: str = ""
    """How many words about contacts stood on the page."""


class Call(BaseModel):
    """Whose number is asked for, and to tell them what."""

    contact: str = ""
    item: str = ""


@router.get("")
def contacts(request: Request, reference: str, officer: SignedIn, done: str = "") -> Response:
    """List a person's contacts and what each may be told, never a number; the look is audited."""
    return _listed(request, reference, officer, done=_DONE.get(done, ""))


@router.post("", dependencies=[OwnToken])
def add(request: Request, reference: str, officer: SignedIn, typed: Annotated[Contact, Form()]) -> Response:
    """Keep somebody close to the person, their number sealed."""
    on_duty(officer, Duty.attend_to_the_person)
    refused = unfit(typed)
    if not refused and typed.relation not in list(Relation):
        refused = "Say what the contact is to the person."
    if refused:
        return _listed(request, reference, officer, contact=typed, refused=refused, status=422)
    try:
        persons.add(
            reference, relation=Relation(typed.relation), name=typed.name.strip() or None, phone=typed.phone,
            officer=officer, after=seen_before(typed.after),
        )  # fmt: skip
    except case_file.Refused as refusal:
        return _listed(request, reference, officer, contact=typed, refused=str(refusal), status=409)
    return go_to(f"/cases/{reference}/contacts?done=added")


@router.post("/word", dependencies=[OwnToken])
def hear(request: Request, reference: str, officer: SignedIn, typed: Annotated[Word, Form()]) -> Response:
    """Write down that the person lets a contact be told something, or takes that back."""
    on_duty(officer, Duty.attend_to_the_person)
    refused = unfit(typed)
    said_at = None if refused else local_moment(typed.said_at, reference)
    chosen = typed.item in list(Item) and typed.says in SAYS and typed.spoken in list(Language)
    if not refused and (not chosen or said_at is None or not typed.reader.strip()):
        refused = "Say which contact may be told what or not, in which language it was read, by whom, and when."
    if refused or said_at is None:
        return _listed(request, reference, officer, word=typed, refused=refused, status=422)
    try:
        persons.hear(
            reference, whole_number(typed.contact), Item(typed.item), gives=SAYS[typed.says],
            language=Language(typed.spoken), reader=typed.reader.strip(), said_at=said_at,
            representative=whole_number(typed.representative) if typed.representative.strip() else None,
            officer=officer, after=seen_before(typed.after),
        )  # fmt: skip
    except case_file.Refused as refusal:
        return _listed(request, reference, officer, word=typed, refused=str(refusal), status=409)
    return go_to(f"/cases/{reference}/contacts?done=heard")


@router.post("/number", dependencies=[OwnToken])
def number(request: Request, reference: str, officer: SignedIn, typed: Annotated[Call, Form()]) -> Response:
    """
    Show a contact's number for telling them one thing; asking for it is audited, refused or not.

    It stands on this answer alone and in no address, so that no history and no log of a proxy keeps it.
    """
    on_duty(officer, Duty.attend_to_the_person)
    if typed.item not in list(Item):
        words = "Say what the contact is to be told."
        return _listed(request, reference, officer, call=typed, refused=words, status=422)
    item, contact = Item(typed.item), whole_number(typed.contact)
    try:
        phone = persons.telephone(reference, contact, item, reader=officer)
    except case_file.Refused as refusal:
        return _listed(request, reference, officer, call=typed, refused=str(refusal), status=409)
    return page(request, "contact_number.html", reference=reference, contact=contact, item=item, phone=phone)


def _listed(
    request: Request,
    reference: str,
    officer: Officer,
    *,
    contact: Contact | None = None,
    word: Word | None = None,
    call: Call | None = None,
    done: str = "",
    refused: str = "",
    status: int = 200,
) -> Response:
    found = persons.listed(reference, reader=officer)
    return page(
        request, "contacts.html", status=status, reference=reference, found=found, done=done, refused=refused,
        contact=contact or Contact(), word=word or Word(reader=officer.number), call=call or Call(), items=tuple(Item),
        relations=tuple(Relation), says=tuple(SAYS), words=sum(each.words for each in found),
    )  # fmt: skip
