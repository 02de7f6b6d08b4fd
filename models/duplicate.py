"""Duplicates: when two cases may be about one human being, and the merge that an officer makes of them."""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import combinations
from uuid import UUID, uuid4

import pendulum
from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from models.columns import Moment, Row

ALIKE_FROM = 0.6
"""From this likeness on, names beside one telephone number may be one name written twice by ear."""

ONE_NAME_FROM = 0.75
"""From this likeness on, names beside one birth date are one but for spelling: in Hangul all of three syllables."""

CROWD = 20
"""What more people than this share, the mission's own telephone or 1 January, says nothing about any two of them."""


class Sign(StrEnum):
    """Why two cases may be one person's."""

    passport_number = "same passport number"
    registry = "same person of the registry"
    phone = "same telephone number, similar name"
    born = "same birth date, similar name"
    """All there is to go by where the registry knows nobody of the name and no number was written down."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What two cases are compared by; numbers as keyed hashes."""

    key: str
    """A case reference, or the line of a list nothing was taken from yet."""
    name_hangul: str | None = None
    name_latin: str | None = None
    passport_lookup: str | None = None
    phone_lookup: str | None = None
    registry_id: str | None = None
    """The registry's person who fits best, if one fits well."""
    born_on: tuple[date, ...] = ()
    """The days the written birth date may mean; none where it is known in part only."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sightings that may be of one person, the earlier first, and why."""

    first: str
    second: str
    signs: tuple[Sign, ...]


def pairs(sightings: list[Sighting]) -> list[Pair]:
    """Return who may be whom, in the order the sightings are given in."""
    order = {sighting.key: place for place, sighting in enumerate(sightings)}
    found: dict[tuple[str, str], list[Sign]] = defaultdict(list)
    for sign in Sign:
        shared: dict[object, list[Sighting]] = defaultdict(list)
        for sighting in sightings:
            for value in _what_may_be_shared(sighting, sign):
                shared[value].append(sighting)
        for group in shared.values():
            for one, other in combinations(group, 2) if len(group) <= CROWD else ():
                if _may_be_one(one, other, sign) and sign not in found[one.key, other.key]:
                    found[one.key, other.key].append(sign)
    return [
        Pair(*keys, tuple(found[keys]))
        for keys in sorted(found, key=lambda keys: (order[keys[0]], order[keys[1]]))
        if found[keys]
    ]


def _what_may_be_shared(sighting: Sighting, sign: Sign) -> tuple[object, ...]:
    if sign is Sign.born:
        return sighting.born_on
    value = {
        Sign.passport_number: sighting.passport_lookup,
        Sign.registry: sighting.registry_id,
        Sign.phone: sighting.phone_lookup,
    }[sign]
    return () if value is None else (value,)


def _may_be_one(one: Sighting, other: Sighting, sign: Sign) -> bool:
    if sign is Sign.born:
        return max(_likenesses(one, other), default=0.0) >= ONE_NAME_FROM
    return sign is not Sign.phone or may_be_one_name(one, other)


def may_be_one_name(one: Sighting, other: Sighting) -> bool:
    """Return whether two names may be one; also when they share no script, for then nothing speaks against it."""
    return max(_likenesses(one, other), default=1.0) >= ALIKE_FROM


def _likenesses(one: Sighting, other: Sighting) -> list[float]:
    """Return how alike two names are in each script both have."""
    likenesses = []
    if one.name_hangul and other.name_hangul:
        likenesses.append(_likeness([_bare(one.name_hangul)], [_bare(other.name_hangul)]))
    if one.name_latin and other.name_latin:
        likenesses.append(_likeness(_turned(one.name_latin), _turned(other.name_latin)))
    return likenesses


def _likeness(ones: list[str], others: list[str]) -> float:
    return max(SequenceMatcher(None, one, other, autojunk=False).ratio() for one in ones for other in others)


def _turned(name: str) -> list[str]:
    """Return a Latin name with the surname first and with the given name first."""
    words = re.findall(r"[A-Z]+", name.upper())
    return ["".join(words[at:] + words[:at]) for at in range(len(words))] or [""]


def _bare(text: str) -> str:
    return "".join(text.split())


class CaseMerge(Row, table=True):
    """That one case is another report of a person who has a case already; undone, it is as if it had never been."""

    __tablename__ = "case_merge"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    """The case that is dropped: its facts count for the kept one, and it has no journey of its own."""
    person_id: UUID = Field(foreign_key="person.id", index=True)
    """The person as the dropped case has them; nothing of it is copied."""
    kept: str = Field(foreign_key="repatriation_case.reference", index=True)
    reason_sealed: bytes
    """The officer's words, under the key of the dropped case's person."""
    merged_at: pendulum.DateTime = Field(sa_type=Moment)
    merged_by: str = Field(foreign_key="officer.number")
    unmerged_at: pendulum.DateTime | None = Field(default=None, sa_type=Moment)
    unmerged_by: str | None = Field(default=None, foreign_key="officer.number")

    __table_args__ = (
        CheckConstraint("reference <> kept", name="merged_into_another"),
        Index("one_standing_merge", "reference", unique=True, postgresql_where="unmerged_at IS NULL"),
    )

    @property
    def stands(self) -> bool:
        """Whether nobody has undone it."""
        return self.unmerged_at is None
