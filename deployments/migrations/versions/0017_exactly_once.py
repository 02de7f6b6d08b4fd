"""How often a lost answer was looked for, what a carrier's desk answered, who escorts, and who travels together."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Make room for all of it."""
    op.add_column("intent", sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("intent", sa.Column("looks", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "desk_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("flight", sa.Text(), nullable=False),
        sa.Column("codes", sa.ARRAY(sa.String()), nullable=False),
        sa.Column("officers", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("officer_seats", sa.ARRAY(sa.String()), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"]),
        sa.ForeignKeyConstraint(["reference"], ["repatriation_case.reference"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("reference", "booking_id"):
        op.create_index(op.f(f"ix_desk_request_{column}"), "desk_request", [column], unique=False)
    op.execute("GRANT SELECT, INSERT ON desk_request TO homeward_app")
    # What was asked stays as it was; only the answer is written beside it.
    op.execute("GRANT UPDATE (status, agent, officer_seats, answered_at) ON desk_request TO homeward_app")
    op.create_table(
        "escort",
        sa.Column("officer", sa.Text(), nullable=False),
        sa.Column("sex", sa.String(40), nullable=False),
        sa.Column("passport_valid_until", sa.Date(), nullable=False),
        sa.Column("on_duty_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("on_duty_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["officer"], ["officer.number"]),
        sa.ForeignKeyConstraint(["recorded_by"], ["officer.number"]),
        sa.PrimaryKeyConstraint("officer"),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON escort TO homeward_app")
    op.create_table(
        "escort_duty",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("officer", sa.Text(), nullable=False),
        sa.Column("tickets_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["assigned_by"], ["officer.number"]),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"]),
        sa.ForeignKeyConstraint(["officer"], ["escort.officer"]),
        sa.ForeignKeyConstraint(["reference"], ["repatriation_case.reference"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("reference", "booking_id", "officer"):
        op.create_index(op.f(f"ix_escort_duty_{column}"), "escort_duty", [column], unique=False)
    op.create_index(
        "one_duty_a_booking", "escort_duty", ["officer", "booking_id"], unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )  # fmt: skip
    op.execute("GRANT SELECT, INSERT ON escort_duty TO homeward_app")
    op.execute("GRANT UPDATE (ended_at) ON escort_duty TO homeward_app")
    op.create_table(
        "travel_group",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["recorded_by"], ["officer.number"]),
        sa.ForeignKeyConstraint(["reference"], ["repatriation_case.reference"]),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.create_index(op.f("ix_travel_group_group_id"), "travel_group", ["group_id"], unique=False)
    op.execute("GRANT SELECT, INSERT, UPDATE ON travel_group TO homeward_app")
