"""
The pack: the papers beside the journey's own, each drawn from the case's facts when somebody reads it.

None of them is an act: nothing is decided by one, and what officers write down changes what the next one says. So none
is made by a step; whoever opens one sees the facts of now. While they stay the same, so do its bytes, its moment and
its version; when the journey is over it stays as it was last read. A signed copy is the paper the officer holds.
"""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

import pendulum
from sqlmodel import Session

from models.birth_date import read_birth_date
from models.case import RepatriationCase, local_zone
from models.host_clearance import HostItem, HostRecord, HostState
from models.officer import Officer
from models.paper import PaperKind, may_read
from models.person import VICTIMS, Category, Person, Sex
from models.representation import GUARDIAN, Relation
from tasks import case_file, escorts, host_clearance, medical, representation, vault
from tasks.clock import latest_today, now
from tasks.papers import page, templates
from tasks.papers.declaration import DeclarationContent
from tasks.papers.escort_order import EscortOrderContent
from tasks.papers.exit_request import ExitRequestContent, Item
from tasks.papers.fit_to_fly import FitToFlyContent
from tasks.papers.handoff_sheet import HandoffSheetContent
from tasks.papers.letter import Letter
from tasks.papers.mortal_remains import MortalRemainsContent
from tasks.papers.undertaking_to_repay import UndertakingContent
from tasks.papers.words import Words, clock_by
from tasks.paperwork import shelf
from tasks.paperwork.travel_document import MISSIONS
from tasks.settings import settings

PACK = tuple(templates.TEMPLATES)

_ITEMS = {
    HostItem.exit_permit: Words("출국 허가서", "Exit permit"),
    HostItem.release_order: Words("인도 명령", "Release order"),
    HostItem.deportation_order: Words("출국 명령", "Deportation order"),
    HostItem.ban: Words("재입국 금지", "Entry ban"),
}
_STATES = {
    HostState.asked: Words("요청함", "asked"),
    HostState.granted: Words("허가됨", "granted"),
    HostState.refused: Words("거부됨", "refused"),
    HostState.paid: Words("납부함", "paid"),
    HostState.waived: Words("면제됨", "waived"),
    HostState.issued: Words("내려짐", "issued"),
    HostState.lifted: Words("해제됨", "lifted"),
    HostState.ended: Words("끝남", "ended"),
}
_NOT_ON_RECORD = Words("아직 없음", "not on record")
_CARE = {
    Category.patient: Words("의료 지원", "medical care"),
    Category.minor: Words("보호자 또는 아동 기관에 인도", "to a guardian or a child agency"),
}
_RELATIONS = {
    Relation.parent: Words("부모", "parent"),
    Relation.spouse: Words("배우자", "spouse"),
    Relation.child: Words("자녀", "child"),
    Relation.sibling: Words("형제자매", "sibling"),
    Relation.relative: Words("친족", "relative"),
    Relation.court_appointed: Words("법원이 정한 사람", "appointed by a court"),
}


class NotMade(LookupError):
    """A paper of the pack does not exist for this case; the text says why."""


def refresh_readable(reference: str, officer: Officer) -> None:
    """Bring the papers an officer's duty needs up to date."""
    for kind in PACK:
        if may_read(officer, kind):
            with suppress(NotMade):
                refresh(reference, kind)


def not_made(reference: str, officer: Officer) -> dict[PaperKind, str]:
    """Return why each paper of the pack that the officer's duty needs does not exist, in one sentence each."""
    missing = {}
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        for kind in PACK:
            if may_read(officer, kind) and shelf.current(session, reference, kind) is None:
                try:
                    _CONTENTS[kind](session, case, _letter(session, case, now()))
                except NotMade as why:
                    missing[kind] = str(why)
    return missing


def refresh(reference: str, kind: PaperKind) -> None:
    """
    Store a paper of the pack as the case's facts stand now; one that says the same is kept, with its moment.

    Raises:
        NotMade: the case needs or allows no such paper; one that existed is taken from the shelf.
    """
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        before = shelf.current(session, reference, kind)
        if case.is_closed and before is not None:
            return
        why = f"No {kind.value.replace('-', ' ')}: the journey is over." if case.is_closed else None
        if why is None:
            why = _store(session, case, kind)
        if why is not None and before is not None:
            shelf.withdraw(session, case, before)
    if why is not None:
        raise NotMade(why)


def _store(session: Session, case: RepatriationCase, kind: PaperKind) -> str | None:
    """Store a new version if the facts have changed; return why there is no such paper, if there is none."""
    build, before = _CONTENTS[kind], shelf.current(session, case.reference, kind)
    try:
        if before is not None:
            content = build(session, case, _letter(session, case, before.made_at))
            drawn = templates.draw(kind, before.template, content)
            if hashlib.sha256(drawn).hexdigest() == before.sha256:
                return None
        at, version = now(), templates.newest(kind, host=case.reference[:3])
        pdf = templates.draw(kind, version, build(session, case, _letter(session, case, at)))
    except NotMade as why:
        return str(why)
    shelf.store(session, case, kind, pdf, template=version, made_at=at)
    return None


def _letter(session: Session, case: RepatriationCase, moment: pendulum.DateTime) -> dict[str, Any]:
    """Return what every paper of the pack states, as far as the person is known."""
    identity, person = case_file.identity(session, case.reference), session.get_one(Person, case.person_id)
    authority_ko, authority_en, _ = MISSIONS[case.reference[:3]]
    if identity is not None:
        hangul = identity.surname_hangul + identity.given_hangul
        latin = f"{identity.surname_latin} {identity.given_latin}"
    else:
        hangul, latin = person.name_hangul or "", person.name_latin or ""
    return {
        "reference": case.reference,
        "name_hangul": hangul,
        "name_latin": latin,
        "authority_ko": authority_ko,
        "authority_en": authority_en,
        "phone": settings().mission_phone,
        "moment": moment,
        "local_zone": local_zone(case.reference),
        "specimen": shelf.is_specimen(),
    }


def _known(session: Session, case: RepatriationCase) -> dict[str, Any]:
    """Return sex, birth date and nationality, from the registry once confirmed, else from the field."""
    identity = case_file.identity(session, case.reference)
    if identity is not None:
        return {"sex": identity.sex, "born_on": identity.born_on, "nationality": identity.nationality}
    person = session.get_one(Person, case.person_id)
    born = read_birth_date(person.birth_date, today=latest_today()) if person.birth_date else None
    only_day: date | None = born.days[0] if born is not None and len(born.days) == 1 else None
    sex: Sex | None = person.sex
    return {"sex": sex, "born_on": only_day, "nationality": None}


def _number(session: Session, case: RepatriationCase) -> str | None:
    document = case_file.open_document(session, case.reference)
    return document.number if document else None


def _exit_request(session: Session, case: RepatriationCase, letter: dict[str, Any]) -> Letter:
    _refuse_dead(session, case)
    booking, recorded = case_file.live_booking(session, case.reference), host_clearance.latest(session, case.reference)
    stay, fine = recorded.get(HostItem.stay), recorded.get(HostItem.overstay_fine)
    computed = host_clearance.computed_fine(recorded, case, departs_at=booking.route.departs_at) if booking else None
    expected = str(computed) if computed else None
    if fine is not None and fine.state in (HostState.paid, HostState.waived):
        expected = str(_STATES[fine.state])
    return ExitRequestContent(
        **letter,
        **_known(session, case),
        document_number=_number(session, case),
        route=booking.route if booking else None,
        stay_ended_on=stay.ended_on if stay else None,
        fine=expected,
        items=tuple(_item(session, case, item, recorded.get(item)) for item in _ITEMS),
    )


def _item(session: Session, case: RepatriationCase, item: HostItem, record: HostRecord | None) -> Item:
    if record is None:
        return Item(_ITEMS[item], _NOT_ON_RECORD)
    sealed, until = record.number_sealed, record.valid_until
    return Item(
        _ITEMS[item],
        _STATES[record.state],
        vault.open_text(session, case.person_id, "host_number", sealed) if sealed else "",
        clock_by(until, local_zone(case.reference)) if until else "",
    )


def _declaration(session: Session, case: RepatriationCase, letter: dict[str, Any]) -> Letter:
    said = case_file.declaration(session, case.person_id)
    if said is None:
        raise NotMade("No declaration: nobody has asked the person yet; write down their own word first.")
    return DeclarationContent(
        **letter,
        wish=said.wish,
        language=said.language,
        reader=page.drawable(said.reader, page.VALUE.face),
        interpreter=page.drawable(said.interpreter, page.VALUE.face) if said.interpreter else None,
        declared_at=said.declared_at,
        by_representative=said.representative_id is not None,
    )


def _escort_order(session: Session, case: RepatriationCase, letter: dict[str, Any]) -> Letter:
    _refuse_dead(session, case)
    booking = case_file.live_booking(session, case.reference)
    if booking is None:
        raise NotMade("No escort order: there are no seats yet.")
    face = page.TABLE.face
    found = [session.get_one(Officer, escort.officer) for escort in escorts.of_booking(session, booking)]
    return EscortOrderContent(
        **letter,
        escorts=tuple(
            (page.drawable(each.name, face), page.drawable(each.agency, face), each.number) for each in found
        ),
        document_number=_number(session, case),
        route=booking.route,
        record_locator=case_file.record_locator(session, booking),
        receiver=case.receiving_agency,
    )


def _fit_to_fly(session: Session, case: RepatriationCase, letter: dict[str, Any]) -> Letter:
    _refuse_dead(session, case)
    if not medical.is_patient(session, case):
        raise NotMade("No fit-to-fly form: the person flies without a doctor's word.")
    booking, found = case_file.live_booking(session, case.reference), medical.latest(session, case.reference)
    return FitToFlyContent(
        **letter,
        **_known(session, case),
        document_number=_number(session, case),
        route=booking.route if booking else None,
        airline_wants_it_by=medical.medif_by(session, case, booking) if booking else None,
        fit=found.fit if found else None,
        examined_by=page.drawable(found.given_by, page.VALUE.face) if found else "",
        valid_until=found.valid_until if found else None,
    )


def _handoff_sheet(session: Session, case: RepatriationCase, letter: dict[str, Any]) -> Letter:
    _refuse_dead(session, case)
    booking = case_file.live_booking(session, case.reference)
    if booking is None:
        raise NotMade("No handoff sheet: there are no seats yet.")
    last, held = booking.route.segments[-1], case_file.categories(session, case.person_id)
    return HandoffSheetContent(
        **letter,
        receiver=case.receiving_agency,
        flight_number=last.flight_number,
        arrives_at=last.arrives_at,
        place=f"{last.destination} {last.destination_name}",
        document_number=_number(session, case),
        care=tuple(words for category, words in _CARE.items() if category in held),
        goes_with=_goes_with(session, case),
    )


def _goes_with(session: Session, case: RepatriationCase) -> str | None:
    row = representation.guardian(session, case) if case.receiving_agency == GUARDIAN else None
    return f"{representation.name_of(session, row)} · {_RELATIONS[row.relation]}" if row is not None else None


def _undertaking(session: Session, case: RepatriationCase, letter: dict[str, Any]) -> Letter:
    # The reason stays unsaid: who pays does not learn from it what the person is.
    if representation.incapacity(session, case) is not None:
        raise NotMade("No undertaking to repay: this person is asked for none.")
    booking = case_file.live_booking(session, case.reference)
    if booking is None:
        raise NotMade("No undertaking to repay: no fare is known yet.")
    held = case_file.categories(session, case.person_id)
    return UndertakingContent(**letter, fare=str(booking.total), waived=bool(VICTIMS & set(held)))


def _mortal_remains(session: Session, case: RepatriationCase, letter: dict[str, Any]) -> Letter:
    if Category.deceased not in case_file.categories(session, case.person_id):
        raise NotMade("No papers for mortal remains: the person is alive.")
    seen = case_file.whereabouts(session, case.person_id)
    place, keeper = (
        page.drawable(vault.open_text(session, seen.person_id, field, sealed), page.VALUE.face)
        for field, sealed in (("place", seen.place_sealed), ("keeper", seen.keeper_sealed))
    )
    return MortalRemainsContent(**letter, **_known(session, case), place=place, keeper=keeper)


def _refuse_dead(session: Session, case: RepatriationCase) -> None:
    if Category.deceased in case_file.categories(session, case.person_id):
        raise NotMade("No such paper: for this person see the papers for mortal remains.")


_CONTENTS: Mapping[PaperKind, Callable[[Session, RepatriationCase, dict[str, Any]], Letter]] = {
    PaperKind.exit_request: _exit_request,
    PaperKind.declaration: _declaration,
    PaperKind.escort_order: _escort_order,
    PaperKind.fit_to_fly: _fit_to_fly,
    PaperKind.handoff_sheet: _handoff_sheet,
    PaperKind.undertaking_to_repay: _undertaking,
    PaperKind.mortal_remains: _mortal_remains,
}
