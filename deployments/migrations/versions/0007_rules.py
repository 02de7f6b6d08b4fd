"""Clearances to fly, until when agreed seats stay agreed, and the country of a host liaison."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make room for what a doctor said, added and never changed, and for what rests on it."""
    op.create_table(
        "medical_clearance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("fit", sa.Boolean(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("examined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["recorded_by"], ["officer.number"]),
        sa.ForeignKeyConstraint(["reference"], ["repatriation_case.reference"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_medical_clearance_reference"), "medical_clearance", ["reference"], unique=False)
    op.execute("GRANT SELECT, INSERT ON medical_clearance TO homeward_app")
    # A liaison enrolled before this has no country and sees no exits until a registrar enrols them anew.
    op.add_column("officer", sa.Column("country", sa.Text(), nullable=True))
    op.add_column("booking", sa.Column("agreed_until", sa.DateTime(timezone=True), nullable=True))
