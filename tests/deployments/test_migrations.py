"""A case database of before: its chain still holds after it was brought to the newest version."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from deployments import migrations
from tasks import case_file
from tasks.settings import settings
from tests.conftest import PASSWORD, Server

NAME = "of_before"


@pytest.fixture
def of_before(configured: pytest.MonkeyPatch, postgres_server: Server) -> Iterator[str]:
    """A case database from before events were hashed in two steps, with events in it; the owner's address."""
    owner = postgres_server.address("homeward_owner", NAME)
    with psycopg.connect(postgres_server.superuser, autocommit=True) as almighty:
        almighty.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        almighty.execute(f"CREATE DATABASE {NAME} OWNER homeward_owner")
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("sqlalchemy.url", owner)
    before = ScriptDirectory.from_config(config).get_revision("0004").down_revision
    assert isinstance(before, str)
    command.upgrade(config, before)
    with psycopg.connect(
        f"host=127.0.0.1 port={postgres_server.port} dbname={NAME} user=homeward_owner password={PASSWORD}"
    ) as connection:
        for seq in range(1, 6):
            connection.execute(
                "INSERT INTO audit_event (seq, at, actor, action, fields, previous_hash, hash) "
                "VALUES (%s, now(), 'O-01', 'x', %s, '', '')",
                (seq, '{"b": "나", "a": "1"}'),
            )
    configured.setenv("HOMEWARD_DATABASE_URL", postgres_server.address("homeward_app", NAME))
    settings.cache_clear()
    case_file.engine.cache_clear()
    yield owner
    case_file.engine().dispose()
    case_file.engine.cache_clear()


def test_the_chain_of_before_is_hashed_the_new_way_once_and_goes_on(of_before: str) -> None:
    migrations.upgrade(of_before)

    with case_file.transaction() as session:
        case_file.note(session, "x", actor="O-01")
    with case_file.transaction() as session:
        assert case_file.broken_link(session) == (None, 6)
