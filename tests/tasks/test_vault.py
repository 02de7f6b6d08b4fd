import json

import pytest
from sqlmodel import select

from models.person import Person, PersonKey
from tasks import case_file, vault
from tasks.clock import now
from tasks.settings import settings
from tests.conftest import Server
from tests.owner import unguarded


@pytest.fixture
def person(case_database: Server) -> Person:
    del case_database
    with case_file.transaction() as session:
        row = Person(recorded_at=now())
        session.add(row)
        session.flush()
        vault.make_key(session, row.id)
    return row


def test_a_sealed_value_opens_to_itself_and_its_bytes_say_nothing(person: Person) -> None:
    with case_file.transaction() as session:
        sealed = vault.seal(session, person.id, "story", b"they took my passport")
        again = vault.seal(session, person.id, "story", b"they took my passport")

        assert vault.open_(session, person.id, "story", sealed) == b"they took my passport"
    assert b"passport" not in sealed
    assert sealed != again


def test_a_sealed_value_cannot_be_moved_to_another_field_or_changed(person: Person) -> None:
    with case_file.transaction() as session:
        sealed = vault.seal(session, person.id, "story", b"words")
        changed = sealed[:-1] + bytes([sealed[-1] ^ 1])

        for field, value in (("portrait", sealed), ("story", changed), ("story", b"short")):
            with pytest.raises(vault.SealBroken):
                vault.open_(session, person.id, field, value)


def test_destroying_a_persons_key_erases_them(person: Person) -> None:
    with case_file.transaction() as session:
        sealed = vault.seal(session, person.id, "story", b"words")
    # The program destroys one only with an event that says so.
    with unguarded("person_key", "person_key_is_destroyed_on_record"), case_file.transaction() as session:
        key = session.exec(select(PersonKey)).one()
        key.wrapped_key, key.destroyed_at = None, now()
        session.add(key)

    with case_file.transaction() as session, pytest.raises(vault.Erased):
        vault.open_(session, person.id, "story", sealed)


def test_a_rotated_key_encryption_key_still_opens_what_the_old_one_sealed(
    person: Person, configured: pytest.MonkeyPatch
) -> None:
    with case_file.transaction() as session:
        sealed = vault.seal(session, person.id, "story", b"words")
    of_system = vault.seal_for_system("totp_secret:O-01", b"secret")
    keys = {name: key.get_secret_value() for name, key in settings().key_encryption_keys.items()}
    configured.setenv(
        "HOMEWARD_KEY_ENCRYPTION_KEYS", json.dumps({**keys, "k2": "//////////////////////////////////////////8="})
    )
    configured.setenv("HOMEWARD_KEY_ENCRYPTION_KEY_ID", "k2")
    settings.cache_clear()

    with case_file.transaction() as session:
        assert vault.open_(session, person.id, "story", sealed) == b"words"
    assert vault.open_for_system("totp_secret:O-01", of_system) == b"secret"
    assert vault.seal_for_system("x", b"y").startswith(b"k2.")


def test_numbers_are_found_by_a_keyed_hash_however_they_were_typed(configured: pytest.MonkeyPatch) -> None:
    del configured
    assert vault.keyed_hash("passport_number", "m1637 1324") == vault.keyed_hash("passport_number", "M16371324")
    assert vault.keyed_hash("passport_number", "M16371324") != vault.keyed_hash("personal_number", "M16371324")
