"""The owner of the case database, who may change what the program's own role may not."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, NullPool, create_engine, text, update
from sqlmodel import col

from models.officer import Officer
from tasks import case_file


@contextmanager
def owner() -> Iterator[Connection]:
    """A transaction of the owner."""
    address = case_file.engine().url.set(username="homeward_owner")
    with create_engine(address, poolclass=NullPool).begin() as connection:
        yield connection


def rewrite(number: str, **facts: Any) -> None:
    """Write something else down about an officer."""
    with owner() as connection:
        connection.execute(update(Officer).where(col(Officer.number) == number).values(**facts))


@contextmanager
def unguarded(table: str, trigger: str) -> Iterator[None]:
    """One guard of a table is off, for a story about another."""
    with owner() as connection:
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}"))
    try:
        yield
    finally:
        with owner() as connection:
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}"))
