"""What makes a case urgent."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make room for what officers note; all of it is added and never changed."""
    op.create_table(
        "pressure_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("pressure", sa.String(40), nullable=False),
        sa.Column("is_over", sa.Boolean(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["noted_by"], ["officer.number"]),
        sa.ForeignKeyConstraint(["reference"], ["repatriation_case.reference"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_pressure_note_reference"), "pressure_note", ["reference"], unique=False)
    op.execute("GRANT SELECT, INSERT ON pressure_note TO homeward_app")
