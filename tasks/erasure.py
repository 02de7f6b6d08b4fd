"""Erasing a person: their key is destroyed, and what stood about them in clear is taken out; the record still holds."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlmodel import Session, col, select

from models.booking import Booking
from models.by_hand import ManualBooking
from models.case import CareEnd, CaseStatus, RepatriationCase
from models.disruption import AirlineEvent, Disruption
from models.handoff import Handoff
from models.intent import Intent
from models.officer import Duty
from models.person import ConfirmedIdentity, ErasureReason, Person, PersonKey
from models.travel_document import TravelDocument
from models.verification import LookoutHit
from tasks import case_file, officers
from tasks.clock import now

_GONE = "erased"


def erase(reference: str, *, reason: ErasureReason, officer_number: str, code: str) -> None:
    """
    Erase the person of a case for good, in every case of theirs; decisions, money and the audit trail stay.

    What stays in clear: the numbers of their travel documents, since none may ever be used twice; what they were to
    the law; how the host country kept them; sums, moments, agencies and officers. None of it names them.

    Whoever holds an older backup holds the key with it: an erasure is whole when the last of those is gone.

    Raises:
        case_file.Refused: a journey is still open, or the person is erased already.
        officers.NotProved: the one-time code does not fit.
    """
    with case_file.transaction() as session:
        # Before the code: it signs one act, and what is refused here is none.
        case_file.refuse_if_written(session, reference, looks_again=True)
        _erasable(session, case_file.load(session, reference))
    officer, _ = officers.prove(officer_number, code, on="erasure")
    case_file.refuse_without(Duty.erase, officer)
    with case_file.transaction() as session:
        persons, cases = _erasable(session, case_file.load(session, reference, lock=True), lock=True)
        for person_id in persons:
            key = session.get_one(PersonKey, person_id, with_for_update=True)
            key.wrapped_key, key.destroyed_at = None, now()
            session.add(key)
            _take_out(session, person_id)
        for each in cases:
            if each.status is CaseStatus.cancelled and each.is_in_care:
                each.care_ended_at, each.care_ended_by, each.care_ended_for = now(), officer.number, CareEnd.erased
                session.add(each)
            ids = {"reason": reason.value}
            case_file.note(session, "person.erased", actor=officer.number, about=each, ids=ids)
            case_file.tell(session, each.reference, f"The person was erased by {officer.number}: {reason.value}.")


def _erasable(
    session: Session, case: RepatriationCase, *, lock: bool = False
) -> tuple[list[UUID], Sequence[RepatriationCase]]:
    """
    Return the records of a case's human being and all cases of theirs, locked if asked.

    Raises:
        case_file.Refused: a journey is still open, or the person is erased already.
    """
    if (merge := case_file.standing_merge(session, case.reference)) is not None:
        raise case_file.Refused(f"Case {case.reference} is merged into {merge.kept}; erase the person there.")
    # Cases merged into theirs are about the same human being, and go with them.
    persons = case_file.persons_of(session, case.person_id)
    theirs = select(RepatriationCase).where(col(RepatriationCase.person_id).in_(persons))
    cases = session.exec(theirs.with_for_update() if lock else theirs).all()
    merged = case_file.references_of(session, case.reference)[1:]
    if still_open := sorted(each.reference for each in cases if not each.is_closed and each.reference not in merged):
        raise case_file.Refused(f"Case {still_open[0]} of this person is open; end the journey first.")
    key = session.get_one(PersonKey, case.person_id, with_for_update=lock)
    if key.destroyed_at is not None:
        raise case_file.Refused(f"The person of {case.reference} was erased at {key.destroyed_at:%Y-%m-%d %H:%M} UTC.")
    return persons, cases


def _take_out(session: Session, person_id: UUID) -> None:
    """Take out what is about the person and not sealed; what no longer opens is dropped where it may be changed."""
    person = session.get_one(Person, person_id)
    person.name_hangul = person.name_latin = person.birthplace = person.portrait_waiver = None
    person.sex = person.birth_date = person.passport_number_lookup = None
    person.passport_number_sealed = person.story_sealed = person.portrait_sealed = None
    person.portrait_crown = person.portrait_chin = None
    person.next_of_kin_phone_lookup = None
    session.add(person)
    # Of its own for each person, because some indexes hold two journeys of one human being apart by it.
    nobody = f"{_GONE}-{person_id}"
    for identity in session.exec(select(ConfirmedIdentity).where(ConfirmedIdentity.person_id == person_id)):
        identity.surname_hangul = identity.surname_latin = identity.birthplace = _GONE
        identity.given_hangul = identity.given_latin = ""
        identity.born_on, identity.registry_id = date.min, nobody
        identity.personal_number_sealed, identity.passport_number_sealed = b"", None
        session.add(identity)
    for intent in session.exec(select(Intent).where(Intent.person_id == person_id)):
        if intent.registry_id is not None:
            intent.registry_id = nobody
        # One act a subject: of its own for each.
        intent.subject, intent.result_id, intent.words = f"{_GONE}-{intent.id}", None, None
        intent.itinerary = None
        session.add(intent)
    for booking in session.exec(select(Booking).where(Booking.person_id == person_id)):
        for event in session.exec(select(AirlineEvent).where(AirlineEvent.order_id == booking.order_id)):
            event.order_id = event.offer_id = _GONE
            session.add(event)
        for disruption in session.exec(select(Disruption).where(Disruption.booking_id == booking.id)):
            disruption.was, disruption.became, disruption.change_id = {}, None, None
            session.add(disruption)
        booking.order_id, booking.offer_id = f"{_GONE}-{booking.id}", _GONE
        booking.itinerary, booking.carrier_answer = {}, None
        session.add(booking)
    for entry in session.exec(select(ManualBooking).where(ManualBooking.person_id == person_id)):
        entry.itinerary, entry.told_by, entry.cancelled_told_by = {}, _GONE, None
        session.add(entry)
    for document in session.exec(select(TravelDocument).where(TravelDocument.person_id == person_id)):
        document.registry_id, document.itinerary, document.envelope = nobody, None, {}
        session.add(document)
    for handoff in session.exec(select(Handoff).where(Handoff.person_id == person_id)):
        handoff.answered_by = None
        session.add(handoff)
    for hit in session.exec(select(LookoutHit).where(LookoutHit.person_id == person_id)):
        hit.authority_reference = _GONE
        session.add(hit)
