"""Opening a case for a person, and what officers write down: where they are, what they wish, what it costs."""

import re
from collections.abc import Sequence
from uuid import UUID

import pendulum
from sqlalchemy import text
from sqlmodel import Session, col, select

from models.birth_date import read_birth_date
from models.case import LOCAL_ZONES, OPERATION_PATTERN, CaseStatus, RepatriationCase, is_reference
from models.category import MINOR_BY_AGE, age_of
from models.contact import Contact
from models.officer import Duty, Officer
from models.person import Category, CategoryReason, Declaration, Person, PersonCategory, Sex, Whereabouts
from models.representation import Relation
from tasks import vault
from tasks.case_file import audit
from tasks.case_file.connection import transaction
from tasks.case_file.journey import load
from tasks.case_file.merged import persons_of, standing_merge
from tasks.clock import latest_today, now
from tasks.settings import settings

FIRST_CONTACT_WITHIN = pendulum.duration(hours=24)
"""How soon after opening a case the person must be heard of again."""


CLOCKS_DIFFER = pendulum.duration(minutes=5)
"""How far ahead of ours the clock may be by which an officer says when something happened."""


CONTACT_PHONE = "next_of_kin_phone"
"""Under which field a contact's telephone is sealed; once a person had one."""


class Refused(Exception):
    """What an officer asked for cannot be done; the text is one sentence that says why and what to do."""


def refuse_without(duty: Duty, reader: Officer) -> None:
    """
    Keep what a duty needs from whoever does not have it, whatever door they came through.

    Raises:
        Refused: the duty is not the reader's.
    """
    if not reader.may(duty):
        raise Refused(f"To {duty} is not among the duties of officer {reader.number}; ask who holds it.")


def refuse_closed(case: RepatriationCase) -> None:
    """
    Refuse to write anything more down about a journey that is over.

    Raises:
        Refused: the case is closed.
    """
    if case.is_closed:
        raise Refused(f"Case {case.reference} is closed: {case.status}; open a new case for another journey.")


def load_open(session: Session, reference: str) -> RepatriationCase:
    """
    Return a case, locked, in which something may still be written down.

    Raises:
        Refused: the journey is over.
    """
    case = load(session, reference, lock=True)
    if case.is_closed:
        raise Refused(f"Case {reference} is closed: {case.status}; open a new case for another journey.")
    return case


def load_in_care(session: Session, reference: str) -> RepatriationCase:
    """
    Return a case, locked, whose person somebody here waits to hear of, also after the journey was stopped.

    Raises:
        Refused: the person is home, or care has ended.
    """
    case = load(session, reference, lock=True)
    if not case.is_in_care:
        raise Refused(f"Nobody waits for the person of {reference} any more; open a new case if they need help again.")
    return case


def refuse_merged(session: Session, case: RepatriationCase) -> None:
    """
    Refuse what must reach the journey of the case this one is merged into, whose questions it changes.

    Raises:
        Refused: the case is merged into another.
    """
    if (merge := standing_merge(session, case.reference)) is not None:
        raise Refused(
            f"Case {case.reference} is merged into {merge.kept}, which is the person's journey now; write it down "
            "there."
        )


def refuse_future(moment: pendulum.DateTime, *, option: str) -> None:
    """Refuse a moment nobody can have seen yet; the clocks of officers may differ a little."""
    if moment > now() + CLOCKS_DIFFER:
        raise Refused(f"That moment lies in the future; correct {option}.")


def refuse_stale(*, seen: int | None, found: int) -> None:
    """
    Refuse a form that was drawn before something was added to what it shows; None says that nobody looked.

    Called with the case locked, so that of two clicks the second finds what the first one wrote.
    """
    if seen is not None and seen != found:
        raise Refused(
            "Something was written down here meanwhile, perhaps by your own second click; look at it, then send the "
            "form again if it is still needed."
        )


def refuse_odd(
    *, name_hangul: str | None, name_latin: str | None, birth_date: str | None, passport_number: str | None
) -> None:
    """
    Look at what the field wrote about a person before it is kept.

    Raises:
        Refused: something nobody can have as a name or a passport number.
        BirthDateUnreadable: what nobody can read as a birth date.
    """
    if name_hangul and not re.fullmatch(r"[가-힣 ]{1,40}", name_hangul):
        raise Refused(
            "A name in Hangul has Hangul syllables only, at most forty; write other scripts in Latin letters."
        )
    if name_latin and not re.fullmatch(r"[A-Za-z ,.'-]{1,80}", name_latin):
        raise Refused("A name in Latin letters has A-Z, spaces, hyphens, commas and apostrophes only, at most eighty.")
    if birth_date:
        read_birth_date(birth_date, today=latest_today())
    if passport_number and not re.fullmatch(r"[A-Z0-9]{5,12}", passport_number):
        raise Refused("A passport number has five to twelve letters A-Z and digits; leave it out if unsure.")


def operation_of(reference: str) -> str:
    """Return the name of the operation a case belongs to; it never changes."""
    with transaction() as session:
        return load(session, reference).operation


def refuse_elsewhere(*, country: str, operation: str | None) -> None:
    """Refuse a country no mission of ours serves, and an operation whose name is none."""
    if country not in LOCAL_ZONES:
        named = " ".join(country.split())[:40]
        raise Refused(f"No mission of ours serves {named}; choose one of {', '.join(LOCAL_ZONES)}.")
    if operation is not None and not re.fullmatch(OPERATION_PATTERN, operation):
        raise Refused("An operation has a short name like khm-2026-11: letters, digits and hyphens.")


def open_case(
    *,
    country: str,
    officer: str,
    name_hangul: str | None,
    name_latin: str | None,
    sex: Sex | None = None,
    birth_date: str | None = None,
    birthplace: str | None = None,
    passport_number: str | None = None,
    next_of_kin_phone: str | None = None,
    story: str | None = None,
    place: str,
    keeper: str,
    host_status: str,
    categories: Sequence[Category] = (),
    operation: str | None = None,
) -> str:
    """Write down one person as the field reported them, and open a case; return its reference."""
    refuse_elsewhere(country=country, operation=operation)
    refuse_odd(name_hangul=name_hangul, name_latin=name_latin, birth_date=birth_date, passport_number=passport_number)
    if not name_hangul and not name_latin:
        raise Refused("A person needs a name; write it in Hangul or in Latin letters.")
    with transaction() as session:
        if passport_number and (other := _open_case_with(session, passport_number)) is not None:
            raise Refused(f"Case {other} is open for that passport number; go on there, or leave the number out.")
        return open_within(
            session,
            country=country,
            officer=officer,
            name_hangul=name_hangul,
            name_latin=name_latin,
            sex=sex,
            birth_date=birth_date,
            birthplace=birthplace,
            passport_number=passport_number,
            next_of_kin_phone=next_of_kin_phone,
            story=story,
            place=place,
            keeper=keeper,
            host_status=host_status,
            categories=categories,
            operation=operation,
        ).reference


def open_within(
    session: Session,
    *,
    country: str,
    officer: str,
    name_hangul: str | None,
    name_latin: str | None,
    sex: Sex | None = None,
    birth_date: str | None = None,
    birthplace: str | None = None,
    passport_number: str | None = None,
    next_of_kin_phone: str | None = None,
    story: str | None = None,
    place: str,
    keeper: str,
    host_status: str,
    since: pendulum.DateTime | None = None,
    categories: Sequence[Category] = (),
    operation: str | None = None,
) -> RepatriationCase:
    """
    Write down one person and open a case within a transaction that is open, and return it.

    The caller has looked at the facts. A passport number that another open case has is no reason to refuse here: of
    two rows of a list nobody knows yet which one is right.
    """
    at = now()
    reasons = categories_at_opening(categories, birth_date)
    person = Person(
        name_hangul=name_hangul,
        name_latin=name_latin,
        sex=sex,
        birth_date=birth_date,
        birthplace=birthplace,
        recorded_at=at,
    )
    session.add(person)
    session.flush()
    vault.make_key(session, person.id)
    session.flush()
    if passport_number:
        person.passport_number_sealed = vault.seal(session, person.id, "passport_number", passport_number.encode())
        person.passport_number_lookup = vault.keyed_hash("passport_number", passport_number)
    if next_of_kin_phone:
        person.next_of_kin_phone_lookup = phone_lookup(next_of_kin_phone)
    if story:
        person.story_sealed = vault.seal(session, person.id, "story", story.encode())
    reference = _next_reference(session, country, at)
    case = RepatriationCase(
        reference=reference,
        person_id=person.id,
        moved_at=at,
        opened_by=officer,
        opened_at=at,
        owner=officer,
        operation=operation or country,
        receiving_agency=settings().receiving_agency,
    )
    session.add_all(
        [
            case,
            Whereabouts(
                person_id=person.id,
                place_sealed=vault.seal_text(session, person.id, "place", place),
                keeper_sealed=vault.seal_text(session, person.id, "keeper", keeper),
                host_status=host_status,
                since=since or at,
                reported_at=at,
                next_contact_due_at=at + FIRST_CONTACT_WITHIN,
                recorded_at=at,
                recorded_by=officer,
            ),
            *(
                PersonCategory(
                    person_id=person.id, category=category, added_at=at, added_by=officer, reason_code=reason
                )
                for category, reason in reasons.items()
            ),
        ]
    )
    if next_of_kin_phone:
        # Kept as a contact: nobody sees or uses it before the person has agreed to it.
        session.add(
            Contact(
                person_id=person.id,
                number=1,
                relation=Relation.not_said,
                phone_sealed=vault.seal(session, person.id, CONTACT_PHONE, next_of_kin_phone.encode()),
                added_at=at,
                added_by=officer,
            )
        )
    audit.note(
        session,
        "case.opened",
        actor=officer,
        about=case,
        values={
            "name_hangul": name_hangul,
            "name_latin": name_latin,
            "passport_number": passport_number,
            "birth_date": birth_date,
            "next_of_kin_phone": next_of_kin_phone,
            "story": story,
        },
    )
    audit.tell(session, reference, f"Case opened by {officer}.")
    session.flush()
    return case


def phone_lookup(number: str) -> str | None:
    """Return the keyed hash of a telephone number's digits; a country's code is told from a leading zero by its end."""
    digits = re.sub(r"\D", "", number)[-8:]
    return vault.keyed_hash("next_of_kin_phone", digits) if len(digits) == 8 else None


def first_contact_phone(session: Session, person_id: UUID) -> str | None:
    """Return the number the field wrote down for the person's family, to compare by; nobody may call it by this."""
    sealed = session.exec(
        select(Contact.phone_sealed).where(Contact.person_id == person_id).order_by(col(Contact.number)).limit(1)
    ).first()
    return None if sealed is None else vault.open_text(session, person_id, CONTACT_PHONE, sealed)


def categories_at_opening(categories: Sequence[Category], birth_date: str | None) -> dict[Category, CategoryReason]:
    """
    Return what a person is when their case is opened, and why; a birth date that may be a child's makes them one.

    Raises:
        Refused: a category only a screening may add.
    """
    if Category.confirmed_victim in categories:
        raise Refused("Only a screening confirms a victim; open the case with presumed_victim, then have it screened.")
    reasons = dict.fromkeys(categories, CategoryReason.reported)
    born = read_birth_date(birth_date, today=latest_today()) if birth_date else None
    age = age_of(born, on=now().date(), adult_at=settings().adult_at)
    if age in MINOR_BY_AGE:
        reasons[Category.minor] = MINOR_BY_AGE[age]
    elif Category.minor in reasons:
        # The field says so against the paper, or without one: a doubt, and a doubt makes a child.
        reasons[Category.minor] = CategoryReason.age_doubt
    return reasons


def _open_case_with(session: Session, passport_number: str) -> str | None:
    return session.exec(
        select(RepatriationCase.reference)
        .join(Person, col(Person.id) == RepatriationCase.person_id)
        .where(
            Person.passport_number_lookup == vault.keyed_hash("passport_number", passport_number),
            col(RepatriationCase.status).not_in([CaseStatus.home, CaseStatus.cancelled]),
        )
        .limit(1)
    ).first()


def _next_reference(session: Session, country: str, at: pendulum.DateTime) -> str:
    year = at.in_timezone(LOCAL_ZONES[country]).year
    number = session.execute(
        text(
            "INSERT INTO case_counter (country, year, last) VALUES (:country, :year, 1) "
            "ON CONFLICT (country, year) DO UPDATE SET last = case_counter.last + 1 RETURNING last"
        ),
        {"country": country, "year": year},
    ).scalar_one()
    reference = f"{country}-{year}-{number:04d}"
    if not is_reference(reference):
        raise Refused(f"The numbers of {country} in {year} are used up.")
    return reference


def listed() -> list[RepatriationCase]:
    """Return all cases in the order of their references."""
    with transaction() as session:
        return list(session.exec(select(RepatriationCase).order_by(RepatriationCase.reference)))


def declaration(session: Session, person_id: UUID) -> Declaration | None:
    """Return the person's latest word about returning, in whichever of their merged cases it was written down."""
    return session.exec(
        select(Declaration)
        .where(col(Declaration.person_id).in_(persons_of(session, person_id)))
        .order_by(col(Declaration.declared_at).desc(), col(Declaration.recorded_at).desc())
    ).first()


def categories(session: Session, person_id: UUID) -> list[Category]:
    """Return what the person is now, in the order of the enum."""
    held = session.exec(
        select(PersonCategory.category).where(
            col(PersonCategory.person_id).in_(persons_of(session, person_id)), col(PersonCategory.removed_at).is_(None)
        )
    ).all()
    return [category for category in Category if category in held]


def whereabouts(session: Session, person_id: UUID) -> Whereabouts:
    """Return where the person was last known to be; every case is opened with a place, so there is always one."""
    return session.exec(
        select(Whereabouts)
        .where(col(Whereabouts.person_id).in_(persons_of(session, person_id)))
        .order_by(col(Whereabouts.recorded_at).desc())
        .limit(1)
    ).one()
