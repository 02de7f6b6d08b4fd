"""Which policy counts, in order; and messages that go to one address of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make room for them; a row is added and never changed."""
    op.create_table(
        "adopted_policy",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("version"),
        sa.UniqueConstraint("sha256"),
    )
    op.execute("GRANT SELECT, INSERT ON adopted_policy TO homeward_app")
    op.execute("GRANT USAGE ON SEQUENCE adopted_policy_seq_seq TO homeward_app")
    op.add_column("message", sa.Column("goes_to", sa.LargeBinary(), nullable=True))
