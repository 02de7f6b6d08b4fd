"""Seats booked by telephone, which another officer approves, and our own table of where documents are accepted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"

BOOKED_BY_ANOTHER = """
CREATE FUNCTION decider_did_not_book() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.step IN ('booking', 'funding') AND NEW.outcome = 'approve' AND EXISTS (
        SELECT FROM manual_booking WHERE reference = NEW.reference AND cancelled_at IS NULL
            AND entered_by IN (NEW.officer, NEW.acting_for)
    ) THEN
        RAISE EXCEPTION 'decision refused' USING ERRCODE = 'check_violation', CONSTRAINT = 'decider_did_not_book';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Make room for entries that stay as they were typed, and may be taken, cancelled and emptied by an erasure."""
    op.create_table(
        "manual_booking",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("lift", sa.String(40), nullable=False),
        sa.Column("itinerary", postgresql.JSONB(), nullable=False),
        sa.Column("amount_minor", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("pay_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("record_locator_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("ticket_numbers_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("proof_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("proof_kind", sa.String(40), nullable=False),
        sa.Column("proof_sha256", sa.Text(), nullable=False),
        sa.Column("told_by", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.Text(), nullable=True),
        sa.Column("cancelled_told_by", sa.Text(), nullable=True),
        sa.Column("refund_minor", sa.Numeric(), nullable=True),
        sa.ForeignKeyConstraint(["reference"], ["repatriation_case.reference"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["entered_by"], ["officer.number"]),
        sa.ForeignKeyConstraint(["cancelled_by"], ["officer.number"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_manual_booking_reference"), "manual_booking", ["reference"], unique=False)
    op.create_index(
        "one_manual_booking_per_person", "manual_booking", ["person_id"], unique=True,
        postgresql_where=sa.text("cancelled_at IS NULL"),
    )
    op.execute("GRANT SELECT, INSERT ON manual_booking TO homeward_app")
    op.execute(
        "GRANT UPDATE (taken_at, cancelled_at, cancelled_by, cancelled_told_by, refund_minor, itinerary, told_by) "
        "ON manual_booking TO homeward_app"
    )
    op.execute(BOOKED_BY_ANOTHER)
    op.execute(
        "CREATE TRIGGER decider_did_not_book BEFORE INSERT ON decision FOR EACH ROW "
        "EXECUTE FUNCTION decider_did_not_book()"
    )
    op.create_table(
        "document_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instrument", sa.String(40), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("verb", sa.String(40), nullable=False),
        sa.Column("answer", sa.String(40), nullable=False),
        sa.Column("condition", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_date", sa.Date(), nullable=False),
        sa.Column("checked_by", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loaded_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["loaded_by"], ["officer.number"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute("GRANT SELECT, INSERT ON document_rule TO homeward_app")
