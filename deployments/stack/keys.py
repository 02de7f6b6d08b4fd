"""Secrets made on the first start: passwords of the databases and the engine, keys of the vault."""

import base64
import json
import os
import secrets

from deployments.stack.ground import env_text, read_env, write_private
from tasks.settings import Location

_PASSWORDS = (
    "POSTGRES_SUPERUSER_PASSWORD",
    "POSTGRES_OWNER_PASSWORD",
    "POSTGRES_APP_PASSWORD",
    "POSTGRES_PREFECT_PASSWORD",
    "PREFECT_PASSWORD",
    "REDIS_PASSWORD",
)


_OF_THE_VAULT = ("HOMEWARD_KEY_ENCRYPTION_KEYS", "HOMEWARD_KEY_ENCRYPTION_KEY_ID", "HOMEWARD_LOOKUP_KEY")


def of_the_environment() -> dict[str, str]:
    """Return the vault's keys that the environment names; they go before those that were made, in every process."""
    return {name: os.environ[name] for name in _OF_THE_VAULT if name in os.environ}


def secret_variables(where: Location) -> dict[str, str]:
    """Return the stack's secrets; those that do not exist yet are made and kept in a file of mode 0600."""
    kept = read_env(where.secrets_file)
    made = dict(kept)
    for name in _PASSWORDS:
        made.setdefault(name, secrets.token_urlsafe(24))
    if "HOMEWARD_KEY_ENCRYPTION_KEYS" not in made:
        made["HOMEWARD_KEY_ENCRYPTION_KEYS"] = json.dumps({"k1": _key()})
        made["HOMEWARD_KEY_ENCRYPTION_KEY_ID"] = "k1"
    made.setdefault("HOMEWARD_LOOKUP_KEY", _key())
    if made != kept:
        write_private(where.secrets_file, env_text(made))
    return made | of_the_environment()


def _key() -> str:
    return base64.b64encode(os.urandom(32)).decode()
