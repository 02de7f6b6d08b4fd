"""The cast of a drill: synthetic people the sandbox's registry knows, on a field list as a coordinator gets one."""

import csv
import io
import json
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deployments.drill import example
from deployments.stack.first_day import MISSION, specimen_numbers
from models.instrument import Instrument
from models.officer import Officer
from models.person import Wish
from tasks import corrections, disclosures
from tasks.clock import now
from tasks.intake import read_list, remembered, take_in
from tasks.papers.portrait import printable_portrait
from tasks.partners.registry import Registry
from tasks.settings import REPOSITORY

BORN_BEFORE = "2006"
"""Whoever is under age goes home in other hands, which a scripted officer cannot judge."""

PLACES = ("Poipet", "Sihanoukville", "Bavet", "Svay Rieng", "Phnom Penh")
_COLUMNS = (
    "ref", "name_hangul", "name_latin", "sex", "born_on", "birthplace", "passport_number", "found_at", "found_on",
    "host_status", "category",
)  # fmt: skip


class TooFew(Exception):
    """The sandbox does not know so many people who can go home; the text says how many it knows."""


def drawn(people: int, *, seed: int) -> list[dict[str, Any]]:
    """
    Return so many adults of the registry whom nobody looks for, no two of one name, drawn by the seed.

    Raises:
        TooFew: the registry has fewer.
    """
    known = {person["surname_hangul"] + person["given_hangul"]: person for person in _who_can_go()}
    if people > len(known):
        raise TooFew(f"The sandbox knows {len(known)} people who can go home; drill with so many at most.")
    return random.Random(seed).sample(sorted(known.values(), key=lambda person: str(person["person_id"])), people)


def _who_can_go() -> Iterator[dict[str, Any]]:
    for line in (REPOSITORY / "deployments/sandbox/data/registry.jsonl").read_text().splitlines():
        person = json.loads(line)
        is_free = person["lookout"] is None and person["passport"]["status"] in ("valid", "expired")
        if is_free and person["born_on"] < BORN_BEFORE:
            yield person


def field_list(people: list[dict[str, Any]], *, seed: int) -> bytes:
    """Return a CSV as the field writes it: one row a person."""
    chance, text = random.Random(seed), io.StringIO()
    rows = csv.DictWriter(text, _COLUMNS)
    rows.writeheader()
    for number, person in enumerate(people, start=1):
        rows.writerow({
            "ref": f"D{number:04d}",
            "name_hangul": person["surname_hangul"] + person["given_hangul"],
            "name_latin": f"{person['surname_latin']} {person['given_latin']}",
            "sex": person["sex"],
            "born_on": person["born_on"],
            "birthplace": person["birthplace"],
            "passport_number": person["passport"]["number"],
            "found_at": chance.choice(PLACES),
            "found_on": now().subtract(days=chance.randrange(1, 10)).to_date_string(),
            "host_status": "detained",
            "category": "victim",
        })  # fmt: skip
    return text.getvalue().encode()


def taken_in(people: list[dict[str, Any]], *, operation: str, seed: int, officer: Officer) -> list[str]:
    """
    Take the list in as a coordinator does, with the person's word and portrait for each; return the cases' references.

    The mission receives a specimen number for each person and some to spare.
    """
    corrections.receive_numbers(
        MISSION, sorted(specimen_numbers(len(people) * 2)), instrument=Instrument.travel_certificate,
        officer=officer.number,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "field-list.csv"
        file.write_bytes(field_list(people, seed=seed))
        taken = take_in(
            read_list(file, remembered=remembered), country=MISSION, operation=operation, officer=officer.number
        )
    references = [row.reference for row in taken.rows if row.reference is not None]
    for reference, person in zip(references, people, strict=True):
        _prepared(reference, person, officer)
    return references


def _prepared(reference: str, person: dict[str, Any], officer: Officer) -> None:
    corrections.declare(
        reference, wish=Wish.return_home, language="ko", reader=officer.number, declared_at=now(),
        officer=officer.number,
    )  # fmt: skip
    with disclosures.about(reference, "drill.portrait"), Registry() as registry:
        # The sandbox draws a face for each of its people; it stands in for the photograph taken at the mission.
        portrait = registry.read_portrait(person["person_id"])
    if portrait is None:
        raise LookupError(f"the sandbox has no face for the person of {reference}")
    corrections.set_portrait(
        reference, image=printable_portrait(portrait.image), captured_at=now(), officer=officer.number,
        head=example.HEAD,
    )  # fmt: skip
