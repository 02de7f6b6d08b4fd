"""An officer may be told that a situation report is ready."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0026"


def upgrade() -> None:
    """Nobody is told until it is set for them."""
    op.add_column("officer_address", sa.Column("reads_reports", sa.Boolean(), nullable=False, server_default=sa.false()))
