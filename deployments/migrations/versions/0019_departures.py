"""Which flights an act to hold seats is about, and with whom of their group a person's seats were agreed to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Make room for both; what was before stays without."""
    op.add_column("intent", sa.Column("itinerary", postgresql.JSONB(), nullable=True))
    op.add_column("booking", sa.Column("agreed_with", sa.ARRAY(sa.String()), nullable=False, server_default="{}"))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("booking", "agreed_with")
    op.drop_column("intent", "itinerary")
