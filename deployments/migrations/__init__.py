"""Migrations of the case database, forward only, run by the role that owns the tables."""

from pathlib import Path

from alembic import command
from alembic.config import Config


def upgrade(owner_url: str) -> None:
    """Bring the case database to the newest version; one that is there already is left alone."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    # A percent sign in a password is the configuration file's own escape.
    config.set_main_option("sqlalchemy.url", owner_url.replace("%", "%%"))
    command.upgrade(config, "head")
