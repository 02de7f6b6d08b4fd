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


def test_a_telephone_of_before_becomes_a_contact_nobody_has_agreed_to_and_no_category_stands_twice(
    of_before: str, postgres_server: Server
) -> None:
    address = f"host=127.0.0.1 port={postgres_server.port} dbname={NAME} user=homeward_owner password={PASSWORD}"
    person = "00000000-0000-0000-0000-000000000001"
    with psycopg.connect(address) as connection:
        connection.execute(
            "INSERT INTO officer (number, name, agency, roles, password_hash, totp_secret_sealed, active, added_at, "
            "failures) VALUES ('O-01', 'C', 'MOFA', '{coordinator}', '', '', true, now(), 0), "
            "('O-02', 'P', 'Korean National Police Agency', '{lookout-officer}', '', '', true, now(), 0)"
        )
        connection.execute(
            "INSERT INTO person (id, next_of_kin_phone_sealed, recorded_at) VALUES (%s, 'sealed', now())", (person,)
        )
        connection.execute(
            "INSERT INTO repatriation_case (reference, person_id, status, moved_at, opened_by, opened_at, owner, "
            "operation, receiving_agency, ending) "
            "VALUES ('KHM-2026-0001', %s, 'opened', now(), 'O-01', now(), 'O-01', 'KHM', 'x', false)",
            (person,),
        )
        for _ in range(2):
            connection.execute(
                "INSERT INTO person_category (id, person_id, category, added_at, added_by) "
                "VALUES (gen_random_uuid(), %s, 'confirmed_victim', now(), 'O-01')",
                (person,),
            )

    migrations.upgrade(of_before)

    with psycopg.connect(address) as connection:
        contacts = connection.execute("SELECT number, phone_sealed, added_by FROM contact").fetchall()
        agreed = connection.execute("SELECT count(*) FROM contact_consent").fetchone()
        standing = connection.execute("SELECT reason_code FROM person_category WHERE removed_at IS NULL").fetchall()
        police = connection.execute("SELECT number FROM officer WHERE police").fetchall()
    assert contacts == [(1, b"sealed", "O-01")]
    assert (agreed, standing, police) == ((0,), [("reported",)], [("O-02",)])
