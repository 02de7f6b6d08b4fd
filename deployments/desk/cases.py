"""Cases: the list, opening one, and one case with what its coordinator does for it."""

from typing import Annotated

from fastapi import APIRouter, File, Form, HTTPException, Request, Response, UploadFile
from pydantic import BaseModel, Field

from deployments.desk import acts, language
from deployments.desk.evidence import beside, words_if_late
from deployments.desk.pages import go_to, page
from deployments.desk.session import OwnForm, OwnToken, SignedIn, on_duty
from deployments.desk.typed import local_moment, seen_before, unfit, whole_number
from models.birth_date import BirthDateUnreadable
from models.case import LOCAL_ZONES, CareEnd, CaseStatus, progress
from models.officer import Duty, Officer
from models.person import Category, HostStatus, Language, Sex, Wish
from models.text import NOT_WRITABLE, is_writable
from tasks import aftercare, browsing, case_file, corrections, decisions, doorbell, overview, portraits, readers
from tasks.clock import now

router = APIRouter()

_DIGITS = 6
"""A leaf's number has fewer."""


@router.get("/cases")
def cases(request: Request, officer: SignedIn, q: str = "", leaf: str = "") -> Response:
    """Show the cases whose reference or name has these letters, whose must be looked at first on top."""
    # A leaf that is no number is the first one; a browser never makes one up.
    turned = int(leaf) if leaf.isascii() and leaf.isdigit() and len(leaf) < _DIGITS else 0
    found = browsing.cases(q, reader=officer, page=turned)
    template = "_cases.html" if request.headers.get("hx-request") else "cases.html"
    return page(request, template, found=found, q=q, at=now())


@router.get("/cases/new")
def new_case(request: Request, officer: SignedIn) -> Response:
    """Show the form that opens a case."""
    on_duty(officer, Duty.run_the_case)
    return _form(request, NewCase())


class NewCase(BaseModel):
    """What stands in the form that opens a case; all of it as typed."""

    name_hangul: str = ""
    name_latin: str = ""
    sex: str = ""
    born_on: str = ""
    birthplace: str = ""
    passport: str = ""
    place: str = ""
    keeper: str = ""
    host_status: str = HostStatus.unknown.value
    country: str = "KHM"
    operation: str = ""
    story: str = ""
    category: list[str] = []


@router.post("/cases", dependencies=[OwnToken])
def open_case(request: Request, officer: SignedIn, typed: Annotated[NewCase, Form()]) -> Response:
    """Open a case for one person; what was typed stays in the form where it cannot be opened."""
    on_duty(officer, Duty.run_the_case)
    given = {name: value.strip() or None for name, value in typed.model_dump(exclude={"category"}).items()}
    if not all(is_writable(value or "") for value in given.values()):
        return _form(request, typed, refused=NOT_WRITABLE)
    if not given["place"] or not given["keeper"]:
        return _form(request, typed, refused="Say where the person is and who keeps them.")
    try:
        reference = case_file.open_case(
            country=typed.country, officer=officer.number, name_hangul=given["name_hangul"],
            name_latin=given["name_latin"], sex=Sex(typed.sex) if typed.sex else None, birth_date=given["born_on"],
            birthplace=given["birthplace"], passport_number=given["passport"], story=given["story"],
            place=given["place"], keeper=given["keeper"], host_status=HostStatus(typed.host_status),
            categories=[Category(each) for each in typed.category], operation=given["operation"],
        )  # fmt: skip
    except (case_file.Refused, BirthDateUnreadable) as refused:
        return _form(request, typed, refused=str(refused))
    except ValueError:
        return _form(request, typed, refused="One of the lists holds what it does not offer; choose again.")
    return go_to(f"/cases/{reference}")


def _form(request: Request, typed: NewCase, *, refused: str = "") -> Response:
    return page(
        request, "case_new.html", status=422 if refused else 200, typed=typed, refused=refused, sexes=tuple(Sex),
        host_statuses=tuple(HostStatus), categories=tuple(Category), countries=tuple(LOCAL_ZONES),
    )  # fmt: skip


@router.get("/cases/{reference}")
def case(request: Request, reference: str, officer: SignedIn, done: str = "") -> Response:
    """Show one case: where it stands, who the person is, what has happened, what waits, its papers."""
    return _case(request, reference, officer, done=_done(done))


_DONE = {
    "started": "The journey has begun.",
    "portrait": "The portrait is stored.",
    "whereabouts": "Where the person is was written down.",
    "declaration": "The person's word was written down.",
    "care": "Care for the person has ended.",
    "erased": "The person was erased.",
}


def _done(name: str) -> str:
    """Return what is said once something was written down; nothing of what nobody knows."""
    return acts.ACTS[name].done if name in acts.ACTS else _DONE.get(name, "")


def _case(request: Request, reference: str, officer: Officer, *, done: str = "", refused: str = "") -> Response:
    seen = overview.of(reference, reader=officer)
    over = seen.status in (CaseStatus.home, CaseStatus.cancelled)
    with case_file.transaction() as session:
        on_file = case_file.on_file(session, case_file.load(session, reference))
    known_as = seen.registry.candidates if seen.registry else []
    return page(
        request, "case.html", status=409 if refused else 200, seen=seen, late=words_if_late(seen.contact), at=now(),
        compared=beside(known_as, tell=language.teller(language.of(request))),
        progress=progress(seen.status, seen.next_step),
        done=done, refused=refused, on_file=on_file,
        runs_it=officer.may(Duty.run_the_case), attends=officer.may(Duty.attend_to_the_person),
        decides=decisions.waits_for(officer, reference),
        run=doorbell.run_of(reference), wishes=tuple(Wish), spoken=tuple(Language),
        host_statuses=tuple(HostStatus), over=over, acts=acts.open_to(officer, over=over),
        care_ends=_CARE_ENDS if seen.status is CaseStatus.cancelled and seen.contact else (),
    )  # fmt: skip


@router.post("/cases/{reference}/start", dependencies=[OwnForm])
def start(request: Request, reference: str, officer: SignedIn) -> Response:
    """Start the journey; a second click finds it in progress."""
    on_duty(officer, Duty.run_the_case)
    if (refusal := doorbell.start(reference)) is not None:
        return _case(request, reference, officer, refused=refusal)
    return go_to(f"/cases/{reference}?done=started")


@router.get("/cases/{reference}/portrait")
def stored_portrait(reference: str, officer: SignedIn) -> Response:
    """Show the portrait on file to whoever attends to the person."""
    image = overview.portrait(reference, reader=officer)
    if image is None:
        raise HTTPException(404, f"Case {reference} has no portrait yet.")
    headers = {"Content-Disposition": f'inline; filename="{reference}-portrait.jpg"'}
    return Response(image, media_type="image/jpeg", headers=headers)


@router.post("/cases/{reference}/portrait", dependencies=[OwnForm])
def portrait(
    request: Request,
    reference: str,
    officer: SignedIn,
    *,
    image: Annotated[UploadFile, File()],
    captured_at: Annotated[str, Form()] = "",
    waiver: Annotated[str, Form()] = "",
    crown: Annotated[str, Form()] = "",
    chin: Annotated[str, Form()] = "",
    after: Annotated[str, Form()] = "",
) -> Response:
    """
    Store a portrait, taken now unless said; crown and chin in per cent of the picture sent.

    `after` is how many portraits the page knew of, so that an old page overwrites no newer one.
    """
    on_duty(officer, Duty.attend_to_the_person)
    if (taken_at := local_moment(captured_at, reference)) is None:
        return _case(request, reference, officer, refused="Say when the portrait was taken, like 2026-11-22T09:30.")
    try:
        picture = image.file.read(portraits.LARGEST_FILE + 1)
        jpeg = portraits.checked_bytes(picture)
        head = portraits.head_marks(picture, crown=_per_cent(crown), chin=_per_cent(chin))
        corrections.set_portrait(
            reference,
            image=jpeg,
            captured_at=taken_at,
            officer=officer.number,
            waiver=waiver.strip() or None,
            head=head,
            after=seen_before(after),
        )
    except (ValueError, case_file.Refused) as refused:
        words = str(refused).rstrip(".")
        return _case(request, reference, officer, refused=f"{words[:1].upper()}{words[1:]}.")
    doorbell.wake(reference)
    return go_to(f"/cases/{reference}?done=portrait")


def _per_cent(mark: str) -> str | None:
    return f"{mark}%" if mark.strip() else None


class Whereabouts(BaseModel):
    """Where somebody was found now."""

    place: str = ""
    keeper: str = ""
    host_status: str = ""
    hours: int = Field(default=24, ge=1, le=168)
    """Until we must hear of them again."""
    after: str = ""
    """Of how many notes the page knew."""


@router.post("/cases/{reference}/whereabouts", dependencies=[OwnForm])
def whereabouts(request: Request, reference: str, officer: SignedIn, typed: Annotated[Whereabouts, Form()]) -> Response:
    """Write down where the person is now and when we must hear of them again."""
    on_duty(officer, Duty.attend_to_the_person)
    place, keeper = typed.place.strip(), typed.keeper.strip()
    if not place or not keeper or typed.host_status not in list(HostStatus):
        return _case(request, reference, officer, refused="Say where the person is, who keeps them, and how.")
    try:
        corrections.locate(
            reference, place=place, keeper=keeper, host_status=typed.host_status,
            next_contact_due_at=now().add(hours=typed.hours), after=seen_before(typed.after), officer=officer.number,
        )  # fmt: skip
    except case_file.Refused as refused:
        return _case(request, reference, officer, refused=str(refused))
    return go_to(f"/cases/{reference}?done=whereabouts")


_CARE_ENDS = tuple(each for each in CareEnd if each is not CareEnd.erased)


class AfterCare(BaseModel):
    """Why nobody waits for a person any more."""

    reason: str = ""


@router.post("/cases/{reference}/care", dependencies=[OwnForm])
def care(request: Request, reference: str, officer: SignedIn, typed: Annotated[AfterCare, Form()]) -> Response:
    """End care after the journey was stopped."""
    on_duty(officer, Duty.run_the_case)
    if typed.reason not in _CARE_ENDS:
        return _case(request, reference, officer, refused="Say why nothing more is to be done for the person.")
    aftercare.end_care(reference, reason=CareEnd(typed.reason), officer=officer.number)
    return go_to(f"/cases/{reference}?done=care")


class Declaration(BaseModel):
    """The person's own word, as it was heard."""

    wish: str = ""
    spoken: str = ""
    """The language it was read to them in."""
    declared_at: str = ""
    interpreter: str = ""
    reader: str = ""
    """Who read it to them; the officer themselves where nobody is named."""
    representative: str = ""
    """The number of whoever says it for a person who does not sign."""
    after: str = ""
    """Of how many words the page knew."""


@router.post("/cases/{reference}/declaration", dependencies=[OwnForm])
def declaration(request: Request, reference: str, officer: SignedIn, typed: Annotated[Declaration, Form()]) -> Response:
    """Write down the person's own word about returning."""
    on_duty(officer, Duty.attend_to_the_person)
    said_at = local_moment(typed.declared_at, reference)
    if typed.wish not in list(Wish) or typed.spoken not in list(Language) or said_at is None:
        return _case(request, reference, officer, refused="Say what the person wishes, in which language, and when.")
    if wrong := unfit(typed):
        return _case(request, reference, officer, refused=wrong)
    try:
        corrections.declare(
            reference, wish=Wish(typed.wish), language=Language(typed.spoken),
            reader=typed.reader.strip() or officer.number,
            declared_at=said_at, interpreter=typed.interpreter.strip() or None,
            representative=whole_number(typed.representative) if typed.representative.strip() else None,
            after=seen_before(typed.after), officer=officer.number,
        )  # fmt: skip
    except case_file.Refused as refused:
        return _case(request, reference, officer, refused=str(refused))
    doorbell.wake(reference)
    return go_to(f"/cases/{reference}?done=declaration")


@router.get("/cases/{reference}/looks")
def looks(request: Request, reference: str, officer: SignedIn) -> Response:
    """Show who looked at the person, and what partners were told; this look is audited too."""
    on_duty(officer, Duty.run_the_case)
    found = readers.who_looked(reference, reader=officer)
    spoken = language.of(request)
    return page(
        request, "looks.html", reference=reference, looks=found, fields=lambda names: language.fields(names, spoken)
    )
