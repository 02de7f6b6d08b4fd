"""Contacts: whom a person wishes to be told what, and no telephone number without their word."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import pendulum
from sqlalchemy import func
from sqlmodel import Session, col, select

from models.contact import Contact, ContactConsent, Item, may_be_told
from models.officer import Duty, Officer
from models.person import Language
from models.representation import Relation
from tasks import case_file, representation, vault
from tasks.clock import now


@dataclass(frozen=True, slots=True)
class Known:
    """A contact as officers see it: never the number."""

    number: int
    relation: Relation
    name: str | None
    items: tuple[Item, ...]
    """What they may be told now."""
    words: int
    """How often the person has said something about them."""


def add(
    reference: str,
    *,
    relation: Relation,
    name: str | None,
    phone: str,
    officer: Officer,
    after: int | None = None,
) -> int:
    """
    Keep somebody close to a person, their number sealed, and return their number in the list.

    `after` is how many contacts the officer saw, where they looked.

    Raises:
        case_file.Refused: what is no telephone number, or a contact was added since.
    """
    digits = "".join(character for character in phone if character.isdigit())
    # E.164 has at most fifteen digits.
    if not 6 <= len(digits) <= 15 or not set(phone) <= set("0123456789+-() "):
        raise case_file.Refused("A telephone number has six to fifteen digits, like +82-10-1234-5678; correct it.")
    with case_file.transaction() as session:
        case = case_file.load_open(session, reference)
        case_file.refuse_merged(session, case)
        case_file.refuse_stale(seen=after, found=len(_all(session, case.person_id)))
        last = session.exec(select(func.max(Contact.number)).where(Contact.person_id == case.person_id)).one() or 0
        if last + 1 >= case_file.NUMBERS_EACH:
            raise case_file.Refused(f"{reference} has {last} contacts, and a person has no more; look for a slip.")
        contact = Contact(
            person_id=case.person_id,
            number=last + 1,
            relation=relation,
            name_sealed=vault.seal(session, case.person_id, "contact_name", name.encode()) if name else None,
            phone_sealed=vault.seal(session, case.person_id, case_file.CONTACT_PHONE, phone.encode()),
            added_at=now(),
            added_by=officer.number,
        )
        session.add(contact)
        values: dict[str, str | None] = {"phone": phone, "name": name}
        ids = {"contact": str(contact.number), "relation": relation.value}
        case_file.note(session, "contact.added", actor=officer.number, about=case, ids=ids, values=values)
        return contact.number


def hear(
    reference: str,
    number: int,
    item: Item,
    *,
    gives: bool,
    language: Language,
    reader: str,
    said_at: pendulum.DateTime,
    representative: int | None = None,
    officer: Officer,
    after: int | None = None,
) -> None:
    """
    Write down a person's word about one contact and one item; whoever does not sign is spoken for.

    To withdraw nobody needs anybody: a person's own no always counts. `after` is how many words about their contacts
    the officer saw, where they looked.

    Raises:
        case_file.Refused: no such contact, a moment in the future, a word the person cannot give themselves, or one
            said before another that stands, so that it would change nothing; or a word was written down since.
    """
    with case_file.transaction() as session:
        case = case_file.load_open(session, reference)
        case_file.refuse_merged(session, case)
        case_file.refuse_future(said_at, option="--said-at")
        known = (contact.id for contact in _all(session, case.person_id).values())
        case_file.refuse_stale(seen=after, found=len(_words(session, *known)))
        contact = _contact(session, case.person_id, number)
        last = _last_word_at(session, contact, item)
        if last is not None and said_at < last:
            if gives or last - said_at > case_file.CLOCKS_DIFFER:
                # Whoever wrote it down would believe that it counts.
                raise case_file.Refused(
                    f"A word about this, said on {last:%Y-%m-%d %H:%M} UTC, is later and stands; ask the person again, "
                    "or correct --said-at."
                )
            # A no is not lost because the clock of who heard the yes was fast.
            said_at = last
        by = representation.chosen(session, case, representative)
        if gives:
            representation.refuse_signature(session, case, by)
        session.add(
            ContactConsent(
                # Of the case in which whoever says it was written down, so that it ends with a merge that is undone.
                person_id=by.person_id if by else contact.person_id,
                contact_id=contact.id,
                item=item,
                given=gives,
                language=language,
                reader=reader,
                representative_id=by.id if by else None,
                said_at=said_at,
                recorded_at=now(),
                recorded_by=officer.number,
            )
        )
        action = "contact.consent_given" if gives else "contact.consent_withdrawn"
        ids = {"contact": str(number), "item": item.value, "language": language.value}
        case_file.note(session, action, actor=officer.number, about=case, ids=ids)


def _last_word_at(session: Session, contact: Contact, item: Item) -> pendulum.DateTime | None:
    words = select(ContactConsent).where(ContactConsent.contact_id == contact.id, ContactConsent.item == item)
    return max((word.said_at for word in session.exec(words)), default=None)


def listed(reference: str, *, reader: Officer) -> list[Known]:
    """
    Return a person's contacts without their numbers, also those written down in cases merged into theirs; audited.

    Raises:
        case_file.Refused: the reader does not attend to the person.
    """
    case_file.refuse_without(Duty.attend_to_the_person, reader)
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        case_file.note(session, "person.read", actor=reader.number, about=case, ids={"purpose": "contacts"})
        persons = case_file.persons_of(session, case.person_id)
        return [
            Known(
                number,
                row.relation,
                vault.open_(session, row.person_id, "contact_name", row.name_sealed).decode()
                if row.name_sealed
                else None,
                tuple(item for item in Item if item in items_agreed(session, row.id, of=persons)),
                len(_words(session, row.id)),
            )
            for number, row in _all(session, case.person_id).items()
        ]


def telephone(reference: str, number: int, item: Item, *, reader: Officer) -> str:
    """
    Return a contact's number for telling them one thing; the reading is audited, and so is one that is refused.

    Raises:
        case_file.Refused: the person has not agreed to it, or has taken their word back; or it is not one's duty.
    """
    case_file.refuse_without(Duty.attend_to_the_person, reader)
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        contact = _contact(session, case.person_id, number)
        agreed = item in items_agreed(session, contact.id, of=case_file.persons_of(session, case.person_id))
        ids = {"contact": str(number), "purpose": f"tell {item.value}"}
        action = "contact.read" if agreed else "contact.refused"
        case_file.note(session, action, actor=reader.number, about=case, ids=ids)
        if agreed:
            return vault.open_(session, contact.person_id, case_file.CONTACT_PHONE, contact.phone_sealed).decode()
    # Outside the transaction, so that the attempt stays on record.
    raise case_file.Refused(
        f"The person has not agreed that contact {number} is told about {item.value}; ask them, then record it with "
        "`homeward contact consent`."
    )


def items_agreed(session: Session, contact_id: UUID, *, of: Collection[UUID]) -> frozenset[Item]:
    """Return what a contact may be told now; `of` are the persons of the case and of those merged into it."""
    return may_be_told([word for word in _words(session, contact_id) if word.person_id in of])


def _words(session: Session, *contact_ids: UUID) -> Sequence[ContactConsent]:
    return session.exec(select(ContactConsent).where(col(ContactConsent.contact_id).in_(contact_ids))).all()


def _all(session: Session, person_id: UUID) -> dict[int, Contact]:
    """Return a person's contacts by the number officers name them by; those of merged cases come behind."""
    begins = case_file.numbered_from(session, person_id)
    rows = session.exec(select(Contact).where(col(Contact.person_id).in_(begins))).all()
    numbered = {begins[row.person_id] + row.number: row for row in rows}
    return dict(sorted(numbered.items()))


def _contact(session: Session, person_id: UUID, number: int) -> Contact:
    if (found := _all(session, person_id).get(number)) is None:
        raise case_file.Refused(f"No contact has the number {number}; see `homeward contact list`.")
    return found
