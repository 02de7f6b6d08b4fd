"""How well the person is found whom a field list means: right, at what cost, and never a stranger with a high score."""

import csv
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from deployments.sandbox.population import Person, Population
from deployments.sandbox.registry import Expression, Register
from models.birth_date import read_birth_date
from models.matching.plan import Query
from models.verification import Candidate, Record, Reported
from tasks.partners.registry import ATTRIBUTES, NEXT_OF_KIN
from tasks.searching import search

TODAY = date(2025, 10, 20)
NAMES = ATTRIBUTES | NEXT_OF_KIN


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a field list, and whom it means; None for somebody who is not in the registry."""

    reported: Reported
    person_id: str | None


class CountedRegistry:
    """The sandbox's index over people in memory; counts what it is asked, and refuses what the sandbox refuses."""

    def __init__(self, people: Population) -> None:
        self.people = people
        self.register = Register(people)
        self.finds = self.reads = self.widest = 0

    def find_persons(self, query: Query, *, limit: int) -> list[str]:
        self.finds += 1
        found = self.register.matching(
            [Expression(attributeName=NAMES[c.attribute], operator=c.operator, value=c.value) for c in query]
        )
        self.widest = max(self.widest, len(found))
        return found[:limit]

    def read_record(self, registry_id: str, *, with_next_of_kin: bool) -> Record:
        self.reads += 1
        person = self.people.person(registry_id)
        assert person is not None
        return record_of(person, with_next_of_kin=with_next_of_kin)


def record_of(person: Person, *, with_next_of_kin: bool = True) -> Record:
    """Return a person as the registry's client does."""
    return Record(
        registry_id=person.person_id,
        alive=True,
        **person.model_dump(include={"surname_hangul", "given_hangul", "surname_latin", "given_latin", "sex",
                                     "born_on", "birthplace", "nationality", "personal_number"}),
        passport_number=person.passport.number,
        passport_expires_on=person.passport.expires_on,
        passport_status=person.passport.status,
        next_of_kin_phone=person.next_of_kin.phone if with_next_of_kin else None,
    )  # fmt: skip


@dataclass
class Tally:
    """What came of a list."""

    name: str
    present: int = 0
    first: int = 0
    within_five: int = 0
    strangers: int = 0
    strangers_above: int = 0
    nobody: int = 0
    finds: list[int] = field(default_factory=list)
    reads: list[int] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    stranger_scores: list[float] = field(default_factory=list)
    took_s: float = 0

    @property
    def calls(self) -> list[int]:
        """Every call to the registry, queries and records together, for each row."""
        return [finds + reads for finds, reads in zip(self.finds, self.reads, strict=True)]

    def take(self, row: Row, candidates: list[Candidate], finds: int, reads: int) -> None:
        """Count one row."""
        self.finds.append(finds)
        self.reads.append(reads)
        ids = [candidate.record.registry_id for candidate in candidates[:5]]
        if row.person_id is None:
            self.strangers += 1
            best = candidates[0].score if candidates else 0.0
            self.nobody += not candidates
            self.strangers_above += best > 0.9
            self.stranger_scores.append(best)
            return
        self.present += 1
        self.first += ids[:1] == [row.person_id]
        self.within_five += row.person_id in ids
        if ids[:1] == [row.person_id]:
            self.scores.append(candidates[0].score)
        else:
            self.missed.append(f"{row.reported} {row.person_id} {ids}")


def tallied(name: str, people: Population, rows: Iterable[Row]) -> Tally:
    """Search for everybody on a list."""
    registry, tally = CountedRegistry(people), Tally(name)
    began = time.monotonic()
    for row in rows:
        finds, reads = registry.finds, registry.reads
        found = search(registry, row.reported).candidates
        tally.take(row, found, registry.finds - finds, registry.reads - reads)
    tally.took_s = time.monotonic() - began
    return tally


def listed(found: Path, truth: Path) -> list[Row]:
    """Return the rows of a field list with whom they mean."""
    with truth.open(encoding="utf-8") as lines:
        meant = {line["ref"]: line["person_id"] or None for line in csv.DictReader(lines)}
    with found.open(encoding="utf-8") as lines:
        return [Row(reported(line), meant[line["ref"]]) for line in csv.DictReader(lines)]


def reported(line: dict[str, str]) -> Reported:
    """Return what a line of a field list says about a person."""
    return Reported(
        name_hangul=line["name_hangul"] or None,
        name_latin=line["name_latin"] or None,
        sex=line["sex"] or None,
        birth_date=read_birth_date(line["born_on"], today=TODAY) if line["born_on"] else None,
        birthplace=line["birthplace"] or None,
        passport_number=line["passport_number"] or None,
        next_of_kin_phone=line["next_of_kin_phone"] or None,
    )
