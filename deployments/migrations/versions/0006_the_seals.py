"""Alarms about the record as a whole stand until the chain is sealed; the sealer's keys are known; a journey is sealed too."""

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
    op.create_table(
        "sealer_key",
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("previous_key", sa.Text(), nullable=False),
        sa.Column("after_seq", sa.BigInteger(), nullable=False),
        sa.Column("after_hash", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("public_key"),
    )
    op.execute("GRANT SELECT, INSERT ON sealer_key TO homeward_app")
    # Where a person is kept and what they travel on goes with their key; nothing was released, so nothing is carried over.
    for table, columns in {
        "booking": ("record_locator", "ticket_numbers"), "paper": ("number",), "whereabouts": ("keeper", "place"),
    }.items():
        for column in columns:
            op.drop_column(table, column)
            optional = column in ("ticket_numbers", "number")
            op.add_column(table, sa.Column(f"{column}_sealed", sa.LargeBinary(), nullable=optional))
