"""Migrations of the case database, forward only, run by the role that owns the tables."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory


def upgrade(owner_url: str, to: str = "head") -> None:
    """Bring the case database to the newest version, or to another later one; one that is there is left alone."""
    config = _config()
    # A percent sign in a password is the configuration file's own escape.
    config.set_main_option("sqlalchemy.url", owner_url.replace("%", "%%"))
    command.upgrade(config, to)


@cache
def newest() -> str:
    """Return the version this program was written for."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    if newest is None:
        raise RuntimeError("no migration is packaged beside this program")
    return newest


def versions() -> list[str]:
    """Return every version there has been, the first one first."""
    return [each.revision for each in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
