"""Contacts: whom a person may wish to be told, and what each of them may be told; nothing without a word of theirs."""

from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.columns import Moment, Row, word
from models.person import Language
from models.representation import Relation


class Item(StrEnum):
    """What somebody may be told or asked; each is agreed to on its own."""

    alive = "alive"
    whereabouts = "whereabouts"
    return_date = "return_date"
    money = "money"


class Contact(Row, table=True):
    """Somebody close to a person, perhaps the one who recruited them; rows are only added."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    number: int
    """1, 2, 3 … for each person."""
    relation: Relation = Field(sa_type=word(Relation))
    name_sealed: bytes | None = None
    phone_sealed: bytes
    added_at: pendulum.DateTime = Field(sa_type=Moment)
    added_by: str = Field(foreign_key="officer.number")

    __table_args__ = (UniqueConstraint("person_id", "number"),)


class ContactConsent(Row, table=True):
    """A person's word about one contact and one item, given or withdrawn; the latest counts, rows are only added."""

    __tablename__ = "contact_consent"

    id: int | None = Field(default=None, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    contact_id: UUID = Field(foreign_key="contact.id", index=True)
    item: Item = Field(sa_type=word(Item))
    given: bool
    language: Language = Field(sa_type=word(Language))
    reader: str
    """Who read it to the person: an officer number or an interpreter's role."""
    representative_id: UUID | None = Field(default=None, foreign_key="representative.id")
    said_at: pendulum.DateTime = Field(sa_type=Moment)
    recorded_at: pendulum.DateTime = Field(sa_type=Moment)
    recorded_by: str = Field(foreign_key="officer.number")


def may_be_told(words: Iterable[ContactConsent]) -> frozenset[Item]:
    """Return the items one contact may be told now: those whose latest word, by when it was said, gives consent."""
    latest: dict[Item, bool] = {}
    for word_ in sorted(words, key=lambda each: (each.said_at, each.recorded_at, each.id or 0)):
        latest[word_.item] = word_.given
    return frozenset(item for item, given in latest.items() if given)
