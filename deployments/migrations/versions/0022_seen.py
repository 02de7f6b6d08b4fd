"""The application may ask which version the case database has, so that it says when it does not fit."""

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Let it read Alembic's own table."""
    op.execute("GRANT SELECT ON alembic_version TO homeward_app")
