"""Alarms about the record as a whole stand until the chain is sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("alarm", sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index("ix_alarm_open", "alarm")
    op.create_index(
        "ix_alarm_open",
        "alarm",
        ["raised_at"],
        unique=False,
        postgresql_where="acknowledged_at IS NULL AND cleared_at IS NULL",
    )
    op.execute("GRANT UPDATE (cleared_at) ON alarm TO homeward_app")
