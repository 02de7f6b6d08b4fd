"""The connection to the case database: one engine a process, one transaction at a time, errors without values."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session

from tasks.case_file import audit
from tasks.settings import settings


class CaseFileUnavailable(Exception):
    """The case database did not answer or gave way in the middle; nothing was written, try again."""


class CaseFileConflict(Exception):
    """The database refused a second one of what may exist once; the constraint's name says of what."""

    def __init__(self, constraint: str | None) -> None:
        super().__init__(f"the case database refused: {constraint or 'a constraint'}")
        self.constraint = constraint


@cache
def engine() -> Engine:
    """Return the process's engine; connections are checked before use, and no statement shows its values."""
    return create_engine(
        settings().database_url.get_secret_value(),
        pool_pre_ping=True,
        # A worker holds a connection for each case it works on, and needs another one for the work.
        pool_size=20,
        max_overflow=80,
        hide_parameters=True,
        connect_args={"connect_timeout": 10, "application_name": "homeward"},
    )


@contextmanager
def transaction() -> Iterator[Session]:
    """
    Open one transaction; it commits at the end of the block, and its audit events join the chain just before.

    Raises:
        CaseFileConflict: a constraint refused the change.
        CaseFileUnavailable: the database did not answer.
    """
    # PostgreSQL names the values in its error details, and a flow's exception is stored by the engine in clear, so
    # the original never leaves this block, not even as a cause.
    try:
        with Session(engine(), expire_on_commit=False) as session, session.begin():
            yield session
            session.flush()
            audit.write_events(session)
    except IntegrityError as refused:
        raise CaseFileConflict(_constraint(refused)) from None
    except DBAPIError as failed:
        raise unavailable(failed) from None


def unavailable(failed: DBAPIError) -> CaseFileUnavailable:
    """Return what is raised instead of an error of the database, whose words name values."""
    return CaseFileUnavailable(f"the case database failed: {type(failed.orig).__name__}")


def _constraint(refused: IntegrityError) -> str | None:
    diagnosis = getattr(refused.orig, "diag", None)
    return getattr(diagnosis, "constraint_name", None)
