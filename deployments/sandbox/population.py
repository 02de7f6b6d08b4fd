"""The people behind the partners: read once from a file of JSON lines, never changed."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

PACKAGED = Path(__file__).parent / "data" / "registry.jsonl"
"""5,100 synthetic people; every personal number fails its check digit on purpose."""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Passport(_Row):
    """The last passport of a person."""

    number: str
    issued_on: date
    expires_on: date
    status: Literal["valid", "expired", "lost", "stolen"]


class NextOfKin(_Row):
    """The relative the registry knows."""

    relation: str
    phone: str


class Person(_Row):
    """One line of the registry file."""

    person_id: str
    personal_number: str
    surname_hangul: str
    given_hangul: str
    surname_latin: str
    given_latin: str
    sex: Literal["M", "F"]
    born_on: date
    birthplace: str
    nationality: str
    passport: Passport
    next_of_kin: NextOfKin
    lookout: Literal["arrest_warrant", "red_notice", "reported_missing"] | None


class RegistryUnreadable(Exception):
    """The registry file is missing or a line of it is not a person."""


class Population:
    """All people, and the ways the lookouts find one."""

    def __init__(self, people: list[Person]) -> None:
        self._by_id = {person.person_id: person for person in people}
        self._by_personal_number = {person.personal_number: person for person in people}
        self._by_passport_number = {person.passport.number: person for person in people}
        self._by_name: dict[tuple[str, str, date], list[Person]] = defaultdict(list)
        for person in people:
            self._by_name[person.surname_hangul, person.given_hangul, person.born_on].append(person)

    def __iter__(self) -> Iterator[Person]:
        """Return everybody, ordered by id."""
        return iter(sorted(self._by_id.values(), key=lambda person: person.person_id))

    def person(self, person_id: str) -> Person | None:
        """Return the person with this id."""
        return self._by_id.get(person_id)

    def with_personal_number(self, personal_number: str) -> Person | None:
        """Return the person with this personal number."""
        return self._by_personal_number.get(personal_number)

    def with_passport(self, number: str) -> Person | None:
        """Return the person whose last passport has this number."""
        return self._by_passport_number.get(number)

    def named(self, surname_hangul: str, given_hangul: str, born_on: date) -> list[Person]:
        """Return everybody with exactly this name and birth date; names repeat, so it may be several."""
        return self._by_name.get((surname_hangul, given_hangul, born_on), [])


def load(path: Path) -> Population:
    """
    Return the people of a file with one JSON object a line.

    Raises:
        RegistryUnreadable: no such file, or a line that is not a person; the text names line and field, no value.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RegistryUnreadable(f"cannot read the registry {path}: {type(error).__name__}") from None
    people = [_person(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if len({person.person_id for person in people}) < len(people):
        raise RegistryUnreadable(f"the registry {path} has a person_id twice")
    return Population(people)


def _person(path: Path, number: int, line: str) -> Person:
    try:
        return Person.model_validate_json(line)
    except ValidationError as error:
        flaw = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in flaw["loc"]) or "the line"
        raise RegistryUnreadable(f"the registry {path} is malformed in line {number}: {where}") from None
