"""How fast the airline may be asked, what it sends by itself, and what it changes of a booking."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Make room for the pace all workers share, for events as hints, and for disruptions until somebody has decided."""
    op.create_table(
        "partner_pace",
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("limit", sa.Integer(), nullable=False),
        sa.Column("window_s", sa.Float(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("call"),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON partner_pace TO homeward_app")
    op.create_table(
        "airline_event",
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("offer_id", sa.Text(), nullable=True),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("idempotency_key"),
    )
    op.create_index(
        "ix_airline_event_waiting", "airline_event", ["heard_at"], postgresql_where=sa.text("looked_at IS NULL")
    )
    op.execute("GRANT SELECT, INSERT ON airline_event TO homeward_app")
    op.execute("GRANT UPDATE (looked_at, order_id, offer_id) ON airline_event TO homeward_app")
    op.create_table(
        "disruption",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("change_id", sa.Text(), nullable=True),
        sa.Column("was", postgresql.JSONB(), nullable=False),
        sa.Column("became", postgresql.JSONB(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"]),
        sa.ForeignKeyConstraint(["reference"], ["repatriation_case.reference"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("reference", "booking_id"):
        op.create_index(op.f(f"ix_disruption_{column}"), "disruption", [column], unique=False)
    op.execute("GRANT SELECT, INSERT ON disruption TO homeward_app")
    op.execute("GRANT UPDATE (settled_at, was, became, change_id) ON disruption TO homeward_app")
