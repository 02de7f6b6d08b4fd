"""Wrong answers from outside are counted by their way in, so that a stranger keeps no officer out everywhere."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Make the counters."""
    op.create_table(
        "wrong_answers",
        sa.Column("officer", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["officer"], ["officer.number"]),
        sa.PrimaryKeyConstraint("officer", "way"),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON wrong_answers TO homeward_app")
