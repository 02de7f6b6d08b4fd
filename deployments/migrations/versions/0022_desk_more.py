"""Situation reports, kept as they were counted; and the language each officer reads the desk in."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Make room for both; reports are only added."""
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
