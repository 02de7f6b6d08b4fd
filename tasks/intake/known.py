"""Known again: a row that was taken in before is not taken in twice, from whatever file it comes."""

import json
import unicodedata
from collections import Counter
from dataclasses import dataclass, field

from sqlmodel import col, select

from models.birth_date import read_birth_date
from models.duplicate import Sighting, may_be_one_name
from models.intake import IntakeRow, Meaning
from models.person import Person
from tasks import case_file, vault
from tasks.clock import latest_today
from tasks.intake.cells import Facts
from tasks.intake.reading import Table

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Key:
    """How a row is known again, as keyed hashes: by all it says, and by its own number."""

    row: str
    ref: str | None


@dataclass(slots=True)
class Before:
    """What was taken in before of the rows of a list."""

    cases: dict[str, str | None] = field(default_factory=dict)
    """The case of each known row; of a dry run, None for a row that would have become one."""
    refused: set[str] = field(default_factory=set)
    numbered: dict[str, list[Sighting]] = field(default_factory=dict)
    """The people taken in under each row number: every list counts from one, so a number alone says nothing."""

    def same_person(self, key: Key, facts: Facts) -> str | None:
        """Return the case of a row with this number that is about the same person and says something else."""
        mine = sighting_of("", facts)
        earlier = self.numbered.get(key.ref, []) if key.ref else []
        return next((other.key for other in earlier if _is_same(mine, other)), None)


def keys_of(table: Table, country: str) -> list[Key]:
    """Return the key of each row of a list, in their order."""
    seen: Counter[str] = Counter()
    keys = []
    for line in table.rows:
        said = {
            meaning.value: unicodedata.normalize("NFKC", line.cells[place]).strip() if place < len(line.cells) else ""
            for meaning, place in table.columns.items()
        }
        text = json.dumps({**said, "country": country}, sort_keys=True, ensure_ascii=False)
        ref = said.get(Meaning.ref.value)
        if not ref:
            # Two rows without a number that say the same may be two people of whom little is known.
            seen[text] += 1
            text = f"{text}#{seen[text]}"
        keys.append(
            Key(
                row=vault.keyed_hash("intake_row", text),
                ref=vault.keyed_hash("intake_ref", f"{country}:{ref}") if ref else None,
            )
        )
    return keys


def sighting_of(key: str, facts: Facts) -> Sighting:
    """Return what a row can be compared by."""
    return Sighting(
        key=key,
        name_hangul=facts.name_hangul,
        name_latin=facts.name_latin,
        passport_lookup=vault.keyed_hash("passport_number", facts.passport_number) if facts.passport_number else None,
        phone_lookup=case_file.phone_lookup(facts.next_of_kin_phone) if facts.next_of_kin_phone else None,
        born_on=read_birth_date(facts.birth_date, today=latest_today()).days if facts.birth_date else (),
    )


def taken_before(keys: list[Key]) -> Before:
    """Return what was taken in before of these rows."""
    before = Before()
    with case_file.transaction() as session:
        for at in range(0, len(keys), _PAGE):
            page = keys[at : at + _PAGE]
            rows = session.exec(select(IntakeRow).where(col(IntakeRow.row_lookup).in_([key.row for key in page])))
            for row in rows:
                if row.reference is None:
                    before.refused.add(row.row_lookup)
                else:
                    before.cases[row.row_lookup] = row.reference
            numbers = [key.ref for key in page if key.ref]
            numbered = session.exec(
                select(IntakeRow, Person)
                .join(Person, col(Person.id) == IntakeRow.person_id)
                .where(col(IntakeRow.ref_lookup).in_(numbers))
            )
            for row, person in numbered:
                if row.ref_lookup and row.reference:
                    sighting = Sighting(
                        row.reference, person.name_hangul, person.name_latin, person.passport_number_lookup,
                        person.next_of_kin_phone_lookup,
                    )  # fmt: skip
                    before.numbered.setdefault(row.ref_lookup, []).append(sighting)
    return before


def _is_same(one: Sighting, other: Sighting) -> bool:
    """Return whether two rows of one number are about one person: a passport number in common, or a name."""
    if one.passport_lookup is not None and one.passport_lookup == other.passport_lookup:
        return True
    if one.phone_lookup is not None and one.phone_lookup == other.phone_lookup:
        # Of another name it is a brother's, or the mission's own telephone: taken for known, a person would be lost.
        return may_be_one_name(one, other)
    share_a_script = (one.name_hangul and other.name_hangul) or (one.name_latin and other.name_latin)
    return bool(share_a_script) and may_be_one_name(one, other)
