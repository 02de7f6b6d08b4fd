"""How fast the airline may be asked, what it sends by itself, and what it changes of a booking."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0010"


def upgrade() -> None:
    """Make room for the pace all workers share, for events as hints, and for disruptions until somebody has decided."""
    op.create_table(
        "partner_pace",
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("limit", sa.Integer(), nullable=False),
        sa.Column("window_s", sa.Float(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("call"),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON partner_pace TO homeward_app")
