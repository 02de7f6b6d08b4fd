"""Unusual people, and every form in which a word of theirs could lie somewhere."""

import base64
import json
import random
import string
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Unusual:
    """Somebody whose every fact is found nowhere by chance."""

    person: dict[str, Any]
    """The registry's line."""
    story: str
    phone: str
    interpreter: str
    words: str
    """What an officer writes down or mistakenly types."""

    @property
    def planted(self) -> dict[str, str]:
        """What must not be found, by what it is."""
        person = self.person
        return {
            "name in Hangul": person["surname_hangul"] + person["given_hangul"],
            "surname in Latin letters": person["surname_latin"],
            "given name in Latin letters": person["given_latin"],
            "personal number": person["personal_number"],
            "passport number": person["passport"]["number"],
            "birth date": person["born_on"],
            "story": self.story,
            "phone": self.phone,
            "interpreter": self.interpreter,
            "words": self.words,
        }


def people(count: int, chance: random.Random) -> list[Unusual]:
    """So many people with rare syllables, long names and numbers of odd form."""
    return [_one(number, chance) for number in range(1, count + 1)]


def _one(number: int, chance: random.Random) -> Unusual:
    def syllables(count: int) -> str:
        return "".join(chr(chance.randrange(0xAC00, 0xD7A4)) for _ in range(count))

    def letters(count: int) -> str:
        return "".join(chance.choices(string.ascii_uppercase, k=count))

    def digits(count: int) -> str:
        return "".join(chance.choices(string.digits, k=count))

    born = date(1931, 1, 1) + timedelta(days=chance.randrange(27_000))
    joint = chance.choice(("-", " ", ""))
    person = {
        "person_id": f"U{number:06d}",
        "personal_number": f"{born:%y%m%d}-{digits(7)}",
        "surname_hangul": syllables(1),
        "given_hangul": syllables(chance.randint(2, 4)),
        "surname_latin": letters(chance.randint(9, 18)),
        "given_latin": letters(chance.randint(6, 9)) + joint + letters(chance.randint(4, 9)),
        "sex": chance.choice("FM"),
        "born_on": born.isoformat(),
        "birthplace": syllables(2),
        "nationality": "KOR",
        "passport": {
            "number": chance.choice("QXYZ") + digits(2) + letters(3) + digits(3),
            "issued_on": "2021-10-29",
            "expires_on": "2031-10-28",
            "status": "valid",
        },
        "next_of_kin": {"relation": "모", "phone": f"+82-10-{digits(4)}-{digits(4)}"},
        "lookout": chance.choice((None, None, "arrest_warrant", "red_notice", "reported_missing")),
    }
    return Unusual(
        person=person,
        story=f'{syllables(9)} "{letters(9)}" \'n\\{letters(7)}\n{syllables(7)}',
        phone=f"+855 {digits(2)} {digits(3)} {digits(4)}",
        interpreter=f"{syllables(3)} {letters(9).title()}",
        words=f"{syllables(5)} {letters(8)} {syllables(3)}",
    )


def registry_file(folder: Path, found: list[Unusual]) -> Path:
    """The people as the sandbox's registry reads them."""
    file = folder / "unusual.jsonl"
    file.write_text("".join(json.dumps(one.person, ensure_ascii=False) + "\n" for one in found))
    return file


def forms(value: str) -> set[str]:
    """
    Return a value as it is, escaped as JSON escapes it once or twice, in hex, and in base64 wherever it begins there.

    In base64 its place in the bytes decides how it looks, so each of the three is cut to what its neighbours leave.
    """
    plain = value.encode()
    escaped, kept = json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]
    found = {value, escaped, kept, json.dumps(escaped)[1:-1], escaped.replace("\\u", "\\U"), repr(value)[1:-1]}
    found |= {plain.hex(), plain.hex().upper(), escaped.encode().hex()}
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            whole = encode(b"\0" * before + plain).decode()
            begins, ends = (0, 2, 3)[before], (len(plain) + before) // 3 * 4
            found.add(whole[begins:ends])
    return found
