"""The passenger list as a spreadsheet opens it: whatever a field holds, no cell of it is calculated."""

import csv
import io
import random
from datetime import date

import pendulum
import pytest

from models.manifest import Manifest, Passenger
from tasks.manifests import Form, rendered
from tests.papers.contents import direct

FORMULAS = ('=HYPERLINK("http://x","y")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1")


def manifest(**fields: object) -> Manifest:
    """The list of one flight with one person."""
    facts: dict[str, object] = {
        "reference": "KHM-2026-0042", "surname_latin": "HONG", "given_latin": "GILDONG", "name_hangul": "홍길동",
        "sex": "M", "born_on": date(1995, 1, 1), "nationality": "KOR", "document_number": "R41234567",
        "document_expires_on": date(2027, 1, 1), "record_locator": "X7K2PQ", "ticket_numbers": ("1802400123456",),
    } | fields  # fmt: skip
    return Manifest(
        flight_number="KE690", legs=direct().segments, passengers=(Passenger.model_validate(facts),),
        made_at=pendulum.datetime(2026, 12, 1), specimen=False,
    )  # fmt: skip


HEADS = {"surname_latin": "surname", "given_latin": "given_names"}
"""Columns that are named otherwise than the field."""


def row(of: Manifest) -> dict[str, str]:
    """The one line as a spreadsheet reads it."""
    (found,) = csv.DictReader(io.StringIO(rendered(of, Form.csv).decode("utf-8-sig"), newline=""))
    return found


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize(
    "field", ["surname_latin", "given_latin", "name_hangul", "record_locator", "document_number", "nationality"]
)
def test_a_cell_that_begins_like_a_formula_is_text(field: str, formula: str) -> None:
    found = row(manifest(**{field: formula}))

    assert found[HEADS.get(field, field)] == f"'{formula}"
    assert [name for name, cell in found.items() if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))] == []


def test_names_with_apostrophes_commas_quotes_and_hyphens_stay_as_they_are() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201  shown where it fails
    draw = random.Random(seed)
    for _ in range(200):
        name = draw.choice("ABCDE") + "".join(draw.choices("ABCDE'-\" ,;", k=39))

        assert row(manifest(surname_latin=name))["surname"] == name
