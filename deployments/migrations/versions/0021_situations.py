"""Situation reports as they were counted, the language of each officer, and lists that leave the house."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Make room for all of it; rows are only added, and of a list only its release is noted."""
    op.add_column("officer", sa.Column("language", sa.String(40), nullable=True))
    op.create_table(
        "situation_report",
        sa.Column("number", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["before"], ["situation_report.number"]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.execute("GRANT SELECT, INSERT ON situation_report TO homeward_app")
    op.create_table(
        "export_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("cases", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("released_by <> asked_by", name="released_by_another"),
        sa.ForeignKeyConstraint(["asked_by"], ["officer.number"]),
        sa.ForeignKeyConstraint(["released_by"], ["officer.number"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.execute("GRANT SELECT, INSERT ON export_request TO homeward_app")
    op.execute("GRANT UPDATE (released_by, released_at) ON export_request TO homeward_app")
