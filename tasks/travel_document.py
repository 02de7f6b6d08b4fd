"""The travel document: reserve a number, authorise, and release the sheet once carriage is confirmed."""

from uuid import UUID

from sqlmodel import Session, col, select

from models.case import CaseStatus, RepatriationCase, Step, local_zone
from models.decision import Proposal
from models.instrument import ruling_of
from models.officer import Officer, Role
from models.paper import PaperKind
from models.person import ConfirmedIdentity, Person
from models.portrait import HeadMarks
from models.stock import StockState
from models.travel_document import (
    AuthorisationProposal,
    DocumentState,
    ReleaseProposal,
    TravelDocument,
    last_day,
)
from tasks import (
    acceptance,
    case_file,
    companions,
    custody,
    decisions,
    escorts,
    handoff,
    host_clearance,
    instruments,
    losses,
    medical,
    numbers,
    paperwork,
    representation,
    signing,
    validity,
    vault,
)
from tasks.booking.carrier import refuse_unanswered, refuse_unescorted, release_escort_words
from tasks.calls import read_call
from tasks.clock import now
from tasks.partners.border_control import BorderControl, Holder
from tasks.trouble import NeedsPerson, Overtaken
from tasks.verification import standing_declaration


@read_call
def propose_authorisation(reference: str) -> None:
    """Reserve a number, ask where the instrument is accepted, and put it all before the authorising officer."""
    representation.refuse_passenger(reference, Step.authorise)
    instruments.refuse_undocumented(reference)
    losses.tell_of(reference)
    with case_file.transaction() as session:
        document = _reserve(session, case_file.load(session, reference, lock=True))
    envelope, acceptances = acceptance.envelope(reference, document)
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        document = case_file.require_document(session, reference)
        document.envelope = envelope.model_dump(mode="json")
        session.add(document)
        identity = case_file.require_identity(session, reference)
        paperwork.portrait_of(session, case, at=now())
        person = session.get_one(Person, case.person_id)
        ruling = ruling_of(document.rule)
        content = AuthorisationProposal(
            salt=vault.salt(session, case.person_id, "authorise"),
            name_hangul=identity.surname_hangul + identity.given_hangul,
            name_latin=f"{identity.surname_latin} {identity.given_latin}",
            sex=identity.sex.value,
            born_on=identity.born_on,
            nationality=identity.nationality,
            instrument=document.instrument,
            legal_ground=ruling.ground,
            because=ruling.because,
            number=document.number,
            expires_on=document.expires_on,
            envelope=envelope,
            acceptances=tuple(acceptances),
            longer_because=validity.words_of(session, case),
            previous_passport_on_record=identity.passport_number_sealed is not None,
            head=_head_of(person),
            portrait_captured_by=person.portrait_captured_by,
            portrait_waiver=person.portrait_waiver,
        )
        decisions.propose(session, case, Step.authorise, content)


def _reserve(session: Session, case: RepatriationCase) -> TravelDocument:
    """Return the case's open document, or enter the person on a free number of the mission's stock."""
    document = case_file.open_document(session, case.reference)
    if document is not None and document.state is not DocumentState.proposed:
        return document
    ruling = instruments.ruling(session, case, document)
    at = now()
    today = at.in_timezone(local_zone(case.reference)).date()
    expires_on = last_day(today, days=validity.days_of(session, case.reference))
    if document is not None and document.instrument is ruling.instrument:
        document.rule, document.expires_on = ruling.rule, expires_on
        session.add(document)
        return document
    if document is not None:
        # The facts have changed since; a number that named a person is never used again.
        decisions.void_document(session, case)
        session.flush()
    if ruling.instrument is None:
        raise Overtaken(f"{case.reference}: the facts changed while the document was proposed")
    number = instruments.free_number(session, case, ruling.instrument)
    if number is None:
        raise NeedsPerson(
            "no_numbers",
            "The mission's stock of document numbers is empty; receive new ones with `homeward documents receive`, "
            "then go on.",
        )
    identity = case_file.require_identity(session, case.reference)
    number.reference = case.reference
    session.add(number)
    session.flush()
    numbers.move(session, number.number, StockState.reserved, by=case_file.RUN)
    document = TravelDocument(
        reference=case.reference,
        person_id=case.person_id,
        registry_id=identity.registry_id,
        number=number.number,
        instrument=ruling.instrument,
        rule=ruling.rule,
        expires_on=expires_on,
        envelope={},
        replaces_id=_replaced(session, case),
        moved_at=at,
    )
    session.add(document)
    case_file.note(
        session,
        "number.reserved",
        actor=case_file.RUN,
        about=case,
        values={"number": number.number},
    )
    return document


def _replaced(session: Session, case: RepatriationCase) -> UUID | None:
    """Return the id of the document the next one is made instead of."""
    return session.exec(
        select(TravelDocument.id)
        .where(TravelDocument.reference == case.reference, TravelDocument.state == DocumentState.void)
        .order_by(col(TravelDocument.moved_at).desc())
        .limit(1)
    ).first()


@read_call
def announce(reference: str) -> None:
    """
    Tell the border that the number is reserved for this holder, so that a pre-check can know it.

    Raises:
        Overtaken: by now the law's table says something else than was authorised; it is proposed anew.
    """
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        document, holder = case_file.require_document(session, reference), holder_of(session, reference)
        if is_changed := instruments.ruling(session, case, document).rule is not document.rule:
            decisions.withdraw(session, reference, Step.authorise)
    if is_changed:
        raise Overtaken(f"{reference}: the facts changed while the document was authorised")
    _tell_border(document, holder, "reserved")


@read_call
def void_at_border(reference: str) -> None:
    """Tell the border of every number of the case that we have voided and that it may still hold for good."""
    with case_file.transaction() as session:
        voided = session.exec(
            select(TravelDocument)
            .where(
                TravelDocument.reference == reference,
                TravelDocument.state == DocumentState.void,
                col(TravelDocument.border_status).in_(["reserved", "valid"]),
            )
            .order_by(TravelDocument.number)
        ).all()
        holders = [_holder_then(session, document) for document in voided]
    for document, holder in zip(voided, holders, strict=True):
        _tell_border(document, holder, "void")


def _tell_border(document: TravelDocument, holder: Holder, status: str) -> None:
    # Written first, so that a number the border may know is never forgotten.
    with case_file.transaction() as session:
        row = session.get_one(TravelDocument, document.id, with_for_update=True)
        row.border_status = status if status != "void" else row.border_status
        session.add(row)
    with BorderControl() as border:
        border.register(
            document.number,
            holder,
            instrument=document.instrument.value,
            status=status,
            expires_on=document.expires_on,
        )
    if status == "void":
        with case_file.transaction() as session:
            row = session.get_one(TravelDocument, document.id, with_for_update=True)
            row.border_status = status
            session.add(row)


def _holder_then(session: Session, document: TravelDocument) -> Holder:
    """Return the holder as the border was told, also when the identity was taken back since."""
    known = session.exec(
        select(ConfirmedIdentity)
        .where(ConfirmedIdentity.reference == document.reference, ConfirmedIdentity.registry_id == document.registry_id)
        .order_by(col(ConfirmedIdentity.confirmed_at).desc())
        .limit(1)
    ).one()
    return Holder(known.surname_latin, known.given_latin, known.born_on)


def authorise(reference: str) -> None:
    """Carry out the authorisation: the number is the person's, a watermarked draft exists, and nothing valid does."""
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        decision = decisions.approval(session, reference, Step.authorise, at=now())
        if decision is None:
            raise NeedsPerson("no_decision", "The document was not authorised by an officer; go on and one is asked.")
        document = case_file.require_document(session, reference)
        document.state, document.authorised_by, document.moved_at = DocumentState.authorised, decision.officer, now()
        session.add(document)
        paperwork.store_draft(session, case, document)
        case_file.move(session, case, CaseStatus.documented)


@read_call
def propose_release(reference: str) -> None:
    """Gather what must be true before release, render the page, and put both before the issuing officer."""
    representation.refuse_passenger(reference, Step.release)
    companions.look_anew(reference)
    clearance = host_clearance.ask(reference)
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        host_clearance.require_leave(session, case, clearance)
        instruments.refuse_wrong(session, case)
    received_by = handoff.offer_to_receiver(reference)
    pre_check_id = _pre_check(reference)
    acceptances = acceptance.on_route(reference)
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        booking, document = (
            case_file.require_booking(session, reference),
            case_file.require_document(session, reference),
        )
        refuse_unanswered(session, case, booking)
        custody.refuse_crowded(session, case, booking.route)
        refuse_unescorted(session, case, booking)
        companions.refuse_unaccompanied(session, case, booking)
        page = paperwork.travel_document_page(session, case, document, booking.route, rendered_at=now())
        leave = host_clearance.require_leave(session, case, clearance)
        person = session.get_one(Person, case.person_id)
        content = ReleaseProposal(
            salt=vault.salt(session, case.person_id, "release"),
            instrument=document.instrument,
            legal_ground=page.legal_ground,
            number=document.number,
            issued_on=page.issued_on,
            expires_on=page.content.expires_on,
            rendered_at=page.rendered_at.to_iso8601_string(),
            longer_because=validity.words_of(session, case),
            page_sha256=page.sha256,
            portrait_sha256=page.portrait_sha256,
            portrait_captured_on=page.portrait_captured_on,
            portrait_captured_by=person.portrait_captured_by,
            portrait_waiver=person.portrait_waiver,
            head=_head_of(person),
            authorised_by=document.authorised_by or "",
            itinerary=booking.route,
            record_locator=case_file.record_locator(session, booking),
            ticket_numbers=case_file.ticket_numbers(session, booking),
            exit_permit=leave.permit.number or "",
            release_order=leave.order.number,
            pre_check_id=pre_check_id,
            acceptances=tuple(acceptances),
            receiving_agency=case.receiving_agency,
            received_by=received_by,
            declaration=standing_declaration(session, case),
            # Whether it covers the flight bears on the release; who examined the person, and when, does not.
            medical_clearance=medical.words(session, case, booking, at=now(), with_source=False),
            escorts=release_escort_words(session, case, booking),
            travel_group=escorts.group_words(session, booking),
            **_holder_fields(case_file.require_identity(session, reference)),
        )
        lapses = medical.stands_until(session, case, at=now()) or booking.route.departs_at
        decisions.propose(session, case, Step.release, content, valid_until=min(booking.route.departs_at, lapses))


def _head_of(person: Person) -> HeadMarks | None:
    """Return where crown and chin of the person's portrait were marked."""
    if person.portrait_crown is None or person.portrait_chin is None:
        return None
    return HeadMarks(crown=person.portrait_crown, chin=person.portrait_chin)


def _holder_fields(identity: ConfirmedIdentity) -> dict[str, object]:
    return {
        "name_hangul": identity.surname_hangul + identity.given_hangul,
        "name_latin": f"{identity.surname_latin} {identity.given_latin}",
        "sex": identity.sex.value,
        "born_on": identity.born_on,
        "birthplace": identity.birthplace,
        "nationality": identity.nationality,
    }


def _pre_check(reference: str) -> str:
    """Return the id of a pre-check (iPC) that says the person may board with the new number."""
    with case_file.transaction() as session:
        document, holder = case_file.require_document(session, reference), holder_of(session, reference)
        first = case_file.require_booking(session, reference).route.segments[0]
    with BorderControl() as border:
        answer = border.pre_check(
            document.number,
            holder,
            carrier=first.carrier,
            flight_number=first.flight_number,
            departs_on=first.departs_local.date(),
        )
    if not answer.may_board:
        raise NeedsPerson(
            "no_board", "The border pre-check would refuse boarding; clear it with border control, then go on."
        )
    return answer.check_id


@read_call
def release(reference: str) -> None:
    """
    Have the approved page sealed and signed, register it and store it as valid.

    A page that is no longer the approved one is not released: its proposal is taken away and the officer asked anew.
    The signer gives the same document however often it is asked, so whatever dies here begins again.
    """
    companions.look_anew(reference)
    with case_file.transaction() as session:
        case_file.load(session, reference, lock=True)
        document, holder = case_file.require_document(session, reference), holder_of(session, reference)
        refuse_alone(session, reference)
        proposal, content = _approved_release(session, reference)
        page = paperwork.approved_page(session, reference, content)
        if page.sha256 != content.page_sha256:
            decisions.withdraw(session, reference, Step.release)
            case_file.tell(session, reference, "The page changed after it was approved; it is asked anew.")
            return
    signed = signing.signed_document(reference, proposal.id)
    document.expires_on = content.expires_on
    _tell_border(document, holder, "valid")
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        # Somebody may have stopped the journey, or taken the wish back, while the border was told.
        _refuse_stopped(session, case)
        # Or taken an escort off, or a companion has lost their seats.
        refuse_alone(session, reference)
        standing, content = _approved_release(session, reference)
        if standing.id != proposal.id:
            raise Overtaken(f"{reference}: another page was proposed while this one was signed")
        document = case_file.require_document(session, reference)
        paper = paperwork.store(session, case, PaperKind.travel_document, signed, number=document.number)
        document.state, document.paper_id, document.moved_at = DocumentState.valid, paper.id, now()
        document.itinerary, document.expires_on = content.itinerary.model_dump(mode="json"), content.expires_on
        document.issued_on = content.issued_on
        session.add(document)
        numbers.move(session, document.number, StockState.issued, by=case_file.RUN)
        case_file.note(
            session,
            "document.released",
            actor=case_file.RUN,
            about=case,
            ids={"sha256": paper.sha256},
            values={"number": document.number},
        )
        case_file.tell(session, reference, "The travel document was released.")
        case_file.move(session, case, CaseStatus.released)


def refuse_alone(session: Session, reference: str) -> None:
    """
    Refuse to release a suspect for whom the flight has no place, and a person whom nobody accompanies who should, or
    whose companions are not with them any more.
    """
    case, booking = case_file.load(session, reference), case_file.require_booking(session, reference)
    custody.refuse_crowded(session, case, booking.route)
    refuse_unescorted(session, case, booking)
    companions.refuse_unaccompanied(session, case, booking)
    if companions.parted(session, booking):
        raise Overtaken(f"{reference}: whom the person travels with has lost their seats")


def _refuse_stopped(session: Session, case: RepatriationCase) -> None:
    if case.ending or case_file.open_trouble(session, case.reference) is not None:
        raise NeedsPerson("stopped", "The journey was stopped while the document was being released; it was not.")


def _approved_release(session: Session, reference: str) -> tuple[Proposal, ReleaseProposal]:
    proposal = decisions.live(session, reference, Step.release)
    if proposal is None or decisions.approval(session, reference, Step.release, at=now()) is None:
        raise NeedsPerson("no_decision", "The release was not decided by an officer; go on and one will be asked.")
    content = decisions.content_of(session, proposal)
    if not isinstance(content, ReleaseProposal):
        raise TypeError("a release proposal holds something else")
    return proposal, content


def proposed_page(reference: str, *, reader: Officer) -> bytes:
    """
    Return the page an issuing officer is asked to release, as PDF: the very bytes whose hash the proposal holds.

    Raises:
        case_file.Refused: nothing waits for release, it is not this officer's question, or its facts have changed.
    """
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        proposal = decisions.live(session, reference, Step.release)
        if proposal is None:
            raise case_file.Refused(f"No page waits for release in case {reference}.")
        if not _may_see_page(session, case, proposal, reader):
            raise case_file.Refused(f"The page is for the issuing officer; officer {reader.number} is none.")
        content = decisions.content_of(session, proposal)
        if not isinstance(content, ReleaseProposal):
            raise TypeError("a release proposal holds something else")
        page = paperwork.approved_page(session, reference, content)
        if page.sha256 != content.page_sha256:
            raise case_file.Refused("The page's facts have changed; the officer will be asked anew.")
        ids = {"purpose": "page to be released", "sha256": page.sha256}
        case_file.note(session, "page.read", actor=reader.number, about=case, ids=ids)
        return page.pdf


def _may_see_page(session: Session, case: RepatriationCase, proposal: Proposal, reader: Officer) -> bool:
    asking = decisions.open_asking(session, case.reference)
    if asking is not None and asking.proposal_id == proposal.id:
        return decisions.may_look(session, case, asking, reader, at=now())
    return reader.holds(Role.issuing_officer) or reader.holds(Role.coordinator)


def holder_of(session: Session, reference: str) -> Holder:
    """Return the holder as the border knows them."""
    identity = case_file.require_identity(session, reference)
    return Holder(identity.surname_latin, identity.given_latin, identity.born_on)
