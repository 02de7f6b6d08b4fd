"""Which flights an act to hold seats is about, so that a flight's places for people in custody are counted exactly."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0017"


def upgrade() -> None:
    """Make room for it; acts of before stay without, and their bookings count."""
    op.add_column("intent", sa.Column("itinerary", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("intent", "itinerary")
