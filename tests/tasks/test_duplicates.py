"""Possible duplicates among many open cases: as many questions to the database for a thousand as for two."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from models.duplicate import Sign
from models.officer import Role
from tasks import case_file, duplicates, officers


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements sent to any database meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def opens(officer: str, name: str, *, phone: str) -> str:
    return case_file.open_case(
        country="KHM", officer=officer, name_hangul=None, name_latin=name, place="Poipet", keeper="centre",
        host_status="detained", next_of_kin_phone=phone,
    )  # fmt: skip


@pytest.mark.usefixtures("case_database")
def test_a_pair_costs_as_many_questions_among_many_cases_as_alone() -> None:
    officer = officers.add(name="Officer", agency="MOFA", roles=[Role.coordinator], by="test").officer.number
    kept = opens(officer, "KIM MINSU", phone="+82-10-1234-5678")
    dropped = opens(officer, "MINSU KIM", phone="+82-10-1234-5678")
    with counted() as among_two:
        alone = duplicates.proposed()
    for number in range(10):
        opens(officer, f"PAK {'ABCDEFGHIJ'[number]}", phone=f"+82-10-9876-000{number}")

    with counted() as among_twelve:
        found = duplicates.proposed()

    assert len(among_twelve) == len(among_two)
    assert [(pair.first, pair.second, pair.signs) for pair in found] == [(kept, dropped, (Sign.phone,))]
    assert alone == found
