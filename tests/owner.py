"""The owner of the case database, who may change what the program's own role may not."""

from typing import Any

from sqlalchemy import NullPool, create_engine, update
from sqlmodel import col

from models.officer import Officer
from tasks import case_file


def rewrite(number: str, **facts: Any) -> None:
    """Write something else down about an officer."""
    address = case_file.engine().url.set(username="homeward_owner")
    with create_engine(address, poolclass=NullPool).begin() as owner:
        owner.execute(update(Officer).where(col(Officer.number) == number).values(**facts))
